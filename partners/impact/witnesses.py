"""Witnesses: which hidden quantities a set of rules leaves too narrow, found with as few linear programmes as prove it.

Two points that keep every rule, and that differ in a quantity by enough, prove that it stays wide: no programme for it is needed. Every programme
that is solved gives a point, and each point is a witness for all the quantities in it. A wide range by itself proves nothing, as the rules may narrow it.
What no pair of witnesses proves gets its own two programmes, so that the answer is that of two programmes for each.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from ortools.linear_solver import pywraplp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

Rules = Sequence[tuple[dict[str, float], float]]  # sum of coefficients × quantity <= bound
_NEAR = 1e-6  # how exactly a programme is solved
_Floats = np.ndarray[Any, np.dtype[np.float64]]


class _Part:
    """Quantities that rules tie together, apart from all others; and the least and the most of each in any witness so far.

    The rules are told to the solver once: each programme after the first starts from the point where the last one ended.
    """

    def __init__(self, limits: csr_array, bounds: _Floats, low: _Floats, high: _Floats) -> None:
        self.limits, self.bounds, self.low, self.high = limits, bounds, low, high
        self.least, self.most = np.full(len(low), np.inf), np.full(len(low), -np.inf)
        self.programme = pywraplp.Solver.CreateSolver("GLOP")
        self.quantities = [self.programme.NumVar(least, most, "") for least, most in zip(low.tolist(), high.tolist(), strict=True)]
        columns, values = limits.indices.tolist(), limits.data.tolist()
        for bound, (start, end) in zip(bounds.tolist(), pairwise(limits.indptr.tolist()), strict=True):
            rule = self.programme.Constraint(-self.programme.infinity(), bound)
            for column, value in zip(columns[start:end], values[start:end], strict=True):
                rule.SetCoefficient(self.quantities[column], value)

    def solve(self, goal: Mapping[int, float]) -> float | None:
        """Return the least of a goal, or None where nothing keeps the rules; the point becomes a witness once it was put into every rule."""
        objective = self.programme.Objective()
        objective.Clear()
        for at, value in goal.items():
            objective.SetCoefficient(self.quantities[at], value)
        objective.SetMinimization()
        if self.programme.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        x = np.array([quantity.solution_value() for quantity in self.quantities])
        if (self.limits @ x <= self.bounds + _NEAR).all() and (x >= self.low - _NEAR).all() and (x <= self.high + _NEAR).all():
            self.least, self.most = np.minimum(self.least, x), np.maximum(self.most, x)
        return float(objective.Value())

    def too_narrow(self, hidden: Sequence[int], width: float) -> set[int] | None:
        """Return which of the hidden stay in a range under `width`; None where nothing keeps the rules."""
        if self.solve(dict.fromkeys(hidden, 1.0)) is None:
            return None
        if hidden:
            self.solve(dict.fromkeys(hidden, -1.0))
        found = set()
        for at in hidden:
            ends = []
            for sign in (1.0, -1.0):
                if self.most[at] - self.least[at] >= width:
                    break
                end = self.solve({at: sign})
                if end is None:
                    return None
                ends.append(sign * end)
            else:
                if ends[1] - ends[0] < width - _NEAR:
                    found.add(at)
        return found


def too_narrow(ranges: Mapping[str, tuple[float, float]], rules: Rules, hidden: Collection[str], *, width: float) -> set[str] | None:
    """Return the hidden quantities that can be worked out to a range under `width`; None where the ranges and the rules contradict each other.

    Args:
        ranges: the least and the most of each quantity by itself.
        rules: what ties them; every quantity in a rule has a range.
        hidden: the quantities to try, each with a range.
        width: in families, the narrowest range that is wide enough.
    """
    names = sorted(ranges)
    at = {name: n for n, name in enumerate(names)}
    box = np.array([ranges[name] for name in names], dtype=float).reshape(-1, 2)
    low, high = box[:, 0], box[:, 1]
    if (low > high).any():
        return None
    entries = [(n, at[name], value) for n, (coefficients, _) in enumerate(rules) for name, value in coefficients.items()]
    rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
    limits = coo_array((np.array(values, dtype=float), (np.array(rows, dtype=int), np.array(columns, dtype=int))), shape=(len(rules), len(names))).tocsr()
    bounds = np.array([bound for _, bound in rules], dtype=float)
    tied = (abs(limits.T) @ abs(limits)).tocsr() if entries else csr_array((len(names), len(names)))
    count, part_of = connected_components(tied, directed=False)
    of_row = part_of[limits.indices[limits.indptr[:-1]]] if entries else np.zeros(0, dtype=int)
    wanted: dict[int, list[int]] = {}
    for name in sorted(hidden):
        wanted.setdefault(int(part_of[at[name]]), []).append(at[name])
    # Parts with nothing hidden are tried together, once: what contradicts itself anywhere makes nothing safe.
    groups = [(np.array([n]), cells) for n, cells in wanted.items()] + [(np.array([n for n in range(count) if n not in wanted], dtype=int), [])]
    found: set[str] = set()
    for parts, cells in groups:
        inside = np.flatnonzero(np.isin(part_of, parts))
        if len(inside) == 0:
            continue
        kept = np.flatnonzero(np.isin(of_row, parts))
        place = {int(n): i for i, n in enumerate(inside)}
        part = _Part(limits[kept][:, inside].tocsr(), bounds[kept], low[inside], high[inside])
        narrow = part.too_narrow([place[n] for n in cells], width)
        if narrow is None:
            return None
        found |= {names[inside[n]] for n in narrow}
    return found
