"""Scoring: every give for every ask at once, in columns of numbers. It gives the scores of `judging.judge`, pair by pair; that room tells the reasons.

What is alike in asks and gives (times, languages, a feature, two points) is judged once, by the same rooms, and looked up for the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from matcher import travel
from matcher.exchanges.judging import BASE, FALLS_OVER_KM, FORMS, TIMES, WEIGHTS, near_fit, points, time_findings
from matcher.exchanges.records import Ask, Give, asked_by
from matcher.findings import Finding
from matcher.records import Place, Requirement

NEVER = -1_000_000_000  # the score of what a rule keeps apart: no points added to it bring it near a score
EDGE_OF_ROUNDING = 1e-6  # nearer than this to half a thousandth, the plain sum decides
Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass
class _Known:
    """Findings by what they were made of, so that none is made twice."""

    on: datetime
    terms: tuple[tuple[date, date], ...] | None
    found: dict[Hashable, list[Finding]] = field(default_factory=dict)

    def times(self, wanted: tuple[Requirement, ...], ask: Ask, give: Give) -> list[Finding]:
        key = (wanted, give.sessions, give.any_time)
        if key not in self.found:
            self.found[key] = time_findings(ask, give, self.on, self.terms)
        return self.found[key]

    def other(self, wanted: Requirement, ask: Ask, give: Give) -> list[Finding]:
        if wanted.what == "language":
            part: Hashable = give.languages
        elif wanted.what == "feature":
            part = (give.features.get(wanted.value), give.comes_to_you)
        else:
            part = (ask.place, give.place, give.comes_to_you)
        key = (wanted, part)
        if key not in self.found:
            self.found[key] = [FORMS[wanted.what](wanted, asked_by(ask, self.on, self.terms), give.as_offer())]
        return self.found[key]


def scores(asks: list[Ask], gives: list[Give], *, on: datetime, terms: tuple[tuple[date, date], ...] | None = None) -> Pairs:
    """Return which give, which ask and how many thousandths, for every pair of one thing and two parties that no rule keeps apart."""
    parties: dict[str, int] = {}
    by_thing: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for n, give in enumerate(gives):
        by_thing[give.thing][0].append(n)
    for n, ask in enumerate(asks):
        if ask.thing in by_thing:
            by_thing[ask.thing][1].append(n)
    known, found = _Known(on, terms), []
    for some_gives, some_asks in by_thing.values():
        if some_asks:
            table = _table([asks[a] for a in some_asks], [gives[g] for g in some_gives], known, parties)
            row, column = np.nonzero(table > NEVER // 2)
            found.append((np.array(some_gives)[column], np.array(some_asks)[row], table[row, column]))
    if not found:
        return (np.empty(0, np.int64),) * 3
    which_give, which_ask, score = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((which_give, which_ask))
    return which_give[order], which_ask[order], score[order]


def _table(asks: list[Ask], gives: list[Give], known: _Known, parties: dict[str, int]) -> np.ndarray:
    """Return the scores of asks (rows) by gives (columns) of one thing, NEVER where a rule keeps them apart."""
    their, our = ([parties.setdefault(r.party, len(parties)) for r in rows] for rows in (gives, asks))
    wanted_from, wanted_until, free_from, free_until = (
        np.array([bound(r) for r in rows]) for rows, bound in ((asks, _first), (asks, _last), (gives, _first), (gives, _last))
    )
    table = BASE + _amount(asks, gives) + _dates(asks, gives) + _near(asks, gives)
    apart = np.maximum.outer(wanted_from, free_from) > np.minimum.outer(wanted_until, free_until)
    table[apart | (np.array(our)[:, None] == np.array(their)[None, :])] = NEVER
    alike: dict[Hashable, list[np.ndarray]] = {}
    for row, ask in enumerate(asks):
        if ask.requirements:
            for points_of in _asked(ask, gives, known, alike):
                table[row] += points_of
    return table


def _first(row: Ask | Give) -> int:
    return (row.from_on or date.min).toordinal()


def _last(row: Ask | Give) -> int:
    return (row.until_on or date.max).toordinal()


def _rounded(weight: float, fit: np.ndarray) -> np.ndarray:
    return np.rint(1000 * weight * 1.0 * (fit - 0.5)).astype(np.int64)


def _amount(asks: list[Ask], gives: list[Give]) -> np.ndarray:
    there, wanted = np.array([g.amount for g in gives], float), np.array([a.amount for a in asks], float)
    return _rounded(WEIGHTS["amount"], np.minimum(1.0, there[None, :] / wanted[:, None]))


def _dates(asks: list[Ask], gives: list[Give]) -> np.ndarray:
    day_named = np.array([a.from_on is not None or a.until_on is not None for a in asks])
    known = np.array([g.from_on is not None or g.until_on is not None for g in gives])
    return np.where(day_named[:, None] & known[None, :], points(WEIGHTS["dates"], 1.0), 0)  # no day named is half way; not known gives nothing


def _near(asks: list[Ask], gives: list[Give]) -> np.ndarray:
    ours, theirs = _radians(a.place for a in asks), _radians(g.place for g in gives)
    d_lat, d_lon = theirs[0][None, :] - ours[0][:, None], theirs[1][None, :] - ours[1][:, None]
    h = np.sin(d_lat / 2) ** 2 + np.cos(ours[0])[:, None] * np.cos(theirs[0])[None, :] * np.sin(d_lon / 2) ** 2
    km = 2 * travel.EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(h))) * travel.DETOUR
    exact = 1000 * WEIGHTS["near"] * (np.exp(-km / FALLS_OVER_KM) - 0.5)
    here = ~np.isnan(exact)
    exact[~here] = 0.0
    for a, g in np.argwhere(here & (np.abs(exact - np.floor(exact) - 0.5) < EDGE_OF_ROUNDING)):
        exact[a, g] = points(WEIGHTS["near"], near_fit(asks[a], gives[g]))
    found = np.rint(exact).astype(np.int64)
    found[:, [g.comes_to_you for g in gives]] = points(WEIGHTS["near"], 1.0)
    return found


def _radians(places: Iterable[Place | None]) -> np.ndarray:
    return np.radians([(np.nan, np.nan) if p is None else (p.latitude, p.longitude) for p in places]).T


def _asked(ask: Ask, gives: list[Give], known: _Known, alike: dict[Hashable, list[np.ndarray]]) -> list[np.ndarray]:
    """Return the points of each give for what an ask requires. Asks alike in that share them; a place counts only where a journey is asked of."""
    key = (ask.requirements, ask.place if any(r.what == "travel" for r in ask.requirements) else None)
    if key not in alike:
        shares = sum(r.strength for r in ask.requirements)
        times = tuple(r for r in ask.requirements if r.what in TIMES)
        rows = [np.array([_sum(known.times(times, ask, g), shares) for g in gives], np.int64)] if times else []
        rows += [np.array([_sum(known.other(r, ask, g), shares) for g in gives], np.int64) for r in ask.requirements if r.what not in TIMES]
        alike[key] = rows
    return alike[key]


def _sum(found: list[Finding], shares: float) -> int:
    if any(f.failed for f in found):
        return NEVER
    return sum(points(WEIGHTS["requirement"], f.fit, f.share / shares) for f in found)
