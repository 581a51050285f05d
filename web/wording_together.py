"""Wording: what pages say about exchanges, partnerships, groups, events and gaps."""

from __future__ import annotations

EXCHANGE = {
    "asked": "Waiting for everybody's yes", "arranged": "Arranged", "done": "Done", "declined": "Not this time", "put_aside": "Put aside",
}
CAME_BUTTONS = {"received": "It was received", "used": "It was used", "did_not_happen": "It didn't happen"}
ANSWERS = {"yes": "said yes", "no": "can't this time", None: "not answered yet"}
SHAPES = {1: "One gives to another", 2: "Each gives to the other", 3: "A round of three: each gives to the next"}


def shape(steps: int) -> str:
    """Return what an exchange of so many handovers is called."""
    return SHAPES[steps]


def amount(value: float, unit: str) -> str:
    """Return an amount with its unit, such as '40 coats' or '1 of: hours'.

    >>> amount(40.0, "coats"), amount(1.0, "people")
    ('40 coats', '1 (counted in people)')
    """
    return f"{value:,.0f} {unit}" if value > 1 else f"1 (counted in {unit})"
