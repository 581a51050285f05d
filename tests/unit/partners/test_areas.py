"""Areas: where families with a need that nothing met live, and what the table of areas would tell."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from partners.impact import area_tables, auditing, releases, tile_grid
from partners.impact.areas import WARD, Areas
from partners.impact.disclosure import HELD, SMALL, Counted
from partners.impact.periods import Period, instant
from partners.impact.snapshot import NeedRow, Snapshot

TERM = Period("This term", date(2026, 9, 1), date(2026, 10, 23))
BEFORE = Period("The same term last year", date(2025, 9, 1), date(2025, 10, 24))
OPENED = instant(date(2026, 9, 4))


def a_snapshot(*lived: tuple[str | None, int], asked: int = 40, opened: datetime = OPENED) -> Snapshot:
    """Return a school where so many families of each postcode district have a need that nothing met, of so many who asked."""
    snap = Snapshot()
    places = [place for place, count in lived for _ in range(count)]
    for n in range(max(asked, len(places))):
        unmet = opened + timedelta(days=9) if n < len(places) else None
        snap.needs[uuid.uuid4()] = NeedRow(uuid.uuid4(), "food_weekly", opened, unmet, "time" if unmet else None, None, places[n] if unmet else "LS9")
    return snap


def table_of(snap: Snapshot, name: str = "unmet_areas") -> Counted:
    """Return one of a release's tables, before the audit."""
    return next(t for t in releases.tables_of(snap, (TERM, BEFORE, TERM, BEFORE), groups={}) if t.name == name)


def cells(table: Counted) -> list[object]:
    """Return the cells of this term, the whole last."""
    return [row[0] for row in table.cells]


def test_areas_add_up_to_all_so_a_hidden_one_that_is_left_over_goes() -> None:
    """8, 13 and 1 are shown as 10, 15 and hidden, of about 20: whoever knows that each family lives in one area knows that the hidden one is 1."""
    table = table_of(a_snapshot(("LS8", 8), ("LS9", 13), ("LS14", 1)))
    assert cells(table) == [SMALL, 10, 15, 20]
    assert not auditing.safe([table]) or HELD in cells(auditing.safe([table])[0])
    assert auditing.narrow(_known(table)) == {"area:LS14|2026-09-01|2026-10-23"}


def _known(*tables: Counted) -> auditing.Known:
    known = auditing.Known()
    for table in tables:
        known.learn(table)
    known.nest()
    return known


LIES_IN = {"E05000001": ("LS8", "LS9"), "E05000002": ("LS9",), "E05000003": ("LS14",)}
BY_WARD = Areas(WARD, 1, {"E05000001": "Beck & Dale", "E05000002": "Mill Lane", "E05000003": "Marl Hill"}, LIES_IN, {"E05000001": (0, 9), "E05000002": (0, 0), "E05000003": (9, 9)})
ROWS = {("LS8", "E05000001"): 9, ("LS9", "E05000001"): 4, ("LS9", "E05000002"): 12, ("LS14", "E05000003"): 11, ("LS1", None): 9}


def by_ward(areas: Areas = BY_WARD, **more: Any) -> Snapshot:
    """Return a school of which the wards are known, save of nine families."""
    snap = a_snapshot(*((district, count) for (district, _), count in ROWS.items()), asked=60, **more)
    wards = [ward for (_, ward), count in ROWS.items() for _ in range(count)]
    for need, ward in zip(snap.needs.values(), wards, strict=False):
        need.ward = ward
    snap.areas = areas
    return snap


def test_a_release_counts_by_ward_or_by_district_and_never_by_both() -> None:
    for snap, name, rows in ((by_ward(), "unmet_wards", ("Beck & Dale", "Marl Hill", "Mill Lane", "Not known", "All")), (by_ward(Areas()), "unmet_areas", ("LS1", "LS14", "LS8", "LS9", "All"))):
        tables = {t.name: t for t in releases.tables_of(snap, (TERM, BEFORE, TERM, BEFORE), groups={})}
        assert [n for n in tables if n in area_tables.TABLES.values()] == [name]
        assert tables[name].rows == rows
        assert tables[name].kind == "parts"


def test_wards_are_named_for_what_they_count_by_their_code_and_drawing() -> None:
    table = table_of(by_ward(), "unmet_wards")
    assert [names[0] for names in table.quantities] == [f"{key}|2026-09-01|2026-10-23" for key in ("ward1:E05000001", "ward1:E05000003", "ward1:E05000002", "ward1:Not known", "unmet")]
    assert dict(table.across) == LIES_IN
    assert table_of(by_ward(replace(BY_WARD, edition=2)), "unmet_wards").quantities[0][0].startswith("ward2:")
    assert cells(table) == [15, 10, 10, 10, 45]


def test_small_wards_become_one_row() -> None:
    snap = by_ward()
    for code in ("E05000002", "E05000003"):
        for need in [n for n in snap.needs.values() if n.ward == code][6:]:
            need.ward = "E05000001"
    table = table_of(snap, "unmet_wards")
    assert table.rows == ("Beck & Dale", "Not known", "Other", "All")
    assert area_tables.members(table.quantities[2][0]) == ("ward1", ["E05000003", "E05000002"])
    assert cells(table)[2] == 10


def test_the_same_days_are_not_shown_both_ways_and_the_whole_stays() -> None:
    table = table_of(by_ward(), "unmet_wards")
    days = ("2026-09-01", "2026-10-23")
    assert cells(area_tables.apart(table, [("area", days)])) == [HELD, HELD, HELD, HELD, 45]
    assert area_tables.apart(table, [("area", ("2026-09-01", "2026-12-18")), ("ward1", days)]) == table
    # Of another drawing of the wards nobody knows any more which families moved: all days that overlap.
    assert cells(area_tables.apart(table, [("ward2", ("2026-10-20", "2026-12-18"))])) == [HELD, HELD, HELD, HELD, 45]
    assert area_tables.apart(table, [("ward2", ("2026-10-24", "2026-12-18"))]) == table
    districts = table_of(by_ward(Areas()))
    assert cells(area_tables.apart(districts, [("ward1", days)])) == [HELD, HELD, HELD, HELD, 45]


def test_what_is_frozen_says_where_each_ward_stands() -> None:
    told = area_tables.frozen(BY_WARD, [table_of(by_ward(), "unmet_wards")])
    assert told == {
        "by": "ward", "edition": 1, "across": {code: list(names) for code, names in LIES_IN.items()}, "grid": {"Beck & Dale": [0, 0], "Marl Hill": [1, 0], "Mill Lane": [0, 1]},
    }
    districts = area_tables.frozen(Areas(), [table_of(by_ward(Areas()))])
    assert (districts["by"], sorted(districts["grid"])) == ("district", ["LS1", "LS14", "LS8", "LS9"])


def test_a_grid_keeps_west_and_east_north_and_south_and_the_same_places_give_the_same() -> None:
    points = {f"w{x}{y}": (x * 700.0 + y, -y * 900.0 + x) for x in range(3) for y in range(3)}
    assert tile_grid.laid(points) == {f"w{x}{y}": (x, y) for x in range(3) for y in range(3)}
    many = {str(n): (n * 37 % 101, n * 53 % 97) for n in range(23)}
    assert tile_grid.laid(many) == tile_grid.laid(dict(reversed(many.items())))
    assert len(set(tile_grid.laid(many).values())) == 23
    assert max(column for column, _ in tile_grid.laid(many).values()) < tile_grid.MOST_ACROSS
    assert tile_grid.laid({"one": (5, 5)}) == {"one": (0, 0)}
