"""Taking back: one press ends access and mails, the partner says that it deleted what it held, and the history stays honest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partners.families import agreements, families
from partners.foundation import outbox
from partners.foundation.actors import family_by_link
from partners.foundation.errors import InvalidRecord, NotAllowed, NotFound
from partners.foundation.outbox import Message
from partners.referrals import disclosure, notices, openings, referrals, reminders, replies, withdrawals
from partners.referrals.moves import State
from tests.integration.families.conftest import BASE_URL, CANARY, NUMBER, Line


class Post:
    """A way out for mails that keeps what left, and does something on the way where it is told to."""

    def __init__(self) -> None:
        self.left: list[str] = []

    def send(self, message: Message, *, at: datetime) -> None:
        self.left.append(message.kind)


def _take_back(session: Session, line: Line, at: datetime, **by: Any) -> list[withdrawals.Withdrawal]:
    agreement = session.scalars(select(agreements.Agreement)).one()
    return withdrawals.take_back(session, agreement, by=by.get("by", line.flo), at=at, base_url=BASE_URL)


def _deletion_link(session: Session) -> str:
    mail = session.scalars(select(Message).where(Message.kind == "deletion_request")).one()
    assert CANARY not in mail.body + mail.subject
    assert NUMBER not in mail.body
    assert "food" not in (mail.body + mail.subject).lower()
    return mail.body.split("/d/")[1].split()[0]


def test_one_press_ends_access_and_queued_mail_and_asks_the_partner_once(session: Session, line: Line, at: datetime) -> None:
    referral = line.accepted(session, at)
    token = replies.new_reply_link(session, referral, at=at)
    assert disclosure.agreed_fields(session, referral, at=at)
    replies.send_code(session, referral, browser="b", by=line.partner(session), at=at)
    row, again = _take_back(session, line, at)[0], _take_back(session, line, at)[0]
    assert row is again
    found, _who = replies.open_reply_link(session, token, at=at)
    assert found.state is State.WITHDRAWN
    assert disclosure.agreed_fields(session, found, at=at) == {}
    waiting = session.scalars(select(Message).where(Message.sent_at.is_(None), Message.cancelled_at.is_(None))).all()
    assert [m.kind for m in waiting] == ["deletion_request"]


def test_the_family_itself_may_take_it_back_by_its_own_link_and_another_family_may_not(session: Session, line: Line, at: datetime) -> None:
    referral = line.accepted(session, at)
    other = families.add(session, initials="B.", by=line.flo, at=at)
    with pytest.raises(NotFound):
        _take_back(session, line, at, by=family_by_link(other.id, line.school.id))
    row = _take_back(session, line, at, by=family_by_link(line.family.id, line.school.id))[0]
    assert (row.by_kind, referral.state, referral.events[-1].party) == ("family", State.WITHDRAWN, "family")


def test_the_partner_attests_by_link_once_and_the_history_says_what_was_opened(session: Session, line: Line, at: datetime) -> None:
    referral = line.accepted(session, at)
    partner = line.partner(session)
    replies.send_code(session, referral, browser="b", by=partner, at=at)
    code = session.scalars(select(Message).where(Message.kind == "detail_code")).one().body.split("is ")[1].split()[0]
    replies.use_code(session, referral, code, browser="b", by=partner, at=at + timedelta(minutes=1))
    openings.open_details(session, referral, by=partner, at=at + timedelta(minutes=1))
    _take_back(session, line, at + timedelta(days=2))
    row, who = withdrawals.open_link(session, _deletion_link(session))
    assert (row.opened_at, row.could_open_from, row.waits) == (at + timedelta(minutes=1), at, True)
    with pytest.raises(InvalidRecord):
        withdrawals.attest(session, row, name=" ", by=who, at=at)
    with pytest.raises(NotAllowed):
        withdrawals.log_call(session, row, name="Ann", by=who, at=at)
    withdrawals.attest(session, row, name="Ann", by=who, at=at + timedelta(days=3))
    withdrawals.attest(session, row, name="Bob", by=who, at=at + timedelta(days=4))
    assert (row.confirmed_by, row.confirmed_how, row.confirmed_at, row.waits) == ("Ann", "link", at + timedelta(days=3), False)


def test_a_task_after_seven_days_the_leads_too_after_thirty_and_neither_once_it_is_deleted(session: Session, line: Line, at: datetime) -> None:
    line.accepted(session, at)
    row = _take_back(session, line, at)[0]

    def told(days: float) -> tuple[int, int]:
        now = at + timedelta(days=days)
        return len(withdrawals.to_ask_about(session, by=line.flo, at=now)), len(withdrawals.escalated(session, by=line.dsl, at=now))

    assert (told(6.9), told(7), told(29.9), told(30)) == ((0, 0), (1, 0), (1, 0), (1, 1))
    withdrawals.log_call(session, row, name="Ann", by=line.flo, at=at + timedelta(days=31))
    assert told(40) == (0, 0)
    assert row.confirmed_how == "phone"


def test_a_family_with_the_lead_is_on_no_list_of_deletions_but_the_leads(session: Session, line: Line, at: datetime) -> None:
    line.accepted(session, at)
    _take_back(session, line, at)
    families.stop(session, line.family, by=line.flo, at=at)
    later = at + timedelta(days=40)
    assert withdrawals.to_ask_about(session, by=line.flo, at=later) == []
    assert len(withdrawals.escalated(session, by=line.dsl, at=later)) == 1


def test_where_nothing_could_be_opened_nobody_is_asked_to_delete(session: Session, line: Line, at: datetime) -> None:
    line.sent(session, at)
    row = _take_back(session, line, at)[0]
    assert (row.could_open_from, row.waits, row.asked_at) == (None, False, None)
    assert session.scalars(select(Message).where(Message.kind == "deletion_request")).all() == []


def test_the_clock_asks_a_partner_whom_nobody_asked_and_only_once(session: Session, line: Line, at: datetime) -> None:
    referral = line.accepted(session, at)
    referrals.move(session, referral, "withdraw", code="changed_mind", by=line.flo, at=at)
    assert reminders.tick(session, base_url=BASE_URL, at=at).deletions_asked == 1
    assert reminders.tick(session, base_url=BASE_URL, at=at).deletions_asked == 0


@pytest.mark.parametrize("kind", ["partner_message", "partner_nudge", "partner_words", "detail_code"])
def test_withdrawn_between_queue_and_sending_nothing_leaves(session: Session, session_factory: sessionmaker[Session], line: Line, at: datetime, kind: str) -> None:
    """The press falls between the claiming of a mail and its last question, the latest moment at which it can still be stopped."""
    referral = line.accepted(session, at) if kind == "detail_code" else line.sent(session, at)
    session.execute(Message.__table__.delete())
    if kind == "detail_code":
        replies.send_code(session, referral, browser="b", by=line.partner(session), at=at)
    elif kind == "partner_words":
        notices.tell_of_message(session, referral, base_url=BASE_URL, at=at)
    elif kind == "partner_nudge":
        notices.remind_partner(session, [referral], second=False, base_url=BASE_URL, at=at)
    else:
        notices.tell_partner(session, referral, base_url=BASE_URL, at=at)
    session.commit()
    pressed: list[int] = []

    def guard(own: Session, message: Message, now: datetime) -> bool:
        if message.kind == kind:
            agreement = own.scalars(select(agreements.Agreement)).one()
            withdrawals.take_back(own, agreement, by=line.flo, at=at, base_url=BASE_URL)
            own.flush()
            pressed.append(1)
        return notices.may_leave(own, message, now)

    post = Post()
    done = outbox.deliver(session_factory, post, now=lambda: at, guard=guard)
    assert pressed == [1]
    assert done.cancelled == 1
    assert kind not in post.left
    assert set(post.left) <= {"deletion_request"}


def test_an_agreement_ended_while_a_mail_waits_for_another_try_stops_it(session: Session, session_factory: sessionmaker[Session], line: Line, at: datetime) -> None:
    line.sent(session, at)
    session.commit()

    class Refusing(Post):
        def send(self, message: Message, *, at: datetime) -> None:
            raise OSError("refused")

    assert outbox.deliver(session_factory, Refusing(), now=lambda: at, guard=notices.may_leave).retried == 1
    session.expire_all()
    agreements.withdraw(session, session.scalars(select(agreements.Agreement)).one(), by=line.flo, at=at)
    session.commit()
    post = Post()
    later = at + timedelta(hours=1)
    assert outbox.deliver(session_factory, post, now=lambda: later, guard=notices.may_leave).cancelled == 1
    assert post.left == []
