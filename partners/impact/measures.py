"""Measures: what a head's page counts, in distinct families, with every count under the small-number rule before it leaves this room.

Kept simple until frozen releases come: the window is the school year to the end of the last whole month, so that the page does not move
with a single family's day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partners.families.needs import Need, NeedState
from partners.foundation import access
from partners.foundation.actors import Actor
from partners.foundation.calendars import LONDON, day_of, working_days_between
from partners.impact.disclosure import LEAST_FAMILIES, LEAST_FOR_AVERAGES, shown
from partners.referrals.moves import State
from partners.referrals.outcomes import Outcome, Result
from partners.referrals.referrals import Referral


@dataclass(frozen=True)
class Page:
    """A head's figures; None is 'too few to show safely'. Days are working days."""

    starts_on: date
    ends_on: date
    families_asked: int | None
    families_helped: int | None
    families_unmet: int | None
    first_reply_days: int | None
    unmet_by_group: tuple[tuple[str, int | None], ...]


def window(at: datetime) -> tuple[date, date]:
    """Return the school year so far (from 1 September), up to the end of the last whole month."""
    today = day_of(at)
    ends = today.replace(day=1) - timedelta(days=1)
    year = ends.year if ends.month >= 9 else ends.year - 1
    return date(year, 9, 1), ends


def _instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


def head_page(session: Session, *, groups: dict[str, str], by: Actor, at: datetime) -> Page:
    """Return the figures for the actor's own school. `groups` gives each need code's group; restricted needs are never broken down."""
    access.require(by, "impact:read")
    starts, ends = window(at)
    if ends < starts:
        starts = starts.replace(year=starts.year - 1)
    low, high = _instant(starts), _instant(ends + timedelta(days=1))
    in_window = (Need.school_id == by.school_id, Need.opened_at >= low, Need.opened_at < high)
    asked = session.scalar(select(func.count(Need.family_id.distinct())).where(*in_window)) or 0
    helped = session.scalar(
        select(func.count(Need.family_id.distinct())).join(Outcome, Outcome.need_id == Need.id)
        .where(*in_window, Outcome.result.in_((Result.MET, Result.PARTLY)), Outcome.recorded_at < high)
    ) or 0
    unmet_rows = session.execute(select(Need.code, Need.family_id).where(*in_window, Need.state == NeedState.UNMET, Need.settled_at < high)).all()
    by_group: dict[str, set[object]] = {}
    for code, family_id in unmet_rows:
        by_group.setdefault(groups[code], set()).add(family_id)
    replies = [
        working_days_between(day_of(sent), day_of(replied))
        for sent, replied in session.execute(
            select(Referral.sent_at, Referral.replied_at)
            .where(Referral.school_id == by.school_id, Referral.sent_at >= low, Referral.sent_at < high, Referral.replied_at < high, Referral.state != State.DRAFT)
        )
        if sent is not None and replied is not None
    ]
    table = tuple(sorted((g, shown(len(f))) for g, f in by_group.items())) if asked >= LEAST_FAMILIES else ()
    return Page(
        starts, ends, shown(asked), shown(helped), shown(len({f for _, f in unmet_rows})),
        round(median(replies)) if len(replies) >= LEAST_FOR_AVERAGES else None, table,
    )
