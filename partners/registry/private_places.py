"""Private places: where something for a restricted need happens is withheld from the day the offer says so, until a person says otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from partners.foundation import audit
from partners.foundation.actors import Actor
from partners.registry import terms
from partners.registry.offers import Offer
from partners.registry.places import is_private


def withhold(session: Session, offer: Offer, *, before: Iterable[str], by: Actor, at: datetime) -> int:
    """Withhold every place of an offer whose needs have just become restricted, and return how many. What a person opened since stays open."""
    if not is_private(offer.needs) or is_private(before):
        return 0
    return withhold_all(session, offer, by=by, at=at)


def withhold_all(session: Session, offer: Offer, *, by: Actor, at: datetime) -> int:
    """Withhold every place of an offer, and return how many were not yet."""
    places = [p for p in (offer.place, *terms.further_places(session, offer)) if p is not None and not p.withheld]
    for place in places:
        place.withheld = True
    if places:
        offer.updated_at = at
        session.flush()
        audit.record(session, "offer:places_withheld", ("offer", offer.id), by=by, at=at, places=len(places))
    return len(places)
