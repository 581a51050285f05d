"""First come, first served: what would happen with no sharing out, in the order given. The comparison that is always printed."""

from __future__ import annotations

import numpy as np

from matcher.allocation.market import Ints, Market


def first_come(market: Market) -> Ints:
    """Return the chosen pairs where each need, in order, takes the best place that is still left.

    >>> two = Market.of([0, 1], [1, 1], ([0, 0, 1], [0, 1, 0], [900, 850, 800]), families=2)
    >>> first_come(two).tolist()
    [0]
    """
    left, most, chosen = market.places.tolist(), market.most.tolist(), []
    starts = np.searchsorted(market.pair_need, np.arange(len(market.family_of) + 1)).tolist()
    best_first = np.lexsort((market.pair_offer, -market.score, market.pair_need))
    order, offer = best_first.tolist(), market.pair_offer[best_first].tolist()
    for need, family in enumerate(market.family_of.tolist()):
        if most[family] == 0:
            continue
        for row in range(starts[need], starts[need + 1]):
            if left[offer[row]] > 0:
                left[offer[row]] -= 1
                most[family] -= 1
                chosen.append(order[row])
                break
    return np.asarray(sorted(chosen), dtype=np.int64)


def greedy(market: Market) -> Ints:
    """Return the chosen pairs where the best pair of all goes first, whoever asked: a peer to measure beside."""
    left, most, met, chosen = market.places.tolist(), market.most.tolist(), [False] * len(market.family_of), []
    for row in np.argsort(-market.score, kind="stable").tolist():
        need, offer = int(market.pair_need[row]), int(market.pair_offer[row])
        family = int(market.family_of[need])
        if not met[need] and left[offer] > 0 and most[family] > 0:
            met[need] = True
            left[offer] -= 1
            most[family] -= 1
            chosen.append(row)
    return np.asarray(sorted(chosen), dtype=np.int64)
