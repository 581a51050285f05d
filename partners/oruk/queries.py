"""What may be asked of the feed: one row a parameter, with how it is read and which services it keeps.

The parameters are the union of the UK profile's OpenAPI document and the international specification's (both 3.0).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from partners.foundation.errors import InvalidRecord
from partners.foundation.postcodes import PostcodeError, locate
from partners.oruk.fields import WEEKDAYS, Service, taxonomy_id, term_id

DEFAULT_PAGE, LARGEST_PAGE = 50, 500  # judgement, November 2026
FURTHEST_M = 100_000
_DAY_NAMES = {"monday": "mon", "tuesday": "tue", "wednesday": "wed", "thursday": "thu", "friday": "fri", "saturday": "sat", "sunday": "sun"}


def _whole(name: str, least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not least <= int(value[:12]) <= most:
            raise InvalidRecord(name, f"{name} should be a whole number from {least} to {most}.")
        return int(value)

    return read


def _yes_no(name: str) -> Callable[[str], bool]:
    def read(value: str) -> bool:
        if value.lower() not in ("true", "false", "1", "0", ""):
            raise InvalidRecord(name, f"{name} should be true or false.")
        return value.lower() in ("true", "1", "")

    return read


def _years(name: str) -> Callable[[str], float]:
    def read(value: str) -> float:
        try:
            years = float(value)
        except ValueError:
            years = math.nan
        if not 0 <= years <= 150:
            raise InvalidRecord(name, f"{name} should be a number of years from 0 to 150.")
        return years

    return read


def _clock(name: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        parts = value.split(":")
        if len(parts) not in (2, 3) or not all(len(p) == 2 and p.isascii() and p.isdigit() for p in parts) or not (int(parts[0]) < 24 and int(parts[1]) < 60):
            raise InvalidRecord(name, f"{name} should be a time such as 09:15.")
        return value[:5]

    return read


def _day(value: str) -> str:
    text = value.strip().lower()
    short = {v.lower(): k for k, v in WEEKDAYS.items()}
    found = _DAY_NAMES.get(text) or short.get(text) or (text if text in WEEKDAYS else None)
    if found is None:
        raise InvalidRecord("day", "day should be a day of the week such as Monday, mon or MO.")
    return found


def _instant(value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value.replace(" ", "+") if "T" in value else value)
    except ValueError as error:
        raise InvalidRecord("modified_after", "modified_after should be a day and time such as 2026-11-24T09:00:00Z.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _postcode(value: str) -> tuple[float, float]:
    try:
        found = locate(value)
    except PostcodeError as error:
        raise InvalidRecord("postcode", "postcode should be a whole postcode such as LS9 7AB.") from error
    if found is None:
        raise InvalidRecord("postcode", "We do not know where this postcode is.")
    return found.latitude, found.longitude


def _format(value: str) -> str:
    if value not in ("json", "ndjson"):
        raise InvalidRecord("format", "format should be json or ndjson.")
    return value


def _words(name: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if len(value) > 200:
            raise InvalidRecord(name, f"{name} should be at most 200 characters.")
        return value.strip()

    return read


READERS: dict[str, Callable[[str], Any]] = {
    "search": _words("search"), "page": _whole("page", 1, 10**9), "per_page": _whole("per_page", 1, LARGEST_PAGE), "format": _format,
    "taxonomy_term_id": _words("taxonomy_term_id"), "taxonomy_id": _words("taxonomy_id"), "organization_id": _words("organization_id"),
    "modified_after": _instant, "minimal": _yes_no("minimal"), "full": _yes_no("full"), "full_service": _yes_no("full_service"),
    "minimum_age": _years("minimum_age"), "maximum_age": _years("maximum_age"), "start_time": _clock("start_time"), "end_time": _clock("end_time"),
    "day": _day, "postcode": _postcode, "proximity": _whole("proximity", 1, FURTHEST_M), "top_only": _yes_no("top_only"), "parent_id": _words("parent_id"),
}
_PAGES = ("page", "per_page", "format")
_SERVICES = (
    "search", *_PAGES, "taxonomy_term_id", "taxonomy_id", "organization_id", "modified_after", "minimal", "full", "minimum_age", "maximum_age",
    "start_time", "end_time", "day",
)
# Which endpoint takes which. Sources: openapi.json of the UK profile 3.0 and open_api.json of HSDS 3.0.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "/services": _SERVICES,
    "/service_at_locations": (*_SERVICES, "postcode", "proximity"),
    "/organizations": ("search", *_PAGES, "full", "full_service"),
    "/taxonomies": ("search", *_PAGES),
    "/taxonomy_terms": ("search", *_PAGES, "taxonomy_id", "top_only", "parent_id"),
    "/organizations/{id}": ("full_service",),
}


def read(endpoint: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return what was asked, read. Raises InvalidRecord, naming the parameter and what would be right, also for one the endpoint does not have."""
    known = PARAMETERS.get(endpoint, ())
    found = {}
    for name, value in asked.items():
        if name not in known:
            may = ", ".join(known) or "none"
            raise InvalidRecord(name[:40], f"{name[:40]!r} is not a parameter of {endpoint}. It takes: {may}.")
        found[name] = READERS[name](value)
    if "proximity" in found and "postcode" not in found:
        raise InvalidRecord("proximity", "proximity needs a postcode to be near to.")
    return found


def _has_words(s: Service, words: str) -> bool:
    text = f"{s.name} {s.description} {s.provider.name}".casefold()
    return all(w in text for w in words.casefold().split())


# One row a filter: whether a service stays.
KEEPS: dict[str, Callable[[Service, Any], bool]] = {
    "search": _has_words,
    "taxonomy_term_id": lambda s, v: any(v in (term_id(t[0], t[1]), t[1]) for t in s.tags),
    "taxonomy_id": lambda s, v: any(v in (taxonomy_id(t[0]), t[0]) for t in s.tags),
    "organization_id": lambda s, v: s.provider.id == v,
    "modified_after": lambda s, v: s.modified_at is not None and s.modified_at >= v,
    "minimum_age": lambda s, v: s.age_min_years is not None and s.age_min_years >= v,
    "maximum_age": lambda s, v: s.age_max_years is not None and s.age_max_years <= v,
    "start_time": lambda s, v: any(x.starts >= v for x in s.sessions),
    "end_time": lambda s, v: any(x.ends <= v for x in s.sessions),
    "day": lambda s, v: any(v in x.days for x in s.sessions),
}


def kept(services: Iterable[Service], asked: Mapping[str, Any]) -> list[Service]:
    """Return the services that every filter asked for keeps."""
    tests = [(KEEPS[name], value) for name, value in asked.items() if name in KEEPS]
    return [s for s in services if all(test(s, value) for test, value in tests)]


def is_near(latitude: float | None, longitude: float | None, asked: Mapping[str, Any]) -> bool:
    """Whether a place is within the metres asked for of the postcode asked for; without a proximity, every place is."""
    if "proximity" not in asked:
        return True
    if latitude is None or longitude is None:
        return False
    from geopy.distance import great_circle

    return bool(great_circle((latitude, longitude), asked["postcode"]).m <= asked["proximity"])


@dataclass(frozen=True)
class Page:
    """One page of a list, in the profile's seven keys and its contents."""

    total: int
    number: int
    size: int
    contents: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Return the document. A page after the last is empty, and says so."""
        pages = max(1, math.ceil(self.total / self.size))
        return {
            "total_items": self.total, "total_pages": pages, "page_number": self.number, "size": len(self.contents), "first_page": self.number == 1,
            "last_page": self.number >= pages, "empty": not self.contents, "contents": self.contents,
        }


def span(asked: Mapping[str, Any]) -> tuple[int, int, int]:
    """Return the page asked for, how many stand on a page, and where it starts."""
    number, size = asked.get("page", 1), asked.get("per_page", DEFAULT_PAGE)
    return number, size, (number - 1) * size
