"""Assessment: every criterion's findings on one offer for one need, added up. The evaluation that ranks is the one that explains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matcher.alike import READS, Failing, Judged, Row
from matcher.findings import Finding
from matcher.policy import ONE, Criterion
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
    """Assesses offers for one need of a request. Each criterion judges once all the offers that are alike in what it reads of them."""

    def __init__(self, need: Need, request: Request) -> None:
        self._need = need
        self._seats: list[tuple[Callable[[Offer], Judged], Callable[[Offer], Any] | None, dict[Any, Judged]]] = [(seat.judge, None if seat.reads is None else READS[seat.reads], {}) for seat in seats(need, request)]

    def assess(self, offer: Offer) -> Assessment:
        """Return what every criterion finds. It looks at this offer alone: no other offer can move its score."""
        rows: list[Row] = []
        failing: list[tuple[Criterion, Finding]] = []
        for judge, reads, known in self._seats:
            if reads is None:
                judged = judge(offer)
            else:
                seen = reads(offer)
                found = known.get(seen)
                if found is None:
                    found = known[seen] = judge(offer)
                judged = found
            rows += judged.rows
            failing += judged.failing
        return Assessment(offer, self._need, tuple(rows), sum(points for _, _, points in rows), tuple(failing))


def assess(need: Need, request: Request, offer: Offer) -> Assessment:
    """Return what every criterion finds on one offer; for many offers an `Assessor` says the same sooner."""
    return Assessor(need, request).assess(offer)
