"""Features in words: every yes-or-no fact of an offer, in the groups in which a person is asked about them."""

from __future__ import annotations

from typing import Any

from web import wording
from web.fields import KithForm, Line, OneOf

THREE = [("yes", "Yes"), ("no", "No"), ("not_known", "Not known")]
# Each stands under the name that matching reads; `collects` is for people alone.
GROUPS: dict[str, dict[str, str]] = {
    "The place": {
        "step_free": "Step-free", "accessible_toilet": "An accessible toilet", "hearing_loop": "A hearing loop", "quiet_space": "A quiet space", "creche": "A crèche",
        "near_school": "Near school", "not_on_school_site": "Not at school",
    },
    "How they help": {
        "warm_introduction": "A warm introduction", "goes_with_you": "Someone comes with you", "collects": "They collect people", "travel_paid": "Travel paid",
        "one_to_one": "One to one", "same_worker": "The same person each time", "drop_in": "Drop in", "flexible_attendance": "Come when you can", "children_welcome": "Children welcome",
        "explains_uk_systems": "Explains how things work here", "send_aware": "Knows about SEND", "trauma_informed": "Gentle with hard experiences",
    },
    "How it can be read and heard": {
        "bsl": "British Sign Language", "easy_read": "Easy read", "captions": "Captions", "voice_notes": "Voice notes",
    },
    "What is asked for": {
        "free": "Free", "no_proof_needed": "No proof asked", "no_diagnosis_needed": "No diagnosis needed", "no_referral_letter_needed": "No referral letter needed",
        "works_without_public_funds": "Doesn't depend on benefits", "ehc_plan_required": "An EHC plan is needed",
    },
    "Who runs it": {
        "independent_of_school": "Independent of school", "independent_of_council": "Independent of the council", "peer_led": "Led by people who have been there",
        "parent_led": "Led by parents", "faith_based": "Run by a faith group", "halal_or_kosher": "Halal or kosher food",
    },
}
FEATURES = {code: label for group in GROUPS.values() for code, label in group.items()}


def said(code: str) -> str:
    """Return what a feature is called."""
    return FEATURES.get(code) or wording.FEATURES.get(code) or code.replace("_", " ")


class _Features(KithForm):
    """Every feature, and who verified it."""

    verified_by = Line("Who verified this?", most=120, hint="Needed where an answer changes. For example: Jo, on a visit")


FeaturesForm: Any = type("FeaturesForm", (_Features,), {"__doc__": _Features.__doc__, **{f"has_{code}": OneOf(label, THREE) for code, label in FEATURES.items()}})


def filled(features: dict[str, str]) -> dict[str, str]:
    """Return features as the form's boxes show them."""
    return {f"has_{code}": features.get(code, "not_known") for code in FEATURES}


def answers(form: KithForm) -> dict[str, str]:
    """Return the answers that a form says."""
    facts = form.facts()
    return {code: facts[f"has_{code}"] for code in FEATURES if facts.get(f"has_{code}")}
