"""Plans: a whole family's needs with few organisations. Exact: a dynamic programme over subsets of needs, organisation by organisation.

It covers the most needs, then uses the fewest organisations, then the least travel and waiting, then the best scores.
"""

from __future__ import annotations

from matcher.assessment import Assessment
from matcher.records import Need, Plan, Request
from matcher.schedules import DAY, any_time
from matcher.travel import distance_km, minutes

Cost = tuple[int, int, int]  # organisations, burden in tenths, minus the score in thousandths
Step = tuple[Assessment, int]
ROUNDS = 64
LONGEST_WAIT_WEEKS = 5200  # a wait of a hundred years is no longer told apart from a longer one; judgement, November 2026


def burden_of(found: Assessment, request: Request) -> int:
    """Return the travel minutes on foot and the waiting weeks of one offer, in tenths."""
    km = distance_km(request, found.offer)
    waiting = (found.offer.waiting_weeks or 0) if found.offer.availability == "waiting" else 0
    return round(10 * (minutes(km or 0.0, "walk") + min(waiting, LONGEST_WAIT_WEEKS)))


def make(fitting: dict[str, list[Assessment]], needs: tuple[Need, ...], request: Request) -> Plan:
    """Return the plan over every offer that fits, not only those shown. Two places at one hour are never both in it."""
    ids = [n.id for n in needs]
    steps = _without_clashes(fitting, ids, request, frozenset(), ROUNDS)[1]
    mask = 0
    for _found, covered in steps:
        mask |= covered
    ordered = sorted(steps, key=lambda s: (-s[1].bit_count(), -s[0].score, s[0].offer.id))
    named = tuple((f.offer.id, tuple(ids[n] for n in range(len(ids)) if m >> n & 1)) for f, m in ordered)
    return Plan(
        named, tuple(i for n, i in enumerate(ids) if mask >> n & 1), tuple(i for n, i in enumerate(ids) if not mask >> n & 1),
        round(sum(burden_of(f, request) for f, _ in steps) / 10, 1),
    )


def _without_clashes(
    fitting: dict[str, list[Assessment]], ids: list[str], request: Request, banned: frozenset[str], rounds: int
) -> tuple[tuple[int, Cost], list[Step]]:
    key, steps = _best(fitting, ids, request, banned)
    clash = next(((a, b) for n, (a, _) in enumerate(steps) for b, _ in steps[n + 1 :] if _clash(a, b)), None)
    if clash is None or rounds <= 0:
        return key, steps
    return min(
        (_without_clashes(fitting, ids, request, banned | {out.offer.id}, rounds // 2) for out in clash),
        key=lambda found: (found[0], sorted(f.offer.id for f, _ in found[1])),
    )


def _clash(a: Assessment, b: Assessment) -> bool:
    """Whether two offers can only be had at overlapping hours of the week."""
    if any_time(a.offer) or any_time(b.offer) or not a.offer.sessions or not b.offer.sessions:
        return False
    spans = [[(d * DAY + s.starts, d * DAY + s.starts + ((s.ends - s.starts) % DAY or DAY)) for s in x.offer.sessions for d in s.days] for x in (a, b)]
    return all(min(p[1], q[1]) > max(p[0], q[0]) for p in spans[0] for q in spans[1])


def _best(fitting: dict[str, list[Assessment]], ids: list[str], request: Request, banned: frozenset[str]) -> tuple[tuple[int, Cost], list[Step]]:
    by_organisation: dict[str, dict[str, list[Step]]] = {}
    for n, need_id in enumerate(ids):
        for found in fitting.get(need_id, ()):
            if found.offer.id not in banned:
                by_organisation.setdefault(found.offer.organisation, {}).setdefault(found.offer.id, []).append((found, n))
    table: dict[int, tuple[Cost, list[Step]]] = {0: ((0, 0, 0), [])}
    for organisation in sorted(by_organisation):
        within = _within(by_organisation[organisation], request)
        grown = dict(table)
        for mask, (cost, steps) in table.items():
            for covered, (more, added) in within.items():
                if mask & covered == 0:
                    total = (cost[0] + 1, cost[1] + more[1], cost[2] + more[2])
                    _keep(grown, mask | covered, total, steps + added)
        table = grown
    best = min(table, key=lambda m: (-m.bit_count(), table[m][0], m))
    return (-best.bit_count(), table[best][0]), table[best][1]


def _within(offers: dict[str, list[Step]], request: Request) -> dict[int, tuple[Cost, list[Step]]]:
    table: dict[int, tuple[Cost, list[Step]]] = {0: ((0, 0, 0), [])}
    for offer_id in sorted(offers):
        rows = offers[offer_id]
        burden = burden_of(rows[0][0], request)
        subsets: dict[int, int] = {0: 0}
        for found, n in rows:
            subsets |= {mask | 1 << n: score + found.score for mask, score in list(subsets.items())}
        grown = dict(table)
        for mask, (cost, steps) in table.items():
            for covered, score in subsets.items():
                if covered and mask & covered == 0:
                    _keep(grown, mask | covered, (0, cost[1] + burden, cost[2] - score), [*steps, (rows[0][0], covered)])
        table = grown
    del table[0]
    return table


def _keep(table: dict[int, tuple[Cost, list[Step]]], mask: int, cost: Cost, steps: list[Step]) -> None:
    known = table.get(mask)
    if known is None or cost < known[0] or (cost == known[0] and _ids(steps) < _ids(known[1])):
        table[mask] = (cost, steps)


def _ids(steps: list[Step]) -> list[str]:
    return sorted(f.offer.id for f, _ in steps)
