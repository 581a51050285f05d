"""Digests: once a month, "Is this still right?" to each partner, by one mail about all its offers; who cannot be mailed stands on the list to ring."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import schools
from partners.foundation import access, audit, outbox
from partners.foundation.actors import SYSTEM, Actor
from partners.foundation.calendars import day_of, is_working_day, london
from partners.foundation.outbox import Message
from partners.referrals import replies
from partners.referrals.reminders import DAY_ENDS, DAY_STARTS, told_today
from partners.registry import checks, contacts, offers, papers, paragraphs, tasks, terms
from partners.registry.checks import OfferCheck
from partners.registry.offers import Offer
from partners.registry.organisations import Contact, Organisation
from partners.registry.tasks import TO_RING, TaskKind

KIND = "offer_digest"
MOST_SCHOOLS_NAMED = 3  # judgement, November 2026
# What a mail server answers for an address that is not there. Source: RFC 5321, 4.2.1: 5yz is a permanent refusal.
_REFUSED = "SMTPRecipientsRefused 5"


@dataclass
class Digested:
    """What one round did, in numbers of partners."""

    mailed: int = 0
    to_ring: int = 0
    came_back: int = 0
    missed: int = 0
    warned: int = 0


def send_due(session: Session, *, base_url: str, at: datetime) -> Digested:
    """Ask every partner whose month has come, in working hours; note whose mail came back and who missed two checks.

    Nothing leaves at night, at weekends or on bank holidays. Running it twice changes nothing the second time.
    """
    done, today = Digested(), day_of(at)
    note_returned(session, done, at=at)
    done.warned = papers.warn(session, at=at)
    if is_working_day(today) and DAY_STARTS <= london(at).hour < DAY_ENDS:
        for organisation, due in _by_organisation(session, at=at):
            # One mail a day to any partner: what a family waits for goes first.
            if checks.may_ask(session, organisation.id, at=at) and not told_today(session, organisation.id, at=at):
                _ask(session, organisation, due, done, base_url=base_url, at=at)
    for organisation_id in session.scalars(select(OfferCheck.organisation_id).where(OfferCheck.answered_at.is_(None)).distinct()).all():
        if checks.missed(session, organisation_id, at=at):
            last = checks.latest(session, organisation_id)[0]
            if not tasks.was_opened(session, TaskKind.MISSED, organisation_id, last.month):
                tasks.open_for(session, TaskKind.MISSED, organisation_id, mark=last.month, by=SYSTEM, at=at)
                done.missed += 1
    return done


def _by_organisation(session: Session, *, at: datetime) -> list[tuple[Organisation, list[Offer]]]:
    found: dict[Organisation, list[Offer]] = {}
    # Only those that somebody confirmed long enough ago are read at all: a registry of thousands of imports costs nothing here.
    for offer in offers.listed(session, confirmed_by=day_of(at) - timedelta(days=checks.ASKED_AGAIN_AFTER_DAYS)):
        if checks.is_due(offer, on=day_of(at)):
            found.setdefault(offer.organisation, []).append(offer)
    return list(found.items())


def _ask(session: Session, organisation: Organisation, due: list[Offer], done: Digested, *, base_url: str, at: datetime) -> None:
    terms = [(t.starts_on, t.ends_on) for school in schools.every(session) for t in school.terms]
    contact = contacts.reachable(session, organisation, holiday=contacts.in_holidays(terms, day_of(at)))
    is_mailed = contact is not None and contact.email is not None
    check = checks.claim(session, organisation.id, how="mail" if is_mailed else "phone", at=at)
    if check is None:  # another round of the clock asks them at this very moment
        return
    if contact is None or contact.email is None:
        done.to_ring += 1
        return
    message = outbox.queue(session, kind=KIND, to=contact.email, subject="Is this still right?", body=_body(session, due, contact, base_url=base_url, at=at), at=at)
    check.message_id = message.id
    session.flush()
    audit.record(session, "organisation:asked", ("organisation", organisation.id), by=SYSTEM, at=at, offers=len(due))
    done.mailed += 1


def _body(session: Session, due: list[Offer], contact: Contact, *, base_url: str, at: datetime) -> str:
    lines = ["Hello,", "", "This is what schools tell families about you. Is it still right?", ""]
    for offer in due:
        link = f"{base_url}/o/{replies.new_offer_link(session, offer, at=at, contact=contact)}"
        lines += [offer.name, paragraphs.paragraph(offer, terms.of(session, offer)), "", "Still right? Yes, something changed, we're full, or pause: one press, no account.", link, ""]
    lines += ["Opening the page changes nothing; you press a button. Being full or pausing is never held against you.", "We ask at most once a month."]
    named = schools.every(session)
    if 1 <= len(named) <= MOST_SCHOOLS_NAMED:
        lines += ["", "Would you rather talk? Ring " + ", or ".join(f"{s.name} on {s.phone}" for s in named if s.phone) + "."]
    return "\n".join(lines) + "\n"


def note_returned(session: Session, done: Digested, *, at: datetime) -> None:
    """Mark the contacts whose address a mail server refused for good, so that the next mail goes to the next person."""
    given_up = session.scalars(select(Message).where(Message.dead_at.is_not(None), Message.last_error.startswith(_REFUSED)))
    refused = {m.to_address.casefold(): m for m in given_up}
    if not refused:
        return
    for contact in session.scalars(select(Contact).where(Contact.bounced_at.is_(None))):
        message = refused.get((contact.email or "").casefold())
        if message is not None:
            contacts.mark_bounced(session, contact, by=SYSTEM, at=at)
            done.came_back += 1


@dataclass(frozen=True)
class ToRing:
    """One partner to ring: why, and about which offers."""

    organisation: Organisation
    offers: list[Offer]
    reasons: tuple[TaskKind, ...]
    asked_at: datetime | None


def to_ring(session: Session, *, by: Actor, at: datetime) -> list[ToRing]:
    """Return the partners to ring, those with a task first: something wrong, mail came back, two checks missed, or nobody can be mailed."""
    access.require(by, "offer:change")
    reasons: dict[Organisation, list[TaskKind]] = {}
    about: dict[Organisation, list[Offer]] = {}
    for task in tasks.waiting(session, by=by):
        if task.kind in TO_RING:
            reasons.setdefault(task.organisation, []).append(task.kind)
            if task.offer is not None:
                about.setdefault(task.organisation, []).append(task.offer)
    by_phone = {
        check.organisation_id: check.asked_at
        for check in session.scalars(select(OfferCheck).where(OfferCheck.answered_at.is_(None), OfferCheck.how == "phone"))
    }
    rows = []
    for organisation, listed in _listed(session, {o.id for o in reasons} | set(by_phone)).items():
        if organisation in reasons or organisation.id in by_phone:
            due = [o for o in listed if o in about.get(organisation, []) or checks.is_due(o, on=day_of(at))]
            rows.append(ToRing(organisation, due or listed, tuple(dict.fromkeys(reasons.get(organisation, []))), by_phone.get(organisation.id)))
    return sorted(rows, key=lambda row: (not row.reasons, row.organisation.name, row.organisation.id))


def _listed(session: Session, organisation_ids: set[uuid.UUID]) -> dict[Organisation, list[Offer]]:
    found: dict[Organisation, list[Offer]] = {}
    for offer in offers.listed(session, organisation_ids=organisation_ids):
        if offer.needs:
            found.setdefault(offer.organisation, []).append(offer)
    return found
