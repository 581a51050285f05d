"""Alike: offers that are alike in all that a judge reads of them are judged once, by the policy's own functions, and so told apart no further.

An offer's class in a facet is a number. Of each question that a facet is asked, a table keeps what was found on each class so far.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matcher.answers import Reason
from matcher.findings import Finding
from matcher.policy import Criterion
from matcher.records import Offer
from matcher.travel import needs_no_journey

Failing = tuple[tuple[Criterion, Finding], ...]
OUT = -30_000  # points of an offer that a rule leaves out; no sum of the policy's points comes near it
TABLES = 256  # questions a facet remembers; judgement, November 2026
_NEW = -32_768  # points of a class that nobody has judged


def _state(offer: Offer) -> Any:
    return offer.availability, offer.places_left, offer.waiting_weeks, offer.paused_until


def _openness(offer: Offer) -> Any:
    # What is over quotes its sessions as they were written.
    ends = any(s.until_on is not None for s in offer.sessions)
    return _state(offer), (offer.sessions, offer.any_time, offer.modes, repr(offer.raw.get("sessions"))) if ends else None


def _soonness(offer: Offer) -> Any:
    waiting = offer.availability == "waiting"
    return waiting, offer.waiting_weeks, offer.answers_within, None if waiting or offer.answers_within is not None else offer.sessions


# What of an offer judges read, by name: a judge may name a row only if it reads nothing else.
READS: dict[str, Callable[[Offer], Any]] = {
    "nothing": lambda o: None,
    "authorised": lambda o: (o.authorisations, o.assured),
    "routes": lambda o: o.who_may_refer,
    "audience": lambda o: o.audience,
    "age": lambda o: (o.age_min, o.age_max),
    "gender": lambda o: o.gender,
    "community": lambda o: (o.languages, o.gender) if o.community else None,
    "openness": _openness,
    "confirmed": lambda o: o.confirmed_on,
    "soon": _soonness,
    "state": lambda o: (_state(o), o.confirmed_on, o.availability_on),
    "standing": lambda o: (o.asked, o.in_time),
    "languages": lambda o: (o.languages, o.interpreter),
    "modes": lambda o: o.modes,
    "features": lambda o: (tuple(sorted(o.features.items())), needs_no_journey(o)),
    "sessions": lambda o: (o.sessions, o.any_time, o.modes),
}


class Judged(NamedTuple):
    """What one judge found: every finding as a reason with its points; the points added up, in thousandths, and again as `OUT` where a rule fails; what
    fails, with its reasons; and what a person asks first."""

    said: tuple[Reason, ...]
    given: int
    points: int
    failing: Failing
    because: tuple[Reason, ...]
    checks: tuple[str, ...]


class Table:
    """What one judge found on each class that it was asked about."""

    def __init__(self) -> None:
        self.found: list[Judged | None] = []
        self._points = np.zeros(0, np.int32)
        self._unsure = np.zeros(0, bool)

    def points(self, codes: npt.NDArray[np.int32], facet: Facet, judge: Callable[[Offer], Judged]) -> npt.NDArray[np.int32]:
        """Return the points of classes, in thousandths; those that are new are judged first."""
        self.found += [None] * (len(facet.first) - len(self.found))
        missing = len(facet.first) - len(self._points)
        if missing > 0:
            self._points = np.concatenate([self._points, np.full(missing, _NEW, np.int32)])
            self._unsure = np.concatenate([self._unsure, np.zeros(missing, bool)])
        found: npt.NDArray[np.int32] = self._points[codes]
        if len(found) and found.min() == _NEW:
            for code in set(codes[found == _NEW].tolist()):
                one = self.found[code] = self.found[code] or judge(facet.first[code])
                self._points[code], self._unsure[code] = one.points, bool(one.checks)
            found = self._points[codes]
        return found

    def of(self, code: int, judge: Callable[[Offer], Judged], offer: Offer) -> Judged:
        """Return what is found on one offer of a class, or was found on one that is alike."""
        if code >= len(self.found):
            self.found += [None] * (code + 1 - len(self.found))
        found = self.found[code]
        if found is None:
            found = self.found[code] = judge(offer)
        return found

    def unsure(self, codes: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
        """Return which classes, judged already, have something to check first."""
        return self._unsure[codes]


class Facet:
    """Numbers for what one row of `READS` gives, and the first offer of each."""

    def __init__(self, name: str, reads: Callable[[Offer], Any]) -> None:
        self.name = name
        self._reads = reads
        self._numbers: dict[Any, int] = {}
        self._tables: dict[Any, Table] = {}
        self.first: list[Offer] = []

    def number(self, offer: Offer) -> int:
        """Return the number of the offer's class."""
        key = self._reads(offer)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.first)
            self.first.append(offer)
        return number

    def table(self, asked: Any) -> Table:
        """Return what is known for a question; `asked` names the judge and everything of the request that it reads. None is never kept."""
        if asked is None:
            return Table()
        table = self._tables.get(asked)
        if table is None:
            if len(self._tables) >= TABLES:
                del self._tables[next(iter(self._tables))]
            table = self._tables[asked] = Table()
        return table


def facets() -> dict[str, Facet]:
    """Return a facet for each row of `READS`, with nothing in it."""
    return {name: Facet(name, reads) for name, reads in READS.items()}
