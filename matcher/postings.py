"""Postings: the offers of one need in arrays, and which of them none of some judges leaves out, without looking at one by itself."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from matcher import eligibility
from matcher.alike import OUT, Facet, Table
from matcher.choosing import Wish
from matcher.joint import WHO, Joint
from matcher.records import Offer, Request
from matcher.register import Register
from matcher.schedules import DAY, any_time
from matcher.seats import Remembering
from matcher.travel import EARTH_KM, NOT_A_JOURNEY

SURE_KM = 1e-5  # more than two ways to reckon a distance differ by, half way round the earth too
EDGE_KM = 0.001  # nearer than this to the edge of an area, only the judge can tell
NEVER, ALWAYS = 2.0, -2.0  # cosines that no angle reaches, from above and from below
SHEETS = 8
STRIP_KM = 50.0  # areas up to this radius are found by how far north they lie, at most; judgement, November 2026
_HOURS = 7 * 24


def hours_of(spans: list[tuple[int, int]]) -> list[int]:
    """Return three 64-bit words with a bit for each hour of the week that the spans, in minutes of the week, touch."""
    bits = 0
    for start, end in spans:
        for hour in range(start // 60, -(-end // 60)):
            bits |= 1 << (hour % _HOURS)
    return [(bits >> shift) & (2**64 - 1) for shift in (0, 64, 128)]


def _offer_hours(offer: Offer) -> list[int]:
    if any_time(offer) or not offer.sessions:
        return [2**64 - 1] * 3
    return hours_of([(d * DAY + s.starts, d * DAY + s.starts + ((s.ends - s.starts) % DAY or DAY)) for s in offer.sessions for d in s.days])


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
        self.point = there.point.take(self.rows, axis=0)
        # Row, points, where it is and joint class: what is asked of every row is cut out together.
        self.columns = np.stack([self.rows, every.take(self.rows), there.here.take(self.rows), there.codes[there.joint.name].take(self.rows)]).astype(np.int32)
        # No area that is not far reaches farther north or south than this; an angle.
        self._width = math.acos(max(-1.0, float(self.reach[self.far :].min(initial=1.0)))) + 1e-9
        self._height = np.ascontiguousarray(self.point[self.far :, 2])
        self._there, self._codes = there, dict[str, np.ndarray]()

    def strip(self, home: np.ndarray | None) -> tuple[slice, slice]:
        """Return two runs of rows, between them all whose area may reach the home: those that reach far, and those that lie about as far north."""
        if home is None:
            return slice(self.far), slice(self.far, len(self.rows))
        north = math.asin(max(-1.0, min(1.0, float(home[2]))))
        least, most = (math.sin(max(-math.pi / 2, min(math.pi / 2, north + way * self._width))) for way in (-1, 1))
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

    def __init__(self, facets: dict[str, Facet], joint: Joint, register: Register) -> None:
        self.facets, self.joint, self.register = facets, joint, register
        self._size = 0
        self._free: list[int] = []
        self.offers: list[Offer | None] = []
        self._row: dict[str, int] = {}
        self._by_outcode: dict[str, dict[int, None]] = {}
        self._by_postcode: dict[int, None] = {}
        self._sheets: dict[tuple[Table, ...], Sheet] = {}
        self.codes = {name: np.zeros(16, np.int32) for name in (*facets, joint.name)}
        self.point = np.zeros((16, 3))
        self.reach = np.full(16, NEVER)  # the cosine from which the area may reach a home
        self.surely = np.full(16, NEVER)  # and that from which it does
        self.here = np.zeros(16, np.int8)  # 0: not known or withheld; 1: at its place; 2: nowhere to go
        self.covers = np.full(16, -1.0)  # kilometres round its place; -1 where its area is something else, or its place is not known
        self.confirmed = np.zeros(16, np.int32)
        self.slots = np.zeros(16, np.int64)  # in the register
        self._latest = 0  # no offer was confirmed after this day, an ordinal
        self.hours = np.zeros((16, 3), np.uint64)

    def _grow(self) -> None:
        room = 2 * len(self.reach)
        for name, column in self.codes.items():
            self.codes[name] = np.resize(column, room)
        for name in ("point", "here", "covers", "confirmed", "slots", "hours"):
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
        self.reach[row], self.covers[row] = ALWAYS, -1.0
        self.surely[row] = ALWAYS if kind == "anywhere" else NEVER
        if kind == "postcodes":
            self.reach[row] = NEVER
            self._by_postcode[row] = None
            for prefix in detail:
                self._by_outcode.setdefault(eligibility.area_of(prefix)[0] or "", {})[row] = None
        elif kind == "radius" and known:
            self.covers[row] = detail
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

    def covering(self, rows: np.ndarray, home: np.ndarray | None) -> np.ndarray:
        """Return for some rows 1 where the area reaches the home without a doubt, -1 where it does not without a doubt, and 0 where the judge is to tell; int8."""
        most, least = self.surely[rows], self.reach[rows]
        cosine = np.full(len(rows), math.nan) if home is None else self.point[rows] @ home
        reaches, fails = (most == ALWAYS) | (cosine >= most), (least < NEVER) & (cosine < least)
        return reaches.astype(np.int8) - fails

    def km_away(self, rows: np.ndarray, home: np.ndarray | None) -> np.ndarray:
        """Return how many kilometres lie between the home and the place of each of some rows. NaN where no place or home is known, and where `too_far_away`
        might say something else for a distance reckoned in another way.
        """
        if home is None:
            return np.full(len(rows), math.nan)
        chord = np.sqrt(((self.point[rows] - home) ** 2).sum(axis=1))
        km = 2 * EARTH_KM * np.arcsin(np.minimum(chord / 2, 1.0))
        twentieths = 20 * km
        told = np.abs(twentieths - np.rint(twentieths)) > 20 * SURE_KM
        return np.where(told & (self.covers[rows] >= 0), km, math.nan)

    def sheet(self, judges: list[Remembering]) -> Sheet:
        """Return what some judges find on every row; kept until an offer comes or goes."""
        key = tuple(judge.table for judge in judges)
        sheet = self._sheets.get(key)
        if sheet is None:
            points = np.zeros(self._size, np.int32)
            for judge in judges:
                points += judge.points(self.codes[judge.facet.name][: self._size])
            if len(self._sheets) >= SHEETS:
                self._sheets.clear()
            sheet = self._sheets[key] = Sheet(self, points)
        return sheet

    def hopeful(self, sheet: Sheet, judges: list[Remembering], request: Request, home: np.ndarray | None) -> Hopeful:
        """Return the rows of a sheet whose area may reach the home and that none of some more judges, each reading a facet, leaves out."""
        found = self._of_sheet(sheet, judges, home)
        outcode = eligibility.area_of(request.postcode)[0]
        named = self._by_postcode if outcode is None else self._by_outcode.get(outcode, {})
        if not named:
            return found
        rows = np.fromiter(named, np.int64, len(named))
        points = sum((judge.points(self.codes[judge.facet.name].take(rows)) for judge in judges), sheet.every.take(rows))
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

    def _of_sheet(self, sheet: Sheet, judges: list[Remembering], home: np.ndarray | None) -> Hopeful:
        far, near = sheet.strip(home)

        def cut(column: np.ndarray) -> np.ndarray:
            return np.concatenate((column[..., far], column[..., near]), axis=-1)

        rows, points, here, who = cut(sheet.columns)
        points += self.joint.points([judge for judge in judges if judge.facet.name in WHO]).take(who)
        for judge in judges:
            if judge.facet.name not in WHO:
                points += judge.points(cut(sheet.codes(judge.facet.name)))
        if home is None:
            stays, cosine = points > OUT // 2, np.zeros(len(points))
        else:
            cosine = np.concatenate((sheet.point[far] @ home, sheet.point[near] @ home))
            stays = (points > OUT // 2) & (cosine >= cut(sheet.reach))
        at = np.flatnonzero(stays)
        return Hopeful(rows.take(at), points.take(at), cosine.take(at), here.take(at))


def unit(latitude: float, longitude: float) -> np.ndarray:
    """Return the unit vector, shape (3,), of a point in degrees."""
    a, b = math.radians(latitude), math.radians(longitude)
    return np.array([math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a)])
