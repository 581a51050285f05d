"""The grid of tiles: places laid out in few columns, each near where it lies among the others, north at the top, so that a picture needs no map."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MOST_ACROSS = 4  # squares beside each other whose words can still be read on a phone


def laid(points: Mapping[str, tuple[float, float]]) -> dict[str, tuple[int, int]]:
    """Return a column and a row, from the north-west, for each place by its easting and northing in metres: the assignment with the least squared distance.

    Places stand by their order from west to east and from north to south, so that one far away does not push the others together. The same places give the same grid.

    >>> laid({"NW": (0, 9), "NE": (9, 9), "SW": (0, 0), "SE": (9, 0)}) == {"NW": (0, 0), "NE": (1, 0), "SW": (0, 1), "SE": (1, 1)}
    True
    >>> laid({})
    {}
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    if not points:
        return {}
    names = sorted(points)
    east, north = np.array([points[n][0] for n in names], dtype=float), np.array([points[n][1] for n in names], dtype=float)
    wide, high = max(float(np.ptp(east)), 1.0), max(float(np.ptp(north)), 1.0)
    across = min(MOST_ACROSS, len(names), max(2, round(math.sqrt(len(names) * min(2.0, max(0.5, wide / high))))))
    down = -(-len(names) // across)
    columns, rows = np.meshgrid(np.arange(across), np.arange(down))
    x, y = _order(east) * (across - 1), _order(-north) * (down - 1)
    cost = (x[:, None] - columns.ravel()[None, :]) ** 2 + (y[:, None] - rows.ravel()[None, :]) ** 2
    places, cells = linear_sum_assignment(cost)
    return {names[p]: (int(columns.ravel()[c]), int(rows.ravel()[c])) for p, c in zip(places.tolist(), cells.tolist(), strict=True)}


def _order(values: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return each value's place in the order of all, from 0 to 1; those that are equal share the middle of theirs."""
    import numpy as np

    if len(values) == 1:
        return np.zeros(1)
    below = (values[:, None] > values[None, :]).sum(axis=1)
    equal = (values[:, None] == values[None, :]).sum(axis=1) - 1
    found: np.ndarray[Any, np.dtype[np.float64]] = (below + equal / 2) / (len(values) - 1)
    return found
