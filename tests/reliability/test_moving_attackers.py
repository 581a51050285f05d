"""Attackers where trusts are more than one and schools join, leave or move between two releases: totals over other schools are taken from each other.

What they know is what was published at both levels and, as somebody who works at a school, that school's own true numbers. With each rule off they succeed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace

import pytest

from partners.impact import auditing, trust_releases
from partners.impact.disclosure import Counted
from partners.impact.periods import Period
from partners.impact.snapshot import Snapshot
from tests.reliability.test_trust_attackers import GROUPS, TRUSTS, YEAR, World, a_school, recovered, shown_by_school, without_trust

YEAR_BEFORE = Period("Last school year", date(2025, 9, 1), date(2026, 8, 31))  # in both releases: the same span over other schools
Rosters = Sequence[Sequence[str]]  # at each half-term, each trust's schools, a letter a school
ROSTERS: dict[str, Rosters] = {
    "one leaves": (("abcd",), ("abc",)), "one joins": (("abc",), ("abcd",)), "one moves to another trust": (("abcd", "efg"), ("abc", "defg")), "two change places": (("abc", "def"), ("abd", "cef")),
}
EACH = max(1, TRUSTS // 10)  # histories of each roster, some fifteen seconds each; 16 at night
NOSY = {"one leaves": "ad", "one joins": "ad", "one moves to another trust": "de", "two change places": "ac"}  # whose own people try it: who moves, and who stays


def members(names: str, schools: dict[str, list[Snapshot]], n: int, *periods: Period) -> list[trust_releases.OneSchool]:
    return [trust_releases.OneSchool(SimpleNamespace(id=name), schools[name][n], periods) for name in names]


def live(
    chance: random.Random, rosters: Rosters, *, sizes: Sequence[int] = (14, 20, 28, 40), audit: bool = True, looks_round: bool = True, dominance: float = 0.8, insiders: bool = True,
) -> World:
    """Release two half-terms of every school, and of every trust as it stands then, as the product does; each rule can be off.

    With `looks_round` off the audit sees no totals over other schools, nor what schools of no present trust have shown.
    """
    everyone = sorted(set("".join("".join(trusts) for trusts in rosters)))
    schools = {name: a_school(chance, chance.choice(sizes), earlier=0.5) for name in everyone}
    world, by_school, totals = World(), {name: list[list[Counted]]() for name in everyone}, list[tuple[str, list[Counted]]]()
    sums_of: dict[str, list[tuple[str, tuple[str, ...]]]] = {}

    def known_to(names: str) -> tuple[list[list[Counted]], list[tuple[str, tuple[str, ...]]]]:
        near = everyone if looks_round else names
        return [r for name in near for r in by_school[name]] + [t for over, t in totals if looks_round or over == names], [s for over, sums in sums_of.items() if looks_round or over == names for s in sums]

    for n, period in enumerate(YEAR):
        for name in everyone:
            tables = [auditing.whose(t, name) for t in shown_by_school(schools[name][n], period, YEAR_BEFORE)]
            world.true |= {q: c for t in tables for qs, cs in zip(t.quantities, t.counts, strict=True) for q, c in zip(qs, cs, strict=True)}
            before, sums = known_to(next((names for names in rosters[n] if name in names), name))
            by_school[name].append(auditing.safe(tables, before, sums=sums) if audit else tables)
        for names in rosters[n]:
            tables, sums = trust_releases.totals(members(names, schools, n, period, YEAR_BEFORE), groups=GROUPS, dominance=dominance)
            before, known_sums = known_to(names)
            sums_of.setdefault(names, []).extend(sums)
            exactly = [trust_releases.own_numbers(m, groups=GROUPS) for m in members("".join(everyone), schools, n, *YEAR[: n + 1], YEAR_BEFORE)]
            for own in exactly:
                world.true |= own
            if audit:
                tables = auditing.safe(tables, before, sums=[*known_sums, *sums])
            if insiders:
                tables = auditing.beside_each(tables, before, sums=[*known_sums, *sums], exactly=exactly)
            totals.append((names, tables))
    world.seen = [t for rows in by_school.values() for r in rows for t in r] + [t for _, r in totals for t in r]
    world.sums = [s for sums in sums_of.values() for s in dict.fromkeys(sums)]
    return world


@pytest.mark.parametrize("moves", ROSTERS)
def test_readers_recover_nothing_where_schools_move(moves: str) -> None:
    chance, hidden, totals = random.Random(f"readers {moves}"), 0, 0  # noqa: S311
    for _ in range(EACH):
        world = live(chance, ROSTERS[moves])
        hidden += sum(cell == "*" for t in world.seen for row in t.cells for cell in row)
        totals += sum(isinstance(cell, int) and cell > 0 for t in world.seen if t.quantities[0][0].startswith("trust:") for row in t.cells for cell in row)
        assert recovered(world) == set()
    assert hidden > 10 * EACH, "hardly anything was hidden: the histories try nothing"
    assert totals > 3 * EACH, "hardly any total was shown: the histories try nothing"


@pytest.mark.parametrize("moves", ROSTERS)
def test_a_schools_own_people_recover_nothing_where_schools_move(moves: str) -> None:
    chance = random.Random(f"insiders {moves}")  # noqa: S311
    for _ in range(max(1, EACH // 2)):
        world = live(chance, ROSTERS[moves])
        for name in NOSY[moves]:
            assert recovered(world, insider=name) - recovered(without_trust(world), insider=name) == set(), name


BEGINS = {"audit": 1, "looking round": 12, "insiders": 0}  # where chance begins, so that one of the first histories gives something away


@pytest.mark.parametrize("off", BEGINS)
def test_with_a_rule_off_they_recover_some(off: str) -> None:
    chance, found = random.Random(BEGINS[off]), set()  # noqa: S311
    for _ in range(60):
        moves = chance.choice([ROSTERS["one leaves"], ROSTERS["one joins"]])
        if off == "insiders":
            world = live(chance, moves, sizes=(12, 14, 45), dominance=1.0, insiders=False)
            found |= {q for name in "abcd" for q in recovered(world, insider=name) - recovered(without_trust(world), insider=name)}
        else:
            found |= recovered(live(chance, moves, audit=off != "audit", looks_round=off != "looking round", insiders=False))
        if found:
            return
    pytest.fail(f"without {off} nothing was recovered: the attack tries nothing")
