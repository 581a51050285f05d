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
Reads = Callable[[Offer], Any]
VERSION = "2026-11.2"
BASE = 500  # an offer that serves the need starts here, in thousandths of a point
ONE = 1000


def _need(need: Need, request: Request, offer: Offer) -> list[Finding]:
    return [met(f"It helps with this: {NEEDS[need.code].label}.")]


_JUDGES: dict[str, Callable[[Requirement, Request, Offer], Finding]] = {
    "language": lambda r, q, o: languages.assess(r, o),
    "feature": lambda r, q, o: features.assess(r, o),
    "mode": lambda r, q, o: features.assess_mode(r, o),
    "gender": lambda r, q, o: features.assess_gender(r, o),
    "wait": lambda r, q, o: availability.assess_wait(r, o),
    "travel": travel.assess,
}
# Everything of an offer that the judge of a requirement reads, as in `Criterion.reads`.
_READS: dict[str, Reads] = {
    "language": lambda o: (o.languages, o.interpreter),
    "feature": lambda o: (tuple(o.features.items()), o.modes),
    "mode": lambda o: o.modes,
    "gender": lambda o: o.gender,
    "wait": lambda o: (o.availability, o.waiting_weeks),
    "travel": lambda o: (o.place, o.place_withheld, o.modes),
    "time": lambda o: (o.sessions, o.any_time, o.modes),
}


def _requirements(need: Need, request: Request, offer: Offer) -> list[Finding]:
    wanted = eligibility.requirements_of(need, request)
    times = iter(schedules.assess(wanted, request, offer))
    return [next(times) if r.what in ("time", "not_time") else _JUDGES[r.what](r, request, offer) for r in wanted]


def judges_of_requirements(need: Need, request: Request) -> list[tuple[Judge, Reads]]:
    """Return the judges of this need's requirements, in their order, each with what it reads of an offer.

    Times stand together, because one and the same session must suit them all; then so does everything else.
    """
    wanted = eligibility.requirements_of(need, request)
    if any(r.what in ("time", "not_time") for r in wanted):
        reads = [_READS[what] for what in sorted({"time" if r.what == "not_time" else r.what for r in wanted})]
        return [(_requirements, lambda o: tuple(read(o) for read in reads))]
    return [(_of_one(r), _READS[r.what]) for r in wanted]


def _of_one(requirement: Requirement) -> Judge:
    return lambda need, request, offer: [_JUDGES[requirement.what](requirement, request, offer)]


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

    `reads` gives everything of an offer that the judge reads: offers alike in it are judged once. None stands where that is not so.
    """

    name: str
    assess: Judge
    rules_out: bool
    weight: float
    source: str
    reads: Reads | None = None


_OURS = "judgement, November 2026"


def _independence(offer: Offer) -> Any:
    return offer.features.get("independent_of_school"), offer.features.get("independent_of_council")


def _state(offer: Offer) -> Any:
    return offer.availability, offer.places_left, offer.waiting_weeks, offer.paused_until


def _openness(offer: Offer) -> Any:
    # What is over quotes its sessions as they were written, so no other offer stands for it.
    return _state(offer), offer.id if any(s.until_on is not None for s in offer.sessions) else None


def _soonness(offer: Offer) -> Any:
    waiting = offer.availability == "waiting"
    return waiting, offer.waiting_weeks, offer.answers_within, None if waiting or offer.answers_within is not None else offer.sessions


# The rows stand in the order in which rules are told: the first that fails is the first reason an offer is left out.
CRITERIA: tuple[Criterion, ...] = (
    Criterion("need", _need, False, 0.10, f"domain guide 5.1, step 3; {_OURS}", lambda _: None),
    Criterion("authorised", eligibility.assess_authorised, True, 0.0, "domain guide 5.1, hard rules", lambda o: (o.authorisations, o.assured)),
    Criterion("who_may_refer", eligibility.assess_route, True, 0.0, "contract, who_may_refer", lambda o: o.who_may_refer),
    Criterion("audience", eligibility.assess_whom, True, 0.0, "contract, settled readings: who and where", lambda o: o.audience),
    Criterion("age", eligibility.assess_age, True, 0.0, "contract, settled readings: who and where", lambda o: (o.age_min, o.age_max)),
    Criterion("gender", eligibility.assess_gender, True, 0.0, "contract, requirement forms", lambda o: o.gender),
    Criterion("community", eligibility.assess_community, True, 0.0, "contract, settled readings: who and where", lambda o: (o.languages, o.gender) if o.community else None),
    Criterion("area", eligibility.assess_area, True, 0.0, "contract, area"),
    Criterion("requirement", _requirements, True, 0.45, f"domain guide 3: must 3, would help 1; {_OURS}"),
    Criterion("independent", choosing.assess_independent, False, 0.0, "domain guide 5.1, step 8", _independence),
    Criterion("first_step", choosing.assess_first_step, False, 0.0, "domain guide 5.1, step 8", lambda o: tuple(o.features.get(f) for f in choosing.EASY_TO_BEGIN)),
    Criterion("open", availability.assess_open, True, 0.0, "domain guide 5.1, hard rules", _openness),
    Criterion("confirmed", freshness.assess_rule, True, 0.0, "contract, confirmed_on", lambda o: o.confirmed_on),
    Criterion("soon", availability.assess_soon, False, 0.12, f"domain guide 5.1, step 6; {_OURS}", _soonness),
    Criterion("near", _near, False, 0.12, f"domain guide 5.1, step 6; {_OURS}"),
    Criterion("availability", availability.assess_state, False, 0.11, f"domain guide 5.1, step 6; {_OURS}", lambda o: (_state(o), o.confirmed_on)),
    Criterion("freshness", freshness.assess, False, 0.05, f"domain guide 5.1, soft; {_OURS}", lambda o: o.confirmed_on),
    Criterion("standing", standing.assess, False, 0.05, f"domain guide 5.1, step 6 (small); {_OURS}", lambda o: (o.asked, o.in_time)),
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
