"""Exchanges: the best cover is the best there is, giving is never a condition, and what is said of a handover is true."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import InvalidRecord
from matcher.exchanges import Ask, Give, Proposal, propose
from matcher.exchanges.judging import judge
from matcher.exchanges.scoring import scores as judged_at_once
from matcher.records import Place, Requirement, Session

ON = datetime(2026, 11, 24, 9, tzinfo=UTC)
THURSDAY_EVENING = Requirement("time", True, days=(3,), from_minute=18 * 60, until_minute=21 * 60)
URDU = Requirement("language", True, value="ur")
STEP_FREE = Requirement("feature", False, value="step_free")
PLACES = [Place(53.80 + n / 100, -1.50) for n in range(4)]


def a_town(seed: int, size: int = 5) -> tuple[list[Ask], list[Give]]:
    r = random.Random(seed)  # noqa: S311 (a town to try, not a secret)
    parties, things = [f"p{n}" for n in range(4)], ["hall", "tickets", "coats"]
    asks = [
        Ask(f"a{n}", r.choice(parties), r.choice(things), r.choice([1, 10, 40]), tuple(r.sample([THURSDAY_EVENING, URDU, STEP_FREE], r.choice([0, 0, 1, 2]))),
            r.choice([*PLACES, None]), r.choice([None, date(2026, 12, 1)]), r.choice([None, date(2026, 12, 20)]))
        for n in range(size)
    ]
    gives = [
        Give(f"g{n}", r.choice(parties), r.choice(things), r.choice([5, 40]), r.choice([1, 1, 2]), r.random() < 0.5,
             r.choice([(), (Session((3,), 18 * 60, 20 * 60),), (Session((1, 3), 10 * 60, 12 * 60),)]), r.random() < 0.2, r.choice([("en",), ("en", "ur")]),
             {"step_free": r.choice(["yes", "no", "not_known"])}, r.choice([*PLACES, None]), r.random() < 0.2, r.choice([None, date(2026, 12, 10), date(2027, 1, 5)]))
        for n in range(size)
    ]
    return asks, gives


def scores(asks: list[Ask], gives: list[Give]) -> dict[tuple[int, int], int]:
    found = {}
    for g, give in enumerate(gives):
        for a, ask in enumerate(asks):
            judgement = judge(ask, give, on=ON)
            if judgement.failed is None:
                found[g, a] = judgement.score
    return found


def is_allowed(chosen: tuple[tuple[int, int], ...], asks: list[Ask], gives: list[Give]) -> bool:
    """Whether handovers can be split into single ones that go freely, swaps, and rounds of three."""
    if not chosen:
        return True
    first, rest = chosen[0], chosen[1:]
    if not gives[first[0]].in_exchange and is_allowed(rest, asks, gives):
        return True
    for size in (1, 2):
        for others in itertools.permutations(rest, size):
            steps = (first, *others)
            joined = all(asks[a].party == gives[steps[(n + 1) % len(steps)][0]].party for n, (_, a) in enumerate(steps))
            if joined and len({gives[g].party for g, _ in steps}) == len(steps) and is_allowed(tuple(e for e in rest if e not in others), asks, gives):
                return True
    return False


def best_by_force(asks: list[Ask], gives: list[Give]) -> tuple[int, int]:
    edges = scores(asks, gives)
    best = (0, 0)
    for size in range(len(asks), 0, -1):
        if size < best[0]:
            break
        for chosen in itertools.combinations(sorted(edges), size):
            if len({a for _, a in chosen}) < size or any(sum(g == k for g, _ in chosen) > give.shares for k, give in enumerate(gives)):
                continue
            value = (size, sum(edges[e] for e in chosen))
            if value > best and is_allowed(chosen, asks, gives):
                best = value
    return best


def holds(found: Proposal, asks: list[Ask], gives: list[Give]) -> None:
    by_id = {g.id: g for g in gives}
    handed = [h for e in found.exchanges for h in e.handovers]
    assert len({h.ask for h in handed}) == len(handed) == found.met
    assert all(sum(h.give == g.id for h in handed) <= g.shares for g in gives)
    for exchange in found.exchanges:
        if len(exchange.handovers) == 1:
            assert not by_id[exchange.handovers[0].give].in_exchange
        else:
            assert [h.asker for h in exchange.handovers] == [h.giver for h in (*exchange.handovers[1:], exchange.handovers[0])]
            assert len(exchange.parties) == len(exchange.handovers)
    assert {i for i, _ in found.unmet} == {a.id for a in asks} - {h.ask for h in handed}


@pytest.mark.parametrize("seed", range(40))
def test_the_cover_is_the_best_that_trying_everything_finds(seed: int) -> None:
    asks, gives = a_town(seed)
    found = propose(asks, gives, on=ON)
    holds(found, asks, gives)
    assert (found.met, found.score) == best_by_force(asks, gives) == (found.bound_met, found.bound_score)


@pytest.mark.parametrize("seed", range(20))
def test_rounds_taken_one_by_one_are_allowed_and_never_pass_the_bound(seed: int) -> None:
    asks, gives = a_town(seed, 12)
    proven = propose(asks, gives, on=ON)
    found = propose(asks, gives, on=ON, most_rounds=0)
    holds(found, asks, gives)
    assert (found.met, found.score) <= (proven.met, proven.score) <= (found.bound_met, found.bound_score)


@given(st.integers(0, 10_000))
def test_judging_many_at_once_gives_the_scores_of_judging_one(seed: int) -> None:
    asks, gives = a_town(seed, 6)
    many = dict(zip(zip(*(column.tolist() for column in judged_at_once(asks, gives, on=ON)[:2]), strict=True), judged_at_once(asks, gives, on=ON)[2].tolist(), strict=True))
    assert many == scores(asks, gives)


@given(st.integers(0, 10_000), st.randoms())
def test_the_order_of_the_records_changes_nothing(seed: int, rng: random.Random) -> None:
    asks, gives = a_town(seed, 8)
    mixed_asks, mixed_gives = rng.sample(asks, len(asks)), rng.sample(gives, len(gives))
    assert propose(asks, gives, on=ON) == propose(mixed_asks, mixed_gives, on=ON)


def test_the_points_of_a_handover_add_up_to_its_score() -> None:
    for seed in range(30):
        for e in propose(*a_town(seed, 12), on=ON).exchanges:
            for h in e.handovers:
                assert round(1000 * sum(r.points or 0 for r in h.reasons)) == h.score


def test_a_hall_for_a_group_for_tickets_is_a_round_of_three() -> None:
    asks = [Ask("a1", "theatre", "hall"), Ask("a2", "school", "group_session"), Ask("a3", "network", "tickets")]
    gives = [Give("g1", "school", "hall", in_exchange=True), Give("g2", "network", "group_session", in_exchange=True), Give("g3", "theatre", "tickets", in_exchange=True)]
    (exchange,) = propose(asks, gives, on=ON).exchanges
    assert set(exchange.parties) == {"school", "network", "theatre"}
    assert propose(asks[:2], gives, on=ON).exchanges == ()


def test_what_goes_freely_needs_nothing_in_return() -> None:
    found = propose([Ask("a1", "network", "hall")], [Give("g1", "school", "hall")], on=ON)
    assert [h.ask for e in found.exchanges for h in e.handovers] == ["a1"]


def test_nobody_gives_to_themselves() -> None:
    found = propose([Ask("a1", "school", "hall")], [Give("g1", "school", "hall")], on=ON)
    assert found.exchanges == ()
    assert found.unmet == (("a1", "Nobody has offered this yet."),)


def test_a_room_that_is_free_at_another_time_is_told_with_the_time_asked_for() -> None:
    ask = Ask("a1", "network", "room", requirements=(THURSDAY_EVENING,))
    morning = Give("g1", "school", "room", sessions=(Session((3,), 9 * 60, 11 * 60),))
    found = propose([ask], [morning], on=ON)
    assert found.met == 0
    assert "Thursday" in found.unmet[0][1]
    assert propose([ask], [replace(morning, sessions=(Session((3,), 18 * 60, 20 * 60),))], on=ON).met == 1


def test_days_that_do_not_meet_rule_a_give_out_and_an_unknown_day_is_asked_about() -> None:
    ask = Ask("a1", "school", "coach", from_on=date(2026, 12, 23), until_on=date(2026, 12, 23))
    assert propose([ask], [Give("g1", "firm", "coach", from_on=date(2027, 1, 2))], on=ON).met == 0
    (exchange,) = propose([ask], [Give("g1", "firm", "coach")], on=ON).exchanges
    assert exchange.handovers[0].check_first == ("Ask whether it is free on those days.",)


def test_part_of_what_was_asked_for_counts_for_less_than_all_of_it() -> None:
    ask = Ask("a1", "school", "coats", 40)
    part, whole = (judge(ask, Give("g1", "firm", "coats", n), on=ON) for n in (10, 40))
    assert part.failed is None
    assert part.score < whole.score


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Ask("a1", "school", "halls"), "the nearest is 'hall'"),
        (lambda: Ask("a1", "school", "hall", 0), "amount: is 0; it should be above 0"),
        (lambda: Give("g1", "school", "hall", float("nan")), "amount: is nan"),
        (lambda: Give("g1", "school", "hall", shares=0), "shares: is 0; it should be 1 or more"),
        (lambda: Ask("a1", "school", "hall", from_on=date(2026, 12, 2), until_on=date(2026, 12, 1)), "it should be that day or later"),
        (lambda: Ask("a1", "school", "hall", requirements=(Requirement("wait", True, weeks=2),)), "wait cannot be asked of a give"),
    ],
)
def test_a_record_that_makes_no_sense_is_refused_with_what_would_be_right(make, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidRecord, match=r"a1|g1") as refused:
        make()
    assert says in str(refused.value)


def test_an_id_used_twice_is_refused() -> None:
    with pytest.raises(InvalidRecord, match="ask a1: id: is used twice"):
        propose([Ask("a1", "x", "hall"), Ask("a1", "y", "hall")], [], on=ON)


@pytest.mark.parametrize("with_one_in_exchange", [False, True])
def test_two_asks_met_a_little_stand_above_one_met_well(with_one_in_exchange: bool) -> None:
    far = Place(50.0, 2.0)
    wishes = tuple(Requirement("language", False, value=f"x{n}") for n in range(20))
    asks = [Ask("a1", "x", "hall", requirements=(Requirement("language", False, value="ur"),), place=PLACES[0], from_on=date(2026, 12, 1)),
            Ask("a2", "y", "hall", 1000, (Requirement("feature", True, value="step_free"), *wishes), far)]
    gives = [Give("g1", "s", "hall", 1, languages=("ur",), features={"step_free": "yes"}, place=PLACES[0], from_on=date(2026, 12, 1)),
             Give("g2", "s", "hall", 0.01, features={"step_free": "no"}, place=far)]
    if with_one_in_exchange:
        asks.append(Ask("a3", "y", "coats"))
        gives.append(Give("g3", "s", "coats", in_exchange=True))
    edges = scores(asks, gives)
    assert edges[0, 0] > edges[0, 1] + edges[1, 0]  # or this would show nothing
    found = propose(asks, gives, on=ON)
    assert {h.ask: h.give for e in found.exchanges for h in e.handovers} == {"a1": "g2", "a2": "g1"}
