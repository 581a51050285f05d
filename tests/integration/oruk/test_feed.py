"""The feed: only what may be told to anybody, whole pages, and clear refusals."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from partners.foundation.db import new_id
from partners.registry.offers import Offer
from partners.registry.places import Place
from partners.registry.terms import OfferPlace, OfferTerms
from tests.integration.oruk.conftest import NOW, an_offer

LISTS = ("services", "service_at_locations", "organizations", "taxonomies", "taxonomy_terms")
KEYS = {"total_items", "total_pages", "page_number", "size", "first_page", "last_page", "empty", "contents"}


def names(browser: FlaskClient, query: str = "") -> list[str]:
    answer = browser.get(f"/oruk/v3/services{query}")
    assert answer.status_code == 200, answer.text
    return sorted(row["name"] for row in answer.json["contents"])


def test_only_confirmed_listed_offers_with_a_place_that_may_be_told_go_out(browser: FlaskClient, town: dict[str, Offer]) -> None:
    assert names(browser) == ["Lessons", "Pantry"]
    everything = "".join(browser.get(f"/oruk/v3/{name}?format=ndjson").text for name in LISTS)
    assert "Lessons" in everything
    for hidden in ("Unconfirmed", "Old", "Archived", "Refuge", "Withheld"):
        assert f"Hall of {hidden}" not in everything
        assert f"Organisation of {hidden}" not in everything
        assert str(town[hidden.lower()].id) not in everything


def test_an_offer_that_does_not_go_out_looks_just_like_one_that_never_was(browser: FlaskClient, town: dict[str, Offer]) -> None:
    hidden = browser.get(f"/oruk/v3/services/{town['withheld'].id}")
    never = browser.get("/oruk/v3/services/3f7b145d-84af-42d7-8fae-eaca714b02b2")
    assert (hidden.status_code, hidden.data) == (never.status_code, never.data)
    assert hidden.status_code == 404
    assert hidden.content_type == "application/problem+json"


@pytest.mark.parametrize("name", LISTS)
def test_pages_are_disjoint_complete_and_say_where_they_are(browser: FlaskClient, session: Session, town: dict[str, Offer], name: str) -> None:
    for n in range(7):
        an_offer(session, f"More {n}")
    session.commit()
    whole = [json.loads(line) for line in browser.get(f"/oruk/v3/{name}?format=ndjson").text.splitlines()]
    seen, number = [], 1
    while True:
        page = browser.get(f"/oruk/v3/{name}?per_page=4&page={number}").json
        assert set(page) == KEYS
        assert (page["page_number"], page["total_items"], page["size"]) == (number, len(whole), len(page["contents"]))
        assert page["total_pages"] == -(-len(whole) // 4)
        assert (page["first_page"], page["last_page"], page["empty"]) == (number == 1, number == page["total_pages"], False)
        seen += page["contents"]
        if page["last_page"]:
            break
        number += 1
    assert seen == whole
    assert len({row["id"] for row in seen}) == len(seen) > 0
    beyond = browser.get(f"/oruk/v3/{name}?per_page=4&page={number + 1}").json
    assert (beyond["empty"], beyond["contents"], beyond["total_items"]) == (True, [], len(whole))


@pytest.mark.parametrize("name", LISTS)
def test_every_document_of_a_list_opens_by_its_id(browser: FlaskClient, town: dict[str, Offer], name: str) -> None:
    for row in browser.get(f"/oruk/v3/{name}").json["contents"][:20]:
        one = browser.get(f"/oruk/v3/{name}/{row['id']}")
        assert one.status_code == 200
        assert one.json["id"] == row["id"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?search=pantry", ["Pantry"]), ("?search=LESSONS+neighbours", []), ("?taxonomy_term_id=esol", ["Lessons"]), ("?minimum_age=16", ["Lessons"]), ("?minimum_age=17", []),
        ("?day=Tuesday", ["Lessons"]), ("?day=MO", []), ("?start_time=09:00", ["Lessons"]), ("?start_time=10:01", []), ("?end_time=12:00:00", ["Lessons"]),
        ("?end_time=11:59", []), ("?modified_after=2026-11-13T00:00:00Z", ["Lessons", "Pantry"]), ("?modified_after=2026-11-15", []), ("?taxonomy_id=needs", ["Lessons", "Pantry"]),
        ("?maximum_age=4", []), ("?minimal=true", ["Lessons", "Pantry"]),
    ],
)
def test_each_parameter_keeps_what_it_says(browser: FlaskClient, town: dict[str, Offer], query: str, found: list[str]) -> None:
    assert names(browser, query) == found


def test_one_organizations_services_can_be_asked_for(browser: FlaskClient, town: dict[str, Offer]) -> None:
    assert names(browser, f"?organization_id={town['pantry'].organisation_id}") == ["Pantry"]
    one = browser.get(f"/oruk/v3/organizations/{town['pantry'].organisation_id}?full_service=true").json
    assert [s["name"] for s in one["services"]] == ["Pantry"]


def test_near_a_postcode_is_in_metres(browser: FlaskClient, town: dict[str, Offer]) -> None:
    near = browser.get("/oruk/v3/service_at_locations?postcode=LS9+7AB&proximity=20000").json
    assert near["total_items"] == 2
    assert browser.get("/oruk/v3/service_at_locations?postcode=LS9+7AB&proximity=5").json["total_items"] == 0


def test_a_place_that_comes_to_be_withheld_is_gone_at_once(browser: FlaskClient, session: Session, town: dict[str, Offer]) -> None:
    assert "Pantry" in names(browser)
    town["pantry"].place.withheld = True
    session.commit()
    assert names(browser) == ["Lessons"]


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        ("page=0", "page", "whole number from 1"), ("page=1.5", "page", "whole number"), ("page=%EF%BC%91", "page", "whole number"), ("per_page=100000", "per_page", "from 1 to 500"),
        ("minimum_age=old", "minimum_age", "years"), ("minimum_age=nan", "minimum_age", "years"), ("start_time=9am", "start_time", "09:15"), ("day=Funday", "day", "Monday"),
        ("modified_after=yesterday", "modified_after", "2026-11-24"), ("colour=red", "colour", "not a parameter"), ("format=xml", "format", "json or ndjson"),
        ("full=maybe", "full", "true or false"), ("search=" + "x" * 300, "search", "200"), ("proximity=5", "proximity", "not a parameter"),
    ],
)
def test_a_parameter_that_makes_no_sense_says_which_and_what_would_be_right(browser: FlaskClient, query: str, field: str, says: str) -> None:
    answer = browser.get(f"/oruk/v3/services?{query}")
    assert answer.status_code == 422
    (error,) = answer.json["errors"]
    assert error["field"] == field
    assert says in error["message"]


def test_a_parameter_that_stands_twice_is_refused(browser: FlaskClient) -> None:
    assert browser.get("/oruk/v3/services?page=1&page=2").status_code == 400


def test_any_page_may_read_it_and_nothing_is_sent_again_that_did_not_change(browser: FlaskClient, session: Session, town: dict[str, Offer]) -> None:
    first = browser.get("/oruk/v3/services")
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in first.headers
    same = browser.get("/oruk/v3/services", headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    town["pantry"].name, town["pantry"].updated_at = "Larder", NOW
    session.commit()
    changed = browser.get("/oruk/v3/services", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_nothing_but_reading_is_possible(browser: FlaskClient) -> None:
    for method in ("post", "put", "delete", "patch"):
        assert getattr(browser, method)("/oruk/v3/services").status_code in (400, 405)


def test_nulls_are_left_out(browser: FlaskClient, town: dict[str, Offer]) -> None:
    for name in LISTS:
        assert "null" not in browser.get(f"/oruk/v3/{name}?format=ndjson&full=true" if name in ("services", "organizations") else f"/oruk/v3/{name}?format=ndjson").text


def test_a_confirmation_that_grows_old_takes_the_offer_out(session: Session, town: dict[str, Offer]) -> None:
    from partners.oruk import exporter

    day = town["lessons"].confirmed_on
    assert day is not None
    assert "Lessons" in [s.name for s in exporter.feed(session, on=day + timedelta(days=180))]
    assert "Lessons" not in [s.name for s in exporter.feed(session, on=day + timedelta(days=181))]


def _also_at(session: Session, offer: Offer, name: str, *, withheld: bool = False) -> None:
    place = Place(id=new_id(), organisation_id=offer.organisation_id, name=name, postcode="LS8 5AA", withheld=withheld)
    session.add(place)
    session.flush()
    session.add(OfferPlace(id=new_id(), offer_id=offer.id, place_id=place.id))
    session.commit()


def test_an_offer_goes_out_at_each_of_its_places_with_what_it_costs(browser: FlaskClient, session: Session, town: dict[str, Offer]) -> None:
    session.add(OfferTerms(offer_id=town["lessons"].id, cost="Free; £2 for the book"))
    _also_at(session, town["lessons"], "The library")
    lesson = browser.get(f"/oruk/v3/services/{town['lessons'].id}").json
    assert [row["location"]["name"] for row in lesson["service_at_locations"]] == ["Hall of Lessons", "The library"]
    assert lesson["fees"] == "Free; £2 for the book"
    assert sorted(row["location"]["name"] for row in browser.get("/oruk/v3/service_at_locations").json["contents"]) == ["Hall of Lessons", "Hall of Pantry", "The library"]


def test_an_offer_of_which_any_place_is_withheld_does_not_go_out_at_all(browser: FlaskClient, session: Session, town: dict[str, Offer]) -> None:
    _also_at(session, town["lessons"], "A house that nobody should find", withheld=True)
    assert names(browser) == ["Pantry"]
    assert "nobody should find" not in "".join(browser.get(f"/oruk/v3/{name}?format=ndjson").text for name in LISTS)
