"""Overlaps: what a reader can put together who has one table by district and another by ward, of days of which some are in both.

Which wards lie in which districts is open data. So each district and each ward is made of pieces, one for each ward in that district; a family lives
in one piece, and who had a need that nothing met in some days had it in any longer days too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import permutations

from partners.impact.area_tables import TABLES, Days, days_of, members
from partners.impact.disclosure import Counted

NOT_KNOWN, ELSEWHERE = "Not known", "elsewhere"
Rule = tuple[dict[str, float], float]  # sum of coefficients × quantity <= bound
Piece = tuple[str, str]  # a district, and a ward in it


@dataclass
class Pieces:
    """What one school showed by district and by one drawing of the wards: the rows by their days, and in which districts each ward lies."""

    by_district: dict[Days, set[str]] = field(default_factory=dict)
    by_ward: dict[Days, set[str]] = field(default_factory=dict)
    across: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def possible(self, days: Days) -> set[Piece]:
        """Return the pieces in which a family can live that is counted in some days: an area without a row has no family."""
        districts = {d for names in self.by_district.values() for name in names for d in members(_plain(name))[1]} | {d for found in self.across.values() for d in found}
        pairs = {(d, w) for w, found in self.across.items() for d in found} | {(d, NOT_KNOWN) for d in districts | {NOT_KNOWN}} | {(d, ELSEWHERE) for d in districts}
        if days in self.by_district:
            rows = {d for name in self.by_district[days] for d in members(_plain(name))[1]}
            pairs = {p for p in pairs if p[0] in rows}
        if days in self.by_ward:
            rows = {w for name in self.by_ward[days] for w in members(_plain(name))[1]}
            pairs = {p for p in pairs if p[1] in rows}
        return pairs


@dataclass
class Overlaps:
    """What was seen of every school, to be tied together."""

    districts: dict[str, dict[Days, set[str]]] = field(default_factory=dict)
    wards: dict[tuple[str, str], Pieces] = field(default_factory=dict)

    def learn(self, table: Counted) -> None:
        """Add what a table by area tells; any other tells nothing here."""
        if table.name not in TABLES.values():
            return
        for names in table.quantities[:-1]:
            for name in names:
                owner, prefix = _owner(name), members(_plain(name))[0]
                if prefix == "area":
                    self.districts.setdefault(owner, {}).setdefault(days_of(name), set()).add(name)
                elif prefix:
                    pieces = self.wards.setdefault((owner, prefix), Pieces())
                    pieces.by_ward.setdefault(days_of(name), set()).add(name)
                    pieces.across |= dict(table.across)

    def rules(self) -> tuple[set[str], list[Rule], list[Rule]]:
        """Return the pieces as quantities, the rules that always hold, and those that hold unless records were mended between two releases."""
        quantities: set[str] = set()
        always: list[Rule] = []
        over_time: list[Rule] = []
        for (owner, prefix), found in self.wards.items():
            by_district = self.districts.get(owner)
            if by_district is None:
                continue
            pieces = Pieces(by_district, found.by_ward, found.across)
            every = sorted({*by_district, *found.by_ward})
            possible = {days: pieces.possible(days) for days in every}

            def named(piece: Piece, days: Days, start: str = f"{owner}piece {prefix}") -> str:
                return f"{start}:{piece[0]}:{piece[1]}|{days[0]}|{days[1]}"

            quantities |= {named(p, days) for days, found_in in possible.items() for p in found_in}
            for days in every:
                always += _made_of(pieces, days, {p: named(p, days) for p in possible[days]})
            for shorter, longer in permutations(every, 2):
                if longer[0] <= shorter[0] and shorter[1] <= longer[1]:
                    into = always if shorter[1] == longer[1] else over_time
                    into += [({named(p, shorter): 1.0, **({named(p, longer): -1.0} if p in possible[longer] else {})}, 0.0) for p in sorted(possible[shorter])]
        return quantities, always, over_time


def _made_of(pieces: Pieces, days: Days, names: Mapping[Piece, str]) -> Iterator[Rule]:
    """Yield that each row of some days is as large as its pieces together; a row of which no piece is known is tied to nothing."""
    for rows, side in ((pieces.by_district.get(days, set()), 0), (pieces.by_ward.get(days, set()), 1)):
        for row in sorted(rows):
            areas = set(members(_plain(row))[1])
            inside = [name for piece, name in names.items() if piece[side] in areas]
            if inside:
                yield {row: 1.0, **dict.fromkeys(inside, -1.0)}, 0.0
                yield {row: -1.0, **dict.fromkeys(inside, 1.0)}, 0.0


def _owner(name: str) -> str:
    """Return whose a quantity is, with the mark after it; nothing where it does not say."""
    owner, mark, _ = name.rpartition("§")
    return owner + mark


def _plain(name: str) -> str:
    return name.rpartition("§")[2]
