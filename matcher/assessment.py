"""Assessment: every criterion's findings on one offer for one need, added up. The evaluation that ranks is the one that explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from matcher.alike import Facet, Failing, Judged, Row
from matcher.alike import facets as new_facets
from matcher.policy import ONE
from matcher.records import Need, Offer, Reason, Request, Verdict
from matcher.seats import name_of, raw_of, seats


@dataclass(frozen=True)
class Assessment:
    """What was found on one offer for one need; `score` in whole thousandths; `failing` the rules that leave it out, in the policy's order."""

    offer: Offer
    need: Need
    rows: tuple[Row, ...]
    score: int
    failing: Failing = ()

    @property
    def fits(self) -> bool:
        """Whether no rule leaves the offer out."""
        return not self.failing

    def check_first(self) -> tuple[str, ...]:
        """What a person asks before referring: what is not known and matters, then the offer's own conditions."""
        return tuple(dict.fromkeys([f.check for _, f, _ in self.rows if f.check] + list(self.offer.conditions)))

    def reasons(self) -> tuple[Reason, ...]:
        """All findings as reasons with their points, in the policy's order."""
        return tuple(Reason(name_of(c, f), f.verdict, f.says, points / ONE, raw_of(f)) for c, f, points in self.rows)

    def because(self) -> tuple[Reason, ...]:
        """The failing rules as reasons."""
        return tuple(Reason(name_of(c, f), Verdict.NOT_MET, f.says, None, raw_of(f)) for c, f in self.failing)


class Assessor:
    """Assesses offers for one need of a request. Each criterion judges once all the offers that are alike in what it reads of them.

    With `facets` that others use too, what was found for earlier questions, alike in what is read of them, is used again.
    """

    def __init__(self, need: Need, request: Request, facets: dict[str, Facet] | None = None) -> None:
        self._need = need
        self.seats = seats(need, request)
        shared = new_facets() if facets is None else facets
        self._asked = [(seat.judge, None, None) if seat.reads is None else (seat.judge, shared[seat.reads], shared[seat.reads].table(seat.asked)) for seat in self.seats]

    def assess(self, offer: Offer, codes: Mapping[str, npt.NDArray[np.int32]] | None = None, row: int = 0) -> Assessment:
        """Return what every criterion finds. It looks at this offer alone: no other offer can move its score.

        Where the offer has its numbers in the facets already, `codes` has an array for each facet's name, and `row` is the offer's place in it.
        """
        found = [
            judge(offer) if facet is None or table is None else table.of(facet.number(offer) if codes is None else codes[facet.name].item(row), judge, offer)
            for judge, facet, table in self._asked
        ]
        return _added_up(self._need, offer, found)


def _added_up(need: Need, offer: Offer, found: list[Judged]) -> Assessment:
    rows = tuple(chain.from_iterable(judged.rows for judged in found))
    return Assessment(offer, need, rows, sum(points for _, _, points in rows), tuple(chain.from_iterable(judged.failing for judged in found)))


def assess(need: Need, request: Request, offer: Offer) -> Assessment:
    """Return what every criterion finds on one offer; for many offers an `Assessor` says the same sooner."""
    return _added_up(need, offer, [seat.judge(offer) for seat in seats(need, request)])
