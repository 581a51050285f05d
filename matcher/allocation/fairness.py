"""Fairness: how evenly what was shared out falls. It measures; it changes nobody's score."""

from __future__ import annotations

from typing import Any

import numpy as np

from matcher.allocation.market import ONE, Ints, Market


def gini(amounts: Ints) -> float:
    """Return the Gini coefficient of what families have: 0 where all have the same, towards 1 where one has everything.

    >>> gini(np.array([1, 1, 1])), round(gini(np.array([0, 0, 3])), 3)
    (0.0, 0.667)
    """
    ranked = np.sort(np.maximum(amounts, 0))
    total = int(ranked.sum())
    if not total:
        return 0.0
    n = len(ranked)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ranked / (n * total))


def measures(market: Market, chosen: Ints, labels: list[str] | None = None) -> dict[str, Any]:
    """Return how many requests have nothing, the Gini coefficient, the objective, and each group's sum of scores per family."""
    found: dict[str, Any] = {
        "requests_with_nothing": int((~market.reached(chosen)).sum()),
        "gini": round(gini(market.by_family(chosen)), 4),
        "objective": market.objective(chosen) / ONE,
    }
    if labels:
        sizes = np.bincount(market.group, minlength=len(labels))
        found["groups"] = {g: round(float(s) / max(1, int(n)) / ONE, 4) for g, s, n in zip(labels, market.by_group(chosen), sizes, strict=True)}
    return found
