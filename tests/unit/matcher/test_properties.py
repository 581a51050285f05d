"""What must hold of every answer, whatever the offers and the request."""

from __future__ import annotations

import json
import random
from datetime import datetime
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from matcher import Matcher, Offer, Request
from tests import strategies
from tests.builders_matching import HOME, a_request, a_requirement, an_offer, apply_changes, ask

many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
World = tuple[dict[str, Any], list[dict[str, Any]]]


@many
@given(strategies.worlds())
def test_the_points_of_the_reasons_add_up_to_the_score(world: World) -> None:
    request, offers = world
    for need in ask(request, *offers, limit=5).needs:
        for s in need.suggestions:
            assert round(sum(round(1000 * (r.points or 0)) for r in s.reasons)) == round(1000 * s.score)
            assert round(sum(r.points or 0 for r in s.reasons), 3) == s.score
            assert 0 <= s.score <= 1


@many
@given(strategies.worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_offers_changes_no_byte(world: World, mixer: random.Random) -> None:
    request, offers = world
    before = json.dumps(ask(request, *offers).to_dict())
    mixer.shuffle(offers)
    assert json.dumps(ask(request, *offers).to_dict()) == before


@many
@given(strategies.worlds(), strategies.offers("new"))
def test_another_offer_moves_no_score(world: World, new: dict[str, Any]) -> None:
    request, offers = world
    read = Request.from_dict(request)
    matcher = Matcher().fit([Offer.from_dict(o) for o in offers])
    before = {(n.id, o["id"]): matcher.explain(read, o["id"], n.id) for n in read.needs for o in offers}
    matcher.replace(Offer.from_dict(new))
    assert {(n.id, o["id"]): matcher.explain(read, o["id"], n.id) for n in read.needs for o in offers} == before
    scores = {(n.id, s.offer): s.score for n in ask(request, *offers, limit=5).needs for s in n.suggestions}
    for n in matcher.suggest(read, limit=5).needs:
        for s in n.suggestions:
            if (n.id, s.offer) in scores:
                assert s.score == scores[n.id, s.offer]
    matcher.remove("new")
    assert matcher.suggest(read).to_dict() == ask(request, *offers).to_dict()


@many
@given(strategies.worlds())
def test_the_way_to_refer_and_the_next_session_stand_on_every_suggestion(world: World) -> None:
    request, offers = world
    for need in ask(request, *offers, limit=5).to_dict()["needs"]:
        for s in need["suggestions"]:
            assert s["refer_by"] in ("tell", "ask_first", "introduce", "go_together", "family_refers")
            assert s["next_session"] is None or datetime.fromisoformat(s["next_session"]) > datetime.fromisoformat(request["on"])


@many
@given(strategies.worlds())
def test_a_lower_rank_never_has_a_higher_score_and_nothing_is_both_suggested_and_left_out(world: World) -> None:
    request, offers = world
    for need in ask(request, *offers, limit=5).needs:
        assert [s.rank for s in need.suggestions] == list(range(1, len(need.suggestions) + 1))
        assert all(a.score >= b.score for a, b in pairwise(need.suggestions))
        assert not {s.offer for s in need.suggestions} & {x.offer for x in need.left_out}
        assert all(x.because and all(r.verdict.value == "not_met" for r in x.because) for x in need.left_out)


@many
@given(strategies.worlds(most=5))
def test_every_would_fit_if_lets_its_offer_in(world: World) -> None:
    request, offers = world
    for need in ask(request, *offers).needs:
        for x in need.left_out:
            if x.would_fit_if is None:
                continue
            changed_offers, changed = apply_changes(list(x.would_fit_if), offers, request, need.id, x.offer)
            again = next(n for n in ask(changed, *changed_offers).needs if n.id == need.id)
            shown = [s.offer for s in again.suggestions]
            assert x.offer not in {y.offer for y in again.left_out}, x.would_fit_if
            assert x.offer in shown or len(shown) >= 3 or request.get("one_at_a_time"), x.would_fit_if


@many
@given(strategies.worlds())
def test_every_offer_that_is_left_out_has_a_change_that_would_let_it_in(world: World) -> None:
    request, offers = world
    for need in ask(request, *offers).needs:
        assert all(x.would_fit_if for x in need.left_out)


@many
@given(strategies.offers(), strategies.requests(most_needs=1), st.integers(1, 100), st.integers(1, 100))
@example(an_offer(), a_request(home=HOME), 10, 20)
def test_nearer_never_scores_worse_all_else_equal(offer: dict[str, Any], request: dict[str, Any], a: int, b: int) -> None:
    near, far = sorted((a, b))
    request = request | {"home": HOME, "needs": [request["needs"][0] | {"code": "parenting"}]}
    scores = []
    for steps in (near, far):
        placed = offer | {"needs": ["parenting"], "place": {"latitude": HOME["latitude"] + steps / 500, "longitude": HOME["longitude"]}, "id": "o1"}
        explained = Matcher().fit([Offer.from_dict(placed)]).explain(Request.from_dict(request), "o1")
        scores.append(sum(round(1000 * (r.points or 0)) for r in explained))
    assert scores[0] >= scores[1]


@many
@given(strategies.worlds())
def test_a_plan_keeps_to_offers_that_fit_and_counts_every_need_once(world: World) -> None:
    request, offers = world
    answer = ask(request, *offers, limit=5)
    ids = [n["id"] for n in request["needs"]]
    codes = {n["id"]: n["code"] for n in request["needs"]}
    serves = {o["id"]: o["needs"] for o in offers}
    left_out = {(n.id, x.offer) for n in answer.needs for x in n.left_out}
    given_needs = [need for _, covered in answer.plan.steps for need in covered]
    assert sorted(given_needs) == sorted(answer.plan.covers)
    assert sorted([*answer.plan.covers, *answer.plan.unmet]) == sorted(ids)
    for offer, covered in answer.plan.steps:
        assert all(codes[n] in serves[offer] and (n, offer) not in left_out for n in covered)
    kept_away = set(request.get("keep_away", ()))
    assert not {o["organisation"]["id"] for o in offers if o["id"] in {s for s, _ in answer.plan.steps}} & kept_away


@many
@given(strategies.worlds())
def test_unmet_stands_just_where_nothing_fits(world: World) -> None:
    request, offers = world
    request = request | {"one_at_a_time": False}
    for need in ask(request, *offers).needs:
        assert (need.unmet is None) == bool(need.suggestions)


@many
@given(strategies.worlds())
def test_one_at_a_time_shows_one_suggestion_in_the_whole_answer(world: World) -> None:
    request, offers = world
    free = ask(request | {"one_at_a_time": False}, *offers)
    held = ask(request | {"one_at_a_time": True}, *offers)
    shown = [s for n in held.needs for s in n.suggestions]
    assert len(shown) == (1 if any(n.suggestions for n in free.needs) else 0)
    assert [n.unmet for n in held.needs] == [n.unmet for n in free.needs]


def test_a_requirement_left_out_of_the_request_is_named_by_its_own_words() -> None:
    rule = a_requirement("feature", value="step_free")
    found = ask(a_request(rule), an_offer(features={"step_free": "no"})).needs[0].left_out[0]
    assert found.because[0].requirement == rule
    assert found.would_fit_if == ({"drop": rule},) or found.would_fit_if == ({"loosen": rule, "to": rule | {"strength": "would_help"}},)
