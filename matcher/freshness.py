"""Freshness: when a person last said that an offer is right. Two clocks: 90 days, check first; 180 days, left out."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from matcher.findings import Finding, met, rule_fails
from matcher.names import count
from matcher.records import Need, Offer, Request, Verdict
from matcher.schedules import local_day

# Source: contract, `confirmed_on`; the figures are our judgement, November 2026.
AVAILABILITY_DAYS, CHECK_FIRST_DAYS, LEFT_OUT_DAYS = 35, 90, 180


def age_days(offer: Offer, request: Request) -> int | None:
    """Return how many days ago the offer was confirmed, or None."""
    return None if offer.confirmed_on is None else (local_day(request.on) - offer.confirmed_on).days


def assess_rule(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """An offer that nobody confirmed, or not for 180 days, is left out and can still be found."""
    age = age_days(offer, request)
    if age is None:
        return [rule_fails("not_confirmed", "Nobody has confirmed it yet.", {"confirmed_on": local_day(request.on).isoformat()})]
    if age > LEFT_OUT_DAYS:
        since = local_day(request.on) - timedelta(days=age)
        return [rule_fails("not_confirmed", f"Not confirmed since {since.day} {since:%B %Y}.", {"confirmed_on": local_day(request.on).isoformat()})]
    return []


def assess(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """How recently it was confirmed."""
    age = age_days(offer, request)
    return [] if age is None or age > LEFT_OUT_DAYS else [_confirmed(age)]


@lru_cache(maxsize=2 * LEFT_OUT_DAYS)
def _confirmed(age: int) -> Finding:
    """Return the finding on an offer confirmed so many days ago."""
    if age > CHECK_FIRST_DAYS:
        check = f"Check that it still runs: it was last confirmed {count(age, 'day')} ago."
        return Finding(Verdict.PARTLY, 0.1, f"It was last confirmed {count(age, 'day')} ago: check first.", check=check)
    ago = "today" if age == 0 else f"{count(age, 'day')} ago"
    return met(f"It was confirmed {ago}.", 1.0 - 0.5 * age / CHECK_FIRST_DAYS)
