"""Findings: what one criterion says of one offer for one need, before any weight is put on it."""

from __future__ import annotations

from typing import Any, NamedTuple

from matcher.records import Requirement, Verdict

_NOT_MET = Verdict.NOT_MET  # a member of an enumeration takes a while to look up


class Finding(NamedTuple):
    """A verdict with its fit (0 to 1, None where not known), its sentence, and what follows from it.

    `failed` is the reason code of a rule that rules the offer out; `check` is what a person asks first; `share` is how the
    criterion's weight is divided when it has several findings.
    """

    verdict: Verdict
    fit: float | None
    says: str
    failed: str | None = None
    check: str | None = None
    share: float = 1.0
    requirement: Requirement | None = None
    change: dict[str, Any] | None = None


def met(says: str, fit: float = 1.0, **more: Any) -> Finding:
    """The offer does it."""
    return Finding(Verdict.MET, fit, says, **more)


def not_known(says: str, **more: Any) -> Finding:
    """Nobody has said: no points either way."""
    return Finding(Verdict.NOT_KNOWN, None, says, **more)


def rule_fails(code: str, says: str, change: dict[str, Any] | None) -> Finding:
    """A rule that leaves the offer out, with the change of the offer that would let it in."""
    return Finding(_NOT_MET, 0.0, says, code, None, 1.0, None, change)


def asked(requirement: Requirement, verdict: Verdict, fit: float | None, says: str, *, code: str, check: str | None = None) -> Finding:
    """Return the finding for a requirement: a must that is not met fails; a must that is not known, or only partly met, is checked first."""
    failed = code if requirement.must and verdict is Verdict.NOT_MET else None
    return Finding(verdict, fit, says, failed=failed, check=check if requirement.must else None, share=requirement.strength, requirement=requirement)
