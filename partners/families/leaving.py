"""Leaving: a family that has left the school is in no list any more, and its records go when the schedule says."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from partners.families.families import Family
from partners.foundation import access, audit
from partners.foundation.actors import Actor


def leave(session: Session, family: Family, *, by: Actor, at: datetime) -> Family:
    """Write down that a family has left. It is in no list from now on; introductions that go on are still to be ended by a person."""
    access.require(by, "family:change", family)
    if family.archived_at is None:
        family.archived_at = family.updated_at = at
        session.flush()
        audit.record(session, "family:left", ("family", family.id), by=by, at=at)
    return family


def come_back(session: Session, family: Family, *, by: Actor, at: datetime) -> Family:
    """Write down that a family is here again, or had not left."""
    access.require(by, "family:change", family)
    if family.archived_at is not None:
        family.archived_at, family.updated_at = None, at
        session.flush()
        audit.record(session, "family:came_back", ("family", family.id), by=by, at=at)
    return family
