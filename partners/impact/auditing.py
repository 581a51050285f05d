"""The audit: what anybody could work out from everything that was released, by linear programming; where it is too much, the finer table goes.

Cells are tied together in the ways that a reader knows: parts add up to their whole, a set is no larger than all, a step is no larger than the one before,
a shorter period lies inside a longer one, districts and wards are made of the same pieces, and what was released before stays known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise

from partners.impact import witnesses
from partners.impact.disclosure import HELD, HIDDEN_UP_TO, NEAREST, SMALL, Counted, Shown
from partners.impact.overlaps import Overlaps

NARROWEST = 4  # a hidden cell is at least this wide: domain guide 8.2, rule 5
MOST = 100_000
# The finest first. What goes first is what a reader misses least.
FINER = (
    "unmet_wards", "unmet_areas", "outcomes", "equity_eal", "equity_sen", "equity_fsm", "unmet_reasons", "left", "unmet_groups", "bands", "travelled", "voice", "answers", "introductions", "became", "work", "steps", "families",
)
# What only grows: who told us a need by a day stays among those who did by a later day. A yes can be taken back, so 'agreed' is not here.
GROWING = frozenset({"asked", "offered", "sent", "answered", "contacted", "took up", "finished", "helped", "sent_for", "due_for", "answered_for", "taken_for"})
# What is each family's best, or the greatest change it gave: over a longer span a family may move to another row.
BEST_OF_EACH = ("became_", "best_", "only_others", "distance_", "travelled_", "open", "late", "check_in_late")
# What everybody can see to be among something else, in the same span of days.
AMONG = {
    "says_helped": "finished", "only_others": "finished", "best_under_way": "offered", "best_unmet": "unmet", "best_rather_not": "rather_not", "distance": "offered",
    # What earlier releases told of.
    "helped": "asked", "unmet": "asked", "rather_not": "asked", "became_helped": "helped", "became_under_way": "offered", "became_unmet": "unmet", "became_rather_not": "rather_not",
    "sent_for": "sent", "answered_for": "answered", "in_time_for": "answered_for", "taken_for": "answered_for", "travelled": "offered", "left": "offered",
    "voice": "offered", "voice_easy": "voice", "voice_rang": "voice", "voice_again": "voice",
}
# Nobody is in both of the first two, and both are among the third.
APART = ("says_helped", "only_others", "finished")


WHOSE = "§"  # between whose a quantity is (a school's, a trust's) and what it counts


def whose(table: Counted, owner: str) -> Counted:
    """Return a table whose quantities say whose they are, so that those of several schools can be tried together."""
    return replace(table, quantities=tuple(tuple(f"{owner}{WHOSE}{name}" for name in names) for names in table.quantities))


def plainly(table: Counted) -> Counted:
    """Return a table whose quantities no longer say whose they are."""
    return replace(table, quantities=tuple(tuple(name.split(WHOSE, 1)[-1] for name in names) for names in table.quantities))


def among(key: str) -> str | None:
    """Return what a quantity lies within, or None.

    >>> among("band:Years 1 and 2:asked"), among("linked:agreed"), among("voice_easy"), among("asked")
    ('asked', 'agreed', 'voice', None)
    """
    return key.rsplit(":", 1)[1] if key.startswith(("band:", "linked:")) else AMONG.get(key)


@dataclass
class Known:
    """What a reader knows: a range for each quantity, and rules between them, each (coefficients, least, most)."""

    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    hidden: dict[str, list[str]] = field(default_factory=dict)
    rules: list[tuple[dict[str, float], float]] = field(default_factory=list)  # sum of coefficients × quantity <= bound
    sums: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)  # a total over several schools, and its parts
    over_time: list[tuple[dict[str, float], float]] = field(default_factory=list)  # the same, which hold unless records were mended between
    overlaps: Overlaps = field(default_factory=Overlaps)  # what districts and wards tell of each other
    across_time: list[tuple[dict[str, float], float]] = field(default_factory=list)  # of those, what holds unless records were mended between

    def learn(self, table: Counted) -> None:
        """Add what a table tells."""
        self.overlaps.learn(table)
        for row, names in zip(table.cells, table.quantities, strict=True):
            for cell, name in zip(row, names, strict=True):
                low, high = range_of(cell)
                known = self.ranges.get(name, (0.0, float(MOST)))
                self.ranges[name] = (max(low, known[0]), min(high, known[1]))
                if cell == SMALL:
                    self.hidden.setdefault(name, []).append(table.name)
        for column in range(len(table.columns)):
            self._tie(table.kind, [names[column] for names in table.quantities])
        if table.kind in ("rows", "grid"):
            for names in table.quantities:
                self._tie("chain", list(names))

    def _tie(self, kind: str, names: list[str]) -> None:
        if kind == "chain":
            self.rules += [({later: 1.0, before: -1.0}, 0.0) for before, later in pairwise(names)]
        if kind not in ("parts", "sets", "grid"):
            return
        *parts, whole = names
        if not parts:
            return
        self.rules.append(({whole: 1.0, **dict.fromkeys(parts, -1.0)}, 0.0))
        if kind in ("parts", "grid"):
            self.rules.append(({whole: -1.0, **dict.fromkeys(parts, 1.0)}, 0.0))
        else:
            self.rules += [({part: 1.0, whole: -1.0}, 0.0) for part in parts]

    def nest(self) -> None:
        """Tie the periods: a shorter one lies inside a longer one that ends the same day, and what only grows is no smaller later."""
        spans: dict[str, list[tuple[str, str, str]]] = {}
        for name in self.ranges:
            key, starts, ends = name.rsplit("|", 2)
            spans.setdefault(key, []).append((starts, ends, name))
        for total, parts in self.sums:
            for name in (total, *parts):
                self.ranges.setdefault(name, (0.0, float(MOST)))
            self.rules += [({total: 1.0, **dict.fromkeys(parts, -1.0)}, 0.0), ({total: -1.0, **dict.fromkeys(parts, 1.0)}, 0.0)]
        for owned in [owned for owned in spans if owned.rpartition(WHOSE)[2] == APART[0]]:
            for starts, ends, name in spans[owned]:
                others, both = (f"{owned.removesuffix(APART[0])}{key}|{starts}|{ends}" for key in APART[1:])
                if others in self.ranges and both in self.ranges:
                    self.rules.append(({name: 1.0, others: 1.0, both: -1.0}, 0.0))
        for owned, rows in spans.items():
            owner, mark, key = owned.rpartition(WHOSE)
            grows, within = key.rsplit(":", 1)[-1] in GROWING, among(key)
            whole = None if within is None else f"{owner}{mark}{within}"
            for a in rows:
                if whole is not None and f"{whole}|{a[0]}|{a[1]}" in self.ranges:
                    self.rules.append(({a[2]: 1.0, f"{whole}|{a[0]}|{a[1]}": -1.0}, 0.0))
                if key.startswith(BEST_OF_EACH) and key != "became_helped":
                    continue
                for b in rows:
                    if a is not b and a[0] >= b[0] and a[1] == b[1]:
                        self.rules.append(({a[2]: 1.0, b[2]: -1.0}, 0.0))
                    elif a is not b and a[0] >= b[0] and a[1] < b[1] and grows:
                        self.over_time.append(({a[2]: 1.0, b[2]: -1.0}, 0.0))
        pieces, always, self.across_time = self.overlaps.rules()
        self.ranges |= dict.fromkeys(pieces, (0.0, float(MOST)))
        self.rules += always


def range_of(cell: Shown) -> tuple[float, float]:
    """Return the least and the most that a shown cell can stand for."""
    if cell == SMALL:
        return 1.0, float(HIDDEN_UP_TO)
    if cell == HELD or not isinstance(cell, int):
        return 0.0, float(MOST)
    return (0.0, 0.0) if cell == 0 else (max(float(HIDDEN_UP_TO + 1), cell - NEAREST // 2), float(cell + NEAREST // 2))


def narrow(known: Known) -> set[str]:
    """Return the hidden quantities whose range is under four when all the rules are put together.

    Where what is known over time contradicts itself, because records were mended between two releases, it is tried without that; where it still
    does, every one is returned, so that nothing is taken to be safe.
    """
    found = _narrow(known)
    return set(known.hidden) if found is None else found


def _narrow(known: Known) -> set[str] | None:
    """Return the same, and None where what is known contradicts itself."""
    if not known.hidden:
        return set()
    for rules in ([*known.rules, *known.over_time, *known.across_time], [*known.rules, *known.over_time], known.rules):
        found = witnesses.too_narrow(known.ranges, rules, known.hidden, width=NARROWEST)
        if found is not None:
            return found
    return None


def _all_of(tables: Iterable[Counted], sums: Sequence[tuple[str, tuple[str, ...]]]) -> Known:
    known = Known()
    for table in tables:
        known.learn(table)
    known.sums = list(sums)
    known.nest()
    return known


def _as(known: Known, own: Mapping[str, int]) -> Known:
    """Return what a school's own people know, who can count their numbers: those that still are as they were shown. They look for other schools' cells."""
    exact = {name: (float(number), float(number)) for name, number in own.items() if name in known.ranges and known.ranges[name][0] <= number <= known.ranges[name][1]}
    return replace(known, ranges=known.ranges | exact, hidden=_of_others(known, own))


def _of_others(known: Known, own: Mapping[str, int]) -> dict[str, list[str]]:
    """Return the hidden quantities that are not of the school whose own numbers are given."""
    owners = {name.partition(WHOSE)[0] for name in own}
    return {name: where for name, where in known.hidden.items() if name.partition(WHOSE)[0] not in owners}


class Insiders:
    """What other schools' own people could work out already, so that what a school's next figures tell them more is known from it.

    Somebody whose numbers no longer agree with what was released, because records were mended, cannot use them together.
    """

    def __init__(self, earlier: Sequence[Counted], sums: Sequence[tuple[str, tuple[str, ...]]], exactly: Sequence[Mapping[str, int]]) -> None:
        """Take what was released `earlier`, and the numbers of each of them."""
        self.earlier, self.sums, self.exactly = earlier, sums, exactly
        self._before: dict[int, set[str] | None] = {}

    def told_by(self, known: Known, *, doubted: bool = False) -> set[str]:
        """Return the hidden quantities that any of them could work out from all that is `known` now and could not before.

        Where somebody's numbers no longer agree, nothing; everything hidden where such numbers are `doubted`, so that nothing new is taken to be safe.
        """
        told: set[str] = set()
        for n, own in enumerate(self.exactly):
            found = narrow(_as(known, own))
            if found:
                before = self._could_before(n)
                told |= found - before if before is not None else found if doubted else set()
        return told

    def _could_before(self, n: int) -> set[str] | None:
        """Return what one of them could work out already, tried once and only where it is asked; None for one whose numbers no longer agree."""
        if n not in self._before:
            self._before[n] = _narrow(_as(_all_of(self.earlier, self.sums), self.exactly[n]))
        return self._before[n]


def safe(
    tables: Sequence[Counted], before: Iterable[Sequence[Counted]] = (), *, sums: Sequence[tuple[str, tuple[str, ...]]] = (), exactly: Sequence[Mapping[str, int]] = (),
) -> list[Counted]:
    """Return the tables that may be released beside those released before: no hidden cell, new or old, can be worked out to a range under four.

    `sums` are totals over several schools with their parts, where a trust's figures stand beside its schools'. `exactly` are other schools' own numbers, as the
    people there can count them. The finer table goes first. Where only the coarsest are left, their offending cells are held back.
    """
    kept, earlier = list(tables), [t for release in before for t in release]
    insiders = Insiders(earlier, sums, exactly)
    while True:
        known = _all_of([*earlier, *kept], sums)
        told = narrow(known) or insiders.told_by(known)
        if not told:
            return kept
        told |= {total for total, parts in sums if told & set(parts)}  # a total that tells one school's cell is what goes, and not all the totals
        offending = {t.name for t in kept if any(n in told for names in t.quantities for n in names)}
        # What tells another school's cell holds none of the told, but counts the same of its own families.
        same = {name.rpartition(WHOSE)[2] for name in told}
        alike = {t.name for t in kept if any(n.rpartition(WHOSE)[2] in same for names in t.quantities for n in names)}
        order = [name for name in FINER[:-2] if any(t.name == name for t in kept)]
        going = next((name for among_these in (offending, alike) for name in order if name in among_these), None)
        telling = None if going is not None else [_hold(t, {total for total, parts in sums if told & set(parts)}, shown=True) for t in kept]
        if telling is not None and telling != kept:
            kept = telling
            continue
        going = going or next(iter(order), None)
        if going is not None:
            kept = [t for t in kept if t.name != going]
            continue
        held = [_hold(t, told) for t in kept]
        if held == kept:
            return [_hold_all(t) for t in kept]
        kept = held


def beside_each(
    tables: Sequence[Counted], before: Iterable[Sequence[Counted]], *, sums: Sequence[tuple[str, tuple[str, ...]]], exactly: Sequence[Mapping[str, int]],
) -> list[Counted]:
    """Return a trust's tables with each total held back from which one school's own people, who know their own numbers `exactly`, could work out another's.

    Where that is not enough, because they put the total together from others, one more of the same days goes, what a reader misses least first; where no
    single one helps, all of those days. Where that does not help either, none of the tables stays.
    """
    kept, earlier = list(tables), [t for release in before for t in release]
    insiders = Insiders(earlier, sums, exactly)

    def told_by(shown: Sequence[Counted]) -> set[str]:
        return insiders.told_by(_all_of([*earlier, *shown], sums), doubted=True)

    while told := told_by(kept):
        unsafe = told | {total for total, parts in sums if told & set(parts)}
        held = [_hold(t, unsafe) for t in kept]
        if held == kept:
            held = _one_less(kept, told, {_days(name) for name in unsafe}, told_by)
        if held == kept:
            return []
        kept = held
    return kept


def _one_less(kept: Sequence[Counted], told: set[str], days: set[str], told_by: Callable[[Sequence[Counted]], set[str]]) -> list[Counted]:
    """Return the tables with one more total of some days held back, the first that leaves less to be told; with all of those days where none does."""
    in_order = sorted(kept, key=lambda t: FINER.index(t.name))
    first = set(chain.from_iterable(in_order[-1].quantities)) if in_order else set()
    names = [name for t in in_order for row in reversed(t.quantities) for name in row if _days(name) in days]
    for name in dict.fromkeys([*(n for n in names if n not in first), *names]):
        held = [_hold(t, {name}, shown=True) for t in kept]
        if held != kept and len(told_by(held)) < len(told):
            return held
    return [_hold(t, set(names)) for t in kept]


def _days(name: str) -> str:
    """Return the days of a quantity: its first and last."""
    return name.split("|", 1)[1]


def _hold(table: Counted, names_held: set[str], *, shown: bool = False) -> Counted:
    """Return a table with some cells held back; where only what is `shown` is meant, those that stand for a number alone."""
    cells = tuple(
        tuple(HELD if name in names_held and (isinstance(cell, int) or not shown) else cell for cell, name in zip(row, names, strict=True)) for row, names in zip(table.cells, table.quantities, strict=True)
    )
    return replace(table, cells=cells)


def _hold_all(table: Counted) -> Counted:
    return replace(table, cells=tuple(tuple(HELD for _ in row) for row in table.cells))
