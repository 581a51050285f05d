"""Languages: a shared language, or an interpreter that the partner arranges. Tags meet by their primary subtag."""

from __future__ import annotations

from matcher.findings import Finding, asked
from matcher.names import language, primary
from matcher.records import Offer, Requirement, Verdict

INTERPRETER_FIT = 0.8  # a shared language ranks above an interpreter; judgement, November 2026
SCHOOL_ARRANGES_FIT = 0.6


def assess(requirement: Requirement, offer: Offer) -> Finding:
    """Return whether an offer can be had in a language."""
    name = language(requirement.value)
    if primary(requirement.value) in {primary(tag) for tag in offer.languages}:
        return asked(requirement, Verdict.MET, 1.0, f"{name} is spoken.", code="language")
    if offer.interpreter == "yes":
        return asked(requirement, Verdict.MET, INTERPRETER_FIT, f"They arrange an interpreter for {name}.", code="language")
    if offer.interpreter == "school_arranges":
        return asked(
            requirement, Verdict.PARTLY, SCHOOL_ARRANGES_FIT, f"An interpreter for {name} can come, if school arranges one.", code="language",
            check=f"Book an interpreter for {name}: the school arranges it.",
        )
    if offer.interpreter == "no":
        return asked(requirement, Verdict.NOT_MET, 0.0, f"{name} is not one of the languages spoken, and there is no interpreter.", code="language")
    return asked(
        requirement, Verdict.NOT_KNOWN, None, f"We don't know whether {name}, or an interpreter, is to be had.", code="language",
        check=f"Ask whether {name} is spoken or an interpreter can come.",
    )
