"""Covering: which offers meet the most needs with the fewest organisations, then the least burden, then the best scores. Hours are not looked at.

Every subset of the needs is priced: first by one offer, then by the offers of one organisation, then by organisations together.
One organisation is never taken twice: taking it once for both subsets costs no more and is one organisation fewer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from matcher.judging import Fitting
from matcher.records import Need, Offer, Request
from matcher.register import Register

Step = tuple[int, int]  # an offer's row and the needs it meets, as bits
Key = tuple[int, int, int]  # minus the needs covered, the organisations, and burden and scores in one number
Whole = npt.NDArray[np.int64]
TENTH = 1 << 14  # a tenth of burden outweighs every score: ten needs give at most 10,000 thousandths
NEVER = 1 << 56
PAYABLE = NEVER >> 1  # a price below this is one that can be paid


_score, _slot = itemgetter(1), itemgetter(3)


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

    def __init__(self, fitting: dict[str, list[Fitting]], needs: tuple[Need, ...], request: Request, register: Register | None = None) -> None:
        self._request = request
        self._register = register or Register()
        found = [fitting.get(need.id, []) for need in needs]
        slots = [self._register.slots([f.offer for f in fits]) if register is None else np.fromiter(map(_slot, fits), np.int64, len(fits)) for fits in found]
        every, first, back = np.unique(np.concatenate(slots), return_index=True, return_inverse=True)
        in_turn = np.argsort(first)  # as they come: the order does not depend on who has which slot
        _, at, of = np.unique(self._register.organisation[every[in_turn]], return_index=True, return_inverse=True)
        self._organisation = np.argsort(np.argsort(at))[of]
        in_turn = in_turn[np.argsort(self._organisation, kind="stable")]
        self._organisation.sort()
        row_of = np.empty_like(in_turn)
        row_of[in_turn] = np.arange(len(in_turn))
        self._slots = every[in_turn]
        self.masks = range(1, 1 << len(needs))
        self._serves = np.zeros(len(every), dtype=np.int64)
        self._scores = np.zeros((len(needs), len(every)), dtype=np.int64)
        ends = np.cumsum([len(fits) for fits in found]).tolist()
        for n, (fits, end) in enumerate(zip(found, ends, strict=True)):
            rows = row_of[back[end - len(fits) : end]]
            self._serves[rows] |= 1 << n
            self._scores[n, rows] = np.fromiter(map(_score, fits), np.int64, len(fits))
        self._priced: dict[bytes, Whole] = {}

    def offer(self, row: int) -> Offer:
        """Return the offer of a row."""
        return self._register.offers[self._slots[row]]

    def rows_for(self, need: int) -> list[int]:
        """Return the rows of the offers that fit a need."""
        return [int(row) for row in np.flatnonzero(self._serves >> need & 1)]

    def burdens(self, rows: npt.NDArray[np.intp]) -> Whole:
        """Return the burdens of some offers, in tenths."""
        return self._register.burdens(self._slots[rows], self._request)

    def priced(self, rows: npt.NDArray[np.intp]) -> Whole:
        """Return what each offer asks for each subset of the needs: its burden, less its scores. It holds only for needs that it may meet."""
        known = self._priced.get(rows.tobytes())
        if known is not None:
            return known
        price = np.empty((self.masks.stop, len(rows)), dtype=np.int64)
        price[0] = self.burdens(rows) * TENTH
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
        if not len(self._slots):
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
