"""Covering: the most asks met and then the best scores, over handovers that stand alone, swaps and rounds of three. Proven best.

Where no give is in exchange this is a flow. Where some are, the rounds they could stand in are the columns of a small integer programme.
Parts that share no ask, give or party are solved apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

import numpy as np
from ortools.graph.python import min_cost_flow
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from matcher.exchanges.records import Ask, Give
from matcher.exchanges.scoring import Pairs

MOST_ROUNDS = 2_000  # swaps and rounds weighed together in one part: HiGHS proves these within a second. Judgement, November 2026
ENOUGH = 12  # rounds compared for one give in exchange where they are taken one by one; judgement, November 2026
NOT_THERE = -1
Edge = tuple[int, int]  # which give, which ask
Column = tuple[Edge, ...]  # one handover, or the two or three of a round


def parts(pairs: Pairs, asks: list[Ask], gives: list[Give]) -> list[Pairs]:
    """Split what has nothing in common: by give and ask, and by party where rounds could join them."""
    which_give, which_ask, _score = pairs
    if not len(which_give):
        return []
    rows, columns, size = [which_give], [len(gives) + which_ask], len(gives) + len(asks)
    if any(give.in_exchange for give in gives):
        giver, asker, parties = _parties(pairs, asks, gives)
        rows += [which_give, len(gives) + which_ask]
        columns += [size + giver, size + asker]
        size += parties
    ends = (np.concatenate(rows), np.concatenate(columns))
    label = connected_components(csr_array(coo_array((np.ones(len(ends[0]), np.int8), ends), shape=(size, size))), directed=False)[1][which_give]
    order = np.argsort(label, kind="stable")
    cuts = np.flatnonzero(np.diff(label[order])) + 1
    return [(which_give[rows_of], which_ask[rows_of], pairs[2][rows_of]) for rows_of in np.split(order, cuts)]


def _parties(pairs: Pairs, asks: list[Ask], gives: list[Give]) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the giver and the asker of each pair as numbers, and how many parties there are."""
    number = {party: n for n, party in enumerate(sorted({a.party for a in asks} | {g.party for g in gives}))}
    givers, askers = np.array([number[g.party] for g in gives]), np.array([number[a.party] for a in asks])
    return givers[pairs[0]], askers[pairs[1]], len(number)


def solve(pairs: Pairs, asks: list[Ask], gives: list[Give], most_rounds: int) -> tuple[list[Column], int, int]:
    """Return the columns of the best cover of one part, and the bounds: the most asks and the most thousandths that any cover reaches.

    `pairs` has the score of each give (its place in `gives`) for each ask (its place in `asks`) that no rule keeps apart. With more than
    `most_rounds` swaps and rounds to weigh, rounds are taken one by one, best first; the bound then is the cover if every give went freely.
    """
    flow = _flow(pairs, [g.shares for g in gives])
    most, best = len(flow), int(pairs[2][flow].sum())
    if not any(gives[g].in_exchange for g in set(pairs[0].tolist())):
        return [((g, a),) for g, a in zip(pairs[0][flow].tolist(), pairs[1][flow].tolist(), strict=True)], most, best
    ways = _Ways(pairs, asks, gives)
    if ways.are_more_than(most_rounds):
        return _one_by_one(ways, gives), most, best
    edges = dict(zip(zip(pairs[0].tolist(), pairs[1].tolist(), strict=True), pairs[2].tolist(), strict=True))
    chosen = _pack([(e,) for e in edges if not gives[e[0]].in_exchange] + ways.rounds(), edges, gives)
    taken = [e for column in chosen for e in column]
    return chosen, len(taken), sum(edges[e] for e in taken)


def _flow(pairs: Pairs, room: list[int]) -> np.ndarray:
    """Return which pairs are the most handovers, then the best scores, where every give goes freely: a minimum cost flow, with whole numbers."""
    which_give, which_ask, score = pairs
    if not len(which_give):
        return np.empty(0, np.int64)
    some_gives, give_node = np.unique(which_give, return_inverse=True)
    some_asks, ask_node = np.unique(which_ask, return_inverse=True)
    given, wanted = len(some_gives), len(some_asks)
    sink, met = given + wanted + 1, 1001 * (wanted + 1)  # one more ask met outweighs every score together
    solver = min_cost_flow.SimpleMinCostFlow()
    tails = np.concatenate([give_node + 1, np.zeros(given, np.int64), np.arange(wanted) + given + 1])
    heads = np.concatenate([ask_node + given + 1, np.arange(given) + 1, np.full(wanted, sink)])
    capacity = np.concatenate([np.ones(len(score), np.int64), np.array([room[g] for g in some_gives.tolist()], np.int64), np.ones(wanted, np.int64)])
    cost = np.concatenate([-(met + score), np.zeros(given + wanted, np.int64)])
    made = solver.add_arcs_with_capacity_and_unit_cost(tails, heads, capacity, cost)
    # What is not handed over goes round by an arc of no cost, so that the flow is free to be as large as is best.
    solver.add_arcs_with_capacity_and_unit_cost(np.array([0]), np.array([sink]), np.array([wanted]), np.array([0]))
    solver.set_node_supply(0, wanted)
    solver.set_node_supply(sink, -wanted)
    if solver.solve() != solver.OPTIMAL:
        raise ArithmeticError("the flow of gives to asks has no solution: this cannot happen, since handing nothing over is one")
    found: np.ndarray = np.flatnonzero(solver.flows(made)[: len(score)])
    return found


class _Ways:
    """Who could give to whom, and the swaps and rounds of three that hold a give in exchange. A handover is its place in these columns, best first."""

    def __init__(self, pairs: Pairs, asks: list[Ask], gives: list[Give]) -> None:
        giver, asker, self.parties = _parties(pairs, asks, gives)
        order = np.lexsort((pairs[1], pairs[0], -pairs[2], asker, giver))
        giver, asker = giver[order], asker[order]
        self.pairs: Pairs = (pairs[0][order], pairs[1][order], pairs[2][order])
        self.give, self.ask, self.score = (column.tolist() for column in self.pairs)
        self.giver, self.asker = giver.tolist(), asker.tolist()
        between = giver * self.parties + asker
        first = np.concatenate([[0], np.flatnonzero(np.diff(between)) + 1])
        last = np.concatenate([first[1:], [len(between)]])
        self._between = dict(zip(between[first].tolist(), zip(first.tolist(), last.tolist(), strict=True), strict=True))
        first = first[np.lexsort((first, -self.pairs[2][first], giver[first]))]
        cuts = np.flatnonzero(np.diff(giver[first])) + 1
        self._onward = {int(giver[group[0]]): asker[group].tolist() for group in np.split(first, cuts)}
        self.bound = sorted((n for n, g in enumerate(self.give) if gives[g].in_exchange), key=lambda n: (-self.score[n], self.give[n], self.ask[n]))

    def edge(self, n: int) -> Edge:
        """Return a handover as which give and which ask."""
        return self.give[n], self.ask[n]

    def closing(self, first: int) -> Iterator[tuple[Sequence[int], ...]]:
        """Yield the handovers that lead from who got `first` back to who gave it: one step, or two by a third party; the best of each step first."""
        giver, asker = self.giver[first], self.asker[first]
        back = self._between.get(asker * self.parties + giver)
        if back is not None:
            yield (range(*back),)
        for third in self._onward.get(asker, ()):
            last = self._between.get(third * self.parties + giver)
            if third != giver and last is not None:
                yield (range(*self._between[asker * self.parties + third]), range(*last))

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
        return list(dict.fromkeys(self.turned((first, *rest)) for first in self.bound for steps in self.closing(first) for rest in product(*steps)))

    def turned(self, column: Sequence[int]) -> Column:
        """Return a round written from its smallest handover on, so that it is counted once."""
        edges = [self.edge(n) for n in column]
        start = edges.index(min(edges))
        return tuple(edges[start:] + edges[:start])


def _one_by_one(ways: _Ways, gives: list[Give]) -> list[Column]:
    """Take rounds best first for gives in exchange, then the best of what goes freely with what is left. Good, not proven: the bound tells how far."""
    used_asks: set[int] = set()
    used: dict[int, int] = defaultdict(int)
    chosen: list[Column] = []

    def free(n: int) -> bool:
        return ways.ask[n] not in used_asks and used[ways.give[n]] < gives[ways.give[n]].shares

    for first in ways.bound:
        if not free(first):
            continue
        found: list[tuple[int, int, tuple[int, ...]]] = []
        for steps in ways.closing(first):
            rest = tuple(next((n for n in step if free(n)), NOT_THERE) for step in steps)
            if NOT_THERE not in rest:
                found.append((len(rest), ways.score[first] + sum(ways.score[n] for n in rest), (first, *rest)))
                if len(found) == ENOUGH:
                    break
        if found:
            best = max(found)[2]
            chosen.append(ways.turned(best))
            used_asks |= {ways.ask[n] for n in best}
            for n in best:
                used[ways.give[n]] += 1
    left = np.array([not gives[g].in_exchange and free(n) for n, g in enumerate(ways.give)], bool)
    which = np.flatnonzero(left)
    flow = which[_flow((ways.pairs[0][which], ways.pairs[1][which], ways.pairs[2][which]), [g.shares - used[n] for n, g in enumerate(gives)])]
    return chosen + [(ways.edge(n),) for n in flow.tolist()]


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
