"""Requirements: what an offer must do for a family, never what the family is. Each is dated, and each can be taken back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families.families import Family
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord

# What may be mentioned to a partner, where the family agrees to it: how far and how long is for the search alone.
MENTIONABLE = ("language", "feature", "time", "not_time", "mode", "gender")
AT_ONCE = 500  # families in one question to the database, which takes only so many values in one


class FamilyRequirement(Base):
    """One requirement as the matcher reads it, with the day a person asked."""

    __tablename__ = "family_requirements"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    rule: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[uuid.UUID | None]


def of_family(session: Session, family: Family, *, by: Actor) -> list[FamilyRequirement]:
    """Return what offers must do for this family, in the order asked."""
    access.require(by, "family:read", family)
    return list(session.scalars(select(FamilyRequirement).where(FamilyRequirement.family_id == family.id).order_by(FamilyRequirement.position)))


def mentionable(session: Session, family: Family) -> list[FamilyRequirement]:
    """Return what could be mentioned to a partner, in the order asked, for a room that has checked who asks."""
    rows = session.scalars(select(FamilyRequirement).where(FamilyRequirement.family_id == family.id).order_by(FamilyRequirement.position))
    return [row for row in rows if row.rule["what"] in MENTIONABLE]


def require_mentionable(session: Session, family: Family, rules: list[dict[str, Any]]) -> None:
    """Raise InvalidRecord where one of these is not asked for any more, or never was."""
    known = [row.rule for row in mentionable(session, family)]
    if any(rule not in known for rule in rules):
        raise InvalidRecord("mentions", "What the help must be like has changed since. Look at it again, then tick what may be mentioned.")


def of_families(session: Session, found: Iterable[Family], *, by: Actor) -> dict[uuid.UUID, list[FamilyRequirement]]:
    """Return what offers must do for each of many families, in the order asked, read at once. Raises NotFound where one of them is not the actor's to read."""
    rows: dict[uuid.UUID, list[FamilyRequirement]] = {}
    for family in found:
        access.require(by, "family:read", family)
        rows[family.id] = []
    wanted = list(rows)
    for first in range(0, len(wanted), AT_ONCE):
        query = select(FamilyRequirement).where(FamilyRequirement.family_id.in_(wanted[first : first + AT_ONCE])).order_by(FamilyRequirement.position)
        for row in session.scalars(query):
            rows[row.family_id].append(row)
    return rows


def replace(session: Session, family: Family, rules: list[dict[str, Any]], *, by: Actor, at: datetime) -> list[FamilyRequirement]:
    """Put these requirements in place of the ones before; one that stays keeps the day it was asked.

    The rules have been read by the matcher's own records before they come here (`partners.matching.requests.read_rules`).
    """
    access.require(by, "family:change", family)
    before = {repr(sorted(r.rule.items(), key=str)): r for r in of_family(session, family, by=by)}
    session.execute(delete(FamilyRequirement).where(FamilyRequirement.family_id == family.id))
    rows = []
    for position, rule in enumerate(rules):
        known = before.get(repr(sorted(rule.items(), key=str)))
        rows.append(FamilyRequirement(
            id=new_id(), family_id=family.id, position=position, rule=rule, asked_at=known.asked_at if known else at,
            asked_by_id=known.asked_by_id if known else by.user_id,
        ))
    session.add_all(rows)
    family.updated_at = at
    session.flush()
    audit.record(session, "requirements:recorded", ("family", family.id), by=by, at=at, count=len(rows))
    return rows
