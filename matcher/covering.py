"""Covering: which offers meet the most needs with the fewest organisations, then the least burden, then the best scores. Hours are not looked at.

Every subset of the needs is priced: first by one offer, then by the offers of one organisation, then by organisations together.
One organisation is never taken twice: taking it once for both subsets costs no more and is one organisation fewer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from matcher.judging import Fitting
from matcher.records import Need, Offer, Request
from matcher.travel import DETOUR, EARTH_KM, NOT_A_JOURNEY, SPEEDS, distance_km, minutes

Step = tuple[int, int]  # an offer's row and the needs it meets, as bits
Key = tuple[int, int, int]  # minus the needs covered, the organisations, and burden and scores in one number
Whole = npt.NDArray[np.int64]
LONGEST_WAIT_WEEKS = 5200  # a wait of a hundred years is no longer told apart from a longer one; judgement, November 2026
TENTH = 1 << 14  # a tenth of burden outweighs every score: ten needs give at most 10,000 thousandths
NEVER = 1 << 56
FEW = 64  # below this many, one by one is as quick
PAYABLE = NEVER >> 1  # a price below this is one that can be paid


@dataclass(frozen=True)
class Rules:
    """What a plan must keep to: offers that do not meet a need, and needs that one and the same offer meets, or none."""

    bans: frozenset[tuple[int, frozenset[int]]] = frozenset()
    pairs: frozenset[tuple[int, int]] = frozenset()

    def without(self, need: int, rows: frozenset[int]) -> Rules:
        """Return these rules with some offers not to meet a need."""
        return replace(self, bans=self.bans | {(need, rows)})

    def together(self, a: int, b: int) -> Rules:
        """Return these rules with two needs to be met by one offer, or left."""
        return replace(self, pairs=self.pairs | {(min(a, b), max(a, b))})


def burden_of(offer: Offer, request: Request) -> int:
    """Return the travel minutes on foot and the waiting weeks of one offer, in tenths."""
    km = distance_km(request, offer)
    waiting = (offer.waiting_weeks or 0) if offer.availability == "waiting" else 0
    return round(10 * (minutes(km or 0.0, "walk") + min(waiting, LONGEST_WAIT_WEEKS)))


def _burdens(offers: list[Offer], request: Request) -> list[int]:
    """Return the burdens of many offers at once. Equal to `burden_of` for each."""
    if len(offers) < FEW or request.home is None:
        return [burden_of(o, request) for o in offers]
    at_home, journey = request.home, NOT_A_JOURNEY.isdisjoint
    to_go = [at if (at := o.place) is not None and not o.place_withheld and journey(o.modes) else at_home for o in offers]
    latitude, longitude = np.radians([at.latitude for at in to_go]), np.radians([at.longitude for at in to_go])
    home = math.radians(request.home.latitude), math.radians(request.home.longitude)
    bulge = np.sin((latitude - home[0]) / 2) ** 2 + math.cos(home[0]) * np.cos(latitude) * np.sin((longitude - home[1]) / 2) ** 2
    km = 2 * EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(bulge))) * DETOUR
    waits = np.minimum([o.waiting_weeks or 0 if o.availability == "waiting" else 0 for o in offers], LONGEST_WAIT_WEEKS)
    per_km, before = SPEEDS["walk"]
    found: list[int] = np.rint(10 * (np.where(km > 0, before, 0.0) + per_km * km + waits)).astype(np.int64).tolist()
    return found


@lru_cache(maxsize=1024)
def _splits(mask: int) -> tuple[int, ...]:
    """Return the parts of a set of needs that hold its lowest need and are not the whole, so that each split comes once."""
    low = mask & -mask
    rest = mask ^ low
    found, part = [], (rest - 1) & rest
    while rest:
        found.append(part | low)
        if part == 0:
            break
        part = (part - 1) & rest
    return tuple(found)


class Cover:
    """The offers that fit. Each is priced when a plan with the fewest organisations might use it, once for all the rules that are tried."""

    def __init__(self, fitting: dict[str, list[Fitting]], needs: tuple[Need, ...], request: Request) -> None:
        self.request = request
        number: dict[str, int] = {}
        offers: list[Offer] = []
        meeting: list[list[int]] = []
        for need in needs:
            found = [f.offer for f in fitting.get(need.id, ())]
            before = len(number)
            meeting.append([number.setdefault(offer.id, len(number)) for offer in found])
            offers += [offer for offer, n in zip(found, meeting[-1], strict=True) if n >= before]
        names: dict[str, int] = {}
        organisation = np.array([names.setdefault(offer.organisation, len(names)) for offer in offers], dtype=np.int64)
        order = np.argsort(organisation, kind="stable")
        row_of = np.empty_like(order)
        row_of[order] = np.arange(len(order))
        self.offers = [offers[n] for n in order.tolist()]
        self.masks = range(1, 1 << len(needs))
        self._serves = np.zeros(len(offers), dtype=np.int64)
        self._scores = np.zeros((len(needs), len(offers)), dtype=np.int64)
        for n, need in enumerate(needs):
            rows = row_of[np.array(meeting[n], dtype=np.int64)]
            self._serves[rows] |= 1 << n
            self._scores[n, rows] = [f.score for f in fitting.get(need.id, ())]
        self._organisation = organisation[order]
        self._burdens: dict[int, int] = {}
        self._priced: dict[bytes, Whole] = {}

    def rows_for(self, need: int) -> list[int]:
        """Return the rows of the offers that fit a need."""
        return [int(row) for row in np.flatnonzero(self._serves >> need & 1)]

    def burdens(self, rows: list[int]) -> list[int]:
        """Return the burdens of some offers, in tenths."""
        new = [row for row in rows if row not in self._burdens]
        if new:
            self._burdens |= zip(new, _burdens([self.offers[row] for row in new], self.request), strict=True)
        return [self._burdens[row] for row in rows]

    def priced(self, rows: npt.NDArray[np.intp]) -> Whole:
        """Return what each offer asks for each subset of the needs: its burden, less its scores. It holds only for needs that it may meet."""
        known = self._priced.get(rows.tobytes())
        if known is not None:
            return known
        price = np.empty((self.masks.stop, len(rows)), dtype=np.int64)
        price[0] = np.array(self.burdens(rows.tolist()), dtype=np.int64) * TENTH
        worth = self._scores[:, rows]
        for mask in self.masks:
            low = mask & -mask
            np.subtract(price[mask ^ low], worth[low.bit_length() - 1], out=price[mask])
        self._priced[rows.tobytes()] = price
        return price

    def score(self, row: int, need: int) -> int:
        """Return the score of an offer for a need, in thousandths."""
        return int(self._scores[need, row])

    def best(self, rules: Rules) -> tuple[Key, list[Step]]:
        """Return the best cover under the rules, and its steps."""
        if not self.offers:
            return (0, 0, 0), []
        serves = self._under(rules)
        allowed = [m for m in self.masks if all((m >> a & 1) == (m >> b & 1) for a, b in rules.pairs)]
        rows = self._useful(serves, allowed)
        return _Priced(self, rows, serves[rows], self._organisation[rows], allowed).best() if len(rows) else ((0, 0, 0), [])

    def _under(self, rules: Rules) -> Whole:
        """Return the needs that each offer may meet: one that meets only one of two joined needs meets neither."""
        serves = self._serves.copy()
        for need, rows in rules.bans:
            serves[list(rows)] &= ~(1 << need)
        for _ in rules.pairs:  # what one pair takes away may take from another
            for a, b in rules.pairs:
                serves[(serves >> a & 1) != (serves >> b & 1)] &= ~(1 << a | 1 << b)
        return serves

    def _useful(self, serves: Whole, allowed: list[int]) -> npt.NDArray[np.intp]:
        """Return the rows of the organisations that could be in a plan which covers the most needs with the fewest of them."""
        starts = np.flatnonzero(np.r_[True, self._organisation[1:] != self._organisation[:-1]])
        whole = np.bitwise_or.reduceat(serves, starts)
        size = self.masks.stop
        able = np.zeros(size, dtype=bool)
        able[whole] = True
        for bit in range(size.bit_length() - 1):
            cube = able.reshape(-1, 2, 1 << bit)
            cube[:, 0] |= cube[:, 1]
        alone = [m for m in allowed if able[m]]
        by_lowest: dict[int, list[int]] = {}
        for mask in alone:
            by_lowest.setdefault(mask & -mask, []).append(mask)
        fewest = {0: 0}
        for mask in allowed:
            ways = [fewest[mask ^ part] for part in by_lowest.get(mask & -mask, ()) if part & ~mask == 0 and mask ^ part in fewest]
            if ways:
                fewest[mask] = 1 + min(ways)
        covered, organisations = min((-m.bit_count(), n) for m, n in fewest.items())
        ends = [m for m, n in fewest.items() if (-m.bit_count(), n) == (covered, organisations) and m]
        parts = [p for p in alone if any(p & ~end == 0 and fewest.get(end ^ p) == organisations - 1 for end in ends)]
        wanted = np.zeros(size, dtype=bool)
        wanted[parts] = True
        for bit in range(size.bit_length() - 1):
            cube = wanted.reshape(-1, 2, 1 << bit)
            cube[:, 1] |= cube[:, 0]
        return np.flatnonzero(np.repeat(wanted[whole], np.diff(np.r_[starts, len(serves)])))


class _Priced:
    """Offers of some organisations, priced for every subset of the needs."""

    def __init__(self, cover: Cover, rows: npt.NDArray[np.intp], serves: Whole, organisation: Whole, allowed: list[int]) -> None:
        self.rows, self.serves, self.allowed, self.masks = [int(r) for r in rows], serves, set(allowed), cover.masks
        self.price = cover.priced(rows)
        self.starts = np.flatnonzero(np.r_[True, organisation[1:] != organisation[:-1]])
        self.ends = np.r_[self.starts[1:], len(rows)]

    def best(self) -> tuple[Key, list[Step]]:
        """Return the best cover, and its steps."""
        within = self._within()
        cheapest = {mask: int(prices.argmin()) for mask, prices in within.items()}
        price = {mask: p for mask, organisation in cheapest.items() if (p := int(within[mask][organisation])) < PAYABLE}
        table: dict[int, tuple[int, int, int]] = {0: (0, 0, 0)}  # organisations, price, and the last part
        for mask in self.masks:
            ways = [(1, price[mask], mask)] if mask in price else []
            for part in _splits(mask):
                if part in price and mask ^ part in table:
                    fewer, paid, _ = table[mask ^ part]
                    ways.append((1 + fewer, price[part] + paid, part))
            if ways:
                table[mask] = min(ways)
        best = min(table, key=lambda m: (-m.bit_count(), table[m][:2], m))
        steps: list[Step] = []
        mask = best
        while mask:
            part = table[mask][2]
            steps += self._steps(cheapest[part], part, within)
            mask ^= part
        return (-best.bit_count(), table[best][0], table[best][1]), steps

    def _within(self) -> dict[int, Whole]:
        """Return, for each subset of needs that one organisation can meet, what each organisation asks for it."""
        single: dict[int, Whole] = {}
        for mask in self.allowed:
            fits = (self.serves & mask) == mask
            if fits.any():
                single[mask] = np.minimum.reduceat(np.where(fits, self.price[mask], NEVER), self.starts)
        several = np.flatnonzero(self.ends - self.starts > 1)
        if len(several) == 0:
            return single
        within = {mask: prices[several] for mask, prices in single.items()}
        for mask in self.masks:
            for part in _splits(mask):
                if part in within and mask ^ part in within:
                    both = within[part] + within[mask ^ part]
                    within[mask] = np.minimum(within[mask], both) if mask in within else both
        for mask, prices in within.items():
            if mask not in single:
                single[mask] = np.full(len(self.starts), NEVER, dtype=np.int64)
            single[mask][several] = prices
        return single

    def _steps(self, organisation: int, mask: int, within: dict[int, Whole]) -> list[Step]:
        """Return the offers with which an organisation meets a set of needs at its price."""
        price = int(within[mask][organisation])
        for at in range(int(self.starts[organisation]), int(self.ends[organisation])):
            if mask in self.allowed and int(self.serves[at]) & mask == mask and int(self.price[mask, at]) == price:
                return [(self.rows[at], mask)]
        part = next(p for p in _splits(mask) if p in within and mask ^ p in within and int(within[p][organisation]) + int(within[mask ^ p][organisation]) == price)
        return [*self._steps(organisation, part, within), *self._steps(organisation, mask ^ part, within)]
