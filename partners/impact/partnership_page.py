"""A head's page of partnerships: years, calls, load and thanks. Introductions are counted in families, as the last release froze them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from partners.foundation import access
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.impact import releases
from partners.impact.disclosure import SMALL, Shown
from partners.registry import partnerships
from partners.registry.partnerships import Happened, Partnership

NEAR = 0.8  # the share of what a partner can carry from which it is told as near; judgement, November 2026
DRAWN = (Happened.MET, Happened.JOINT_ACT, Happened.CHANGED, Happened.PARENTS_SAY)


@dataclass(frozen=True)
class Load:
    """What a partner carries this school year: families as they may be shown, what it said it can carry by then, and which words fit."""

    families: int | None
    cap: int | None
    words: str


@dataclass(frozen=True)
class Line:
    """One partnership on the head's page."""

    row: Partnership
    calls: tuple[str, ...]
    thanks_due: int
    load: Load
    first_joint_act_on: date | None
    first_change_on: date | None
    parents_say_on: date | None
    last_spoke_on: date | None


def lines(session: Session, *, by: Actor, at: datetime) -> list[Line]:
    """Return the partnerships of the actor's school by name. What each carries is as the last release has it, and hidden before the first."""
    access.require(by, "impact:read")
    release = releases.latest(session, by=by)
    frozen = release.together.get("loads") if release is not None else None
    counted, months = (frozen["families"], frozen["months"]) if frozen else ({}, 0)
    on = day_of(at)

    def first(row: Partnership, kind: Happened) -> date | None:
        event = row.first(kind)
        return event.on if event else None

    found = []
    for row in partnerships.listed(session, by=by):
        spoke = row.last(Happened.SPOKE, Happened.MET, Happened.JOINT_ACT, Happened.THANKED)
        found.append(Line(
            row, tuple(partnerships.needs_a_call(row, on=on)), len(row.thanks_due()),
            load_of(counted.get(str(row.organisation_id), SMALL), row.monthly_cap * months if row.monthly_cap and months else None),
            first(row, Happened.JOINT_ACT), first(row, Happened.CHANGED), first(row, Happened.PARENTS_SAY), spoke.on if spoke else None,
        ))
    return found


def load_of(families: Shown, cap: int | None) -> Load:
    """Return a load as it may be told, from a count that was frozen under the rule of small numbers. Nothing is said of one that is hidden.

    >>> load_of("*", 2).words, load_of(10, 10), load_of(0, 10).words
    ('hidden', Load(families=10, cap=10, words='near'), 'none')
    """
    if not isinstance(families, int):
        return Load(None, cap, "hidden")
    if families == 0:
        return Load(0, cap, "none")
    return Load(families, cap, "room" if cap is None or families < NEAR * cap else "over" if families > cap else "near")
