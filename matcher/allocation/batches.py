"""Weekly batches: places given out week by week, when who will ask later is known only from what other years were like.

Each week a bid price is put on each place: what it would be worth to those still expected. Who asks this week gets a place where it is worth
more to them than its price, so that a scarce specialist is kept for those whom nobody else can serve. No group is to end below its
first-come level: while it looks as if one would, its families' scores weigh more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.allocation import flow
from matcher.allocation.first_come import first_come
from matcher.allocation.market import ONE, Ints, Market

BONUS = ONE  # a family's first need weighs as much again as the best score; judgement, November 2026
FINE = 1000  # parts of a thousandth in which a pair's worth is counted, so that a small weight can move it
# How groups keep their floors; judgements, November 2026, tried on ten seasons and then on twenty others.
MARGIN, STEP, TRIES, FADES, HEAVIEST = 0.02, 6.0, 12, 0.5, 2.0
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WeekByWeek:
    """The chosen pairs of the whole market, and the bid prices (weeks, offers) in thousandths."""

    chosen: Ints
    bids: Ints


def in_batches(market: Market, week: Ints, expected: Market, expected_week: Ints) -> WeekByWeek:
    """Give places out week by week.

    `week` (families,) is when each family asks; a week's choice reads no later week. `expected` is another season's market on the same offers.
    A group that would end the season below what first come, first served would give it, as far as can be told by then, weighs more until it does not.
    """
    places, chosen, bids = market.places.copy(), [np.zeros(0, dtype=np.int64)], []
    groups = max(market.groups, expected.groups)
    level, had, lift = _FirstComeLevel(market.places, groups), np.zeros(groups), np.zeros(groups)
    for now in range(int(week.min(initial=0)), int(week.max(initial=-1)) + 1):
        rows, batch = _only(market, week == now, places)
        later = expected_week > now
        joint = _beside(batch, _only(expected, later, places)[1])
        level.add(_only(market, week == now, level.places)[1])
        floors = level.at_the_end(_only(expected, later, level.places)[1])
        found, lift = _kept(joint, floors, had, FADES * lift)
        distance = flow.potentials(found)
        if distance is None:
            raise ArithmeticError("the flow's answer is not the best: there is a way round that adds to it")
        price = np.maximum(0, -np.minimum(distance[1 + joint.families + len(joint.family_of) : -1], 0))
        taken = rows[found.chosen[found.chosen < len(rows)]]
        np.subtract.at(places, market.pair_offer[taken], 1)
        had += _by_group(market, taken, groups)
        chosen.append(taken)
        bids.append(price // FINE)
    return WeekByWeek(np.sort(np.concatenate(chosen)), np.asarray(bids, dtype=np.int64))


class _FirstComeLevel:
    """What first come, first served would have given each group so far, on places of its own."""

    def __init__(self, places: Ints, groups: int) -> None:
        self.places = places.copy()
        self._sums = np.zeros(groups)

    def add(self, batch: Market) -> None:
        taken = first_come(batch)
        np.subtract.at(self.places, batch.pair_offer[taken], 1)
        self._sums += _by_group(batch, taken, len(self._sums))

    def at_the_end(self, later: Market) -> Floats:
        """Return the sums, in thousandths, at the end of the season if the rest of it is as expected."""
        return self._sums + _by_group(later, first_come(later), len(self._sums))


def _by_group(market: Market, chosen: Ints, groups: int) -> Floats:
    return np.bincount(market.group[market.pair_family[chosen]], weights=market.score[chosen], minlength=groups).astype(np.float64)


def _kept(joint: Market, floors: Floats, had: Floats, lift: Floats) -> tuple[flow.Shares, Floats]:
    """Return the sharing of this week and the rest as expected that leaves its worst-off group best beside its floor, and the groups' weights."""
    best: tuple[float, flow.Shares] | None = None
    for _ in range(TRIES):
        heavier = 1 + lift[joint.group[joint.pair_family]]
        found = flow.share(joint, worth=np.rint(FINE * joint.score * heavier).astype(np.int64), bonus=BONUS * FINE)
        beside = (had + _by_group(joint, found.chosen, len(floors))) / np.maximum(floors, 1)
        worst = float(beside.min(initial=np.inf))
        if best is None or worst > best[0]:
            best = worst, found
        if worst >= 1 + MARGIN:
            break
        lift = np.clip(lift + STEP * np.maximum(0, 1 + MARGIN - beside), 0, HEAVIEST)
        lift = lift - lift.min()
    if best is None:
        raise ValueError("a season has at least one try a week")
    return best[1], lift


def _only(market: Market, families: np.typing.NDArray[np.bool_], places: Ints) -> tuple[Ints, Market]:
    """Return the rows of the pairs of some families, and a market of those alone on the places that are left."""
    needs = np.flatnonzero(families[market.family_of])
    rows = np.flatnonzero(families[market.pair_family])
    who = np.cumsum(families) - 1
    return rows, replace(
        market, family_of=who[market.family_of[needs]], places=places.copy(), most=market.most[families], served=market.served[families],
        pair_need=np.searchsorted(needs, market.pair_need[rows]), pair_offer=market.pair_offer[rows], score=market.score[rows], group=market.group[families],
    )


def _beside(first: Market, second: Market) -> Market:
    """Return both markets' families on the same places, the first's pairs first."""
    join = np.concatenate
    return replace(
        first, family_of=join([first.family_of, second.family_of + first.families]), most=join([first.most, second.most]),
        served=join([first.served, second.served]), pair_need=join([first.pair_need, second.pair_need + len(first.family_of)]),
        pair_offer=join([first.pair_offer, second.pair_offer]), score=join([first.score, second.score]), group=join([first.group, second.group]),
    )
