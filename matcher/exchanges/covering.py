"""Covering: the most asks met and then the best scores, over handovers that stand alone, swaps and rounds of three. Proven best.

Where no give is in exchange this is a flow. Where some are, the rounds they could stand in are the columns of a small integer programme.
Parts that share no ask, give or party are solved apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from types import MappingProxyType

import numpy as np
from ortools.graph.python import min_cost_flow
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from matcher.exchanges.records import Ask, Give

MOST_ROUNDS = 2_000  # swaps and rounds weighed together in one part: HiGHS proves these within a second. Judgement, November 2026
ENOUGH = 12  # rounds compared for one give in exchange where they are taken one by one; judgement, November 2026
NOT_THERE = (-1, -1)
Edge = tuple[int, int]  # which give, which ask
Column = tuple[Edge, ...]  # one handover, or the two or three of a round


def parts(edges: dict[Edge, int], asks: list[Ask], gives: list[Give]) -> list[dict[Edge, int]]:
    """Split what has nothing in common: by give and ask, and by party where rounds could join them."""
    if not edges:
        return []
    names = {party: n for n, party in enumerate(sorted({a.party for a in asks} | {g.party for g in gives}))}
    bound_by_party = any(give.in_exchange for give in gives)
    rows, columns = [], []
    for g, a in edges:
        rows.append(g)
        columns.append(len(gives) + a)
        if bound_by_party:
            rows += [g, len(gives) + a]
            columns += [len(gives) + len(asks) + names[gives[g].party], len(gives) + len(asks) + names[asks[a].party]]
    size = len(gives) + len(asks) + len(names)
    label = connected_components(csr_array(coo_array((np.ones(len(rows)), (rows, columns)), shape=(size, size))), directed=False)[1]
    parts: dict[int, dict[Edge, int]] = defaultdict(dict)
    for (g, a), score in edges.items():
        parts[int(label[g])][g, a] = score
    return list(parts.values())


def solve(edges: dict[Edge, int], asks: list[Ask], gives: list[Give], most_rounds: int) -> tuple[list[Column], int, int]:
    """Return the columns of the best cover of one part, and the bounds: the most asks and the most thousandths that any cover reaches.

    `edges` has the score of each give (its place in `gives`) for each ask (its place in `asks`) that no rule keeps apart. With more than
    `most_rounds` swaps and rounds to weigh, rounds are taken one by one, best first; the bound then is the cover if every give went freely.
    """
    flow = _flow(edges, gives)
    most, best = len(flow), sum(edges[e] for e in flow)
    if not any(gives[g].in_exchange for g, _ in edges):
        return [(e,) for e in flow], most, best
    ways = _Ways(edges, asks, gives)
    if ways.are_more_than(most_rounds):
        return _one_by_one(ways, edges, gives), most, best
    chosen = _pack([(e,) for e in edges if not gives[e[0]].in_exchange] + ways.rounds(), edges, gives)
    taken = [e for column in chosen for e in column]
    return chosen, len(taken), sum(edges[e] for e in taken)


def _flow(edges: dict[Edge, int], gives: list[Give], used: Mapping[int, int] = MappingProxyType({})) -> list[Edge]:
    """Return the most handovers, then the best scores, where every give goes freely: a minimum cost flow, with whole numbers."""
    order = list(edges)
    if not order:
        return []
    some_gives, some_asks = sorted({g for g, _ in order}), sorted({a for _, a in order})
    node = {("give", g): n + 1 for n, g in enumerate(some_gives)} | {("ask", a): n + 1 + len(some_gives) for n, a in enumerate(some_asks)}
    sink, met = len(node) + 1, 1001 * (len(some_asks) + 1)  # one more ask met outweighs every score together
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = [(node["give", g], node["ask", a], 1, -(met + edges[g, a])) for g, a in order]
    arcs += [(0, node["give", g], gives[g].shares - used.get(g, 0), 0) for g in some_gives] + [(node["ask", a], sink, 1, 0) for a in some_asks]
    tails, heads, room, cost = (np.array(column, dtype=np.int64) for column in zip(*arcs, strict=True))
    made = solver.add_arcs_with_capacity_and_unit_cost(tails, heads, room, cost)
    # What is not handed over goes round by an arc of no cost, so that the flow is free to be as large as is best.
    solver.add_arcs_with_capacity_and_unit_cost(np.array([0]), np.array([sink]), np.array([len(some_asks)]), np.array([0]))
    solver.set_node_supply(0, len(some_asks))
    solver.set_node_supply(sink, -len(some_asks))
    if solver.solve() != solver.OPTIMAL:
        raise ArithmeticError("the flow of gives to asks has no solution: this cannot happen, since handing nothing over is one")
    flows = solver.flows(made)
    return [e for e, carried in zip(order, flows[: len(order)], strict=True) if carried]


class _Ways:
    """Who could give to whom, and the swaps and rounds of three that hold a give in exchange."""

    def __init__(self, edges: dict[Edge, int], asks: list[Ask], gives: list[Give]) -> None:
        self.between: dict[tuple[str, str], list[Edge]] = defaultdict(list)
        self.onward: dict[str, dict[str, None]] = defaultdict(dict)
        self.parties = {e: (gives[e[0]].party, asks[e[1]].party) for e in edges}
        for e in sorted(edges, key=lambda e: (-edges[e], e)):
            self.between[self.parties[e]].append(e)
            self.onward[self.parties[e][0]][self.parties[e][1]] = None
        self.bound = [e for e in edges if gives[e[0]].in_exchange]

    def closing(self, first: Edge) -> Iterator[tuple[list[Edge], ...]]:
        """Yield the lists of handovers that lead from who got `first` back to who gave it: one step, or two by a third party."""
        giver, asker = self.parties[first]
        if giver in self.onward[asker]:
            yield (self.between[asker, giver],)
        for third in self.onward[asker]:
            if third != giver and giver in self.onward[third]:
                yield (self.between[asker, third], self.between[third, giver])

    def are_more_than(self, most: int) -> bool:
        """Whether there are more swaps and rounds than this; those with several gives in exchange are counted for each."""
        found = 0
        for first in self.bound:
            for steps in self.closing(first):
                found += prod(len(step) for step in steps)
                if found > most:
                    return True
        return False

    def rounds(self) -> list[Column]:
        """Return every swap and round, each once. A give and an ask stand in it once, since its parties differ."""
        return list(dict.fromkeys(_turned((first, *rest)) for first in self.bound for steps in self.closing(first) for rest in product(*steps)))


def _one_by_one(ways: _Ways, edges: dict[Edge, int], gives: list[Give]) -> list[Column]:
    """Take rounds best first for gives in exchange, then the best of what goes freely with what is left. Good, not proven: the bound tells how far."""
    used_asks: set[int] = set()
    used: dict[int, int] = defaultdict(int)
    chosen: list[Column] = []

    def free(e: Edge) -> bool:
        return e[1] not in used_asks and used[e[0]] < gives[e[0]].shares

    for first in sorted(ways.bound, key=lambda e: (-edges[e], e)):
        if not free(first):
            continue
        found = []
        for steps in ways.closing(first):
            rest = [next((e for e in step if free(e)), NOT_THERE) for step in steps]
            if NOT_THERE not in rest:
                found.append((first, *rest))
                if len(found) == ENOUGH:
                    break
        if found:
            best = max(found, key=lambda c: (len(c), sum(edges[e] for e in c), c))
            chosen.append(_turned(best))
            used_asks |= {a for _, a in best}
            for g, _ in best:
                used[g] += 1
    left = {e: score for e, score in edges.items() if free(e) and not gives[e[0]].in_exchange}
    return chosen + [(e,) for e in _flow(left, gives, used)]


def _turned(column: Column) -> Column:
    """Return a round written from its smallest handover on, so that it is counted once."""
    start = column.index(min(column))
    return column[start:] + column[:start]


def _pack(columns: list[Column], edges: dict[Edge, int], gives: list[Give]) -> list[Column]:
    """Choose columns that share no ask and no more of a give than it has: the most handovers, then the best scores. Proven by HiGHS."""
    if not columns:
        return []
    some_asks = {a: n for n, a in enumerate(sorted({a for c in columns for _, a in c}))}
    some_gives = {g: n + len(some_asks) for n, g in enumerate(sorted({g for c in columns for g, _ in c}))}
    entries = [(row, n) for n, c in enumerate(columns) for g, a in c for row in (some_asks[a], some_gives[g])]
    rows, numbers = np.array(entries).T
    matrix = csr_array(coo_array((np.ones(len(rows)), (rows, numbers)), shape=(len(some_asks) + len(some_gives), len(columns))))
    room = np.array([1] * len(some_asks) + [gives[g].shares for g in some_gives])
    limits = LinearConstraint(matrix, ub=room)
    sizes = np.array([len(c) for c in columns], dtype=float)
    most = _milp(-sizes, [limits])
    scores = np.array([sum(edges[e] for e in c) for c in columns], dtype=float)
    best = _milp(-scores, [limits, LinearConstraint(sizes[None, :], lb=round(float(sizes @ most)))])
    return [c for c, taken in zip(columns, best, strict=True) if taken > 0.5]


def _milp(cost: np.ndarray, constraints: list[LinearConstraint]) -> np.ndarray:
    found = milp(cost, constraints=constraints, integrality=np.ones(len(cost)), bounds=Bounds(0, 1), options={"mip_rel_gap": 0})
    if found.x is None:
        raise ArithmeticError(f"the choice of rounds has no solution: {found.message}")
    return np.round(found.x)
