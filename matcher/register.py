"""The register: what a plan asks of every offer, in arrays with a slot each, so that thousands are weighed without looking at one by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from matcher.records import Offer, Request
from matcher.travel import DETOUR, EARTH_KM, SPEEDS, distance_km, minutes, needs_no_journey

Slots = npt.NDArray[np.int64]
LONGEST_WAIT_WEEKS = 5200  # a wait of a hundred years is no longer told apart from a longer one; judgement, November 2026


def burden_of(offer: Offer, request: Request) -> int:
    """Return the travel minutes on foot and the waiting weeks of one offer, in tenths."""
    return round(10 * (minutes(distance_km(request, offer) or 0.0, "walk") + _wait_of(offer)))


def _wait_of(offer: Offer) -> float:
    return min((offer.waiting_weeks or 0) if offer.availability == "waiting" else 0, LONGEST_WAIT_WEEKS)


class Register:
    """Offers by slot: who makes them, where one goes for them, how long one waits. A slot that is emptied is used again by the next that comes."""

    def __init__(self) -> None:
        self.offers: list[Offer] = []
        self._slot: dict[str, int] = {}
        self._free: list[int] = []
        self._organisations: dict[str, int] = {}
        self.organisation = np.zeros(16, np.int64)
        self._latitude, self._longitude = np.full(16, np.nan), np.full(16, np.nan)  # radians; NaN where there is nowhere to go, or nobody says where
        self._wait = np.zeros(16)

    def add(self, offer: Offer) -> int:
        """Return an offer's slot: a new one where it has none."""
        known = self._slot.get(offer.id)
        if known is not None:
            return known
        slot = self._free.pop() if self._free else len(self.offers)
        if slot == len(self.offers):
            self.offers.append(offer)
            if slot == len(self.organisation):
                self._grow()
        self._slot[offer.id], self.offers[slot] = slot, offer
        self.organisation[slot] = self._organisations.setdefault(offer.organisation, len(self._organisations))
        at = None if needs_no_journey(offer) or offer.place_withheld else offer.place
        self._latitude[slot], self._longitude[slot] = (np.nan, np.nan) if at is None else (np.radians(at.latitude), np.radians(at.longitude))
        self._wait[slot] = _wait_of(offer)
        return slot

    def _grow(self) -> None:
        for name in ("organisation", "_latitude", "_longitude", "_wait"):
            column = getattr(self, name)
            setattr(self, name, np.concatenate([column, np.zeros_like(column)]))

    def remove(self, offer_id: str) -> None:
        """Empty an offer's slot, where it has one."""
        slot = self._slot.pop(offer_id, None)
        if slot is not None:
            self._free.append(slot)

    def slots(self, offers: Sequence[Offer]) -> Slots:
        """Return the slots of some offers, each added where it is new."""
        return np.array([self.add(offer) for offer in offers], np.int64)

    def burdens(self, slots: Slots, request: Request) -> Slots:
        """Return the burdens of the offers in some slots, in tenths. Equal to `burden_of` for each."""
        walk: Any = 0.0
        if request.home is not None:
            latitude, longitude = self._latitude[slots], self._longitude[slots]
            north, east = np.radians(request.home.latitude), np.radians(request.home.longitude)
            bulge = np.sin((latitude - north) / 2) ** 2 + np.cos(north) * np.cos(latitude) * np.sin((longitude - east) / 2) ** 2
            km = np.nan_to_num(2 * EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(bulge))) * DETOUR)
            per_km, before = SPEEDS["walk"]
            walk = np.where(km > 0, before, 0.0) + per_km * km
        return np.rint(10 * (walk + self._wait[slots])).astype(np.int64)
