"""Audit ends: which events of the audit are over, and how they are ended: in runs, each with an anchor, so that the chain of what remains can be followed.

The audit is one chain for every school of an installation, and its events name no school. So an event ends only when its time is over at every school:
all have signed, and the longest of their times counts. Whole months end, so that there is an anchor or two a month and not one a day.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import schools
from partners.foundation import audit
from partners.foundation.actors import Actor
from partners.foundation.audit import AuditEvent, Run
from partners.foundation.calendars import LONDON
from partners.privacy import holds, schedule, whereabouts

_CLOCKS_DIFFER = timedelta(days=1)  # judgement, November 2026


def over_before(session: Session, *, at: datetime) -> datetime | None:
    """Return the start of the first month (London) whose events are kept; None where a school has signed nothing, so that nothing is over."""
    days = []
    for school in schools.every(session):
        signed = schedule.signed(session, school.id)
        if signed is None or "audit" not in signed.days:  # what was signed before the audit had a time says nothing about it
            return None
        days.append(int(signed.days["audit"]))
    if not days:
        return None
    last = (at - timedelta(days=max(days))).astimezone(LONDON)
    return last.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def due(session: Session, *, at: datetime) -> list[tuple[int, uuid.UUID | None]]:
    """Return the numbers of the events that are over, each with the family on hold that it is about, where there is one. Anchors are never over."""
    before = over_before(session, at=at)
    if before is None:
        return []
    held, found = _held(session), []
    rows = session.execute(select(AuditEvent.seq, AuditEvent.at, AuditEvent.actor_id, AuditEvent.subject_id, AuditEvent.facts).where(AuditEvent.action != audit.ENDED).order_by(AuditEvent.seq))
    for seq, then, actor, subject, facts in rows.yield_per(1000):
        if then >= before + _CLOCKS_DIFFER:  # the chain is in the order of time, but for clocks that went back: the rest need not be read
            break
        if then < before:
            found.append((seq, _about(held, actor, subject, facts)))
    rows.close()
    return found


def _held(session: Session) -> dict[str, uuid.UUID]:
    """Return every id of the records that are on hold, with the family that each is about."""
    return {key: family for family in sorted(holds.held_families(session)) for key in (str(family), *whereabouts.find(session, "families", [family]).every_id())}


def _about(held: dict[str, uuid.UUID], *named: Any) -> uuid.UUID | None:
    return next((held[text] for text in _texts(named) if text in held), None) if held else None


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def carry_out(session: Session, numbers: Sequence[int], *, by: Actor, at: datetime) -> int:
    """End these events, run by run, and return how many they were. Each run leaves an anchor."""
    runs = _runs(session, numbers)
    for run in runs:
        audit.end_run(session, run, by=by, at=at)
    return sum(run.count for run in runs)


def _runs(session: Session, numbers: Sequence[int]) -> list[Run]:
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return [Run(a, b, _of(session, a).previous_hash, _of(session, b).hash) for a, b in runs]


def _of(session: Session, seq: int) -> Any:
    return session.execute(select(AuditEvent.previous_hash, AuditEvent.hash).where(AuditEvent.seq == seq)).one()
