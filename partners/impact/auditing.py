"""The audit: what anybody could work out from everything that was released, by linear programming; where it is too much, the finer table goes.

Cells are tied together in the ways that a reader knows: parts add up to their whole, a set is no larger than all, a step is no larger than the one before,
a shorter period lies inside a longer one, and what was released before stays known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from partners.impact.disclosure import HELD, HIDDEN_UP_TO, NEAREST, SMALL, Counted, Shown

NARROWEST = 4  # a hidden cell is at least this wide: domain guide 8.2, rule 5
MOST = 100_000
# The finest first. What goes first is what a reader misses least.
FINER = ("unmet_areas", "unmet_reasons", "left", "unmet_groups", "bands", "travelled", "voice", "answers", "became", "work", "steps", "families")
# What only grows: who told us a need by a day stays among those who did by a later day.
GROWING = frozenset({"asked", "offered", "agreed", "sent", "answered", "contacted", "took up", "finished", "helped", "sent_for", "answered_for"})


@dataclass
class Known:
    """What a reader knows: a range for each quantity, and rules between them, each (coefficients, least, most)."""

    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    hidden: dict[str, list[str]] = field(default_factory=dict)
    rules: list[tuple[dict[str, float], float]] = field(default_factory=list)  # sum of coefficients × quantity <= bound

    def learn(self, table: Counted) -> None:
        """Add what a table tells."""
        for row, names in zip(table.cells, table.quantities, strict=True):
            for cell, name in zip(row, names, strict=True):
                low, high = range_of(cell)
                known = self.ranges.get(name, (0.0, float(MOST)))
                self.ranges[name] = (max(low, known[0]), min(high, known[1]))
                if cell == SMALL:
                    self.hidden.setdefault(name, []).append(table.name)
        for column in range(len(table.columns)):
            self._tie(table.kind, [names[column] for names in table.quantities])
        if table.kind == "rows":
            for names in table.quantities:
                self._tie("chain", list(names))

    def _tie(self, kind: str, names: list[str]) -> None:
        if kind == "chain":
            self.rules += [({later: 1.0, before: -1.0}, 0.0) for before, later in pairwise(names)]
        if kind not in ("parts", "sets"):
            return
        *parts, whole = names
        self.rules.append(({whole: 1.0, **dict.fromkeys(parts, -1.0)}, 0.0))
        if kind == "parts":
            self.rules.append(({whole: -1.0, **dict.fromkeys(parts, 1.0)}, 0.0))
        else:
            self.rules += [({part: 1.0, whole: -1.0}, 0.0) for part in parts]

    def nest(self) -> None:
        """Tie the periods: a shorter one lies inside a longer one that ends the same day, and what only grows is no smaller later."""
        spans: dict[str, list[tuple[str, str, str]]] = {}
        for name in self.ranges:
            key, starts, ends = name.rsplit("|", 2)
            spans.setdefault(key, []).append((starts, ends, name))
        for key, rows in spans.items():
            for a in rows:
                for b in rows:
                    inside = a[0] >= b[0] and (a[1] == b[1] or (key in GROWING and a[1] <= b[1]))
                    if a is not b and inside:
                        self.rules.append(({a[2]: 1.0, b[2]: -1.0}, 0.0))


def range_of(cell: Shown) -> tuple[float, float]:
    """Return the least and the most that a shown cell can stand for."""
    if cell == SMALL:
        return 1.0, float(HIDDEN_UP_TO)
    if cell == HELD or not isinstance(cell, int):
        return 0.0, float(MOST)
    return (0.0, 0.0) if cell == 0 else (max(float(HIDDEN_UP_TO + 1), cell - NEAREST // 2), float(cell + NEAREST // 2))


def widths(known: Known) -> dict[str, float]:
    """Return how wide the range of each hidden quantity stays when all the rules are put together; infinite where they contradict each other."""
    names = sorted(known.ranges)
    at = {name: n for n, name in enumerate(names)}
    rows, columns, values, bounds = [], [], [], []
    for n, (coefficients, bound) in enumerate(known.rules):
        for name, value in coefficients.items():
            rows.append(n)
            columns.append(at[name])
            values.append(value)
        bounds.append(bound)
    limits = coo_array((values, (rows, columns)), shape=(len(bounds), len(names))).tocsr() if bounds else None
    box = [known.ranges[name] for name in names]
    found = {}
    for name in known.hidden:
        goal = np.zeros(len(names))
        goal[at[name]] = 1.0
        ends = []
        for sign in (1.0, -1.0):
            solved = linprog(sign * goal, A_ub=limits, b_ub=bounds or None, bounds=box, method="highs")
            ends.append(sign * solved.fun if solved.status == 0 else None)
        low, high = ends
        found[name] = float("inf") if low is None or high is None else high - low
    return found


def safe(tables: Sequence[Counted], before: Iterable[Sequence[Counted]] = ()) -> list[Counted]:
    """Return the tables that may be released beside those released before: no hidden cell, new or old, can be worked out to a range under four.

    The finer table goes first. Where only the coarsest are left, their offending cells are held back.
    """
    kept, earlier = list(tables), [t for release in before for t in release]
    while True:
        known = Known()
        for table in [*earlier, *kept]:
            known.learn(table)
        known.nest()
        narrow = {name for name, width in widths(known).items() if width < NARROWEST - 1e-6}
        if not narrow:
            return kept
        offending = {t.name for t in kept if any(n in narrow for names in t.quantities for n in names)}
        order = [name for name in FINER if any(t.name == name for t in kept)]
        going = next((name for name in order if name in offending and name not in FINER[-2:]), next((name for name in order if name not in FINER[-2:]), None))
        if going is not None:
            kept = [t for t in kept if t.name != going]
            continue
        held = [_hold(t, narrow) for t in kept]
        if held == kept:
            return [_hold_all(t) for t in kept]
        kept = held


def _hold(table: Counted, narrow: set[str]) -> Counted:
    cells = tuple(
        tuple(HELD if name in narrow else cell for cell, name in zip(row, names, strict=True)) for row, names in zip(table.cells, table.quantities, strict=True)
    )
    return replace(table, cells=cells)


def _hold_all(table: Counted) -> Counted:
    return replace(table, cells=tuple(tuple(HELD for _ in row) for row in table.cells))
