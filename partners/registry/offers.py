"""Offers (HSDS `service`): what an organisation can do or give, on stated terms. Every fact may be yes, no or not known."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, named, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound, StaleRecord
from partners.registry import offer_words as offer_words  # whoever changes offers keeps their words true
from partners.registry.assurance import Authorisation
from partners.registry.organisations import Organisation
from partners.registry.places import Place, is_private
from partners.registry.schedules import OfferSession


class AvailabilityState(StrEnum):
    """Whether somebody could start now."""

    OPEN = "open"
    FEW_PLACES = "few_places"
    WAITING = "waiting"
    PAUSED = "paused"
    FULL = "full"


class ConfirmedHow(StrEnum):
    """By which means a person said that an offer is right. Saving, importing or loading a page is none of them."""

    LINK = "link"
    PHONE = "phone"
    IN_PERSON = "in_person"
    FAMILY = "a_family_told_us"


class Offer(Base):
    """One offer. Its columns are the matcher's record, plus who confirmed it and where it came from."""

    __tablename__ = "offers"
    __table_args__ = (CheckConstraint("places_left IS NULL OR places_left >= 0", name="places_left_not_negative"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    place_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("places.id"))
    name: Mapped[str] = mapped_column(String(200), index=True)
    description: Mapped[str] = mapped_column(Text, default="")
    needs: Mapped[list[str]]
    proposed_needs: Mapped[list[str]] = mapped_column(default=list)
    kind: Mapped[str] = mapped_column(String(20), default="group")
    audience: Mapped[list[str]] = mapped_column(default=list)
    age_min_years: Mapped[float | None]
    age_max_years: Mapped[float | None]
    gender: Mapped[str] = mapped_column(String(10), default="any")
    who_may_refer: Mapped[list[str]] = mapped_column(default=lambda: ["anyone"])
    modes: Mapped[list[str]] = mapped_column(default=lambda: ["in_person"])
    area: Mapped[dict[str, Any]] = mapped_column(default=lambda: {"kind": "anywhere"})
    languages: Mapped[list[str]] = mapped_column(default=lambda: ["en"])
    interpreter: Mapped[str] = mapped_column(String(20), default="not_known")
    any_time: Mapped[bool] = mapped_column(default=False)
    features: Mapped[dict[str, Any]] = mapped_column(default=dict)
    conditions: Mapped[list[str]] = mapped_column(default=list)
    community: Mapped[bool] = mapped_column(default=False)
    assured: Mapped[str] = mapped_column(String(10), default="not_known")
    availability: Mapped[AvailabilityState] = mapped_column(named(AvailabilityState), default=AvailabilityState.OPEN)
    availability_on: Mapped[date | None]
    waiting_weeks: Mapped[float | None]
    paused_until: Mapped[date | None]
    places_left: Mapped[int | None]
    answers_within: Mapped[str | None] = mapped_column(String(20))
    reply_promise_days: Mapped[int] = mapped_column(default=5)
    confirmed_on: Mapped[date | None]
    confirmed_by: Mapped[str | None] = mapped_column(String(120))
    confirmed_how: Mapped[ConfirmedHow | None] = mapped_column(named(ConfirmedHow))
    flagged_wrong_at: Mapped[datetime | None]
    source: Mapped[str | None] = mapped_column(String(80))
    source_ref: Mapped[str | None] = mapped_column(String(200), index=True)
    source_digest: Mapped[str | None] = mapped_column(String(64))
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    place: Mapped[Place | None] = relationship(lazy="joined")
    sessions: Mapped[list[OfferSession]] = relationship(order_by=OfferSession.position, lazy="selectin", cascade="all, delete-orphan")
    authorisations: Mapped[list[Authorisation]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}


EDITABLE = (
    "name", "description", "needs", "kind", "audience", "age_min_years", "age_max_years", "gender", "who_may_refer", "modes", "area",
    "languages", "interpreter", "any_time", "features", "conditions", "community", "assured", "answers_within", "reply_promise_days",
)


def get(session: Session, offer_id: uuid.UUID, *, by: Actor | None = None) -> Offer:
    """Return an offer that this actor may see. Raises NotFound."""
    offer = session.get(Offer, offer_id)
    if offer is None:
        raise NotFound("offer")
    if by is not None:
        access.require(by, "offer:confirm" if by.kind in ("partner_link", "offer_link") else "offer:read", offer)
    return offer


def listed(session: Session, *, confirmed_by: date | None = None, organisation_ids: set[uuid.UUID] | None = None) -> list[Offer]:
    """Return every offer that is not archived, nor its organisation, oldest first: all, those confirmed up to a day, or those of some organisations."""
    query = select(Offer).join(Organisation).where(Offer.archived_at.is_(None), Organisation.archived_at.is_(None))
    if confirmed_by is not None:
        query = query.where(Offer.confirmed_on <= confirmed_by)
    if organisation_ids is not None:
        query = query.where(Offer.organisation_id.in_(organisation_ids))
    return list(session.scalars(query.order_by(Offer.created_at, Offer.id)).unique())


def of_organisation(session: Session, organisation: Organisation) -> list[Offer]:
    """Return an organisation's offers by name, archived ones too."""
    return list(session.scalars(select(Offer).where(Offer.organisation_id == organisation.id).order_by(Offer.name, Offer.id)).unique())


def of_ids(session: Session, ids: list[uuid.UUID]) -> list[Offer]:
    """Return the offers with these ids, archived ones too."""
    return list(session.scalars(select(Offer).where(Offer.id.in_(ids))).unique())


def add(session: Session, organisation: Organisation, *, name: str, needs: list[str], by: Actor, at: datetime, **facts: Any) -> Offer:
    """Add an offer. Nobody has confirmed it yet: adding is not confirming.

    Raises:
        InvalidRecord: a name that is empty or over 200 characters, or a fact no offer has.
    """
    access.require(by, "offer:change" if by.kind == "user" else "offer:import")
    if not 1 <= len(name.strip()) <= 200:
        raise InvalidRecord("name", "Give the offer's name, in at most 200 characters.")
    unknown = set(facts) - {c.key for c in Offer.__mapper__.column_attrs} - {"place", "sessions", "authorisations"}
    if unknown:
        raise InvalidRecord(sorted(unknown)[0], "An offer has no such field.")
    place = facts.get("place")
    if place is not None and is_private(needs):
        place.withheld = True
    offer = Offer(id=new_id(), organisation=organisation, name=name.strip(), needs=needs, created_at=at, updated_at=at, **facts)
    session.add(offer)
    session.flush()
    audit.record(session, "offer:added", ("offer", offer.id), by=by, at=at)
    return offer


def change(session: Session, offer: Offer, *, by: Actor, at: datetime, seen_version: int, **facts: Any) -> Offer:
    """Change some fields of an offer. It does not confirm it.

    Raises:
        StaleRecord: somebody changed it since `seen_version`.
        InvalidRecord: a field that cannot be changed here.
    """
    access.require(by, "offer:change", offer)
    if offer.version != seen_version:
        raise StaleRecord("offer", seen=seen_version, now=offer.version)
    for name, value in facts.items():
        if name not in EDITABLE:
            raise InvalidRecord(name, "This cannot be changed here.")
        setattr(offer, name, value)
    offer.updated_at = at
    session.flush()
    audit.record(session, "offer:changed", ("offer", offer.id), by=by, at=at, fields=sorted(facts))
    return offer


def take_place(session: Session, offer: Offer) -> None:
    """Take one place in one statement, so that two partners' presses can never share the last. Raises Conflict where none is left."""
    taken = session.execute(
        update(Offer).where(Offer.id == offer.id, or_(Offer.places_left.is_(None), Offer.places_left > 0))
        .values(places_left=Offer.places_left - 1).execution_options(synchronize_session=False)
    )
    session.refresh(offer, ["places_left", "version"])
    if getattr(taken, "rowcount", 0) != 1:
        raise Conflict(f"{offer.name} has no place left. You can offer a waiting list, or say that you are full.")


def give_back_place(session: Session, offer: Offer) -> None:
    """Give one place back after an accepted referral ended before it began."""
    session.execute(update(Offer).where(Offer.id == offer.id, Offer.places_left.is_not(None)).values(places_left=Offer.places_left + 1).execution_options(synchronize_session=False))
    session.refresh(offer, ["places_left", "version"])
