"""Plans: the same figures as a mixed-integer programme on random questions, and never two places at one hour."""
# ruff: noqa: S311 (chance here only varies the questions)

from __future__ import annotations

import os
import random
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import pytest

from matcher import Matcher, Offer, Request
from matcher.fits import Fitting
from matcher.plans import make
from matcher.records import Plan
from matcher.register import Register, burden_of
from matcher.timetables import Slot, can_all_be_had, overlap, slots_of
from tests.bench.plans import Choice, Solver, a_choice, figures, in_columns
from tests.builders_matching import HOME, a_need, a_request, a_requirement, a_session, an_offer, ask

INSTANCES = int(os.environ.get("KITH_TEST_PLANS", "200"))


def can_be_gone_to(plan: Plan, fitting: Choice, request: Request) -> bool:
    """Whether some choice of a session for each offer keeps all hours apart: every choice is tried."""
    offers = {a.offer.id: a.offer for rows in fitting.values() for a in rows}
    held = [list(slots_of(offers[o], request.needs[0], request) or ()) for o, _ in plan.steps]
    return any(all(not overlap(a, b) for n, a in enumerate(chosen) for b in chosen[:n]) for chosen in product(*(h for h in held if h)))


@pytest.mark.parametrize(("days", "hours"), [(7, 9), (2, 3), (1, 2)])
def test_a_plan_is_as_good_as_the_best_of_a_mixed_integer_programme(days: int, hours: int) -> None:
    for seed in range(INSTANCES // 3 + 1):
        rng = random.Random(seed)
        fitting, request = a_choice(rng, rng.randint(1, 6), rng.randint(2, 14), most_offers=3, days=days, hours=hours)
        plan = make(in_columns(fitting), request.needs, request)
        assert can_be_gone_to(plan, fitting, request), (seed, plan)
        assert figures(plan, fitting, request) == Solver(fitting, request.needs, request).solve(), seed


def test_offers_that_stand_alone_are_priced_as_those_of_an_organisation_are() -> None:
    """An organisation's worse second offer takes the first out of those that stand alone, and changes no plan, also where an offer serves all of six needs."""
    wide_ones = 0
    for seed in range(60):
        fitting, request = a_choice(random.Random(seed), 6, 12, days=2, hours=3)
        if seed % 2:
            wide = Offer.from_dict(an_offer(f"wide{seed}", organisation={"id": "wide", "name": "Wide"}, needs=[n.code for n in request.needs][: 5 + seed % 4 // 2], place=HOME))
            for need in request.needs:
                if need.code in wide.needs:
                    fitting[need.id].append(Fitting(wide, 500 + seed, False))
        worse = {need: [f._replace(offer=Offer.from_dict(f.offer.raw | {"id": f"{f.offer.id}-worse"}), score=f.score - 1) for f in found] for need, found in fitting.items()}
        plan = make(in_columns(fitting), request.needs, request)
        assert plan == make(in_columns({need: [*found, *worse[need]] for need, found in fitting.items()}), request.needs, request), seed
        wide_ones += any(step[0].startswith("wide") and len(step[1]) >= 5 for step in plan.steps)
    assert wide_ones


def two(code: str = "lonely") -> list[dict[str, Any]]:
    """Two needs."""
    return [a_need(), a_need("n2", code)]


def test_three_sessions_that_two_by_two_could_be_had_are_not_all_in_a_plan_of_two_hours() -> None:
    hours = [a_session("mon"), a_session("tue")]
    offers = [an_offer(f"o{n}", needs=[code], sessions=hours) for n, code in enumerate(("parenting", "lonely", "grief"))]
    request = a_request(needs=[*two(), a_need("n3", "grief")])
    assert len(ask(request, *offers).plan.covers) == 2
    offers[2]["sessions"] = [*hours, a_session("wed")]
    assert len(ask(request, *offers).plan.covers) == 3


def test_a_session_that_the_family_cannot_go_to_keeps_no_hour_free() -> None:
    offers = [an_offer("a", sessions=[a_session("tue"), a_session("sat")]), an_offer("b", needs=["lonely"], sessions=[a_session("sat")])]
    assert len(ask(a_request(needs=two()), *offers).plan.covers) == 2
    weekend = a_requirement("time", days=["sat", "sun"], from_="00:00", until="24:00")
    assert len(ask(a_request(weekend, needs=two()), *offers).plan.covers) == 1


@pytest.mark.parametrize(("one", "other", "meet"), [
    ({}, {}, True), ({"weeks": "term_time"}, {"weeks": "school_holidays"}, False), ({"weeks": "term_time"}, {}, True),
    ({"until": "2026-11-10"}, {"from": "2026-11-11"}, False), ({"until": "2026-11-10"}, {"from": "2026-11-10"}, True),
])
def test_sessions_in_different_weeks_are_not_at_one_hour(one: dict[str, str], other: dict[str, str], meet: bool) -> None:
    offers = [an_offer("a", sessions=[a_session(**one)]), an_offer("b", needs=["lonely"], sessions=[a_session(**other)])]
    assert len(ask(a_request(needs=two()), *offers).plan.covers) == (1 if meet else 2)


def test_hours_that_run_past_midnight_on_sunday_meet_those_of_monday() -> None:
    night, monday = Slot(6 * 1440 + 1380, 7 * 1440 + 60), Slot(0, 30)
    assert overlap(night, monday)
    assert overlap(monday, night)
    assert not can_all_be_had([("a", frozenset({night})), ("b", frozenset({monday}))])


def test_a_hundred_groups_that_all_meet_at_one_hour_are_told_apart_at_once() -> None:
    """The search would not end if it ruled out the clashing offers one by one: each of six needs has forty, at slightly different times."""
    codes = ("parenting", "lonely", "grief", "uniform", "clubs_play", "digital")
    offers = [
        an_offer(f"{code}{n}", needs=[code], organisation={"id": f"{code}{n}", "name": "x"}, sessions=[a_session("tue", f"10:{n:02d}", f"12:{n:02d}")])
        for code in codes for n in range(40)
    ]
    request = Request.from_dict(a_request(needs=[a_need(f"n{n}", code) for n, code in enumerate(codes)]))
    plan = Matcher().fit([Offer.from_dict(o) for o in offers]).suggest(request).plan
    assert len(plan.covers) == 1


def test_the_burdens_of_many_are_those_of_each() -> None:
    fitting, request = a_choice(random.Random(1), 4, 400)
    offers = [a.offer for rows in fitting.values() for a in rows]
    offers += [Offer.from_dict(an_offer("p", modes=["phone"], place=HOME)), Offer.from_dict(an_offer("n", place=None)), Offer.from_dict(an_offer("w", place=HOME, place_withheld=True))]
    register = Register()
    for asked in (request, replace(request, home=None)):
        assert register.burdens(register.slots(offers), asked).tolist() == [burden_of(o, asked) for o in offers]


def test_a_slot_that_is_emptied_is_used_again_and_holds_nothing_of_the_last() -> None:
    register, request = Register(), Request.from_dict(a_request(needs=[a_need()]))
    first = [Offer.from_dict(an_offer(f"o{n}", place=HOME, availability={"state": "waiting", "waiting_weeks": n + 1})) for n in range(40)]
    slots = register.slots(first)
    assert register.slots(first).tolist() == slots.tolist()
    register.remove("o7")
    register.remove("never there")
    instead = Offer.from_dict(an_offer("new", place=None, organisation={"id": "other", "name": "Other"}))
    assert register.add(instead) == slots[7]
    assert register.offers[slots[7]] == instead
    assert register.burdens(slots, request).tolist() == [burden_of(o, request) for o in [*first[:7], instead, *first[8:]]]
    assert len(set(register.organisation[slots].tolist())) == len({o.organisation for o in [*first[:7], instead, *first[8:]]})


def test_a_lone_need_is_met_by_the_nearest_then_by_the_best_then_by_the_first_shown() -> None:
    at_home, near = {"latitude": 53.8, "longitude": -1.5}, {"latitude": 53.81, "longitude": -1.5}
    rows = [an_offer("near", place=at_home, confirmed_on="2026-08-20"), an_offer("fresh", place=near), an_offer("fresh2", place=near), an_offer("stale", place=near, confirmed_on="2026-09-20")]
    request = a_request(home=at_home)
    assert ask(request, *rows).plan.steps == (("near", ("n1",)),)
    answer = ask(request, *reversed(rows[1:]))
    assert answer.needs[0].suggestions[0].score == answer.needs[0].suggestions[1].score > answer.needs[0].suggestions[2].score
    assert answer.plan.steps == ((answer.needs[0].suggestions[0].offer, ("n1",)),)
    assert ask(request, an_offer("else", needs=["lonely"])).plan == Plan(unmet=("n1",))


def test_fewer_organisations_come_before_less_travel_and_that_before_better_scores() -> None:
    far = {"latitude": HOME["latitude"] + 0.1, "longitude": HOME["longitude"]}
    near = [an_offer("p", place=HOME), an_offer("l", needs=["lonely"], place=HOME)]
    both = an_offer("both", needs=["parenting", "lonely"], place=far)
    request = a_request(needs=two(), home=HOME)
    assert [o for o, _ in ask(request, *near, both).plan.steps] == ["both"]
    praised = an_offer("praised", place={"latitude": HOME["latitude"] + 0.01, "longitude": HOME["longitude"]}, reply_record={"asked": 90, "in_time": 90})
    assert dict(ask(request, *near, praised).plan.steps).keys() == {"p", "l"}
    level = praised | {"place": HOME}
    assert dict(ask(request, *near, level).plan.steps).keys() == {"praised", "l"}


def test_two_offers_of_one_organisation_are_one_organisation() -> None:
    hope = {"id": "hope", "name": "Hope"}
    apart = [an_offer("a", organisation=hope, place=HOME), an_offer("b", organisation=hope, needs=["lonely"])]
    nearer = an_offer("c", needs=["lonely"], place=HOME)
    assert {o for o, _ in ask(a_request(needs=two(), home=HOME), *apart, nearer).plan.steps} == {"a", "b"}


SOMALI = a_requirement("language", "would_help", value="so")
INTERPRETER = an_offer("voices", needs=["letters_explained"], languages=["so", "ti"])


@pytest.mark.parametrize(("terms", "paired"), [({"interpreter": "no"}, True), ({}, True), ({"interpreter": "school_arranges"}, True), ({"interpreter": "yes"}, False), ({"languages": ["so"]}, False)])
def test_an_interpreter_stands_beside_a_partner_that_has_none(terms: dict[str, Any], paired: bool) -> None:
    (step,) = ask(a_request(SOMALI), an_offer(**terms), INTERPRETER).plan.to_dict()["offers"]
    assert step.get("interpreter") == ("voices" if paired else None)


@pytest.mark.parametrize("request_", [a_request(), a_request(a_requirement("language", "would_help", value="pl")), a_request(SOMALI, keep_away=["org-voices"])])
def test_no_interpreter_stands_where_none_was_asked_for_or_none_is_to_be_had(request_: dict[str, Any]) -> None:
    (step,) = ask(request_, an_offer(interpreter="no"), INTERPRETER).plan.to_dict()["offers"]
    assert "interpreter" not in step


def test_an_interpreter_who_is_in_the_plan_already_is_the_one() -> None:
    needs = [a_need(), a_need("n2", "letters_explained")]
    near = an_offer("near", needs=["letters_explained"], languages=["so"], place=HOME)
    plan = ask(a_request(SOMALI, needs=needs, home=HOME), an_offer(interpreter="no", place=HOME), INTERPRETER, near).plan.to_dict()
    assert {s["offer"]: s.get("interpreter") for s in plan["offers"]} == {"o1": "near", "near": None}


def test_the_plan_of_a_request_for_one_thing_at_a_time_starts_with_what_is_shown() -> None:
    request = a_request(needs=two(), one_at_a_time=True)
    answer = ask(request, an_offer(), an_offer("l", needs=["lonely"]))
    shown = [s.offer for n in answer.needs for s in n.suggestions]
    assert shown == [answer.plan.steps[0][0]]
    assert all(a >= b for a, b in pairwise(len(n) for _, n in answer.plan.steps))
