"""Places of offers: the first place and further ones of an offer. What is withheld is never read by matching, maps, mail or exports."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.foundation.postcodes import PostcodeError, locate
from partners.registry import terms
from partners.registry.offers import Offer
from partners.registry.places import Place
from partners.registry.terms import OfferPlace

MOST_PLACES = 20  # judgement, November 2026


def every(session: Session, offer: Offer) -> list[Place]:
    """Return an offer's places, its first one first."""
    return [*([offer.place] if offer.place else []), *terms.further_places(session, offer)]


def add(
    session: Session, offer: Offer, *, name: str, address: str, postcode: str | None, withheld: bool, by: Actor, at: datetime,
) -> Place:
    """Add a place where an offer can be had: its first where it has none. A whole postcode gives its point.

    Raises:
        InvalidRecord: nothing that says where, a postcode that is none, or too many places.
    """
    access.require(by, "offer:change", offer)
    if not (name.strip() or address.strip() or postcode):
        raise InvalidRecord("name", "Give its name, its address or its postcode.")
    if len(every(session, offer)) >= MOST_PLACES:
        raise InvalidRecord("name", f"An offer has at most {MOST_PLACES} places.")
    try:
        located = locate(postcode) if postcode else None
    except PostcodeError as error:
        raise InvalidRecord("postcode", "Give a whole postcode, like LS14 1BW.") from error
    place = Place(
        id=new_id(), organisation_id=offer.organisation_id, name=name.strip()[:200], address=address.strip()[:500], postcode=postcode, withheld=withheld,
        latitude=located.latitude if located else None, longitude=located.longitude if located else None, precision=located.precision if located else None,
    )
    session.add(place)
    if offer.place is None:
        offer.place = place
    else:
        session.flush()
        session.add(OfferPlace(id=new_id(), offer_id=offer.id, place_id=place.id))
    offer.updated_at = at
    session.flush()
    audit.record(session, "offer:place_added", ("offer", offer.id), by=by, at=at, withheld=withheld)
    return place


def take_out(session: Session, offer: Offer, place_id: uuid.UUID, *, by: Actor, at: datetime) -> None:
    """Take a place out of an offer; where it was the first, the next one is. Raises NotFound for a place that is not the offer's."""
    access.require(by, "offer:change", offer)
    if offer.place is not None and offer.place.id == place_id:
        further = terms.further_places(session, offer)
        offer.place = further[0] if further else None
        row = session.scalar(select(OfferPlace).where(OfferPlace.offer_id == offer.id, OfferPlace.place_id == further[0].id)) if further else None
    else:
        row = session.scalar(select(OfferPlace).where(OfferPlace.offer_id == offer.id, OfferPlace.place_id == place_id))
        if row is None:
            raise NotFound("place")
    if row is not None:
        session.delete(row)
    offer.updated_at = at
    session.flush()
    audit.record(session, "offer:place_taken_out", ("offer", offer.id), by=by, at=at)
