"""Reminders: what the clock does. It nudges partners and says what waits for school; it never accepts, declines or closes for anybody."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation.actors import SYSTEM
from partners.foundation.calendars import day_of, is_working_day, london
from partners.foundation.db import Base, new_id
from partners.foundation.errors import IllegalMove
from partners.foundation.outbox import Message
from partners.referrals import clocks, moves, notices, referrals, withdrawals
from partners.referrals.moves import Kind, State
from partners.referrals.referrals import Referral
from partners.registry import organisations

SECOND_AFTER_DAYS = 3  # working days without an answer: then the second person there (domain guide 6.3, ours)
ALTERNATIVES_AFTER_DAYS, COVER_AFTER_DAYS = 5, 8  # working days (domain guide 6.3, ours)
URGENT_AFTER_HOURS = {"first": 2, "second": 4}  # where the need is for today; judgement, November 2026
DAY_STARTS, DAY_ENDS = 8, 18  # hours in London between which mail may go; judgement, November 2026


class Nudge(Base):
    """One reminding of one partner about one referral: the first person after two days, the second after three. Each step happens once."""

    __tablename__ = "nudges"
    __table_args__ = (UniqueConstraint("referral_id", "step"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    step: Mapped[str] = mapped_column(String(10))
    message_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    at: Mapped[datetime]


@dataclass
class Ticked:
    """What one round of the clock did, in numbers: referrals nudged about, and referrals that ran out."""

    nudged: int = 0
    expired: int = 0
    deletions_asked: int = 0


def tick(session: Session, *, base_url: str, at: datetime) -> Ticked:
    """Do what the clock asks for now: expiry, and one mail a day to any partner about all that waits for it; nothing at night, at weekends or on bank holidays.

    Running it twice changes nothing the second time.
    """
    done = Ticked()
    done.deletions_asked = withdrawals.tick(session, base_url=base_url, at=at)
    rows = session.scalars(select(Referral).where(Referral.state.in_((State.SENT, State.VIEWED))).order_by(Referral.sent_at, Referral.id)).unique()
    waiting: dict[uuid.UUID, list[tuple[Referral, str]]] = {}
    for referral in rows:
        if referral.family.set_aside_at is not None:
            continue  # nobody is reminded, and nobody is late, while the records are not used
        try:
            referrals.move(session, referral, "expire", by=SYSTEM, at=at, code="no_response")
            done.expired += 1
        except IllegalMove:
            step = None if referral.is_frozen or referral.family.with_dsl_at is not None else _step(session, referral, at=at)
            if step is not None:
                waiting.setdefault(referral.organisation_id, []).append((referral, step))
    if is_working_day(day_of(at)) and DAY_STARTS <= london(at).hour < DAY_ENDS:
        for organisation_id, due in waiting.items():
            if not told_today(session, organisation_id, at=at):
                done.nudged += _nudge(session, organisation_id, due, base_url=base_url, at=at)
    return done


def told_today(session: Session, organisation_id: uuid.UUID, *, at: datetime) -> bool:
    """Whether a partner had its one reminder of this London day."""
    last = session.scalar(select(Nudge.at).where(Nudge.organisation_id == organisation_id, Nudge.message_id.is_not(None)).order_by(Nudge.at.desc()).limit(1))
    return last is not None and day_of(last) >= day_of(at)


def _step(session: Session, referral: Referral, *, at: datetime) -> str | None:
    """Return which reminding is due now: `first` before `second`, each once; None where neither is."""
    made = set(session.scalars(select(Nudge.step).where(Nudge.referral_id == referral.id)))
    if "first" not in made:
        # Whoever opened it has seen it; they are not reminded that it is there before the third day.
        return "first" if _is_due(session, referral, "first" if referral.state is State.SENT else "second", at=at) else None
    return "second" if "second" not in made and has_second(referral) and _is_due(session, referral, "second", at=at) else None


def _is_due(session: Session, referral: Referral, step: str, *, at: datetime) -> bool:
    if clocks.is_urgent(referral):
        return (at - (referral.sent_at or at)).total_seconds() >= URGENT_AFTER_HOURS[step] * 3600
    return clocks.waited(session, referral, at=at) >= {"first": moves.VIEW_DAYS, "second": SECOND_AFTER_DAYS}[step]


def has_second(referral: Referral) -> bool:
    """Whether a second person there can be reached by mail."""
    return organisations.second_address(referral.offer.organisation) is not None


def _nudge(session: Session, organisation_id: uuid.UUID, due: list[tuple[Referral, str]], *, base_url: str, at: datetime) -> int:
    """Queue one mail about everything that waits, and note each. Another round at the same moment writes the same rows, and then this one does nothing."""
    made = [Nudge(id=new_id(), referral_id=r.id, organisation_id=organisation_id, step=step, at=at) for r, step in due]
    try:
        with session.begin_nested():
            session.add_all(made)
    except IntegrityError:
        return 0
    message = notices.remind_partner(session, [r for r, _step in due], second=any(step == "second" for _r, step in due), base_url=base_url, at=at)
    for row in made:
        row.message_id = message.id if message else None
    session.flush()
    return len(made) if message else 0


def stage(session: Session, referral: Referral, *, at: datetime) -> str | None:
    """Return what a step that is late asks of the school, or None.

    `ring` from the third working day where no second person can be mailed, `alternatives` from the fifth, `cover` from the eighth;
    `ask_family` where a contact is overdue, `ask_partner` where a wait is; `frozen` where the offer has changed hands.
    """
    if referral.state in moves.LIVE and referral.is_frozen:
        return "frozen"
    if referral.state is State.ACCEPTED and referral.kind is not Kind.ASK_FIRST:
        return "ask_family" if overdue(referral, at=at) else None
    if referral.state is State.WAITLISTED:
        return "ask_partner" if overdue(referral, at=at) and referral.next_owner == "partner" else None
    if referral.state not in (State.SENT, State.VIEWED) or referral.sent_at is None:
        return None
    waited, urgent = clocks.waited(session, referral, at=at), clocks.is_urgent(referral)
    if waited >= (2 if urgent else COVER_AFTER_DAYS):
        return "cover"
    if waited >= (1 if urgent else ALTERNATIVES_AFTER_DAYS):
        return "alternatives"
    return "ring" if waited >= SECOND_AFTER_DAYS and not has_second(referral) else None


def overdue(referral: Referral, *, at: datetime) -> bool:
    """Whether the next step's day has passed."""
    return referral.due_on is not None and referral.due_on < day_of(at) and referral.state in moves.LIVE


def about(session: Session, message: Message) -> list[Referral]:
    """Return the referrals that a reminder was about."""
    return list(session.scalars(select(Referral).join(Nudge, Nudge.referral_id == Referral.id).where(Nudge.message_id == message.id)).unique())


def undelivered(session: Session, referral_ids: set[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of these referrals a reminder that was given up was about: somebody rings instead."""
    rows = session.execute(select(Nudge.referral_id).join(Message, Message.id == Nudge.message_id).where(Message.dead_at.is_not(None), Message.cancelled_at.is_(None)))
    return {row.referral_id for row in rows} & referral_ids
