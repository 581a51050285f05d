"""Small numbers: THE RULE for every count that leaves the school's own working pages, and the tables that are made under it.

Source: domain guide 8.2 and HES practice: 0 shows, 1 to 7 do not, others go to the nearest 5; families are counted, not introductions.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from partners.impact.counting import Families, Row
from partners.impact.periods import Period

HIDDEN_UP_TO = 7
NEAREST = 5
LEAST_FOR_AVERAGES = 8
LEAST_FAMILIES = 20
NEARLY_ALL = 0.9  # one category with this share of a group says what everybody in it is
SMALL, HELD = "*", "–"  # too few to show safely; held back so that others stay safe
OTHER = "Other"
Shown = int | str


def shown(count: int) -> int | None:
    """Return a count of distinct families as it may be shown: 0, None for 1 to 7, else the nearest 5.

    >>> [shown(n) for n in (0, 1, 7, 8, 12, 13)]
    [0, None, None, 10, 10, 15]

    Raises:
        ValueError: a count below 0.
    """
    if count < 0:
        raise ValueError("a count is never below 0")
    if count == 0:
        return 0
    return None if count <= HIDDEN_UP_TO else NEAREST * ((2 * count + NEAREST) // (2 * NEAREST))


@dataclass(frozen=True)
class Counted:
    """A table before and after the rule: its counts never leave this room's callers, its cells do.

    `quantities` names what each cell counts, so that the same quantity in two tables or two releases is known to be the same.
    `kind` says how the rows go together: `parts` (each family in one row; the last row is all), `sets` (the last row is all), `chain`
    (each row is among the one before), `rows` (the columns are a chain), `grid` (parts down, the last row all of them, and a chain across) or `free`.
    """

    name: str
    kind: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    quantities: tuple[tuple[str, ...], ...]
    counts: tuple[tuple[int, ...], ...]
    cells: tuple[tuple[Shown, ...], ...] = ()
    base: tuple[int, ...] = ()  # how many families there are to break down, a number a column
    across: tuple[tuple[str, tuple[str, ...]], ...] = ()  # of a table by ward: in which postcode districts each ward lies

    def published(self) -> dict[str, object]:
        """Return the table as everybody may see it."""
        return {"name": self.name, "rows": list(self.rows), "columns": list(self.columns), "cells": [list(row) for row in self.cells]}


def quantity(key: str, period: Period) -> str:
    """Return the name of what a cell counts."""
    return f"{key}|{period.starts_on}|{period.ends_on}"


def merged(columns: Sequence[list[Row]]) -> list[list[Row]]:
    """Return the columns with the same rows in each; rows that are rare in every one become one row, before anything is counted.

    The last row of each column, all of them, stays last.
    """
    labels = list(dict.fromkeys(row.label for column in columns for row in column[:-1]))
    keys = {row.label: row.key for column in columns for row in column[:-1]}
    by_label = [{row.label: row.families for row in column[:-1]} for column in columns]
    rare = [label for label in labels if all(len(found.get(label, ())) <= HIDDEN_UP_TO for found in by_label)]
    rare = rare if len(rare) > 1 else []
    made = []
    for column, found in zip(columns, by_label, strict=True):
        rows = [Row(label, keys[label], found.get(label, set())) for label in labels if label not in rare]
        if rare:
            together: Families = set().union(*(found.get(label, set()) for label in rare))
            rows.append(Row(OTHER, "other:" + "+".join(keys[label] for label in rare), together))
        made.append([*rows, column[-1]])
    return made


def counted(name: str, kind: str, periods: Sequence[Period], columns: Sequence[list[Row]], *, base: Sequence[int] = ()) -> Counted:
    """Return a table of families, a column a period; `base` is how many families there are to break down in each, where not the last row."""
    rows = range(len(columns[0]))
    return Counted(
        name, kind, tuple(row.label for row in columns[0]), tuple(p.name for p in periods),
        tuple(tuple(quantity(column[n].key, p) for column, p in zip(columns, periods, strict=True)) for n in rows),
        tuple(tuple(len(column[n].families) for column in columns) for n in rows), base=tuple(base) or tuple(len(column[-1].families) for column in columns),
    )


def ruled(table: Counted) -> Counted:
    """Return a table with its cells under the rule. A breakdown among under 20 families shows nothing, and nor does a row that is nearly everybody."""
    breakdown = table.kind in ("parts", "sets", "grid")
    rows: list[tuple[Shown, ...]] = []
    for n, counts in enumerate(table.counts):
        row: list[Shown] = []
        for column, count in enumerate(counts):
            whole = table.counts[-1][column] if breakdown else 0
            is_part = breakdown and n < len(table.counts) - 1
            if is_part and (table.base[column] < LEAST_FAMILIES or (whole and count >= NEARLY_ALL * whole)):
                row.append(HELD)
            else:
                seen = shown(count)
                row.append(SMALL if seen is None else seen)
        rows.append(tuple(row))
    return replace(table, cells=tuple(rows))


def share_of(part: Sequence[uuid.UUID], whole: Sequence[uuid.UUID]) -> Shown:
    """Return in 100 how many introductions of a whole are a part of it, each given as the family that it is for.

    What is counted are introductions, but the rule asks for families: nothing where the whole is for under 20 of them or the part for one to seven.
    The percentage is of figures to the nearest 5.
    """
    if len(set(whole)) < LEAST_FAMILIES or 1 <= len(set(part)) <= HIDDEN_UP_TO:
        return SMALL
    found = per_cent(shown(len(part)) or 0, shown(len(whole)) or SMALL)
    return SMALL if found is None else found


def per_cent(part: Shown, whole: Shown) -> int | None:
    """Return a percentage of shown figures, or None where either is not shown or the base is under 20 families.

    >>> per_cent(10, 40), per_cent(5, 10), per_cent("*", 40)
    (25, None, None)
    """
    if not isinstance(part, int) or not isinstance(whole, int) or whole < LEAST_FAMILIES:
        return None
    return min(100, round(100 * part / whole))
