"""Group floors: the best sharing in which no group falls below its floor. Labels come from the caller, and are read here only.

Small markets are solved whole by mixed integer programme. Larger ones by columns: each column is a whole sharing from the flow, HiGHS mixes
them so that the floors hold, and its duals say how much more a group's scores should weigh in the next flow. Any weights give a bound that no
sharing with these floors goes over; weights mixed as the columns are give sharings that keep the floors and come near it.
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
ROUNDS = 16  # flows at most; judgement, November 2026
NEAR = 5e-4  # a sharing that keeps the floors and is this near its bound, as a share, will do; judgement, November 2026
SCALE = 1000
GENTLE, HEAVIER, HEAVIEST = 0.3, 10.0, 1e6  # what a missing thousandth of a floor costs at first, how it grows, and the most


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
    columns, tried = [start, *([] if fallback is None else [fallback])], [np.zeros(len(floors))]
    tried += [np.zeros(len(floors))] * (len(columns) - 1)
    best, bound, aim, penalty, between = fallback, _value(market, start), floors, GENTLE, False
    for _ in range(ROUNDS):
        shares, duals = _mix(market, columns, aim, penalty)
        weights = np.rint(SCALE * (shares @ np.array(tried) if between else duals)) / SCALE
        if any((weights == known).all() for known in tried[2:]):
            weights = weights + (weights > 0) / SCALE
        found = _weighed(market, weights)
        columns.append(found)
        tried.append(weights)
        short = floors - market.by_group(found)
        bound = min(bound, int(np.floor(_value(market, found) - float(weights @ short) + 0.5)))
        if (short <= 0).all() and (best is None or _value(market, found) > _value(market, best)):
            best = found
        elif between:
            aim = aim + np.clip(short, 0, floors // 1000)  # a sharing of whole places falls a little short of the mixture that it stands for
        elif (short[weights >= penalty] > 0).any():
            penalty = min(HEAVIER * penalty, HEAVIEST)
        if best is not None and bound - _value(market, best) <= NEAR * market.objective(best):
            break
        between = not between and bool((weights > 0).any())
    if best is None:
        raise ValueError("no sharing keeps these floors; ask for lower ones")
    most = bound - market.bonus * int(market.reached(best).sum())
    return Floored(best, most if most < market.bonus else None)


def _value(market: Market, chosen: Ints) -> int:
    return market.objective(chosen) + market.bonus * int(market.reached(chosen).sum())


def _mix(market: Market, columns: list[Ints], floors: Ints, penalty: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the best mixture of the columns and each group's extra weight; what is missing of a floor costs `penalty` a thousandth."""
    base = _value(market, columns[0])
    gains = np.array([_value(market, c) - base for c in columns], dtype=float)
    sums = np.array([market.by_group(c) for c in columns], dtype=float).T
    found = linprog(
        np.r_[-gains, np.full(len(floors), penalty)], A_ub=-np.c_[sums, np.eye(len(floors))], b_ub=-floors.astype(float),
        A_eq=np.r_[np.ones(len(columns)), np.zeros(len(floors))][None, :], b_eq=[1.0], method="highs",
    )
    return found.x[: len(columns)], np.clip(-found.ineqlin.marginals, 0, penalty)


def _weighed(market: Market, weights: NDArray[np.float64]) -> Ints:
    heavier = np.rint(SCALE * (1 + weights)).astype(np.int64)[market.group[market.pair_family]]
    return share(market, worth=market.score * heavier, bonus=market.bonus * SCALE).chosen
