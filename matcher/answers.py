"""The answers: what was suggested, why, what was left out and why not, and one plan for everything."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple


class Verdict(StrEnum):
    """What a criterion found. Not known is its own answer: never read as no, and never as yes."""

    MET = "met"
    PARTLY = "partly_met"
    NOT_MET = "not_met"
    NOT_KNOWN = "not_known"


class Reason(NamedTuple):
    """One thing found: by which criterion, the verdict, a sentence, the points it gave, and the requirement it answers."""

    criterion: str
    verdict: Verdict
    says: str
    points: float | None = None
    requirement: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the plain record."""
        row: dict[str, Any] = {"criterion": self.criterion, "verdict": self.verdict.value, "says": self.says}
        if self.points is not None:
            row["points"] = self.points
        if self.requirement is not None:
            row["requirement"] = self.requirement
        return row


class Suggestion(NamedTuple):
    """One offer proposed for one need. The points of its reasons add up to its score."""

    offer: str
    organisation: str
    rank: int
    score: float
    reasons: tuple[Reason, ...]
    check_first: tuple[str, ...]
    refer_by: str
    next_session: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return the plain record."""
        return {
            "offer": self.offer, "organisation": self.organisation, "rank": self.rank, "score": self.score,
            "reasons": [r.to_dict() for r in self.reasons], "check_first": list(self.check_first), "refer_by": self.refer_by,
            "next_session": self.next_session,
        }


class LeftOut(NamedTuple):
    """An offer that serves the need and failed a rule: all its failing rules, and the smallest change that lets it in."""

    offer: str
    because: tuple[Reason, ...]
    would_fit_if: tuple[dict[str, Any], ...] | None

    def to_dict(self) -> dict[str, Any]:
        """Return the plain record."""
        row: dict[str, Any] = {"offer": self.offer, "because": [r.to_dict() for r in self.because]}
        if self.would_fit_if:
            row["would_fit_if"] = list(self.would_fit_if)
        return row


@dataclass(frozen=True)
class NeedAnswer:
    """The answer for one need."""

    id: str
    code: str
    suggestions: tuple[Suggestion, ...]
    left_out: tuple[LeftOut, ...]
    unmet: str | None
    held_back: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the plain record."""
        row: dict[str, Any] = {
            "id": self.id, "code": self.code, "suggestions": [s.to_dict() for s in self.suggestions],
            "left_out": [x.to_dict() for x in self.left_out], "unmet": self.unmet,
        }
        return row | ({"held_back": True} if self.held_back else {})


@dataclass(frozen=True)
class Plan:
    """Few organisations for the whole family: (offer, needs) steps, what they cover, and the burden (travel minutes and waiting weeks).

    `interpreters` pairs a step's offer, whose partner has no interpreter, with the offer of one.
    """

    steps: tuple[tuple[str, tuple[str, ...]], ...] = ()
    covers: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    burden: float = 0.0
    interpreters: tuple[tuple[str, str], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the plain record."""
        beside = dict(self.interpreters)
        steps = [{"offer": o, "needs": list(n)} | ({"interpreter": beside[o]} if o in beside else {}) for o, n in self.steps]
        return {"offers": steps, "covers": list(self.covers), "unmet": list(self.unmet), "burden": self.burden}


@dataclass(frozen=True)
class Answer:
    """The whole answer to one request."""

    request: str
    policy: str
    stopped: str | None
    needs: tuple[NeedAnswer, ...]
    plan: Plan

    def to_dict(self) -> dict[str, Any]:
        """Return the plain record, in the contract's shape."""
        return {
            "request": self.request, "policy": self.policy, "stopped": self.stopped, "needs": [n.to_dict() for n in self.needs],
            "plan": self.plan.to_dict(),
        }
