"""Check-ins: at 14 and 42 days somebody asks the family how it went, by a script, and writes down what they say."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families.families import Family
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord
from partners.foundation.sealing import Sealed
from partners.referrals.moves import CHECK_IN_DAYS, State
from partners.referrals.referrals import Referral

ASKED_UNTIL = timedelta(days=90)  # after the last check-in's day nobody is asked any more; judgement, November 2026
ANSWERS = ("yes", "no", "not_known")
# Source: domain guide 1.1 (did they contact you, did it help, do you still want it) and 8 (easy to say? did anyone ring? use again?).
QUESTIONS = {
    "contacted": "Has anyone been in touch?", "helped": "Did it help?", "still_wanted": "Do you still want it?", "easy": "Was it easy to say what would help?",
    "again": "Would you ask school again?",
}
SCRIPT = "Hello, it's school. I'm just asking how things are since we talked. You can tell me as much or as little as you like."


class CheckIn(Base):
    """What a family said at one of the two check-ins. Not asked and not known are answers."""

    __tablename__ = "check_ins"
    __table_args__ = (UniqueConstraint("referral_id", "days"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    days: Mapped[int]
    contacted: Mapped[str] = mapped_column(String(10), default="not_known")
    helped: Mapped[str] = mapped_column(String(10), default="not_known")
    still_wanted: Mapped[str] = mapped_column(String(10), default="not_known")
    easy: Mapped[str] = mapped_column(String(10), default="not_known")
    again: Mapped[str] = mapped_column(String(10), default="not_known")
    now_0_10: Mapped[int | None]
    words: Mapped[str | None] = mapped_column(Sealed)
    done_by_id: Mapped[uuid.UUID | None]
    done_at: Mapped[datetime]


@dataclass(frozen=True)
class Due:
    """A check-in that waits: which one, and since which day."""

    referral: Referral
    days: int
    due_on: date


def began_at(referral: Referral) -> datetime | None:
    """Return when a family was first spoken with by the partner, or told about the offer."""
    told = next((e.at for e in referral.events if e.action == "tell"), None)
    return referral.contacted_at or told


def of_referral(session: Session, referral: Referral) -> list[CheckIn]:
    """Return the check-ins that were made, in their order."""
    return list(session.scalars(select(CheckIn).where(CheckIn.referral_id == referral.id).order_by(CheckIn.days)))


def due(session: Session, *, by: Actor, at: datetime) -> list[Due]:
    """Return the check-ins that wait on the actor's school, the longest first; none of a family that is with the safeguarding lead or set aside."""
    access.require(by, "family:read")
    states = (State.TOLD, State.CONTACTED, State.SUPPORTING, State.CLOSED)
    query = access.visible(select(Referral), Referral, by).join(Family).where(Referral.state.in_(states), Family.in_use)
    rows = list(session.scalars(query).unique())
    made = {(i, n) for i, n in session.execute(select(CheckIn.referral_id, CheckIn.days).where(CheckIn.referral_id.in_([r.id for r in rows])))}
    found = [d for r in rows for d in _due_of(r, made, on=day_of(at))]
    return sorted(found, key=lambda d: (d.due_on, d.referral.created_at, d.referral.id))


def _due_of(referral: Referral, made: set[tuple[uuid.UUID, int]], *, on: date) -> list[Due]:
    began = began_at(referral)
    if began is None or referral.code == "could_not_reach":
        return []
    days = [(n, day_of(began) + timedelta(days=n)) for n in CHECK_IN_DAYS if not any((referral.id, later) in made for later in CHECK_IN_DAYS if later >= n)]
    waiting = [(n, day) for n, day in days if day <= on <= day + ASKED_UNTIL]
    # The later one asks everything that the earlier one would have: where both wait, and where the later one was made.
    return [Due(referral, *waiting[-1])] if waiting else []


def record(
    session: Session, referral: Referral, days: int, answers: dict[str, str], *, by: Actor, at: datetime, now_0_10: int | None = None, words: str | None = None,
) -> CheckIn:
    """Write down what a family said. A second press changes the first; what was said before stays in the audit as an event.

    Raises:
        InvalidRecord: not one of the two check-ins, an answer that is none of the three, or a number outside 0 to 10.
    """
    access.require(by, "referral:as_family" if by.party == "family" else "referral:as_flo", referral)
    if days not in CHECK_IN_DAYS:
        raise InvalidRecord("days", "There is a check-in after 14 days and one after 42.")
    if any(q not in QUESTIONS or a not in ANSWERS for q, a in answers.items()):
        raise InvalidRecord("answers", "Choose yes, no or 'not known' for each question.")
    if now_0_10 is not None and not 0 <= now_0_10 <= 10:
        raise InvalidRecord("now_0_10", "Give a number from 0 to 10, or leave it empty.")
    found = session.scalar(select(CheckIn).where(CheckIn.referral_id == referral.id, CheckIn.days == days))
    if found is None:
        found = CheckIn(id=new_id(), referral_id=referral.id, school_id=referral.school_id, days=days, done_at=at)
        session.add(found)
    for question in QUESTIONS:
        setattr(found, question, answers.get(question, "not_known"))
    found.now_0_10, found.words, found.done_by_id, found.done_at = now_0_10, words or None, by.user_id, at
    session.flush()
    audit.record(session, "referral:checked_in", ("referral", referral.id), by=by, at=at, days=days)
    return found
