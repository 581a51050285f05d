"""Prompts: what school's list says that a person may ask a parent about. It is never an answer, and nothing is filled in from it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families.families import Family
from partners.foundation import access
from partners.foundation.actors import Actor
from partners.impact.school_data import keys, values
from partners.impact.school_data.pupils import FamilyPupil, SchoolPupil


def first_language(session: Session, family: Family, *, by: Actor) -> str | None:
    """Return the first language on school's list, for a family that has not said one; None where it has, or where the list says English or nothing."""
    access.require(by, "family:read", family)
    if family.language is not None or not keys.is_on():
        return None
    query = select(SchoolPupil).join(FamilyPupil, FamilyPupil.pupil_id == SchoolPupil.id).where(FamilyPupil.family_id == family.id)
    said = {p.facts.get("language") for p in session.scalars(query)}
    other = sorted(words for words in said if words and values.is_other_than_english(words) == "yes")
    return other[0] if len(other) == 1 else None


def codes(session: Session, *, by: Actor) -> list[tuple[Family, str]]:
    """Return the families of the actor's school that are not with the safeguarding lead, each with the code that the school office links it by."""
    access.require(by, "school_data:code")
    if not keys.is_on():
        return []
    query = select(Family).where(Family.school_id == by.school_id, Family.archived_at.is_(None), Family.in_use).order_by(Family.initials, Family.id)
    return [(family, keys.code_of(family.id)) for family in session.scalars(query).unique()]
