"""Parts of an offer as forms: each fact of the field table as the box, ticks or lines a person fills in, and back."""

from __future__ import annotations

from datetime import date
from typing import Any

from partners.foundation.errors import NotFound
from partners.matching import words
from partners.registry import offer_fields, particulars, times
from partners.registry.offer_fields import BY_NAME
from partners.registry.particulars import DELIVERY, Particular
from web import feature_words, wording
from web.fields import AnyOf, Choose, Day, Field, KithForm, Line, Lines, OneOf, Tick, WholeNumber

LINES = ("eligibility", "facts_needed", "conditions")
_TIMES_HINT = "One line each: Tuesday 09:15 to 11:15, in term time. First Tuesday of each month, 10:00 to 12:00. Every other Wednesday, 10:00 to 12:00, next on 2 December 2026. Or one day: 5 December 2026 10:00 to 12:00"
_AREAS = [("anywhere", "Anywhere"), ("postcodes", "Some postcodes"), ("radius", "Some kilometres round its place")]


def _pairs(names: dict[str, str]) -> list[tuple[str, str]]:
    return list(names.items())


class PartForm(KithForm):
    """A part of the list. `seen` is the version that the person was looking at."""

    seen = WholeNumber("Version", least=0, most=1_000_000)


class WhatForm(PartForm):
    """What it is."""

    name = Line("Name", required="Give the offer's name.")
    promise = Line("What happens when someone comes", most=160, hint="In at most 160 characters")
    description = Lines("In more words", most=2000)
    kind = OneOf("What kind of offer is it?", _pairs(offer_fields.KINDS), required="Choose what kind it is.")
    audience = AnyOf("Whom is it for?", _pairs(offer_fields.AUDIENCE))
    age_min_years = WholeNumber("Youngest age in years", most=120, hint="Leave empty where there is none")
    age_max_years = WholeNumber("Oldest age in years", most=120, hint="Leave empty where there is none")


class WhenForm(PartForm):
    """When it happens."""

    sessions = Lines("When does it happen?", most=4000, hint=_TIMES_HINT)
    any_time = Tick("At any time that suits the family")


class WhereForm(PartForm):
    """How and where."""

    modes = AnyOf("How can it be had?", _pairs({k: v.capitalize() for k, v in offer_fields.MODES.items()}))
    area_kind = OneOf("Which area does it cover?", _AREAS, required="Choose which area it covers.")
    area_detail = Line("Which postcodes, or how many kilometres?", hint="For example: LS9, LS14 1. Or: 5")


class WhoForm(PartForm):
    """Who can come."""

    who_may_refer = AnyOf("Who may introduce a family?", _pairs(offer_fields.REFERRERS))
    gender = OneOf("For women, men or anybody?", _pairs(offer_fields.GENDERS), required="Choose one.")
    gender_ground = Line("If only women or only men: why?", hint="For example: it is a group for new mothers")
    community = Tick("It is run by and for one community", hint="It is then shown where the family asks for that.")
    eligibility = Lines("Who can come, and what proof is asked", hint="One line each")
    not_needed = AnyOf("What is not asked for?", _pairs(offer_fields.NOT_NEEDED))
    facts_needed = Lines("What does the partner need to know to say yes?", hint="At most five facts, one line each. Never names.")
    conditions = Lines("Anything to check first", hint="One line each")


class CostForm(PartForm):
    """What it costs."""

    cost = Line("What does it cost?", hint="For example: free, or £2 a session")
    hidden_costs = Line("What else costs money?", hint="Bus, food, kit; or none")


class LanguagesForm(PartForm):
    """Languages and interpreters."""

    languages = AnyOf("Which languages do they speak?", _pairs(wording.LANGUAGES))
    interpreter = OneOf("Is there an interpreter?", _pairs(offer_fields.INTERPRETER), required="Choose one; 'Not known' is an answer.")


class RepliesForm(PartForm):
    """Answers, and what comes back."""

    reply_promise_days = WholeNumber("Within how many working days do they answer?", required="Give a number of days.", least=1, most=60)
    answers_within = Choose("How soon can they start?", _pairs(offer_fields.WITHIN))
    urgent_route = Line("What should we do when it cannot wait?")
    monthly_cap = WholeNumber("At most how many introductions a month?", least=1, most=10_000, hint="Leave empty where they have not said")
    comes_back = AnyOf("What comes back to school?", _pairs(offer_fields.COMES_BACK))
    never_back = Lines("What never comes back?", most=500)


class CareForm(PartForm):
    """Complaints, and where what they know is kept."""

    complaints = Line("How can a family complain?", most=300)
    data_held = Line("Where is what they know kept?", most=300)


class SchoolForm(PartForm):
    """What the school alone sets and sees."""

    assured = OneOf("Are the school's checks on them complete?", _pairs(offer_fields.ASSURED), required="Choose one; 'Not known' is an answer.")
    tier = Choose("How well does the school know them?", _pairs(offer_fields.TIERS), hint="No partner and no family sees this.")


class NeedsForm(PartForm):
    """What it helps with."""

    needs = AnyOf("What does it help with?", lambda: _pairs(words.labels()), required="Choose one to five needs that this offer meets.", hint="One to five")


class NewOfferForm(KithForm):
    """An offer that somebody told the school about: what has to be known before it is suggested. The rest stands on its list."""

    name = Line("Name of the offer", required="Give the offer's name.", autocomplete="off")
    promise = Line("What happens when someone comes", required="Say in a few words what happens.", most=160, hint="In at most 160 characters")
    kind = OneOf("What kind of offer is it?", _pairs(offer_fields.KINDS), required="Choose what kind it is.")
    needs = AnyOf("What does it help with?", lambda: _pairs(words.labels()), required="Choose one to five needs that this offer meets.", hint="One to five")
    audience = AnyOf("Whom is it for?", _pairs(offer_fields.AUDIENCE), required="Choose whom it is for.")
    modes = AnyOf("How can it be had?", _pairs({k: v.capitalize() for k, v in offer_fields.MODES.items()}), required="Choose at least one way.")
    sessions = Lines("When does it happen?", most=4000, rows=3, hint=f"Leave empty what is not known. {_TIMES_HINT}")
    area_kind = OneOf("Which area does it cover?", _AREAS, required="Choose which area it covers.")
    area_detail = Line("Which postcodes, or how many kilometres?", hint="For example: LS9, LS14 1. Or: 5")
    who_may_refer = AnyOf("Who may introduce a family?", _pairs(offer_fields.REFERRERS), required="Choose who may introduce a family.")
    languages = AnyOf("Which languages do they speak?", _pairs(wording.LANGUAGES), required="Choose the languages they speak.")


def _asked(row: Particular) -> Field:
    if row.form == "number":
        return WholeNumber(row.label, least=1, most=particulars.MOST_NUMBER, hint=row.hint)
    if row.form == "day":
        return Day(row.label, hint=row.hint)
    return OneOf(row.label, _pairs(DELIVERY)) if row.form == "delivery" else Line(row.label, hint=row.hint)


FORMS: dict[str, type[PartForm]] = {
    "needs": NeedsForm, "school": SchoolForm,
    "what": WhatForm, "when": WhenForm, "where": WhereForm, "who": WhoForm, "cost": CostForm, "languages": LanguagesForm, "replies": RepliesForm, "care": CareForm,
}


def form_of(part: str, kind: str) -> type[PartForm]:
    """Return the form of a part of an offer of one kind. Raises NotFound for a part that there is none of."""
    rows = particulars.of_kind(kind)
    if part == "kind" and rows:
        return type("KindForm", (PartForm,), {"__doc__": "What only this kind of offer has.", **{row.name: _asked(row) for row in rows}})
    if part not in FORMS:
        raise NotFound("page")
    return FORMS[part]


class ChangeForm(KithForm):
    """What a partner would change. It is filled in as it stands."""

    promise = Line("What happens when someone comes", most=160, hint="In at most 160 characters")
    description = Lines("In more words", most=2000)
    sessions = Lines("When does it happen?", most=4000, hint=_TIMES_HINT)
    age_min_years = WholeNumber("Youngest age in years", most=120, hint="Leave empty where there is none")
    age_max_years = WholeNumber("Oldest age in years", most=120, hint="Leave empty where there is none")
    modes = AnyOf("How can it be had?", _pairs({k: v.capitalize() for k, v in offer_fields.MODES.items()}))
    languages = AnyOf("Which languages do you speak?", _pairs(wording.LANGUAGES))
    eligibility = Lines("Who can come, and what proof do you ask?", hint="One line each", rows=3)
    facts_needed = Lines("What do you need to know to say yes?", hint="At most five facts, one line each. Never names.", rows=3)
    cost = Line("What does it cost?", hint="For example: free, or £2 a session")
    hidden_costs = Line("What else costs money?", hint="Bus, food, kit; or none")
    note = Lines("Anything else that changed?", most=500, rows=3, hint="Please don't write anything about a family.")
    name = Line("Your first name", most=80, hint="If you like, so that the school knows who said so.")
    step = OneOf("What now?", [("look", "See what the school would see"), ("send", "Send to the school")], required="Press one of the two buttons.")


class DateForm(KithForm):
    """One further date."""

    date_line = Line("A date", required="Write a date, like: 5 December 2026 10:00 to 12:00.", hint="For example: 5 December 2026 10:00 to 12:00")


def as_typed(facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts as the boxes show them."""
    typed = dict(facts)
    for name in LINES:
        typed[name] = "\n".join(facts.get(name) or [])
    typed["use_by"] = date.fromisoformat(facts["use_by"]) if facts.get("use_by") else None
    typed["sessions"] = "\n".join(times.words(row) for row in facts.get("sessions") or [])
    for name in ("age_min_years", "age_max_years"):
        typed[name] = None if facts.get(name) is None else round(facts[name])
    area = facts.get("area") or {}
    typed["area_kind"] = area.get("kind", "anywhere")
    typed["area_detail"] = f"{area['km']:g}" if area.get("kind") == "radius" else ", ".join(area.get("prefixes", []))
    return typed


def offer_languages(form: Any, facts: dict[str, Any]) -> None:
    """Let a form offer the languages that an offer has already, beside the usual ones."""
    if "languages" in form:
        extra = {tag: offer_fields.language(tag) for tag in facts.get("languages") or [] if tag not in wording.LANGUAGES}
        form.languages.choices = _pairs(wording.LANGUAGES | extra)


def facts_from(form: KithForm) -> dict[str, Any]:
    """Return the facts that a filled-in form says. Raises InvalidRecord for times or an area that cannot be read."""
    said = form.facts()
    facts = {name: value for name, value in said.items() if name in BY_NAME}
    for name in facts:
        if name in LINES:
            facts[name] = [" ".join(line.split()) for line in (said[name] or "").splitlines() if line.strip()]
        elif name == "sessions":
            facts[name] = times.read(said[name] or "")
        elif name == "use_by":
            facts[name] = said[name].isoformat() if said[name] else None
        elif name in ("age_min_years", "age_max_years") and said[name] is not None:
            facts[name] = float(said[name])
    if "area_kind" in said:
        facts["area"] = offer_fields.read_area(said["area_kind"] or "", said["area_detail"] or "")
    return facts


def said_of(name: str, value: Any) -> str:
    """Return a fact in words: needs and features as pages name them."""
    if name == "needs":
        labels = words.labels()
        return "; ".join(labels.get(code, code) for code in value or [])
    if name == "features":
        answers = {"yes": "yes", "no": "no", "not_known": "not known"}
        return "\n".join(f"{feature_words.said(code)}: {answers[answer]}" for code, answer in (value or {}).items() if answer != "not_known")
    return BY_NAME[name].says(value)


def rows(names: list[str], *sides: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return a table that sets facts side by side: the label, then how each side says it. Of features, only those that differ."""
    return [(BY_NAME[n].label, *(said_of(n, v) or "Nothing said" for v in _differing(n, [side.get(n) for side in sides]))) for n in BY_NAME if n in names]


def _differing(name: str, values: list[Any]) -> list[Any]:
    if name != "features":
        return values
    sides = [v or {} for v in values]
    changed = sorted({code for side in sides for code in side if len({s.get(code, "not_known") for s in sides}) > 1})
    return [{code: side[code] for code in changed if code in side} for side in sides]
