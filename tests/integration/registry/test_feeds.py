"""Feeds: only from hosts that are allowed, at public addresses, without leaving the host; whole, page by page."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from partners.foundation.errors import InvalidRecord
from partners.oruk import feeds, intake
from partners.registry import importing

SERVICES = [{"id": f"s{n}", "name": f"Service {n}", "status": "active", "organization": {"id": "o", "name": "Example"}} for n in range(5)]


class _Feed(BaseHTTPRequestHandler):
    hits: list[str] = []

    def do_GET(self) -> None:
        _Feed.hits.append(self.path)
        path, _, query = self.path.partition("?")
        if path == "/away/services":
            return self._send(302, b"", {"Location": "http://127.0.0.2:9/services"})
        if path.startswith("/round/"):
            return self._send(302, b"", {"Location": f"/v3/{path.removeprefix('/round/')}?{query}"})
        if path == "/large/services":
            return self._send(200, b" " * (feeds.LARGEST_ANSWER + 10))
        if path == "/broken/services":
            return self._send(200, b"[[[[")
        if path == "/v3/services":
            number = int(query.split("page=")[1].split("&")[0])
            rows = SERVICES[(number - 1) * 2 : number * 2]
            return self._send(200, json.dumps({"contents": rows, "total_pages": 3, "last_page": number == 3}).encode())
        one = next((s for s in SERVICES if path == f"/v3/services/{s['id']}"), None)
        return self._send(200 if one else 404, json.dumps((one or {}) | {"service_at_locations": [], "schedules": []}).encode())

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[int]:
    _Feed.hits = []
    with ThreadingHTTPServer(("127.0.0.1", 0), _Feed) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield made.server_address[1]
        made.shutdown()
        thread.join(5)


def _door(port: int) -> feeds.Door:
    return feeds.Door((f"127.0.0.1:{port}",), inside_too=True)


def test_every_page_and_every_service_is_read_whole(server: int) -> None:
    found = feeds.read(f"http://127.0.0.1:{server}/v3", _door(server))
    assert [s["id"] for s in found] == ["s0", "s1", "s2", "s3", "s4"]
    assert all("schedules" in s for s in found)
    rows, refused = importing.read_records(found, reader=intake.service_record)
    assert (len(rows), refused) == (5, [])


def test_a_redirect_is_followed_on_the_same_host_alone(server: int) -> None:
    assert len(feeds.read(f"http://127.0.0.1:{server}/round", _door(server))) == 5
    with pytest.raises(InvalidRecord, match="another address"):
        feeds.read(f"http://127.0.0.1:{server}/away", _door(server))


@pytest.mark.parametrize(("path", "says"), [("large", "larger"), ("broken", "not JSON"), ("none", "404")])
def test_an_answer_that_is_not_a_page_is_told(server: int, path: str, says: str) -> None:
    with pytest.raises(InvalidRecord, match=says):
        feeds.read(f"http://127.0.0.1:{server}/{path}", _door(server))


# Ways to write this machine, or a network's inside, that a careless reader would follow.
HOSTS = [
    "127.0.0.1", "localhost", "localhost.", "LOCALHOST", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.01",  # noqa: S104
    "127.000.000.001", "0127.0.0.1", "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "①②⑦.0.0.1", "127。0。0。1", "１２７.0.0.1", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "[fe80::1]", "[fc00::1]", "[fd00::1]", "[::1%25lo]", "10.0.0.1", "172.16.0.1",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "feeds.example@127.0.0.1", "127.0.0.1@feeds.example", "user:pass@127.0.0.1", "feeds.example%40127.0.0.1",
    "feeds.example\\@127.0.0.1", "feeds.example#@127.0.0.1", "feeds.example?@127.0.0.1", "127.0.0.1.nip.io", "127-0-0-1.nip.io", "localtest.me", "spoofed.feeds.example", "metadata.google.internal",
    "localhost.localdomain", "ip6-localhost", "127.0.0.1%00.feeds.example", "127.0.0.1%0d%0a", " 127.0.0.1", "127.0.0.1 ", "\t127.0.0.1", "[::ffff:0:127.0.0.1]", "[100::1]", "1.0.0.127.in-addr.arpa",
]


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_no_way_of_writing_the_inside_is_followed(server: int, scheme: str) -> None:
    assert len(HOSTS) >= 60
    for host in HOSTS:
        for allowed in (("feeds.example",), ("feeds.example", host.lower(), f"{host.lower()}:{server}", host.split("@")[-1])):
            with pytest.raises(InvalidRecord):
                feeds.read(f"{scheme}://{host}:{server}/v3", feeds.Door(allowed, resolve=lambda _host, _port: ["127.0.0.1"]))
    assert _Feed.hits == []


@pytest.mark.parametrize("address", ["file:///etc/passwd", "gopher://feeds.example/", "ftp://feeds.example/", "https://feeds.example:22/", "https:feeds.example", "//feeds.example/", "https://feeds.example/?a=b", "", "x" * 900])
def test_only_plain_https_of_an_allowed_host_is_read(address: str) -> None:
    with pytest.raises(InvalidRecord):
        feeds.read(address, feeds.Door(("feeds.example",), resolve=lambda _host, _port: pytest.fail("looked up")))


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.1.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fe80::1", "64:ff9b::a00:1", "2002:a00:1::", "0.0.0.0"])  # noqa: S104
def test_an_allowed_name_that_leads_inside_is_refused_even_beside_a_public_address(inside: str) -> None:
    with pytest.raises(InvalidRecord, match="inside a network"):
        feeds.read("https://feeds.example/v3", feeds.Door(("feeds.example",), resolve=lambda _host, _port: ["93.184.216.34", inside]))
