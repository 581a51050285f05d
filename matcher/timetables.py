"""Timetables: whether a family could go to everything in a plan, one session of each, no two at the same hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from matcher.eligibility import requirements_of
from matcher.records import Need, Offer, Request, Session, Verdict
from matcher.schedules import DAY, WEEK, any_time, fits, local_day


@dataclass(frozen=True)
class Slot:
    """A weekly hour: minutes of the week from Monday's midnight, in which weeks, and between which days."""

    begins: int
    ends: int
    weeks: str = "all_year"
    from_on: date | None = None
    until_on: date | None = None


Slots = frozenset[Slot] | None  # None: nothing to keep free, or no times known


def slots_of(offer: Offer, need: Need, request: Request) -> Slots:
    """Return the sessions of an offer that are not over and suit every time the need insists on."""
    if not offer.sessions or any_time(offer):
        return None
    live = _live(offer.sessions, local_day(request.on))
    musts = [r for r in requirements_of(need, request) if r.must and r.what in ("time", "not_time")]
    if not musts or not live:
        return live or None
    return frozenset(s for s in live if all(fits((s.begins, s.ends), r) is not Verdict.NOT_MET for r in musts)) or None


@lru_cache(maxsize=16384)
def _live(sessions: tuple[Session, ...], today: date) -> frozenset[Slot]:
    return frozenset(
        Slot(d * DAY + s.starts, d * DAY + s.starts + ((s.ends - s.starts) % DAY or DAY), s.weeks, s.from_on, s.until_on)
        for s in sessions if s.until_on is None or s.until_on >= today for d in s.days
    )


@lru_cache(maxsize=65536)
def overlap(a: Slot, b: Slot) -> bool:
    """Whether two sessions can fall in the same hour. One in term and one in the holidays never do, nor two whose days are past each other."""
    if {a.weeks, b.weeks} == {"term_time", "school_holidays"}:
        return False
    if (a.until_on and b.from_on and a.until_on < b.from_on) or (b.until_on and a.from_on and b.until_on < a.from_on):
        return False
    return any(min(a.ends, b.ends + w) > max(a.begins, b.begins + w) for w in (-WEEK, 0, WEEK))


def clash(a: Slots, b: Slots) -> bool:
    """Whether every session of one falls on every session of the other, so that no one could go to both."""
    return a is not None and b is not None and all(overlap(s, t) for s in a for t in b)


def holds(slots: Slots, minute: int) -> bool:
    """Whether every session, in every week of the year, is on at a minute of the week."""
    for s in slots or ():  # asked thousands of times for one plan, so without a generator
        if s.weeks != "all_year" or s.from_on or s.until_on or not (s.begins <= minute < s.ends or s.begins <= minute + WEEK < s.ends):
            return False
    return slots is not None


def can_all_be_had(rows: Sequence[tuple[str, Slots]]) -> bool:
    """Whether each offer can be given a session so that none falls on another's. Needs met by one offer may share its session."""
    bound = sorted(((i, sorted(s, key=lambda x: (x.begins, x.ends, x.weeks, str(x.from_on)))) for i, s in rows if s is not None), key=lambda r: len(r[1]))
    return _place(bound, [])


def _place(rows: Sequence[tuple[str, list[Slot]]], taken: list[tuple[str, Slot]]) -> bool:
    if not rows:
        return True
    (offer_id, slots), *rest = rows
    return any(
        all((i == offer_id and t == slot) or not overlap(slot, t) for i, t in taken) and _place(rest, [*taken, (offer_id, slot)]) for slot in slots
    )
