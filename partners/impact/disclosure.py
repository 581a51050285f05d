"""Small numbers: THE RULE for every count that leaves the school's own working pages.

Source: domain guide 8.2 and HES practice: 0 shows, 1 to 7 do not, others go to the nearest 5; families are counted, not introductions.
"""

from __future__ import annotations

HIDDEN_UP_TO = 7
NEAREST = 5
LEAST_FOR_AVERAGES = 8
LEAST_FAMILIES = 20


def shown(count: int) -> int | None:
    """Return a count of distinct families as it may be shown: 0, None for 1 to 7, else the nearest 5.

    >>> [shown(n) for n in (0, 1, 7, 8, 12, 13)]
    [0, None, None, 10, 10, 15]

    Raises:
        ValueError: a count below 0.
    """
    if count < 0:
        raise ValueError("a count is never below 0")
    if count == 0:
        return 0
    return None if count <= HIDDEN_UP_TO else NEAREST * ((2 * count + NEAREST) // (2 * NEAREST))
