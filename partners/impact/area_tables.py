"""Tables by area: what a release shows by ward or by district, and never both of the same days.

Two tables of the same days, one by ward and one by district, would be taken from each other: what was released one way is never released the other way.
Which wards lie in which districts is open data, so the audit tries both together over time (`overlaps`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from partners.foundation import postcode_table
from partners.impact import tile_grid
from partners.impact.areas import DISTRICT, WARD, Areas
from partners.impact.disclosure import HELD, Counted

TABLES = {DISTRICT: "unmet_areas", WARD: "unmet_wards"}
Days = tuple[str, str]  # the first and the last day, as a quantity is named


def across(areas: Areas, table: Counted) -> Counted:
    """Return a table by ward that says in which districts each of its wards lies, as anybody can look up; any other table as it is."""
    if areas.by == DISTRICT:
        return table
    codes = sorted({code for names in table.quantities for code in members(names[0])[1]} & set(areas.districts))
    return replace(table, across=tuple((code, areas.districts[code]) for code in codes))


def members(name: str) -> tuple[str, list[str]]:
    """Return whose areas a quantity counts, "area" or "ward1", and which: several where rare rows became one; none for what is no area.

    >>> members("area:LS9|2026-09-01|2026-10-23"), members("other:ward1:E05000001+ward1:E05000002|a|b")
    (('area', ['LS9']), ('ward1', ['E05000001', 'E05000002']))
    """
    key = name.rsplit("|", 2)[0].removeprefix("other:")
    prefix = key.split(":", 1)[0]
    if ":" not in key or not (prefix == "area" or (prefix.startswith("ward") and prefix[4:].isdigit())):
        return "", []
    return prefix, key.removeprefix(f"{prefix}:").split(f"+{prefix}:")


def days_of(name: str) -> Days:
    """Return the first and the last day of a quantity."""
    _, starts, ends = name.rsplit("|", 2)
    return starts, ends


def released(earlier: Iterable[Any]) -> list[tuple[str, Days]]:
    """Return which days earlier releases showed by area, and how: "area" for districts, "ward1" for wards."""
    found: list[tuple[str, Days]] = []
    for release in earlier:
        shown = release.tables
        for told in release.parameters["tables"]:
            if told["name"] not in TABLES.values():
                continue
            cells = shown[told["name"]]["cells"]
            for column, name in enumerate(told["quantities"][0]):
                prefix = next((p for names in told["quantities"] if (p := members(names[column])[0])), "")
                if prefix and any(row[column] != HELD for row in cells[:-1]):
                    found.append((prefix, days_of(name)))
    return found


def apart(table: Counted, before: Sequence[tuple[str, Days]]) -> Counted:
    """Return a table by area with each column held back, save the whole, whose days were shown another way.

    By ward and by district the same days clash; of two drawings of the wards all days that overlap do, since which families moved between wards nobody can try any more.
    """
    prefix = next((p for names in table.quantities if (p := members(names[0])[0])), "")
    if table.name not in TABLES.values() or not prefix:
        return table
    clashing = [any(_clash(prefix, days_of(name), how, days) for how, days in before) for name in table.quantities[0]]
    last = len(table.cells) - 1
    return replace(table, cells=tuple(tuple(HELD if clashing[n] and at < last else cell for n, cell in enumerate(row)) for at, row in enumerate(table.cells)))


def _clash(prefix: str, days: Days, how: str, then: Days) -> bool:
    if how == prefix:
        return False
    if "area" in (how, prefix):
        return days == then
    return days[0] <= then[1] and then[0] <= days[1]


def frozen(areas: Areas, tables: Sequence[Counted]) -> dict[str, Any]:
    """Return what a release keeps of how it counts by area: which way, each ward's districts, and where each row stands in the grid of tiles."""
    table = next((t for t in tables if t.name == TABLES[areas.by]), None)
    told: dict[str, Any] = {"by": areas.by, "edition": areas.edition, "across": {}, "grid": {}}
    if table is None:
        return told
    points: dict[str, tuple[float, float]] = {}
    for label, names in zip(table.rows[:-1], table.quantities[:-1], strict=True):
        _, found = members(names[0])
        middle = _middle(areas, found[0]) if len(found) == 1 else None
        if middle is not None:
            points[label] = middle
    return told | {"across": {code: list(names) for code, names in table.across}, "grid": {label: list(place) for label, place in tile_grid.laid(points).items()}}


def _middle(areas: Areas, area: str) -> tuple[float, float] | None:
    if areas.by == WARD:
        return areas.middles.get(area)
    try:
        found = postcode_table.load().centroid(postcode_table.number_of(area, ""), postcode_table.UNITS_IN_OUTCODE)
    except (ValueError, IndexError, KeyError):  # "Not known", or what is no district of Great Britain
        return None
    return None if found is None else (found[0], found[1])


@dataclass(frozen=True)
class Shown:
    """The table by area of a release: its name, what one area is called, and where each row stands: (column, row) from the north-west."""

    name: str
    noun: str
    grid: Mapping[str, tuple[int, int]]


def of(release: Any) -> Shown:
    """Return how a release counts by area; one from before wards were counted has districts and no grid."""
    told = release.parameters.get("areas", {"by": DISTRICT, "grid": {}})
    return Shown(TABLES[told["by"]], "ward" if told["by"] == WARD else "postcode district", {label: (place[0], place[1]) for label, place in told["grid"].items()})
