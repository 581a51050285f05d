"""Which of the offers that fit are shown (domain guide 5.1, step 8): three, sometimes two, one independent, one easy to begin with."""

from __future__ import annotations

import random
from typing import Any

import pytest

from matcher import Matcher, Offer, Request, choosing
from tests.builders_matching import HOME, a_need, a_request, a_requirement, an_offer, ask, first, suggested
from tests.unit.matcher.worlds import a_drawn_offer, a_drawn_request

NEAR = [an_offer(f"near{n}", place={"latitude": HOME["latitude"] + n / 500, "longitude": HOME["longitude"]}) for n in range(5)]


def at_a_distance(*features: str, name: str = "far", **more: Any) -> dict[str, Any]:
    """An offer that fits and stands below those that are near."""
    return an_offer(name, place={"latitude": HOME["latitude"] + 0.2, "longitude": HOME["longitude"]}, features=dict.fromkeys(features, "yes"), **more)


def of_need(code: str, *offers: dict[str, Any]) -> list[dict[str, Any]]:
    return [o | {"needs": [code]} for o in offers]


@pytest.mark.parametrize("feature", ["independent_of_school", "not_on_school_site", "trauma_informed"])
@pytest.mark.parametrize("strength", ["must", "would_help"])
def test_where_a_neutral_place_is_asked_for_one_that_is_shown_is_independent(feature: str, strength: str) -> None:
    alike = [o | {"features": {feature: "yes"}} if feature != "independent_of_school" else o for o in NEAR]
    request = a_request(a_requirement("feature", strength, value=feature), home=HOME)
    shown = suggested(request, *alike, at_a_distance("independent_of_school", *([feature] if feature != "independent_of_school" else [])))
    assert "far" in shown
    assert len(shown) == 3


@pytest.mark.parametrize(("code", "feature", "there"), [
    ("independent_advice", "independent_of_school", True), ("send_advice", "independent_of_school", True), ("send_advice", "independent_of_council", True),
    ("independent_advice", "independent_of_council", False), ("parenting", "independent_of_school", False),
])
def test_advice_that_must_be_independent_always_has_one_such_offer(code: str, feature: str, there: bool) -> None:
    request = a_request(needs=[a_need(code=code)], home=HOME)
    shown = suggested(request, *of_need(code, *NEAR, at_a_distance(feature)))
    assert ("far" in shown) is there
    assert shown[:2] == ["near0", "near1"]


def test_the_independent_offer_takes_the_last_place_and_says_why_it_is_there() -> None:
    request = a_request(needs=[a_need(code="send_advice")], home=HOME)
    found = first(request, *of_need("send_advice", *NEAR, at_a_distance("independent_of_school"))).suggestions
    assert [s.rank for s in found] == [1, 2, 3]
    assert [s.score for s in found] == sorted((s.score for s in found), reverse=True)
    assert found[2].offer == "far"
    assert [r.says for r in found[2].reasons if r.criterion == "independent"] == ["One of those shown is always independent: independent of school."]
    assert [r.verdict for r in found[0].reasons if r.criterion == "independent"] == ["not_known"]


def test_an_independent_offer_among_the_best_stays_where_it_is() -> None:
    request = a_request(needs=[a_need(code="send_advice")], home=HOME)
    best = NEAR[1] | {"features": {"independent_of_school": "yes"}}
    assert suggested(request, *of_need("send_advice", NEAR[0], best, *NEAR[2:], at_a_distance("independent_of_school"))) == ["near0", "near1", "near2"]


def test_the_best_offer_is_never_put_aside_and_what_does_not_fit_is_never_shown() -> None:
    request = a_request(needs=[a_need(code="send_advice")], home=HOME)
    offers = of_need("send_advice", *NEAR, at_a_distance("independent_of_school"))
    assert suggested(request, *offers, limit=1) == ["near0"]
    assert suggested(request, *offers, limit=2) == ["near0", "far"]
    closed = of_need("send_advice", *NEAR, at_a_distance("independent_of_school", availability={"state": "full"}))
    assert suggested(request, *closed) == ["near0", "near1", "near2"]


@pytest.mark.parametrize("asked", ["one_to_one", "same_worker", "flexible_attendance", "peer_led", "parent_led"])
@pytest.mark.parametrize("step", choosing.EASY_TO_BEGIN)
def test_where_small_steps_are_asked_for_one_that_is_shown_is_easy_to_begin_with(asked: str, step: str) -> None:
    request = a_request(a_requirement("feature", "would_help", value=asked), a_requirement("wait", "would_help", weeks=3), home=HOME)
    alike = [o | {"features": {asked: "yes"}} for o in NEAR]
    shown = suggested(request, *alike, at_a_distance(step))
    assert "far" in shown or asked == "flexible_attendance"  # what can be come to when one can is easy to begin with already
    assert shown[0] == "near0"


def test_an_independent_offer_and_an_easy_one_stand_beside_the_best() -> None:
    request = a_request(a_requirement("feature", "would_help", value="same_worker"), needs=[a_need(code="independent_advice")], home=HOME)
    offers = of_need("independent_advice", *NEAR, at_a_distance("independent_of_school", name="free"), at_a_distance("drop_in", name="easy"))
    assert sorted(suggested(request, *offers)) == ["easy", "free", "near0"]
    both = of_need("independent_advice", *NEAR, at_a_distance("independent_of_school", "drop_in", name="both"))
    assert suggested(request, *both) == ["near0", "near1", "both"]


@pytest.mark.parametrize(("asked", "many"), [
    (["peer_led"], 2), (["peer_led", "parent_led"], 2), (["peer_led", "step_free"], 3), (["one_to_one"], 3), ([], 3),
])
def test_where_all_that_is_asked_for_is_people_who_have_been_there_two_are_shown(asked: list[str], many: int) -> None:
    offers = [Offer.from_dict(o) for o in NEAR]
    request = Request.from_dict(a_request(*(a_requirement("feature", "would_help", value=f) for f in asked)))
    assert len(Matcher().fit(offers).suggest(request).needs[0].suggestions) == many
    assert len(Matcher().fit(offers).best(request)["n1"]) == many
    assert len(Matcher().fit(offers).suggest(request, limit=4).needs[0].suggestions) == 4  # who names a number gets it


def test_one_at_a_time_is_one_whatever_else_is_asked_for() -> None:
    request = a_request(a_requirement("feature", "would_help", value="same_worker"), needs=[a_need(code="send_advice")], one_at_a_time=True, home=HOME)
    found = ask(request, *of_need("send_advice", *NEAR, at_a_distance("independent_of_school", "drop_in"))).needs[0].suggestions
    assert [s.offer for s in found] == ["near0"]


def test_the_quick_way_shows_the_same_and_no_suggestion_stands_above_a_better_one() -> None:
    rng = random.Random(8)  # noqa: S311 (worlds to test, not secrets)
    wishes_seen = 0
    for _ in range(40):
        offers = [Offer.from_dict(a_drawn_offer(rng, f"o{n}") | {"features": {f: rng.choice(["yes", "no"]) for f in rng.sample((*choosing.EASY_TO_BEGIN, "independent_of_school"), 2)}}) for n in range(25)]
        matcher = Matcher().fit(offers)
        for n in range(4):
            row = a_drawn_request(rng) | {"id": f"r{n}", "safety": "no", "one_at_a_time": False}
            asked = [a_requirement("feature", "would_help", value=rng.choice(["trauma_informed", "peer_led", "same_worker"])) for _ in range(rng.randint(0, 2))]
            request = Request.from_dict(row | {"requirements": asked})
            for limit in (None, 2, 3):
                slow, quick = matcher.suggest(request, limit=limit), matcher.best(request, limit=limit)
                for need in slow.needs:
                    assert need.suggestions == quick[need.id]
                    scores = [s.score for s in need.suggestions]
                    assert scores == sorted(scores, reverse=True)
            wishes_seen += sum(len(choosing.wishes(n, request)) for n in request.needs)
    assert wishes_seen > 50
