"""Writing Open Referral UK: which offers may be told to anybody, and the facts of each.

Only offers that a person confirmed within 180 days, that are not archived, of whose places none is withheld, and whose needs are open to a
list go out. Nothing of a school, a family or a referral is read here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from partners.matching import words
from partners.matching.requests import registry_version
from partners.oruk.fields import Location, Provider, Service
from partners.oruk.fields import Session as Slot
from partners.registry import terms
from partners.registry.freshness import LEFT_OUT_DAYS
from partners.registry.offers import AvailabilityState, Offer
from partners.registry.organisations import Organisation
from partners.registry.places import Place

CLOSED_PATHS = frozenset({"restricted", "dsl_only"})
_ALERTS = {
    AvailabilityState.WAITING: "There is a waiting list.", AvailabilityState.FULL: "It is full at the moment.", AvailabilityState.PAUSED: "It is paused at the moment.",
}


def open_offers(session: Session, *, on: date) -> list[Offer]:
    """Return the offers that may be told to anybody on a day, by id."""
    closed = {n.code for group in words.needs_by_group().values() for n in group if n.path in CLOSED_PATHS}
    query = (
        select(Offer).join(Organisation).where(Offer.archived_at.is_(None), Organisation.archived_at.is_(None), Offer.confirmed_on >= on - timedelta(days=LEFT_OUT_DAYS))
        .options(joinedload(Offer.organisation), joinedload(Offer.place)).order_by(Offer.id)
    )
    hidden = {offer_id for offer_id, places in terms.every_further_place(session).items() if any(p.withheld for p in places)}
    return [o for o in session.scalars(query).unique() if o.needs and not closed & set(o.needs) and not (o.place and o.place.withheld) and o.id not in hidden]


def facts_of(offer: Offer, *, further: Iterable[Place] = (), cost: str = "") -> Service:
    """Return the facts of an offer that travel: with its further places, none of them withheld, and what it costs in words."""
    places, organisation = [*([offer.place] if offer.place else []), *further], offer.organisation
    area = offer.area
    tags = [("needs", code, "need") for code in offer.needs]
    tags += [("features", name, answer) for name, answer in sorted(offer.features.items()) if answer in ("yes", "no")]
    for vocabulary, names in (("modes", offer.modes), ("audience", offer.audience), ("referrers", offer.who_may_refer), ("kinds", [offer.kind])):
        tags += [(vocabulary, name, vocabulary) for name in names]
    return Service(
        id=str(offer.id), name=offer.name, description=offer.description.strip(),
        provider=Provider(str(organisation.id), organisation.name, organisation.description, _web(organisation.website)),
        status="temporarily closed" if offer.availability is AvailabilityState.PAUSED else "active",
        age_min_years=offer.age_min_years, age_max_years=offer.age_max_years, assured_on=offer.confirmed_on, alert=_ALERTS.get(offer.availability, ""),
        modified_at=modified_at(offer), languages=tuple(offer.languages),
        sessions=tuple(Slot(tuple(s.days), s.starts, s.ends, s.weeks, s.from_on, s.until_on, tuple(s.nth or ()), s.every_weeks or 1, s.anchor_on) for s in offer.sessions),
        locations=tuple(Location(str(p.id), p.name, p.address, p.postcode or "", p.latitude, p.longitude) for p in places if not p.withheld), fees=cost.strip(),
        area_km=area.get("km") if area.get("kind") == "radius" else None, area_prefixes=tuple(area.get("prefixes", ())) if area.get("kind") == "postcodes" else (),
        tags=tuple(tags),
    )


def modified_at(offer: Offer) -> datetime:
    """Return when an offer last changed for a reader: an edit of it or of its organisation, or the day it was confirmed."""
    confirmed = datetime.combine(offer.confirmed_on or date.min, time(), UTC)
    return max(offer.updated_at, offer.organisation.updated_at, confirmed)


def _web(address: str | None) -> str:
    return address if address and address.startswith(("https://", "http://")) else ""


def services(session: Session, *, on: date) -> list[Service]:
    """Return the facts of every offer that may be told to anybody on a day, by id."""
    further, said = terms.every_further_place(session), terms.costs(session)
    return [facts_of(o, further=further.get(o.id, ()), cost=said.get(o.id, "")) for o in open_offers(session, on=on)]


def providers(found: Iterable[Service]) -> list[Provider]:
    """Return the organisations of services, each once, by id."""
    return sorted({s.provider.id: s.provider for s in found}.values(), key=lambda p: p.id)


_KNOWN: WeakKeyDictionary[Any, tuple[tuple[Any, ...], list[Service]]] = WeakKeyDictionary()
_READING = threading.Lock()


def feed(session: Session, *, on: date) -> list[Service]:
    """Return what `services` returns, read once for each state of the registry and day, and shared by requests."""
    engine = session.get_bind().engine
    mark = (*registry_version(session), on)
    with _READING:
        known = _KNOWN.get(engine)
        if known is not None and known[0] == mark:
            return known[1]
    found = services(session, on=on)
    with _READING:
        _KNOWN[engine] = (mark, found)
    return found
