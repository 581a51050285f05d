"""A head's page of partnerships: years, calls, load and thanks. Introductions are counted in families, under the small-number rule."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partners.families.needs import Need
from partners.foundation import access
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.impact.disclosure import LEAST_FAMILIES, shown
from partners.impact.periods import instant, window
from partners.referrals.referrals import Referral
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


def _families_by_organisation(session: Session, school_id: uuid.UUID | None, low: datetime, high: datetime) -> dict[uuid.UUID, int]:
    query = (
        select(Referral.organisation_id, func.count(Referral.family_id.distinct()))
        .where(Referral.school_id == school_id, Referral.sent_at >= low, Referral.sent_at < high).group_by(Referral.organisation_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def lines(session: Session, *, by: Actor, at: datetime) -> list[Line]:
    """Return the partnerships of the actor's school by name, up to the end of the last whole month."""
    access.require(by, "impact:read")
    starts, ends = window(at)
    if ends < starts:
        starts = starts.replace(year=starts.year - 1)
    low, high = instant(starts), instant(ends + timedelta(days=1))
    asked = session.scalar(select(func.count(Need.family_id.distinct())).where(Need.school_id == by.school_id, Need.opened_at >= low, Need.opened_at < high)) or 0
    counted = _families_by_organisation(session, by.school_id, low, high)
    months = (ends.year - starts.year) * 12 + ends.month - starts.month + 1
    on = day_of(at)

    def first(row: Partnership, kind: Happened) -> date | None:
        event = row.first(kind)
        return event.on if event else None

    found = []
    for row in partnerships.listed(session, by=by):
        spoke = row.last(Happened.SPOKE, Happened.MET, Happened.JOINT_ACT, Happened.THANKED)
        found.append(Line(
            row, tuple(partnerships.needs_a_call(row, on=on)), len(row.thanks_due()),
            load_of(counted.get(row.organisation_id, 0), row.monthly_cap * months if row.monthly_cap else None, enough=asked >= LEAST_FAMILIES),
            first(row, Happened.JOINT_ACT), first(row, Happened.CHANGED), first(row, Happened.PARENTS_SAY), spoke.on if spoke else None,
        ))
    return found


def load_of(families: int, cap: int | None, *, enough: bool) -> Load:
    """Return a load as it may be shown. Nothing is said of a number that is hidden, nor in a school with too few families.

    >>> load_of(3, 2, enough=True).words, load_of(12, 10, enough=True), load_of(12, 40, enough=False).words
    ('hidden', Load(families=10, cap=10, words='near'), 'hidden')
    """
    safe = shown(families) if enough else None
    if safe is None:
        return Load(None, cap, "hidden")
    if safe == 0:
        return Load(0, cap, "none")
    return Load(safe, cap, "room" if cap is None or safe < NEAR * cap else "over" if safe > cap else "near")
