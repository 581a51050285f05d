"""Sharing out as a min-cost flow: the whole best at once, with a certificate that does not rest on the solver's word.

Source → family (a first arc with the bonus, then one without) → need → offer → sink; what is not met goes round by source → sink.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from matcher.allocation.market import Ints, Market

FAR = np.iinfo(np.int64).max // 4


@dataclass(frozen=True)
class Network:
    """A market's arcs. Node 0 is the source, then families, needs, offers, and last the sink; the arcs of pairs come first."""

    tail: Ints
    head: Ints
    capacity: Ints
    cost: Ints
    supply: int
    nodes: int


@dataclass(frozen=True)
class Shares:
    """The chosen pairs (row numbers of the market), whether it was proven best, and the flow on every arc."""

    chosen: Ints
    proven: bool
    network: Network
    flow: Ints


def network(market: Market, worth: Ints, bonus: int) -> Network:
    """Return the arcs for pairs worth so much, with a bonus for each family's first."""
    families, needs, offers = market.families, len(market.family_of), len(market.places)
    family_node, need_node = 1 + np.arange(families), 1 + families + np.arange(needs)
    offer_node, sink = 1 + families + needs + np.arange(offers), 1 + families + needs + offers
    first = np.where(market.served, 0, np.minimum(1, market.most))
    supply = int(market.most.sum())
    ends = np.zeros(families, dtype=np.int64)
    tail = np.concatenate([need_node[market.pair_need], ends, ends, family_node[market.family_of], offer_node, [0]])
    head = np.concatenate([offer_node[market.pair_offer], family_node, family_node, need_node, np.full(offers, sink), [sink]])
    ones = np.ones(len(market.pair_need), dtype=np.int64)
    capacity = np.concatenate([ones, first, market.most - first, np.ones(needs, dtype=np.int64), market.places, [supply]])
    cost = np.concatenate([-worth, np.full(families, -bonus), ends, np.zeros(needs + offers + 1, dtype=np.int64)]).astype(np.int64)
    return Network(tail, head, capacity, cost, supply, sink + 1)


def share(market: Market, *, worth: Ints | None = None, bonus: int | None = None) -> Shares:
    """Return the best sharing: the sum of what is chosen is worth, and the bonus for each family that has something, as large as can be.

    `worth` takes the place of the scores (pairs,); `bonus` 0 is pure optimisation, and None the market's own.
    """
    net = network(market, market.score if worth is None else worth, market.bonus if bonus is None else bonus)
    solver = min_cost_flow.SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(net.tail, net.head, net.capacity, net.cost)
    solver.set_node_supply(0, net.supply)
    solver.set_node_supply(net.nodes - 1, -net.supply)
    proven = solver.solve() == solver.OPTIMAL
    if not proven:
        raise ArithmeticError("the flow was not solved")
    flow = np.asarray(solver.flows(np.arange(len(net.tail))), dtype=np.int64)
    return Shares(np.flatnonzero(flow[: len(market.pair_need)]), proven, net, flow)


def potentials(shares: Shares) -> Ints | None:
    """Return each node's shortest distance from the source in what is left of the network, or None where it goes on falling (not the best).

    A sweep relaxes every arc at once; as many sweeps as the longest shortest path has arcs are needed.
    """
    net, flow = shares.network, shares.flow
    forward, back = flow < net.capacity, flow > 0
    tail = np.concatenate([net.tail[forward], net.head[back]])
    head = np.concatenate([net.head[forward], net.tail[back]])
    cost = np.concatenate([net.cost[forward], -net.cost[back]])
    order = np.argsort(head, kind="stable")
    tail, head, cost = tail[order], head[order], cost[order]
    starts = np.flatnonzero(np.r_[True, head[1:] != head[:-1]]) if len(head) else np.zeros(0, dtype=np.int64)
    into = head[starts]
    distance = np.full(net.nodes, FAR, dtype=np.int64)
    distance[0] = 0
    for _ in range(net.nodes + 1):
        reach = np.where(distance[tail] < FAR, distance[tail] + cost, FAR)
        better = np.minimum(distance[into], np.minimum.reduceat(reach, starts)) if len(starts) else distance[into]
        if (better == distance[into]).all():
            return distance
        distance[into] = better
    return None


def bound(shares: Shares, distance: Ints) -> int:
    """Return the linear programme's dual value: no sharing, whole or in fractions, is worth more. Equal to what was reached when it is the best."""
    net = shares.network
    far = distance[distance < FAR].max()
    d = np.where(distance < FAR, distance, far)
    reduced = net.cost + d[net.tail] - d[net.head]
    return -int((net.capacity * np.minimum(reduced, 0)).sum() + net.supply * (d[-1] - d[0]))


def prices(market: Market, shares: Shares, distance: Ints, bonus: int) -> tuple[Ints, NDArray[np.bool_]]:
    """Return what one more place of each full offer adds to the sum of scores (offers,), and whether one more family would have something."""
    first = 1 + market.families + len(market.family_of)
    value = np.where(distance[first:-1] < FAR, np.maximum(0, -distance[first:-1]), 0)
    full = np.bincount(market.pair_offer[shares.chosen], minlength=len(market.places)) >= market.places
    families = np.rint(value / bonus).astype(np.int64) if bonus else np.zeros_like(value)
    return np.where(full, value - families * bonus, 0), full & (families > 0)
