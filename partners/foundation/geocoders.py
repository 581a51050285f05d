"""Geocoders in geopy's shape: the offline postcode table, and, for organisations' addresses alone, an online one that may be switched on by name.

A family's postcode never comes here: families are placed by `postcodes.blurred`, which has no network to use.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, build_opener

from geopy import geocoders as online_geocoders
from geopy.adapters import BaseSyncAdapter, URLLibAdapter
from geopy.exc import GeocoderServiceError, GeopyError
from geopy.geocoders.base import Geocoder
from geopy.location import Location

from partners.foundation import postcode_table, postcodes
from partners.foundation.errors import PartnersError
from partners.foundation.postcodes import Located, PostcodeError

log = logging.getLogger(__name__)

# Seconds an online answer may take before the offline one is given; with the offline look-up and a first load it stays within 2 s. Judgement, November 2026.
PATIENCE_SECONDS = 1.4
# After so many failures in a row nobody is asked for a while. Judgement, November 2026.
FAILURES_TO_REST = 3
REST_SECONDS = 60.0
MOST_AT_ONCE = 4
MOST_CHARACTERS = 300
# The United Kingdom with its islands, in degrees: an answer outside it is a place of the same name elsewhere.
SOUTH, NORTH, WEST, EAST = 49.0, 61.5, -9.0, 2.5

_POSTCODE_IN_TEXT = re.compile(rf"\b{postcodes.OUTCODE}\s*[0-9][A-Z]{{2}}\b", re.IGNORECASE)


class GeocoderRefused(PartnersError, ValueError):
    """The setting names a geocoder, or an option of one, that is not on the short list; the message gives the list."""


@dataclass(frozen=True, slots=True)
class OnlineService:
    """One online geocoder that may be asked: its geopy class, what a setting may say, what it must say, and how it is kept to the UK."""

    geopy_class: str
    may: frozenset[str] = frozenset({"user_agent"})
    must: frozenset[str] = frozenset()
    asking: dict[str, Any] = field(default_factory=dict)


# Hosts come from geopy alone: no setting and no user can name a host, a scheme or a proxy.
ONLINE: dict[str, OnlineService] = {
    "nominatim": OnlineService("Nominatim", asking={"country_codes": "gb"}),
    "photon": OnlineService("Photon"),
    "opencage": OnlineService("OpenCage", frozenset({"api_key", "user_agent"}), frozenset({"api_key"}), {"country": "gb"}),
    "geocodeearth": OnlineService("GeocodeEarth", frozenset({"api_key", "user_agent"}), frozenset({"api_key"})),
}


class NoNetwork(BaseSyncAdapter):  # type: ignore[misc, unused-ignore]
    """The adapter of a geocoder that asks nobody."""

    is_available = True

    def get_json(self, url: str, *, timeout: Any, headers: Any) -> Any:
        raise GeocoderServiceError("The offline geocoder asks nobody.")

    def get_text(self, url: str, *, timeout: Any, headers: Any) -> str:
        raise GeocoderServiceError("The offline geocoder asks nobody.")


class _StayPut(HTTPRedirectHandler):
    def redirect_request(self, *request: Any, **more: Any) -> None:
        return None


class NoRedirects(URLLibAdapter):  # type: ignore[misc, unused-ignore]
    """geopy's urllib adapter, which a reply cannot send on to another address."""

    def __init__(self, *, proxies: Any, ssl_context: Any) -> None:
        super().__init__(proxies=proxies, ssl_context=ssl_context)
        self.urlopen = build_opener(_StayPut, HTTPSHandler(context=ssl_context), ProxyHandler(proxies)).open


class OfflinePostcode(Geocoder):  # type: ignore[misc, unused-ignore]
    """A geopy geocoder over the packed table: a postcode, alone or at the end of an address, or a sector or outcode alone."""

    def __init__(self, *, table: Path = postcode_table.PACKED) -> None:
        super().__init__(adapter_factory=NoNetwork)
        self.table = table

    def geocode(self, query: str, *, exactly_one: bool = True, timeout: float | None = None) -> Any:
        """geopy's Location, or None; a list of one, or None, where `exactly_one` is False. `timeout` is not needed.

        `location.raw["precision"]` is "postcode", "sector" or "outcode".
        """
        found = self._located(query)
        if found is None:
            return None
        location = Location(found.postcode, (found.latitude, found.longitude), {"precision": found.precision, "source": "offline"})
        return location if exactly_one else [location]

    def _located(self, query: str) -> Located | None:
        inside = list(_POSTCODE_IN_TEXT.finditer(query[:MOST_CHARACTERS]))
        for text, find in ((query, postcodes.locate), (query, postcodes.centroid_of), (inside[-1][0] if inside else "", postcodes.locate)):
            try:
                return find(text, table=self.table)
            except PostcodeError:
                continue
        return None


class OnlineThenOffline(Geocoder):  # type: ignore[misc, unused-ignore]
    """An online geocoder for organisations' addresses, with the offline one behind it.

    It answers within 2 seconds whatever the other side does, and rests after failures. A query that is only a postcode is answered offline
    and never leaves this machine. Must not be given a family's postcode or address.
    """

    def __init__(self, name: str, online: Any, offline: OfflinePostcode, *, asking: dict[str, Any], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(adapter_factory=NoNetwork)
        self.name, self.online, self.offline, self.asking, self.clock = name, online, offline, asking, clock
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._failures, self._resting_until = 0, float("-inf")

    def geocode(self, query: str, *, exactly_one: bool = True, timeout: float | None = None) -> Any:
        """geopy's Location, or None; a list of one, or None, where `exactly_one` is False. `timeout` in seconds may only shorten the wait.

        Never raises for a failure of the other side: the offline answer is given.
        """
        patience = min(PATIENCE_SECONDS, timeout or PATIENCE_SECONDS)
        location = None if self._stays_here(query) else self._ask(query, patience)
        if location is None:
            return self.offline.geocode(query, exactly_one=exactly_one)
        return location if exactly_one else [location]

    def _stays_here(self, query: str) -> bool:
        if not query.strip() or len(query) > MOST_CHARACTERS:
            return True
        for reading in (postcodes.normalise, postcodes.centroid_of):
            try:
                reading(query)
            except PostcodeError:
                continue
            return True
        return False

    def _ask(self, query: str, patience: float) -> Any:
        """The online answer inside the UK, or None for none, too late, failed or resting."""
        with self._lock:
            if self.clock() < self._resting_until:
                return None
        if not self._places.acquire(blocking=False):
            return None
        answers: list[Any] = []

        def ask() -> None:
            try:
                answers.append(self.online.geocode(query, exactly_one=True, timeout=patience, **self.asking))
            except (GeopyError, OSError, ValueError, LookupError, TypeError, AttributeError) as failure:
                log.warning("The online geocoder %s failed (%s); the offline answer was given.", self.name, type(failure).__name__)
            finally:
                self._places.release()

        # A socket's own timeout starts again with every byte, so a slow trickle is cut off here, and a daemon thread cannot hold the process open.
        asking = threading.Thread(target=ask, name=f"geocoder-{self.name}", daemon=True)
        asking.start()
        asking.join(patience)
        self._remember(bool(answers))
        location = answers[0] if answers else None
        if location is None or not (SOUTH <= location.latitude <= NORTH and WEST <= location.longitude <= EAST):
            return None
        return location

    def _remember(self, answered: bool) -> None:
        with self._lock:
            self._failures = 0 if answered else self._failures + 1
            if self._failures >= FAILURES_TO_REST:
                self._resting_until = self.clock() + REST_SECONDS


def geocoder_from(
    name: str | None, *, adapter_factory: Any = NoRedirects, clock: Callable[[], float] = time.monotonic, table: Path = postcode_table.PACKED, **options: str
) -> OfflinePostcode | OnlineThenOffline:
    """The geocoder a setting names: None, "" or "offline" for the table on this machine, else one of ONLINE, for ORGANISATIONS' addresses only.

    A family's postcode or address must never be given to it: place families with `postcodes.blurred`. `options` are that service's own
    (`api_key`, `user_agent`); a host, scheme or proxy cannot be set. `adapter_factory` and `clock` are there for fakes.

    Raises GeocoderRefused for a name or an option not on the list, or a key that is missing.
    """
    offline = OfflinePostcode(table=table)
    if not name or name.strip().lower() == "offline":
        return offline
    chosen = name.strip().lower()
    service = ONLINE.get(chosen)
    if service is None:
        raise GeocoderRefused(f"This geocoder is not on the list. Choose one of: offline, {', '.join(sorted(ONLINE))}.")
    if refused := sorted(set(options) - service.may):
        raise GeocoderRefused(f"The geocoder {chosen} takes no {', '.join(refused)}. It takes: {', '.join(sorted(service.may))}.")
    if missing := sorted(key for key in service.must if not options.get(key)):
        raise GeocoderRefused(f"The geocoder {chosen} needs {', '.join(missing)}.")
    settings = {"user_agent": "kith", **options}
    online = getattr(online_geocoders, service.geopy_class)(scheme="https", timeout=PATIENCE_SECONDS, adapter_factory=adapter_factory, **settings)
    return OnlineThenOffline(chosen, online, offline, asking=service.asking, clock=clock)
