"""The best cover of asks by gives: one to one, swaps of two and rounds of three. Exact: the most asks met, then the best scores.

A give that goes freely may stand alone. One that goes only in exchange stands in a swap or a round of three, or not at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from itertools import pairwise
from typing import TypeVar

from matcher.errors import InvalidRecord
from matcher.exchanges.covering import MOST_ROUNDS, Column, Edge, parts, solve
from matcher.exchanges.judging import judge
from matcher.exchanges.records import Ask, Exchange, Give, Handover, Proposal
from matcher.exchanges.scoring import scores

T = TypeVar("T", Ask, Give)


TAKEN = "What there is meets another ask, or goes only in exchange."
GIVEN = "It meets another ask."
NOTHING_BACK = "It goes only with something in return, and there is no round in which its giver gets something that is asked for."


def propose(
    asks: Iterable[Ask], gives: Iterable[Give], *, on: datetime, terms: tuple[tuple[date, date], ...] | None = None, most_rounds: int = MOST_ROUNDS
) -> Proposal:
    """Return the best cover: the most asks met, then the highest scores, with the bound that no cover can pass.

    Args:
        asks, gives: up to some thousands of each; ids are unique within each.
        on: the instant for which times are read.
        terms: the school's term dates, which sessions in term time need.
        most_rounds: up to how many swaps and rounds are weighed together, and the best proven; with more, they are taken one by one,
            best first, and the bound tells how far from the best that may be.

    Raises InvalidRecord where two asks, or two gives, have one id.

    >>> from datetime import UTC, datetime
    >>> asks = [Ask("a1", "theatre", "hall"), Ask("a2", "school", "group_session"), Ask("a3", "network", "tickets")]
    >>> gives = [Give("g1", "school", "hall", in_exchange=True), Give("g2", "network", "group_session", in_exchange=True),
    ...          Give("g3", "theatre", "tickets", in_exchange=True)]
    >>> found = propose(asks, gives, on=datetime(2026, 11, 24, tzinfo=UTC))
    >>> [e.parties for e in found.exchanges], found.met == found.bound_met
    ([('school', 'theatre', 'network')], True)
    """
    wanting, giving = _unique(asks, "ask"), _unique(gives, "give")
    pairs = scores(wanting, giving, on=on, terms=terms)
    columns: list[Column] = []
    bound_met = bound_score = 0
    for part in parts(pairs, wanting, giving):
        chosen, most, best = solve(part, wanting, giving, most_rounds)
        columns += chosen
        bound_met, bound_score = bound_met + most, bound_score + best
    exchanges = [Exchange(tuple(_handover(wanting[a], giving[g], on, terms) for g, a in column)) for column in _gather(columns, wanting, giving)]
    exchanges.sort(key=lambda e: (-len(e.handovers), -sum(h.score for h in e.handovers), e.handovers[0].give, e.handovers[0].ask))
    of_thing: dict[str, list[Give]] = defaultdict(list)
    for give in giving:
        of_thing[give.thing].append(give)
    met = {h.ask for e in exchanges for h in e.handovers}
    could = {wanting[a].id for a in set(pairs[1].tolist())}
    unmet = tuple((a.id, TAKEN if a.id in could else _why(a, of_thing[a.thing], on, terms)) for a in wanting if a.id not in met)
    return Proposal(tuple(exchanges), unmet, len(met), sum(h.score for e in exchanges for h in e.handovers), bound_met, bound_score)


def _unique(rows: Iterable[T], what: str) -> list[T]:
    ordered = sorted(rows, key=lambda r: r.id)
    twice = sorted({a.id for a, b in pairwise(ordered) if a.id == b.id})
    if twice:
        raise InvalidRecord([f"{what} {i}: id: is used twice; it should be different for each {what}" for i in twice])
    return ordered


def _gather(columns: list[Column], asks: list[Ask], gives: list[Give]) -> list[Column]:
    """Show handovers that go freely as rounds and swaps where they make one: it changes nobody's ask or give."""
    rounds = [c for c in columns if len(c) > 1]
    loose: dict[str, dict[Edge, str]] = defaultdict(dict)  # by giver: the handover, and who asks
    for edge in sorted(c[0] for c in columns if len(c) == 1):
        loose[gives[edge[0]].party][edge] = asks[edge[1]].party
    for size in (3, 2):
        for giver in sorted(loose):
            for first in list(loose[giver]):
                found = _round_from(first, size, giver, loose) if first in loose[giver] else None
                if found is not None:
                    rounds.append(found)
                    for e in found:
                        del loose[gives[e[0]].party][e]
    return rounds + [(e,) for edges in loose.values() for e in edges]


def _round_from(first: Edge, size: int, giver: str, loose: dict[str, dict[Edge, str]]) -> Column | None:
    asker = loose[giver][first]
    for second, third in loose.get(asker, {}).items():
        if size == 2 and third == giver:
            return (first, second)
        if size == 3 and third not in (giver, asker):
            last = next((e for e, back in loose.get(third, {}).items() if back == giver), None)
            if last is not None:
                return (first, second, last)
    return None


def _handover(ask: Ask, give: Give, on: datetime, terms: tuple[tuple[date, date], ...] | None) -> Handover:
    found = judge(ask, give, on=on, terms=terms)
    return Handover(give.id, ask.id, give.party, ask.party, found.score, found.reasons(), found.check_first())


def _why(ask: Ask, gives: list[Give], on: datetime, terms: tuple[tuple[date, date], ...] | None) -> str:
    """Return why nothing meets an ask: nobody gives it, the first rule that the nearest give breaks, or that it went elsewhere."""
    same = [judge(ask, g, on=on, terms=terms) for g in gives if g.party != ask.party]
    if not same:
        return "Nobody has offered this yet."
    failing = [j for j in same if j.failed is not None]
    return min(failing, key=lambda j: (sum(f.failed is not None for _, f, _ in j.rows), -j.score)).failed or ""


def left_out(
    ask: Ask, gives: Iterable[Give], found: Proposal, *, on: datetime, terms: tuple[tuple[date, date], ...] | None = None, limit: int = 5
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the gives of what was asked for that do not meet an ask in a proposal, the nearest to meeting it first: each with every rule that it
    breaks, or with where it went instead.

    Args:
        ask, gives, on, terms: as they were handed to `propose`.
        found: what `propose` returned of them.
        limit: how many gives to return at most.
    """
    handed = {h.give for e in found.exchanges for h in e.handovers}
    rows = []
    for give in gives:
        if give.thing != ask.thing or give.party == ask.party or any(h.ask == ask.id and h.give == give.id for e in found.exchanges for h in e.handovers):
            continue
        judged = judge(ask, give, on=on, terms=terms)
        failing = tuple(f.says for _, f, _ in judged.rows if f.failed is not None)
        rows.append((len(failing), -judged.score, give.id, failing or (GIVEN if give.id in handed else NOTHING_BACK,)))
    return tuple((give, says) for _, _, give, says in sorted(rows)[:limit])
