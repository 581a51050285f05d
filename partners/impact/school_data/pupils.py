"""Pupils: one row a pupil under a hash of its key, with facts and weeks sealed apart; and which family a pupil belongs to, as a person linked them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families.families import Family
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.impact.school_data import keys
from partners.impact.school_data.keys import LONGEST_PUPIL_KEY, SealedApart


class SchoolPupil(Base):
    """One pupil. `facts` holds year, fsm, fsm_since, pp, sen, eal and language where known; `weeks` sessions possible and attended by Monday."""

    __tablename__ = "school_pupils"
    __table_args__ = (UniqueConstraint("school_id", "token"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    token: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]] = mapped_column(SealedApart, default=dict)
    weeks: Mapped[dict[str, Any]] = mapped_column(SealedApart, default=dict)
    changed_at: Mapped[datetime]


class FamilyPupil(Base):
    """A link between a family and a pupil, made by a person. When the family is erased it goes."""

    __tablename__ = "family_pupils"

    pupil_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("school_pupils.id", ondelete="CASCADE"), primary_key=True)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id", ondelete="CASCADE"), index=True)
    linked_at: Mapped[datetime]
    linked_by_id: Mapped[uuid.UUID | None]


def require_on(by: Actor) -> uuid.UUID:
    """Return the actor's school. Raises NotFound for an actor of none, and InvalidRecord where school data are switched off."""
    access.require(by, "school_data:keep")
    if by.school_id is None:
        raise NotFound("school")
    if not keys.is_on():
        raise InvalidRecord("file", "School data are switched off. Whoever runs Kith sets KITH_SCHOOL_DATA_KEY.")
    return by.school_id


def counts(session: Session, *, by: Actor) -> tuple[int, int]:
    """Return how many pupils are kept for the actor's school, and how many families are linked to one."""
    access.require(by, "school_data:keep")
    pupils = session.scalar(select(func.count()).select_from(SchoolPupil).where(SchoolPupil.school_id == by.school_id)) or 0
    linked = select(func.count(FamilyPupil.family_id.distinct())).join(SchoolPupil, SchoolPupil.id == FamilyPupil.pupil_id)
    return pupils, session.scalar(linked.where(SchoolPupil.school_id == by.school_id)) or 0


def codes_of(session: Session, school_id: uuid.UUID) -> dict[str, uuid.UUID]:
    """Return each family of a school by its code."""
    return {keys.code_of(i): i for i in session.scalars(select(Family.id).where(Family.school_id == school_id, Family.archived_at.is_(None)))}


def clean_code(text: str) -> str:
    """Return a family's code as it is made, however it was typed."""
    return "".join(c for c in text.upper() if c.isalnum())


def link(session: Session, *, code: str, key: str, by: Actor, at: datetime) -> FamilyPupil:
    """Link a family, by the code that its liaison officer gave, to a pupil by its key. Nothing about either is shown.

    Raises:
        InvalidRecord: a code that no family has, a key that cannot be, or one that is in no file yet.
    """
    school_id = require_on(by)
    family_id = codes_of(session, school_id).get(clean_code(code))
    if family_id is None:
        raise InvalidRecord("code", "No family at this school has that code. Ask the family liaison officer to read it again.")
    return put_link(session, _pupil(session, school_id, key), family_id, by=by, at=at)


def put_link(session: Session, pupil: SchoolPupil, family_id: uuid.UUID, *, by: Actor, at: datetime) -> FamilyPupil:
    """Link a pupil to a family of the same school, in the place of any link it had."""
    access.require(by, "school_data:keep", pupil)
    row = session.get(FamilyPupil, pupil.id)
    if row is None:
        row = FamilyPupil(pupil_id=pupil.id, family_id=family_id, linked_at=at, linked_by_id=by.user_id)
        session.add(row)
    row.family_id, row.linked_at, row.linked_by_id = family_id, at, by.user_id
    session.flush()
    audit.record(session, "school_data:linked", ("family", family_id), by=by, at=at)
    return row


def unlink(session: Session, *, key: str, by: Actor, at: datetime) -> None:
    """Take a pupil's link away. Raises InvalidRecord where there is none."""
    pupil = _pupil(session, require_on(by), key)
    row = session.get(FamilyPupil, pupil.id)
    if row is None:
        raise InvalidRecord("key", "That pupil is linked to no family.")
    family_id = row.family_id
    session.delete(row)
    session.flush()
    audit.record(session, "school_data:unlinked", ("family", family_id), by=by, at=at)


def _pupil(session: Session, school_id: uuid.UUID, key: str) -> SchoolPupil:
    plain = key.strip()
    if not 1 <= len(plain) <= LONGEST_PUPIL_KEY:
        raise InvalidRecord("key", "Give the pupil's key, as it stands in the file: a UPN or an admission number.")
    found = session.scalar(select(SchoolPupil).where(SchoolPupil.school_id == school_id, SchoolPupil.token == keys.token_of(school_id, plain)))
    if found is None:
        raise InvalidRecord("key", "No pupil with that key was brought in. Look at the key, or send the file with the pupil in it first.")
    return found


def forget_all(session: Session, *, by: Actor, at: datetime) -> int:
    """Forget every pupil, link and waiting file of the actor's school, and return how many pupils there were. Figures that were released stay."""
    from partners.impact.school_data.files import SchoolFile

    access.require(by, "school_data:keep")
    theirs = select(SchoolPupil.id).where(SchoolPupil.school_id == by.school_id)
    number = session.scalar(select(func.count()).select_from(theirs.subquery())) or 0
    session.execute(delete(FamilyPupil).where(FamilyPupil.pupil_id.in_(theirs)).execution_options(synchronize_session=False))
    session.execute(delete(SchoolPupil).where(SchoolPupil.school_id == by.school_id).execution_options(synchronize_session=False))
    session.execute(delete(SchoolFile).where(SchoolFile.school_id == by.school_id).execution_options(synchronize_session=False))
    session.expire_all()
    audit.record(session, "school_data:forgotten", ("school", by.school_id) if by.school_id else None, by=by, at=at, pupils=number)
    return number
