"""Features and modes: step-free, a crèche, by phone. A feature that nobody recorded is not known."""

from __future__ import annotations

from matcher.findings import Finding, asked
from matcher.names import FEATURES, MODES
from matcher.records import Offer, Requirement, Verdict
from matcher.travel import needs_no_journey

OF_A_PLACE = frozenset({"step_free", "accessible_toilet", "hearing_loop", "near_school", "travel_paid", "not_on_school_site"})
ACCESS = frozenset({"step_free", "accessible_toilet", "hearing_loop", "quiet_space", "bsl", "easy_read", "captions"})


def assess(requirement: Requirement, offer: Offer) -> Finding:
    """Return whether an offer has a feature, or is known not to have it where that is what was asked."""
    name = FEATURES[requirement.value]
    code = "not_accessible" if requirement.value in ACCESS else "requirement"
    value = offer.features.get(requirement.value, "not_known")
    if requirement.value in OF_A_PLACE and needs_no_journey(offer):
        return asked(requirement, Verdict.MET, 1.0, f"There is nowhere to go, so {name} is no worry.", code=code)
    if value == "not_known":
        return asked(requirement, Verdict.NOT_KNOWN, None, f"We don't know about this: {name}.", code=code, check=f"Ask about this: {name}.")
    found = {"yes": f"Yes: {name}.", "no": f"No: {name}."}[value]
    if value == requirement.wanted:
        return asked(requirement, Verdict.MET, 1.0, found, code=code)
    return asked(requirement, Verdict.NOT_MET, 0.0, found, code=code)


def assess_mode(requirement: Requirement, offer: Offer) -> Finding:
    """Return whether an offer can be had in the way asked for."""
    name = MODES[requirement.value]
    if requirement.value in offer.modes:
        return asked(requirement, Verdict.MET, 1.0, f"It can be had {name}.", code="requirement")
    return asked(requirement, Verdict.NOT_MET, 0.0, f"It cannot be had {name}.", code="requirement")


def assess_gender(requirement: Requirement, offer: Offer) -> Finding:
    """Return whether an offer is for the gender that was asked for."""
    if offer.gender == requirement.value:
        return asked(requirement, Verdict.MET, 1.0, f"It is for {requirement.value} only.", code="requirement")
    return asked(requirement, Verdict.NOT_MET, 0.0, f"It is not for {requirement.value} only.", code="requirement")
