"""Keeping away: the people and organisations that a family said must not know, or must not be suggested. Nobody is asked why."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy.orm import Session

from partners.families import reaching
from partners.families.families import Family
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import new_id
from partners.foundation.errors import InvalidRecord

MOST = 30  # judgement, November 2026


def add_person(session: Session, family: Family, *, name: str, reach: str | None, by: Actor, at: datetime) -> Family:
    """Put somebody on a family's list. With a number or address, it can never be kept as a way to reach the family, nor be sent anything about it.

    Raises:
        InvalidRecord: no name, a list that is full, or the very number or address that the family is reached by now.
    """
    access.require(by, "family:change", family)
    if not name.strip():
        raise InvalidRecord("name", "Say who must not know: a name, or who they are to the family.")
    if len(family.kept_from or ()) >= MOST:
        raise InvalidRecord("name", f"There are {MOST} people on the list already. Take somebody off it first.")
    if reach and reaching.plain(reach) == reaching.plain(family.contact):
        raise InvalidRecord("reach", "This is the number or address we reach the family by. Change that first, so that nothing goes to the wrong person.")
    family.kept_from = [*(family.kept_from or ()), {"id": str(new_id()), "name": name.strip()[:120], "reach": (reach or "").strip()[:200]}]
    return _changed(session, family, "family:kept_from_person", by, at)


def remove_person(session: Session, family: Family, person_id: str, *, by: Actor, at: datetime) -> Family:
    """Take somebody off the list. Who is not on it changes nothing."""
    access.require(by, "family:change", family)
    family.kept_from = [person for person in family.kept_from or () if person["id"] != person_id]
    return _changed(session, family, "family:kept_from_taken_off", by, at)


def add_organisation(session: Session, family: Family, organisation_id: uuid.UUID, *, by: Actor, at: datetime) -> Family:
    """Keep an organisation away: it is never suggested to this family, and nothing about the family can be sent to it."""
    access.require(by, "family:change", family)
    family.keep_away = list(dict.fromkeys([*family.keep_away, str(organisation_id)]))
    return _changed(session, family, "family:kept_away", by, at)


def remove_organisation(session: Session, family: Family, organisation_id: uuid.UUID, *, by: Actor, at: datetime) -> Family:
    """Let an organisation be suggested again."""
    access.require(by, "family:change", family)
    family.keep_away = [kept for kept in family.keep_away if kept != str(organisation_id)]
    return _changed(session, family, "family:let_near", by, at)


def _changed(session: Session, family: Family, action: str, by: Actor, at: datetime) -> Family:
    family.updated_at = at
    session.flush()
    audit.record(session, action, ("family", family.id), by=by, at=at)
    return family


def is_kept_away(family: Family, organisation_id: uuid.UUID) -> bool:
    """Whether an organisation must not know of this family."""
    return str(organisation_id) in family.keep_away
