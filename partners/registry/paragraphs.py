"""Paragraphs: an offer said in a few plain sentences, for the mail, the telephone and the page behind its link. A withheld place is not in them."""

from __future__ import annotations

from datetime import date
from functools import cache

from babel import Locale

from partners.registry import particulars
from partners.registry.offers import AvailabilityState, Offer
from partners.registry.terms import OfferTerms

MODES = {
    "in_person": "in person", "online": "online", "phone": "by telephone", "home_visit": "at home", "recorded": "as a recording", "delivery": "by delivery",
}


_NOTHING = ("", "no", "none", "nothing")


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!")) else f"{text}."


def ages(offer: Offer) -> str:
    """Return the ages an offer is for in words, '' for any."""
    low, high = offer.age_min_years, offer.age_max_years
    if low is not None and high is not None:
        return f"For ages {low:g} to {high:g}."
    return f"For ages {low:g} and over." if low is not None else f"For ages up to {high:g}." if high is not None else ""


@cache
def _english() -> Locale:
    return Locale("en", "GB")


def language(tag: str) -> str:
    """Return the English name of a language tag, or the tag where there is none."""
    return str(_english().languages.get(tag.split("-")[0], tag))


def availability(offer: Offer) -> str:
    """Return how open an offer says it is."""
    words = {
        AvailabilityState.OPEN: "It is open.", AvailabilityState.FEW_PLACES: "There are a few places.",
        AvailabilityState.WAITING: f"There is a wait of about {offer.waiting_weeks:g} weeks." if offer.waiting_weeks else "There is a waiting list.",
        AvailabilityState.FULL: f"It is full until {_day(offer.paused_until)}." if offer.paused_until else "It is full.",
        AvailabilityState.PAUSED: f"It is paused until {_day(offer.paused_until)}." if offer.paused_until else "It is paused.",
    }[offer.availability]
    if offer.places_left and offer.availability in (AvailabilityState.OPEN, AvailabilityState.FEW_PLACES):
        words += f" {offer.places_left} place{'' if offer.places_left == 1 else 's'} left."
    return words


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def costs(said: str) -> str:
    """Return what an offer costs as a sentence, '' where nobody has said."""
    plain = said.strip().lower().rstrip(".")
    return "" if not plain else "It is free." if plain in ("free", "nothing", "none", "£0", "0") else f"Cost: {_sentence(said)}"


def paragraph(offer: Offer, kept: OfferTerms | None = None) -> str:
    """Return an offer in one paragraph: what happens, for whom, when, how, where, the cost and how open. Where it is withheld, nothing says where."""
    parts = [_sentence(kept.promise) if kept is not None and kept.promise.strip() else "", _sentence(offer.description) if offer.description.strip() else "", ages(offer)]
    if offer.sessions:
        parts.append(_sentence("; ".join(s.words() for s in offer.sessions)))
    elif offer.any_time:
        parts.append("At any time that suits.")
    if offer.modes:
        parts.append(f"It can be had {_joined([MODES.get(m, m.replace('_', ' ')) for m in offer.modes])}.")
    if offer.place is not None and not offer.place.withheld:
        where = ", ".join(w for w in (offer.place.name, offer.place.address, offer.place.postcode) if w)
        parts.append(f"At {where}." if where else "")
    if offer.languages and offer.languages != ["en"]:
        parts.append(f"In {_joined([language(tag) for tag in offer.languages])}.")
    if kept is not None:
        parts += [particulars.sentence(offer.kind, kept.particulars or {}), costs(kept.cost), f"Also to pay: {_sentence(kept.hidden_costs)}" if kept.hidden_costs.strip().lower() not in _NOTHING else ""]
    return " ".join(p for p in [*parts, availability(offer)] if p)
