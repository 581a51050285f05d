"""Settled readings, whole answers: stops, left out, unmet, plans, one step at a time; and who a family is reaches nothing."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import Any

import pytest

from matcher import InvalidOffer, InvalidRequest, Matcher, Offer, Request, UnknownOffer
from matcher.policy import CRITERIA, UNMET_ORDER
from matcher.records import Need, Requirement
from matcher.taxonomy import GROUPS, NEEDS
from tests.builders_matching import a_need, a_request, a_requirement, a_session, an_offer, ask, because, first


@pytest.mark.parametrize(("safety", "codes", "stopped"), [
    ("yes", ["parenting"], "at_risk"), ("not_sure", ["parenting"], "at_risk"), ("yes", ["child_at_risk"], "at_risk"),
    ("no", ["domestic_abuse", "child_at_risk"], "dsl_only"), ("no", ["parenting", "exploitation"], "restricted"), ("no", ["parenting"], None),
])
def test_stops(safety: str, codes: list[str], stopped: str | None) -> None:
    request = a_request(needs=[a_need(f"n{n}", code) for n, code in enumerate(codes)], safety=safety, referrer="dsl")
    answer = ask(request, an_offer(needs=codes, who_may_refer=["dsl", "anyone"])).to_dict()
    assert answer["stopped"] == stopped
    if stopped:
        assert answer["needs"] == []
        assert answer["plan"] == {"offers": [], "covers": [], "unmet": [], "burden": 0.0}
        assert "o1" not in str(answer)


def test_an_offer_that_fits_but_is_not_shown_is_not_left_out() -> None:
    found = first(a_request(), *[an_offer(f"o{n}") for n in range(7)])
    assert (len(found.suggestions), found.left_out) == (3, ())
    assert len(first(a_request(), *[an_offer(f"o{n}") for n in range(7)], limit=5).suggestions) == 5


@pytest.mark.parametrize("limit", [0, 6])
def test_a_limit_is_from_one_to_five(limit: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 5"):
        ask(a_request(), an_offer(), limit=limit)


def test_left_out_tells_the_first_failing_rule_and_all_the_others() -> None:
    request = a_request(a_requirement("feature", value="step_free"), a_requirement("mode", value="phone"))
    offer = an_offer(features={"step_free": "no"}, availability={"state": "full"}, gender="men")
    assert because(request, offer) == {"o1": ["gender", "feature", "mode", "open"]}


def test_unmet_is_the_first_failing_rule_of_the_offer_that_needs_fewest_changes() -> None:
    two_faults = an_offer("a", availability={"state": "full"}, features={"step_free": "no"})
    one_fault = an_offer("b", features={"step_free": "no"})
    assert first(a_request(a_requirement("feature", value="step_free")), two_faults, one_fault).unmet == "not_accessible"


def test_unmet_ties_go_in_the_order_of_the_list() -> None:
    faults: dict[str, dict[str, Any]] = {
        "not_open": {"availability": {"state": "full"}}, "not_eligible": {"gender": "men"}, "may_not_refer": {"who_may_refer": ["dsl"]},
        "not_authorised": {"assured": "no"}, "not_confirmed": {"confirmed_on": None},
    }
    offers = [an_offer(code, **more) for code, more in faults.items()]
    while offers:
        assert first(a_request(), *offers[::-1]).unmet == min((o["id"] for o in offers), key=UNMET_ORDER.index)
        offers.pop(0)


def test_a_need_that_no_offer_serves_is_no_such_offer() -> None:
    assert first(a_request(), an_offer(needs=["lonely"])).unmet == "no_such_offer"


def two_needs() -> list[dict[str, Any]]:
    return [a_need("n1", "parenting"), a_need("n2", "lonely")]


def test_a_plan_covers_the_most_needs_then_uses_the_fewest_organisations() -> None:
    apart = [an_offer("p", needs=["parenting"], reply_record={"asked": 30, "in_time": 30}), an_offer("l", needs=["lonely"], reply_record={"asked": 30, "in_time": 30})]
    both = an_offer("both", needs=["parenting", "lonely"])
    plan = ask(a_request(needs=two_needs()), *apart, both).plan
    assert plan.steps == (("both", ("n1", "n2")),)
    assert ask(a_request(needs=two_needs()), *apart).plan.covers == ("n1", "n2")


def test_a_plan_takes_offers_that_fit_though_they_are_not_shown() -> None:
    good = [an_offer(f"g{n}", needs=["parenting"], reply_record={"asked": 30, "in_time": 30}) for n in range(5)]
    both = an_offer("both", needs=["parenting", "lonely"])
    answer = ask(a_request(needs=two_needs()), *good, both)
    assert "both" not in [s.offer for s in answer.needs[0].suggestions]
    assert answer.plan.steps == (("both", ("n1", "n2")),)


def test_two_places_at_the_same_hour_are_never_both_in_a_plan() -> None:
    clashing = [an_offer("p", sessions=[a_session()]), an_offer("l", needs=["lonely"], sessions=[a_session(starts="11:00", ends="13:00")])]
    assert len(ask(a_request(needs=two_needs()), *clashing).plan.covers) == 1
    later = an_offer("l2", needs=["lonely"], sessions=[a_session("wed")])
    assert [s for s, _ in ask(a_request(needs=two_needs()), *clashing, later).plan.steps] == ["l2", "p"] or len(ask(a_request(needs=two_needs()), *clashing, later).plan.covers) == 2


def test_one_at_a_time_shows_the_plans_first_step_and_holds_the_others_back() -> None:
    request = a_request(needs=[*two_needs(), a_need("n3", "grief")], one_at_a_time=True)
    answer = ask(request, an_offer(), an_offer("l", needs=["lonely"]))
    shown = [(n.id, s.offer) for n in answer.needs for s in n.suggestions]
    assert shown == [(answer.plan.steps[0][1][0], answer.plan.steps[0][0])]
    held = {n.id: n.to_dict().get("held_back") for n in answer.needs}
    assert held == {"n1": None, "n2": True, "n3": True} or held == {"n1": True, "n2": None, "n3": True}
    assert {n.id: n.unmet for n in answer.needs} == {"n1": None, "n2": None, "n3": "no_such_offer"}


def test_equal_partners_take_turns_by_the_day_and_never_by_the_family() -> None:
    offers = [an_offer(f"o{n}") for n in range(4)]
    firsts = []
    for day in range(8, 30):
        request = a_request(on=f"2026-10-{day:02d}T15:10:00+01:00")
        firsts.append(first(request, *offers).suggestions[0].offer)
        again = request | {"id": "another family", "home": None, "keep_away": ["someone"]}
        assert first(again, *offers).suggestions[0].offer == firsts[-1]
    assert len(set(firsts)) == 4


def test_the_weights_add_up_so_that_no_score_leaves_nought_to_one() -> None:
    assert sum(c.weight for c in CRITERIA) == pytest.approx(1.0)
    assert all(c.source for c in CRITERIA)
    assert len({c.name for c in CRITERIA}) == len(CRITERIA)


def test_the_records_have_no_field_for_who_a_family_is() -> None:
    known = {f.name for record in (Request, Need, Requirement, Offer) for f in dataclasses.fields(record)}
    assert not known & {"ethnicity", "nationality", "religion", "surname", "first_name", "mis_code", "upn", "free_meals", "pupil_language", "status"}
    assert "name" not in {f.name for record in (Request, Need, Requirement) for f in dataclasses.fields(record)}


@pytest.mark.parametrize("field", ["ethnicity", "name", "nationality", "religion", "mis_code", "language"])
def test_a_request_that_says_who_the_family_is_is_refused_by_field(field: str) -> None:
    with pytest.raises(InvalidRequest, match=field) as refused:
        Request.from_dict(a_request() | {field: "x"})
    assert refused.value.faults[0].startswith(f"request r1: {field}: ")


@pytest.mark.parametrize(("change", "says"), [
    ({"needs": ["parentign"]}, "nearest is 'parenting'"), ({"features": {"step_fre": "yes"}}, "step_fre"), ({"ages_years": {"min": 9, "max": 8}}, "ages_years"),
    ({"colour": "red"}, "colour"), ({"confirmed_on": "2026-02-30"}, "confirmed_on"), ({"needs": []}, "needs"), ({"availability": {"state": "ajar"}}, "state"),
    ({"place": {"latitude": float("nan"), "longitude": 0}}, "latitude"), ({"availability": {"state": "open", "places_left": True}}, "places_left"),
    ({"reply_record": {"asked": 1, "in_time": 2}}, "in_time"), ({"name": "x" * 10_000_000}, "name"), ({"organisation": None}, "organisation"),
    ({"sessions": [{"days": ["tue"], "starts": "25:00", "ends": "26:00"}]}, "starts"), ({"area": {"kind": "radius"}}, "km"), ({"id": 7}, "id"),
])
def test_a_fault_in_an_offer_is_told_in_one_short_line(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidOffer) as refused:
        Offer.from_dict(an_offer() | change)
    assert any(says in line for line in refused.value.faults)
    assert all("\n" not in line and len(line) < 2000 and "; it should be " in line for line in refused.value.faults)


@pytest.mark.parametrize("missing", ["id", "on", "needs", "safety"])
def test_a_request_says_each_field_that_is_missing(missing: str) -> None:
    with pytest.raises(InvalidRequest, match=f"{missing}: is missing"):
        Request.from_dict({k: v for k, v in a_request().items() if k != missing})


@pytest.mark.parametrize("rule", [
    {"what": "feature", "value": "step_fre", "strength": "must"}, {"what": "travel", "by": "walk", "strength": "must"}, {"what": "wait", "weeks": 2},
    {"what": "gender", "value": "women", "minutes": 5, "strength": "must"}, {"what": "mode", "value": "pigeon", "strength": "must"}, "must", None,
])
def test_a_requirement_in_no_known_form_is_refused(rule: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"requirements\[0\]"):
        Request.from_dict(a_request() | {"requirements": [rule]})


def test_every_fault_is_told_not_only_the_first() -> None:
    with pytest.raises(InvalidOffer) as refused:
        Offer.from_dict({"id": "o1", "needs": ["x"], "colour": "red"})
    assert {line.split(": ")[1] for line in refused.value.faults} >= {"organisation", "name", "availability", "confirmed_on", "needs", "colour"}


def test_confirmed_in_the_future_is_a_fault() -> None:
    with pytest.raises(InvalidOffer, match="confirmed_on"):
        ask(a_request(), an_offer(confirmed_on="2026-10-21"))


@pytest.mark.parametrize("change", [
    {"sessions": [a_session(**{"from": "9999-12-30"})]}, {"availability": {"state": "waiting", "waiting_weeks": 1e308}}, {"confirmed_on": "0001-01-01"},
    {"area": {"kind": "radius", "km": 1e308}}, {"ages_years": {"min": 1e308}}, {"organisation": {"id": "\ud800", "name": "x"}},
], ids=["far_session", "endless_wait", "long_ago", "wide", "old", "half_a_letter"])
def test_the_ends_of_every_range_are_answered_or_refused_but_never_break(change: dict[str, Any]) -> None:
    request = a_request(needs=[a_need(for_="child", age_years=8, within="today")], home={"latitude": 90, "longitude": 180})
    with contextlib.suppress(InvalidOffer):
        assert len(ask(request, an_offer(**change)).needs) == 1


def test_two_offers_with_one_id_and_an_unknown_offer_are_refused() -> None:
    with pytest.raises(InvalidOffer, match="used twice"):
        ask(a_request(), an_offer(), an_offer())
    with pytest.raises(UnknownOffer):
        Matcher().fit([]).remove("o9")
    with pytest.raises(UnknownOffer):
        Matcher().fit([]).explain(Request.from_dict(a_request()), "o9")


def test_a_replaced_offer_is_seen_in_the_next_answer() -> None:
    matcher = Matcher().fit([Offer.from_dict(an_offer())])
    matcher.replace(Offer.from_dict(an_offer(needs=["lonely"])))
    assert matcher.suggest(Request.from_dict(a_request())).needs[0].unmet == "no_such_offer"
    assert len(matcher) == 1


def test_the_taxonomy_has_62_needs_in_11_groups() -> None:
    assert len(NEEDS) == 62
    assert {n.group for n in NEEDS.values()} == set(GROUPS)
    assert len(GROUPS) == 11
    assert [c for c, n in NEEDS.items() if n.path in ("restricted", "dsl_only")] == ["domestic_abuse", "exploitation", "child_at_risk"]
