"""The schedule: how long each kind of record is kept, from when, and how it ends. A school signs its own; nothing of it is deleted before.

Kith is not the child-protection file: what belongs there is in the safeguarding lead's own system, with its own times.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families.schools import School
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound


@dataclass(frozen=True)
class Rule:
    """One row: a kind of record, how many days it is kept (None: not counted in days), from when, and its end."""

    code: str
    what: str
    days: int | None
    since: str
    end: str
    signed: bool = True
    least: int = 7


# Source: domain guide 7.4 and safety.md 6; the school's data protection officer signs, and may change the days.
SCHEDULE = (
    Rule("draft", "An introduction that was never sent", 90, "the day it was begun", "deleted"),
    Rule("closed", "An introduction that has ended", 730, "the day it ended", "an outcome without a name is kept: year, group of need, way, result"),
    Rule("family", "A family that has left, with all that is kept about it", None, "31 August after it left", "erased"),
    Rule("agreement", "The record of an agreement", 2192, "the day its introduction ended, or it ran out", "deleted"),
    Rule("quick_note", "A quick note that is done with", 90, "the day it was done with", "deleted"),
    Rule("message", "Mails that have left, were cancelled or were given up", 30, "the day they were written", "deleted"),
    Rule("complaint", "A complaint and its answer", 2192, "the day it was answered", "deleted"),
    Rule("emergency", "Who opened families' records in an emergency, and why", 2192, "the day it was opened", "deleted"),
    Rule("audit", "The audit: who did what and when, by ids alone", 2192, "the month in which it happened", "deleted by whole months, when it is over at every school here; how many there were is kept", least=366),
    Rule("copy", "A copy of records that was given out", 1, "the moment it was given out", "deleted", signed=False),
    Rule("import", "A file that was sent to be brought in", 7, "the day it was sent", "deleted", signed=False),
)
RULES = {rule.code: rule for rule in SCHEDULE}
SHORTEST_DAYS, LONGEST_DAYS = 7, 9_500  # the audit a year at least, so that no backup is older than it; 9,500 days are 26 years: as long as a pupil's file may be kept; judgement, November 2026


class RetentionSchedule(Base):
    """A school's schedule as its data protection officer signed it. The latest counts; the others stay."""

    __tablename__ = "retention_schedules"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    days: Mapped[dict[str, Any]]
    signed_by: Mapped[str] = mapped_column(String(120))
    signed_on: Mapped[date]
    recorded_by_id: Mapped[uuid.UUID | None]
    recorded_at: Mapped[datetime]


def signed(session: Session, school_id: uuid.UUID) -> RetentionSchedule | None:
    """Return a school's schedule, or None where nobody has signed one."""
    rows = select(RetentionSchedule).where(RetentionSchedule.school_id == school_id)
    return session.scalar(rows.order_by(RetentionSchedule.recorded_at.desc(), RetentionSchedule.id).limit(1))


def days_of(schedule: RetentionSchedule | None) -> dict[str, int]:
    """Return the days of each rule that is counted in days: the school's, else the usual ones."""
    own = schedule.days if schedule is not None else {}
    return {rule.code: int(own.get(rule.code, rule.days)) for rule in SCHEDULE if rule.days is not None}


def sign(session: Session, school: School, *, signed_by: str, signed_on: date, days: dict[str, int], by: Actor, at: datetime) -> RetentionSchedule:
    """Record that the school's data protection officer signed a schedule. From then on what is due is deleted.

    Raises:
        InvalidRecord: no name, a day to come, a rule that is not in the table, or days outside 7 to 9,500.
        NotFound: another school.
    """
    access.require(by, "retention:sign")
    if by.school_id != school.id:
        raise NotFound("school")
    if not 1 <= len(signed_by.strip()) <= 120:
        raise InvalidRecord("signed_by", "Give the name of the data protection officer who signed it.")
    if signed_on > day_of(at):
        raise InvalidRecord("signed_on", "Give the day on which it was signed, today at the latest.")
    wanted = {rule.code for rule in SCHEDULE if rule.signed and rule.days is not None}
    if set(days) - wanted:
        raise InvalidRecord("days", "Only the rules of the table have days.")
    for code in sorted(days):
        if not RULES[code].least <= days[code] <= LONGEST_DAYS:
            raise InvalidRecord(code, f"Give from {RULES[code].least} to {LONGEST_DAYS:,} days.")
    made = RetentionSchedule(
        id=new_id(), school_id=school.id, days={code: days.get(code, RULES[code].days) for code in sorted(wanted)}, signed_by=signed_by.strip(), signed_on=signed_on,
        recorded_by_id=by.user_id, recorded_at=at,
    )
    session.add(made)
    session.flush()
    audit.record(session, "retention:signed", ("school", school.id), by=by, at=at, days=made.days, signed_on=signed_on.isoformat())
    return made
