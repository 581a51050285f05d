"""THE SCORING POLICY: one row a criterion: its name, its judge, whether it may rule an offer out, its weight and where that comes from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matcher import availability, choosing, eligibility, features, freshness, languages, schedules, standing, travel
from matcher.findings import Finding, met, not_known
from matcher.records import Need, Offer, Request, Requirement
from matcher.taxonomy import NEEDS

Judge = Callable[[Need, Request, Offer], list[Finding]]
VERSION = "2026-11.2"
BASE = 500  # an offer that serves the need starts here, in thousandths of a point
ONE = 1000


def _need(need: Need, request: Request, offer: Offer) -> list[Finding]:
    return [met(f"It helps with this: {NEEDS[need.code].label}.")]


JUDGES: dict[str, Callable[[Requirement, Request, Offer], Finding]] = {
    "language": lambda r, q, o: languages.assess(r, o),
    "feature": lambda r, q, o: features.assess(r, o),
    "mode": lambda r, q, o: features.assess_mode(r, o),
    "gender": lambda r, q, o: features.assess_gender(r, o),
    "wait": lambda r, q, o: availability.assess_wait(r, o),
    "travel": travel.assess,
}
def _requirements(need: Need, request: Request, offer: Offer) -> list[Finding]:
    wanted = eligibility.requirements_of(need, request)
    times = iter(schedules.assess(wanted, request, offer))
    return [next(times) if r.what in ("time", "not_time") else JUDGES[r.what](r, request, offer) for r in wanted]


def _near(need: Need, request: Request, offer: Offer) -> list[Finding]:
    km = travel.distance_km(request, offer)
    if offer.place_withheld and not travel.needs_no_journey(offer):
        return [not_known("Where it is stays private.")]
    if km is None:
        return [not_known("We don't know how far it is.")]
    if travel.needs_no_journey(offer):
        return [met("There is no journey to make.")]
    walk = travel.minutes(km, "walk")
    says = f"About {walk:.0f} minutes on foot." if walk <= 60 else f"About {travel.minutes(km, 'bus'):.0f} minutes by bus."
    return [met(says, math.exp(-km / 4))]


@dataclass(frozen=True)
class Criterion:
    """One row of the policy. `weight` is the most that its fit can move a score, from half below to half above.

    `reads` names everything of an offer that the judge reads, a row of `alike.READS`, and `asks` gives everything of the question: offers alike in the
    one are judged once for all questions alike in the other. None stands where that is not so, or a question is hardly asked twice.
    """

    name: str
    assess: Judge
    rules_out: bool
    weight: float
    source: str
    reads: str | None = None
    asks: Callable[[Need, Request], Any] = lambda need, request: None


_OURS = "judgement, November 2026"


def _day(need: Need, request: Request) -> Any:
    return schedules.local_day(request.on)


def _named(need: Need, request: Request) -> Any:
    spoken = frozenset(r.value for r in eligibility.requirements_of(need, request) if r.what == "language")
    return need.code == "own_community", spoken, frozenset(eligibility.genders_named(need, request))


def _features_asked(need: Need, request: Request) -> Any:
    return need.code, frozenset((r.value, r.wanted) for r in eligibility.requirements_of(need, request) if r.what == "feature")


# The rows stand in the order in which rules are told: the first that fails is the first reason an offer is left out.
CRITERIA: tuple[Criterion, ...] = (
    Criterion("need", _need, False, 0.10, f"domain guide 5.1, step 3; {_OURS}", "nothing", lambda n, q: n.code),
    Criterion("authorised", eligibility.assess_authorised, True, 0.0, "domain guide 5.1, hard rules", "authorised", lambda n, q: (n.code, _day(n, q))),
    Criterion("who_may_refer", eligibility.assess_route, True, 0.0, "contract, who_may_refer", "routes", lambda n, q: q.referrer),
    Criterion("audience", eligibility.assess_whom, True, 0.0, "contract, settled readings: who and where", "audience", lambda n, q: n.for_whom),
    Criterion("age", eligibility.assess_age, True, 0.0, "contract, settled readings: who and where", "age", lambda n, q: (n.age_years, n.for_whom)),
    Criterion("gender", eligibility.assess_gender, True, 0.0, "contract, requirement forms", "gender", lambda n, q: frozenset(eligibility.genders_named(n, q))),
    Criterion("community", eligibility.assess_community, True, 0.0, "contract, settled readings: who and where", "community", _named),
    Criterion("area", eligibility.assess_area, True, 0.0, "contract, area"),
    Criterion("requirement", _requirements, True, 0.45, f"domain guide 3: must 3, would help 1; {_OURS}"),
    Criterion("independent", choosing.assess_independent, False, 0.0, "domain guide 5.1, step 8", "features", _features_asked),
    Criterion("first_step", choosing.assess_first_step, False, 0.0, "domain guide 5.1, step 8", "features", _features_asked),
    Criterion("open", availability.assess_open, True, 0.0, "domain guide 5.1, hard rules", "openness", _day),
    Criterion("confirmed", freshness.assess_rule, True, 0.0, "contract, confirmed_on", "confirmed", _day),
    Criterion("soon", availability.assess_soon, False, 0.12, f"domain guide 5.1, step 6; {_OURS}", "soon"),
    Criterion("near", _near, False, 0.12, f"domain guide 5.1, step 6; {_OURS}"),
    Criterion("availability", availability.assess_state, False, 0.11, f"domain guide 5.1, step 6; {_OURS}", "state", _day),
    Criterion("freshness", freshness.assess, False, 0.05, f"domain guide 5.1, soft; {_OURS}", "confirmed", _day),
    Criterion("standing", standing.assess, False, 0.05, f"domain guide 5.1, step 6 (small); {_OURS}", "standing", lambda n, q: ()),
)
# The order in which a need's reasons for being unmet are told, where two offers are equally close. Source: answer.schema.json.
UNMET_ORDER = (
    "no_such_offer", "not_open", "waiting_too_long", "time", "language", "too_far", "outside_area", "not_eligible", "not_accessible",
    "requirement", "may_not_refer", "not_authorised", "not_confirmed", "kept_away",
)


def thousandths(criterion: Criterion, finding: Finding, shares: float) -> int:
    """Return the points a finding gives, in whole thousandths, so that they add up exactly."""
    if finding.fit is None or criterion.weight == 0:
        return 0
    return round(ONE * criterion.weight * finding.share / shares * (finding.fit - 0.5))
