"""Loosening: the least that a requirement must give for one offer to meet it. Finer than dropping it, and never looser than needed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from matcher.reading_records import DAYS
from matcher.records import Offer, Request, Requirement
from matcher.schedules import DAY, ENOUGH_OVERLAP
from matcher.travel import distance_km, minutes

Span = tuple[int, int]
Hours = tuple[tuple[int, ...], int, int]  # weekdays, from and until, in minutes of the day


def looser(requirement: Requirement, request: Request, offer: Offer) -> dict[str, Any]:
    """Return the requirement with just enough given: whole minutes of travel, the weeks of the wait, else `would_help` for `must`."""
    raw = dict(requirement.raw)
    if requirement.what == "travel":
        km = distance_km(request, offer)
        if km is not None:
            return raw | {"minutes": math.ceil(minutes(km, requirement.by))}
    if requirement.what == "wait" and offer.waiting_weeks is not None:
        return raw | {"weeks": offer.waiting_weeks}
    return raw | {"strength": "would_help"}


def looser_hours(requirement: Requirement, span: Span) -> tuple[int, dict[str, Any]]:
    """Return the minutes of the week given, and the requirement that a session at `span` then meets.

    A window to be in grows, one to avoid shrinks; where neither can be said in one window, the must becomes what would help.
    """
    hours = (requirement.days, requirement.from_minute, requirement.until_minute)
    found = _shrunk(hours, span) if requirement.what == "not_time" else _grown(hours, span)
    if found is None:
        return 7 * DAY, dict(requirement.raw) | {"strength": "would_help"}
    given, (days, start, end) = found
    return given, dict(requirement.raw) | {"days": [DAYS[d] for d in days], "from": _clock(start), "until": _clock(end)}


@lru_cache(maxsize=65536)
def _grown(hours: Hours, span: Span) -> tuple[int, Hours] | None:
    """Return the smallest window that holds the one asked for and enough of the session: on one more day, earlier, or later."""
    days, start, length = set(hours[0]), hours[1], (hours[2] - hours[1]) % DAY or DAY
    enough = min(ENOUGH_OVERLAP, span[1] - span[0])
    first_day = span[0] // DAY
    best: tuple[tuple[int, ...], Hours] | None = None
    for day in range(first_day - 1, first_day + 3):
        opens = day * DAY + start
        closes = opens + length
        least, most = span[0], span[1] - enough  # when the part of the session that is met may begin
        for begins in sorted({max(least, min(most, t)) for t in (least, most, opens, closes - enough)}):
            earlier, later = max(0, opens - begins), max(0, begins + enough - closes)
            whole = length + earlier + later
            if whole > DAY or (whole == DAY and start != earlier):
                continue  # no single window of the contract says this
            wider = days | {day % 7}
            given = len(wider) * whole - len(days) * length
            key = (given, len(wider), earlier, later, day % 7)
            if best is None or key < best[0]:
                best = (key, _hours(wider, start - earlier, whole))
    return None if best is None else (best[0][0], best[1])


@lru_cache(maxsize=65536)
def _shrunk(hours: Hours, span: Span) -> tuple[int, Hours] | None:
    """Return the largest window inside the one to avoid that keeps clear of the session: on fewer days, later, or ending sooner."""
    days, start, length = set(hours[0]), hours[1], (hours[2] - hours[1]) % DAY or DAY
    first_day = span[0] // DAY
    near = [(d, d * DAY + start, d * DAY + start + length) for d in range(first_day - 2, first_day + 3) if d % 7 in days]
    hits = [w for w in near if w[1] < span[1] and w[2] > span[0]]
    best: tuple[tuple[int, ...], Hours] | None = None
    for later in sorted({0, *(span[1] - w[1] for w in hits)}):
        for sooner in sorted({0, *(w[2] - span[0] for w in hits)}):
            whole = length - later - sooner
            kept = days - {d % 7 for d, opens, closes in hits if opens + later < span[1] and closes - sooner > span[0]}
            if whole <= 0 or not kept:
                continue
            key = (len(days) * length - len(kept) * whole, -len(kept), later, sooner)
            if best is None or key < best[0]:
                best = (key, _hours(kept, start + later, whole))
    return None if best is None else (best[0][0], best[1])


def _hours(days: Iterable[int], start: int, length: int) -> Hours:
    """Return weekdays and times of day for windows that may begin the evening before or the morning after."""
    shift, opens = divmod(start, DAY)
    closes = opens + length
    return tuple(sorted((d + shift) % 7 for d in days)), opens, closes if closes <= DAY else closes - DAY


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
