"""Plans: what bringing a file in would do, row by row, before anything is done; then all of it in one transaction. A family's own answers are never touched."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import new_id
from partners.impact.school_data import files, keys, pupils, values
from partners.impact.school_data.files import SchoolFile
from partners.impact.school_data.pupils import FamilyPupil, SchoolPupil

MOST_WEEKS = 200  # of a pupil; the oldest go first
READ: dict[str, Callable[[str], Any]] = {
    "year": values.year, "fsm": values.yes_or_no, "pp": values.yes_or_no, "sen": values.sen, "eal": values.yes_or_no, "language": values.language,
    "fsm_since": lambda cell: (found := values.day(cell)) and found.isoformat(),
}
TICKED = {"fsm": "no", "pp": "no", "sen": "N", "eal": "no"}  # what an empty cell means where a person said that it means no


@dataclass
class Pupil:
    """What a file says of one pupil."""

    facts: dict[str, str | None] = field(default_factory=dict)
    weeks: dict[str, list[int]] = field(default_factory=dict)
    family: uuid.UUID | None = None
    has_facts: bool = False


@dataclass
class Plan:
    """What would happen. `refused` are rows that stay out, `left_out` single cells; each with its row, column and what is wrong, never the cell itself."""

    reading: dict[str, str | None]
    dropped: list[str]
    ready: bool
    new: int = 0
    changed: int = 0
    same: int = 0
    absent: int = 0
    weeks: int = 0
    links: int = 0
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    left_out: list[tuple[int, str, str]] = field(default_factory=list)
    pupils: dict[str, Pupil] = field(default_factory=dict)

    @property
    def does_something(self) -> bool:
        """Whether applying it would change anything."""
        return bool(self.new or self.changed or self.links)


def plan(session: Session, file: SchoolFile, *, by: Actor) -> Plan:
    """Return what bringing a file in would do; nothing is changed."""
    access.require(by, "school_data:keep", file)
    reading = files.columns_for(session, file.school_id, file.headings)
    made = Plan(reading, list(file.dropped), ready="key" in reading.values())
    if not made.ready or file.applied_at is not None:
        return made
    at = {name: heading for heading, name in reading.items() if name}
    codes = pupils.codes_of(session, file.school_id) if "code" in at else {}
    empty = files.empty_means_no(session, file.school_id)
    for number, row in enumerate(file.content, 2):  # the headings are row 1
        _read(made, number, row, at, file.school_id, codes, empty)
    known = {p.token: p for p in session.scalars(select(SchoolPupil).where(SchoolPupil.school_id == file.school_id))}
    linked = {row.pupil_id: row.family_id for row in session.scalars(select(FamilyPupil).where(FamilyPupil.pupil_id.in_(select(SchoolPupil.id).where(SchoolPupil.school_id == file.school_id))))}
    for token, found in made.pupils.items():
        before = known.get(token)
        new_weeks = sum(before is None or before.weeks.get(monday) != told for monday, told in found.weeks.items())
        made.weeks += new_weeks
        made.links += found.family is not None and (before is None or linked.get(before.id) != found.family)
        if before is None:
            made.new += 1
        elif new_weeks or _merged(before.facts, found.facts) != before.facts:
            made.changed += 1
        else:
            made.same += 1
    if any(found.has_facts for found in made.pupils.values()):
        made.absent = sum(token not in made.pupils for token in known)
    return made


def _merged(before: dict[str, Any], now: dict[str, str | None]) -> dict[str, Any]:
    """Return facts with a file's in their place; what a file has no column for stays."""
    return {name: value for name, value in (before | now).items() if value is not None}


def _read(made: Plan, number: int, row: dict[str, str], at: dict[str, str], school_id: uuid.UUID, codes: dict[str, uuid.UUID], empty: bool) -> None:
    key = row.get(at["key"], "")
    if not key or len(key) > keys.LONGEST_PUPIL_KEY + len(keys.MARK):
        made.refused.append((number, at["key"], "has no pupil's key"))
        return
    if row.get(""):
        made.refused.append((number, "", "has more cells than there are headings"))
        return
    token = keys.token_of(school_id, key)
    week = _week(made, number, row, at)
    is_week = "week" in at
    pupil = made.pupils.get(token)
    if pupil is not None and (not is_week or (week is not None and week[0] in pupil.weeks)):
        made.refused.append((number, at["key"], "says the same pupil a second time"))
        return
    if is_week and week is None:
        made.refused.append((number, at["week"], "has no week with sessions possible and attended"))
        return
    pupil = made.pupils.setdefault(token, Pupil())
    if week is not None:
        pupil.weeks[week[0]] = week[1]
    for name, read in READ.items():
        if name not in at:
            continue
        pupil.has_facts = True
        cell = row.get(at[name], "")
        try:
            pupil.facts[name] = (TICKED.get(name) if empty else None) if not cell.strip() else read(cell)
        except values.Unreadable as error:
            made.left_out.append((number, at[name], str(error)))
    if row.get(at.get("code", ""), ""):
        pupil.family = codes.get(pupils.clean_code(row[at["code"]]))
        if pupil.family is None:
            made.left_out.append((number, at["code"], "is no family's code at this school"))


def _week(made: Plan, number: int, row: dict[str, str], at: dict[str, str]) -> tuple[str, list[int]] | None:
    if not {"week", "possible", "attended"} <= set(at):
        return None
    try:
        monday, possible, attended = values.monday(row.get(at["week"], "")), values.sessions(row.get(at["possible"], "")), values.sessions(row.get(at["attended"], ""))
    except values.Unreadable as error:
        made.left_out.append((number, at["week"], str(error)))
        return None
    if monday is None or possible is None or attended is None or attended > possible:
        return None
    return monday.isoformat(), [possible, attended]


def apply(session: Session, file: SchoolFile, *, by: Actor, at: datetime) -> Plan:
    """Bring a file in, all of it in this transaction, and forget the file. Applying it again changes nothing."""
    made = plan(session, file, by=by)
    if file.applied_at is not None or not made.ready:
        return made
    known = {p.token: p for p in session.scalars(select(SchoolPupil).where(SchoolPupil.school_id == file.school_id))}
    for token, found in made.pupils.items():
        pupil = known.get(token)
        if pupil is None:
            pupil = SchoolPupil(id=new_id(), school_id=file.school_id, token=token, facts={}, weeks={}, changed_at=at)
            session.add(pupil)
            known[token] = pupil
        facts, weeks = _merged(pupil.facts, found.facts), pupil.weeks | found.weeks
        if facts != pupil.facts or weeks != pupil.weeks:
            pupil.facts, pupil.weeks, pupil.changed_at = facts, dict(sorted(weeks.items())[-MOST_WEEKS:]), at
    session.flush()
    for token, found in made.pupils.items():
        if found.family is not None:
            pupils.put_link(session, known[token], found.family, by=by, at=at)
    file.applied_at, file.content = at, []
    session.flush()
    audit.record(session, "school_data:brought_in", ("school_file", file.id), by=by, at=at, new=made.new, changed=made.changed, refused=len(made.refused), links=made.links)
    return made
