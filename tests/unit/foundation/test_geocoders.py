"""Geocoders: offline by default; an online one only by name, only for addresses, and never for long."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import unquote_plus, urlsplit

import pytest
from geopy.adapters import BaseSyncAdapter
from geopy.exc import GeocoderServiceError, GeocoderTimedOut
from geopy.geocoders.base import Geocoder
from geopy.location import Location

from partners.foundation import geocoders, postcodes
from partners.foundation.errors import PartnersError

ADDRESS = "Leeds Town Hall, The Headrow, Leeds LS1 3AD"
ONLINE_POINT = (53.8001, -1.5498)


class OtherSide:
    """A stand-in for the online service: counts what is asked, and answers, fails or dawdles as told."""

    def __init__(self, behave=None):
        self.urls: list[str] = []
        self.behave = behave or (lambda: [{"lat": str(ONLINE_POINT[0]), "lon": str(ONLINE_POINT[1]), "display_name": "Leeds Town Hall"}])

    def __call__(self, *, proxies, ssl_context):
        other = self

        class Adapter(BaseSyncAdapter):
            def get_json(self, url, *, timeout, headers):
                other.urls.append(url)
                return other.behave()

            def get_text(self, url, *, timeout, headers):
                return json.dumps(self.get_json(url, timeout=timeout, headers=headers))

        return Adapter(proxies=proxies, ssl_context=ssl_context)


def fails(error: Exception):
    def behave():
        raise error

    return behave


def test_the_offline_geocoder_is_geopys_and_gives_its_location_and_precision():
    geocoder = postcodes.OfflinePostcode()
    location = geocoder.geocode("ls14 1bw")
    assert isinstance(geocoder, Geocoder)
    assert isinstance(location, Location)
    assert (round(location.latitude, 4), round(location.longitude, 4)) == (53.8245, -1.4697)
    assert (location.address, location.raw["precision"]) == ("LS14 1BW", "postcode")
    assert geocoder.geocode("LS14 1BW", exactly_one=False) == [location]


@pytest.mark.parametrize(
    ("query", "address", "precision"),
    [(ADDRESS, "LS1 3AD", "postcode"), ("Unit 2, LS9 7AB, was LS1 3AD", "LS1 3AD", "postcode"), ("LS9", "LS9", "outcode"), ("LS9 7", "LS9 7", "sector")],
)
def test_a_postcode_is_found_in_an_address_and_an_area_stands_alone(query, address, precision):
    location = geocoders.OfflinePostcode().geocode(query)
    assert (location.address, location.raw["precision"]) == (address, precision)


@pytest.mark.parametrize("query", ["", "Leeds", "BT1 5GS", "x" * 5_000, "\x00"])
def test_what_cannot_be_placed_is_none(query):
    assert geocoders.OfflinePostcode().geocode(query) is None
    assert geocoders.OfflinePostcode().geocode(query, exactly_one=False) is None


def test_the_offline_geocoder_has_no_way_to_the_network():
    with pytest.raises(GeocoderServiceError, match="asks nobody"):
        geocoders.OfflinePostcode()._call_geocoder("https://example.org/", lambda answer: answer)


@pytest.mark.parametrize("name", [None, "", "offline", " OFFLINE "])
def test_nothing_is_asked_online_unless_a_setting_names_it(name):
    assert isinstance(geocoders.geocoder_from(name), geocoders.OfflinePostcode)


@pytest.mark.parametrize("name", ["http://127.0.0.1/", "pelias", "googlev3", "Geocoder", "__class__", "nominatim.evil.example", "file:///etc/passwd"])
def test_a_name_not_on_the_list_is_refused(name):
    with pytest.raises(geocoders.GeocoderRefused, match="nominatim") as refused:
        geocoders.geocoder_from(name)
    assert isinstance(refused.value, PartnersError)


@pytest.mark.parametrize("option", ["domain", "scheme", "proxies", "ssl_context", "view_box"])
@pytest.mark.parametrize("name", sorted(geocoders.ONLINE))
def test_no_setting_can_name_a_host_a_scheme_or_a_proxy(name, option):
    with pytest.raises(geocoders.GeocoderRefused, match=option):
        geocoders.geocoder_from(name, **{option: "127.0.0.1", "api_key": "k"} if "api_key" in geocoders.ONLINE[name].may else {option: "127.0.0.1"})


def test_a_geocoder_that_needs_a_key_says_so():
    with pytest.raises(geocoders.GeocoderRefused, match="api_key"):
        geocoders.geocoder_from("opencage")


@pytest.mark.parametrize("name", sorted(geocoders.ONLINE))
def test_every_listed_geocoder_asks_over_https_and_not_this_machine(name):
    other = OtherSide(fails(GeocoderTimedOut("late")))
    options = dict.fromkeys(geocoders.ONLINE[name].must, "k")
    location = geocoders.geocoder_from(name, adapter_factory=other, **options).geocode(ADDRESS)
    assert location.raw["source"] == "offline"
    (url,) = other.urls
    assert urlsplit(url).scheme == "https"
    assert urlsplit(url).hostname.endswith((".org", ".io", ".com", ".earth"))
    assert "The Headrow" in unquote_plus(url)


def test_an_organisations_address_is_asked_online_and_kept_to_the_uk():
    other = OtherSide()
    location = geocoders.geocoder_from("nominatim", adapter_factory=other).geocode(ADDRESS)
    assert (location.latitude, location.longitude) == ONLINE_POINT
    assert "countrycodes=gb" in other.urls[0]


@pytest.mark.parametrize("query", ["LS14 1BW", "ls141bw", " LS14-1BW. ", "LS14", "LS14 1", "", "   "])
def test_a_postcode_alone_never_leaves_this_machine(query):
    other = OtherSide()
    geocoders.geocoder_from("nominatim", adapter_factory=other).geocode(query)
    assert other.urls == []


@pytest.mark.parametrize("error", [GeocoderTimedOut("late"), OSError("no route"), ValueError("not JSON"), KeyError("features"), TypeError("None")])
def test_any_failure_of_the_other_side_gives_the_offline_answer(error):
    location = geocoders.geocoder_from("nominatim", adapter_factory=OtherSide(fails(error))).geocode(ADDRESS)
    assert (location.address, location.raw["source"]) == ("LS1 3AD", "offline")


ABROAD = [[{"lat": lat, "lon": lon, "display_name": "Leeds"}] for lat, lon in (("40.7", "-1.5"), ("65", "-1.5"), ("53.8", "-113.4"), ("53.8", "13.4"), ("nan", "nan"))]


@pytest.mark.parametrize("answer", [[], {}, {"error": "x"}, *ABROAD, [{}], "text", None])
def test_no_answer_a_strange_one_or_one_abroad_gives_the_offline_answer(answer):
    location = geocoders.geocoder_from("nominatim", adapter_factory=OtherSide(lambda: answer)).geocode(ADDRESS)
    assert location.raw["source"] == "offline"


def test_a_dawdling_other_side_is_left_within_two_seconds():
    done = threading.Event()
    geocoder = geocoders.geocoder_from("nominatim", adapter_factory=OtherSide(lambda: done.wait(30)))
    began = time.monotonic()
    location = geocoder.geocode(ADDRESS)
    took = time.monotonic() - began
    done.set()
    assert location.raw["source"] == "offline"
    assert took < 2


def test_after_three_failures_nobody_is_asked_until_it_has_rested():
    now, other = [0.0], OtherSide(fails(GeocoderTimedOut("late")))
    geocoder = geocoders.geocoder_from("nominatim", adapter_factory=other, clock=lambda: now[0])
    for _ in range(6):
        assert geocoder.geocode(ADDRESS).raw["source"] == "offline"
    assert len(other.urls) == geocoders.FAILURES_TO_REST
    now[0] = geocoders.REST_SECONDS + 1
    other.behave = OtherSide().behave
    assert geocoder.geocode(ADDRESS).latitude == ONLINE_POINT[0]
    assert len(other.urls) == geocoders.FAILURES_TO_REST + 1


def test_failures_with_an_answer_between_them_do_not_add_up():
    other, good = OtherSide(), OtherSide().behave
    geocoder = geocoders.geocoder_from("nominatim", adapter_factory=other, clock=lambda: 0.0)
    for turn in range(9):
        other.behave = good if turn % 3 == 2 else fails(GeocoderTimedOut("late"))
        geocoder.geocode(ADDRESS)
    assert len(other.urls) == 9


def test_a_failure_is_logged_without_the_address(caplog):
    geocoders.geocoder_from("nominatim", adapter_factory=OtherSide(fails(OSError(ADDRESS)))).geocode(ADDRESS)
    assert "nominatim failed (GeocoderServiceError" in caplog.text or "nominatim failed (OSError" in caplog.text
    assert "Headrow" not in caplog.text


def test_a_reply_cannot_send_us_on_to_another_address():
    hits: list[str] = []

    class Redirecting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_response(302 if self.path == "/first" else 200)
            self.send_header("Location", "/inside")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments) -> None:
            return None

    with HTTPServer(("127.0.0.1", 0), Redirecting) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        adapter = geocoders.NoRedirects(proxies={}, ssl_context=None)
        try:
            with pytest.raises(OSError, match="Found"):
                adapter.get_text(f"http://127.0.0.1:{server.server_port}/first", timeout=2, headers={})
        finally:
            server.shutdown()
            thread.join()
    assert hits == ["/first"]
