"""Evaluation: how good a ranking is against people's labels, with intervals that say whether a difference is real."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

DEPTH = 10
RESAMPLES, SEED = 2000, 20261124


@dataclass(frozen=True)
class Scores:
    """The measures of one method, one number a question: nDCG at 10, recall at 10, and the reciprocal rank of the first right text."""

    ndcg10: np.ndarray
    recall10: np.ndarray
    mrr: np.ndarray

    def to_dict(self) -> dict[str, float | int]:
        """Return the means and how many questions there were."""
        return {"ndcg10": _mean(self.ndcg10), "recall10": _mean(self.recall10), "mrr": _mean(self.mrr), "n": len(self.ndcg10)}


def _mean(values: np.ndarray) -> float:
    return round(float(values.mean()), 4) if len(values) else 0.0


def order(scores: np.ndarray) -> np.ndarray:
    """Return the texts' places, best first; of equals the earlier text first. Shape (texts,)."""
    return np.argsort(-scores, kind="stable")


def measure(scores: np.ndarray, labels: Sequence[Mapping[int, int]]) -> Scores:
    """Return the measures of a ranking.

    Args:
        scores: shape (questions, texts), higher is better.
        labels: for each question, the right texts' places and how right each is (1 or more).

    >>> found = measure(np.array([[0.1, 0.9, 0.5]]), [{1: 1, 0: 1}])
    >>> round(float(found.ndcg10[0]), 3), float(found.recall10[0]), float(found.mrr[0])
    (0.92, 1.0, 1.0)
    """
    discount = 1 / np.log2(np.arange(2, DEPTH + 2))
    rows = []
    for row, right in zip(scores, labels, strict=True):
        ranked = order(row)
        gains = np.array([right.get(int(n), 0) for n in ranked[:DEPTH]], dtype=float)
        best = np.array(sorted(right.values(), reverse=True)[:DEPTH], dtype=float)
        ideal = float(best @ discount[: len(best)])
        first = next((k for k, n in enumerate(ranked, 1) if right.get(int(n), 0) > 0), None)
        rows.append((float(gains @ discount[: len(gains)]) / ideal if ideal else 0.0, float((gains > 0).sum()) / max(1, len(right)), 1 / first if first else 0.0))
    table = np.array(rows, dtype=float).reshape(len(rows), 3)
    return Scores(table[:, 0], table[:, 1], table[:, 2])


def difference(ours: np.ndarray, theirs: np.ndarray, *, seed: int = SEED) -> dict[str, float]:
    """Return the mean difference of two methods on the same questions, with its 95 % interval by paired bootstrap.

    >>> difference(np.array([0.5, 0.7]), np.array([0.4, 0.6]))
    {'mean': 0.1, 'low': 0.1, 'high': 0.1}
    """
    apart = ours - theirs
    if len(apart) == 0:
        return {"mean": 0.0, "low": 0.0, "high": 0.0}
    picks = np.random.default_rng(seed).integers(0, len(apart), (RESAMPLES, len(apart)))
    means = apart[picks].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {"mean": round(float(apart.mean()), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def rank_fusion(*scores: np.ndarray, k: int = 60) -> np.ndarray:
    """Return reciprocal rank fusion, the usual way to join rankings: shape (questions, texts). Source: Cormack, Clarke and Büttcher 2009 (k = 60)."""
    total = np.zeros(scores[0].shape)
    for one in scores:
        places = np.argsort(np.argsort(-one, axis=1, kind="stable"), axis=1, kind="stable")
        total += 1 / (k + places + 1)
    return total
