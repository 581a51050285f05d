"""Fits: what fits a need, in columns, so that thousands are put in order and planned for without looking at one by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt

from matcher.records import Offer
from matcher.register import Register

Places = npt.NDArray[np.intp]


class Fitting(NamedTuple):
    """An offer that no rule leaves out, its score in thousandths, and whether there is something to check first."""

    offer: Offer
    score: int
    unsure: bool


class Fits(Sequence[Fitting]):
    """The offers that fit a need: `slots` in a register, `scores` in thousandths and `unsure`, whether there is something to check first.

    >>> offer = Offer.from_dict({"id": "shop", "organisation": {"id": "hope", "name": "Hope"}, "name": "Uniform shop", "needs": ["uniform"],
    ...     "availability": {"state": "open"}, "confirmed_on": "2026-10-08"})
    >>> fits = Fits.of([Fitting(offer, 640, False)], Register())
    >>> len(fits), fits[0].offer.id, fits.scores.tolist()
    (1, 'shop', [640])
    """

    def __init__(self, register: Register, slots: npt.NDArray[np.int64], scores: npt.NDArray[np.int64], unsure: npt.NDArray[np.bool_]) -> None:
        self.register, self.slots, self.scores, self.unsure = register, slots, scores, unsure

    @classmethod
    def of(cls, fitting: Iterable[Fitting], register: Register) -> Fits:
        """Return offers that fit, each given a slot in the register where it has none."""
        rows = list(fitting)
        scores, unsure = np.array([f.score for f in rows], np.int64), np.array([f.unsure for f in rows], bool)
        return cls(register, register.slots([f.offer for f in rows]), scores, unsure)

    def __len__(self) -> int:
        return len(self.slots)

    @overload
    def __getitem__(self, at: int) -> Fitting: ...
    @overload
    def __getitem__(self, at: slice) -> Fits: ...
    def __getitem__(self, at: int | slice) -> Fitting | Fits:
        """Return the offer at a place, or those of a slice."""
        if isinstance(at, slice):
            return self.take(at)
        return Fitting(self.register.offers[self.slots[at]], int(self.scores[at]), bool(self.unsure[at]))

    def take(self, places: Places | slice) -> Fits:
        """Return those at some places, in the order of the places."""
        return Fits(self.register, self.slots[places], self.scores[places], self.unsure[places])

    def in_order(self, turn: Callable[[Offer], str]) -> Fits:
        """Return them with the best score first, and of equals those with nothing to find out; then by turn, then by id."""
        order = np.lexsort((self.unsure, -self.scores))
        scores, unsure = self.scores[order], self.unsure[order]
        starts = np.flatnonzero(np.r_[True, (scores[1:] != scores[:-1]) | (unsure[1:] != unsure[:-1])][: len(order)])
        ends = np.append(starts[1:], len(order))[: len(starts)]
        equal = np.flatnonzero(ends - starts > 1)
        offers = self.register.offers
        for start, end in zip(starts[equal].tolist(), ends[equal].tolist(), strict=True):
            places = order[start:end].tolist()
            held = [offers[slot] for slot in self.slots[places].tolist()]
            order[start:end] = [place for _, _, place in sorted((turn(offer), offer.id, place) for offer, place in zip(held, places, strict=True))]
        return self.take(order)
