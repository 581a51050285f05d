"""Judging: every offer of a need at once. Rules are told by class from the index's arrays, points only of what no rule leaves out.

What is found is the policy's own: each class was judged by its functions, and what depends on where the family is, is judged offer by offer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matcher.alike import OUT, Failing, Judged
from matcher.answers import Reason
from matcher.fits import Fits
from matcher.postings import Postings, unit
from matcher.records import Need, Offer, Request
from matcher.seats import Seat, seats

_COVERED = Judged((), 0, (), (), False)  # an area that reaches the home gives no points and leaves nothing to ask
Rows = npt.NDArray[np.intp]


class Missed(NamedTuple):
    """An offer that rules leave out: all that fail, in the policy's order, and the same as reasons."""

    offer: Offer
    need: Need
    failing: Failing
    because: tuple[Reason, ...]


def judge(there: Postings, need: Need, request: Request) -> tuple[Fits, list[Missed]]:
    """Return what fits and what does not, in no order, of all partners but those the family keeps away from."""
    rows = _asked_about(there, request)
    if not len(rows):
        return Fits.of([], there.register), []
    everyone = seats(need, request)
    ruled = [_Found(s, there, rows, there.surely_covering(rows, _home(request)) if s.criterion.name == "area" else None) for s in everyone if s.criterion.rules_out]
    fails = np.array([found.points == OUT for found in ruled])
    inside = np.flatnonzero(~fails.any(axis=0))
    return _fitting(there, rows[inside], everyone, [(found.points[inside], found.unsure[inside]) for found in ruled]), _missed(there, need, rows, ruled, fails)


def fitting(there: Postings, need: Need, request: Request) -> Fits:
    """Return what fits, as `judge` does; what one rule leaves out is not shown to the next."""
    rows = _asked_about(there, request)
    everyone = seats(need, request)
    ruled: list[tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]] = []
    for seat in sorted((s for s in everyone if s.criterion.rules_out), key=lambda s: s.reads is None):
        if not len(rows):
            return Fits.of([], there.register)
        found = _Found(seat, there, rows, there.surely_covering(rows, _home(request)) if seat.criterion.name == "area" else None)
        stays = np.flatnonzero(found.points != OUT)
        rows = rows[stays]
        ruled = [(points[stays], unsure[stays]) for points, unsure in [*ruled, (found.points, found.unsure)]]
    return _fitting(there, rows, everyone, ruled)


def _asked_about(there: Postings, request: Request) -> Rows:
    rows = there.rows()
    if request.keep_away:
        rows = rows[[o is not None and o.organisation not in request.keep_away for o in map(there.offers.__getitem__, rows.tolist())]]
    return rows


def _home(request: Request) -> npt.NDArray[np.float64] | None:
    return None if request.home is None else unit(request.home.latitude, request.home.longitude)


def _fitting(there: Postings, kept: Rows, everyone: list[Seat], ruled: list[tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]]) -> Fits:
    """Return offers that no rule leaves out with what the rules and the other criteria give them."""
    weighed = [_Found(s, there, kept) for s in everyone if not s.criterion.rules_out and s.criterion.weight]
    score = sum((points for points, _ in ruled), np.zeros(len(kept), np.int32)) + sum(found.points for found in weighed)
    unsure = np.logical_or.reduce([*(to_ask for _, to_ask in ruled), *(found.unsure for found in weighed)])
    return Fits(there.register, there.slots[kept], np.asarray(score, np.int64), np.asarray(unsure, bool))


def _missed(there: Postings, need: Need, rows: Rows, ruled: list[_Found], fails: npt.NDArray[np.bool_]) -> list[Missed]:
    missed: list[Missed] = []
    together: dict[tuple[int, ...], tuple[Failing, tuple[Reason, ...]]] = {}  # offers often fail in the same way
    which, rule = np.nonzero(fails.T)
    places, starts = np.unique(which, return_index=True)
    rules = rule.tolist()
    ends = np.append(starts[1:], len(rules))[: len(starts)].tolist()
    held = rows[places].tolist()
    for at, row, start, end in zip(places.tolist(), held, starts.tolist(), ends, strict=True):
        if end - start == 1:
            one = ruled[rules[start]].of(at)
            missed.append(Missed(_held(there, row), need, one.failing, one.because))
            continue
        found = [ruled[n].of(at) for n in rules[start:end]]
        key = tuple(map(id, found))
        if key not in together:
            together[key] = tuple(f for one in found for f in one.failing), tuple(b for one in found for b in one.because)
        failing, because = together[key]
        missed.append(Missed(_held(there, row), need, failing, because))
    return missed


class _Found:
    """What one seat found on some rows."""

    def __init__(self, seat: Seat, there: Postings, rows: Rows, passed: npt.NDArray[np.bool_] | None = None) -> None:
        if seat.reads is None:
            skip = np.zeros(len(rows), bool) if passed is None else passed
            self._found: list[Judged | None] = [_COVERED if gone else seat.judge(_held(there, row)) for row, gone in zip(rows.tolist(), skip.tolist(), strict=True)]
            self._at = list(range(len(rows)))
            self.points = np.array([one.points for one in self._found if one is not None], np.int32)
            self.unsure = np.array([one.unsure for one in self._found if one is not None], bool)
        else:
            facet, codes = there.facets[seat.reads], there.codes[seat.reads][rows]
            table = facet.table(seat.asked)
            self.points, self.unsure = table.points(codes, facet, seat.judge), table.unsure(codes)
            self._found, self._at = table.found, codes.tolist()

    def of(self, at: int) -> Judged:
        """Return what was found on a row, by its place among those asked about."""
        found = self._found[self._at[at]]
        if found is None:
            raise LookupError("what nobody judged cannot be told")
        return found


def _held(there: Postings, row: int) -> Offer:
    offer = there.offers[row]
    if offer is None:
        raise LookupError("an empty row holds no offer")
    return offer
