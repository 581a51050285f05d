"""Joint classes: what several judges find on an offer, looked up at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from matcher.alike import TABLES, Table
from matcher.seats import Remembering

Codes = npt.NDArray[np.int32]
WHO = ("audience", "age", "gender", "community")  # small facets that every question asks about


class Joint:
    """Numbers for the classes of the facets of `WHO` taken together."""

    name = "+".join(WHO)

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, ...], int] = {}
        self._known: dict[tuple[Table, ...], Codes] = {}

    def number(self, classes: Mapping[str, int]) -> int:
        """Return the number of an offer's classes."""
        return self._numbers.setdefault(tuple(classes[name] for name in WHO), len(self._numbers))

    def points(self, judges: Sequence[Remembering]) -> Codes:
        """Return what some judges of its facets give together for each number, in thousandths."""
        key = tuple(judge.table for judge in judges)
        known = self._known.get(key)
        if known is None or len(known) < len(self._numbers):
            if len(self._known) >= TABLES:
                del self._known[next(iter(self._known))]
            parts = np.array(list(self._numbers), np.int32).reshape(-1, len(WHO))
            known = np.zeros(len(parts), np.int32)
            for judge in judges:
                known += judge.points(parts[:, WHO.index(judge.facet.name)])
            self._known[key] = known
        return known
