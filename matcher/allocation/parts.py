"""Parts: families who share no offer with anyone outside are decided on their own, so that parts may be solved anywhere with the same answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matcher.allocation import flow
from matcher.allocation.market import Ints, Market

Spread = Callable[[Callable[[Market], "Solved"], list[Market]], Iterable["Solved"]]


@dataclass(frozen=True)
class Solved:
    """One market solved: chosen pairs, the dual bound on their sum of scores, whether it is reached, and what a place more is worth."""

    chosen: Ints
    bound: int
    proven: bool
    price: Ints
    one_more: NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """A part of a market, and the rows of the whole that its offers and pairs are."""

    market: Market
    offers: Ints
    pairs: Ints


def solve(market: Market) -> Solved:
    """Return the best sharing of one market, with its certificate and prices."""
    found = flow.share(market)
    distance = flow.potentials(found)
    reached = found.bonus * int(market.reached(found.chosen)[~market.served].sum())
    if distance is None:
        raise ArithmeticError("the flow's answer is not the best: there is a way round that adds to it")
    bound = flow.bound(found, distance) - reached
    price, one_more = flow.prices(market, found, distance, market.bonus)
    return Solved(found.chosen, bound, bound == market.objective(found.chosen), price, one_more)


def split(market: Market) -> list[Part]:
    """Return the parts with at least one pair, in the order of their first family.

    >>> two = Market.of([0, 1, 2], [1, 1], ([0, 1, 2], [0, 0, 1], [900, 850, 800]), families=3)
    >>> [p.pairs.tolist() for p in split(two)]
    [[0, 1], [2]]
    """
    if not len(market.score):
        return []
    families, size = market.families, market.families + len(market.places)
    joined = coo_array((np.ones(len(market.score)), (market.pair_family, families + market.pair_offer)), shape=(size, size))
    count, label = connected_components(joined, directed=False)
    if np.unique(label[market.pair_family]).size == 1:
        return [_part(market, np.unique(market.pair_family), np.unique(market.pair_offer), np.arange(len(market.score)))]
    by_family, by_offer, by_pair = (_grouped(x, count) for x in (label[:families], label[families:], label[market.pair_family]))
    order = sorted((int(by_family[c][0]), c) for c in range(count) if len(by_pair[c]))
    return [_part(market, by_family[c], by_offer[c], by_pair[c]) for _, c in order]


def _grouped(label: Ints, count: int) -> list[Ints]:
    order = np.argsort(label, kind="stable")
    found: list[Ints] = np.split(order, np.cumsum(np.bincount(label, minlength=count))[:-1])
    return found


def _part(market: Market, families: Ints, offers: Ints, pairs: Ints) -> Part:
    needs, need = np.unique(market.pair_need[pairs], return_inverse=True)
    most = np.minimum(market.most[families], np.bincount(np.searchsorted(families, market.family_of[needs]), minlength=len(families)))
    found = Market(
        np.searchsorted(families, market.family_of[needs]), market.places[offers], most, market.served[families], need.astype(np.int64),
        np.searchsorted(offers, market.pair_offer[pairs]), market.score[pairs], market.group[families],
    )
    return Part(found, offers, pairs)


def solve_parts(market: Market, spread: Spread = map) -> Solved:
    """Return the whole's best sharing, part by part. `spread` maps a function over markets: on this core, or over a cluster."""
    parts = split(market)
    price, one_more = np.zeros(len(market.places), dtype=np.int64), np.zeros(len(market.places), dtype=bool)
    chosen, bound, proven = [np.zeros(0, dtype=np.int64)], 0, True
    for part, found in zip(parts, spread(solve, [p.market for p in parts]), strict=True):
        chosen.append(part.pairs[found.chosen])
        bound, proven = bound + found.bound, proven and found.proven
        price[part.offers], one_more[part.offers] = found.price, found.one_more
    return Solved(np.sort(np.concatenate(chosen)), bound, proven, price, one_more)
