"""Features on a form: every yes-or-no fact of an offer, answered yes, no or not known, in the groups of the table of features."""

from __future__ import annotations

from typing import Any

from web.features import CALLED, TABLE
from web.fields import KithForm, Line, OneOf

THREE = [("yes", "Yes"), ("no", "No"), ("not_known", "Not known")]
GROUPS = {title: list(group) for title, group in TABLE.items()}
FEATURES = CALLED


def said(code: str) -> str:
    """Return what a feature is called."""
    return FEATURES.get(code) or code.replace("_", " ")


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
