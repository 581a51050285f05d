"""Gaps: every change that is told meets just what it says when it is run, and none that was tried would meet more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher import Matcher, Offer, Request, gaps
from tests import strategies as make
from tests.builders_matching import a_need, a_request, a_requirement, a_session, an_offer

TUESDAY_EVENING = a_requirement("time", days=["tue"], from_="17:30", until="21:00")


def unmet_of(offers: list[Offer], requests: list[Request]) -> set[tuple[str, str]]:
    matcher = Matcher().fit(offers)
    return {(r.id, n.id) for r in requests for n in matcher.suggest(r).needs if n.unmet not in (None, "kept_away")}


def offers_after(change: gaps.Change, offers: list[Offer]) -> list[Offer]:
    """The offers with the change made, found again by its words."""
    table = dict(gaps.OFFER_CHANGES)
    return [dict(table[change.kind](o))[change.says] if o.id == change.offer else o for o in offers]


@st.composite
def towns(draw: st.DrawFn) -> tuple[list[Offer], list[Request]]:
    rows = [draw(make.offers(f"o{n}")) for n in range(1, draw(st.integers(1, 5)) + 1)]
    asked = [draw(make.requests(2)) | {"id": f"r{n}"} for n in range(1, draw(st.integers(1, 4)) + 1)]
    return [Offer.from_dict(r) for r in rows], [Request.from_dict(r) for r in asked]


@given(towns())
@settings(max_examples=150, deadline=None)
def test_a_change_meets_what_it_says_when_it_is_made(town: tuple[list[Offer], list[Request]]) -> None:
    offers, requests = town
    before = unmet_of(offers, requests)
    found = gaps.find(offers, requests, limit=1000)
    assert {(u.request, u.need) for u in found.unmet} == before
    for change in found.changes:
        if change.offer is not None:
            after = unmet_of(offers_after(change, offers), requests)
            assert before - after == set(change.meets), change


@given(towns())
@settings(max_examples=80, deadline=None)
def test_no_change_to_an_offer_meets_more_than_the_first_that_is_told(town: tuple[list[Offer], list[Request]]) -> None:
    offers, requests = town
    before = unmet_of(offers, requests)
    best = 0
    for offer in offers:
        for _kind, variants in gaps.OFFER_CHANGES:
            for _says, changed in variants(offer):
                after = unmet_of([changed if o.id == offer.id else o for o in offers], requests)
                best = max(best, len({request for request, _ in before - after}))
    told = [c for c in gaps.find(offers, requests, limit=1000).changes if c.offer is not None]
    assert (told[0].requests if told else 0) == best


def the(*requests: dict[str, Any]) -> list[Request]:
    return [Request.from_dict(r) for r in requests]


def test_an_evening_session_is_told_where_evenings_were_asked_for() -> None:
    lessons = Offer.from_dict(an_offer(sessions=[a_session("mon")]))
    found = gaps.find([lessons], the(a_request(TUESDAY_EVENING), a_request(TUESDAY_EVENING, id="r2")))
    assert (found.changes[0].kind, found.changes[0].requests) == ("evening", 2)
    assert found.changes[0].says == "an evening session on Tuesday, 6 to 8 pm"


def test_a_lift_or_a_bus_fare_is_told_where_the_walk_is_too_long() -> None:
    offer = Offer.from_dict(an_offer(place={"latitude": 53.84, "longitude": -1.466}))
    home = {"latitude": 53.8098, "longitude": -1.466}
    found = gaps.find([offer], the(a_request(a_requirement("travel", by="walk", minutes=30), home=home)))
    assert {"bus_fare", "lift"} <= {c.kind for c in found.changes}
    near = gaps.find([offer], the(a_request(a_requirement("travel", by="walk", minutes=3), home=home)))
    assert {c.kind for c in near.changes} & {"bus_fare", "lift"} == set()


def test_an_organisation_that_a_directory_lists_is_an_invitation_and_only_where_it_would_meet_the_need() -> None:
    listed = [Offer.from_dict(an_offer("d1", needs=["lonely"], confirmed_on=None)), Offer.from_dict(an_offer("d2", needs=["lonely"], confirmed_on=None, gender="men"))]
    found = gaps.find([], the(a_request(needs=[a_need(code="lonely")])), directory=listed)
    assert [(c.kind, c.invites) for c in found.changes] == [("invite", ("d1",))]
    assert found.unmet[0].reason == "no_such_offer"


def test_what_a_family_chose_to_keep_away_is_no_gap() -> None:
    offer = Offer.from_dict(an_offer())
    found = gaps.find([offer], the(a_request(keep_away=[offer.organisation])))
    assert found == gaps.Gaps((), (), (), ())


def test_changes_in_turn_count_what_is_left_after_those_before() -> None:
    morning = Offer.from_dict(an_offer("o1", sessions=[a_session("mon")]))
    full = Offer.from_dict(an_offer("o2", needs=["lonely"], availability={"state": "full"}))
    asked = the(a_request(TUESDAY_EVENING), a_request(TUESDAY_EVENING, id="r2"), a_request(id="r3", needs=[a_need(code="lonely")]))
    turn = gaps.find([morning, full], asked).in_turn
    assert [(c.kind, c.meets) for c in turn] == [("evening", (("r1", "n1"), ("r2", "n1"))), ("places", (("r3", "n1"),))]


def test_a_request_that_stops_counts_for_nothing() -> None:
    stopped = replace(the(a_request(TUESDAY_EVENING))[0], safety="not_sure")
    assert gaps.find([Offer.from_dict(an_offer())], [stopped]).unmet == ()


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="limit is 0; it should be 1 or more"):
        gaps.find([], [], limit=0)


def test_a_change_to_an_organisation_that_the_family_keeps_away_meets_nothing_for_them() -> None:
    kept, other = (Offer.from_dict(an_offer(i, sessions=[a_session("mon")])) for i in ("o1", "o2"))
    found = gaps.find([kept, other], the(a_request(TUESDAY_EVENING, keep_away=[kept.organisation])), limit=1000)
    assert found.changes
    assert {c.offer for c in found.changes} == {"o2"}
