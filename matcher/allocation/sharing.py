"""Sharing out: offers and requests in, a proposal out, beside what first come, first served would have done. A person decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcher import safety
from matcher.alike import facets
from matcher.allocation.fairness import measures
from matcher.allocation.first_come import first_come
from matcher.allocation.floors import keep_floors
from matcher.allocation.flow import share
from matcher.allocation.market import ONE, Ints, Market
from matcher.allocation.parts import Spread, solve_parts
from matcher.assessment import Assessor
from matcher.errors import InvalidRequest
from matcher.policy import VERSION
from matcher.records import Offer, Request

Lock = tuple[str, str, str]  # request, need, offer


@dataclass(frozen=True)
class Asked:
    """A market with the names of its rows, and what never came to it."""

    market: Market
    requests: tuple[str, ...]
    needs: tuple[tuple[str, str], ...]
    offers: tuple[str, ...]
    stopped: tuple[tuple[str, str], ...]
    kept_away: frozenset[int]
    labels: tuple[str, ...]


def places_of(offer: Offer, needs: int) -> int:
    """Return how many an offer can take: the places left, or all who ask where that is not recorded or a waiting list is kept."""
    return needs if offer.places_left is None or (offer.availability == "waiting" and offer.places_left == 0) else min(needs, offer.places_left)


def market_of(offers: Iterable[Offer], requests: Iterable[Request], groups: Mapping[str, str] | None = None) -> Asked:
    """Return the market of feasible pairs. A request that safety stops is not in it; `groups` (request id to label) reaches no score."""
    by_need: dict[str, list[Offer]] = {}
    ordered = sorted(offers, key=lambda o: o.id)
    number = {o.id: n for n, o in enumerate(ordered)}
    for offer in ordered:
        for code in dict.fromkeys(offer.needs):
            by_need.setdefault(code, []).append(offer)
    stopped, taken = [], []
    for request in requests:
        reason = safety.stops(request)
        stopped += [(request.id, reason)] if reason else []
        taken += [] if reason else [request]
    needs: list[tuple[str, str]] = []
    family_of: list[int] = []
    kept_away: set[int] = set()
    pairs: tuple[list[int], list[int], list[int]] = ([], [], [])
    alike = facets()
    for family, request in enumerate(taken):
        for need in request.needs:
            serving = by_need.get(need.code, [])
            near = [o for o in serving if o.organisation not in request.keep_away]
            if serving and not near:
                kept_away.add(len(needs))
            assessor = Assessor(need, request, alike)
            for found in (assessor.assess(o) for o in near):
                if found.fits:
                    for column, value in zip(pairs, (len(needs), number[found.offer.id], found.score), strict=True):
                        column.append(value)
            needs.append((request.id, need.id))
            family_of.append(family)
    labels = sorted({(groups or {}).get(r.id, "") for r in taken}) if groups else []
    market = Market.of(
        family_of, [places_of(o, len(needs)) for o in ordered], pairs, families=len(taken),
        most=[1 if r.one_at_a_time else len(r.needs) for r in taken], group=[labels.index((groups or {}).get(r.id, "")) for r in taken] if groups else None,
    )
    return Asked(market, tuple(r.id for r in taken), tuple(needs), tuple(number), tuple(stopped), frozenset(kept_away), tuple(labels))


def allocate(
    offers: Iterable[Offer], requests: Iterable[Request], *, locks: Iterable[Lock] = (), groups: Mapping[str, str] | None = None,
    floors: Mapping[str, float] | None = None, spread: Spread = map,
) -> dict[str, Any]:
    """Return a proposal in the contract's form: the fewest families with nothing, then the best sum of scores, proven.

    Parameters
    ----------
    locks : (request, need, offer), pairs that a person has fixed; the rest is solved round them.
    groups : request id to a plain label, such as an area; no group falls below its first-come level.
    floors : label to the least sum of scores per family, where more than the first-come level is asked for.
    spread : maps a function over the parts that share no offer.

    Raises
    ------
    InvalidRequest : a lock or a floor that cannot be kept, one line each.

    Examples
    --------
    >>> pantry = Offer.from_dict({
    ...     "id": "pantry", "organisation": {"id": "hope", "name": "Hope Pantry"}, "name": "Weekly shop", "needs": ["food_weekly"],
    ...     "availability": {"state": "few_places", "places_left": 1}, "confirmed_on": "2026-10-08"})
    >>> asking = [Request.from_dict({"id": i, "on": "2026-10-20T15:10:00+01:00", "safety": "no", "needs": [{"id": "n", "code": "food_weekly"}]})
    ...     for i in ("r1", "r2")]
    >>> found = allocate([pantry], asking, locks=[("r2", "n", "pantry")])
    >>> found["assignments"][0]["request"], found["unmet"][0]["because"], found["optimal"]
    ('r2', 'places_ran_out', True)
    """
    asked = market_of(offers, requests, groups)
    whole = asked.market
    fixed = _fixed(asked, tuple(locks))
    try:
        market = whole.fix(fixed)
    except ValueError as error:
        raise InvalidRequest(["locks: take more than there is; each need once, and no offer beyond its places"]) from error
    rows = np.flatnonzero(~np.isin(whole.pair_need, whole.pair_need[fixed]))
    best, come = solve_parts(market, spread), first_come(market)
    chosen, bound = best.chosen, best.bound
    if asked.labels:
        lowest = np.maximum(market.by_group(come), _asked_floors(asked, floors or {}, whole.by_group(fixed)))
        try:
            floored = keep_floors(market, lowest, chosen, None if floors else come)
        except ValueError as error:
            raise InvalidRequest([f"floors: {error}"]) from error
        changed = floored.chosen is not chosen
        chosen, bound = floored.chosen, floored.bound if floored.bound is not None else best.bound
        proven = market.objective(chosen) == floored.bound if changed else best.proven
    else:
        changed, proven = False, best.proven
    pure = share(market, bonus=0).chosen if len(market.score) else chosen
    everything = {name: np.sort(np.r_[fixed, rows[c]]) for name, c in (("kith", chosen), ("come", come), ("pure", pure))}
    found = _told(asked, everything["kith"])
    most = whole.objective(everything["pure"])
    labels = list(asked.labels)
    return {
        "policy": f"{VERSION}; fewest with nothing, then the best sum of scores", "objective": whole.objective(everything["kith"]) / ONE, "optimal": bool(proven),
        "bound": (bound + whole.objective(fixed)) / ONE, **found,
        "fairness": {
            **measures(whole, everything["kith"], labels), "first_come": measures(whole, everything["come"], labels),
            "pure": measures(whole, everything["pure"], labels), "price": round(1 - whole.objective(everything["kith"]) / most, 6) if most > 0 else 0.0,
        },
        "shadow_price": {} if changed else {asked.offers[o]: best.price[o] / ONE for o in np.flatnonzero((best.price != 0) | best.one_more)},
        "one_more_family": [] if changed else [asked.offers[o] for o in np.flatnonzero(best.one_more)],
    }


def _fixed(asked: Asked, locks: tuple[Lock, ...]) -> Ints:
    rows = {(*asked.needs[n], asked.offers[o]): row for row, (n, o) in enumerate(zip(asked.market.pair_need.tolist(), asked.market.pair_offer.tolist(), strict=True))}
    faults = [f"lock {' · '.join(k)}: is not a feasible pair; it should be a request, one of its needs and an offer that fits it" for k in locks if k not in rows]
    if faults:
        raise InvalidRequest(faults)
    return np.asarray([rows[k] for k in locks], dtype=np.int64)


def _asked_floors(asked: Asked, floors: Mapping[str, float], already: Ints) -> Ints:
    unknown = sorted(set(floors) - set(asked.labels))
    if unknown:
        raise InvalidRequest([f"floors: {name}: is not a group; it should be one of {', '.join(asked.labels)}" for name in unknown])
    sizes = np.bincount(asked.market.group, minlength=len(asked.labels))
    return np.asarray([np.ceil(floors.get(g, 0.0) * n * ONE) for g, n in zip(asked.labels, sizes, strict=True)], dtype=np.int64) - already


def _told(asked: Asked, chosen: Ints) -> dict[str, Any]:
    market = asked.market
    met = set(market.pair_need[chosen].tolist())
    feasible, reached = set(market.pair_need.tolist()), market.reached(chosen)
    assignments = [
        {"request": asked.needs[n][0], "need": asked.needs[n][1], "offer": asked.offers[o], "score": s / ONE}
        for n, o, s in sorted(zip(*(x[chosen].tolist() for x in (market.pair_need, market.pair_offer, market.score)), strict=True))
    ]
    unmet, held, away = [], [], []
    for n, (request, need) in enumerate(asked.needs):
        family = int(market.family_of[n])
        if n in met:
            continue
        named = {"request": request, "need": need}
        if n in asked.kept_away:
            away.append(named)
        elif n not in feasible:
            unmet.append({**named, "because": "no_feasible_offer"})
        elif reached[family] and market.most[family] == 1:
            held.append(named)
        else:
            unmet.append({**named, "because": "places_ran_out"})
    stopped = [{"request": r, "because": b} for r, b in asked.stopped]
    return {"assignments": assignments, "unmet": unmet, "held_back": held, "kept_away": away, "stopped": stopped}
