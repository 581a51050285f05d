"""Near misses: every change lets its offer in when asked again, and no smaller set of changes does."""
# ruff: noqa: S311 (chance here only varies the worlds)

from __future__ import annotations

import copy
import os
import random
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from matcher import Matcher, Offer, Request
from matcher.assessment import assess
from matcher.near_misses import plain, smallest_change
from matcher.policy import UNMET_ORDER
from tests.builders_matching import HOME, WEEKDAYS, a_request, a_requirement, a_session, an_offer, apply_changes, ask, first
from tests.unit.matcher.worlds import a_drawn_offer, a_drawn_request

CASES = int(os.environ.get("KITH_TEST_CASES", "5000"))


def left_out(cases: int, seed: int) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any], Any]]:
    """Draw requests and offers until so many offers were left out: request, need, offer, and what was found."""
    rng = random.Random(seed)
    told = 0
    while told < cases:
        request, offer = a_drawn_request(rng), a_drawn_offer(rng, "o1")
        read, known = Request.from_dict(request), Offer.from_dict(offer)
        for need, row in zip(read.needs, request["needs"], strict=True):
            found = assess(need, read, known)
            if need.code in known.needs and not found.fits:
                told += 1
                yield request, row, offer, (found, smallest_change(found, read))


def test_every_change_applied_and_asked_again_lets_its_offer_in() -> None:
    sizes: dict[int, int] = {}
    for request, need, offer, (_, changes) in left_out(CASES, seed=1):
        assert changes
        offers, asked = apply_changes(list(changes), [offer], request, need["id"], "o1")
        again = next(n for n in ask(asked, *offers).needs if n.id == need["id"])
        assert [s.offer for s in again.suggestions] == ["o1"], (changes, again.left_out)
        sizes[len(changes)] = sizes.get(len(changes), 0) + 1
    assert min(sizes.get(n, 0) for n in (1, 2, 3)) > CASES / 50, "the worlds are too kind to try anything"


def every_change(request: dict[str, Any], need: dict[str, Any], offer: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Every requirement dropped or weakened, and every field of the offer at its most open: one list of values for each."""
    wanted = request.get("requirements", []) + need.get("requirements", [])
    distinct: list[dict[str, Any]] = []
    for r in wanted:
        if plain(r) not in [plain(d) for d in distinct]:
            distinct.append(r)
    found: list[list[dict[str, Any]]] = [[{"drop": r}, {"loosen": r, "to": r | {"strength": "would_help"}}] for r in distinct]
    named = [r["value"] for r in wanted if r["what"] == "language"]
    shown = {r["value"] for r in wanted if r["what"] == "feature"}
    endless = [{k: v for k, v in s.items() if k != "until"} for s in offer.get("sessions", [])]
    values: dict[str, list[Any]] = {
        "authorisations": [[{"need": need["code"], "valid_until": "2027-01-01"}]], "assured": ["yes"], "who_may_refer": [["anyone"]],
        "audience": [["family", "adult", "child"]], "ages_years": [{"min": 0, "max": 120}], "gender": ["any", "women", "men"], "community": [False],
        "area": [{"kind": "anywhere"}], "modes": [["in_person", "online", "phone", "home_visit", "recorded", "delivery"]], "languages": [["en", *named]],
        "interpreter": ["yes"], "any_time": [True], "sessions": [endless], "availability": [{"state": "open", "places_left": None}], "confirmed_on": ["2026-10-20"],
    }
    if request.get("home") is not None and offer.get("place") and not offer.get("place_withheld"):
        values["place"] = [request["home"]]
    found += [[{"offer": {f: v}} for v in rows] for f, rows in values.items() if f != "sessions" or endless]
    return found + [[{"offer": {"features": {f: v}}} for v in ("yes", "no")] for f in sorted(shown)]


def lets_in(changes: tuple[dict[str, Any], ...], request: dict[str, Any], need: dict[str, Any], offer: dict[str, Any]) -> bool:
    """Whether the offer is let in by these changes."""
    offers, asked = apply_changes(list(changes), [offer], request, need["id"], "o1")
    read = Request.from_dict(asked)
    return assess(next(n for n in read.needs if n.id == need["id"]), read, Offer.from_dict(offers[0])).fits


def test_no_smaller_set_of_changes_lets_an_offer_in() -> None:
    tried = bigger = 0
    for request, need, offer, (found, changes) in left_out(CASES // 2, seed=2):
        if not 2 <= len(changes) <= 3 or tried >= CASES // 20:
            continue
        tried += 1
        bigger += len(changes) < len(found.failing)
        for size in range(1, len(changes)):
            for fields in combinations(every_change(request, need, offer), size):
                for picked in _one_of_each(fields):
                    assert not lets_in(picked, request, need, offer), (changes, picked)
    assert tried >= CASES // 25
    assert bigger, "no case in which one change mends two faults was tried"


def _one_of_each(fields: tuple[list[dict[str, Any]], ...]) -> Iterator[tuple[dict[str, Any], ...]]:
    if not fields:
        yield ()
        return
    for value in fields[0]:
        for rest in _one_of_each(fields[1:]):
            yield (value, *rest)


def the_change(request: dict[str, Any], offer: dict[str, Any]) -> tuple[dict[str, Any], ...] | None:
    """What would let the only offer in."""
    return first(request, offer).left_out[0].would_fit_if


def north(km: float) -> dict[str, float]:
    """A point so far north of the home."""
    return {"latitude": HOME["latitude"] + km / 111.195, "longitude": HOME["longitude"]}


@pytest.mark.parametrize("by", ["walk", "bus", "car"])
def test_the_minutes_of_travel_are_the_fewest_whole_minutes_that_do(by: str) -> None:
    offer, rule = an_offer(place=north(7.3)), a_requirement("travel", by=by, minutes=5)
    (change,) = the_change(a_request(rule, home=HOME), offer) or ()
    minutes = change["to"]["minutes"]
    assert change["loosen"] == rule
    assert first(a_request(rule | {"minutes": minutes}, home=HOME), offer).suggestions
    assert not first(a_request(rule | {"minutes": minutes - 1}, home=HOME), offer).suggestions


def test_the_weeks_of_a_wait_are_those_of_the_list() -> None:
    rule = a_requirement("wait", weeks=1)
    assert the_change(a_request(rule), an_offer(availability={"state": "waiting", "waiting_weeks": 2.5})) == ({"loosen": rule, "to": rule | {"weeks": 2.5}},)


MORNING = a_requirement("time", days=WEEKDAYS, from_="09:00", until="12:00")
SCHOOL_RUN = a_requirement("not_time", days=WEEKDAYS, from_="14:30", until="16:30")


@pytest.mark.parametrize(("rule", "session", "to"), [
    (MORNING, a_session("tue", "12:00", "14:00"), {"until": "12:30"}),
    (MORNING, a_session("tue", "07:00", "09:00"), {"from": "08:30"}),
    (MORNING, a_session("tue", "12:00", "12:10"), {"until": "12:10"}),
    (MORNING, a_session("sat", "10:00", "11:00"), {"days": [*WEEKDAYS, "sat"]}),
    (a_requirement("time", days=["mon"], from_="20:00", until="22:00"), a_session("tue", "00:00", "01:00"), {"until": "00:30"}),
    (a_requirement("time", days=["tue"], from_="00:30", until="02:00"), a_session("mon", "22:00", "24:00"), {"days": ["mon"], "from": "23:30", "until": "02:00"}),
    (SCHOOL_RUN, a_session("tue", "16:15", "17:00"), {"until": "16:15"}),
    (SCHOOL_RUN, a_session("tue", "14:00", "14:40"), {"from": "14:40"}),
    (SCHOOL_RUN, a_session("tue", "15:00", "16:00"), {"days": ["mon", "wed", "thu", "fri"]}),
    (a_requirement("not_time", days=["tue"], from_="09:00", until="17:00"), a_session("tue", "09:00", "17:00"), {"strength": "would_help"}),
])
def test_a_window_gives_no_more_than_the_session_needs(rule: dict[str, Any], session: dict[str, Any], to: dict[str, Any]) -> None:
    assert the_change(a_request(rule), an_offer(sessions=[session])) == ({"loosen": rule, "to": rule | to},)


def weekly(rule: dict[str, Any]) -> set[int]:
    """The half-hours of the week in a window."""
    start, end = ((int(rule[k][:2]) * 2 + int(rule[k][3:]) // 30) for k in ("from", "until"))
    return {(WEEK.index(d) * 48 + start + n) % 336 for d in rule["days"] for n in range((end - start) % 48 or 48)}


WEEK = (*WEEKDAYS, "sat", "sun")


def test_no_single_window_on_the_half_hour_gives_less() -> None:
    """Every window of the contract, its days any set that holds those asked for and at most one more, its times any half-hours."""
    rng = random.Random(7)
    clocks = [f"{n // 2:02d}:{n % 2 * 30:02d}" for n in range(48)] + ["24:00"]
    for _ in range(12):
        what = rng.choice(("time", "not_time"))
        start, length = rng.randrange(48), rng.randint(1, 20)
        rule = a_requirement(what, days=rng.sample(WEEK, 2), from_=clocks[start], until=clocks[(start + length) % 48])
        begins, lasts = rng.randrange(40), rng.randint(1, 6)
        session = a_session(rng.choice(WEEK), clocks[begins], clocks[begins + lasts])
        held = {(WEEK.index(session["days"][0]) * 48 + begins + n) % 336 for n in range(lasts)}
        asked = weekly(rule)
        if bool(asked & held) is (what == "time"):
            continue
        (change,) = the_change(a_request(rule), an_offer(sessions=[session])) or ()
        given = len(weekly(change["to"]) ^ asked) if change["to"]["strength"] == "must" else 9999
        for days in _days_near(rule["days"], what):
            for opens in clocks[:48]:
                for closes in clocks:
                    window = weekly(rule | {"days": days, "from": opens, "until": closes}) if opens != closes else set()
                    looser = window >= asked and window & held if what == "time" else window and window <= asked and not window & held
                    assert not looser or len(window ^ asked) >= given, (rule, session, change, days, opens, closes)


def _days_near(days: list[str], what: str) -> list[list[str]]:
    if what == "not_time":
        return [list(some) for n in range(1, len(days) + 1) for some in combinations(days, n)]
    before = [WEEK[WEEK.index(d) - 1] for d in days]
    return [days, before, *([*days, d] for d in WEEK if d not in days), *([*before, d] for d in WEEK if d not in before)]


def test_a_session_is_chosen_for_which_the_fewest_times_give_way() -> None:
    rules = [a_requirement("time", days=[d], from_="09:00", until="12:00") for d in ("mon", "tue")]
    both = a_requirement("time", days=["tue", "sat"], from_="08:00", until="12:00")
    offer = an_offer(sessions=[a_session("mon", "10:00", "11:00"), a_session("tue", "10:00", "11:00")])
    changes = the_change(a_request(*rules, both), offer) or ()
    assert [c["loosen"] for c in changes] == [rules[0]]


def test_one_rule_that_gives_much_comes_before_two_that_give_little() -> None:
    rules = [a_requirement("time", days=days, from_="09:00", until="12:00") for days in (["mon"], ["mon", "tue"])]
    offer = an_offer(sessions=[a_session("mon", "12:00", "13:00"), a_session("tue", "09:00", "12:00")])
    assert the_change(a_request(*rules), offer) == ({"loosen": rules[0], "to": rules[0] | {"days": ["mon", "tue"]}},)


def test_one_change_of_the_offer_stands_for_two_of_the_family() -> None:
    far = a_request(a_requirement("travel", by="walk", minutes=5), a_requirement("feature", value="step_free"), home=HOME)
    assert the_change(far, an_offer(place=north(9), features={"step_free": "no"})) == ({"offer": {"modes": ["in_person", "phone"]}},)
    women = a_request(a_requirement("gender", value="women"))
    assert the_change(women, an_offer(gender="men")) == ({"offer": {"gender": "women"}},)
    spoken = a_request(a_requirement("language", value="ur"))
    assert the_change(spoken, an_offer(community=True, languages=["so"], interpreter="no")) == ({"offer": {"languages": ["so", "ur"]}},)
    tongues = a_request(a_requirement("language", value="ur"), a_requirement("language", value="ti"))
    assert the_change(tongues, an_offer(interpreter="no")) == ({"offer": {"interpreter": "yes"}},)


def test_a_place_that_moves_goes_no_nearer_than_it_must() -> None:
    request = a_request(a_requirement("travel", by="walk", minutes=20), home=HOME)
    offer = an_offer(place=north(9), area={"kind": "radius", "km": 3})
    (change,) = the_change(request, offer) or ()
    place = change["offer"]["place"]
    assert 1.2 < (place["latitude"] - HOME["latitude"]) * 111.195 < 1.24  # 20 minutes on foot, by streets
    assert place["longitude"] == HOME["longitude"]


def test_a_radius_grows_to_the_next_tenth() -> None:
    assert the_change(a_request(home=HOME), an_offer(place=north(9.02), area={"kind": "radius", "km": 3})) == ({"offer": {"area": {"kind": "radius", "km": 9.1}}},)


def test_what_a_change_is_applied_to_is_not_itself_changed() -> None:
    for request, _, offer, (_, changes) in left_out(50, seed=3):
        before = copy.deepcopy((request, offer))
        matcher = Matcher().fit([Offer.from_dict(offer)])
        one, two = (matcher.suggest(Request.from_dict(request)).to_dict() for _ in range(2))
        assert one == two
        assert (request, offer) == before
        assert changes


def test_a_need_is_unmet_for_the_reason_that_lifted_first_gives_a_suggestion() -> None:
    """The offer whose change is smallest is let in by it; no offer is let in by fewer, or by as few for an earlier reason."""
    rng = random.Random(9)
    tried = 0
    while tried < CASES // 25:
        request, offers = a_drawn_request(rng, 1), [a_drawn_offer(rng, f"o{n}") for n in range(4)]
        answer = ask(request, *offers).needs[0]
        if answer.unmet in (None, "no_such_offer"):
            continue
        tried += 1
        nearest = answer.left_out[0]
        assert all(len(nearest.would_fit_if or ()) <= len(x.would_fit_if or ()) for x in answer.left_out)
        changed, asked = apply_changes(list(nearest.would_fit_if or ()), offers, request, "n1", nearest.offer)
        assert ask(asked, *changed).needs[0].unmet is None
        read = Request.from_dict(request)
        codes = {o["id"]: assess(read.needs[0], read, Offer.from_dict(o)).failing for o in offers}
        firsts = {i: f[0][1].failed for i, f in codes.items() if f}
        level = [firsts[x.offer] for x in answer.left_out if len(x.would_fit_if or ()) == len(nearest.would_fit_if or ())]
        assert answer.unmet == firsts[nearest.offer] == min(level, key=UNMET_ORDER.index)
