"""Builders of the matcher's records: each says only what its test is about; the rest is an everyday offer and an everyday request."""

from __future__ import annotations

import copy
from typing import Any

from matcher import Answer, Matcher, Offer, Request
from matcher.records import NeedAnswer

ON = "2026-10-20T15:10:00+01:00"  # a Tuesday in term
TERMS = [{"starts": "2026-09-02", "ends": "2026-10-23"}, {"starts": "2026-11-02", "ends": "2026-12-18"}]
HOME = {"latitude": 53.8098, "longitude": -1.466}
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]


def a_session(days: str | list[str] = "tue", starts: str = "10:00", ends: str = "12:00", **more: Any) -> dict[str, Any]:
    """A regular session."""
    return {"days": [days] if isinstance(days, str) else days, "starts": starts, "ends": ends, **more}


def an_offer(offer_id: str = "o1", **changes: Any) -> dict[str, Any]:
    """An open offer for parenting, confirmed lately, that takes anyone."""
    base: dict[str, Any] = {
        "id": offer_id, "organisation": {"id": f"org-{offer_id}", "name": f"Organisation {offer_id}"}, "name": f"Offer {offer_id}", "needs": ["parenting"],
        "availability": {"state": "open"}, "confirmed_on": "2026-10-08",
    }
    return base | copy.deepcopy(changes)


def a_requirement(what: str, strength: str = "must", **more: Any) -> dict[str, Any]:
    """A requirement; `from_` stands for `from` and `is_` for `is`."""
    return {"what": what, "strength": strength, **{k.rstrip("_"): v for k, v in more.items()}}


def a_need(need_id: str = "n1", code: str = "parenting", **changes: Any) -> dict[str, Any]:
    """A need; `for_` stands for `for`."""
    return {"id": need_id, "code": code, **{k.rstrip("_"): v for k, v in changes.items()}}


def a_request(*requirements: dict[str, Any], needs: list[dict[str, Any]] | None = None, **changes: Any) -> dict[str, Any]:
    """A school's request on a Tuesday in term, with nothing said of home or times."""
    base = {"id": "r1", "on": ON, "safety": "no", "needs": needs or [a_need()], "calendar": {"term": TERMS}, "requirements": list(requirements)}
    return base | copy.deepcopy(changes)


def ask(request: dict[str, Any], *offers: dict[str, Any], limit: int = 3) -> Answer:
    """The matcher's answer to plain records."""
    return Matcher().fit([Offer.from_dict(o) for o in offers]).suggest(Request.from_dict(request), limit=limit)


def first(request: dict[str, Any], *offers: dict[str, Any], limit: int = 3) -> NeedAnswer:
    """The answer for the first need."""
    return ask(request, *offers, limit=limit).needs[0]


def suggested(request: dict[str, Any], *offers: dict[str, Any], limit: int = 3) -> list[str]:
    """The offers suggested for the first need, best first."""
    return [s.offer for s in first(request, *offers, limit=limit).suggestions]


def because(request: dict[str, Any], *offers: dict[str, Any]) -> dict[str, list[str]]:
    """What is left out for the first need, each with its failing criteria."""
    return {x.offer: [r.criterion for r in x.because] for x in first(request, *offers).left_out}


def verdict(request: dict[str, Any], offer: dict[str, Any], criterion: str) -> str:
    """The verdict of one criterion on an offer that is suggested."""
    only = first(request, offer).suggestions[0]
    return next(r.verdict.value for r in only.reasons if r.criterion == criterion)


def check_first(request: dict[str, Any], offer: dict[str, Any]) -> tuple[str, ...]:
    """What is to be checked first on an offer that is suggested."""
    return first(request, offer).suggestions[0].check_first


def apply_changes(changes: list[dict[str, Any]], offers: list[dict[str, Any]], request: dict[str, Any], need_id: str, offer_id: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Changed offers and request, as the contract's own check applies a `would_fit_if`: independent of the matcher's way."""
    offers, request = copy.deepcopy(offers), copy.deepcopy(request)
    need = next(n for n in request["needs"] if n["id"] == need_id)
    for change in changes:
        if "offer" in change:
            _merge(next(o for o in offers if o["id"] == offer_id), change["offer"])
            continue
        if "need" in change:
            _merge(need, change["need"])
            continue
        old = change.get("drop") or change["loosen"]
        hits = 0
        for holder in (need, request):
            rows = holder.get("requirements", [])
            for i in reversed([i for i, r in enumerate(rows) if _plain(r) == _plain(old)]):
                hits += 1
                rows[i : i + 1] = [copy.deepcopy(change["to"])] if "to" in change else []
        assert hits, f"the change names a requirement that the request does not make: {old}"
    return offers, request


def _plain(requirement: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in requirement.items() if (k, v) != ("is", "yes")}


def _merge(into: dict[str, Any], part: dict[str, Any]) -> None:
    for key, value in part.items():
        if value is None and key not in ("place", "confirmed_on"):
            into.pop(key, None)
        elif isinstance(value, dict) and isinstance(into.get(key), dict) and "kind" not in value:
            _merge(into[key], value)
        else:
            into[key] = copy.deepcopy(value)
