"""Covering: which offers meet the most needs with the fewest organisations, then the least burden, then the best scores. Hours are not looked at.

Every subset of the needs is priced: first by one offer, then by the offers of one organisation, then by organisations together.
One organisation is never taken twice: taking it once for both subsets costs no more and is one organisation fewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from matcher.fits import Fits
from matcher.records import Need, Offer, Request

Step = tuple[int, int]  # an offer's row and the needs it meets, as bits
Key = tuple[int, int, int]  # minus the needs covered, the organisations, and burden and scores in one number
Whole = npt.NDArray[np.int64]
TENTH = 1 << 14  # a tenth of burden outweighs every score: ten needs give at most 10,000 thousandths
NEVER = 1 << 56
NOT_MET = -1  # below every score
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

    def __init__(self, fitting: Mapping[str, Fits], needs: tuple[Need, ...], request: Request) -> None:
        self._request = request
        found = [fitting[need.id] for need in needs]
        self._register = found[0].register
        every, number = _as_they_come(np.concatenate([fits.slots for fits in found]))  # the order does not depend on who has which slot
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
            self._scores[n, rows] = fits.scores

    def offer(self, row: int) -> Offer:
        """Return the offer of a row."""
        return self._register.offers[self._slots[row]]

    def rows_for(self, need: int) -> list[int]:
        """Return the rows of the offers that fit a need."""
        return np.flatnonzero(self._serves >> need & 1).tolist()

    def some_serve(self, a: int, b: int) -> bool:
        """Whether some offer fits both needs."""
        return bool((self._serves >> a & self._serves >> b & 1).any())

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


class _Ways:
    """Ways to go to an organisation of one or two offers: to the one, to the other, or to both, where each need is met by the one that scores higher.

    `pairs` has the places of those offers that the next one belongs together with. `lowest` has, for each permitted subset of the needs that
    some way meets, the lowest price and whose it is: the first where several ask the same, and one offer before two.
    """

    def __init__(self, cover: Cover, rows: npt.NDArray[np.intp], serves: Whole, pairs: npt.NDArray[np.intp], permitted: npt.NDArray[np.bool_]) -> None:
        self._rows, self._pairs = rows, pairs
        needs = np.arange(permitted.size.bit_length() - 1)[:, None]
        self._scores = np.where(serves >> needs & 1, cover.scores(rows), NOT_MET)
        burdens = cover.burdens(rows)
        burdens = np.r_[burdens, burdens[pairs] + burdens[pairs + 1]]
        scores = np.hstack((self._scores, np.maximum(self._scores[:, pairs], self._scores[:, pairs + 1])))
        at, masks = _each_subset(np.r_[serves, serves[pairs] | serves[pairs + 1]], permitted.size)
        kept = permitted[masks]
        at, masks = at[kept], masks[kept]
        price = (burdens * TENTH)[at]
        for need, worth in enumerate(scores):
            price -= worth[at] * (masks >> need & 1)
        lowest = np.full(permitted.size, NEVER)
        np.minimum.at(lowest, masks, price)
        found = np.flatnonzero(price == lowest[masks])[::-1]  # from the last to the first: what is written last stays
        self.lowest = {mask: (int(lowest[mask]), way) for mask, way in zip(masks[found].tolist(), at[found].tolist(), strict=True)}

    def steps(self, way: int, mask: int) -> list[Step]:
        """Return the offers of a way with the needs that each meets."""
        if way < len(self._rows):
            return [(int(self._rows[way]), mask)]
        one = int(self._pairs[way - len(self._rows)])
        by_one = sum(1 << need for need, (a, b) in enumerate(self._scores[:, one : one + 2].tolist()) if mask >> need & 1 and a >= b)
        return [(int(self._rows[at]), part) for at, part in ((one, by_one), (one + 1, mask ^ by_one)) if part]


class _Priced:
    """Offers of some organisations, priced for every subset of the needs: those of an organisation with one or two, which are few ways, and then the others."""

    def __init__(self, cover: Cover, rows: npt.NDArray[np.intp], serves: Whole, organisation: Whole, allowed: list[int]) -> None:
        self.masks = cover.masks
        first = np.r_[True, organisation[1:] != organisation[:-1]]
        starts = np.flatnonzero(first)
        many = np.diff(np.r_[starts, len(rows)])
        few = np.repeat(many <= 2, many)
        permitted = np.zeros(self.masks.stop, dtype=bool)
        permitted[allowed] = True
        self._ways = _Ways(cover, rows[few], serves[few], np.flatnonzero((first & np.repeat(many == 2, many))[few]), permitted)
        self.rows = rows[~few].tolist()
        self.price = self._prices(cover, rows[~few], serves[~few])
        self.price[~permitted] = NEVER
        self.starts = np.flatnonzero(first[~few])
        self.ends = np.r_[self.starts[1:], len(self.rows)]

    def _prices(self, cover: Cover, rows: npt.NDArray[np.intp], serves: Whole) -> Whole:
        """Return what each offer asks for each subset of the needs: its burden, less its scores; more than can be paid for what it does not meet."""
        price = np.empty((self.masks.stop, len(rows)), dtype=np.int64)
        price[0] = cover.burdens(rows) * TENTH
        for need, worth in enumerate(cover.scores(rows)):
            asks = np.where(serves >> need & 1, -worth, NEVER)
            np.add(price[: 1 << need], asks, out=price[1 << need : 2 << need])
        return price

    def best(self) -> tuple[Key, list[Step]]:
        """Return the best cover, and its steps."""
        within = self._within()
        ways, cheapest = self._ways.lowest, self._cheapest(within)
        price = {mask: min(found[0] for found in (ways.get(mask), cheapest.get(mask)) if found) for mask in ways.keys() | cheapest.keys()}
        table: dict[int, tuple[int, int, int]] = {0: (0, 0, 0)}  # organisations, price, and the last part
        for mask in self.masks:
            paths = [(1, price[mask], mask)] if mask in price else []
            for part in _splits(mask):
                if part in price and mask ^ part in table:
                    fewer, paid, _ = table[mask ^ part]
                    paths.append((1 + fewer, price[part] + paid, part))
            if paths:
                table[mask] = min(paths)
        best = min(table, key=lambda m: (-m.bit_count(), table[m][:2], m))
        steps: list[Step] = []
        mask = best
        while mask:
            part = table[mask][2]
            way = ways.get(part)
            steps += self._ways.steps(way[1], part) if way is not None and way[0] == price[part] else self._steps(cheapest[part][1], part, within)
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

    def _cheapest(self, within: Whole) -> dict[int, tuple[int, int]]:
        """Return, for each subset of needs that one of the organisations meets, the lowest price and its column."""
        if not self.rows:
            return {}
        at = within.argmin(axis=1).tolist()
        found = ((mask, int(within[mask, column]), column) for mask, column in enumerate(at) if mask)
        return {mask: (price, column) for mask, price, column in found if price < PAYABLE}

    def _steps(self, organisation: int, mask: int, within: Whole) -> list[Step]:
        """Return the offers with which an organisation meets a set of needs at its price."""
        price = int(within[mask, organisation])
        for at in range(int(self.starts[organisation]), int(self.ends[organisation])):
            if int(self.price[mask, at]) == price:
                return [(self.rows[at], mask)]
        part = next(p for p in _splits(mask) if int(within[p, organisation]) + int(within[mask ^ p, organisation]) == price)
        return [*self._steps(organisation, part, within), *self._steps(organisation, mask ^ part, within)]
