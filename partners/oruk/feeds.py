"""Feeds: reading a live Open Referral UK feed, page by page, from hosts that the settings allow and from nowhere else.

A host's name is looked up once, every address it has must be a public one, and the connection goes to that very address. A redirect
is followed only to the same host. Nothing that a feed says decides where the next request goes.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from partners.foundation.errors import InvalidRecord

# Bounds: judgements, November 2026.
LARGEST_ANSWER, LARGEST_FEED, MOST_PAGES, MOST_SERVICES = 5 * 1024 * 1024, 50 * 1024 * 1024, 1_000, 20_000
ANSWER_SECONDS, FEED_SECONDS, MOST_REDIRECTS, PER_PAGE = 20.0, 1_800.0, 3, 100
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_INSIDE = tuple(ipaddress.ip_network(n) for n in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "100::/64", "fec0::/10"))
Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """Return every address of a host. Raises OSError where it has none."""
    return list(dict.fromkeys(str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet, and does not carry an inner one.

    >>> is_public("93.184.216.34"), is_public("127.0.0.1"), is_public("::ffff:10.0.0.1"), is_public("169.254.169.254")
    (True, False, False, False)
    """
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and (found.ipv4_mapped is not None or any(found in net for net in _INSIDE)):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_private or found.is_loopback or found.is_link_local or found.is_unspecified)


@dataclass(frozen=True)
class Door:
    """Which feeds may be read. `inside_too` lets a test's own server on this machine in, over plain http; no setting does."""

    hosts: tuple[str, ...]
    resolve: Resolve = resolve
    inside_too: bool = False
    clock: Callable[[], float] = time.monotonic


def check(address: str, door: Door) -> tuple[str, int, str]:
    """Return an address's host, port and path. Raises InvalidRecord for one that is not of an allowed host, or not written plainly."""
    if not address.isascii() or any(c.isspace() or ord(c) < 33 or c in "\\<>\"`{}|^" for c in address) or len(address) > 500:
        raise InvalidRecord("feed", "Write the feed's address plainly, such as https://directory.example.org/oruk/v3.")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise InvalidRecord("feed", "The feed's address cannot be read.") from error
    host = (parts.hostname or "").lower()
    schemes = ("https", "http") if door.inside_too else ("https",)
    if parts.scheme not in schemes or "@" in parts.netloc or parts.fragment or parts.query:
        raise InvalidRecord("feed", "The feed's address should start with https:// and hold no user name, question mark or hash.")
    named = _HOST.fullmatch(host) is not None
    allowed = {h.strip().lower() for h in door.hosts if h.strip()}
    if not (host in allowed and (port is None or port == 443)) and f"{host}:{port}" not in allowed:
        raise InvalidRecord("feed", f"{host or 'This'} is not among the hosts that KITH_FEED_HOSTS allows.")
    if not named and not door.inside_too:
        raise InvalidRecord("feed", "Give the feed's host by its name, such as directory.example.org.")
    return host, port or (443 if parts.scheme == "https" else 80), parts.path.rstrip("/")


class _Pinned(http.client.HTTPConnection):
    """A connection to one address that was looked at, whatever the name says meanwhile."""

    def __init__(self, host: str, port: int, address: str, *, secure: bool) -> None:
        super().__init__(host, port, timeout=ANSWER_SECONDS)
        self.address, self.secure = address, secure

    def connect(self) -> None:
        """Open it, and for https check the certificate against the name."""
        raw = socket.create_connection((self.address, self.port), ANSWER_SECONDS)
        self.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=self.host) if self.secure else raw


@dataclass
class _Reading:
    """One reading of one feed: the address it is pinned to, and what of time and size is left."""

    door: Door
    secure: bool
    host: str
    port: int
    address: str
    until: float
    left: int = LARGEST_FEED

    def get(self, path: str) -> Any:
        """Return one answer's JSON, following redirects on this host alone. Raises InvalidRecord."""
        for _ in range(MOST_REDIRECTS + 1):
            status, headers, blob = self._ask(path)
            if status not in (301, 302, 303, 307, 308):
                break
            base = f"{'https' if self.secure else 'http'}://{self.host}{'' if self.port in (80, 443) else f':{self.port}'}"
            goal = urlsplit(urljoin(base + path, headers.get("location", "")))
            if (goal.scheme, goal.hostname, goal.port or (443 if goal.scheme == "https" else 80)) != ("https" if self.secure else "http", self.host, self.port) or "@" in goal.netloc:
                raise InvalidRecord("feed", "The feed sends us to another address, which Kith does not follow. Ask who runs it for the right one.")
            path = quote(goal.path, safe="/%:@!$&'()*+,;=~-._") + (f"?{goal.query}" if goal.query else "")
        if status != 200:
            raise InvalidRecord("feed", f"The feed answered {status}. Try again later, or ask who runs it.")
        try:
            if sum(blob.count(sign) for sign in (b",", b"[", b"{")) > 500_000:
                raise ValueError("more parts than a page needs")
            return json.loads(blob)
        except (ValueError, RecursionError) as error:
            raise InvalidRecord("feed", f"The feed's answer is not JSON that can be read: {str(error)[:80]}") from error

    def _ask(self, path: str) -> tuple[int, dict[str, str], bytes]:
        connection = _Pinned(self.host, self.port, self.address, secure=self.secure)
        stop = min(self.until, self.door.clock() + ANSWER_SECONDS)
        try:
            connection.request("GET", path or "/", headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Kith"})
            answer = connection.getresponse()
            blob = b""
            while chunk := answer.read1(65_536):
                blob += chunk
                if len(blob) > min(LARGEST_ANSWER, self.left):
                    raise InvalidRecord("feed", "The feed's answer is larger than a page of services should be.")
                if self.door.clock() > stop:
                    raise InvalidRecord("feed", "The feed answers too slowly. Try again later.")
        except (OSError, http.client.HTTPException, ValueError) as error:
            if isinstance(error, InvalidRecord):
                raise
            raise InvalidRecord("feed", "The feed could not be reached. Try again later.") from error
        finally:
            connection.close()
        self.left -= len(blob)
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, blob


def _pin(address: str, door: Door) -> tuple[_Reading, str]:
    host, port, path = check(address, door)
    try:
        found = door.resolve(host, port)
    except OSError as error:
        raise InvalidRecord("feed", f"{host} is not known. Check how it is written.") from error
    if not found or (not door.inside_too and not all(map(is_public, found))):
        raise InvalidRecord("feed", f"{host} leads to an address inside a network, which Kith does not read.")
    return _Reading(door, address.lower().startswith("https:"), host, port, found[0], door.clock() + FEED_SECONDS), path


def read(address: str, door: Door, *, track: Callable[[Iterable[Any]], Iterable[Any]] = iter) -> list[dict[str, Any]]:
    """Return every service of a feed, each whole. `address` is the feed's beginning, such as https://directory.example.org/oruk/v3.

    Raises:
        InvalidRecord: the address is not allowed, the feed cannot be reached, or its answers are not as the UK profile has them.
    """
    reading, path = _pin(address, door)
    base = path.removesuffix("/services")
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    for number in range(1, MOST_PAGES + 1):
        page = reading.get(f"{base}/services?{urlencode({'page': number, 'per_page': PER_PAGE, 'full': 'true'})}")
        rows = page.get("contents") if isinstance(page, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise InvalidRecord("feed", f"Page {number} of the feed has no list of services ('contents').")
        fresh = [row for row in rows if str(row.get("id")) not in seen]
        seen.update(str(row.get("id")) for row in fresh)
        found += fresh
        if len(found) > MOST_SERVICES:
            raise InvalidRecord("feed", f"The feed holds more than {MOST_SERVICES:,} services.")
        if not fresh or page.get("last_page") is True or number >= int(page.get("total_pages") or MOST_PAGES):
            break
        if reading.door.clock() > reading.until:
            raise InvalidRecord("feed", "The feed answers too slowly. Try again later.")
    return [_whole(reading, base, row) for row in track(found)]


def _whole(reading: _Reading, base: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a service with its places and times: as the list gave it, or asked for by its id where the list is short."""
    given = row.get("id")
    if "service_at_locations" in row or "schedules" in row or not isinstance(given, str) or not given:
        return row
    document = reading.get(f"{base}/services/{quote(given, safe='')}")
    return document if isinstance(document, dict) and document.get("id") == given else row
