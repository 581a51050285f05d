"""Weekly batches: places given out week by week, when who will ask later is known only from what other years were like.

Each week a bid price is put on each place: what it would be worth to those still expected. Who asks this week gets a place where it is worth
more to them than its price, so that a scarce specialist is kept for those whom nobody else can serve.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matcher.allocation import flow
from matcher.allocation.market import ONE, Ints, Market

BONUS = ONE  # a family's first need weighs as much again as the best score; judgement, November 2026


@dataclass(frozen=True)
class WeekByWeek:
    """The chosen pairs of the whole market, and the bid prices (weeks, offers) in thousandths."""

    chosen: Ints
    bids: Ints


def in_batches(market: Market, week: Ints, expected: Market, expected_week: Ints) -> WeekByWeek:
    """Give places out week by week.

    `week` (families,) is when each family asks; a week's choice reads no later week. `expected` is another season's market on the same offers.
    """
    places, chosen, bids = market.places.copy(), [np.zeros(0, dtype=np.int64)], []
    weeks = range(int(week.min(initial=0)), int(week.max(initial=-1)) + 1)
    for now in weeks:
        rows, batch = _only(market, week == now, places)
        _, later = _only(expected, expected_week > now, places)
        joint = _beside(batch, later)
        found = flow.share(joint, bonus=BONUS)
        distance = flow.potentials(found)
        if distance is None:
            raise ArithmeticError("the flow's answer is not the best: there is a way round that adds to it")
        price = np.maximum(0, -np.minimum(distance[1 + joint.families + len(joint.family_of) : -1], 0))
        taken = rows[found.chosen[found.chosen < len(rows)]]
        np.subtract.at(places, market.pair_offer[taken], 1)
        chosen.append(taken)
        bids.append(price)
    return WeekByWeek(np.sort(np.concatenate(chosen)), np.asarray(bids, dtype=np.int64))


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
