"""Rows: one record of a file as one offer in our words, or refused with the row, the field and what would be right."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from partners.foundation.errors import InvalidRecord
from partners.registry.eligibility_words import OLDEST, read_cost, read_eligibility
from partners.registry.importing.files import records

# Bounds: judgements, November 2026 (safety.md 1.2, row 12).
MOST_ROWS, LONGEST_CELL = 100_000, 20_000
Track = Callable[[Iterable[Any]], Iterable[Any]]  # shows how far a long list has come
Reader = Callable[[dict[str, Any]], dict[str, Any]]  # an Open Referral UK service as the plain names of the other files; raises InvalidRecord
NAMES = {
    "ref": ("id", "ref", "reference"), "title": ("title", "name", "service", "service_name"), "description": ("description", "about"),
    "organisation": ("organisation", "organization", "provider", "organisation_name"), "postcode": ("postcode", "post_code"), "latitude": ("lat", "latitude"),
    "longitude": ("lon", "lng", "long", "longitude"), "address": ("address",), "hours": ("hours", "opening_hours", "opening_times"), "tags": ("tags", "categories", "category"),
}
# A cell that a spreadsheet would run: it stays out, so that no list made from ours can carry it on. Source: OWASP, "CSV Injection".
_FORMULA = re.compile(r"^\s*(?:[=\uff1d]|[+\-@\uff0b\uff0d\uff20]\s*[A-Za-z_.]+\s*\()|\|\s*'[^']*'\s*!")


@dataclass(frozen=True)
class Row:
    """One offer of a file, in our words. `more` holds the further facts of an Open Referral UK service, by the offer's own field."""

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
    needs: tuple[str, ...] = ()
    website: str = ""
    sessions: tuple[dict[str, Any], ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    further_places: tuple[dict[str, Any], ...] = ()

    def digest(self) -> str:
        """Return a mark that changes when anything but the row's number does."""
        content: list[Any] = [self.ref, self.title, self.organisation, self.description, self.postcode, self.latitude, self.longitude, self.address, self.hours, self.tags, self.age_min_years, self.age_max_years, self.to_check]
        further = [self.needs, self.website, self.sessions, self.more, *([self.further_places] if self.further_places else [])]
        return hashlib.sha256(json.dumps([*content, *(further if any(further) else [])], default=str, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Refused:
    """A row that cannot be taken: its number, the field, and what would be right."""

    row: int
    field: str
    says: str


def _is_service(record: dict[str, Any]) -> bool:
    """Whether a record is a service of Open Referral UK: one has an organization, or a status."""
    return isinstance(record.get("organization"), dict) or any(key in record for key in ("service_at_locations", "assured_date", "schedules")) or (isinstance(record.get("service"), dict) and "title" not in record) or ("status" in record and "title" not in record)


# What a document of Open Referral UK has that is of another kind than a service. Source: the UK profile's schemas of organization and taxonomy.
_OTHER_KINDS = {
    "an organisation": ("organization_identifiers", "parent_organization_id", "legal_status"), "a taxonomy": ("taxonomy_terms", "version"), "a taxonomy term": ("term_uri", "taxonomy"),
}


def _plain(record: dict[str, Any], reader: Reader | None) -> dict[str, Any]:
    kind = next((kind for kind, keys in _OTHER_KINDS.items() if "title" not in record and not _is_service(record) and any(k in record for k in keys)), None)
    if kind is not None:
        raise InvalidRecord("row", f"This describes {kind}, and no offer. Bring in the list of services instead.")
    return reader(record) if reader is not None and _is_service(record) else _flat(record)


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
    """Return the rows of a text that can be taken, and those refused with the reason. Raises InvalidRecord for a file of another kind."""
    return read_records(records(text), track=track)


def read_records(found: list[dict[str, Any]], *, track: Track = iter, reader: Reader | None = None) -> tuple[list[Row], list[Refused]]:
    """Return the records that can be taken, and those refused with the reason.

    `reader` reads a service of Open Referral UK in full; without it the few fields that the other files have are read.
    Raises InvalidRecord for none, or too many.
    """
    if not found or len(found) > MOST_ROWS:
        raise InvalidRecord("file", f"The file should hold 1 to {MOST_ROWS:,} offers; it holds {len(found):,}.")
    rows, refused, seen = [], [], set()
    for number, record in enumerate(track(found), 1):
        try:
            row = _row(number, _plain(record, reader))
            if row.ref in seen:
                raise InvalidRecord("id", "This id stands in the file twice. Give each offer its own.")
            seen.add(row.ref)
            rows.append(row)
        except InvalidRecord as error:
            refused.append(Refused(number, error.field, error.message))
    return rows, refused


def _row(number: int, record: dict[str, Any]) -> Row:
    if record.get(""):
        raise InvalidRecord("row", "This row has more cells than there are headings. Put quotation marks round a text with commas in it.")
    values = {ours: next((record[n] for n in names if record.get(n) not in (None, "")), None) for ours, names in NAMES.items()}
    words = {k: str(values[k] or "").strip() for k in ("ref", "title", "description", "organisation", "postcode", "address", "hours")}
    for name, value in words.items():
        if len(value) > LONGEST_CELL or any(ord(c) < 32 and c not in "\t\r\n" for c in value):
            raise InvalidRecord(name, "This holds more than 20,000 characters, or characters that are not text.")
    for name in ("title", "organisation", "description", "address"):
        if _FORMULA.search(words[name]):
            raise InvalidRecord(name, "This reads like a spreadsheet's formula. Write it as plain words.")
    if not 1 <= len(words["title"]) <= 200:
        raise InvalidRecord("title", "An offer needs a title of 1 to 200 characters.")
    tags = values["tags"] if isinstance(values["tags"], list) else str(values["tags"] or "").split(";")
    return Row(
        number, words["ref"][:200] or hashlib.sha256(f"{words['title']}|{words['postcode']}".encode()).hexdigest()[:32], words["title"],
        (words["organisation"] or words["title"])[:200], words["description"], words["postcode"][:10] or None, _degrees(values["latitude"], "lat", 90), _degrees(values["longitude"], "lon", 180),
        words["address"][:500], words["hours"], tuple(str(t)[:80] for t in tags[:20] if str(t).strip()), *_terms(record), tuple(record.get("needs_codes") or ()),
        website=_website(record), sessions=tuple(record.get("sessions") or ()) if isinstance(record.get("sessions"), list) else (), more=_more(record),
        further_places=tuple(record.get("further_places") or ()) if isinstance(record.get("further_places"), list) and "more" in record else (),
    )


def _terms(record: dict[str, Any]) -> tuple[float | None, float | None, tuple[str, ...]]:
    """Return the ages, and what a person has to check because it could not be read."""
    whom = read_eligibility(record.get("eligibility"))
    low, high = (_age(record.get(name), name) for name in ("minimum_age", "maximum_age"))
    if low is not None and high is not None and low > high:
        raise InvalidRecord("minimum_age", "This should not be above the maximum age.")
    noted = [w for w in record.get("to_check", ()) if isinstance(w, str)] if isinstance(record.get("to_check"), list) else []
    to_check = [f"Check whom it is for: {whom.unread}"] if whom.unread else []
    cost = read_cost(record.get("is_free"), record.get("fees"))
    return (low if low is not None else whom.age_min_years, high if high is not None else whom.age_max_years, tuple([*noted, *to_check, cost] if cost else [*noted, *to_check]))


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


def _more(record: dict[str, Any]) -> dict[str, Any]:
    found = record.get("more")
    return found if isinstance(found, dict) else {}


def _website(record: dict[str, Any]) -> str:
    """Return the organisation's web address where the file gives one that a browser may open."""
    given = str(record.get("website") or "").strip()
    return given[:500] if given.startswith(("https://", "http://")) and is_one_word(given) else ""


def is_one_word(text: str) -> bool:
    """Whether a text has no space and nothing unseen in it."""
    return not any(c.isspace() or ord(c) < 33 for c in text)


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
