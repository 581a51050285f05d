"""Reading: what counting may take from school data: a few plain marks a family, and weeks of attendance. Nothing here names or shows a pupil."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.impact.school_data import keys, values
from partners.impact.school_data.pupils import FamilyPupil, SchoolPupil

TRAITS = ("fsm", "sen", "eal")


@dataclass
class Weeks:
    """Attendance of a school: a row a pupil and a column a school week (its Monday), in half-days."""

    mondays: list[date] = field(default_factory=list)
    possible: NDArray[np.int16] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int16))
    attended: NDArray[np.int16] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int16))
    years: list[str | None] = field(default_factory=list)
    families: list[uuid.UUID | None] = field(default_factory=list)


@dataclass
class SchoolSays:
    """What a school's own system says: each linked family's traits ('yes', 'no', 'not_known'), and the weeks of all pupils."""

    traits: dict[uuid.UUID, dict[str, str]] = field(default_factory=dict)
    weeks: Weeks = field(default_factory=Weeks)


def _of_pupil(facts: dict[str, str]) -> dict[str, str]:
    sen = facts.get("sen")
    eal = facts.get("eal") or values.is_other_than_english(facts.get("language"))
    return {"fsm": facts.get("fsm", "not_known"), "sen": "not_known" if sen is None else "no" if sen == "N" else "yes", "eal": eal or "not_known"}


def _together(rows: list[dict[str, str]]) -> dict[str, str]:
    """Return a family's traits: yes where any child has it, no where all are known not to."""
    found = {}
    for trait in TRAITS:
        said = {row[trait] for row in rows}
        found[trait] = "yes" if "yes" in said else "no" if said == {"no"} else "not_known"
    return found


def take(session: Session, school_id: uuid.UUID, *, apart: Collection[uuid.UUID]) -> SchoolSays:
    """Return what a school's system says; nothing of families that are with the safeguarding lead, and nothing at all where school data are off."""
    if not keys.is_on():
        return SchoolSays()
    query = select(SchoolPupil.id, SchoolPupil.facts, SchoolPupil.weeks, FamilyPupil.family_id).outerjoin(FamilyPupil, FamilyPupil.pupil_id == SchoolPupil.id)
    rows = [row for row in session.execute(query.where(SchoolPupil.school_id == school_id).order_by(SchoolPupil.id)) if row.family_id not in apart]
    of_family: dict[uuid.UUID, list[dict[str, str]]] = {}
    for _, facts, _, family in rows:
        if family is not None:
            of_family.setdefault(family, []).append(_of_pupil(facts))
    mondays = sorted({monday for _, _, weeks, _ in rows for monday, (possible, _) in weeks.items() if possible})
    at = {monday: n for n, monday in enumerate(mondays)}
    possible, attended = np.zeros((len(rows), len(mondays)), dtype=np.int16), np.zeros((len(rows), len(mondays)), dtype=np.int16)
    for n, row in enumerate(rows):
        for monday, (open_for, came) in row.weeks.items():
            if monday in at:
                possible[n, at[monday]], attended[n, at[monday]] = open_for, came
    return SchoolSays(
        {family: _together(found) for family, found in of_family.items()},
        Weeks([date.fromisoformat(m) for m in mondays], possible, attended, [row.facts.get("year") for row in rows], [row.family_id for row in rows]),
    )
