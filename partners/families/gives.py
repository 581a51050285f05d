"""What families would like to give: an hour of Somali, sewing, a van. Never a condition for help, and never kept or shown beside what they get.

Nothing that looks for help for a family reads this room.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.families.families import Family
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.foundation.sealing import Sealed

MOST = 1_000  # judgement, November 2026


class FamilyGive(Base):
    """One thing that a family said they would like to give. It goes freely, always."""

    __tablename__ = "family_gives"
    __table_args__ = (CheckConstraint("amount > 0", name="amount_above_nothing"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    thing: Mapped[str] = mapped_column(String(40))
    amount: Mapped[float] = mapped_column(default=1)
    language: Mapped[str | None] = mapped_column(String(20))
    words: Mapped[str | None] = mapped_column(Sealed)
    said_at: Mapped[datetime]
    recorded_by_id: Mapped[uuid.UUID | None]
    ended_at: Mapped[datetime | None]
    family: Mapped[Family] = relationship(lazy="joined")


def record(
    session: Session, family: Family, *, thing: str, amount: float, things: Collection[str], by: Actor, at: datetime, language: str | None = None,
    words: str | None = None,
) -> FamilyGive:
    """Record that a family said they would like to give something. Raises InvalidRecord for a thing that is not on the list."""
    access.require(by, "give:from_family", family)
    if thing not in things:
        raise InvalidRecord("thing", "Choose from the list.")
    if not 0 < amount <= MOST:
        raise InvalidRecord("amount", "Say how many, from 1 to 1,000.")
    row = FamilyGive(
        id=new_id(), school_id=family.school_id, family=family, thing=thing, amount=amount, language=language or None, words=words or None,
        said_at=at, recorded_by_id=by.user_id,
    )
    session.add(row)
    session.flush()
    audit.record(session, "family_give:recorded", ("family_give", row.id), by=by, at=at, thing=thing)
    return row


def get(session: Session, family_give_id: uuid.UUID, *, by: Actor) -> FamilyGive:
    """Return one of the actor's school. Raises NotFound."""
    row = session.get(FamilyGive, family_give_id)
    if row is None:
        access.require(by, "give:from_family")
        raise NotFound("give")
    access.require(by, "give:from_family", row)
    return row


def of_family(session: Session, family: Family, *, by: Actor) -> list[FamilyGive]:
    """Return what a family would like to give, the latest first."""
    access.require(by, "give:from_family", family)
    query = select(FamilyGive).where(FamilyGive.family_id == family.id, FamilyGive.ended_at.is_(None)).order_by(FamilyGive.said_at.desc(), FamilyGive.thing, FamilyGive.amount, FamilyGive.id)
    return list(session.scalars(query).unique())


def open_gives(session: Session, *, by: Actor) -> list[FamilyGive]:
    """Return what the families of the actor's school would like to give, but for families with the safeguarding lead."""
    access.require(by, "give:from_family")
    query = select(FamilyGive).join(Family).where(
        FamilyGive.school_id == by.school_id, FamilyGive.ended_at.is_(None), Family.in_use, Family.archived_at.is_(None)
    )
    return list(session.scalars(query.order_by(FamilyGive.said_at, FamilyGive.thing, FamilyGive.amount, FamilyGive.id)).unique())


def end(session: Session, row: FamilyGive, *, by: Actor, at: datetime) -> None:
    """Record that it was given, or that the family would rather not now. Nobody asks why."""
    access.require(by, "give:from_family", row)
    if row.ended_at is None:
        row.ended_at = at
        session.flush()
        audit.record(session, "family_give:ended", ("family_give", row.id), by=by, at=at)
