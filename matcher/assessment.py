"""Assessment: every criterion's findings on one offer for one need, added up. The evaluation that ranks is the one that explains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matcher.alike import Facet, Failing, Judged
from matcher.alike import facets as new_facets
from matcher.records import Need, Offer, Reason, Request
from matcher.seats import because, remembering, seats


class Assessment(NamedTuple):
    """What was found on one offer for one need: every finding as a reason with its points, in the policy's order; `score`, what they add up to, in whole
    thousandths; `failing`, the rules that leave it out; and `checks`, what a person asks first of what is not known and matters."""

    offer: Offer
    need: Need
    said: tuple[Reason, ...]
    score: int
    failing: Failing = ()
    checks: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether no rule leaves the offer out."""
        return not self.failing

    def check_first(self) -> tuple[str, ...]:
        """What a person asks before referring: what is not known and matters, then the offer's own conditions."""
        return tuple(dict.fromkeys((*self.checks, *self.offer.conditions)))

    def reasons(self) -> tuple[Reason, ...]:
        """All findings as reasons with their points, in the policy's order."""
        return self.said

    def because(self) -> tuple[Reason, ...]:
        """The failing rules as reasons."""
        return tuple(because(c, f) for c, f in self.failing)


class Assessor:
    """Assesses offers for one need of a request. Each criterion judges once all the offers that are alike in what it reads of them.

    With `facets` that others use too, what was found for earlier questions, alike in what is read of them, is used again.
    """

    def __init__(self, need: Need, request: Request, facets: dict[str, Facet] | None = None) -> None:
        self._need = need
        everyone = seats(need, request)
        self.remembering = remembering(everyone, new_facets() if facets is None else facets)
        rest = iter(self.remembering)
        self._asked = [(seat.judge, None if seat.reads is None else next(rest)) for seat in everyone]

    def assess(self, offer: Offer, codes: Mapping[str, npt.NDArray[np.int32]] | None = None, row: int = 0) -> Assessment:
        """Return what every criterion finds. It looks at this offer alone: no other offer can move its score.

        Where the offer has its numbers in the facets already, `codes` has an array for each facet's name, and `row` is the offer's place in it.
        """
        found: list[Judged] = []
        for judge, one in self._asked:
            if one is None:
                found.append(judge(offer))
                continue
            _, facet, table = one
            code = facet.number(offer) if codes is None else codes[facet.name].item(row)
            known = table.found[code] if code < len(table.found) else None
            found.append(known or table.of(code, judge, offer))
        return _added_up(self._need, offer, found)


def _added_up(need: Need, offer: Offer, found: list[Judged]) -> Assessment:
    said: list[Reason] = []
    failing: Failing = ()
    checks: tuple[str, ...] = ()
    score = 0
    for reasons, given, _, fails, _, to_ask in found:
        said += reasons
        score += given
        failing += fails
        checks += to_ask
    return Assessment(offer, need, tuple(said), score, failing, checks)


def assess(need: Need, request: Request, offer: Offer) -> Assessment:
    """Return what every criterion finds on one offer; for many offers an `Assessor` says the same sooner."""
    return _added_up(need, offer, [seat.judge(offer) for seat in seats(need, request)])
