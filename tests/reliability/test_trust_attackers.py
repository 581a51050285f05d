"""Attackers at two levels: readers of three schools' tables and their trust's totals, and one school's own people, who know their numbers exactly.

They are written from the published form alone, with an integer programme. With each rule off they succeed.
"""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from partners.impact import auditing, counting, outcomes, releases, trust_releases
from partners.impact.counting import FAIR_STEPS
from partners.impact.disclosure import Counted, counted, merged, ruled
from partners.impact.periods import Period, instant
from partners.impact.snapshot import NeedRow, ReferralRow, Snapshot, Word

TRUSTS = int(os.environ.get("KITH_ATTACKED_HISTORIES", "300")) // 30  # each of three schools over two half-terms, some four seconds; 166 at night
SCHOOLS = ("a", "b", "c")
GROUPS = {"food_weekly": "Food and essentials", "debt": "Money and benefits", "lonely": "Family life"}
ENDS = (date(2026, 10, 23), date(2026, 12, 18))
YEAR = tuple(Period("This school year", date(2026, 9, 1), end) for end in ENDS)


def a_school(chance: random.Random, families: int, *, earlier: float = 0.0) -> list[Snapshot]:
    """Return a school's snapshot at the end of each half-term: some families come in the second, and each goes some way along the steps; a share of them came in the year before."""
    snaps = [Snapshot(), Snapshot()]
    odds = [chance.choice((1, 2, 6)) for _ in range(3)]
    rare = chance.choice((0.1, 0.3, 0.6))
    for _ in range(families):
        family, need, late = uuid.uuid4(), uuid.uuid4(), chance.random() < 0.35
        before = bool(earlier) and chance.random() < earlier
        late = late and not before
        opened = instant(date(2026, 3, 2) if before else date(2026, 11, 3) if late else date(2026, 9, 4))
        code, way = chance.choices(list(GROUPS), odds)[0], chance.choices(("helped", "others", "contacted", "offered", "unmet", "nothing"), [chance.choice((1, 3, 6)) for _ in range(6)])[0]
        linked, has = chance.random() < 0.9, chance.random() < rare
        for snap in snaps[1:] if late else snaps:
            then = opened + timedelta(days=3)
            snap.needs[need] = NeedRow(family, code, opened, then if way == "unmet" else None, "time" if way == "unmet" else None, None, None)
            if way in ("helped", "others", "contacted", "offered"):
                done = then if way in ("helped", "others") else None
                spoke = then if way != "offered" else None
                snap.referrals.append(ReferralRow(
                    need, family, uuid.uuid4(), then, "introduce", then if spoke else None, None, spoke, spoke, spoke, spoke, done, None, None, None, 5,
                    started_at=done, words=[Word(done, "met", "family" if way == "helped" else "partner")] if done else [], says=[(then, True)] if way == "helped" else [],
                ))
            if linked:
                snap.school.traits[family] = {"fsm": "yes" if has else "no", "sen": "no", "eal": "no"}
    return snaps


def shown_by_school(snap: Snapshot, period: Period, *more: Period) -> list[Counted]:
    """Return a school's tables of one period, or of more: what became of it, the steps, groups of needs not met, and outcome headings; and free meals of the first."""
    periods = (period, *more)
    base = [len(counting.asked(snap, p)) for p in periods]
    rows = counting.fairness(snap, period, "fsm")
    made = [
        counted("families", "free", periods, [counting.families(snap, p) for p in periods]), counted("steps", "chain", periods, [counting.steps(snap, p) for p in periods]),
        counted("unmet_groups", "sets", periods, merged([counting.unmet_groups(snap, p, groups=GROUPS) for p in periods]), base=base),
        counted("outcomes", "sets", periods, merged([outcomes.rows(snap, p, groups=GROUPS) for p in periods]), base=base),
    ]
    if len(rows[-1][2]["asked"]) >= 20:
        span = f"{period.starts_on}|{period.ends_on}"
        made.append(Counted(
            "equity_fsm", "grid", tuple(label for label, _, _ in rows), tuple(FAIR_STEPS), tuple(tuple(f"{name}:{key}|{span}" for key in FAIR_STEPS) for _, name, _ in rows),
            tuple(tuple(len(sets[key]) for key in FAIR_STEPS) for _, _, sets in rows), base=(len(rows[-1][2]["asked"]),) * len(FAIR_STEPS),
        ))
    return [ruled(t) for t in made]


@dataclass
class World:
    """What everybody can see, and what was true."""

    seen: list[Counted] = field(default_factory=list)
    sums: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    true: dict[str, int] = field(default_factory=dict)


def live(chance: random.Random, sizes: Iterable[int], *, audit: bool = True, dominance: float = 0.8, insiders: bool = True) -> World:
    """Release two half-terms of three schools and their trust as the product does; each rule can be off."""
    world, names = World(), [(name, a_school(chance, size)) for name, size in zip(SCHOOLS, sizes, strict=False)]
    by_school: dict[str, list[list[Counted]]] = {name: [] for name, _ in names}
    totals_before: list[list[Counted]] = []
    for n, period in enumerate(YEAR):
        for name, snaps in names:
            tables = [auditing.whose(t, name) for t in shown_by_school(snaps[n], period)]
            for t in tables:
                world.true |= {q: c for qs, cs in zip(t.quantities, t.counts, strict=True) for q, c in zip(qs, cs, strict=True)}
            around = [*by_school[name], *(r for other, rows in by_school.items() if other != name for r in rows), *totals_before]
            others = [trust_releases.own_numbers(trust_releases.OneSchool(SimpleNamespace(id=other), s[n], YEAR[:n]), groups=GROUPS) for other, s in names if other != name] if n and insiders else []
            by_school[name].append(auditing.safe(tables, around, sums=world.sums, exactly=others) if audit else tables)
        members = [trust_releases.OneSchool(SimpleNamespace(id=name), snaps[n], (period,)) for name, snaps in names]
        tables, sums = trust_releases.totals(members, groups=GROUPS, dominance=dominance)
        world.sums += sums
        before = [*(r for rows in by_school.values() for r in rows), *totals_before]
        exactly = [trust_releases.own_numbers(m, groups=GROUPS) for m in members]
        for own in exactly:
            world.true |= own
        if audit:
            tables = auditing.safe(tables, before, sums=world.sums)
        if insiders:
            tables = auditing.beside_each(tables, before, sums=world.sums, exactly=exactly)
        totals_before.append(tables)
    world.seen = [t for rows in by_school.values() for r in rows for t in r] + [t for r in totals_before for t in r]
    return world


# What a reader of the definitions knows to lie within what, in one span; written down here a second time, from the page and not from the product.
WITHIN = {"offered": "asked", "unmet": "asked", "rather_not": "asked", "says_helped": "finished", "only_others": "finished", **{f"linked:{key}": key for key in FAIR_STEPS}}
ONLY_GROWS = ("asked", "offered", "sent", "answered", "contacted", "took up", "finished")


def recovered(world: World, *, insider: str | None = None, within: int = 2) -> set[str]:
    """Return every hidden cell that somebody knows to `within` families: from what was published and, as an insider, one's own school's true numbers."""
    names = sorted({q for t in world.seen for row in t.quantities for q in row} | {q for total, parts in world.sums for q in (total, *parts)})
    at, low, high, hidden = {q: n for n, q in enumerate(names)}, np.zeros(len(names)), np.full(len(names), 500.0), set()
    rules: list[tuple[dict[int, float], float]] = []
    for t in world.seen:
        for cells, row in zip(t.cells, t.quantities, strict=True):
            for cell, q in zip(cells, row, strict=True):
                if cell == "*":
                    hidden.add(q)
                    low[at[q]], high[at[q]] = max(low[at[q]], 1), min(high[at[q]], 7)
                elif isinstance(cell, int):
                    low[at[q]], high[at[q]] = max(low[at[q]], cell - 2 if cell else 0, 8 if cell else 0), min(high[at[q]], cell + 2 if cell else 0)
        columns = [[row[n] for row in t.quantities] for n in range(len(t.columns))]
        for column in columns:
            ids = [at[q] for q in column]
            if t.kind in ("sets", "grid") and len(ids) > 1:
                rules.append(({ids[-1]: 1.0, **dict.fromkeys(ids[:-1], -1.0)}, 0))
                rules += [({part: 1.0, ids[-1]: -1.0}, 0) for part in ids[:-1]]
            if t.kind == "grid":
                rules.append(({ids[-1]: -1.0, **dict.fromkeys(ids[:-1], 1.0)}, 0))
            if t.kind == "chain":
                rules += [({later: 1.0, earlier: -1.0}, 0) for earlier, later in pairwise(ids)]
        if t.kind == "grid":
            rules += [({at[later]: 1.0, at[earlier]: -1.0}, 0) for row in t.quantities for earlier, later in pairwise(row)]
    for total, parts in world.sums:
        rules += [({at[total]: 1.0, **{at[p]: -1.0 for p in parts}}, 0), ({at[total]: -1.0, **{at[p]: 1.0 for p in parts}}, 0)]
    for q in names:
        whose, _, rest = q.partition("§")
        key, starts, ends = rest.rsplit("|", 2)
        larger = f"{whose}§{WITHIN.get(key)}|{starts}|{ends}"
        if larger in at:
            rules.append(({at[q]: 1.0, at[larger]: -1.0}, 0))
        others, finished = (f"{whose}§{other}|{starts}|{ends}" for other in ("only_others", "finished"))
        if key == "says_helped" and others in at and finished in at:
            rules.append(({at[q]: 1.0, at[others]: 1.0, at[finished]: -1.0}, 0))
        if key.rsplit(":", 1)[-1] in ONLY_GROWS and ends == str(ENDS[0]) and (later := f"{whose}§{key}|{starts}|{ENDS[1]}") in at:
            rules.append(({at[q]: 1.0, at[later]: -1.0}, 0))
    if insider is not None:
        for q in names:
            if q.startswith(f"{insider}§") and q in world.true:
                low[at[q]] = high[at[q]] = world.true[q]
        hidden = {q for q in hidden if not q.startswith(f"{insider}§")}
    assert (low <= high).all(), "what was published contradicts itself"
    matrix = np.zeros((len(rules), len(names)))
    for n, (coefficients, _) in enumerate(rules):
        for column, value in coefficients.items():
            matrix[n, column] += value
    limits = [LinearConstraint(matrix, -np.inf, np.array([most for _, most in rules], dtype=float))]
    found = set()
    for q in sorted(hidden):
        goal = np.zeros(len(names))
        goal[at[q]] = 1.0
        ends_at = [milp(sign * goal, constraints=limits, bounds=Bounds(low, high), integrality=np.ones(len(names))) for sign in (1.0, -1.0)]
        assert all(solved.status == 0 for solved in ends_at), "what was published contradicts itself"
        least, most = round(ends_at[0].fun), round(-ends_at[1].fun)
        assert least <= world.true.get(q, least) <= most
        if most - least <= within:
            found.add(q)
    return found


def sizes(chance: random.Random) -> list[int]:
    return [chance.choice((20, 28, 45)) for _ in SCHOOLS]


def test_readers_of_both_levels_recover_nothing() -> None:
    chance, hidden = random.Random(20261128), 0  # noqa: S311
    for _ in range(TRUSTS):
        world = live(chance, sizes(chance))
        hidden += sum(cell == "*" for t in world.seen for row in t.cells for cell in row)
        assert recovered(world) == set()
    assert hidden > 3 * TRUSTS, "hardly anything was hidden: the histories try nothing"


def test_a_schools_own_people_recover_nothing_of_another() -> None:
    chance = random.Random(31)  # noqa: S311
    for _ in range(max(1, TRUSTS // 3)):
        world = live(chance, sizes(chance))
        for name in SCHOOLS:
            assert {q for q in recovered(world, insider=name) if q not in recovered(without_trust(world), insider=name)} == set()


def without_trust(world: World) -> World:
    """What is seen without the trust's totals: what was possible before them is not their doing."""
    return World([t for t in world.seen if not t.quantities or not t.quantities[0][0].startswith("trust:")], [], world.true)


@pytest.mark.parametrize("off", ["audit", "dominance and insiders"])
def test_with_a_rule_off_they_recover_some(off: str) -> None:
    chance, found = random.Random(17), set()  # noqa: S311
    for _ in range(40):
        if off == "audit":
            found |= recovered(live(chance, sizes(chance), audit=False, insiders=False))
        else:
            world = live(chance, [chance.choice((45, 60)), 12, 12], dominance=1.0, insiders=False)
            found |= recovered(world, insider="a") - recovered(without_trust(world), insider="a")
        if found:
            return
    pytest.fail(f"without {off} nothing was recovered: the attack tries nothing")


def test_two_schools_would_tell_each_other_everything_so_there_are_three() -> None:
    chance, found = random.Random(19), set()  # noqa: S311
    for _ in range(40):
        world = live(chance, [45, 14], dominance=1.0, insiders=False)
        found |= recovered(world, insider="a") - recovered(without_trust(world), insider="a")
        if found:
            return
    pytest.fail("two schools told nothing")


def test_the_products_own_tables_are_those_that_are_attacked() -> None:
    snap = a_school(random.Random(1), 45)[1]  # noqa: S311
    names = {t.name for t in releases.tables_of(snap, (YEAR[1],) * 4, groups=GROUPS)}
    assert {t.name for t in shown_by_school(snap, YEAR[1])} <= names


DAYS = Period("Last school year", date(2025, 9, 1), date(2026, 8, 31))


def kinds_of(food: int, home: int, *, base: int = 60) -> Counted:
    """Return a school's table of needs that nothing met, by two kinds, of one period; no family has both."""
    rows = [counting.Row(kind, f"group:{kind}", {uuid.uuid4() for _ in range(count)}) for kind, count in (("Food", food), ("Home", home))]
    return ruled(counted("unmet_groups", "sets", [DAYS], [[*rows, counting.Row("All", "unmet", rows[0].families | rows[1].families)]], base=[base]))


def a_late_table(*, looks_inside: bool) -> tuple[World, World]:
    """Return what is seen before and after a school, b, shows a table of days that its trust's totals were over already.

    The trust has about 15 families with a need for food: a's own people know that 9 are theirs. With b's, which are none, the other 4 to 7 are c's.
    """
    world = World()
    true = {"a": (9, 20), "b": (0, 19), "c": (6, 24)}
    tables = {name: auditing.whose(kinds_of(*counts), name) for name, counts in true.items()}
    for t in tables.values():
        world.true |= {q: c for qs, cs in zip(t.quantities, t.counts, strict=True) for q, c in zip(qs, cs, strict=True)}
    total = auditing.whose(kinds_of(sum(f for f, _ in true.values()), sum(h for _, h in true.values())), "trust:abc")
    world.sums = [(row[0], tuple(f"{name}§{row[0].partition('§')[2]}" for name in true)) for row in total.quantities]
    world.seen = [tables["a"], tables["c"], total]
    own = {q: n for q, n in world.true.items() if q.startswith("a§")}
    assert auditing.beside_each([total], [world.seen[:2]], sums=world.sums, exactly=[own]) == [total], "the total itself may be shown"
    later = auditing.safe([tables["b"]], [world.seen], sums=world.sums, exactly=[own] if looks_inside else ())
    return world, World([*world.seen, *later], world.sums, world.true)


def test_a_schools_later_table_tells_another_schools_own_people_nothing_of_a_third() -> None:
    """With insiders looked for when a school releases, b's table goes; without, it tells a's people how many of c's families need food."""
    before, after = a_late_table(looks_inside=True)
    assert recovered(before, insider="a", within=3) == set()
    assert recovered(after, insider="a", within=3) == set()
    _, careless = a_late_table(looks_inside=False)
    assert recovered(careless, within=3) == set()  # anybody else
    assert recovered(careless, insider="a", within=3) == {f"c§group:Food|{DAYS.starts_on}|{DAYS.ends_on}"}


def small_tables(finished: int, says: int, only: int) -> list[Counted]:
    """Return a school's or a trust's first figures of one period: who say it helped, of whom only others say so, and who finished."""
    def row(key: str, count: int) -> counting.Row:
        return counting.Row(key, key, {uuid.uuid4() for _ in range(count)})

    told = row("says_helped", says)
    made = [counted("families", "free", [DAYS], [[told, row("only_others", only)]]), counted("steps", "chain", [DAYS], [[row("finished", finished), told]])]
    return [ruled(t) for t in made]


def a_total_put_together() -> tuple[World, list[Counted], dict[str, int]]:
    """Return what three schools showed, their trust's totals as they would be, and what a's own people know.

    With a's 14 and 6 and the totals of about 25 and 20, c has 13 who finished at most, and 12 who say it helped at least: so at most one of whom only
    others say so, whether that total is shown or not.
    """
    world, true = World(), {"a": (14, 6, 5), "b": (0, 0, 0), "c": (13, 12, 1)}
    for name, counts in true.items():
        tables = [auditing.whose(t, name) for t in small_tables(*counts)]
        world.true |= {q: c for t in tables for qs, cs in zip(t.quantities, t.counts, strict=True) for q, c in zip(qs, cs, strict=True)}
        world.seen += tables
    totals = [auditing.whose(t, "trust:abc") for t in small_tables(*(sum(row) for row in zip(*true.values(), strict=True)))]
    world.sums = list(dict.fromkeys((row[0], tuple(f"{name}§{row[0].partition('§')[2]}" for name in true)) for t in totals for row in t.quantities))
    return world, totals, {q: n for q, n in world.true.items() if q.startswith("a§")}


def test_where_a_total_can_be_put_together_from_others_one_of_those_goes_and_not_all() -> None:
    """Holding the total itself is not enough, and holding everything is more than enough."""
    world, totals, own = a_total_put_together()
    secret = f"c§only_others|{DAYS.starts_on}|{DAYS.ends_on}"
    assert recovered(world, insider="a", within=3) == set(), "it was known before the totals"
    alone = [auditing._hold(t, {f"trust:abc§only_others|{DAYS.starts_on}|{DAYS.ends_on}"}) for t in totals]
    assert secret in recovered(World([*world.seen, *alone], world.sums, world.true), insider="a", within=3), "holding the total alone would do"
    kept = auditing.beside_each(totals, [world.seen], sums=world.sums, exactly=[own])
    assert recovered(World([*world.seen, *kept], world.sums, world.true), insider="a", within=3) == set()
    assert {row: cells[0] for t in kept for row, cells in zip(t.rows, t.cells, strict=True)} == {"says_helped": 20, "only_others": "–", "finished": "–"}


def test_a_total_that_tells_a_schools_cell_goes_and_no_table_that_has_nothing_to_do_with_it() -> None:
    """About 20 and 20 families were offered help, and about 35 over all three: so at most one of them at c. The kinds of need that nothing met say nothing of that."""
    def offered(count: int) -> Counted:
        return ruled(counted("steps", "chain", [DAYS], [[counting.Row("offered", "offered", {uuid.uuid4() for _ in range(count)})]]))

    true = {"a": 18, "b": 18, "c": 1}
    by_school = [auditing.whose(offered(count), name) for name, count in true.items()]
    total, kinds = (auditing.whose(t, "trust:abc") for t in (offered(sum(true.values())), kinds_of(15, 43)))
    name = f"offered|{DAYS.starts_on}|{DAYS.ends_on}"
    world = World(by_school, [(f"trust:abc§{name}", tuple(f"{school}§{name}" for school in true))], {f"{school}§{name}": count for school, count in true.items()})
    assert recovered(world) == set(), "it was known before the totals"
    assert recovered(World([*by_school, total, kinds], world.sums, world.true)) == {f"c§{name}"}
    kept = auditing.safe([total, kinds], [by_school], sums=world.sums)
    assert recovered(World([*by_school, *kept], world.sums, world.true)) == set()
    assert {t.name: t.cells for t in kept} == {"steps": (("–",),), "unmet_groups": kinds.cells}


def test_a_trust_of_the_towns_size_is_always_shown_who_told_its_schools_a_need() -> None:
    """Whatever became of the families, and however many came in which half-term: the safety of some figures never takes all of them."""
    for seed in range(6):
        world = live(random.Random(seed), (50, 24, 36))  # noqa: S311 - the sizes of the demo's three schools
        totals = [t for t in world.seen if t.name == "families" and t.quantities[0][0].startswith("trust:")]
        assert len(totals) == len(YEAR)
        assert all(isinstance(t.cells[0][0], int) for t in totals), (seed, [t.cells for t in totals])
