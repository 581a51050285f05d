"""The market: families, their needs, the places there are, and which pairs are feasible. Arrays only; no solver, no records."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
ONE = 1000  # scores are whole thousandths, so that sums are exact


@dataclass(frozen=True)
class Market:
    """What is shared out. Families, needs and offers are row numbers; scores are whole thousandths.

    `family_of` (needs,), `places` (offers,), `most` (families,) is how many needs of a family may be met now, `served` (families,) tells
    who has something already, and `pair_need`, `pair_offer`, `score` (pairs,) are the feasible pairs, sorted by need.
    `group` (families,) is a plain label number for checking fairness; no score reads it.
    """

    family_of: Ints
    places: Ints
    most: Ints
    served: NDArray[np.bool_]
    pair_need: Ints
    pair_offer: Ints
    score: Ints
    group: Ints

    @classmethod
    def of(
        cls, family_of: list[int] | Ints, places: list[int] | Ints, pairs: tuple[list[int] | Ints, list[int] | Ints, list[int] | Ints],
        *, families: int, most: list[int] | Ints | None = None, group: list[int] | Ints | None = None,
    ) -> Market:
        """Return a market from plain lists: pairs are (needs, offers, scores in thousandths).

        >>> Market.of([0, 0, 1], [1, 1], ([0, 2, 1], [0, 0, 1], [900, 800, 700]), families=2).pair_need.tolist()
        [0, 1, 2]
        """
        need, offer, score = (np.asarray(p, dtype=np.int64) for p in pairs)
        order = np.lexsort((offer, need))
        needs = np.asarray(family_of, dtype=np.int64)
        limit = np.bincount(needs, minlength=families) if most is None else np.asarray(most, dtype=np.int64)
        labels = np.zeros(families, dtype=np.int64) if group is None else np.asarray(group, dtype=np.int64)
        return cls(
            needs, np.asarray(places, dtype=np.int64), limit.astype(np.int64), np.zeros(families, dtype=bool), need[order], offer[order], score[order], labels,
        )

    @property
    def families(self) -> int:
        """How many families there are."""
        return len(self.most)

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return int(self.group.max(initial=-1)) + 1

    @cached_property
    def pair_family(self) -> Ints:
        """The family of each pair."""
        return self.family_of[self.pair_need]

    @cached_property
    def place_in_need(self) -> Ints:
        """How many pairs of the same need score better than each pair."""
        place = np.empty(len(self.score), dtype=np.int64)
        place[np.lexsort((-self.score, self.pair_need))] = np.arange(len(self.score)) - np.searchsorted(self.pair_need, self.pair_need)
        return place

    @cached_property
    def bonus(self) -> int:
        """A first need met weighs more than all the scores together, so that the fewest feasible families have nothing."""
        return int(np.abs(self.score).max(initial=1)) * max(1, len(self.family_of)) + 1

    def objective(self, chosen: Ints) -> int:
        """Return the sum of the scores of the chosen pairs, in thousandths."""
        return int(self.score[chosen].sum())

    def by_family(self, chosen: Ints) -> Ints:
        """Return each family's sum of scores, in thousandths."""
        return np.bincount(self.pair_family[chosen], weights=self.score[chosen], minlength=self.families).round().astype(np.int64)

    def reached(self, chosen: Ints) -> NDArray[np.bool_]:
        """Return which families have something."""
        found = self.served.copy()
        found[self.pair_family[chosen]] = True
        return found

    def by_group(self, chosen: Ints) -> Ints:
        """Return each group's sum of scores, in thousandths."""
        return np.bincount(self.group, weights=self.by_family(chosen), minlength=self.groups).round().astype(np.int64)

    def fix(self, pairs: Ints) -> Market:
        """Return the market that is left when some pairs are fixed by a person: their needs and places are gone, their families served.

        Raises ValueError where two pairs are of one need, or where a family or an offer has no room for them.
        """
        needs, offers = self.pair_need[pairs], self.pair_offer[pairs]
        places, most, served = self.places.copy(), self.most.copy(), self.served.copy()
        np.subtract.at(places, offers, 1)
        np.subtract.at(most, self.family_of[needs], 1)
        if len(set(needs.tolist())) < len(needs) or (places < 0).any() or (most < 0).any():
            raise ValueError("the fixed pairs do not go together")
        served[self.family_of[needs]] = True
        kept = ~np.isin(self.pair_need, needs)
        return replace(
            self, places=places, most=most, served=served, pair_need=self.pair_need[kept], pair_offer=self.pair_offer[kept], score=self.score[kept],
        )
