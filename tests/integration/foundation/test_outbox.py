"""The outbox: every mail leaves at least once, with one Message-ID, or is a dead letter that somebody sees; and none leaves that may not."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation import audit, outbox
from partners.foundation.actors import SYSTEM, Actor, Role
from partners.foundation.errors import NotAllowed, NotReady
from partners.foundation.outbox import Message, PageTransport, SmtpTransport
from tests.integration.foundation.conftest import NOW
from tests.integration.foundation.smtp_server import mail_server

SENDER = "Kith <kith@example.org>"


class Clock:
    """A clock that goes on only when it is told."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


def waiting(sessions: sessionmaker[Session], count: int = 1, *, due_at: datetime | None = None, referral_id: uuid.UUID | None = None) -> list[uuid.UUID]:
    """Queue some mails."""
    with sessions.begin() as session:
        return [
            outbox.queue(
                session, kind="reminder", to=f"to{n}@example.org", subject="A message waits", body=f"Log in, please.\nŻółw {n}", at=NOW,
                due_at=due_at, referral_id=referral_id,
            ).id
            for n in range(count)
        ]


def all_of(sessions: sessionmaker[Session]) -> list[Message]:
    """Every mail as the database has it now."""
    with sessions() as session:
        return list(session.scalars(select(Message)))


def run_until_quiet(sessions: sessionmaker[Session], transport: outbox.Transport, clock: Clock, *, hours: float, every_minutes: int = 1) -> Counter[str]:
    """Deliver every so many minutes for some hours, and count what happened."""
    counts: Counter[str] = Counter()
    end = clock.at + timedelta(hours=hours)
    while clock.at <= end:
        done = outbox.deliver(sessions, transport, now=clock)
        counts.update(sent=done.sent, retried=done.retried, dead=done.dead, cancelled=done.cancelled)
        clock.at += timedelta(minutes=every_minutes)
    return counts


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_mail_arrives_whole_with_its_headers(sessions: sessionmaker[Session]) -> None:
    (message_id,) = waiting(sessions)
    with mail_server("ok") as server:
        done = outbox.deliver(sessions, SmtpTransport(server.url, SENDER), now=Clock())
    assert (done.sent, done.retried, done.dead, done.cancelled) == (1, 0, 0, 0)
    (mail,) = server.kept
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, "to0@example.org", "A message waits")
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == (f"<{message_id}@kith.invalid>", "auto-generated")
    assert mail["Date"].datetime == NOW
    assert mail.get_content().replace("\r\n", "\n") == "Log in, please.\nŻółw 0\n"
    (row,) = all_of(sessions)
    assert (row.sent_at, row.attempts, row.last_error) == (NOW, 1, None)


def test_what_was_sent_is_not_sent_again(sessions: sessionmaker[Session]) -> None:
    waiting(sessions, 3)
    with mail_server("ok") as server:
        clock, transport = Clock(), SmtpTransport(server.url, SENDER)
        for _ in range(3):
            outbox.deliver(sessions, transport, now=clock)
            clock.at += timedelta(days=1)
    assert len(server.kept) == 3


@pytest.mark.parametrize(
    ("behaviour", "copies", "error"),
    [("busy", 1, "SMTPRecipientsRefused 450"), ("refuse", 1, "SMTPRecipientsRefused 550"), ("late_refuse", 1, "SMTPDataError 554"),
     ("hang", 1, "SMTPServerDisconnected"), ("drop", 2, "SMTPServerDisconnected")],
)
def test_a_mail_that_failed_once_leaves_later_with_the_same_message_id(sessions: sessionmaker[Session], behaviour: str, copies: int, error: str) -> None:
    (message_id,) = waiting(sessions)
    clock = Clock()
    with mail_server(behaviour, "ok") as server:
        transport = SmtpTransport(server.url, SENDER, timeout_s=0.3)
        done = outbox.deliver(sessions, transport, now=clock)
        assert (done.sent, done.retried) == (0, 1)
        assert all_of(sessions)[0].last_error == error
        assert outbox.deliver(sessions, transport, now=clock).sent == 0
        clock.at += timedelta(minutes=1)
        assert outbox.deliver(sessions, transport, now=clock).sent == 1
    assert [mail["Message-ID"] for mail in server.kept] == [f"<{message_id}@kith.invalid>"] * copies


def test_a_server_that_says_yes_and_then_drops_the_goodbye_gets_no_second_copy(sessions: sessionmaker[Session]) -> None:
    waiting(sessions, 2)
    with mail_server("no_goodbye") as server:
        clock, transport = Clock(), SmtpTransport(server.url, SENDER, timeout_s=0.5)
        assert run_until_quiet(sessions, transport, clock, hours=0.2) == Counter(sent=2)
    assert len(server.kept) == 2


def test_a_server_that_is_not_there_loses_nothing(sessions: sessionmaker[Session]) -> None:
    ids = waiting(sessions, 5)
    clock = Clock()
    transport = SmtpTransport(f"smtp://127.0.0.1:{closed_port()}", SENDER, timeout_s=0.5)
    counts = run_until_quiet(sessions, transport, clock, hours=1)
    assert counts["sent"] == counts["dead"] == 0
    with mail_server("ok") as server:
        run_until_quiet(sessions, SmtpTransport(server.url, SENDER), clock, hours=4)
    assert {mail["Message-ID"] for mail in server.kept} == {f"<{n}@kith.invalid>" for n in ids}
    assert len(server.kept) == 5


def test_no_mail_is_missing_after_a_bad_day(sessions: sessionmaker[Session]) -> None:
    ids = waiting(sessions, 30)
    behaviours = ["busy", "ok", "drop", "refuse", "ok", "late_refuse", "drop", "busy"] * 6 + ["ok"]
    clock = Clock()
    with mail_server(*behaviours) as server:
        run_until_quiet(sessions, SmtpTransport(server.url, SENDER, timeout_s=1), clock, hours=5)
    copies = Counter(mail["Message-ID"] for mail in server.kept)
    assert set(copies) == {f"<{n}@kith.invalid>" for n in ids}
    # A second copy comes only of a connection that dropped between the data and the server's word.
    assert sum(copies.values()) - 30 <= behaviours.count("drop")


def test_the_waits_grow_to_four_hours_and_end_in_a_dead_letter_after_three_days(sessions: sessionmaker[Session]) -> None:
    waiting(sessions)
    clock, tries = Clock(), []

    class Refuses:
        def send(self, message: Message, *, at: datetime) -> None:
            tries.append(at)
            raise ConnectionRefusedError("canary@example.org refused")

    counts = run_until_quiet(sessions, Refuses(), clock, hours=9)
    clock.at = NOW + timedelta(hours=10)
    counts += run_until_quiet(sessions, Refuses(), clock, hours=80, every_minutes=60)
    waits = [round((b - a).total_seconds() / 60) for a, b in pairwise(tries)]
    assert waits[:9] == [1, 2, 4, 8, 15, 30, 60, 120, 240]
    assert set(waits[9:]) == {240}
    assert timedelta(days=3) <= tries[-1] - NOW < timedelta(days=3, hours=4, minutes=1)
    assert counts == Counter(retried=len(tries) - 1, dead=1)
    with sessions() as session:
        (dead,) = outbox.dead_letters(session)
        assert (dead.dead_at, dead.sent_at, dead.last_error) == (tries[-1], None, "ConnectionRefusedError")


def test_a_mail_for_next_week_has_its_three_days_from_its_first_try(sessions: sessionmaker[Session]) -> None:
    waiting(sessions, due_at=NOW + timedelta(days=7))
    clock = Clock()
    with mail_server("busy", "ok") as server:
        transport = SmtpTransport(server.url, SENDER)
        assert outbox.deliver(sessions, transport, now=clock).retried == 0
        clock.at += timedelta(days=7)
        assert outbox.deliver(sessions, transport, now=clock).retried == 1
        clock.at += timedelta(minutes=1)
        assert outbox.deliver(sessions, transport, now=clock).sent == 1
    assert len(server.kept) == 1


def test_a_person_may_put_a_dead_letter_back(sessions: sessionmaker[Session]) -> None:
    waiting(sessions)
    admin = Actor(kind="user", name="Ada", user_id=uuid.uuid4(), roles=frozenset({Role.ADMIN}))
    clock = Clock()
    with sessions.begin() as session:
        message = session.scalars(select(Message)).one()
        message.dead_at, message.first_tried_at, message.attempts = NOW, NOW - timedelta(days=3), 25
    clock.at += timedelta(days=1)
    assert outbox.deliver(sessions, PageTransport(), now=clock).sent == 0
    with sessions() as session, pytest.raises(NotAllowed):
        outbox.try_again(session, session.scalars(select(Message)).one(), by=Actor(kind="user", name="Sam", roles=frozenset({Role.FLO})), at=clock.at)
    with sessions.begin() as session:
        outbox.try_again(session, session.scalars(select(Message)).one(), by=admin, at=clock.at)
    assert outbox.deliver(sessions, PageTransport(), now=clock).sent == 1
    with sessions() as session:
        assert outbox.dead_letters(session) == []
        assert session.scalars(select(audit.AuditEvent.action)).all() == ["mail:tried_again"]


def test_a_mail_that_may_no_longer_leave_is_cancelled_and_nothing_goes_out(sessions: sessionmaker[Session]) -> None:
    gone, stays = uuid.uuid4(), uuid.uuid4()
    waiting(sessions, 2, referral_id=gone)
    waiting(sessions, 1, referral_id=stays)
    with mail_server("ok") as server:
        done = outbox.deliver(
            sessions, SmtpTransport(server.url, SENDER), now=Clock(), guard=lambda session, message, at: message.referral_id == stays,
        )
        later = outbox.deliver(sessions, SmtpTransport(server.url, SENDER), now=Clock())
    assert (done.sent, done.cancelled, later.sent) == (1, 2, 0)
    assert len(server.kept) == 1
    assert all((row.cancelled_at is not None) == (row.referral_id == gone) for row in all_of(sessions))


def test_what_is_withdrawn_between_the_queue_and_the_sending_never_leaves(sessions: sessionmaker[Session]) -> None:
    referral_id = uuid.uuid4()
    waiting(sessions, 3, referral_id=referral_id)
    waiting(sessions, 1)
    with sessions.begin() as session:
        outbox.cancel_for_referral(session, referral_id, at=NOW)
    with mail_server("ok") as server:
        assert outbox.deliver(sessions, SmtpTransport(server.url, SENDER), now=Clock()).sent == 1
    assert len(server.kept) == 1


def test_the_guard_is_asked_again_at_every_try(sessions: sessionmaker[Session]) -> None:
    waiting(sessions)
    clock, asked = Clock(), []

    def only_first(session: Session, message: Message, at: datetime) -> bool:
        asked.append(at)
        return len(asked) == 1

    with mail_server("busy", "ok") as server:
        transport = SmtpTransport(server.url, SENDER)
        outbox.deliver(sessions, transport, now=clock, guard=only_first)
        clock.at += timedelta(minutes=1)
        assert outbox.deliver(sessions, transport, now=clock, guard=only_first).cancelled == 1
    assert server.kept == []


def test_where_the_guard_itself_fails_nothing_leaves_and_the_others_are_not_kept_waiting(sessions: sessionmaker[Session]) -> None:
    bad, good = waiting(sessions, 2)

    def breaks(session: Session, message: Message, at: datetime) -> bool:
        if message.id == bad:
            raise ZeroDivisionError
        return True

    with mail_server("ok") as server:
        clock, transport = Clock(), SmtpTransport(server.url, SENDER)
        for _ in range(2):
            try:
                outbox.deliver(sessions, transport, now=clock, guard=breaks)
            except ZeroDivisionError:
                clock.at += timedelta(minutes=1)
        assert [mail["Message-ID"] for mail in server.kept] == [f"<{good}@kith.invalid>"]
        clock.at += timedelta(minutes=10)
        assert outbox.deliver(sessions, transport, now=clock).sent == 1


def test_a_server_that_hangs_keeps_nobody_from_the_database(sessions: sessionmaker[Session]) -> None:
    waiting(sessions)
    with mail_server("hang") as server:
        worker = threading.Thread(target=outbox.deliver, args=(sessions, SmtpTransport(server.url, SENDER, timeout_s=3)), kwargs={"now": Clock()})
        worker.start()
        while server.connections == 0:
            time.sleep(0.01)
        started = time.monotonic()
        with sessions.begin() as session:
            audit.record(session, "need:opened", by=SYSTEM, at=NOW)
        took_s = time.monotonic() - started
        server.released.set()
        worker.join()
    assert took_s < 1


def test_a_worker_that_dies_while_sending_loses_nothing(sessions: sessionmaker[Session]) -> None:
    ids = waiting(sessions, 2)
    clock = Clock()

    class Dies:
        def send(self, message: Message, *, at: datetime) -> None:
            raise SystemExit

    for _ in range(2):
        with pytest.raises(SystemExit):
            outbox.deliver(sessions, Dies(), now=clock)
    with mail_server("ok") as server:
        transport = SmtpTransport(server.url, SENDER)
        assert outbox.deliver(sessions, transport, now=clock).sent == 0
        clock.at += outbox.LEASE
        assert outbox.deliver(sessions, transport, now=clock).sent == 2
    assert {mail["Message-ID"] for mail in server.kept} == {f"<{n}@kith.invalid>" for n in ids}


def test_four_workers_at_once_send_each_mail_once(sessions: sessionmaker[Session]) -> None:
    waiting(sessions, 24)
    with mail_server("ok") as server:
        workers = [
            threading.Thread(target=outbox.deliver, args=(sessions, SmtpTransport(server.url, SENDER)), kwargs={"now": Clock()}) for _ in range(4)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert len(server.kept) == 24
    assert set(Counter(mail["Message-ID"] for mail in server.kept).values()) == {1}


def test_a_round_against_a_server_that_is_down_ends_soon(sessions: sessionmaker[Session]) -> None:
    waiting(sessions, 10)
    transport = SmtpTransport(f"smtp://127.0.0.1:{closed_port()}", SENDER, timeout_s=0.5)
    assert outbox.deliver(sessions, transport, now=Clock()).retried == outbox.UNREACHABLE_IN_A_ROW


def test_ten_refused_recipients_do_not_stop_the_round(sessions: sessionmaker[Session]) -> None:
    waiting(sessions, 12)
    with mail_server(*["refuse"] * 10, "ok") as server:
        done = outbox.deliver(sessions, SmtpTransport(server.url, SENDER), now=Clock())
    assert (done.retried, done.sent) == (10, 2)


def test_what_is_held_after_a_restore_waits_for_a_person(sessions: sessionmaker[Session]) -> None:
    waiting(sessions)
    with sessions.begin() as session:
        session.scalars(select(Message)).one().held_at = NOW
    assert outbox.deliver(sessions, PageTransport(), now=Clock()).sent == 0
    with sessions.begin() as session:
        outbox.try_again(session, session.scalars(select(Message)).one(), by=Actor(kind="user", name="Ada", roles=frozenset({Role.ADMIN})), at=NOW)
    assert outbox.deliver(sessions, PageTransport(), now=Clock()).sent == 1


def test_neither_the_words_nor_the_address_lie_open_in_the_database(sessions: sessionmaker[Session]) -> None:
    waiting(sessions)
    with sessions() as session:
        kept = str(session.execute(text("SELECT * FROM messages")).all())
    assert "to0@example.org" not in kept
    assert "Log in" not in kept


@pytest.mark.parametrize("behaviour", ["busy", "refuse"])
def test_what_the_server_wrote_is_not_kept(sessions: sessionmaker[Session], behaviour: str) -> None:
    waiting(sessions)
    with mail_server(behaviour) as server:
        outbox.deliver(sessions, SmtpTransport(server.url, SENDER), now=Clock())
    assert "canary" not in str(all_of(sessions)[0].last_error)


@pytest.mark.parametrize("url", ["", "mail.example.org", "http://mail.example.org", "smtp://"])
def test_an_address_of_a_mail_server_that_cannot_be_read_is_named(url: str) -> None:
    with pytest.raises(NotReady, match="KITH_SMTP_URL"):
        SmtpTransport(url, SENDER)
