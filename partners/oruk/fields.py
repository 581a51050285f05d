"""THE HSDS FIELD TABLE: one row a field of a service that says, in both directions, which of our facts it is.

`Service` holds the facts that travel: what an offer is, on which terms, where and when. What changes by the hour (places, waiting
lists, who confirmed it by which means) and whatever belongs to a school, a referral or a family has no field here.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://kith.example/oruk/v3")
WEEKDAYS = {"mon": "MO", "tue": "TU", "wed": "WE", "thu": "TH", "fri": "FR", "sat": "SA", "sun": "SU"}
_OUR_DAYS = {v: k for k, v in WEEKDAYS.items()}
_CLOCK = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)(:[0-5]\d)?$")
_BYDAY = re.compile(r"^([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$")
# Seven days of a month that a weekday is in just once: the month's nth of it. Source: RFC 5545, 3.3.10.
_WEEKS_OF_A_MONTH = {tuple(range(7 * n - 6, 7 * n + 1)): n for n in (1, 2, 3, 4)} | {tuple(range(-7, 0)): -1}
WEEKS = {"term_time": "In school term time.", "school_holidays": "In the school holidays."}


def stable_id(*parts: object) -> str:
    """Return an id that is the same each time for the same parts: nested HSDS objects need one, and ours have none of their own."""
    return str(uuid.uuid5(NAMESPACE, "|".join(str(p) for p in parts)))


@dataclass(frozen=True)
class Session:
    """A regular session, as a schedule says it: each week, every second week counted from `anchor_on`, or `nth` of the month (1 to 4, -1 the last)."""

    days: tuple[str, ...]
    starts: str
    ends: str
    weeks: str = "all_year"
    from_on: date | None = None
    until_on: date | None = None
    nth: tuple[int, ...] = ()
    every_weeks: int = 1
    anchor_on: date | None = None


@dataclass(frozen=True)
class Location:
    """A place that may be told to anybody. A withheld place never becomes one."""

    id: str
    name: str = ""
    address: str = ""
    postcode: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class Provider:
    """The organization of a service."""

    id: str
    name: str
    description: str = ""
    website: str = ""


@dataclass(frozen=True)
class Service:
    """The facts of an offer that travel. `tags` are (vocabulary, term, answer): needs, features and the like."""

    id: str
    name: str
    description: str = ""
    provider: Provider = field(default_factory=lambda: Provider("", ""))
    status: str = "active"
    age_min_years: float | None = None
    age_max_years: float | None = None
    assured_on: date | None = None
    alert: str = ""
    fees: str = ""
    modified_at: datetime | None = None
    languages: tuple[str, ...] = ()
    sessions: tuple[Session, ...] = ()
    locations: tuple[Location, ...] = ()
    area_km: float | None = None
    area_prefixes: tuple[str, ...] = ()
    tags: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Field:
    """One row: the HSDS field, the fact of ours, and how each is made from the other. A write that gives None leaves the field out."""

    hsds: str
    ours: str
    write: Callable[[Service], Any]
    read: Callable[[dict[str, Any]], Any]


def text(value: Any, longest: int = 20_000) -> str:
    """Return a text of a document, trimmed; '' where it is not one."""
    return value.strip()[:longest] if isinstance(value, str) else ""


def number(value: Any) -> float | None:
    """Return a number of a document, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value in (float("inf"), float("-inf")):
        return None
    return float(value)


def day(value: Any) -> date | None:
    """Return a day of a document, or None where it is not one."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def instant(value: Any) -> datetime | None:
    """Return an instant of a document, or None where it is not one with an offset."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def rows(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a list of objects of a document; what is none is passed over."""
    value = document.get(name)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _schedules(s: Service) -> list[dict[str, Any]] | None:
    found = [
        {
            "id": stable_id(s.id, "schedule", n), "freq": "MONTHLY" if x.nth else "WEEKLY", "interval": x.every_weeks,
            "byday": ",".join(f"{nth}{WEEKDAYS[d]}" for nth in x.nth or ("",) for d in x.days), "opens_at": x.starts, "closes_at": x.ends,
            "dtstart": x.anchor_on.isoformat() if x.anchor_on else None,
            "valid_from": x.from_on.isoformat() if x.from_on else None, "valid_to": x.until_on.isoformat() if x.until_on else None, "notes": WEEKS.get(x.weeks),
        }
        for n, x in enumerate(s.sessions)
    ]
    return found or None


def _regularly(row: dict[str, Any]) -> dict[str, Any] | None:
    """Return the days of a schedule, and which weeks or which of the month; None for a rule that no session of ours can say.

    Source: RFC 5545, 3.3.10: BYDAY '2TU' is the second Tuesday of a month; BYDAY TU with BYMONTHDAY 8 to 14 is the same.
    """
    found = [_BYDAY.match(part.strip()) for part in text(row.get("byday")).split(",") if part.strip()]
    if not found or None in found or row.get("freq") not in (None, "WEEKLY", "MONTHLY") or text(row.get("byyearday")) or text(row.get("byweekno")):
        return None
    pairs = [(int(m[1]) if m[1] else None, _OUR_DAYS[m[2]]) for m in found if m]
    days, counted = tuple(dict.fromkeys(d for _, d in pairs)), tuple(dict.fromkeys(n for n, _ in pairs))
    interval = row.get("interval") if row.get("interval") is not None else 1
    if row.get("freq") != "MONTHLY":
        if interval not in (1, 2) or isinstance(interval, bool) or text(row.get("bymonthday")) or counted != (None,):
            return None
        return {"days": days} if interval == 1 else {"days": days, "every_weeks": 2, "anchor_on": day(row.get("dtstart"))}
    if interval != 1:
        return None
    if counted == (None,) and (by_date := _WEEKS_OF_A_MONTH.get(_month_days(row.get("bymonthday")))):
        return {"days": days, "nth": (by_date,)}
    nth = tuple(n for n in counted if n in (1, 2, 3, 4, -1))
    # Each weekday has to be counted alike: first and third of both, say.
    whole = len(nth) == len(counted) and {(n, d) for n in nth for d in days} == set(pairs) and not text(row.get("bymonthday"))
    return {"days": days, "nth": nth} if whole else None


def _month_days(value: Any) -> tuple[int, ...]:
    """Return the days of a month that a rule names, in order; none where it is not a list of numbers."""
    parts = [p.strip() for p in text(value).split(",")]
    return tuple(sorted(int(p) for p in parts)) if all(re.fullmatch(r"-?\d{1,2}", p) for p in parts) else ()


def _session(row: dict[str, Any]) -> Session | None:
    opens, closes, regularly = text(row.get("opens_at")), text(row.get("closes_at")), _regularly(row)
    if regularly is None or not _CLOCK.match(opens) or not _CLOCK.match(closes):
        return None
    weeks = next((ours for ours, says in WEEKS.items() if row.get("notes") == says), "all_year")
    return Session(starts=opens[:5], ends=closes[:5], weeks=weeks, from_on=day(row.get("valid_from")), until_on=day(row.get("valid_to")), **regularly)


def _sessions(document: dict[str, Any]) -> tuple[Session, ...]:
    return tuple(found for row in rows(document, "schedules") if (found := _session(row)) is not None)


def unread_schedules(document: dict[str, Any]) -> list[str]:
    """Return the schedules of a document that no session of ours can say, in the words they stand in, for a person to check."""
    names = ("freq", "interval", "byday", "bymonthday", "dtstart", "opens_at", "closes_at", "description", "notes")
    return [" ".join(f"{name} {row[name]}" for name in names if row.get(name) not in (None, ""))[:200] for row in rows(document, "schedules") if _session(row) is None]


def _at_locations(s: Service) -> list[dict[str, Any]] | None:
    return [{"id": stable_id(s.id, "at", x.id), "location": location(x)} for x in s.locations] or None


def location(x: Location) -> dict[str, Any]:
    """Return a location's document."""
    address = {
        "id": stable_id(x.id, "address"), "address_1": x.address, "city": "", "state_province": "", "postal_code": x.postcode, "country": "GB", "address_type": "physical",
    }
    return {
        "id": x.id, "location_type": "physical", "name": x.name or None, "latitude": x.latitude, "longitude": x.longitude,
        "addresses": [address] if x.address or x.postcode else None,
    }


def _locations(document: dict[str, Any]) -> tuple[Location, ...]:
    found = []
    for row in rows(document, "service_at_locations"):
        at = row.get("location")
        if isinstance(at, dict) and text(at.get("id")):
            address: dict[str, Any] = next(iter(rows(at, "addresses")), {})
            lines = [text(address.get(k)) for k in ("address_1", "city", "region", "state_province")]
            found.append(Location(
                text(at["id"]), text(at.get("name"), 200), ", ".join(x for x in lines if x)[:500], text(address.get("postal_code"), 10), number(at.get("latitude")), number(at.get("longitude")),
            ))
    return tuple(found)


def _service_areas(s: Service) -> list[dict[str, Any]] | None:
    found = [{"id": stable_id(s.id, "area", p), "name": p, "extent": p, "extent_type": "postcode_prefix"} for p in s.area_prefixes]
    if s.area_km is not None:
        found.append({"id": stable_id(s.id, "area", "km"), "name": f"Within {s.area_km:g} km", "extent": repr(s.area_km), "extent_type": "radius_km"})
    return found or None


def _prefixes(document: dict[str, Any]) -> tuple[str, ...]:
    return tuple(text(r.get("extent"), 10) for r in rows(document, "service_areas") if r.get("extent_type") == "postcode_prefix" and text(r.get("extent")))


def _km(document: dict[str, Any]) -> float | None:
    for row in rows(document, "service_areas"):
        if row.get("extent_type") == "radius_km":
            try:
                return float(text(row.get("extent")))
            except ValueError:
                return None
    return None


def term_id(vocabulary: str, term: str) -> str:
    """Return the id of a taxonomy term of ours."""
    return stable_id("term", vocabulary, term)


def taxonomy_id(vocabulary: str) -> str:
    """Return the id of one of our taxonomies."""
    return stable_id("taxonomy", vocabulary)


# Our vocabularies as HSDS taxonomies: what each says.
TAXONOMIES = {
    "needs": "The need codes of Kith: things that a family could say out loud.",
    "features": "Facts about how a service can be used; the answer stands in link_type: yes or no.",
    "modes": "How it can be had: in person, online, by phone and so on.",
    "audience": "Whom it is for.",
    "referrers": "Who may refer.",
    "kinds": "What kind of help it is.",
}


def _attributes(s: Service) -> list[dict[str, Any]] | None:
    return [
        {
            "id": stable_id(s.id, *tag), "link_type": tag[2],
            "taxonomy_term": {"id": term_id(tag[0], tag[1]), "name": tag[1], "description": tag[1].replace("_", " "), "taxonomy": tag[0], "taxonomy_id": taxonomy_id(tag[0])},
        }
        for tag in s.tags
    ] or None


def _tags(document: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
    found = []
    for row in rows(document, "attributes"):
        term = row.get("taxonomy_term")
        if isinstance(term, dict) and text(term.get("name")):
            found.append((text(term.get("taxonomy"), 80), text(term["name"], 80), text(row.get("link_type"), 80)))
    return tuple(found)


def organization(p: Provider) -> dict[str, Any]:
    """Return an organization's document. Its telephone number stays with us: it may be a person's."""
    return {"id": p.id, "name": p.name, "description": p.description, "website": p.website or None}


def provider(document: Any) -> Provider:
    """Return the organization of a document, or one without a name."""
    row = document if isinstance(document, dict) else {}
    return Provider(text(row.get("id"), 200), text(row.get("name"), 200), text(row.get("description"), 2000), text(row.get("website"), 500))


def _languages(s: Service) -> list[dict[str, Any]] | None:
    return [{"id": stable_id(s.id, "language", tag), "code": tag} for tag in s.languages] or None


def _stamp(at: datetime | None) -> str | None:
    return at.isoformat(timespec="milliseconds") if at else None


FIELDS: tuple[Field, ...] = (
    Field("id", "id", lambda s: s.id, lambda d: text(d.get("id"), 200)),
    Field("name", "name", lambda s: s.name, lambda d: text(d.get("name"), 200)),
    Field("description", "description", lambda s: s.description or None, lambda d: text(d.get("description"))),
    Field("status", "status", lambda s: s.status, lambda d: text(d.get("status"), 40)),
    Field("minimum_age", "age_min_years", lambda s: s.age_min_years, lambda d: number(d.get("minimum_age"))),
    Field("maximum_age", "age_max_years", lambda s: s.age_max_years, lambda d: number(d.get("maximum_age"))),
    Field("assured_date", "assured_on", lambda s: s.assured_on.isoformat() if s.assured_on else None, lambda d: day(d.get("assured_date"))),
    Field("alert", "alert", lambda s: s.alert or None, lambda d: text(d.get("alert"), 500)),
    Field("fees", "fees", lambda s: s.fees or None, lambda d: text(d.get("fees"), 500)),
    Field("last_modified", "modified_at", lambda s: _stamp(s.modified_at), lambda d: instant(d.get("last_modified"))),
    Field("organization", "provider", lambda s: organization(s.provider), lambda d: provider(d.get("organization"))),
    Field("languages", "languages", _languages, lambda d: tuple(text(r.get("code"), 20) for r in rows(d, "languages") if text(r.get("code")))),
    Field("schedules", "sessions", _schedules, _sessions),
    Field("service_at_locations", "locations", _at_locations, _locations),
    Field("service_areas", "area_prefixes", _service_areas, _prefixes),
    Field("service_areas", "area_km", lambda s: None, _km),  # written by the row above
    Field("attributes", "tags", _attributes, _tags),
)
# What a list of services holds of each; the rest stands in its own document. Source: the UK profile's service_list schema.
IN_A_LIST = ("id", "name", "description", "status", "minimum_age", "maximum_age", "assured_date", "alert", "last_modified", "organization")


def without_nulls(value: Any) -> Any:
    """Return a document without what is not known: a null is left out."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [without_nulls(v) for v in value]
    return value


def document(service: Service, *, full: bool = True) -> dict[str, Any]:
    """Return a service's document: every field, or those that a list holds."""
    made: dict[str, Any] = {}
    for row in FIELDS:
        if (full or row.hsds in IN_A_LIST) and row.hsds not in made:
            made[row.hsds] = row.write(service)
    found: dict[str, Any] = without_nulls(made)
    return found
