"""The index: which offers could still be among the best, by a bound that no score is above. The judging itself stays in `assessment`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from matcher import availability, eligibility, features, freshness, languages, standing
from matcher.findings import Finding, met
from matcher.names import primary
from matcher.policy import BASE, CRITERIA, ONE, thousandths
from matcher.records import Need, Offer, Request, Requirement
from matcher.schedules import DAY, WEEK, any_time, local_day, windows
from matcher.travel import DETOUR, EARTH_KM, NOT_A_JOURNEY, SPEEDS, needs_no_journey

OUT = -30_000  # points of an offer that a rule leaves out; no sum of the policy's points comes near it
SLACK = 1  # thousandths: the bound's own rounding of a distance
NEVER, ALWAYS = 2.0, -2.0  # cosines that no angle reaches, from above and from below
_ROWS = {c.name: c for c in CRITERIA}
_HOURS = 7 * 24
_TOP = 48  # how many rows are put in order at a time

Judge = Callable[[Need, Request, Offer], list[Finding]]


class Facet:
    """Offers alike in a few fields are judged once, by the policy's own functions, on the first of them."""

    def __init__(self, key: Callable[[Offer], Any]) -> None:
        self._key = key
        self._numbers: dict[Any, int] = {}
        self._first: list[Offer] = []
        self._tables: dict[Any, np.ndarray] = {}

    def number(self, offer: Offer) -> int:
        """Return the number of the offer's class."""
        key = self._key(offer)
        if key not in self._numbers:
            self._numbers[key] = len(self._first)
            self._first.append(offer)
        return self._numbers[key]

    def points(self, asked: Any, judge: Callable[[Offer], int]) -> np.ndarray:
        """Return the points of each class, int32 thousandths; `asked` names everything of the request that the judge reads."""
        table = self._tables.get(asked)
        if table is None or len(table) < len(self._first):
            known = np.zeros(0, np.int32) if table is None else table
            table = np.concatenate([known, np.array([judge(o) for o in self._first[len(known):]], np.int32)])
            if len(self._tables) > 512:
                self._tables.clear()
            self._tables[asked] = table
        return table


def _over(offer: Offer) -> int:
    if not offer.sessions or any_time(offer) or any(s.until_on is None for s in offer.sessions):
        return 2**31 - 1
    return max(s.until_on.toordinal() for s in offer.sessions if s.until_on is not None)


def _hours(spans: list[tuple[int, int]]) -> list[int]:
    """Return three 64-bit words with a bit for each hour of the week that the spans, in minutes of the week, touch."""
    bits = 0
    for start, end in spans:
        for hour in range(start // 60, -(-end // 60)):
            bits |= 1 << (hour % _HOURS)
    return [(bits >> shift) & (2**64 - 1) for shift in (0, 64, 128)]


def _offer_hours(offer: Offer) -> list[int]:
    if any_time(offer) or not offer.sessions:
        return [2**64 - 1] * 3
    return _hours([(d * DAY + s.starts, d * DAY + s.starts + ((s.ends - s.starts) % DAY or DAY)) for s in offer.sessions for d in s.days])


def _state(o: Offer) -> Any:
    return o.availability, o.places_left, o.waiting_weeks, o.paused_until, o.confirmed_on, o.availability_on


def _routes(o: Offer) -> Any:
    return o.who_may_refer


def _community(o: Offer) -> Any:
    return (o.languages, o.gender) if o.community else None


# What of an offer each facet reads. A criterion may be bounded by a facet only if it reads nothing else.
_KEYS: dict[str, Callable[[Offer], Any]] = {
    "authorised": lambda o: (o.authorisations, o.assured), "routes": _routes, "audience": lambda o: o.audience, "age": lambda o: (o.age_min, o.age_max),
    "gender": lambda o: o.gender, "community": _community, "state": _state, "confirmed": lambda o: o.confirmed_on, "standing": lambda o: (o.asked, o.in_time),
    "soon": lambda o: (o.availability == "waiting", o.waiting_weeks, o.answers_within), "languages": lambda o: (o.languages, o.interpreter), "modes": lambda o: o.modes,
    "features": lambda o: (tuple(sorted(o.features.items())), needs_no_journey(o)), "wait": lambda o: (o.availability, o.waiting_weeks),
}


class Postings:
    """The offers of one need code, a row each, in arrays. A row that is taken away is used again by the next that comes."""

    def __init__(self, facets: dict[str, Facet]) -> None:
        self._facets = facets
        self._size = 0
        self._free: list[int] = []
        self.offers: list[Offer | None] = []
        self._row: dict[str, int] = {}
        self._by_outcode: dict[str, dict[int, None]] = {}
        self._by_postcode: dict[int, None] = {}
        self.codes = {name: np.zeros(16, np.int32) for name in facets}
        self.point = np.zeros((16, 3))
        self.reach = np.full(16, NEVER)
        self.here = np.zeros(16, np.int8)  # 0: not known or withheld; 1: at its place; 2: nowhere to go
        self.last = np.zeros(16, np.int32)
        self.confirmed = np.zeros(16, np.int32)
        self.hours = np.zeros((16, 3), np.uint64)

    def _grow(self) -> None:
        room = 2 * len(self.reach)
        for name, column in self.codes.items():
            self.codes[name] = np.resize(column, room)
        for name in ("point", "here", "last", "confirmed", "hours"):
            column = getattr(self, name)
            setattr(self, name, np.concatenate([column, np.zeros_like(column)]))
        self.reach = np.concatenate([self.reach, np.full(len(self.reach), NEVER)])

    def add(self, offer: Offer, classes: dict[str, int]) -> None:
        """Put an offer in a row."""
        if self._free:
            row = self._free.pop()
            self.offers[row] = offer
        else:
            row = self._size
            if row == len(self.reach):
                self._grow()
            self._size += 1
            self.offers.append(offer)
        self._row[offer.id] = row
        for name, number in classes.items():
            self.codes[name][row] = number
        known = offer.place is not None and not offer.place_withheld
        self.here[row] = 2 if set(offer.modes) & NOT_A_JOURNEY else 1 if known else 0
        if known and offer.place is not None:
            self.point[row] = unit(offer.place.latitude, offer.place.longitude)
        kind, detail = offer.area
        self.reach[row] = ALWAYS
        if kind == "postcodes":
            self.reach[row] = NEVER
            self._by_postcode[row] = None
            for prefix in detail:
                self._by_outcode.setdefault(eligibility.area_of(prefix)[0] or "", {})[row] = None
        elif kind == "radius" and known:
            self.reach[row] = math.cos(min(math.pi, (detail + 0.001) / EARTH_KM)) - 1e-12
        self.last[row] = _over(offer)
        self.confirmed[row] = offer.confirmed_on.toordinal() if offer.confirmed_on else 0
        self.hours[row] = _offer_hours(offer)

    def remove(self, offer: Offer) -> None:
        """Empty an offer's row."""
        row = self._row.pop(offer.id)
        self.reach[row], self.confirmed[row], self.offers[row] = NEVER, 0, None
        if offer.area[0] == "postcodes":
            self._by_postcode.pop(row)
            for prefix in offer.area[1]:
                self._by_outcode[eligibility.area_of(prefix)[0] or ""].pop(row, None)
        self._free.append(row)

    def confirmed_after(self, day: int) -> list[str]:
        """Return the ids of the offers that were confirmed after a day (an ordinal)."""
        late = np.flatnonzero(self.confirmed[: self._size] > day)
        return sorted(o.id for r in late if (o := self.offers[r]) is not None)

    def covering(self, request: Request, home: np.ndarray | None) -> np.ndarray:
        """Return the rows whose area may reach the home."""
        reach = self.reach[: self._size]
        rows = np.flatnonzero(reach < NEVER) if home is None else np.flatnonzero(self.point[: self._size] @ home >= reach)
        outcode = eligibility.area_of(request.postcode)[0]
        named = self._by_postcode if outcode is None else self._by_outcode.get(outcode, {})
        return np.concatenate([rows, np.fromiter(named, np.int64, len(named))]) if named else rows


def unit(latitude: float, longitude: float) -> np.ndarray:
    """Return the unit vector, shape (3,), of a point in degrees."""
    a, b = math.radians(latitude), math.radians(longitude)
    return np.array([math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a)])


class Index:
    """Postings by need code, with facets that all of them share. Offers come and go one at a time; nothing else is touched."""

    def __init__(self) -> None:
        self._facets = {name: Facet(key) for name, key in _KEYS.items()}
        self._postings: dict[str, Postings] = {}

    def add(self, offer: Offer) -> None:
        """Add an offer under each of its needs."""
        classes = {name: facet.number(offer) for name, facet in self._facets.items()}
        for code in offer.needs:
            if code not in self._postings:
                self._postings[code] = Postings(self._facets)
            self._postings[code].add(offer, classes)

    def remove(self, offer: Offer) -> None:
        """Take an offer away."""
        for code in offer.needs:
            self._postings[code].remove(offer)

    def confirmed_after(self, need: Need, request: Request) -> list[str]:
        """Return the ids of the need's offers that say they were confirmed after the request's day."""
        there = self._postings.get(need.code)
        return there.confirmed_after(local_day(request.on).toordinal()) if there else []

    def bounded(self, need: Need, request: Request) -> Iterator[tuple[int, list[Offer]]]:
        """Yield (bound, offers), the highest bound first, in thousandths: none of these offers, and none after them, scores above it."""
        there = self._postings.get(need.code)
        if there is None:
            return
        rows, bounds = _bounds(there, self._facets, need, request)
        while len(rows):
            if len(rows) > _TOP:
                cut = np.partition(bounds, len(bounds) - _TOP)[len(bounds) - _TOP]
                now = bounds >= cut
                head, level = rows[now], bounds[now]
                rows, bounds = rows[~now], bounds[~now]
            else:
                head, level = rows, bounds
                rows = rows[:0]
            for bound in np.unique(level)[::-1]:
                yield int(bound), [o for r in head[level == bound] if (o := there.offers[r]) is not None]


def _sum(name: str, findings: list[Finding]) -> int:
    if any(f.failed is not None for f in findings):
        return OUT
    shares = sum(f.share for f in findings) or 1.0
    return sum(thousandths(_ROWS[name], f, shares) for f in findings)


def _share(requirement: Requirement, fit: float, shares: float) -> int:
    return thousandths(_ROWS["requirement"], met("", fit, share=requirement.strength), shares)


def _seen_of_feature(requirement: Requirement, offer: Offer) -> Any:
    return offer.features.get(requirement.value, "not_known"), needs_no_journey(offer)


# A requirement's facet, and the function that judges it; times and journeys have arrays of their own.
_REQUIRED: dict[str, tuple[str, Callable[[Requirement, Offer], Finding]]] = {
    "language": ("languages", languages.assess), "feature": ("features", features.assess), "mode": ("modes", features.assess_mode),
    "gender": ("gender", features.assess_gender), "wait": ("wait", availability.assess_wait),
}


def _judging(requirement: Requirement, judge: Callable[[Requirement, Offer], Finding], shares: float) -> Callable[[Offer], int]:
    """Return a judge of a requirement that asks once for offers whose feature is the same."""
    known: dict[Any, int] = {}

    def points(offer: Offer) -> int:
        key = _seen_of_feature(requirement, offer) if requirement.what == "feature" else id(offer)
        if key not in known:
            finding = judge(requirement, offer)
            known[key] = OUT if finding.failed is not None else thousandths(_ROWS["requirement"], finding, shares)
        return known[key]

    return points


@lru_cache(maxsize=4096)
def _asked_hours(requirement: Requirement) -> np.ndarray:
    return np.array(_hours([(max(a, 0), min(b, WEEK)) for a, b in windows(requirement) if b > 0 and a < WEEK]), np.uint64)


def _bounds(there: Postings, facets: dict[str, Facet], need: Need, request: Request) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that may fit and, for each, points that its score is not above; each int arrays of the same length."""
    home = None if request.home is None else unit(request.home.latitude, request.home.longitude)
    rows = there.covering(request, home)
    today = local_day(request.on)
    rows = rows[there.last[rows] >= today.toordinal()]
    bounds = np.full(len(rows), BASE + thousandths(_ROWS["need"], met(""), 1.0), np.int32)

    def narrow(name: str, asked: Any, judge: Callable[[Offer], int]) -> None:
        nonlocal rows, bounds
        points = facets[name].points(asked, judge)
        if not points.any():
            return
        bounds = bounds + points[there.codes[name][rows]]
        if points.min() <= OUT // 2:
            keep = bounds > OUT // 2
            rows, bounds = rows[keep], bounds[keep]

    def rule(facet: str, criterion: str, judge: Judge, *asked: Any) -> None:
        narrow(facet, (criterion, *asked), lambda o: _sum(criterion, judge(need, request, o)))

    wanted = eligibility.requirements_of(need, request)
    genders = tuple(sorted(eligibility.genders_named(need, request)))
    spoken = tuple(sorted({primary(r.value) for r in wanted if r.what == "language"}))
    rule("state", "open", lambda n, q, o: availability.assess_open(n, q, replace(o, sessions=())), today)
    rule("confirmed", "confirmed", freshness.assess_rule, today)
    rule("routes", "who_may_refer", eligibility.assess_route, request.referrer)
    rule("authorised", "authorised", eligibility.assess_authorised, need.code, today)
    rule("audience", "audience", eligibility.assess_whom, need.for_whom)
    rule("age", "age", eligibility.assess_age, need.age_years, need.for_whom)
    rule("gender", "gender", eligibility.assess_gender, genders)
    rule("community", "community", eligibility.assess_community, need.code == "own_community", spoken, genders)
    shares = sum(r.strength for r in wanted) or 1.0
    for r in wanted:
        most, least = (_share(r, fit, shares) for fit in (1.0, 0.0))
        if r.what in _REQUIRED:
            facet, judge = _REQUIRED[r.what]
            narrow(facet, (r, shares), _judging(r, judge, shares))
        elif r.what == "time":
            hit = (there.hours[rows] & _asked_hours(r)).any(axis=1)
            bounds = bounds + np.where(hit, most, least)
            if r.must:
                rows, bounds = rows[hit], bounds[hit]
        elif r.what == "not_time":
            bounds = bounds + most
    rule("state", "availability", availability.assess_state, today)
    rule("confirmed", "freshness", freshness.assess, today)
    rule("standing", "standing", standing.assess)
    if need.within != "whenever":
        soonest = thousandths(_ROWS["soon"], met(""), 1.0)

        def soon(o: Offer) -> int:
            told = o.availability == "waiting" or o.answers_within is not None
            return _sum("soon", availability.assess_soon(need, request, o)) if told else soonest

        narrow("soon", ("soon", need.within), soon)
    return _with_distance(there, rows, bounds, home, [r for r in wanted if r.what == "travel"], shares)


def _with_distance(there: Postings, rows: np.ndarray, bounds: np.ndarray, home: np.ndarray | None, journeys: list[Requirement], shares: float) -> tuple[np.ndarray, np.ndarray]:
    here = there.here[rows]
    weight = ONE * _ROWS["near"].weight
    near = np.where(here == 2, round(weight * 0.5), 0)
    km = np.zeros(len(rows))
    placed = here == 1
    if home is not None and placed.any():
        apart = there.point[rows] - home
        chord = np.sqrt(np.einsum("ij,ij->i", apart, apart))
        km = np.where(placed, 2 * EARTH_KM * np.arcsin(np.minimum(1.0, chord / 2)) * DETOUR, 0.0)
        near = np.where(placed, np.rint(weight * (np.exp(-km / 4) - 0.5)).astype(np.int32) + SLACK, near)
    bounds = bounds + near
    for r in journeys:
        most, least = (_share(r, fit, shares) for fit in (1.0, 0.0))
        per_km, before = SPEEDS[r.by]
        reachable = placed if home is not None else np.zeros(len(rows), bool)
        far = reachable & (km > 1e-9) & (before + per_km * km > r.minutes + 1e-6)
        bounds = bounds + np.where(far, least, np.where(reachable | (here == 2), most, 0))
        if r.must:
            keep = ~far
            rows, bounds, km, here, placed = rows[keep], bounds[keep], km[keep], here[keep], placed[keep]
    return rows, bounds
