"""Witnesses: the quick audit finds just the cells that two linear programmes for each cell find, over made-up tables of every kind."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from partners.impact import auditing, witnesses
from partners.impact.disclosure import Counted, quantity, ruled
from partners.impact.periods import Period

CASES = 200
SPANS = (Period("a", date(2026, 9, 1), date(2026, 10, 23)), Period("b", date(2026, 11, 2), date(2026, 12, 18)), Period("c", date(2026, 9, 1), date(2026, 12, 18)))
STEPS = ("asked", "offered", "sent", "contacted", "finished", "helped")


def plainly_narrow(known: auditing.Known, rules: Sequence[tuple[dict[str, float], float]]) -> set[str] | None:
    """The audit as anybody would write it: everything in one system, and two programmes for each hidden cell."""
    names = sorted(known.ranges)
    at = {name: n for n, name in enumerate(names)}
    box = [known.ranges[name] for name in names]
    if any(low > high for low, high in box):
        return None
    limits, found = np.zeros((len(rules), len(names))), set()
    for n, (coefficients, _) in enumerate(rules):
        for name, value in coefficients.items():
            limits[n, at[name]] += value
    sparse = csr_array(limits) if rules else None
    for name in known.hidden:
        goal = np.zeros(len(names))
        goal[at[name]] = 1.0
        ends = [linprog(sign * goal, A_ub=sparse, b_ub=[b for _, b in rules] or None, bounds=box, method="highs") for sign in (1.0, -1.0)]
        if any(end.status != 0 for end in ends):
            return None
        if -ends[1].fun - ends[0].fun < auditing.NARROWEST - 1e-6:
            found.add(name)
    return found


def a_school(chance: random.Random) -> dict[str, list[int]]:
    """Return, for each key, how many families it holds in each span: each comes in the first or the second, and goes some way along the steps."""
    odds, held = [chance.choice((1, 1, 3, 9)) for _ in range(6)], dict[str, list[int]]()
    for _ in range(chance.choice((20, 24, 30, 45))):
        way, first, group, yes = chance.choices(range(6), odds)[0], chance.random() < 0.6, chance.choice("xyz"), chance.random() < 0.2
        keys = [*STEPS[: way + 1], f"became_{way}"] + (["unmet", f"group:{group}"] if way == 0 else []) + [f"eq:{'yes' if yes else 'no'}:{k}" for k in STEPS[: way + 1]] + [f"linked:{k}" for k in STEPS[: way + 1]]
        for key in keys:
            for n in ((0, 2) if first else (1, 2)):
                held.setdefault(key, [0, 0, 0])[n] += 1
    return held


def tables_of(chance: random.Random, held: dict[str, list[int]]) -> list[Counted]:
    spans = chance.choice(((0,), (2,), (0, 1, 2), (2, 0)))
    made = []
    for name, kind, keys in (
        ("steps", "chain", STEPS), ("became", "parts", (*(f"became_{n}" for n in range(6)), "asked")), ("unmet_groups", "sets", ("group:x", "group:y", "group:z", "unmet")), ("families", "free", ("asked", "helped", "unmet")),
    ):
        made.append(Counted(name, kind, tuple(keys), tuple(SPANS[n].name for n in spans), tuple(tuple(quantity(k, SPANS[n]) for n in spans) for k in keys), tuple(tuple(held.get(k, [0, 0, 0])[n] for n in spans) for k in keys), base=(60,) * len(spans)))
    grid = [[f"{who}:{step}" for step in STEPS] for who in ("eq:yes", "eq:no", "linked")]
    made.append(Counted("equity_fsm", "grid", ("yes", "no", "all"), STEPS, tuple(tuple(quantity(k, SPANS[2]) for k in row) for row in grid), tuple(tuple(held.get(k, [0, 0, 0])[2] for k in row) for row in grid), base=(60,) * len(STEPS)))
    return [ruled(t) for t in chance.sample(made, chance.randint(1, 3))]


def a_case(chance: random.Random) -> auditing.Known:
    known, owners = auditing.Known(), ("one", "two")[: chance.choice((1, 1, 2))]
    for owner in owners:
        for table in tables_of(chance, a_school(chance)):
            known.learn(auditing.whose(table, owner))
    if len(owners) > 1:
        key = chance.choice(("asked", "helped", "unmet"))
        known.sums = [(f"trust§{quantity(key, p)}", tuple(f"{who}§{quantity(key, p)}" for who in owners)) for p in SPANS]
    for name in chance.sample(sorted(known.ranges), chance.choice((0, 0, 0, 1))):  # records that were mended between two releases
        known.ranges[name] = (3.0, 3.0) if known.ranges[name][0] > 7 else (18.0, 22.0)
    known.nest()
    return known


def test_the_quick_audit_finds_what_two_programmes_for_each_cell_find() -> None:
    chance = random.Random(20261128)  # noqa: S311
    met = {"none": 0, "some": 0, "contradiction": 0}
    for _ in range(CASES):
        known = a_case(chance)
        if not known.hidden:
            continue
        rules = chance.choice(([*known.rules, *known.over_time], known.rules))
        plain = plainly_narrow(known, rules)
        assert witnesses.too_narrow(known.ranges, rules, known.hidden, width=auditing.NARROWEST) == plain
        met["contradiction" if plain is None else "some" if plain else "none"] += 1
    assert min(met.values()) >= CASES // 20, f"the cases try too little: {met}"


def test_what_contradicts_itself_anywhere_makes_nothing_safe() -> None:
    """Also in a part of the system that holds no hidden cell."""
    ranges = {"hidden": (1.0, 7.0), "x": (8.0, 12.0), "y": (13.0, 17.0)}
    assert witnesses.too_narrow(ranges, [], ["hidden"], width=4) == set()
    assert witnesses.too_narrow(ranges, [({"y": 1.0, "x": -1.0}, 0.0)], ["hidden"], width=4) is None


def test_a_wide_range_by_itself_proves_nothing() -> None:
    """Each of seven hidden parts of a whole of seven could be 1 to 7 by itself."""
    ranges = {**{f"p{n}": (1.0, 7.0) for n in range(7)}, "all": (7.0, 7.0)}
    rules = [({"all": -1.0, **{f"p{n}": 1.0 for n in range(7)}}, 0.0)]
    parts = [f"p{n}" for n in range(7)]
    assert witnesses.too_narrow(ranges, rules, parts, width=4) == set(parts)
    assert witnesses.too_narrow(ranges | {"all": (7.0, 11.0)}, rules, parts, width=4) == set()
