"""THE FIELD TABLE of offers: one row a fact that people edit: what it is called, in which part of the list it stands, and how it is said in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from partners.foundation.errors import InvalidRecord
from partners.registry import particulars, times
from partners.registry.paragraphs import MODES, language
from partners.registry.terms import ANSWERS, COMES_BACK, NOT_NEEDED

KINDS = {
    "group": "A group", "one_to_one": "One to one", "advice": "Advice", "goods": "Goods", "money": "Money", "event": "A one-off event", "room": "A room",
    "volunteer_time": "Staff or volunteer time", "training": "Training",
}
REFERRERS = {"anyone": "Anyone", "self": "The family themselves", "school": "A school", "professional": "A professional", "single_point": "One single point", "dsl": "A safeguarding lead"}
AUDIENCE = {"family": "A family", "adult": "An adult", "child": "A child"}
GENDERS = {"any": "Anybody", "women": "Women", "men": "Men"}
INTERPRETER = {"yes": "They arrange one", "school_arranges": "The school arranges one", "no": "None", "not_known": "Not known"}
WITHIN = {"today": "Today", "week": "This week", "half_term": "This half-term"}
TIERS = {"new": "New to us", "known": "Known to us", "trusted": "Trusted"}  # set by a school, and never shown outside it (domain guide 4)
ASSURED = {"yes": "Complete", "no": "Not complete, so it is not suggested", "not_known": "Not known"}
MOST_FACTS = 5  # domain guide 4
MOST_NEEDS = 5


@dataclass(frozen=True)
class OfferField:
    """One fact: where it is kept (on the offer, in its terms, or among the particulars of its kind), its part of the list, and whether a partner may propose it."""

    name: str
    label: str
    kept: str
    part: str
    says: Callable[[Any], str]
    partner: bool = True
    asked: bool = True

    @property
    def is_ticked(self) -> bool:
        """Whether it is a list of codes whose order means nothing."""
        return self.name in ("needs", "audience", "modes", "who_may_refer", "not_needed", "languages", "comes_back")


def _text(value: Any) -> str:
    return str(value or "")


def _number(value: Any) -> str:
    return "" if value is None else f"{value:g}"


def _lines(value: Any) -> str:
    return "; ".join(value or [])


def _named(names: dict[str, str]) -> Callable[[Any], str]:
    def says(value: Any) -> str:
        values = value if isinstance(value, list) else [value] if value else []
        return "; ".join(names.get(str(v), str(v)) for v in values)

    return says


def _area(value: Any) -> str:
    kind = (value or {}).get("kind")
    return {"anywhere": "Anywhere", "radius": f"Within {(value or {}).get('km', 0):g} km"}.get(kind or "", ", ".join((value or {}).get("prefixes", [])))


def _sessions(value: Any) -> str:
    return "\n".join(times.words(row) for row in value or [])


def _languages(value: Any) -> str:
    return "; ".join(language(tag) for tag in value or [])


def _codes(value: Any) -> str:
    return "; ".join(str(code).replace("_", " ") for code in value or [])


def _features(value: Any) -> str:
    return "; ".join(f"{str(name).replace('_', ' ')}: {str(answer).replace('_', ' ')}" for name, answer in sorted((value or {}).items()))


FIELDS: tuple[OfferField, ...] = (
    OfferField("needs", "What it helps with", "offer", "needs", _codes, partner=False),
    OfferField("name", "Name", "offer", "what", _text),
    OfferField("promise", "What happens when someone comes", "terms", "what", _text),
    OfferField("description", "In more words", "offer", "what", _text),
    OfferField("kind", "What kind of offer it is", "offer", "what", _named(KINDS)),
    OfferField("audience", "Whom it is for", "offer", "what", _named(AUDIENCE)),
    OfferField("age_min_years", "Youngest age", "offer", "what", _number, asked=False),
    OfferField("age_max_years", "Oldest age", "offer", "what", _number, asked=False),
    *(OfferField(row.name, row.label, "particulars", "kind", row.says, asked=row.asked) for row in particulars.PARTICULARS),
    OfferField("sessions", "When it happens", "offer", "when", _sessions, asked=False),
    OfferField("any_time", "At any time that suits", "offer", "when", lambda v: "Yes" if v else "No", asked=False),
    OfferField("modes", "How it can be had", "offer", "where", _named(MODES)),
    OfferField("area", "The area it covers", "offer", "where", _area),
    OfferField("who_may_refer", "Who may introduce a family", "offer", "who", _named(REFERRERS)),
    OfferField("gender", "For women, men or anybody", "offer", "who", _named(GENDERS), asked=False),
    OfferField("gender_ground", "Why only women, or only men", "terms", "who", _text, asked=False),
    OfferField("community", "Run by and for one community", "offer", "who", lambda v: "Yes" if v else "No", asked=False),
    OfferField("eligibility", "Who can come, and what proof is asked", "terms", "who", _lines),
    OfferField("not_needed", "What is not asked for", "terms", "who", _named(NOT_NEEDED)),
    OfferField("facts_needed", "What the partner needs to know to say yes", "terms", "who", _lines),
    OfferField("conditions", "Anything to check first", "offer", "who", _lines, asked=False),
    OfferField("cost", "What it costs", "terms", "cost", _text),
    OfferField("hidden_costs", "Other costs: bus, food, kit", "terms", "cost", _text),
    OfferField("languages", "Languages", "offer", "languages", _languages),
    OfferField("interpreter", "Interpreter", "offer", "languages", _named(INTERPRETER)),
    OfferField("reply_promise_days", "Answers within so many working days", "offer", "replies", _number),
    OfferField("answers_within", "How soon they can start", "offer", "replies", _named(WITHIN), asked=False),
    OfferField("urgent_route", "What to do when it cannot wait", "terms", "replies", _text),
    OfferField("monthly_cap", "At most so many introductions a month", "terms", "replies", _number, asked=False),
    OfferField("comes_back", "What comes back to school", "terms", "replies", _named(COMES_BACK)),
    OfferField("never_back", "What never comes back", "terms", "replies", _text),
    OfferField("complaints", "How to complain", "terms", "care", _text),
    OfferField("data_held", "Where what they know is kept", "terms", "care", _text),
    OfferField("features", "Step-free and the like", "offer", "features", _features, asked=False),
    OfferField("assured", "The school's checks on them", "offer", "school", _named(ASSURED), partner=False, asked=False),
    OfferField("tier", "How well the school knows them", "terms", "school", _named(TIERS), partner=False, asked=False),
)
BY_NAME = {field.name: field for field in FIELDS}
PARTS = {
    "needs": "What it helps with", "what": "What it is", "kind": "What there is of it", "when": "When it happens", "where": "How and where", "who": "Who can come", "cost": "What it costs", "languages": "Languages",
    "replies": "Answers, and what comes back", "care": "Complaints and what is kept", "features": "Step-free and the like", "school": "For the school alone",
}
_LONGEST = {"name": 200, "promise": 160, "description": 2000, "cost": 200, "hidden_costs": 200, "urgent_route": 200, "never_back": 500, "complaints": 300, "data_held": 300, "gender_ground": 200}
_CHOICES: dict[str, dict[str, str]] = {
    "kind": KINDS, "audience": AUDIENCE, "gender": GENDERS, "modes": MODES, "who_may_refer": REFERRERS, "not_needed": NOT_NEEDED, "interpreter": INTERPRETER,
    "comes_back": COMES_BACK, "answers_within": WITHIN, "assured": ASSURED, "tier": TIERS,
}
_NUMBERS = {"age_min_years": (0, 120), "age_max_years": (0, 120), "reply_promise_days": (1, 60), "monthly_cap": (1, 10_000)}


def check(facts: dict[str, Any]) -> None:
    """Raise InvalidRecord for a fact that no offer has or that cannot be so."""
    for name, value in facts.items():
        if name not in BY_NAME:
            raise InvalidRecord(name, "An offer has no such field.")
        if name in _LONGEST and len(value or "") > _LONGEST[name]:
            raise InvalidRecord(name, f"Use at most {_LONGEST[name]} characters.")
        if name in _CHOICES and not set(value if isinstance(value, list) else [value] if value else []) <= set(_CHOICES[name]):
            raise InvalidRecord(name, "Choose from the answers on this page.")
        if name in particulars.BY_NAME:
            particulars.check(name, value)
        low, high = _NUMBERS.get(name, (0, 0))
        if name in _NUMBERS and value is not None and not low <= value <= high:
            raise InvalidRecord(name, f"Give a number from {low} to {high}.")
    if "name" in facts and not (facts["name"] or "").strip():
        raise InvalidRecord("name", "Give the offer's name, in at most 200 characters.")
    if "needs" in facts and not 1 <= len(facts["needs"] or []) <= MOST_NEEDS:
        raise InvalidRecord("needs", "Choose one to five needs that this offer meets.")
    if any(answer not in ANSWERS for answer in (facts.get("features") or {}).values()):
        raise InvalidRecord("features", "Answer yes, no or not known.")
    if len(facts.get("facts_needed") or []) > MOST_FACTS:
        raise InvalidRecord("facts_needed", "Ask for at most five facts.")
    if any(len(line) > 200 for name in ("facts_needed", "eligibility", "conditions") for line in facts.get(name) or []):
        raise InvalidRecord("facts_needed", "Write at most 200 characters a line.")
    for name in ("who_may_refer", "modes", "languages"):
        if name in facts and not facts[name]:
            raise InvalidRecord(name, "Choose at least one.")
    if "reply_promise_days" in facts and facts["reply_promise_days"] is None:
        raise InvalidRecord("reply_promise_days", "Give a number from 1 to 60.")
    youngest, oldest = facts.get("age_min_years"), facts.get("age_max_years")
    if youngest is not None and oldest is not None and youngest > oldest:
        raise InvalidRecord("age_max_years", "The oldest age is not below the youngest.")


def read_area(kind: str, detail: str) -> dict[str, Any]:
    """Return an area from what a person chose and wrote: postcodes such as 'LS9, LS14 1', or kilometres. Raises InvalidRecord."""
    if kind == "anywhere":
        return {"kind": "anywhere"}
    if kind == "radius":
        try:
            km = float(detail.lower().replace("km", "").strip())
        except ValueError:
            km = 0.0
        if not 0 < km <= 200:
            raise InvalidRecord("area_detail", "Give how many kilometres, from 1 to 200.")
        return {"kind": "radius", "km": km}
    prefixes = [" ".join(part.upper().split()) for part in detail.split(",") if part.strip()]
    if not prefixes or len(prefixes) > 60 or any(not re.fullmatch(r"[A-Z]{1,2}[0-9][A-Z0-9]?( [0-9])?", p) for p in prefixes):
        raise InvalidRecord("area_detail", "Give the beginnings of postcodes, with commas between. For example: LS9, LS14 1")
    return {"kind": "postcodes", "prefixes": prefixes}
