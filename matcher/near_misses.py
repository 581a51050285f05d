"""Near misses: the smallest change that would let an offer in. Each is tried before it is told."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

from matcher.assessment import Assessment, assess
from matcher.errors import MatcherError
from matcher.findings import Finding
from matcher.records import Need, Offer, Request, Requirement
from matcher.travel import distance_km, minutes

ROUNDS = 4


def smallest_change(found: Assessment, request: Request) -> tuple[dict[str, Any], ...] | None:
    """Return the changes which, applied together, let the offer in; None where none of ours does."""
    changes: list[dict[str, Any]] = []
    need, asked, offer, current = found.need, request, found.offer, found
    for _ in range(ROUNDS):
        if current.fits:
            return tuple(changes)
        for _criterion, finding in current.failing:
            change = _change(finding, asked, offer)
            if change is None:
                return None
            changes = _join(changes, change)
        try:
            need, asked, offer = apply(changes, found.need, request, found.offer)
        except MatcherError:
            return None
        current = assess(need, asked, offer)
    return tuple(changes) if current.fits else None


def _change(finding: Finding, request: Request, offer: Offer) -> dict[str, Any] | None:
    requirement = finding.requirement
    if requirement is None:
        return None if finding.change is None else {"offer": finding.change}
    looser = _looser(requirement, request, offer)
    return {"drop": requirement.raw} if looser is None else {"loosen": requirement.raw, "to": looser}


def _looser(requirement: Requirement, request: Request, offer: Offer) -> dict[str, Any] | None:
    raw = dict(requirement.raw)
    if requirement.what == "travel":
        km = distance_km(request, offer)
        return None if km is None else raw | {"minutes": math.ceil(minutes(km, requirement.by) / 5 + 1e-9) * 5}
    if requirement.what == "wait":
        return None if offer.waiting_weeks is None else raw | {"weeks": math.ceil(offer.waiting_weeks)}
    return raw | {"strength": "would_help"}


def _join(changes: list[dict[str, Any]], change: dict[str, Any]) -> list[dict[str, Any]]:
    if "offer" not in change:
        return changes if change in changes else [*changes, change]
    merged: dict[str, Any] = next((copy.deepcopy(c["offer"]) for c in changes if "offer" in c), {})
    merge(merged, change["offer"], drop_nulls=False)
    return [*(c for c in changes if "offer" not in c), {"offer": merged}]


def merge(into: dict[str, Any], part: dict[str, Any], *, drop_nulls: bool = True) -> None:
    """Merge a change into a record: into objects too; a null takes a field away; an object with a kind replaces the one before."""
    for key, value in part.items():
        if value is None and drop_nulls and key not in ("place", "confirmed_on"):
            into.pop(key, None)
        elif isinstance(value, dict) and isinstance(into.get(key), dict) and "kind" not in value:
            merge(into[key], value, drop_nulls=drop_nulls)
        else:
            into[key] = copy.deepcopy(value)


def apply(changes: list[dict[str, Any]], need: Need, request: Request, offer: Offer) -> tuple[Need, Request, Offer]:
    """Return the need, the request and the offer with the changes applied. Raises InvalidOffer or InvalidRequest."""
    for change in changes:
        if "offer" in change:
            data = copy.deepcopy(offer.raw)
            merge(data, change["offer"])
            offer = Offer.from_dict(data)
        else:
            old = change.get("drop") or change["loosen"]
            need = replace(need, requirements=_swap(need.requirements, old, change.get("to")))
            request = replace(request, requirements=_swap(request.requirements, old, change.get("to")))
    return need, request, offer


def _plain(raw: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in raw.items() if not (k == "is" and v == "yes")}


def _swap(rows: tuple[Requirement, ...], old: dict[str, Any], new: dict[str, Any] | None) -> tuple[Requirement, ...]:
    out: list[Requirement] = []
    for row in rows:
        if _plain(row.raw) != _plain(old):
            out.append(row)
        elif new is not None:
            out.append(replace(row, must=new["strength"] == "must", minutes=new.get("minutes", row.minutes), weeks=new.get("weeks", row.weeks), raw=new))
    return tuple(out)
