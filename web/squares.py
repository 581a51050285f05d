"""Squares: pictures that a phone's camera reads, as sizes and strokes for a page to draw. Nothing is fetched, and no other service is asked."""

from __future__ import annotations

from dataclasses import dataclass

import segno

EDGE = 2  # cells of white round it; the standard asks for four, and the page's own white ground gives the rest


@dataclass(frozen=True)
class Square:
    """A picture of some words: how many cells wide it is, and the strokes of its dark cells as an SVG path."""

    cells: int
    strokes: str


def square(text: str) -> Square:
    """Return the picture of an address."""
    rows = [list(row) for row in segno.make(text, error="m").matrix_iter(border=EDGE)]
    return Square(len(rows), "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark))
