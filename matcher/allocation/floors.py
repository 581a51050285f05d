"""Group floors: the best sharing in which no group falls below its floor. Labels come from the caller, and are read here only.

Small markets are solved whole by mixed integer programme. Larger ones by columns: each column is a whole sharing from the flow, HiGHS mixes
them so that the floors hold, and its duals say how much more a group's scores should weigh in the next flow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array, vstack

from matcher.allocation.flow import share
from matcher.allocation.market import Ints, Market

WHOLE = 4000  # pairs up to which the integer programme is used; judgement, November 2026
ROUNDS = 10  # columns at most; judgement, November 2026
LIFTS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
SCALE = 1000
HEAVIEST = 1e6


@dataclass(frozen=True)
class Floored:
    """The chosen pairs, and the most that any sharing with these floors and as few families with nothing can score, or None where not known."""

    chosen: Ints
    bound: int | None


def keep_floors(market: Market, floors: Ints, start: Ints, fallback: Ints | None) -> Floored:
    """Return the best sharing whose groups' sums (thousandths) reach the floors; then the fewest families with nothing come first.

    `start` is the best with no floors, `fallback` one that keeps them (first come, first served keeps its own).

    Raises:
        ValueError: no sharing keeps the floors.
    """
    if (market.by_group(start) >= floors).all():
        return Floored(start, market.objective(start))
    if len(market.score) <= WHOLE:
        return _whole(market, floors)
    return _by_columns(market, floors, start, fallback)


def _matrix(rows: Ints, columns: Ints, values: NDArray[np.float64], shape: tuple[int, int]) -> coo_array:
    return coo_array((values, (rows, columns)), shape=shape)


def _whole(market: Market, floors: Ints) -> Floored:
    pairs, families = len(market.score), market.families
    row, ones, width = np.arange(pairs), np.ones(pairs), pairs + families
    family, unserved = market.pair_family, ~market.served
    limits = vstack([
        _matrix(market.pair_need, row, ones, (len(market.family_of), width)),
        _matrix(market.pair_offer, row, ones, (len(market.places), width)),
        _matrix(family, row, ones, (families, width)),
        _matrix(np.r_[family, np.arange(families)], np.r_[row, pairs + np.arange(families)], np.r_[-ones, np.ones(families)], (families, width)),
    ])
    upper = np.concatenate([np.ones(len(market.family_of)), market.places, market.most, np.zeros(families)])
    groups = _matrix(market.group[family], row, market.score.astype(float), (len(floors), width))
    rules = [LinearConstraint(limits, -np.inf, upper), LinearConstraint(groups, floors - 0.5, np.inf)]
    box = Bounds(0, np.r_[np.ones(pairs), unserved.astype(float)])
    reaching = np.r_[np.zeros(pairs), np.ones(families)]
    exact = {"mip_rel_gap": 0.0}
    first = milp(-reaching, constraints=rules, bounds=box, integrality=np.ones(width), options=exact)
    if first.status != 0:
        raise ValueError("no sharing keeps these floors; ask for lower ones")
    scores = np.r_[market.score, np.zeros(families)]
    fewest = LinearConstraint(reaching[None, :], round(-first.fun) - 0.5, np.inf)
    best = milp(-scores, constraints=[*rules, fewest], bounds=box, integrality=np.ones(width), options=exact)
    chosen = np.flatnonzero(best.x[:pairs] > 0.5)
    return Floored(chosen, market.objective(chosen) if best.status == 0 else None)


def _by_columns(market: Market, floors: Ints, start: Ints, fallback: Ints | None) -> Floored:
    columns = [start] + ([] if fallback is None else [fallback])
    weights, value = np.zeros(len(floors)), None
    for _ in range(ROUNDS):
        weights, value = _mix(market, columns, floors)
        found = _weighed(market, weights)
        worth = _value(market, found) + float(weights @ (market.by_group(found) - floors))
        if worth <= value * (1 + 1e-9):
            break
        columns.append(found)
    binding = weights > 0
    for lift in LIFTS:
        columns.append(_weighed(market, weights * (1 + lift) + lift * binding))
        if (market.by_group(columns[-1]) >= floors).all():
            break
    keeping = [c for c in columns if (market.by_group(c) >= floors).all()]
    if not keeping:
        raise ValueError("no sharing keeps these floors; ask for lower ones")
    best = max(keeping, key=lambda c: _value(market, c))
    most = float(value or 0) - market.bonus * int(market.reached(best).sum())
    return Floored(best, int(np.floor(most + 0.5)) if abs(most) < market.bonus else None)


def _value(market: Market, chosen: Ints) -> int:
    return market.objective(chosen) + market.bonus * int(market.reached(chosen).sum())


def _mix(market: Market, columns: list[Ints], floors: Ints) -> tuple[NDArray[np.float64], float]:
    """Return each group's extra weight and the value of the best mixture; falling short of a floor costs more than anything else."""
    base = _value(market, columns[0])
    gains = np.array([_value(market, c) - base for c in columns], dtype=float)
    sums = np.array([market.by_group(c) for c in columns], dtype=float).T
    found = linprog(
        np.r_[-gains, np.full(len(floors), HEAVIEST)], A_ub=-np.c_[sums, np.eye(len(floors))], b_ub=-floors.astype(float),
        A_eq=np.r_[np.ones(len(columns)), np.zeros(len(floors))][None, :], b_eq=[1.0], method="highs",
    )
    return np.clip(-found.ineqlin.marginals, 0, HEAVIEST), base - found.fun


def _weighed(market: Market, weights: NDArray[np.float64]) -> Ints:
    heavier = np.rint(SCALE * (1 + weights)).astype(np.int64)[market.group[market.pair_family]]
    return share(market, worth=market.score * heavier, bonus=market.bonus * SCALE).chosen
