"""Standing: how often a partner answered within its own promise, shrunk so that a few answers say little."""

from __future__ import annotations

from matcher.findings import Finding, not_known
from matcher.records import Need, Offer, Request, Verdict

PRIOR_ASKED, PRIOR_IN_TIME = 4, 3  # a partner we know nothing of is taken to answer three of four in time; judgement, November 2026


def assess(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """How a partner has answered so far."""
    if offer.asked == 0:
        return [not_known("We have not asked them anything yet.")]
    fit = (offer.in_time + PRIOR_IN_TIME) / (offer.asked + PRIOR_ASKED)
    verdict = Verdict.MET if fit >= 0.75 else Verdict.PARTLY if fit >= 0.4 else Verdict.NOT_MET
    return [Finding(verdict, fit, f"They answered {offer.in_time} of {offer.asked} within their own promise.")]
