"""Features in words, one table: what an offer's yes-or-no facts are called, and how a family asks for each. It names every feature that matching reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """One fact: what it is called of an offer; how it is asked for; and how it is asked that an offer be without it. None where nobody would ask that."""

    called: str
    asked: str | None
    asked_without: str | None = None


def _plain(words: str) -> Feature:
    return Feature(words, words)


# Each stands under the name that matching reads, in the groups in which a person is asked about them. `collects` is for people alone.
TABLE: dict[str, dict[str, Feature]] = {
    "The place": {
        "step_free": _plain("Step-free"), "accessible_toilet": _plain("An accessible toilet"), "hearing_loop": _plain("A hearing loop"), "quiet_space": _plain("A quiet space"),
        "creche": _plain("A crèche"), "near_school": _plain("Near school"), "not_on_school_site": _plain("Not at school"),
    },
    "How they help": {
        "warm_introduction": _plain("A warm introduction"), "goes_with_you": Feature("Someone comes with you", "Someone to come with me"), "collects": Feature("They collect people", None),
        "travel_paid": _plain("Travel paid"), "one_to_one": _plain("One to one"), "same_worker": _plain("The same person each time"), "drop_in": _plain("Drop in"),
        "flexible_attendance": _plain("Come when you can"), "children_welcome": _plain("Children welcome"), "explains_uk_systems": _plain("Explains how things work here"),
        "send_aware": _plain("Knows about SEND"), "trauma_informed": _plain("Gentle with hard experiences"),
    },
    "How it can be read and heard": {
        "bsl": _plain("British Sign Language"), "easy_read": _plain("Easy read"), "captions": _plain("Captions"), "voice_notes": _plain("Voice notes"),
    },
    "What is asked for": {
        "free": _plain("Free"), "no_proof_needed": _plain("No proof asked"), "no_diagnosis_needed": _plain("No diagnosis needed"),
        "no_referral_letter_needed": _plain("No referral letter needed"), "works_without_public_funds": _plain("Doesn't depend on benefits"),
        "ehc_plan_required": Feature("An EHC plan is needed", None, "No EHC plan needed"),
    },
    "Who runs it": {
        "independent_of_school": _plain("Independent of school"), "independent_of_council": _plain("Independent of the council"), "peer_led": _plain("Led by people who have been there"),
        "parent_led": _plain("Led by parents"), "faith_based": Feature("Run by a faith group", "Run by a faith group", "Not run by a faith group"),
        "halal_or_kosher": _plain("Halal or kosher food"),
    },
}
ROWS = {code: feature for group in TABLE.values() for code, feature in group.items()}
CALLED = {code: feature.called for code, feature in ROWS.items()}
# Those that families ask for most stand first on a telephone; judgement, November 2026.
FIRST = ("step_free", "not_on_school_site", "goes_with_you", "warm_introduction", "works_without_public_funds", "creche")
WITHOUT = "without:"  # before the code of a feature that an offer should be without


def asked(code: str, wanted: str = "yes") -> str:
    """Return how a feature is asked for, or that an offer be without it (`wanted` is "no"). A code that is not in the table is said as it is."""
    row = ROWS.get(code) or _plain(code.replace("_", " ").capitalize())
    if wanted == "no":
        return row.asked_without or f"Not: {row.called[:1].lower()}{row.called[1:]}"
    return row.asked or row.called


def _wishes(group: dict[str, Feature]) -> dict[str, str]:
    rows = [[(code, f.asked), (WITHOUT + code, f.asked_without)] for code, f in group.items()]
    return {value: words for row in rows for value, words in row if words is not None}


WISH_GROUPS = {"": {code: asked(code) for code in FIRST}} | {
    title: {value: words for value, words in _wishes(group).items() if value not in FIRST} for title, group in TABLE.items()
}
WISHES = {value: words for group in WISH_GROUPS.values() for value, words in group.items()}


def wish(value: str, strength: str) -> dict[str, str]:
    """Return the requirement that a tick stands for; `value` is a key of WISHES, `strength` must or would_help."""
    if value.startswith(WITHOUT):
        return {"what": "feature", "value": value.removeprefix(WITHOUT), "is": "no", "strength": strength}
    return {"what": "feature", "value": value, "strength": strength}
