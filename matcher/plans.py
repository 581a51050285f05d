"""Plans: a whole family's needs with few organisations. Exact: a dynamic programme over subsets of needs, then a search over clashing hours.

A plan covers the most needs, then uses the fewest organisations, then the least travel and waiting, then the best scores. The programme
(`covering.py`) solves this as if no two sessions fell in one hour, and that can only be better than the truth. Where its plan cannot all be
gone to, the search splits on why: one of the needs is not met at that hour, or two of them are met by one offer. Every real plan lies in one
of the branches, and the best branch is always opened first, so the first plan that can be gone to is the best of all. Nothing is cut short.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from itertools import combinations, count

import numpy as np

from matcher import timetables
from matcher.covering import Cover, Rules, Step
from matcher.fits import Fits
from matcher.names import primary
from matcher.records import Need, Offer, Plan, Request
from matcher.schedules import WEEK
from matcher.timetables import Slots

INTERPRETING = "letters_explained"  # the need that interpreters' offers serve


def make(fitting: Mapping[str, Fits], needs: tuple[Need, ...], request: Request) -> Plan:
    """Return the plan over every offer that fits, not only those shown. Two places at one hour are never both in it.

    `fitting` has by need id what fits it, best first, all in one register.

    >>> from matcher import Matcher, Offer, Request
    >>> def offer(name, organisation, *needs):
    ...     return Offer.from_dict({"id": name, "organisation": {"id": organisation, "name": organisation}, "name": name, "needs": list(needs),
    ...         "availability": {"state": "open"}, "confirmed_on": "2026-10-08"})
    >>> asked = Request.from_dict({"id": "r", "on": "2026-10-20T15:10:00+01:00", "safety": "no",
    ...     "needs": [{"id": "n1", "code": "uniform"}, {"id": "n2", "code": "baby_things"}]})
    >>> Matcher().fit([offer("a", "x", "uniform"), offer("b", "y", "baby_things"), offer("c", "z", "uniform", "baby_things")]).suggest(asked).plan.steps
    (('c', ('n1', 'n2')),)
    """
    if len(needs) == 1:
        return _lone(fitting[needs[0].id], needs[0], request)
    cover = Cover(fitting, needs, request)
    steps = _first_that_can_be_had(cover, needs, request)
    chosen = sorted(steps, key=lambda s: (-s[1].bit_count(), -cover.score(s[0], (s[1] & -s[1]).bit_length() - 1), cover.offer(s[0]).id))
    met = 0
    for _, covered in chosen:
        met |= covered
    return Plan(
        tuple((cover.offer(row).id, tuple(n.id for i, n in enumerate(needs) if covered >> i & 1)) for row, covered in chosen),
        tuple(n.id for i, n in enumerate(needs) if met >> i & 1), tuple(n.id for i, n in enumerate(needs) if not met >> i & 1),
        round(int(cover.burdens(np.array([row for row, _ in chosen], dtype=np.intp)).sum()) / 10, 1),
    )


def _lone(fits: Fits, need: Need, request: Request) -> Plan:
    """Return the plan for one need: the offer with the least burden, and of those the best score, then the first. Alone, it clashes with nothing."""
    if not fits:
        return Plan(unmet=(need.id,))
    burdens = fits.register.burdens(fits.slots, request)
    at = int(np.lexsort((-fits.scores, burdens))[0])
    return Plan(((fits[at].offer.id, (need.id,)),), (need.id,), (), round(int(burdens[at]) / 10, 1))


def _first_that_can_be_had(cover: Cover, needs: tuple[Need, ...], request: Request) -> list[Step]:
    week = _Week(cover, needs, request)
    start = Rules()
    order = count()
    key, steps = cover.best(start)
    waiting, seen = [(key, next(order), start, steps)], {start}
    while True:
        _, _, rules, steps = heapq.heappop(waiting)
        fault = week.fault(steps)
        if fault is None:
            return steps
        for stricter in week.branches(rules, fault):
            if stricter not in seen:
                seen.add(stricter)
                key, found = cover.best(stricter)
                heapq.heappush(waiting, (key, next(order), stricter, found))


Placed = tuple[int, int, Slots]  # a need, the offer's row that meets it, and the sessions that would do


class _Week:
    """The sessions of the offers in question, and what to rule out where they cannot all be gone to."""

    def __init__(self, cover: Cover, needs: tuple[Need, ...], request: Request) -> None:
        self.cover, self.needs, self.request = cover, needs, request
        self.known: dict[tuple[int, int], Slots] = {}
        self._grouped: dict[int, dict[Slots, list[int]]] = {}

    def slots(self, row: int, need: int) -> Slots:
        if (row, need) not in self.known:
            self.known[row, need] = timetables.slots_of(self.cover.offer(row), self.needs[need], self.request)
        return self.known[row, need]

    def fault(self, steps: list[Step]) -> list[Placed] | None:
        """Return a smallest set of needs whose sessions cannot all be had, or None where everything can."""
        placed = [(n, row, self.slots(row, n)) for row, covered in steps for n in range(len(self.needs)) if covered >> n & 1]
        bound = [p for p in placed if p[2] is not None]
        pair = next(([a, b] for a, b in combinations(bound, 2) if a[1] != b[1] and timetables.clash(a[2], b[2])), None)
        if pair is not None or _possible(bound):
            return pair
        for one in list(bound):
            fewer = [p for p in bound if p is not one]
            if not _possible(fewer):
                bound = fewer
        return bound

    def branches(self, rules: Rules, fault: list[Placed]) -> Iterator[Rules]:
        """Return stricter rules, one of which every plan that can be had obeys."""
        if len(fault) == 2 and fault[0][1] != fault[1][1]:
            bans = self._at_one_hour(*fault)
        else:
            bans = [(n, frozenset(self._by_slots(n)[s])) for n, _, s in fault]
        yield from (rules.without(need, rows) for need, rows in bans)
        # Two needs that no offer meets both of would both be left: ruling out either is never worse.
        yield from (rules.together(a[0], b[0]) for a, b in combinations(fault, 2) if a[1] != b[1] and self.cover.some_serve(a[0], b[0]))

    def _at_one_hour(self, a: Placed, b: Placed) -> list[tuple[int, frozenset[int]]]:
        """Return the offers for either need such that each of one clashes with each of the other: as many as stand at one minute, where one is shared."""
        ones, others = self._by_slots(a[0]), self._by_slots(b[0])
        best: list[tuple[int, frozenset[int]]] = []
        both = [*(a[2] or ()), *(b[2] or ())]
        first, last = max(s.begins for s in both), min(s.ends for s in both)
        for minute in dict.fromkeys((first % WEEK, (first + last) // 2 % WEEK, (last - 1) % WEEK)):
            if timetables.holds(a[2], minute) and timetables.holds(b[2], minute):
                bans = [(n, frozenset(r for s, rows in by_slots.items() if timetables.holds(s, minute) for r in rows)) for n, by_slots in ((a[0], ones), (b[0], others))]
                best = max(best, bans, key=lambda found: sum(len(rows) for _, rows in found))
        if best:
            return best
        clashing = (r for slots, rows in ones.items() if timetables.clash(slots, b[2]) for r in rows)
        return [(a[0], frozenset(clashing)), (b[0], frozenset(others[b[2]]))]

    def _by_slots(self, need: int) -> dict[Slots, list[int]]:
        """Return the rows of the offers for a need by their sessions."""
        if need not in self._grouped:
            found = self._grouped[need] = {}
            for row in self.cover.rows_for(need):
                found.setdefault(self.slots(row, need), []).append(row)
        return self._grouped[need]


def _possible(placed: list[Placed]) -> bool:
    return timetables.can_all_be_had([(str(row), slots) for _, row, slots in placed])


def lacking(plan: Plan, request: Request, offers: Mapping[str, Offer]) -> dict[str, set[str]]:
    """Return the offers of the plan whose partner has no interpreter, each with the languages asked for that it does not speak itself."""
    asked = {primary(r.value) for r in (*request.requirements, *(r for n in request.needs for r in n.requirements)) if r.what == "language"} - {"en"}
    found = {offer_id: asked - {primary(t) for t in offers[offer_id].languages} for offer_id, _ in plan.steps if offers[offer_id].interpreter != "yes"}
    return {offer_id: tongues for offer_id, tongues in found.items() if tongues}


def interpreters(plan: Plan, without: Mapping[str, set[str]], speaking: list[Offer]) -> tuple[tuple[str, str], ...]:
    """Return the interpreter beside each step that is `lacking`: the first of those offered who speaks a language that it lacks.

    `speaking` are the interpreting offers that fit, best first; one that is a step of the plan already goes before the others.
    """
    steps = {offer_id for offer_id, _ in plan.steps}
    in_turn = sorted(speaking, key=lambda o: o.id not in steps)
    pairs = []
    for offer_id, tongues in without.items():
        found = next((o for o in in_turn if o.id != offer_id and tongues & {primary(t) for t in o.languages}), None)
        if found is not None:
            pairs.append((offer_id, found.id))
    return tuple(pairs)
