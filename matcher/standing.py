"""Standing: how often a partner answered within its own promise, shrunk so that a few answers say little."""

from __future__ import annotations

from functools import lru_cache

from matcher.findings import Finding, not_known
from matcher.records import Need, Offer, Request, Verdict

PRIOR_ASKED, PRIOR_IN_TIME = 4, 3  # a partner we know nothing of is taken to answer three of four in time; judgement, November 2026


def assess(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """How a partner has answered so far."""
    return [_answered(offer.asked, offer.in_time)]


@lru_cache(maxsize=4096)
def _answered(times: int, in_time: int) -> Finding:
    if times == 0:
        return not_known("We have not asked them anything yet.")
    fit = (in_time + PRIOR_IN_TIME) / (times + PRIOR_ASKED)
    verdict = Verdict.MET if fit >= 0.75 else Verdict.PARTLY if fit >= 0.4 else Verdict.NOT_MET
    return Finding(verdict, fit, f"They answered {in_time} of {times} within their own promise.")
