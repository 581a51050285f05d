"""Mail workers that are killed, and servers that misbehave: no mail is missing, and a second copy has the first one's Message-ID."""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation import outbox
from partners.foundation.actors import Actor, Role
from partners.foundation.outbox import Message, SmtpTransport
from tests.integration.conftest import AT
from tests.integration.foundation.smtp_server import mail_server
from tests.reliability.conftest import many
from tests.reliability.nursery import Nursery, is_running, kill
from tests.reliability.pressing import Pressing
from tests.reliability.small_town import sent, settle

MAILS = 60


def _waiting(sessions: sessionmaker[Session], count: int) -> set[str]:
    with sessions.begin() as session:
        return {
            outbox.queue(session, kind="reminder", to=f"to{n}@example.org", subject="A message waits", body="Log in, please.", at=AT).message_id
            for n in range(count)
        }


def test_fifty_killed_workers_and_a_bad_server_lose_no_mail(nursery: Nursery, database_url: str, session_factory: sessionmaker[Session]) -> None:
    ids, chance, at = _waiting(session_factory, MAILS), random.Random(11), AT  # noqa: S311
    behaviours = [chance.choice(["ok", "ok", "busy", "refuse", "late_refuse", "drop", "no_goodbye", "hang"]) for _ in range(40)] + ["ok"]
    drops, kills = behaviours.count("drop"), 0
    with mail_server(*behaviours) as server:
        for _ in range(many(35, 50) if database_url.startswith("sqlite") else many(15, 50)):
            pid = nursery.start("deliver", url=database_url, smtp=server.url, at=at.isoformat())
            before, until = server.connections, time.monotonic() + 1
            while server.connections == before and is_running(pid) and time.monotonic() < until:
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.012))
            kills += is_running(pid)
            kill(pid)
            at += timedelta(minutes=6)
        at += timedelta(days=1)
        for _ in range(3):
            outbox.deliver(session_factory, SmtpTransport(server.url, "kith@example.org", timeout_s=0.5), now=lambda at=at: at)  # type: ignore[misc]
            at += timedelta(hours=5)
    copies = Counter(mail["Message-ID"] for mail in server.kept)
    assert set(copies) == ids
    # A second copy comes of a connection that dropped after the data, or of a worker that died before it could note the server's yes.
    assert sum(copies.values()) - MAILS <= drops + kills
    assert kills >= 5
    with session_factory() as session:
        assert session.scalars(select(Message.id).where(Message.sent_at.is_(None))).all() == []


def test_a_mail_given_up_is_on_the_administrators_page_and_on_today_with_what_to_do(session_factory: sessionmaker[Session], engine: object) -> None:
    town = settle(engine, at=AT, count=2)  # type: ignore[arg-type]
    with session_factory.begin() as session:
        referral_id = sent(session, town, town.needs[0], at=AT).id
        session.scalars(select(Message).where(Message.referral_id == referral_id)).one().to_address = "canary@pantry.example"
    clock = [AT]
    with mail_server("refuse") as server:
        transport = SmtpTransport(server.url, "kith@example.org")
        while clock[0] < AT + outbox.DEAD_AFTER + timedelta(hours=5):
            outbox.deliver(session_factory, transport, now=lambda: clock[0])
            clock[0] += timedelta(hours=4)
    pressing = Pressing(engine, town)  # type: ignore[arg-type]
    today = pressing.browser().get("/liaison/").text
    assert "We couldn’t send our mail to Pantry" in today
    assert "0113 496 0002" in today
    assert "canary" not in today
    assert "550" not in today
    with session_factory() as session:
        (dead,) = outbox.dead_letters(session)
        admin = Actor(kind="user", name="Ada", roles=frozenset({Role.ADMIN}))
        outbox.cancel(session, dead, by=admin, at=AT)
        session.commit()
        assert outbox.dead_letters(session) == []
    assert "We couldn’t send" not in pressing.browser().get("/liaison/").text


def test_held_mail_is_let_go_or_cancelled_by_a_person_on_the_administrators_page(session_factory: sessionmaker[Session], engine: object) -> None:
    town = settle(engine, at=AT, count=1)  # type: ignore[arg-type]
    _waiting(session_factory, 2)
    with session_factory.begin() as session:
        rows = session.scalars(select(Message).order_by(Message.id)).all()
        for row in rows:
            row.held_at = AT
        let_go, cancelled = (str(row.id) for row in rows)
    from partners.foundation import sign_ins, users

    with session_factory.begin() as session:
        ada = users.find_by_email(session, "admin@elm.example")
        assert ada is not None
        town.cookie = sign_ins.start(session, ada, at=AT)
    pressing = Pressing(engine, town)  # type: ignore[arg-type]
    page = pressing.browser().get("/admin/").text
    assert "Mail held after a backup was brought back" in page
    assert "to0@example.org" not in page
    assert pressing.press(f"/admin/mail/{let_go}/again", {}) == 303
    assert pressing.press(f"/admin/mail/{cancelled}/cancel", {}) == 303
    assert "Mail held" not in pressing.browser().get("/admin/").text
    with mail_server("ok") as server:
        assert outbox.deliver(session_factory, SmtpTransport(server.url, "kith@example.org"), now=lambda: AT).sent == 1
    assert [mail["Message-ID"] for mail in server.kept] == [f"<{let_go}@kith.invalid>"]
