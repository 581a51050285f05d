"""Terms: what an offer asks and promises beyond what the matcher reads: its promise, eligibility, costs, facts to say yes, and what comes back."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord
from partners.registry.offers import Offer
from partners.registry.places import Place

# What an offer may say it does not ask for. Source: domain guide 4.
NOT_NEEDED = {
    "public_funds": "Getting benefits", "diagnosis": "A diagnosis", "identity": "Proof of who they are", "address": "Proof of address", "ehc_plan": "An EHC plan",
}
COMES_BACK = {"came": "Whether they came", "finished": "Whether it finished", "what_helped": "What helped", "nothing": "Nothing at all"}
ANSWERS = ("yes", "no", "not_known")


class OfferTerms(Base):
    """The terms of one offer. What nobody said is empty, and empty is never read as 'no limit'."""

    __tablename__ = "offer_terms"

    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), primary_key=True)
    promise: Mapped[str] = mapped_column(String(160), default="")
    eligibility: Mapped[list[str]] = mapped_column(default=list)
    not_needed: Mapped[list[str]] = mapped_column(default=list)
    cost: Mapped[str] = mapped_column(String(200), default="")
    hidden_costs: Mapped[str] = mapped_column(String(200), default="")
    facts_needed: Mapped[list[str]] = mapped_column(default=list)
    monthly_cap: Mapped[int | None]
    urgent_route: Mapped[str] = mapped_column(String(200), default="")
    comes_back: Mapped[list[str]] = mapped_column(default=list)
    never_back: Mapped[str] = mapped_column(String(500), default="")
    complaints: Mapped[str] = mapped_column(String(300), default="")
    data_held: Mapped[str] = mapped_column(String(300), default="")
    gender_ground: Mapped[str] = mapped_column(String(200), default="")
    tier: Mapped[str] = mapped_column(String(10), default="")
    particulars: Mapped[dict[str, Any]] = mapped_column(default=dict)


class FeatureCheck(Base):
    """Who last verified one feature of an offer, and when. The answer itself stands on the offer."""

    __tablename__ = "feature_checks"
    __table_args__ = (UniqueConstraint("offer_id", "feature"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    feature: Mapped[str] = mapped_column(String(60))
    answer: Mapped[str] = mapped_column(String(10))
    verified_by: Mapped[str] = mapped_column(String(120))
    verified_on: Mapped[date]


class OfferPlace(Base):
    """A further place where an offer can be had; the first stands on the offer itself."""

    __tablename__ = "offer_places"
    __table_args__ = (UniqueConstraint("offer_id", "place_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    place_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("places.id"))


def of(session: Session, offer: Offer) -> OfferTerms:
    """Return an offer's terms; empty ones, not kept yet, where nobody said any."""
    found = session.get(OfferTerms, offer.id)
    return found or OfferTerms(
        offer_id=offer.id, promise="", eligibility=[], not_needed=[], cost="", hidden_costs="", facts_needed=[], urgent_route="", comes_back=[],
        never_back="", complaints="", data_held="", gender_ground="", tier="", particulars={},
    )


def checks_of(session: Session, offer: Offer) -> dict[str, FeatureCheck]:
    """Return who verified each feature of an offer, by feature."""
    return {c.feature: c for c in session.scalars(select(FeatureCheck).where(FeatureCheck.offer_id == offer.id))}


def verify(session: Session, offer: Offer, answers: dict[str, str], *, name: str, by: Actor, at: datetime) -> Offer:
    """Record features as yes, no or not known, with who verified what changed, and today. Raises InvalidRecord for another answer or no name."""
    access.require(by, "offer:change", offer)
    if any(answer not in ANSWERS for answer in answers.values()):
        raise InvalidRecord("features", "Answer yes, no or not known.")
    known = checks_of(session, offer)
    said = {f: a for f, a in answers.items() if a != offer.features.get(f, "not_known") or (a != "not_known" and f not in known)}
    if said and not name.strip():
        raise InvalidRecord("verified_by", "Say who verified it.")
    offer.features = {f: a for f, a in {**offer.features, **answers}.items() if a != "not_known"}
    for feature, answer in said.items():
        check = known.get(feature) or FeatureCheck(id=new_id(), offer_id=offer.id, feature=feature)
        check.answer, check.verified_by, check.verified_on = answer, name.strip()[:120], day_of(at)
        session.add(check)
    offer.updated_at = at
    session.flush()
    audit.record(session, "offer:features_verified", ("offer", offer.id), by=by, at=at, features=sorted(said))
    return offer


def further_places(session: Session, offer: Offer) -> list[Place]:
    """Return the places of an offer beside its first, by name."""
    query = select(Place).join(OfferPlace, OfferPlace.place_id == Place.id).where(OfferPlace.offer_id == offer.id).order_by(Place.name, Place.id)
    return list(session.scalars(query))


def costs(session: Session) -> dict[uuid.UUID, str]:
    """Return what offers cost, in words, by offer; those of which nobody has said it are not there."""
    return {row.offer_id: row.cost for row in session.execute(select(OfferTerms.offer_id, OfferTerms.cost).where(OfferTerms.cost != ""))}


def every_further_place(session: Session) -> dict[uuid.UUID, list[Place]]:
    """Return the places of all offers beside their first, by offer, by name."""
    found: dict[uuid.UUID, list[Place]] = {}
    for offer_id, place in session.execute(select(OfferPlace.offer_id, Place).join(Place, Place.id == OfferPlace.place_id).order_by(Place.name, Place.id)):
        found.setdefault(offer_id, []).append(place)
    return found
