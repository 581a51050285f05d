"""Assessment: every criterion's findings on one offer for one need, added up. The evaluation that ranks is the one that explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matcher.findings import Finding
from matcher.policy import BASE, CRITERIA, ONE, Criterion, thousandths
from matcher.records import Need, Offer, Reason, Request, Verdict


@dataclass(frozen=True)
class Assessment:
    """What was found on one offer for one need; `score` in whole thousandths."""

    offer: Offer
    need: Need
    rows: tuple[tuple[Criterion, Finding, int], ...]
    score: int

    @property
    def failing(self) -> list[tuple[Criterion, Finding]]:
        """The rules that leave the offer out, in the policy's order."""
        return [(c, f) for c, f, _ in self.rows if f.failed is not None]

    @property
    def fits(self) -> bool:
        """Whether no rule leaves the offer out."""
        return all(f.failed is None for _, f, _ in self.rows)

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


def assess(need: Need, request: Request, offer: Offer) -> Assessment:
    """Return what every criterion finds. It looks at this offer alone: no other offer can move its score."""
    rows: list[tuple[Criterion, Finding, int]] = []
    total = 0
    for criterion in CRITERIA:
        findings = criterion.assess(need, request, offer)
        shares = sum(f.share for f in findings) or 1.0
        for finding in findings:
            points = thousandths(criterion, finding, shares) + (BASE if criterion.name == "need" else 0)
            total += points
            rows.append((criterion, finding, points))
    return Assessment(offer, need, tuple(rows), total)
