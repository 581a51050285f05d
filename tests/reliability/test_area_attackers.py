"""Attackers of the table by area where a school's figures go over from postcode districts to wards: one table is taken from the other.

They know what was published, and which wards lie in which districts, which is open data. They are written from that alone, with an integer programme
over how many families of each ward in each district came in each half-term. With a rule off they succeed.
"""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from partners.impact import area_tables, auditing, releases
from partners.impact.areas import WARD, Areas
from partners.impact.disclosure import Counted
from partners.impact.periods import Period, instant
from partners.impact.snapshot import NeedRow, Snapshot

HISTORIES = max(1, int(os.environ.get("KITH_ATTACKED_HISTORIES", "300")) // 15)
HALF_TERMS = ((date(2026, 9, 1), date(2026, 10, 23)), (date(2026, 10, 24), date(2026, 12, 18)), (date(2026, 12, 19), date(2027, 2, 12)), (date(2027, 2, 13), date(2027, 3, 26)))
# Which wards lie in which districts: two whole in two of them, and one that reaches over a border.
LIES_IN = {"E05000001": ("LS8",), "E05000002": ("LS8",), "E05000003": ("LS9",), "E05000004": ("LS9",), "E05000005": ("LS9", "LS14"), "E05000006": ("LS14",)}
PIECES = [(district, ward) for ward, districts in LIES_IN.items() for district in districts]
WARDS = Areas(WARD, 1, {code: f"Ward {n}" for n, code in enumerate(LIES_IN)}, LIES_IN)


@dataclass(frozen=True)
class Cell:
    """A cell as anybody sees it: the areas and the half-terms that it counts, and what stands in it."""

    areas: frozenset[str]
    half_terms: tuple[int, ...]
    shown: int | str


@dataclass
class World:
    """What was published, and what was true of each piece in each half-term."""

    cells: list[Cell] = field(default_factory=list)
    true: dict[tuple[str, str, int], int] = field(default_factory=dict)


def a_school(chance: random.Random) -> list[tuple[str, str, int, bool]]:
    """Return families, each with its district, its ward, the half-term in which it came, and whether nothing met its need."""
    odds = [chance.choice((3, 4, 6, 8)) for _ in PIECES]
    when = [chance.choice((1, 3, 6)) for _ in HALF_TERMS]
    return [(*chance.choices(PIECES, odds)[0], chance.choices(range(len(HALF_TERMS)), when)[0], chance.random() < 0.8) for _ in range(chance.choice((60, 80, 100)))]


def snapshot_of(school: Sequence[tuple[str, str, int, bool]], until: int, by_ward: bool) -> Snapshot:
    snap = Snapshot(areas=WARDS if by_ward else Areas())
    for district, ward, came, unmet in school:
        if came <= until:
            opened = instant(HALF_TERMS[came][0] + timedelta(days=3))
            snap.needs[uuid.uuid4()] = NeedRow(uuid.uuid4(), "food_weekly", opened, opened + timedelta(days=5) if unmet else None, "time" if unmet else None, None, district, ward if by_ward else None)
    return snap


def live(school: Sequence[tuple[str, str, int, bool]], goes_over: int, *, jointly: bool = True, never_both: bool = True) -> World:
    """Release four half-terms as the product does, by ward from one of them on and before by district; each rule can be off."""
    world = World()
    for district, ward, came, unmet in school:
        world.true[district, ward, came] = world.true.get((district, ward, came), 0) + unmet
    made: list[list[Counted]] = []
    shown: list[tuple[str, tuple[str, str]]] = []
    for n, (_, ends) in enumerate(HALF_TERMS):
        year, before = Period("This school year", HALF_TERMS[0][0], ends), Period("To the half-term before", HALF_TERMS[0][0], HALF_TERMS[max(n - 1, 0)][1])
        tables = [t for t in releases.tables_of(snapshot_of(school, n, n >= goes_over), (year, before, year, before), groups={}) if t.name in ("unmet_areas", "unmet_wards", "families")]
        if never_both:
            tables = [area_tables.apart(t, shown) for t in tables]
        if not jointly:
            tables = [replace(t, across=()) for t in tables]
        kept = auditing.safe(tables, made)
        made.append(kept)
        for table in kept:
            if table.name == "families":
                world.cells += _seen(table, [table.rows.index("Have a need that nothing met")])
                continue
            world.cells += _seen(table, range(len(table.rows)))
            for column, name in enumerate(table.quantities[0]):
                if any(row[column] != "–" for row in table.cells[:-1]):
                    shown.append((area_tables.members(table.quantities[0][column])[0] or "area", area_tables.days_of(name)))
    return world


def _seen(table: Counted, rows: Sequence[int] | range) -> list[Cell]:
    found = []
    for at in rows:
        for name, cell in zip(table.quantities[at], table.cells[at], strict=True):
            key, starts, ends = name.rsplit("|", 2)
            inside = tuple(n for n, (low, high) in enumerate(HALF_TERMS) if starts <= str(low) and str(high) <= ends)
            named = {part.split(":")[1] for part in key.removeprefix("other:").split("+")} if ":" in key else {d for d, _ in PIECES}
            found.append(Cell(frozenset(named), inside, cell))
    return found


def recovered(world: World, *, within: int = 2) -> set[Cell]:
    """Return every hidden cell that a reader knows to `within` families."""
    unknowns = [(d, w, n) for d, w in PIECES for n in range(len(HALF_TERMS))]
    low, high, lines = [], [], []
    hidden: dict[tuple[frozenset[str], tuple[int, ...]], Cell] = {}
    for cell in world.cells:
        if cell.shown == "–":
            continue
        line = np.array([1.0 if (d in cell.areas or w in cell.areas) and n in cell.half_terms else 0.0 for d, w, n in unknowns])
        if cell.shown == "*":
            hidden[cell.areas, cell.half_terms] = cell
            least, most = 1, 7
        else:
            assert isinstance(cell.shown, int)
            least, most = (max(cell.shown - 2, 8), cell.shown + 2) if cell.shown else (0, 0)
        lines.append(line)
        low.append(least)
        high.append(most)
        count = sum(world.true.get(u, 0) for u, inside in zip(unknowns, line, strict=True) if inside)
        assert least <= count <= most, "the attacker reads a cell wrongly"
    limits = LinearConstraint(np.array(lines), np.array(low), np.array(high))
    found = set()
    for cell in hidden.values():
        goal = np.array([1.0 if (d in cell.areas or w in cell.areas) and n in cell.half_terms else 0.0 for d, w, n in unknowns])
        ends = [milp(sign * goal, constraints=limits, bounds=Bounds(0, 500), integrality=np.ones(len(unknowns))) for sign in (1.0, -1.0)]
        if round(-ends[1].fun) - round(ends[0].fun) <= within:
            found.add(cell)
    return found


def test_readers_of_districts_and_then_of_wards_recover_nothing() -> None:
    chance, hidden, by_ward = random.Random(20261128), 0, 0  # noqa: S311
    for _ in range(HISTORIES):
        world = live(a_school(chance), chance.choice((1, 2, 3)))
        hidden += sum(c.shown == "*" for c in world.cells)
        by_ward += sum(isinstance(c.shown, int) and c.shown > 0 and any(a.startswith("E") for a in c.areas) for c in world.cells)
        assert recovered(world) == set()
    assert hidden > 3 * HISTORIES, "hardly anything was hidden: the histories try nothing"
    assert by_ward > 3 * HISTORIES, "hardly any ward was shown: the histories try nothing"


# LS8 had 18 families when districts were released, shown as 20: of its two wards one is shown as 10, so at most 12, and so the other has six or seven.
TOLD_BY_DISTRICT = [
    *[("LS8", "E05000001", 0, True)] * 11, *[("LS8", "E05000002", 0, True)] * 7, *[("LS9", "E05000003", 0, True)] * 10, *[("LS9", "E05000004", 0, True)] * 10, *[("LS9", "E05000005", 0, True)] * 5,
    *[("LS14", "E05000005", 0, True)] * 5, *[("LS14", "E05000006", 0, True)] * 10,
]


@pytest.mark.parametrize(("off", "later"), [("jointly", 1), ("never_both", 12)])
def test_with_a_rule_off_they_recover_some(off: str, later: int) -> None:
    """A family more, after districts went over to wards, hides nothing: the audit of both together does. Where many came, the old days again by ward would tell."""
    school = [*TOLD_BY_DISTRICT, *[("LS8", "E05000001", 1, True)] * later]
    assert recovered(live(school, 1)) == set()
    assert recovered(live(school, 1, jointly=False, never_both=off == "jointly"))
