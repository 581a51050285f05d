"""Settled readings, who and where: one test a sentence of the contract."""

from __future__ import annotations

from typing import Any

import pytest

from matcher.eligibility import area_of
from tests.builders_matching import HOME, a_need, a_request, a_requirement, an_offer, because, check_first, first, suggested


@pytest.mark.parametrize(("prefix", "fits"), [("LS14", True), ("LS1", False), ("LS14 1", True), ("LS14 2", False), ("ls14 1", True)])
def test_a_prefix_is_a_whole_outcode_or_a_whole_sector(prefix: str, fits: bool) -> None:
    offer = an_offer(area={"kind": "postcodes", "prefixes": [prefix]})
    assert (suggested(a_request(postcode="LS14 1BW"), offer) == ["o1"]) is fits


def test_a_postcode_without_its_space_is_read_the_same() -> None:
    assert area_of("ls141bw") == area_of("LS14 1BW") == ("LS14", "1")


@pytest.mark.parametrize(("audience", "whom", "fits"), [
    (None, "child", True), (["child"], "family", True), (["adult"], "family", True), (["adult"], "adult", True), (["family"], "adult", True),
    (["family"], "child", True), (["child"], "adult", False), (["adult"], "child", False),
])
def test_whom_an_offer_serves(audience: list[str] | None, whom: str, fits: bool) -> None:
    offer = an_offer(audience=audience) if audience else an_offer()
    request = a_request(needs=[a_need(for_=whom)])
    assert (suggested(request, offer) == ["o1"]) is fits
    assert fits or first(request, offer).unmet == "not_eligible"


@pytest.mark.parametrize(("age", "fits"), [(4.9, False), (5, True), (14, True), (14.9, True), (15, False)])
def test_ages_are_completed_years(age: float, fits: bool) -> None:
    request = a_request(needs=[a_need(for_="child", age_years=age)])
    assert (suggested(request, an_offer(ages_years={"min": 5, "max": 14})) == ["o1"]) is fits


def test_an_age_binds_an_adult_only_where_it_is_given() -> None:
    offer = an_offer(ages_years={"min": 16, "max": 25})
    assert not check_first(a_request(needs=[a_need(for_="adult")]), offer)
    assert not suggested(a_request(needs=[a_need(for_="adult", age_years=41)]), offer)
    assert not suggested(a_request(needs=[a_need(age_years=41)]), offer)


def test_an_unknown_age_of_a_child_is_checked_first_and_ranks_below_an_equal_offer_that_is_known_to_fit() -> None:
    request = a_request(needs=[a_need(for_="child")])
    limited = an_offer(ages_years={"min": 5, "max": 11})
    assert check_first(request, limited)
    for n in range(8):
        assert suggested(request, limited, an_offer(f"any{n}")) == [f"any{n}", "o1"]


@pytest.mark.parametrize(("referrer", "routes", "fits"), [
    ("school", ["anyone"], True), ("school", ["school"], True), ("school", ["professional"], True), ("school", ["single_point"], False),
    ("school", ["dsl"], False), ("professional", ["professional"], True), ("professional", ["school"], False), ("self", ["school"], False),
    ("dsl", ["dsl"], True), ("dsl", ["single_point"], True), ("dsl", ["school"], True),
])
def test_who_may_refer(referrer: str, routes: list[str], fits: bool) -> None:
    request, offer = a_request(referrer=referrer), an_offer(who_may_refer=routes)
    assert (suggested(request, offer) == ["o1"]) is fits
    assert fits or first(request, offer).unmet == "may_not_refer"


def test_the_school_is_the_referrer_where_none_is_named() -> None:
    assert suggested(a_request(), an_offer(who_may_refer=["school"])) == ["o1"]


def test_an_offer_for_self_only_stays_and_says_that_the_family_refers_themselves() -> None:
    found = first(a_request(), an_offer(who_may_refer=["self"])).suggestions[0]
    assert found.refer_by == "family_refers"
    assert any("family refers themselves" in r.says for r in found.reasons)


def test_an_offer_for_one_gender_is_never_suggested_unless_the_request_names_it() -> None:
    offer = an_offer(gender="women")
    assert because(a_request(), offer) == {"o1": ["gender"]}
    for strength in ("must", "would_help"):
        assert suggested(a_request(a_requirement("gender", strength, value="women")), offer) == ["o1"]
    assert not suggested(a_request(a_requirement("gender", "would_help", value="men")), offer)


def test_a_must_of_a_gender_is_met_only_by_an_offer_for_it() -> None:
    request = a_request(a_requirement("gender", value="women"))
    assert suggested(request, an_offer("both"), an_offer("women", gender="women")) == ["women"]


COMMUNITY: dict[str, Any] = {"community": True, "languages": ["so", "en"], "needs": ["parenting", "own_community"]}


def test_a_community_offer_is_shown_only_when_asked_for() -> None:
    left = first(a_request(), an_offer(**COMMUNITY)).left_out[0]
    assert "shown when that is asked for" in left.because[0].says or "shown when asked for" in left.because[0].says


@pytest.mark.parametrize("request_", [
    a_request(needs=[a_need(code="own_community")]), a_request(a_requirement("language", "would_help", value="so")),
    a_request(a_requirement("language", value="so-SO")), a_request(needs=[a_need(requirements=[a_requirement("language", "would_help", value="so")])]),
])
def test_a_community_offer_comes_with_its_need_or_its_language(request_: dict[str, Any]) -> None:
    assert suggested(request_, an_offer(**COMMUNITY)) == ["o1"]


def test_english_or_another_language_does_not_ask_for_a_community_offer_but_its_gender_does() -> None:
    assert not suggested(a_request(a_requirement("language", "would_help", value="en")), an_offer(**COMMUNITY))
    assert not suggested(a_request(a_requirement("language", "would_help", value="ur")), an_offer(**COMMUNITY))
    assert suggested(a_request(a_requirement("gender", "would_help", value="women")), an_offer(**COMMUNITY, gender="women")) == ["o1"]


@pytest.mark.parametrize("area", [{"kind": "radius", "km": 2}, {"kind": "postcodes", "prefixes": ["LS9"]}])
def test_an_area_that_cannot_be_told_is_checked_first_and_ranks_below_one_that_is_known(area: dict[str, Any]) -> None:
    offer = an_offer(area=area, place=HOME)
    request = a_request(home=None, postcode=None)
    assert check_first(request, offer)
    for n in range(8):
        assert suggested(request, offer, an_offer(f"any{n}", place=HOME)) == [f"any{n}", "o1"]


@pytest.mark.parametrize(("km", "fits"), [(1.2, True), (1.0, False)])
def test_a_radius_is_measured_from_the_place(km: float, fits: bool) -> None:
    place = {"latitude": HOME["latitude"] + 0.01, "longitude": HOME["longitude"]}  # 1.11 km north
    offer = an_offer(place=place, area={"kind": "radius", "km": km})
    assert (suggested(a_request(home=HOME), offer) == ["o1"]) is fits


def test_travel_is_not_known_without_a_home_and_checked_first_only_where_it_is_a_must() -> None:
    offer = an_offer(place=HOME)
    assert check_first(a_request(a_requirement("travel", by="walk", minutes=20)), offer)
    assert not check_first(a_request(a_requirement("travel", "would_help", by="walk", minutes=20)), offer)


def test_a_withheld_place_is_never_read() -> None:
    answers = []
    for shift in (0, 0.001, 0.1, 1.0):
        place = {"latitude": HOME["latitude"] + shift, "longitude": HOME["longitude"]}
        offer = an_offer(place=place, place_withheld=True, area={"kind": "radius", "km": 2})
        answers.append(first(a_request(a_requirement("travel", by="walk", minutes=20), home=HOME), offer).to_dict())
    assert all(a == answers[0] for a in answers)
    assert answers[0]["suggestions"][0]["check_first"]


@pytest.mark.parametrize("mode", ["online", "phone", "home_visit", "delivery"])
def test_what_comes_to_the_family_counts_as_no_travel(mode: str) -> None:
    far = {"latitude": 50.0, "longitude": -5.0}
    request = a_request(a_requirement("travel", by="walk", minutes=5), home=HOME)
    assert suggested(request, an_offer(modes=[mode], place=far)) == ["o1"]
    assert first(request, an_offer(place=far)).unmet == "too_far"


def test_keep_away_removes_an_organisation_and_is_unmet_only_where_every_serving_offer_is_kept_away() -> None:
    request = a_request(keep_away=["org-o1"])
    found = first(request, an_offer())
    assert (found.suggestions, found.left_out, found.unmet) == ((), (), "kept_away")
    assert first(request, an_offer(), an_offer("o2", availability={"state": "full"})).unmet == "not_open"
    assert suggested(request, an_offer(), an_offer("o2")) == ["o2"]
