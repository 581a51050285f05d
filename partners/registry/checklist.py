"""The checklist of an offer: part by part, what is done, what to check and what is missing. Not known is never read as no."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from partners.registry import contacts, edits, particulars, terms
from partners.registry.offer_fields import FIELDS, PARTS
from partners.registry.offers import Offer

# The features of a place that everybody asks about. Source: domain guide 4.
ASKED_OF_A_PLACE = ("step_free", "accessible_toilet", "hearing_loop", "quiet_space", "creche")


@dataclass(frozen=True)
class Part:
    """One part of the list: its state is done, to_check or missing; `lacks` names what nobody has said."""

    key: str
    title: str
    state: str
    lacks: tuple[str, ...] = ()


def of(session: Session, offer: Offer) -> list[Part]:
    """Return the parts of an offer's checklist in order."""
    facts = edits.facts_of(session, offer)
    parts = []
    of_this_kind = {row.name for row in particulars.of_kind(offer.kind)}
    for key, title in PARTS.items():
        if key in ("features", "school") or (key == "kind" and not of_this_kind):
            continue
        asked = [f for f in FIELDS if f.part == key and f.asked and (f.kept != "particulars" or f.name in of_this_kind)]
        lacks = [f.label for f in asked if facts[f.name] in (None, "", [], {}, "not_known")]
        if key == "when" and not offer.sessions and not offer.any_time:
            lacks, asked = ["When it happens"], asked or [FIELDS[0]]
        elif key == "when" and any(row.get("every_weeks", 1) != 1 and not row.get("anchor") for row in facts["sessions"]):
            lacks, asked = ["In which weeks it happens"], [*asked, *FIELDS[:2]]
        parts.append(_part(key, title, lacks, len(asked)))
    return [*parts, _features(session, offer), _contacts(session, offer)]


# The parts whose facts are asked at set-up, before an offer is suggested; the others are asked each month, or are optional. Source: domain guide 4.
BEFORE_SUGGESTION = ("needs", "what", "kind", "where", "who", "cost", "languages", "replies", "care", "features", "contacts")


def not_known_yet(parts: list[Part], offer: Offer) -> list[Part]:
    """Return the parts in which a fact that is needed before suggestion is still not known, each with what it lacks. Nothing waits for them."""
    found = [part for part in parts if part.key in BEFORE_SUGGESTION and part.lacks]
    if "in_person" in offer.modes and offer.place is None:
        found.append(Part("places", "Places", "missing", ("where it is",)))
    return found


def _part(key: str, title: str, lacks: list[str], asked: int) -> Part:
    return Part(key, title, "done" if not lacks else "missing" if len(lacks) >= asked else "to_check", tuple(lacks))


def _features(session: Session, offer: Offer) -> Part:
    if "in_person" not in offer.modes:
        return Part("features", "Step-free and the like", "done")
    verified = terms.checks_of(session, offer)
    unknown = [f.replace("_", " ") for f in ASKED_OF_A_PLACE if offer.features.get(f, "not_known") == "not_known"]
    unverified = [f for f in ASKED_OF_A_PLACE if f in offer.features and f not in verified]
    if len(unknown) == len(ASKED_OF_A_PLACE):
        return Part("features", "Step-free and the like", "missing", tuple(unknown))
    lacks = (*unknown, *(f"who verified {f.replace('_', ' ')}" for f in unverified))
    return Part("features", "Step-free and the like", "to_check" if lacks else "done", lacks)


def _contacts(session: Session, offer: Offer) -> Part:
    named = contacts.of_offer(session, offer)
    lacks = [] if len(named) >= contacts.MOST_FOR_AN_OFFER else ["a second person"]
    if named and not any(c.answers_in_holidays for c in named):
        lacks.append("who answers in the school holidays")
    return Part("contacts", "Who answers", "missing" if not named else "to_check" if lacks else "done", tuple(lacks))
