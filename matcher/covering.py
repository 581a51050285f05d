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
_score, _slot = itemgetter(1), itemgetter(3)  # of a `Fitting`, which is a tuple: thousands are read at once


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


def _as_they_come(names: Whole) -> tuple[Whole, Whole]:
    """Return each name once, in the order of coming, and for each one that came its place among these. Names are small whole numbers, not negative."""
    last = len(names) - 1
    first = np.empty(int(names.max()) + 1 if len(names) else 0, dtype=np.int64)
    first[names[::-1]] = np.arange(last, -1, -1)  # what is written last stays: where the name came first
    new = first[names] == np.arange(len(names))
    return names[new], (np.cumsum(new) - 1)[first[names]]


@lru_cache(maxsize=256)
def _in_the_fewest(serving: bytes, allowed: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return which sets of needs an organisation serves that could be in a plan which covers the most needs with the fewest of them.

    `serving` has a byte for each set of needs: 1 where some organisation serves just that set. `allowed` are the sets that one may be taken for.
    """
    able = np.frombuffer(serving, dtype=bool).copy()
    size = len(able)
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
    wanted.flags.writeable = False
    return wanted


@lru_cache(maxsize=16)
def _pairs_by_size(needs: int) -> tuple[tuple[Whole, Whole, Whole, Whole], ...]:
    """Return the splits of all sets of as many needs, two needs first: the one part, the other, the sets, and where the splits of each begin."""
    found = []
    for size in range(2, needs + 1):
        masks = [m for m in range(1 << needs) if m.bit_count() == size]
        ones = [part for m in masks for part in _splits(m)]
        whole = [m for m in masks for _ in _splits(m)]
        begins = np.arange(len(masks)) * len(_splits(masks[0]))
        found.append((np.array(ones), np.array(whole) ^ np.array(ones), np.array(masks), begins))
    return tuple(found)


@lru_cache(maxsize=16)
def _subsets(size: int) -> tuple[Whole, Whole, Whole]:
    """Return the sets within each set below `size`, one after another and without the empty one; where those of each begin; and how many they are."""
    within = [[part for part in range(1, whole + 1) if part & ~whole == 0] for whole in range(size)]
    counts = np.array([len(parts) for parts in within])
    return np.array([part for parts in within for part in parts], dtype=np.int64), np.cumsum(counts) - counts, counts


def _each_subset(serves: Whole, size: int) -> tuple[Whole, Whole]:
    """Return each set of needs within what each offer serves: the offer's place, and the set."""
    parts, begins, counts = _subsets(size)
    many = counts[serves]
    at = np.repeat(np.arange(len(serves)), many)
    return at, parts[np.arange(len(at)) + np.repeat(begins[serves] - (np.cumsum(many) - many), many)]


class Cover:
    """The offers that fit. They are priced when a plan with the fewest organisations might use them."""

    def __init__(self, fitting: dict[str, list[Fitting]], needs: tuple[Need, ...], request: Request, register: Register | None = None) -> None:
        self._request = request
        self._register = register or Register()
        found = [fitting.get(need.id, []) for need in needs]
        slots = [self._register.slots([f.offer for f in fits]) if register is None else np.fromiter(map(_slot, fits), np.int64, len(fits)) for fits in found]
        every, number = _as_they_come(np.concatenate(slots))  # the order does not depend on who has which slot
        _, organisation = _as_they_come(self._register.organisation[every])
        in_turn = np.argsort(organisation, kind="stable")
        self._organisation = organisation[in_turn]
        row_of = np.empty_like(in_turn)
        row_of[in_turn] = np.arange(len(in_turn))
        self._slots = every[in_turn]
        self.masks = range(1, 1 << len(needs))
        self._serves = np.zeros(len(every), dtype=np.int64)
        self._scores = np.zeros((len(needs), len(every)), dtype=np.int64)
        ends = np.cumsum([len(fits) for fits in found]).tolist()
        for n, (fits, end) in enumerate(zip(found, ends, strict=True)):
            rows = row_of[number[end - len(fits) : end]]
            self._serves[rows] |= 1 << n
            self._scores[n, rows] = np.fromiter(map(_score, fits), np.int64, len(fits))

    def offer(self, row: int) -> Offer:
        """Return the offer of a row."""
        return self._register.offers[self._slots[row]]

    def rows_for(self, need: int) -> list[int]:
        """Return the rows of the offers that fit a need."""
        return [int(row) for row in np.flatnonzero(self._serves >> need & 1)]

    def burdens(self, rows: npt.NDArray[np.intp]) -> Whole:
        """Return the burdens of some offers, in tenths."""
        return self._register.burdens(self._slots[rows], self._request)

    def scores(self, rows: npt.NDArray[np.intp]) -> Whole:
        """Return the scores of some offers, a row for each need, in thousandths."""
        return self._scores[:, rows]

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
        able = np.zeros(self.masks.stop, dtype=bool)
        able[whole] = True
        wanted = _in_the_fewest(able.tobytes(), tuple(allowed))
        return np.flatnonzero(np.repeat(wanted[whole], np.diff(np.r_[starts, len(serves)])))


class _Priced:
    """Offers of some organisations, priced for every subset of the needs: those of an organisation with only one first, then the others by organisation."""

    def __init__(self, cover: Cover, rows: npt.NDArray[np.intp], serves: Whole, organisation: Whole, allowed: list[int]) -> None:
        self.masks = cover.masks
        first = np.r_[True, organisation[1:] != organisation[:-1]]
        alone = first & np.r_[first[1:], True]
        permitted = np.zeros(self.masks.stop, dtype=bool)
        permitted[allowed] = True
        self._alone = self._of_one(cover, rows[alone], serves[alone], permitted)
        self.rows = rows[~alone].tolist()
        self.price = self._prices(cover, rows[~alone], serves[~alone])
        self.price[~permitted] = NEVER
        self.starts = np.flatnonzero(first[~alone])
        self.ends = np.r_[self.starts[1:], len(self.rows)]

    def _prices(self, cover: Cover, rows: npt.NDArray[np.intp], serves: Whole) -> Whole:
        """Return what each offer asks for each subset of the needs: its burden, less its scores; more than can be paid for what it does not meet."""
        price = np.empty((self.masks.stop, len(rows)), dtype=np.int64)
        price[0] = cover.burdens(rows) * TENTH
        for need, worth in enumerate(cover.scores(rows)):
            asks = np.where(serves >> need & 1, -worth, NEVER)
            np.add(price[: 1 << need], asks, out=price[1 << need : 2 << need])
        return price

    def _of_one(self, cover: Cover, rows: npt.NDArray[np.intp], serves: Whole, permitted: npt.NDArray[np.bool_]) -> dict[int, tuple[int, int]]:
        """Return, for each permitted subset of needs that some of these offers meet, the lowest price and whose it is: the first row where several ask the same."""
        at, masks = _each_subset(serves, self.masks.stop)
        kept = permitted[masks]
        at, masks = at[kept], masks[kept]
        price = (cover.burdens(rows) * TENTH)[at]
        for need, worth in enumerate(cover.scores(rows)):
            price -= worth[at] * (masks >> need & 1)
        lowest = np.full(self.masks.stop, NEVER)
        np.minimum.at(lowest, masks, price)
        found = np.flatnonzero(price == lowest[masks])[::-1]  # from the last to the first: what is written last stays
        return {mask: (int(lowest[mask]), row) for mask, row in zip(masks[found].tolist(), rows[at[found]].tolist(), strict=True)}

    def best(self) -> tuple[Key, list[Step]]:
        """Return the best cover, and its steps."""
        within = self._within()
        cheapest = self._cheapest(within)
        price = {mask: min(found[:2] for found in (self._alone.get(mask), cheapest.get(mask)) if found) for mask in self._alone.keys() | cheapest.keys()}
        table: dict[int, tuple[int, int, int]] = {0: (0, 0, 0)}  # organisations, price, and the last part
        for mask in self.masks:
            ways = [(1, price[mask][0], mask)] if mask in price else []
            for part in _splits(mask):
                if part in price and mask ^ part in table:
                    fewer, paid, _ = table[mask ^ part]
                    ways.append((1 + fewer, price[part][0] + paid, part))
            if ways:
                table[mask] = min(ways)
        best = min(table, key=lambda m: (-m.bit_count(), table[m][:2], m))
        steps: list[Step] = []
        mask = best
        while mask:
            part = table[mask][2]
            steps += [(price[part][1], part)] if price[part] == self._alone.get(part) else self._steps(cheapest[part][2], part, within)
            mask ^= part
        return (-best.bit_count(), table[best][0], table[best][1]), steps

    def _within(self) -> Whole:
        """Return, for each subset of needs, what each of the organisations asks for it, a column each; more than can be paid where it does not meet it."""
        if not self.rows:
            return np.zeros((self.masks.stop, 0), dtype=np.int64)
        within = np.minimum.reduceat(self.price, self.starts, axis=1)
        for ones, others, masks, begins in _pairs_by_size(self.masks.stop.bit_length() - 1):
            both = within[ones]
            both += within[others]
            within[masks] = np.minimum(within[masks], np.minimum.reduceat(both, begins, axis=0))
        return within

    def _cheapest(self, within: Whole) -> dict[int, tuple[int, int, int]]:
        """Return, for each subset of needs that one of the organisations meets, the lowest price, its first row and its column."""
        if not self.rows:
            return {}
        at = within.argmin(axis=1).tolist()
        found = ((mask, int(within[mask, column]), column) for mask, column in enumerate(at) if mask)
        return {mask: (price, self.rows[self.starts[column]], column) for mask, price, column in found if price < PAYABLE}

    def _steps(self, organisation: int, mask: int, within: Whole) -> list[Step]:
        """Return the offers with which an organisation meets a set of needs at its price."""
        price = int(within[mask, organisation])
        for at in range(int(self.starts[organisation]), int(self.ends[organisation])):
            if int(self.price[mask, at]) == price:
                return [(self.rows[at], mask)]
        part = next(p for p in _splits(mask) if int(within[p, organisation]) + int(within[mask ^ p, organisation]) == price)
        return [*self._steps(organisation, part, within), *self._steps(organisation, mask ^ part, within)]
