"""Intake: the way in for offers, whoever sends them: a file, an upload or a feed is read, planned and applied here, with need codes proposed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from partners.foundation.actors import Actor
from partners.foundation.errors import InvalidRecord
from partners.matching import words
from partners.matching.requests import fault_of
from partners.oruk import importer
from partners.oruk.fields import Location, Service, unread_schedules
from partners.oruk.fields import Session as Slot
from partners.registry import importing
from partners.registry.importing.origins import ImportRun
from partners.registry.importing.plans import Plan
from partners.registry.importing.rows import Track
from partners.registry.places_of_offers import MOST_PLACES
from partners.registry.schedules import DAY_NAMES

# Which fact of an offer each of our own vocabularies is; a feed of another maker has none of them.
_VOCABULARIES = {"modes": "modes", "audience": "audience", "referrers": "who_may_refer"}


def service_record(document: dict[str, Any]) -> dict[str, Any]:
    """Return an Open Referral UK service as the plain names of the other files, with all that we keep of it. Raises InvalidRecord with the first fault."""
    inner, at = document.get("service"), document.get("location")
    if isinstance(inner, dict) and (isinstance(at, dict) or "name" not in document):  # a service at one of its places
        document = inner | ({"service_at_locations": [{"id": document.get("id"), "location": at}]} if isinstance(at, dict) else {})
    faults = importer.faults(document)
    if faults:
        raise InvalidRecord(*faults[0])
    s = importer.service(document)
    if s.status in ("inactive", "defunct"):
        raise InvalidRecord("status", f"The service is {s.status}, so it is not brought in.")
    place, *further = s.locations[:MOST_PLACES] or (None,)
    more, to_check = _more(s)
    to_check += [f"Check the opening times: {says}" for says in unread_schedules(document) if says]
    if any(None not in (x.latitude, x.longitude) and None in _point(x) for x in s.locations):
        to_check.append("Check where: the point they give is on no map")
    point = _point(place) if place else (None, None)
    return {
        "id": s.id, "title": s.name, "description": s.description, "organisation": s.provider.name or s.name, "website": s.provider.website,
        "postcode": place.postcode if place else "", "address": place.address or place.name if place else "", "lat": point[0], "lon": point[1],
        "minimum_age": s.age_min_years, "maximum_age": s.age_max_years, "fees": document.get("fees"), "eligibility": document.get("eligibility_description"),
        "hours": "", "sessions": [_slot(x) for x in s.sessions],
        "tags": [term for vocabulary, term, _ in s.tags if vocabulary not in (*_VOCABULARIES, "needs", "features", "kinds")],
        "needs_codes": [term for vocabulary, term, _ in s.tags if vocabulary == "needs" and term in words.labels()], "more": more, "to_check": to_check,
        "further_places": [
            {"name": x.name, "address": x.address, "postcode": x.postcode, "latitude": _point(x)[0], "longitude": _point(x)[1]} for x in further if x is not None
        ],
    }


def _point(x: Location) -> tuple[float | None, float | None]:
    """Return a location's point in WGS84 degrees; neither where it is on no map."""
    if x.latitude is None or x.longitude is None or not (-90 <= x.latitude <= 90 and -180 <= x.longitude <= 180):
        return (None, None)
    return (x.latitude, x.longitude)


def _slot(x: Slot) -> dict[str, Any]:
    """Return a session by the columns of ours; what it does not have is left out, so that a file brought in before is still the same."""
    row: dict[str, Any] = {"days": list(x.days), "starts": x.starts, "ends": x.ends, "weeks": x.weeks, "from_on": x.from_on, "until_on": x.until_on}
    if x.nth:
        row["nth"] = list(x.nth)
    if x.every_weeks != 1:
        # Its weeks are counted from a Monday to a Sunday, so the first of its weekdays in that week says the same.
        monday = x.anchor_on - timedelta(days=x.anchor_on.weekday()) if x.anchor_on else None
        row |= {"every_weeks": x.every_weeks, "anchor_on": monday + timedelta(days=min(list(DAY_NAMES).index(d) for d in x.days)) if monday else None}
    return row


def _more(s: Service) -> tuple[dict[str, Any], list[str]]:
    """Return the further facts that the matcher can read, and what a person has to check because it could not."""
    facts: dict[str, Any] = {ours: [term for v, term, _ in s.tags if v == vocabulary] for vocabulary, ours in _VOCABULARIES.items()}
    facts["features"] = {term: answer for v, term, answer in s.tags if v == "features"}
    facts["kind"] = next((term for v, term, _ in s.tags if v == "kinds"), None)
    facts["languages"] = list(s.languages)
    facts["area"] = {"kind": "radius", "km": s.area_km} if s.area_km is not None else {"kind": "postcodes", "prefixes": list(s.area_prefixes)} if s.area_prefixes else None
    told = {name: value for name, value in facts.items() if value}
    unread = [name for name, value in told.items() if fault_of({name: value}) is not None]
    to_check = [f"Check {name.replace('_', ' ')}: {str(told[name])[:200]}" for name in unread]
    if s.alert:
        to_check.append(f"Check what they say: {s.alert}")
    if len(s.locations) > MOST_PLACES:
        to_check.append(f"Check where: they give {len(s.locations)} places, and the first {MOST_PLACES} stand here")
    return {name: value for name, value in told.items() if name not in unread}, to_check


def plan(session: Session, found: Path | bytes | list[dict[str, Any]], *, source: str, track: Track = iter) -> Plan:
    """Return what bringing a file's, or a feed's, offers in would do, and change nothing. Raises InvalidRecord for a file that cannot be read."""
    records = found if isinstance(found, list) else importing.records_of(found)
    return importing.plan(session, records, source=source[:80], track=track, reader=service_record)


def proposals(made: Plan, *, track: Track = iter) -> Callable[[str, str, list[str]], list[str]]:
    """Propose need codes for a plan's offers, which takes a while, and return the answers: `apply` then holds the database for a short time only."""
    answers = {_key(r.title, r.description, r.tags): words.propose_for_offer(r.title, r.description, list(r.tags)) for r in track([*made.new, *made.changed])}
    return lambda title, description, tags: answers.get(_key(title, description, tuple(tags)), [])


def _key(title: str, description: str, tags: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    return title, description, tags


def apply(session: Session, made: Plan, *, by: Actor, at: datetime, track: Track = iter, file_name: str = "", propose: Callable[[str, str, list[str]], list[str]] | None = None) -> ImportRun:
    """Bring a plan's offers in, in one transaction; each waits for a person to accept its needs and confirm it."""
    return importing.apply(session, made, propose=propose or words.propose_for_offer, by=by, at=at, track=track, file_name=file_name)
