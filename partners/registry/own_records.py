"""Own records: what Kith holds about one organisation and its offers, for the organisation itself to take away. No family, no school's judgement, no other partner."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from partners.foundation import access
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.spreadsheets import harmless
from partners.registry import edits, offers, papers, places_of_offers, terms
from partners.registry.offer_fields import FIELDS
from partners.registry.offers import Offer
from partners.registry.organisations import Organisation
from partners.registry.places import Place, is_private

# What an organisation is told of itself: what it may propose, and what its offers help with. What a school alone sets is not in it (domain guide 4).
TOLD = tuple(f for f in FIELDS if f.partner or f.name == "needs")
LEFT_OUT = (
    "Nothing about a family is in this file, nothing about another organisation, and nothing that a school alone sets. A place that is withheld is left out, "
    "and so are addresses of people and offers for needs that are in no list, unless somebody took this file signed in."
)


def of(session: Session, organisation: Organisation, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Return what is held about an organisation, as plain values.

    A link may be passed on, so by a link people stand in it without their addresses, and offers that are in no list stay out; signed in, both are there.
    """
    access.require(by, "offer:propose", organisation)
    signed_in = by.kind == "user"
    return {
        "made_on": day_of(at).isoformat(), "about_this_file": LEFT_OUT,
        "organisation": {
            "name": organisation.name, "description": organisation.description, "website": organisation.website, "telephone": organisation.phone,
            "came_from": organisation.source, "here_since": day_of(organisation.created_at).isoformat(),
        },
        "people": [
            {"name": c.name, "answers_in_the_school_holidays": c.answers_in_holidays, "mail_came_back": c.bounced_at is not None, **({"email": c.email, "telephone": c.phone} if signed_in else {})}
            for c in organisation.contacts
        ],
        "papers": [
            {"kind": papers.KINDS[p.kind], "detail": papers.DBS_LEVELS.get(p.detail, p.detail), "number": p.number, "dated_on": _day(p.dated_on), "valid_until": _day(p.valid_until)}
            for p in papers.of_organisation(session, organisation)
        ],
        "offers": [_offer(session, o) for o in offers.of_organisation(session, organisation) if signed_in or not is_private(o.needs)],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _offer(session: Session, offer: Offer) -> dict[str, Any]:
    facts, verified = edits.facts_of(session, offer), terms.checks_of(session, offer)
    return {
        "facts": {f.name: facts[f.name] for f in TOLD if facts[f.name] is not None},
        "features_verified_on": {name: c.verified_on.isoformat() for name, c in sorted(verified.items())},
        "places": [_place(p) for p in places_of_offers.every(session, offer) if not p.withheld],
        "registrations": [{"need": a.need_code, "valid_until": a.valid_until.isoformat()} for a in offer.authorisations],
        "availability": {
            "state": offer.availability.value, "said_on": _day(offer.availability_on), "places_left": offer.places_left, "waiting_weeks": offer.waiting_weeks,
            "paused_until": _day(offer.paused_until),
        },
        "confirmed_on": _day(offer.confirmed_on), "confirmed_how": offer.confirmed_how.value if offer.confirmed_how else None, "came_from": offer.source,
        "here_since": day_of(offer.created_at).isoformat(), "taken_out_on": _day(day_of(offer.archived_at)) if offer.archived_at else None,
    }


def _place(place: Place) -> dict[str, Any]:
    return {"name": place.name, "address": place.address, "postcode": place.postcode, "latitude": place.latitude, "longitude": place.longitude}


def as_json(record: dict[str, Any]) -> str:
    """Return a record as one JSON document."""
    return json.dumps(record, ensure_ascii=False, indent=1) + "\n"


def as_csv(record: dict[str, Any]) -> str:
    """Return a record as CSV, one fact a row: about what, which of them, the fact, and its value. A cell that a spreadsheet would run is made words."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(["about", "which", "fact", "value"])
    for row in _rows(record):
        rows.writerow([harmless(cell) for cell in row])
    return out.getvalue()


def _rows(record: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    yield "file", "", "made on", record["made_on"]
    yield "file", "", "about this file", record["about_this_file"]
    name = record["organisation"]["name"]
    yield from (("organisation", name, fact, said) for fact, said in _flat(record["organisation"]))
    for about, key in (("person", "people"), ("paper", "papers")):
        for row in record[key]:
            yield from ((about, row.get("name") or row.get("kind") or "", fact, said) for fact, said in _flat(row))
    for offer in record["offers"]:
        which = offer["facts"]["name"]
        for f in TOLD:
            if said := f.says(offer["facts"].get(f.name)):
                yield "offer", which, f.label, said
        for number, place in enumerate(offer["places"], 1):
            yield from (("offer", which, f"place {number}: {fact}", said) for fact, said in _flat(place))
        for row in offer["registrations"]:
            yield "offer", which, f"registration for {row['need'].replace('_', ' ')}", f"valid until {row['valid_until']}"
        rest = {name: value for name, value in offer.items() if name not in ("facts", "places", "registrations", "availability", "features_verified_on")}
        yield from (("offer", which, fact, said) for fact, said in _flat(offer["availability"] | rest))
        yield from (("offer", which, f"{feature.replace('_', ' ')} verified on", on) for feature, on in offer["features_verified_on"].items())


def _flat(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in row.items():
        if value is not None and value != "":
            yield name.replace("_", " "), {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
