"""The index: which offers could still be among the best, by a bound that no score is above. The judging itself stays in `assessment`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from matcher import eligibility
from matcher.alike import OUT, Facet, facets
from matcher.choosing import Wish
from matcher.findings import met
from matcher.policy import CRITERIA, ONE, thousandths
from matcher.records import Need, Offer, Request, Requirement
from matcher.register import Register
from matcher.schedules import DAY, WEEK, any_time, local_day, windows
from matcher.seats import Seat
from matcher.travel import DETOUR, EARTH_KM, NOT_A_JOURNEY, SPEEDS

SLACK = 1  # thousandths: the bound's own rounding of a distance
SPARE_MINUTES = 1e-3  # more than a cosine's rounding makes of a journey above EDGE_KM
EDGE_KM = 0.001  # nearer than this to the edge of an area, only the judge can tell
NEVER, ALWAYS = 2.0, -2.0  # cosines that no angle reaches, from above and from below
_ROWS = {c.name: c for c in CRITERIA}
_BY_ARRAYS = ("area", "near", "soon")  # bounded by arrays here, and so judged only where it matters
_OF_A_DAY = frozenset({"need", "authorised", "who_may_refer", "open", "confirmed", "availability", "freshness", "standing"})  # the same for all who ask on a day
SHEETS = 8
STRIP_KM = 50.0  # areas up to this radius are found by how far north they lie; judgement, November 2026
_STEPS_A_KM = 50
_FARTHEST_KM = 60  # from here on nearness gives the same to the thousandth
_NEAR_BY_PLACE = np.array([0, 0, round(ONE * _ROWS["near"].weight * 0.5)], np.int32)  # by `Postings.here`
# The most that nearness gives from each fiftieth of a kilometre on.
_NEAR_BY_STEP = np.rint(ONE * _ROWS["near"].weight * (np.exp(-np.arange(_FARTHEST_KM * _STEPS_A_KM) / _STEPS_A_KM / 4) - 0.5)).astype(np.int32) + SLACK
_HOURS = 7 * 24
_TOP = 48  # how many rows are put in order at a time


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


class Sheet:
    """The rows that the judges who ask the same of every family leave in, in columns: first those that reach far, then the others from south to north."""

    def __init__(self, there: Postings, every: np.ndarray) -> None:
        self.every = every  # the points of all rows, those left out too
        size = len(every)
        rows = np.flatnonzero((every > OUT // 2) & (there.reach[:size] < NEVER))
        reach, height = there.reach.take(rows), there.point[:, 2].take(rows)
        near = reach > math.cos(STRIP_KM / EARTH_KM)
        order = np.lexsort((height, near))
        self.rows, self.reach, self.far = rows.take(order), reach.take(order), len(rows) - int(near.sum())
        self.points, self.point, self.here = every.take(self.rows), there.point.take(self.rows, axis=0), there.here.take(self.rows)
        self._height = np.ascontiguousarray(self.point[self.far :, 2])
        self._there, self._codes = there, dict[str, np.ndarray]()

    def strip(self, home: np.ndarray | None) -> tuple[slice, slice]:
        """Return two runs of rows, between them all whose area may reach the home: those that reach far, and those that lie about as far north."""
        if home is None:
            return slice(self.far), slice(self.far, len(self.rows))
        north = math.asin(max(-1.0, min(1.0, float(home[2]))))
        least, most = (math.sin(max(-math.pi / 2, min(math.pi / 2, north + way * STRIP_KM / EARTH_KM))) for way in (-1, 1))
        low, high = self._height.searchsorted((least - 1e-9, most + 1e-9)).tolist()
        return slice(self.far), slice(self.far + low, self.far + high)

    def codes(self, name: str) -> np.ndarray:
        """Return the classes of the rows in a facet."""
        codes = self._codes.get(name)
        if codes is None:
            codes = self._codes[name] = self._there.codes[name].take(self.rows)
        return codes


class Hopeful(NamedTuple):
    """Rows that may fit, the points they have so far, the cosine of the angle between each and the home (0 where no home is known), and `Postings.here` of each."""

    rows: np.ndarray
    points: np.ndarray
    cosine: np.ndarray
    here: np.ndarray

    def only(self, which: np.ndarray) -> Hopeful:
        """Return some of them, by place or by truth."""
        return Hopeful(*(column[which] for column in self))


Bounds = tuple[np.ndarray, np.ndarray]


class Postings:
    """The offers of one need code, a row each, in arrays. A row that is taken away is used again by the next that comes."""

    def __init__(self, facets: dict[str, Facet], register: Register) -> None:
        self.facets, self.register = facets, register
        self._size = 0
        self._free: list[int] = []
        self.offers: list[Offer | None] = []
        self._row: dict[str, int] = {}
        self._by_outcode: dict[str, dict[int, None]] = {}
        self._by_postcode: dict[int, None] = {}
        self._sheets: dict[Any, Sheet] = {}
        self.codes = {name: np.zeros(16, np.int32) for name in facets}
        self.point = np.zeros((16, 3))
        self.reach = np.full(16, NEVER)  # the cosine from which the area may reach a home
        self.surely = np.full(16, NEVER)  # and that from which it does
        self.here = np.zeros(16, np.int8)  # 0: not known or withheld; 1: at its place; 2: nowhere to go
        self.confirmed = np.zeros(16, np.int32)
        self.slots = np.zeros(16, np.int64)  # in the register
        self._latest = 0  # no offer was confirmed after this day, an ordinal
        self.hours = np.zeros((16, 3), np.uint64)

    def _grow(self) -> None:
        room = 2 * len(self.reach)
        for name, column in self.codes.items():
            self.codes[name] = np.resize(column, room)
        for name in ("point", "here", "confirmed", "slots", "hours"):
            column = getattr(self, name)
            setattr(self, name, np.concatenate([column, np.zeros_like(column)]))
        self.reach = np.concatenate([self.reach, np.full(len(self.reach), NEVER)])
        self.surely = np.concatenate([self.surely, np.full(len(self.surely), NEVER)])

    def add(self, offer: Offer, classes: dict[str, int]) -> None:
        """Put an offer in a row."""
        self._sheets.clear()
        if self._free:
            row = self._free.pop()
            self.offers[row] = offer
        else:
            row = self._size
            if row == len(self.reach):
                self._grow()
            self._size += 1
            self.offers.append(offer)
        self._row[offer.id], self.slots[row] = row, self.register.add(offer)
        for name, number in classes.items():
            self.codes[name][row] = number
        known = offer.place is not None and not offer.place_withheld
        self.here[row] = 2 if set(offer.modes) & NOT_A_JOURNEY else 1 if known else 0
        if known and offer.place is not None:
            self.point[row] = unit(offer.place.latitude, offer.place.longitude)
        kind, detail = offer.area
        self.reach[row] = ALWAYS
        self.surely[row] = ALWAYS if kind == "anywhere" else NEVER
        if kind == "postcodes":
            self.reach[row] = NEVER
            self._by_postcode[row] = None
            for prefix in detail:
                self._by_outcode.setdefault(eligibility.area_of(prefix)[0] or "", {})[row] = None
        elif kind == "radius" and known:
            self.reach[row] = math.cos(min(math.pi, (detail + EDGE_KM) / EARTH_KM)) - 1e-12
            self.surely[row] = math.cos(min(math.pi, max(0.0, detail - EDGE_KM) / EARTH_KM)) + 1e-12
        self.confirmed[row] = offer.confirmed_on.toordinal() if offer.confirmed_on else 0
        self._latest = max(self._latest, int(self.confirmed[row]))
        self.hours[row] = _offer_hours(offer)

    def remove(self, offer: Offer) -> None:
        """Empty an offer's row."""
        self._sheets.clear()
        row = self._row.pop(offer.id)
        self.reach[row], self.confirmed[row], self.offers[row] = NEVER, 0, None
        if offer.area[0] == "postcodes":
            self._by_postcode.pop(row)
            for prefix in offer.area[1]:
                self._by_outcode[eligibility.area_of(prefix)[0] or ""].pop(row, None)
        self._free.append(row)

    def confirmed_after(self, day: int) -> list[str]:
        """Return the ids of the offers that were confirmed after a day (an ordinal)."""
        if self._latest <= day:
            return []
        late = np.flatnonzero(self.confirmed[: self._size] > day)
        return sorted(o.id for r in late if (o := self.offers[r]) is not None)

    def rows(self) -> np.ndarray:
        """Return the rows that hold an offer."""
        held = np.ones(self._size, bool)
        held[self._free] = False
        return np.flatnonzero(held)

    def surely_covering(self, rows: np.ndarray, home: np.ndarray | None) -> np.ndarray:
        """Return which of some rows have an area that reaches the home without a doubt."""
        least = self.surely[rows]
        return least == ALWAYS if home is None else (least == ALWAYS) | (self.point[rows] @ home >= least)

    def sheet(self, judges: list[Seat]) -> Sheet:
        """Return what some judges find on every row; kept until an offer comes or goes."""
        key = tuple(seat.asked for seat in judges)
        sheet = self._sheets.get(key)
        if sheet is None:
            points = np.zeros(self._size, np.int32)
            for seat in judges:
                points += self.points(seat, slice(self._size))
            if len(self._sheets) >= SHEETS:
                self._sheets.clear()
            sheet = self._sheets[key] = Sheet(self, points)
        return sheet

    def points(self, seat: Seat, rows: np.ndarray | slice) -> np.ndarray:
        """Return what a judge that reads a facet finds on some rows, in thousandths."""
        return self._found(seat, self.codes[seat.reads or "nothing"][rows])

    def _found(self, seat: Seat, codes: np.ndarray) -> np.ndarray:
        facet = self.facets[seat.reads or "nothing"]
        return facet.table(seat.asked).points(codes, facet, seat.judge)

    def hopeful(self, sheet: Sheet, judges: list[Seat], request: Request, home: np.ndarray | None) -> Hopeful:
        """Return the rows of a sheet whose area may reach the home and that none of some more judges, each reading a facet, leaves out."""
        found = self._of_sheet(sheet, judges, home)
        outcode = eligibility.area_of(request.postcode)[0]
        named = self._by_postcode if outcode is None else self._by_outcode.get(outcode, {})
        if not named:
            return found
        rows = np.fromiter(named, np.int64, len(named))
        points = sum((self.points(seat, rows) for seat in judges), sheet.every.take(rows))
        cosine = np.zeros(len(rows)) if home is None else self.point.take(rows, axis=0) @ home
        more = Hopeful(rows, points, cosine, self.here.take(rows)).only(np.flatnonzero(points > OUT // 2))
        return Hopeful(*(np.concatenate(columns) for columns in zip(found, more, strict=True)))

    def granting(self, wish: Wish, rows: np.ndarray, bounds: np.ndarray) -> Bounds:
        """Return those of some rows whose offers grant a wish, with their bounds."""
        facet = self.facets["features"]
        codes = self.codes["features"].take(rows)
        kinds, which = np.unique(codes, return_inverse=True)
        at = np.flatnonzero(np.array([wish.grants(facet.first[kind]) for kind in kinds.tolist()], bool)[which])
        return rows.take(at), bounds.take(at)

    def _of_sheet(self, sheet: Sheet, judges: list[Seat], home: np.ndarray | None) -> Hopeful:
        far, near = sheet.strip(home)

        def cut(column: np.ndarray) -> np.ndarray:
            return np.concatenate((column[far], column[near]))

        points = cut(sheet.points)
        for seat in judges:
            points += self._found(seat, cut(sheet.codes(seat.reads or "nothing")))
        if home is None:
            stays, cosine = points > OUT // 2, np.zeros(len(points))
        else:
            cosine = np.concatenate((sheet.point[far] @ home, sheet.point[near] @ home))
            stays = (points > OUT // 2) & (cosine >= cut(sheet.reach))
        at = np.flatnonzero(stays)
        return Hopeful(cut(sheet.rows).take(at), points.take(at), cosine.take(at), cut(sheet.here).take(at))


def unit(latitude: float, longitude: float) -> np.ndarray:
    """Return the unit vector, shape (3,), of a point in degrees."""
    a, b = math.radians(latitude), math.radians(longitude)
    return np.array([math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a)])


class Index:
    """Postings by need code, with facets that all of them share. Offers come and go one at a time; nothing else is touched.

    The postings of a need are made from `by_need` when they are first asked for, or all together by `build`.
    """

    def __init__(self, by_need: dict[str, dict[str, Offer]]) -> None:
        self._by_need = by_need
        self.facets, self.register = facets(), Register()
        self._postings: dict[str, Postings] = {}

    def _classes(self, offer: Offer) -> dict[str, int]:
        return {name: facet.number(offer) for name, facet in self.facets.items()}

    def build(self) -> None:
        """Make the postings of every need that has none."""
        missing = {code: Postings(self.facets, self.register) for code in self._by_need if code not in self._postings}
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
            there = Postings(self.facets, self.register)
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

    def bounds(self, need: Need, request: Request, judges: list[Seat]) -> Bounds:
        """Return the rows that may fit and, for each, points in thousandths that its score is not above. `judges` are the need's seats."""
        return _bounds(self.postings(need.code), need, request, judges)

    def bounded(self, need: Need, found: Bounds, wish: Wish | None = None) -> Iterator[tuple[int, list[tuple[int, Offer]]]]:
        """Yield (bound, rows and their offers) of what `bounds` returned, the highest bound first; with a wish, only offers that grant it."""
        there = self.postings(need.code)
        rows, bounds = found if wish is None else there.granting(wish, *found)
        while len(rows):
            if len(rows) > _TOP:
                cut = np.partition(bounds, len(bounds) - _TOP)[len(bounds) - _TOP]
                now = bounds >= cut
                head, level = rows[now], bounds[now]
                rows, bounds = rows[~now], bounds[~now]
            else:
                head, level = rows, bounds
                rows = rows[:0]
            order = np.argsort(-level, kind="stable")
            for bound, group in groupby(zip(level[order].tolist(), head[order].tolist(), strict=True), itemgetter(0)):
                yield bound, [(r, o) for _, r in group if (o := there.offers[r]) is not None]


def _share(requirement: Requirement, fit: float, shares: float) -> int:
    return thousandths(_ROWS["requirement"], met("", fit, share=requirement.strength), shares)


@lru_cache(maxsize=4096)
def _asked_hours(requirement: Requirement) -> np.ndarray:
    return np.array(_hours([(max(a, 0), min(b, WEEK)) for a, b in windows(requirement) if b > 0 and a < WEEK]), np.uint64)


def _bounds(there: Postings, need: Need, request: Request, judges: list[Seat]) -> Bounds:
    """Return the rows that may fit and, for each, points that its score is not above; each int arrays of the same length."""
    home = None if request.home is None else unit(request.home.latitude, request.home.longitude)
    asked = [seat for seat in judges if seat.criterion.name not in _BY_ARRAYS and seat.reads not in (None, "sessions") and (seat.criterion.rules_out or seat.criterion.weight)]
    sheet = there.sheet([seat for seat in asked if seat.criterion.name in _OF_A_DAY])
    found = there.hopeful(sheet, [seat for seat in asked if seat.criterion.name not in _OF_A_DAY], request, home)
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
