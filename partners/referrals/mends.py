"""Mends: a partner's no that says its offer is told wrong becomes a proposal where the rule can be worked out, else a task. A person accepts; software changes nothing."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from geopy.distance import great_circle
from sqlalchemy.orm import Session

from partners.foundation.actors import Actor
from partners.foundation.errors import InvalidRecord
from partners.foundation.postcodes import centroid_of, outcode_of, sector_of
from partners.registry import proposals, tasks
from partners.registry.offers import Offer

# Source: domain guide 6.4: these codes propose a correction, which a person accepts.
SAID = {"outside_area": "outside our area", "age": "not the ages we work with", "language_not_available": "we can't offer that language"}


def offer_may_be_wrong(session: Session, referral: Any, at: datetime, by: Actor, facts: dict[str, Any]) -> None:
    """Propose the mend of the rule that let a family in wrongly, or open a task where the rule cannot be worked out."""
    code = facts.get("code", "")
    said = SAID.get(code)
    if said is None:
        return
    change = _MENDS[code](referral)
    if change is not None and _propose(session, referral.offer, change, said, by=by, at=at):
        return
    tasks.open_for(
        session, tasks.TaskKind.WRONG, referral.organisation_id, offer_id=referral.offer_id, mark=code, by=by, at=at,
        about=f"They said: {said}. Is what the offer says still right?",
    )


def _propose(session: Session, offer: Offer, change: dict[str, Any], said: str, *, by: Actor, at: datetime) -> bool:
    if any(p.after == change for p in proposals.waiting_for(session, offer)):
        return True
    try:
        proposals.propose(session, offer, change, name=by.name, by=by, at=at, note=f"When they could not help they said: {said}. The change is worked out from that; look before you accept it.")
    except InvalidRecord:  # too many wait already, or the change cannot be
        return False
    return True


def area(referral: Any) -> dict[str, Any] | None:
    """Return the area without the district where a family lives: a postcode taken out, or fewer kilometres. None where that cannot be worked out.

    Distances are from the middle of the district, never from a home, and never from a place that is withheld.
    """
    offer, postcode = referral.offer, referral.family.postcode
    kind = (offer.area or {}).get("kind")
    if not postcode:
        return None
    if kind == "postcodes":
        kept = [p for p in offer.area["prefixes"] if p not in (outcode_of(postcode), sector_of(postcode))]
        return {"area": {"kind": "postcodes", "prefixes": kept}} if kept and len(kept) < len(offer.area["prefixes"]) else None
    middle = centroid_of(outcode_of(postcode))
    if kind != "radius" or middle is None or offer.place is None or offer.place.withheld or offer.place.latitude is None:
        return None
    away_km = great_circle((offer.place.latitude, offer.place.longitude), (middle.latitude, middle.longitude)).km
    km = math.floor(away_km * 2) / 2
    return {"area": {"kind": "radius", "km": km}} if 0 < km < offer.area["km"] else None


def ages(referral: Any) -> dict[str, Any] | None:
    """Return the ages without the one at the edge that was refused; None where the age is not known or lies in the middle, as two mends would do."""
    offer, age = referral.offer, referral.need.age_years
    youngest, oldest = offer.age_min_years, offer.age_max_years
    if age is None or youngest == oldest:
        return None
    if youngest is not None and youngest <= age < youngest + 1:
        return {"age_min_years": float(age + 1)}
    if oldest is not None and oldest - 1 < age <= oldest:
        return {"age_max_years": float(age - 1)}
    return None


def languages(referral: Any) -> dict[str, Any] | None:
    """Return the languages without the one that cannot be had; where it came by an interpreter, that the interpreter is not known."""
    offer, language = referral.offer, referral.family.language
    if language in offer.languages and len(offer.languages) > 1:
        return {"languages": [tag for tag in offer.languages if tag != language]}
    return {"interpreter": "not_known"} if language and language not in offer.languages and offer.interpreter == "yes" else None


_MENDS = {"outside_area": area, "age": ages, "language_not_available": languages}
