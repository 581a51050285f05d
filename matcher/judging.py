"""Judging: every offer of a need at once. Rules are told by class from the index's arrays, points only of what no rule leaves out.

What is found is the policy's own: each class was judged by its functions, and what depends on where the family is, is judged offer by offer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matcher.alike import OUT, Failing, Judged
from matcher.answers import Reason
from matcher.eligibility import too_far_away
from matcher.fits import Fits
from matcher.postings import Postings, unit
from matcher.records import Need, Offer, Request
from matcher.seats import Seat, because, seats

_ROOM = 1 << 62  # numbers below this can be told apart in 64 bits
Rows = npt.NDArray[np.intp]


class Missed(NamedTuple):
    """An offer that rules leave out: all that fail, in the policy's order, and the same as reasons."""

    offer: Offer
    need: Need
    failing: Failing
    because: tuple[Reason, ...]


def judge(there: Postings, need: Need, request: Request) -> tuple[Fits, Iterator[Missed]]:
    """Return what fits, and one by one what does not, in no order, of all partners but those the family keeps away from."""
    rows = _asked_about(there, request)
    if not len(rows):
        return Fits.of([], there.register), iter(())
    everyone = seats(need, request)
    ruled = [_found(seat, there, rows, request) for seat in everyone if seat.criterion.rules_out]
    fails = np.array([found.points == OUT for found in ruled])
    inside = np.flatnonzero(~fails.any(axis=0))
    score = sum((found.points[inside] for found in ruled), np.zeros(len(inside), np.int32))
    unsure = np.logical_or.reduce([found.unsure[inside] for found in ruled])
    return _fitting(there, request, rows[inside], everyone, score, unsure), _missed(there, need, rows, ruled, fails)


def fitting(there: Postings, need: Need, request: Request) -> Fits:
    """Return what fits, as `judge` does; what one rule leaves out is not shown to the next."""
    rows = _asked_about(there, request)
    everyone = seats(need, request)
    score, unsure = np.zeros(len(rows), np.int32), np.zeros(len(rows), bool)
    for seat in sorted((s for s in everyone if s.criterion.rules_out), key=lambda s: s.reads is None):
        if not len(rows):
            return Fits.of([], there.register)
        found = _found(seat, there, rows, request)
        stays = np.flatnonzero(found.points != OUT)
        rows, score, unsure = rows[stays], (score + found.points)[stays], (unsure | found.unsure)[stays]
    return _fitting(there, request, rows, everyone, score, unsure)


def _asked_about(there: Postings, request: Request) -> Rows:
    rows = there.rows()
    if request.keep_away:
        rows = rows[[o is not None and o.organisation not in request.keep_away for o in map(there.offers.__getitem__, rows.tolist())]]
    return rows


def _home(request: Request) -> npt.NDArray[np.float64] | None:
    return None if request.home is None else unit(request.home.latitude, request.home.longitude)


def _fitting(there: Postings, request: Request, kept: Rows, everyone: list[Seat], score: npt.NDArray[np.int32], unsure: npt.NDArray[np.bool_]) -> Fits:
    """Return offers that no rule leaves out; `score` and `unsure` are what the rules gave them, and the other criteria add to it."""
    for seat in everyone:
        if not seat.criterion.rules_out and seat.criterion.weight:
            found = _found(seat, there, kept, request)
            score, unsure = score + found.points, unsure | found.unsure
    return Fits(there.register, there.slots[kept], np.asarray(score, np.int64), np.asarray(unsure, bool))


Told = tuple[Failing, tuple[Reason, ...]]  # what fails, and the same as reasons


def _missed(there: Postings, need: Need, rows: Rows, ruled: list[_ByClass | _OneByOne], fails: npt.NDArray[np.bool_]) -> Iterator[Missed]:
    """Yield what at least one rule leaves out; `fails` has a row for each of `ruled`, in the policy's order. What offers alike fail in is put together once."""
    at = np.flatnonzero(fails.any(axis=0))
    by_one = {n: found for n, found in enumerate(ruled) if isinstance(found, _OneByOne)}
    between = [range(start + 1, end) for start, end in pairwise([-1, *by_one, len(ruled)])]
    by_class = {n: found for n, found in enumerate(ruled) if isinstance(found, _ByClass) and fails[n].any()}
    alike, first = _alike([found.codes[at] for found in by_class.values()], fails[list(by_class)][:, at])
    parts = [[_told([ruled[n].of(one) for n in some if fell[n]]) for some in between] for one, fell in zip(at[first].tolist(), fails.T[at[first]].tolist(), strict=True)]
    alone = [(found, fails[n].tolist()) for n, found in by_one.items()]
    for place, row, kind in zip(at.tolist(), rows[at].tolist(), alike.tolist(), strict=True):
        rest = iter(parts[kind])
        failing, because = next(rest)
        for (found, fell), (more, said) in zip(alone, rest, strict=True):
            if fell[place]:
                itself, of_itself = found.told(place)
                failing, because = failing + itself, because + of_itself
            failing, because = failing + more, because + said
        yield Missed(_held(there, row), need, failing, because)


def _told(found: list[Judged]) -> Told:
    if len(found) == 1:
        return found[0].failing, found[0].because
    return tuple(f for one in found for f in one.failing), tuple(b for one in found for b in one.because)


def _alike(codes: list[npt.NDArray[np.int32]], fails: npt.NDArray[np.bool_]) -> tuple[Rows, Rows]:
    """Return for each offer a number that those have which fail by the same classes of the same rules, and for each number the first that has it.

    `codes` has for each rule the class of each offer, and `fails` whether the offer fails by it.
    """
    number, most = np.zeros(fails.shape[1], np.int64), 1
    for of_rule, failing in zip(codes, fails, strict=True):
        code = np.where(failing, of_rule.astype(np.int64) + 1, 0)
        size = int(code.max()) + 1
        if most * size > _ROOM:
            number, most = np.unique(number, return_inverse=True)[1], len(number)
        number, most = number * size + code, most * size
    _, first, alike = np.unique(number, return_index=True, return_inverse=True)
    return alike, first


class _ByClass:
    """Each class of a facet was judged once."""

    def __init__(self, seat: Seat, there: Postings, rows: Rows) -> None:
        name = seat.reads or "nothing"
        facet, self.codes = there.facets[name], there.codes[name][rows]
        table = facet.table(seat.asked)
        self.points, self.unsure = table.points(self.codes, facet, seat.judge), table.unsure(self.codes)
        self._found = table.found

    def of(self, at: int) -> Judged:
        """Return all that was found on a row, by its place among those asked about."""
        found = self._found[self.codes[at]]
        if found is None:
            raise LookupError("what nobody judged cannot be told")
        return found


class _OneByOne:
    """Each offer was judged by itself, but for those of which arrays tell `surely` that they pass (1) or fail (-1): these are judged when they are told of."""

    def __init__(self, seat: Seat, there: Postings, rows: Rows, surely: npt.NDArray[np.int8] | None = None) -> None:
        self._judge, self._there, self._rows = seat.judge, there, rows
        self._found: dict[int, Judged] = {}
        self.points, self.unsure = np.zeros(len(rows), np.int32), np.zeros(len(rows), bool)
        if surely is not None:
            self.points[surely < 0] = OUT
        for at in range(len(rows)) if surely is None else np.flatnonzero(surely == 0).tolist():
            one = self._found[at] = self.of(at)
            self.points[at], self.unsure[at] = one.points, bool(one.checks)

    def of(self, at: int) -> Judged:
        """Return all that is found on a row, by its place among those asked about."""
        return self._found.get(at) or self._judge(_held(self._there, self._rows.item(at)))

    def told(self, at: int) -> Told:
        """Return what fails on a row."""
        return _told([self.of(at)])


class _Area(_OneByOne):
    """Whose area reaches the home is told by arrays, and so is how far away the others are."""

    def __init__(self, seat: Seat, there: Postings, rows: Rows, request: Request) -> None:
        self._criterion, self._home = seat.criterion, _home(request)
        super().__init__(seat, there, rows, there.covering(rows, self._home))

    @cached_property
    def _away(self) -> list[tuple[float, float]]:
        return list(zip(self._there.covers[self._rows].tolist(), self._there.km_away(self._rows, self._home).tolist(), strict=True))

    def told(self, at: int) -> Told:
        """Return what fails on a row; the judge is asked only where the arrays cannot tell."""
        covers, km = self._away[at]
        if math.isnan(km):
            return super().told(at)
        finding = too_far_away(covers, km)
        return ((self._criterion, finding),), (because(self._criterion, finding),)


def _found(seat: Seat, there: Postings, rows: Rows, request: Request) -> _ByClass | _OneByOne:
    if seat.reads is not None:
        return _ByClass(seat, there, rows)
    return _Area(seat, there, rows, request) if seat.criterion.name == "area" else _OneByOne(seat, there, rows)


def _held(there: Postings, row: int) -> Offer:
    offer = there.offers[row]
    if offer is None:
        raise LookupError("an empty row holds no offer")
    return offer
