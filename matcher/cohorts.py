"""Cohorts: needs alike enough for one session or one partner. Only need codes, requirements, area by outcode and times are read: never who anyone is.

Every two in a cohort ask for the same thing under the same musts, in the same area, and all can come at one same half hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matcher import safety
from matcher.assessment import assess
from matcher.eligibility import area_of, requirements_of
from matcher.records import Need, Offer, Request

LEAST = 5  # under five, only their own liaison officer sees who; source: domain guide 9
HALF_HOUR = 30
SLOTS = frozenset((day, minute) for day in range(7) for minute in range(0, 24 * 60, HALF_HOUR))
Member = tuple[Request, Need]
Alike = tuple[str, str | None, tuple[tuple[str, str, str], ...]]
Slots = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Cohort:
    """Needs one session could serve: (request, need) ids, the half hours (weekday, minute) all can come, and offers that fit every one."""

    code: str
    area: str | None
    musts: tuple[tuple[str, str, str], ...]
    members: tuple[tuple[str, str], ...]
    times: tuple[tuple[int, int], ...]
    offers: tuple[str, ...]

    def reasons(self) -> tuple[str, ...]:
        """Say what the members have in common."""
        said = [f"{len(self.members)} families ask for {self.code}"]
        said += [f"all ask for {what} {value}" + (" to be no" if wanted == "no" else "") for what, value, wanted in self.musts]
        said += [f"all are in {self.area}"] if self.area else []
        return (*said, f"{len(self.times)} half hours a week suit them all")


def cohorts(requests: Iterable[Request], offers: Iterable[Offer] = (), *, least: int = LEAST) -> list[Cohort]:
    """Return cohorts of at least `least` families, the largest of each kind first; nobody is in two for one need.

    Raises ValueError where `least` is under 2.

    >>> asking = [Request.from_dict({"id": f"r{n}", "on": "2026-10-20T15:10:00+01:00", "safety": "no", "needs": [{"id": "n", "code": "esol"}]})
    ...     for n in range(5)]
    >>> [len(c.members) for c in cohorts(asking)], cohorts(asking[:4])
    ([5], [])
    """
    if least < 2:
        raise ValueError(f"least is {least}; it should be 2 or more")
    kinds: dict[Alike, list[tuple[Member, Slots]]] = {}
    for request in sorted(requests, key=lambda r: r.id):
        if safety.stops(request) or request.one_at_a_time:
            continue
        seen: set[Alike] = set()
        for need in request.needs:
            alike = _alike(need, request)
            if alike not in seen:
                seen.add(alike)
                kinds.setdefault(alike, []).append(((request, need), _times(need, request)))
    standing, found = sorted(offers, key=lambda o: o.id), []
    for alike, waiting in sorted(kinds.items(), key=repr):
        while len(waiting) >= least:
            best = max(sorted(SLOTS), key=lambda slot: sum(slot in times for _, times in waiting))
            together = [row for row in waiting if best in row[1]]
            if len(together) < least:
                break
            found.append(_cohort(alike, together, standing))
            waiting = [row for row in waiting if best not in row[1]]
    return found


def _alike(need: Need, request: Request) -> Alike:
    wanted = requirements_of(need, request)
    musts = sorted({(r.what, str(r.value), str(r.wanted)) for r in wanted if r.must and r.what not in ("time", "not_time", "wait", "travel")})
    return need.code, area_of(request.postcode)[0], tuple(musts)


def _times(need: Need, request: Request) -> Slots:
    free = SLOTS
    for r in requirements_of(need, request):
        if r.must and r.what in ("time", "not_time"):
            until = r.until_minute + (24 * 60 if r.until_minute <= r.from_minute else 0)
            inside = {s for s in SLOTS if any(r.from_minute <= x and x + HALF_HOUR <= until for x in _minutes(s, r.days))}
            touching = {s for s in SLOTS if any(x < until and x + HALF_HOUR > r.from_minute for x in _minutes(s, r.days))}
            free = free & inside if r.what == "time" else free - touching
    return frozenset(free)


def _minutes(slot: tuple[int, int], days: tuple[int, ...]) -> list[int]:
    """Return a slot's minute counted from the midnight of each of the days it may belong to: its own, and the one before for a window past midnight."""
    day, minute = slot
    return [minute] * (day in days) + [minute + 24 * 60] * ((day - 1) % 7 in days)


def _cohort(alike: Alike, rows: list[tuple[Member, Slots]], offers: list[Offer]) -> Cohort:
    code, area, musts = alike
    fitting = tuple(
        o.id for o in offers if code in o.needs and all(o.organisation not in q.keep_away and assess(n, q, o).fits for (q, n), _ in rows)
    )
    times = sorted(frozenset.intersection(*(t for _, t in rows)))
    return Cohort(code, area, musts, tuple((q.id, n.id) for (q, n), _ in rows), tuple(times), fitting)
