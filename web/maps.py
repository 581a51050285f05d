"""Maps: where offers are, drawn here as SVG. Nothing is fetched from outside, a withheld place is never read, and the list says as much."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, EDGE, NEAR = 360, 300, 30, 24  # units of the drawing
_NICE_KM = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True)
class Pin:
    """One spot with the numbers and names of the offers there."""

    x: float
    y: float
    numbers: tuple[int, ...]
    names: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return what stands on the pin: its number, or how many share it."""
        return str(self.numbers[0]) if len(self.numbers) == 1 else f"{self.numbers[0]}+"

    @property
    def pairs(self) -> list[tuple[int, str]]:
        """Return each number with its name."""
        return list(zip(self.numbers, self.names, strict=True))


@dataclass(frozen=True)
class Map:
    """The pins, the districts' names, and a bar that says how far is far."""

    pins: tuple[Pin, ...]
    districts: tuple[tuple[float, float, str], ...]
    bar: float
    bar_km: float
    points: int


def _spots(offers: list[Any]) -> list[tuple[float, float, str, str]]:
    """Return the point, name and postcode district of each offer whose place may be shown to whoever sees the list."""
    return [
        (o.place.latitude, o.place.longitude, o.name, (o.place.postcode or "").split(" ")[0])
        for o in offers if o.place is not None and not o.place.withheld and o.place.latitude is not None and o.place.longitude is not None
    ]


def draw(offers: list[Any]) -> Map | None:
    """Return the map of some offers, or None where no point of theirs is known."""
    spots = _spots(offers)
    if not spots:
        return None
    south, north, west, east = min(s[0] for s in spots), max(s[0] for s in spots), min(s[1] for s in spots), max(s[1] for s in spots)
    shrink = math.cos(math.radians((south + north) / 2))
    # At least a kilometre across, so that one spot stands in some ground.
    scale = min((WIDTH - 2 * EDGE) / max((east - west) * shrink, 0.009), (HEIGHT - 2 * EDGE) / max(north - south, 0.009))

    def at(latitude: float, longitude: float) -> tuple[float, float]:
        return WIDTH / 2 + (longitude - (west + east) / 2) * shrink * scale, HEIGHT / 2 - (latitude - (south + north) / 2) * scale

    pins: list[tuple[float, float, list[int], list[str]]] = []
    districts: dict[str, list[tuple[float, float]]] = {}
    for number, (latitude, longitude, name, district) in enumerate(spots, 1):
        x, y = at(latitude, longitude)
        near = next((p for p in pins if math.hypot(p[0] - x, p[1] - y) < NEAR), None)
        if near is None:
            pins.append((x, y, [number], [name]))
        else:
            near[2].append(number)
            near[3].append(name)
        if district:
            districts.setdefault(district, []).append((x, y))
    km = scale / 111.195
    bar_km = max((k for k in _NICE_KM if k * km <= WIDTH / 3), default=_NICE_KM[0])
    named = tuple((round(sum(p[0] for p in ps) / len(ps), 1), round(sum(p[1] for p in ps) / len(ps) + 26, 1), d) for d, ps in districts.items())
    return Map(tuple(Pin(round(x, 1), round(y, 1), tuple(n), tuple(names)) for x, y, n, names in pins), named, round(bar_km * km, 1), bar_km, len(spots))
