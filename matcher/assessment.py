"""Assessment: every criterion's findings on one offer for one need, added up. The evaluation that ranks is the one that explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matcher.eligibility import requirements_of
from matcher.findings import Finding
from matcher.policy import BASE, CRITERIA, ONE, Criterion, Judge, Reads, judges_of_requirements, thousandths
from matcher.records import Need, Offer, Reason, Request, Verdict

Row = tuple[Criterion, Finding, int]
Judged = tuple[tuple[Row, ...], int, tuple[tuple[Criterion, Finding], ...]]


@dataclass(frozen=True)
class Assessment:
    """What was found on one offer for one need; `score` in whole thousandths; `failing` the rules that leave it out, in the policy's order."""

    offer: Offer
    need: Need
    rows: tuple[Row, ...]
    score: int
    failing: tuple[tuple[Criterion, Finding], ...] = ()

    @property
    def fits(self) -> bool:
        """Whether no rule leaves the offer out."""
        return not self.failing

    def check_first(self) -> tuple[str, ...]:
        """What a person asks before referring: what is not known and matters, then the offer's own conditions."""
        return tuple(dict.fromkeys([f.check for _, f, _ in self.rows if f.check] + list(self.offer.conditions)))

    def reasons(self) -> tuple[Reason, ...]:
        """All findings as reasons with their points, in the policy's order."""
        return tuple(Reason(_name(c, f), f.verdict, f.says, points / ONE, _raw(f)) for c, f, points in self.rows)

    def because(self) -> tuple[Reason, ...]:
        """The failing rules as reasons."""
        return tuple(Reason(_name(c, f), Verdict.NOT_MET, f.says, None, _raw(f)) for c, f in self.failing)


def _name(criterion: Criterion, finding: Finding) -> str:
    return finding.requirement.what if finding.requirement is not None else criterion.name


def _raw(finding: Finding) -> dict[str, Any] | None:
    return finding.requirement.raw if finding.requirement is not None else None


class Assessor:
    """Assesses offers for one need of a request. Each criterion judges once all the offers that are alike in what it reads of them."""

    def __init__(self, need: Need, request: Request) -> None:
        self._need, self._request = need, request
        self._judged: list[tuple[Criterion, Judge, Reads | None, dict[Any, Judged]]] = []
        for c in CRITERIA:
            judges: list[tuple[Judge, Reads | None]] = [*judges_of_requirements(need, request)] if c.name == "requirement" else [(c.assess, c.reads)]
            self._judged += [(c, judge, reads, {}) for judge, reads in judges]
        self._asked = sum(r.strength for r in requirements_of(need, request)) or 1.0

    def assess(self, offer: Offer) -> Assessment:
        """Return what every criterion finds. It looks at this offer alone: no other offer can move its score."""
        rows: list[Row] = []
        failing: list[tuple[Criterion, Finding]] = []
        total = 0
        for criterion, judge, reads, known in self._judged:
            if reads is None:
                judged = self._judge(criterion, judge, offer)
            else:
                seen = reads(offer)
                found = known.get(seen)
                if found is None:
                    found = known[seen] = self._judge(criterion, judge, offer)
                judged = found
            rows += judged[0]
            total += judged[1]
            if judged[2]:
                failing += judged[2]
        return Assessment(offer, self._need, tuple(rows), total, tuple(failing))

    def _judge(self, criterion: Criterion, judge: Judge, offer: Offer) -> Judged:
        findings = judge(self._need, self._request, offer)
        if not findings:
            return (), 0, ()
        if len(findings) == 1 and criterion.weight == 0:
            # Most of what is judged is one rule, which gives no points.
            only = findings[0]
            return ((criterion, only, 0),), 0, () if only.failed is None else ((criterion, only),)
        shares = self._asked if criterion.name == "requirement" else sum(f.share for f in findings) or 1.0
        more = BASE if criterion.name == "need" else 0
        rows = tuple((criterion, f, thousandths(criterion, f, shares) + more) for f in findings)
        return rows, sum(points for _, _, points in rows), tuple((criterion, f) for f in findings if f.failed is not None)


def assess(need: Need, request: Request, offer: Offer) -> Assessment:
    """Return what every criterion finds on one offer; for many offers an `Assessor` says the same sooner."""
    return Assessor(need, request).assess(offer)
