"""`kith deliver` and `kith tick`: what runs every few minutes beside the server."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from partners.foundation.notify import Doors
    from web.settings import Settings


def ways_out(found: Settings) -> Doors | None:
    """Return the ways out that are set up, or None: mails by SMTP where it is set, else by Notify; texts by Notify."""
    from partners.foundation.notify import Doors, NotifyTransport
    from partners.foundation.outbox import SmtpTransport

    smtp = SmtpTransport(found.smtp_url, found.mail_from) if found.smtp_url else None
    notify = None
    if found.notify_key:
        notify = NotifyTransport(found.notify_key, mail_template=found.notify_mail_template, text_template=found.notify_text_template, address=found.notify_url)
    mail = smtp or (notify if notify and notify.takes("mail") else None)
    text = notify if notify and notify.takes("text") else None
    return Doors(mail=mail, text=text) if mail or text else None


def _take_in_texts(doors: Doors, sessions: sessionmaker[Session]) -> int:
    """Keep what families answered by text; where Notify cannot be asked now, the next round asks."""
    from partners.foundation.notify import NotifyTransport
    from partners.referrals import text_replies
    from web.cli.database import now

    way = doors.ways["text"]
    if not isinstance(way, NotifyTransport):
        return 0
    try:
        received = way.received(at=now())
    except (OSError, ValueError):
        return 0
    with sessions() as session:
        taken = text_replies.take_in(session, received, at=now())
        session.commit()
    return taken


@click.command(epilog="Example: kith deliver --json")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most how many mails.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def deliver(limit: int, as_json: bool) -> None:
    """Send what waits in the outbox by KITH_SMTP_URL, by GOV.UK Notify, or both. Each message's agreement is looked at once more before it leaves."""
    from partners.foundation import outbox
    from partners.referrals import notices
    from web.cli.database import now, open_database, settings

    found = settings()
    doors = ways_out(found)
    if doors is None:
        click.echo("Set KITH_SMTP_URL first: smtp://user:password@mail.example.org:587?starttls=1. Or KITH_NOTIFY_KEY and a template.", err=True)
        sys.exit(2)
    engine, sessions = open_database(found)
    answered = _take_in_texts(doors, sessions)
    done = outbox.deliver(sessions, doors, now=now, guard=notices.may_leave, limit=limit)
    engine.dispose()
    click.echo(json.dumps(asdict(done) | {"answered": answered}) if as_json else f"{done.sent} sent, {done.retried} to try again, {done.dead} given up, {done.cancelled} cancelled, {answered} answered by text.")


@click.command(epilog="Example: kith tick --json")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
def tick(as_json: bool) -> None:
    """Do what the clock asks for: nudge partners in working hours, ask once a month whether offers are still right, end what nobody answered, freeze figures.

    Running it twice changes nothing.
    """
    from partners.families import drafts
    from partners.impact import rounds
    from partners.privacy import rounds as rights
    from partners.referrals import digests, reminders
    from web.cli.database import now, settings, working

    with working() as session:
        done = reminders.tick(session, base_url=settings().base_url, at=now())
        asked = digests.send_due(session, base_url=settings().base_url, at=now())
        released = rounds.tick(session, at=now())
        drafts.forget_old(session, at=now())
        privacy = rights.tick(session, base_url=settings().base_url, at=now())
        click.echo(json.dumps(asdict(done) | asdict(asked) | {"released": released} | asdict(privacy)) if as_json else (
            f"{done.nudged} nudged, {done.expired} ended without an answer; {asked.mailed} asked whether their offers are right, "
            f"{asked.to_ring} to ring, {asked.came_back} whose mail came back, {asked.missed} who missed two checks, {asked.warned} papers that run out; "
            f"{released} releases of figures, {privacy.copies_gone} copies and {privacy.retention_ended} records whose time was over; {privacy.leads_told} leads told of a clock."
        ))
    if privacy.to_wipe:
        _wipe()


def _wipe() -> None:
    """Write the disk anew without what was erased, outside any transaction, and note it."""
    from partners.privacy import erasure
    from web.cli.database import now, open_database

    engine, sessions = open_database()
    if erasure.wipe(engine):
        with sessions.begin() as session:
            erasure.note_wiped(session, at=now())
    engine.dispose()
