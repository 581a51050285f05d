"""Seats: who judges offers for one need of a request, in the policy's order: each criterion, and each requirement by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matcher import schedules
from matcher.alike import OUT, Facet, Judged, Table
from matcher.answers import Reason, Verdict
from matcher.eligibility import requirements_of
from matcher.findings import Finding
from matcher.policy import BASE, CRITERIA, JUDGES, ONE, Criterion, thousandths
from matcher.records import Need, Offer, Request, Requirement

NOT_MET = Verdict.NOT_MET
_REQUIREMENT = next(c for c in CRITERIA if c.name == "requirement")
# What the judges of requirements read of an offer, as rows of `alike.READS`; a journey depends on where the family is.
_READS = {"language": "languages", "feature": "features", "mode": "modes", "gender": "gender", "wait": "state", "time": "sessions", "not_time": "sessions"}


class Seat(NamedTuple):
    """One judge of a question. Where `reads` is a row of `alike.READS`, `asked` names the judge and everything of the question that it
    reads; None where what is found is not worth keeping."""

    criterion: Criterion
    find: Callable[[Offer], list[Finding]]
    reads: str | None
    asked: Any
    shares: float | None

    def judge(self, offer: Offer) -> Judged:
        """Return what is found on an offer, weighed."""
        findings = self.find(offer)
        return _weigh_one(self.criterion, findings[0], self.shares) if len(findings) == 1 else weigh(self.criterion, findings, self.shares)


class Remembering(NamedTuple):
    """A seat that reads a facet, with what it found on the facet's classes before."""

    seat: Seat
    facet: Facet
    table: Table

    def points(self, codes: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Return what it finds on classes, in thousandths."""
        return self.table.points(codes, self.facet, self.seat.judge)


def remembering(everyone: list[Seat], facets: dict[str, Facet]) -> list[Remembering]:
    """Return the seats that read a facet, with what each remembers."""
    return [Remembering(seat, facets[seat.reads], facets[seat.reads].table(seat.asked)) for seat in everyone if seat.reads is not None]


def seats(need: Need, request: Request) -> list[Seat]:
    """Return the judges of one need."""
    found: list[Seat] = []
    for c in CRITERIA:
        if c is _REQUIREMENT:
            found += _of_requirements(need, request)
        else:
            asked = c.asks(need, request)
            found.append(Seat(c, partial(c.assess, need, request), c.reads, None if asked is None else (c.name, asked), None))
    return found


def _of_requirements(need: Need, request: Request) -> list[Seat]:
    wanted = requirements_of(need, request)
    shares = sum(r.strength for r in wanted) or 1.0
    times = tuple(r for r in wanted if r.what in ("time", "not_time"))
    together = (times, tuple(repr(r.raw) for r in times), schedules.local_day(request.on), request.terms is None)
    known: dict[int, tuple[Offer, list[Finding]]] = {}

    def of_time(place: int) -> Callable[[Offer], list[Finding]]:
        def find(offer: Offer) -> list[Finding]:
            # One and the same session must suit all the times, so they are judged together.
            if id(offer) not in known:
                known[id(offer)] = offer, schedules.assess(times, request, offer)
            return [known[id(offer)][1][place]]

        return find

    found: list[Seat] = []
    for r in wanted:
        if r.what in ("time", "not_time"):
            place = sum(seat.reads == "sessions" for seat in found)
            found.append(Seat(_REQUIREMENT, of_time(place), "sessions", (place, shares, together), shares))
        else:
            found.append(Seat(_REQUIREMENT, _of_one(r, request), _READS.get(r.what), (r, repr(r.raw), shares), shares))
    return found


def _of_one(requirement: Requirement, request: Request) -> Callable[[Offer], list[Finding]]:
    judge = JUDGES[requirement.what]
    return lambda offer: [judge(requirement, request, offer)]


def weigh(criterion: Criterion, findings: list[Finding], shares: float | None) -> Judged:
    """Return findings with their points; `shares` is what their weights are divided by, and their own sum where None."""
    if not findings:
        return _NOTHING
    parts = shares if shares is not None else sum(f.share for f in findings) or 1.0
    points = [_points(criterion, f, parts) for f in findings]
    said = tuple(_reason(criterion, f, f.verdict, given / ONE) for f, given in zip(findings, points, strict=True))
    failing = tuple((criterion, f) for f in findings if f.failed is not None)
    checks = tuple(f.check for f in findings if f.check)
    return Judged(said, sum(points), OUT if failing else sum(points), failing, tuple(because(c, f) for c, f in failing), checks)


def _weigh_one(criterion: Criterion, finding: Finding, shares: float | None) -> Judged:
    points = _points(criterion, finding, finding.share if shares is None else shares)
    said = (_reason(criterion, finding, finding.verdict, points / ONE),)
    checks = () if finding.check is None else (finding.check,)
    if finding.failed is None:
        return Judged(said, points, points, (), (), checks)
    return Judged(said, points, OUT, ((criterion, finding),), (because(criterion, finding),), checks)


def _points(criterion: Criterion, finding: Finding, shares: float) -> int:
    points = thousandths(criterion, finding, shares) if criterion.weight else 0
    return points + BASE if criterion.name == "need" else points


def because(criterion: Criterion, finding: Finding) -> Reason:
    """Return a rule that fails as a reason."""
    return _reason(criterion, finding, NOT_MET, None)


def _reason(criterion: Criterion, finding: Finding, verdict: Verdict, points: float | None) -> Reason:
    """Return a finding as a reason; it has the name of the requirement's form, or else the criterion's."""
    asked = finding.requirement
    return Reason(criterion.name, verdict, finding.says, points) if asked is None else Reason(asked.what, verdict, finding.says, points, asked.raw)


_NOTHING = Judged((), 0, 0, (), (), ())
