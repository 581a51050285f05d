"""The index: which offers could still be among the best, by a bound that no score is above. The judging itself stays in `assessment`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

import numpy as np

from matcher import eligibility
from matcher.alike import facets
from matcher.choosing import Wish
from matcher.findings import met
from matcher.joint import Joint
from matcher.policy import CRITERIA, ONE, thousandths
from matcher.postings import EDGE_KM, Bounds, Hopeful, Postings, hours_of, unit
from matcher.records import Need, Offer, Request, Requirement
from matcher.register import Register
from matcher.schedules import WEEK, local_day, windows
from matcher.seats import Remembering
from matcher.travel import DETOUR, EARTH_KM, SPEEDS

SLACK = 1  # thousandths: the bound's own rounding of a distance
SPARE_MINUTES = 1e-3  # more than a cosine's rounding makes of a journey above EDGE_KM
_ROWS = {c.name: c for c in CRITERIA}
_BY_ARRAYS = ("area", "near", "soon")  # bounded by arrays here, and so judged only where it matters
_OF_A_DAY = frozenset({"need", "authorised", "who_may_refer", "open", "confirmed", "availability", "freshness", "standing"})  # the same for all who ask on a day
_STEPS_A_KM = 50
_FARTHEST_KM = 60  # from here on nearness gives the same to the thousandth
_NEAR_BY_PLACE = np.array([0, 0, round(ONE * _ROWS["near"].weight * 0.5)], np.int32)  # by `Postings.here`
# The most that nearness gives from each fiftieth of a kilometre on.
_NEAR_BY_STEP = np.rint(ONE * _ROWS["near"].weight * (np.exp(-np.arange(_FARTHEST_KM * _STEPS_A_KM) / _STEPS_A_KM / 4) - 0.5)).astype(np.int32) + SLACK
_TOP = 48  # how many rows are put in order at a time


class Index:
    """Postings by need code, with facets that all of them share. Offers come and go one at a time; nothing else is touched.

    The postings of a need are made from `by_need` when they are first asked for, or all together by `build`.
    """

    def __init__(self, by_need: dict[str, dict[str, Offer]]) -> None:
        self._by_need = by_need
        self.facets, self.register = facets(), Register()
        self._joint = Joint()
        self._postings: dict[str, Postings] = {}

    def _classes(self, offer: Offer) -> dict[str, int]:
        classes = {name: facet.number(offer) for name, facet in self.facets.items()}
        return classes | {self._joint.name: self._joint.number(classes)}

    def build(self) -> None:
        """Make the postings of every need that has none."""
        missing = {code: Postings(self.facets, self._joint, self.register) for code in self._by_need if code not in self._postings}
        classes: dict[str, dict[str, int]] = {}
        for code, there in missing.items():
            for offer in self._by_need[code].values():
                if offer.id not in classes:
                    classes[offer.id] = self._classes(offer)
                there.add(offer, classes[offer.id] if len(offer.needs) > 1 else classes.pop(offer.id))
        self._postings |= missing

    def postings(self, code: str) -> Postings:
        """Return the offers of a need."""
        there = self._postings.get(code)
        if there is None:
            there = Postings(self.facets, self._joint, self.register)
            for offer in self._by_need.get(code, {}).values():
                there.add(offer, self._classes(offer))
            self._postings[code] = there
        return there

    def add(self, offer: Offer) -> None:
        """Add an offer under each of its needs that has postings."""
        known = [self._postings[code] for code in offer.needs if code in self._postings]
        classes = self._classes(offer) if known else {}
        for there in known:
            there.add(offer, classes)

    def remove(self, offer: Offer) -> None:
        """Take an offer away."""
        for code in offer.needs:
            if code in self._postings:
                self._postings[code].remove(offer)
        self.register.remove(offer.id)

    def confirmed_after(self, need: Need, request: Request) -> list[str]:
        """Return the ids of the need's offers that say they were confirmed after the request's day."""
        return self.postings(need.code).confirmed_after(local_day(request.on).toordinal())

    def bounds(self, need: Need, request: Request, judges: list[Remembering]) -> Bounds:
        """Return the rows that may fit and, for each, points in thousandths that its score is not above. `judges` are all the need's that remember."""
        return _bounds(self.postings(need.code), need, request, judges)

    def bounded(self, need: Need, found: Bounds, wish: Wish | None = None) -> Iterator[tuple[int, list[tuple[int, Offer]]]]:
        """Yield (bound, rows and their offers) of what `bounds` returned, the highest bound first; with a wish, only offers that grant it."""
        there = self.postings(need.code)
        rows, bounds = found if wish is None else there.granting(wish, *found)
        while len(rows):
            cut = int(np.partition(bounds, len(bounds) - _TOP)[len(bounds) - _TOP]) if len(rows) > _TOP else None
            head = slice(None) if cut is None else np.flatnonzero(bounds >= cut)
            now, level = rows[head], bounds[head]
            order = np.argsort(-level, kind="stable")
            for bound, group in groupby(zip(level[order].tolist(), now[order].tolist(), strict=True), itemgetter(0)):
                yield bound, [(r, o) for _, r in group if (o := there.offers[r]) is not None]
            if cut is None:
                return
            rest = np.flatnonzero(bounds < cut)
            rows, bounds = rows[rest], bounds[rest]


def _share(requirement: Requirement, fit: float, shares: float) -> int:
    return thousandths(_ROWS["requirement"], met("", fit, share=requirement.strength), shares)


@lru_cache(maxsize=4096)
def _asked_hours(requirement: Requirement) -> np.ndarray:
    return np.array(hours_of([(max(a, 0), min(b, WEEK)) for a, b in windows(requirement) if b > 0 and a < WEEK]), np.uint64)


def _bounds(there: Postings, need: Need, request: Request, judges: list[Remembering]) -> Bounds:
    """Return the rows that may fit and, for each, points that its score is not above; each int arrays of the same length."""
    home = None if request.home is None else unit(request.home.latitude, request.home.longitude)
    of_day: list[Remembering] = []
    others: list[Remembering] = []
    for judge in judges:
        seat = judge.seat
        name = seat.criterion.name
        if name not in _BY_ARRAYS and seat.reads != "sessions" and (seat.criterion.rules_out or seat.criterion.weight):
            (of_day if name in _OF_A_DAY else others).append(judge)
    found = there.hopeful(there.sheet(of_day), others, request, home)
    wanted = eligibility.requirements_of(need, request)
    shares = sum(r.strength for r in wanted) or 1.0
    for r in wanted:
        if r.what in ("time", "not_time"):
            most, least = (_share(r, fit, shares) for fit in (1.0, 0.0))
            hit = (there.hours[found.rows] & _asked_hours(r)).any(axis=1) if r.what == "time" else np.ones(len(found.rows), bool)
            found = found._replace(points=found.points + np.where(hit, most, least))
            if r.must:
                found = found.only(hit)
    if need.within != "whenever":
        found = found._replace(points=found.points + thousandths(_ROWS["soon"], met(""), 1.0))
    return _with_distance(found, home is not None, [r for r in wanted if r.what == "travel"], shares)


def _with_distance(found: Hopeful, at_home: bool, journeys: list[Requirement], shares: float) -> Bounds:
    """Return rows and bounds with what the distance gives: never less than the judge does, for the chord is shorter than the way over the ground."""
    rows, bounds, cosine, here = found
    near = _NEAR_BY_PLACE.take(here)
    placed = here == 1
    km = np.zeros(len(rows))
    if at_home:
        km = (EARTH_KM * DETOUR) * np.sqrt(np.maximum(2.0 - 2.0 * cosine, 0.0))
        near = np.where(placed, _NEAR_BY_STEP.take((km * _STEPS_A_KM).astype(np.int64), mode="clip"), near)
    bounds = bounds + near
    for r in journeys:
        most, least = (_share(r, fit, shares) for fit in (1.0, 0.0))
        per_km, before = SPEEDS[r.by]
        reachable = placed if at_home else np.zeros(len(rows), bool)
        far = reachable & (km > EDGE_KM) & (before + per_km * km > r.minutes + SPARE_MINUTES)
        bounds = bounds + np.where(far, least, np.where(reachable | (here == 2), most, 0))
        if r.must:
            keep = ~far
            rows, bounds, km, here, placed = rows[keep], bounds[keep], km[keep], here[keep], placed[keep]
    return rows, bounds
