"""Sharing out as a min-cost flow: the whole best at once, with a certificate that does not rest on the solver's word.

Source → family (a first arc with the bonus, then one without) → need → offer → sink; what is not met goes round by source → sink.

Of very many pairs only the most hopeful of each need are given to the solver first. The distances that follow are then held against every
pair: one that would shorten a way is let in and the flow is solved again, until none would, and that is the proof for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from matcher.allocation.market import Ints, Market

FAR = np.iinfo(np.int64).max // 4
MANY, HOPEFUL = 20_000, 8  # pairs above which a need's most hopeful come first, and how many these are; judgements, November 2026
LIGHT = 30  # a first bonus, in best pairs


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
    """The chosen pairs (row numbers of the market), the bonus that was counted, the flow on every arc, and the distances where they are known."""

    chosen: Ints
    bonus: int
    network: Network
    flow: Ints
    distance: Ints | None = None


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
    worth, bonus = market.score if worth is None else worth, market.bonus if bonus is None else bonus
    lighter = LIGHT * int(np.abs(worth).max(initial=1))
    if lighter < bonus:
        found = _share(market, worth, lighter)
        # Small numbers are solved sooner. Where everyone who can have something has, a heavier bonus finds nobody more.
        if market.reached(found.chosen)[market.pair_family].all():
            return found
    return _share(market, worth, bonus)


def _share(market: Market, worth: Ints, bonus: int) -> Shares:
    net, pairs = network(market, worth, bonus), len(market.score)
    if pairs <= MANY:
        flow = _solved(net, np.arange(len(net.tail)))
        return Shares(np.flatnonzero(flow[:pairs]), bonus, net, flow)
    among, most = market.place_in_need < HOPEFUL, HOPEFUL
    while True:
        arcs = np.r_[np.flatnonzero(among), np.arange(pairs, len(net.tail))]
        flow = _solved(net, arcs)
        distance = _distances(net, flow, arcs)
        if distance is None:
            raise ArithmeticError("the flow's answer is not the best: there is a way round that adds to it")
        tail = distance[net.tail[:pairs]]
        shorter = ~among & (tail < FAR) & (tail + net.cost[:pairs] < distance[net.head[:pairs]])
        if not shorter.any():
            return Shares(np.flatnonzero(flow[:pairs]), bonus, net, flow, distance)
        most *= 2
        among |= shorter | (market.place_in_need < most)


def _solved(net: Network, arcs: Ints) -> Ints:
    """Return the flow on every arc, of which only some may be used."""
    solver = min_cost_flow.SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(net.tail[arcs], net.head[arcs], net.capacity[arcs], net.cost[arcs])
    solver.set_node_supply(0, net.supply)
    solver.set_node_supply(net.nodes - 1, -net.supply)
    if solver.solve() != solver.OPTIMAL:
        raise ArithmeticError("the flow was not solved")
    flow = np.zeros(len(net.tail), dtype=np.int64)
    flow[arcs] = solver.flows(np.arange(len(arcs)))
    return flow


def potentials(shares: Shares) -> Ints | None:
    """Return each node's shortest distance from the source in what is left of the network, or None where it goes on falling (not the best)."""
    return _distances(shares.network, shares.flow, np.arange(len(shares.flow))) if shares.distance is None else shares.distance


def _distances(net: Network, flow: Ints, arcs: Ints) -> Ints | None:
    """Return the distances over some arcs. A sweep relaxes all at once; as many are needed as the longest shortest path has arcs."""
    forward, back = arcs[flow[arcs] < net.capacity[arcs]], arcs[flow[arcs] > 0]
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
