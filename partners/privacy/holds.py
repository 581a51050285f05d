"""Legal holds: records that must not be erased while something is being looked into. A hold beats erasing and the schedule; it has a reason, an owner and a day to look again."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.families.families import Family
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.foundation.sealing import Sealed

LONGEST_DAYS = 366  # a hold is looked at again within a year; judgement, November 2026


class LegalHold(Base):
    """One hold on one family's records."""

    __tablename__ = "legal_holds"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    reason: Mapped[str] = mapped_column(Sealed)
    owner: Mapped[str] = mapped_column(Sealed)
    placed_by_id: Mapped[uuid.UUID | None]
    placed_at: Mapped[datetime]
    review_on: Mapped[date]
    lifted_at: Mapped[datetime | None]
    family: Mapped[Family] = relationship(lazy="joined")


class OnHold(Conflict):
    """These records are held: nothing of them is erased until the hold is lifted."""

    def __init__(self) -> None:
        super().__init__("These records are on hold, so nothing of them is erased. Lift the hold first, if what it was for is over.")


def place(session: Session, family: Family, *, reason: str, owner: str, review_on: date, by: Actor, at: datetime) -> LegalHold:
    """Keep a family's records from being erased, for a reason, until a named person looks again.

    Raises:
        InvalidRecord: no reason, nobody who owns it, or a day to look again that is not within the next year.
    """
    access.require(by, "hold:place", family)
    for field, value, message in (("reason", reason, "Say what is being looked into, in a few words."), ("owner", owner, "Say who looks again, by name and role.")):
        if not 1 <= len(value.strip()) <= 500:
            raise InvalidRecord(field, message)
    if not day_of(at) < review_on <= day_of(at) + timedelta(days=LONGEST_DAYS):
        raise InvalidRecord("review_on", "Give a day within the next year on which somebody looks again.")
    hold = LegalHold(
        id=new_id(), school_id=family.school_id, family=family, reason=reason.strip(), owner=owner.strip(), placed_by_id=by.user_id, placed_at=at, review_on=review_on,
    )
    session.add(hold)
    session.flush()
    audit.record(session, "hold:placed", ("family", family.id), by=by, at=at, review_on=review_on.isoformat())
    return hold


def get(session: Session, hold_id: uuid.UUID, *, by: Actor) -> LegalHold:
    """Return a hold of the actor's school. Raises NotFound."""
    hold = session.get(LegalHold, hold_id)
    if hold is None:
        access.require(by, "hold:place")
        raise NotFound("hold")
    access.require(by, "hold:place", hold)
    return hold


def look_again(session: Session, hold: LegalHold, *, review_on: date, by: Actor, at: datetime) -> LegalHold:
    """Keep a hold, with a new day to look again. Raises InvalidRecord for a day that is not within the next year."""
    access.require(by, "hold:place", hold)
    if hold.lifted_at is not None:
        raise Conflict("This hold was lifted already.")
    if not day_of(at) < review_on <= day_of(at) + timedelta(days=LONGEST_DAYS):
        raise InvalidRecord("review_on", "Give a day within the next year on which somebody looks again.")
    hold.review_on = review_on
    session.flush()
    audit.record(session, "hold:kept", ("family", hold.family_id), by=by, at=at, review_on=review_on.isoformat())
    return hold


def lift(session: Session, hold: LegalHold, *, by: Actor, at: datetime) -> LegalHold:
    """End a hold. What the schedule says is due from then on."""
    access.require(by, "hold:place", hold)
    if hold.lifted_at is None:
        hold.lifted_at = at
        session.flush()
        audit.record(session, "hold:lifted", ("family", hold.family_id), by=by, at=at)
    return hold


def of_school(session: Session, *, by: Actor) -> list[LegalHold]:
    """Return the holds of the actor's school that are not lifted, those to be looked at again first."""
    access.require(by, "hold:place")
    return list(session.scalars(select(LegalHold).where(LegalHold.school_id == by.school_id, LegalHold.lifted_at.is_(None)).order_by(LegalHold.review_on, LegalHold.id)).unique())


def held_families(session: Session) -> set[uuid.UUID]:
    """Return the families whose records are on hold, of every school."""
    return set(session.scalars(select(LegalHold.family_id).where(LegalHold.lifted_at.is_(None))))


def require_none(session: Session, family_id: uuid.UUID) -> None:
    """Raise OnHold while a family's records are held."""
    if session.scalar(select(LegalHold.id).where(LegalHold.family_id == family_id, LegalHold.lifted_at.is_(None)).limit(1)) is not None:
        raise OnHold()
