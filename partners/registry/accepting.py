"""Accepting: imported offers that wait for a person: first what each helps with, then somebody there who says that it is right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.errors import Conflict
from partners.registry.offers import Offer
from partners.registry.organisations import Organisation
from partners.registry.places import Place

AT_ONCE = 10  # judgement, November 2026: what a thumb gets through before it wants a break


@dataclass(frozen=True)
class Waiting:
    """Offers without a need yet, offers that nobody confirmed yet, how many there are of each in all, and from which sources."""

    to_read: list[Offer]
    to_ring: list[Offer]
    unread: int
    unrung: int
    sources: list[str]


def waiting(session: Session, *, by: Actor, near: str = "", source: str = "", skip: int = 0) -> Waiting:
    """Return what waits, ten at once, oldest first: only what a person may still accept. `near` is the beginning of a postcode."""
    access.require(by, "offer:import")
    base: list[ColumnElement[bool]] = [Offer.source.is_not(None), Offer.confirmed_on.is_(None), Offer.archived_at.is_(None), Organisation.archived_at.is_(None)]
    sources = [s for s in session.scalars(select(Offer.source).join(Organisation).where(*base).distinct().order_by(Offer.source)) if s]
    if source:
        base.append(Offer.source == source)
    if near:
        base.append(func.replace(Place.postcode, " ", "").startswith("".join(near.split()).upper(), autoescape=True))
    # JSON compares as text on both databases; an empty list is written one way only.
    found = session.execute(select(Offer.id, Offer.needs).join(Organisation).outerjoin(Place, Place.id == Offer.place_id).where(*base).order_by(Offer.created_at, Offer.name, Offer.id)).all()
    unread, unrung = [row.id for row in found if not row.needs], [row.id for row in found if row.needs]
    skip = skip if 0 <= skip < len(unread) else 0
    shown = {o.id: o for o in session.scalars(select(Offer).where(Offer.id.in_([*unread[skip : skip + AT_ONCE], *unrung[:AT_ONCE]]))).unique()}
    return Waiting([shown[i] for i in unread[skip : skip + AT_ONCE]], [shown[i] for i in unrung[:AT_ONCE]], len(unread), len(unrung), sources)


def leave_out(session: Session, offer: Offer, *, by: Actor, at: datetime) -> Offer:
    """Set an imported offer aside: it is kept, so that no later import brings it back. Raises Conflict for one that somebody confirmed."""
    access.require(by, "offer:change", offer)
    if offer.source is None or offer.confirmed_on is not None:
        raise Conflict("Somebody confirmed this offer, so it is not left out here.")
    if offer.archived_at is None:
        offer.archived_at = offer.updated_at = at
        session.flush()
        audit.record(session, "offer:left_out", ("offer", offer.id), by=by, at=at)
    return offer
