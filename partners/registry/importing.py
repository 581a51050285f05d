"""Importing: offers from other people's files. A plan first, then one transaction. An import never confirms anything."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import new_id
from partners.foundation.errors import InvalidRecord
from partners.registry import do_not_list
from partners.registry.eligibility_words import OLDEST, read_cost, read_eligibility
from partners.registry.hours import read_hours
from partners.registry.offers import Offer
from partners.registry.organisations import Organisation
from partners.registry.places import Place
from partners.registry.schedules import OfferSession

# Bounds: judgements, November 2026 (safety.md 1.2, row 12).
LARGEST_BYTES, MOST_ROWS, LONGEST_CELL = 50_000_000, 100_000, 20_000
Track = Callable[[Iterable[Any]], Iterable[Any]]  # shows how far a long list has come
NAMES = {"ref": ("id", "ref"), "title": ("title", "name"), "description": ("description",), "organisation": ("organisation", "organization", "provider"), "postcode": ("postcode",), "latitude": ("lat", "latitude"), "longitude": ("lon", "lng", "longitude"), "address": ("address",), "hours": ("hours",), "tags": ("tags",)}


@dataclass(frozen=True)
class Row:
    """One offer of a file, in our words."""

    number: int
    ref: str
    title: str
    organisation: str
    description: str = ""
    postcode: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    address: str = ""
    hours: str = ""
    tags: tuple[str, ...] = ()
    age_min_years: float | None = None
    age_max_years: float | None = None
    to_check: tuple[str, ...] = ()

    def digest(self) -> str:
        """Return a mark that changes when anything but the row's number does."""
        content = [self.ref, self.title, self.organisation, self.description, self.postcode, self.latitude, self.longitude, self.address, self.hours, self.tags, self.age_min_years, self.age_max_years, self.to_check]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True)
class Refused:
    """A row that cannot be taken: its number, the field, and what would be right."""

    row: int
    field: str
    says: str


@dataclass
class Plan:
    """What an import would do."""

    source: str
    new: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    same: int = 0
    refused: list[Refused] = field(default_factory=list)


def read_text(path: Path) -> str:
    """Return a file's text, unpacked where it is gzip. Raises InvalidRecord for one that is too large or not UTF-8."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            blob: bytes = file.read(LARGEST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise InvalidRecord("file", "The file cannot be read. Save it again and try once more.") from error
    if len(blob) > LARGEST_BYTES:
        raise InvalidRecord("file", "The file holds over 50 MB. Split it and import the parts.")
    try:
        return blob.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRecord("file", "The file is not UTF-8 text. In a spreadsheet, save it as 'CSV UTF-8'.") from error


def records(text: str) -> list[dict[str, Any]]:
    """Return the records of a CSV file, JSON lines, or Open Referral UK 3.0 JSON (a service, a list, or a page with `contents`)."""
    start = text.lstrip()[:1]
    try:
        if start in ("{", "["):
            try:
                whole = json.loads(text)
            except ValueError:
                return [json.loads(line) for line in text.splitlines() if line.strip()]
            found = whole.get("contents", [whole]) if isinstance(whole, dict) else whole
            return [row if isinstance(row, dict) else {} for row in found]
        return list(csv.DictReader(io.StringIO(text)))
    except (ValueError, csv.Error, RecursionError) as error:
        raise InvalidRecord("file", f"The file is neither CSV with headings, JSON lines nor Open Referral UK JSON: {str(error)[:80]}") from error


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Return an Open Referral service as the plain names that the other files use."""
    if not isinstance(row.get("organization"), dict):
        return row
    at = (row.get("service_at_locations") or [{}])[0]
    place = at.get("location") or {}
    address = (place.get("addresses") or [{}])[0]
    return row | {
        "organisation": row["organization"].get("name"), "organization": None, "lat": place.get("latitude"), "lon": place.get("longitude"),
        "postcode": address.get("postal_code"), "address": ", ".join(str(address[k]) for k in ("address_1", "city") if address.get(k)),
    }


def read_rows(text: str, *, track: Track = iter) -> tuple[list[Row], list[Refused]]:
    """Return the rows that can be taken, and those refused with the reason. Raises InvalidRecord for a file of another kind."""
    found = records(text)
    if not found or len(found) > MOST_ROWS:
        raise InvalidRecord("file", f"The file should hold 1 to {MOST_ROWS:,} offers; it holds {len(found):,}.")
    rows, refused, seen = [], [], set()
    for number, record in enumerate(track(found), 1):
        try:
            row = _row(number, _flat(record))
            if row.ref in seen:
                raise InvalidRecord("id", "This id stands in the file twice. Give each offer its own.")
            seen.add(row.ref)
            rows.append(row)
        except InvalidRecord as error:
            refused.append(Refused(number, error.field, error.message))
    return rows, refused


def _row(number: int, record: dict[str, Any]) -> Row:
    values = {ours: next((record[n] for n in names if record.get(n) not in (None, "")), None) for ours, names in NAMES.items()}
    words = {k: str(values[k] or "").strip() for k in ("ref", "title", "description", "organisation", "postcode", "address", "hours")}
    for name, value in words.items():
        if len(value) > LONGEST_CELL or any(ord(c) < 32 and c not in "\t\r\n" for c in value):
            raise InvalidRecord(name, "This holds more than 20,000 characters, or characters that are not text.")
    if not 1 <= len(words["title"]) <= 200:
        raise InvalidRecord("title", "An offer needs a title of 1 to 200 characters.")
    tags = values["tags"] if isinstance(values["tags"], list) else str(values["tags"] or "").split(";")
    return Row(
        number, words["ref"][:200] or hashlib.sha256(f"{words['title']}|{words['postcode']}".encode()).hexdigest()[:32], words["title"],
        (words["organisation"] or words["title"])[:200], words["description"], words["postcode"][:10] or None, _degrees(values["latitude"], "lat", 90), _degrees(values["longitude"], "lon", 180),
        words["address"][:500], words["hours"], tuple(str(t)[:80] for t in tags[:20] if str(t).strip()), *_terms(record),
    )


def _terms(record: dict[str, Any]) -> tuple[float | None, float | None, tuple[str, ...]]:
    """Return the ages, and what a person has to check because it could not be read."""
    whom = read_eligibility(record.get("eligibility"))
    low, high = (_age(record.get(name), name) for name in ("minimum_age", "maximum_age"))
    if low is not None and high is not None and low > high:
        raise InvalidRecord("minimum_age", "This should not be above the maximum age.")
    to_check = [f"Check whom it is for: {whom.unread}"] if whom.unread else []
    cost = read_cost(record.get("is_free"), record.get("fees"))
    return (low if low is not None else whom.age_min_years, high if high is not None else whom.age_max_years, tuple([*to_check, cost] if cost else to_check))


def _age(value: Any, name: str) -> float | None:
    if value in (None, ""):
        return None
    try:
        years = float(value)
    except (TypeError, ValueError):
        years = float("nan")
    if not 0 <= years <= OLDEST:
        raise InvalidRecord(name, f"This should be a number of years from 0 to {OLDEST}, or empty.")
    return years


def _degrees(value: Any, name: str, most: int) -> float | None:
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not -most <= number <= most:
        raise InvalidRecord(name, f"This should be degrees from -{most} to {most}, or empty.")
    return number


def plan(session: Session, text: str, *, source: str, track: Track = iter) -> Plan:
    """Return what an import would do, and change nothing. Raises InvalidRecord for a file that cannot be read."""
    rows, refused = read_rows(text, track=track)
    known = {row.source_ref: row.source_digest for row in session.execute(select(Offer.source_ref, Offer.source_digest).where(Offer.source == source))}
    made = Plan(source, refused=refused)
    unlisted = {row.name_key: row for row in do_not_list.every(session)}
    for row in rows:
        asked = unlisted.get(do_not_list.name_key(row.organisation)) if unlisted else None
        if asked is not None:
            made.refused.append(Refused(row.number, "organisation", asked.says()))
        elif row.ref not in known:
            made.new.append(row)
        elif known[row.ref] != row.digest():
            made.changed.append(row)
        else:
            made.same += 1
    return made


def apply(
    session: Session, made: Plan, *, propose: Callable[[str, str, list[str]], list[str]], by: Actor, at: datetime,
    track: Track = iter,
) -> None:
    """Bring a plan's offers in: none is confirmed, and each gets need codes proposed from its own words for a person to accept.

    A changed offer that a person has confirmed keeps its needs and its confirmation, and asks to be looked at.
    """
    access.require(by, "offer:import")
    organisations = {o.name: o for o in session.scalars(select(Organisation).where(Organisation.source == made.source))}
    known = {o.source_ref: o for o in session.scalars(select(Offer).where(Offer.source == made.source)).unique()} if made.changed else {}
    for row in track([*made.new, *made.changed]):
        offer = known.get(row.ref)
        sessions, unread = read_hours(row.hours)
        facts = {
            "name": row.title, "description": row.description, "age_min_years": row.age_min_years, "age_max_years": row.age_max_years,
            "source_digest": row.digest(), "updated_at": at,
        }
        if offer is None:
            organisation = organisations.get(row.organisation)
            if organisation is None:
                organisation = Organisation(id=new_id(), name=row.organisation, source=made.source, created_at=at, updated_at=at, contacts=[])
                organisations[row.organisation] = organisation
            place = Place(
                id=new_id(), organisation_id=organisation.id, address=row.address, postcode=row.postcode, latitude=row.latitude, longitude=row.longitude,
            )
            offer = Offer(
                id=new_id(), organisation=organisation, place=place, needs=[], source=made.source, source_ref=row.ref, created_at=at,
                conditions=[*([f"Check the opening times: {unread[:200]}"] if unread else []), *row.to_check],
                sessions=[OfferSession(id=new_id(), position=n, **s) for n, s in enumerate(sessions)], authorisations=[], **facts,
            )
            session.add(offer)
        else:
            for name, value in facts.items():
                setattr(offer, name, value)
            if offer.confirmed_on is not None:
                offer.flagged_wrong_at = at
        if not offer.needs:
            offer.proposed_needs = propose(row.title, row.description, list(row.tags))
    session.flush()
    audit.record(session, "offers:imported", None, by=by, at=at, new=len(made.new), changed=len(made.changed), refused=len(made.refused))
