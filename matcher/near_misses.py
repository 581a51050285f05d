"""Near misses: the smallest change that would let an offer in.

One change is one requirement of the request, dropped or loosened, or one field of the offer (one feature of `features`). What leaves
an offer out falls into parts that share no change: who it is for and its languages; where and when it is had; how open it is; and the
rest, one change each. Every way to mend a part is counted, so the sum of the fewest is the fewest of all.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from operator import itemgetter
from typing import Any

from matcher.assessment import Assessment
from matcher.eligibility import genders_named, requirements_of
from matcher.features import OF_A_PLACE
from matcher.findings import Finding
from matcher.judging import Missed
from matcher.loosening import looser, looser_hours
from matcher.names import primary
from matcher.policy import Criterion
from matcher.records import Need, Offer, Place, Request, Requirement, Verdict
from matcher.schedules import fits, spans_of
from matcher.travel import DETOUR, NOT_A_JOURNEY, crow_flies_km, minutes, needs_no_journey

Change = dict[str, Any]
_AT_ANY_TIME = frozenset({"recorded", "delivery"})
STEPS = 40  # halvings of the way home: well under a millimetre


def smallest_change(found: Assessment | Missed, request: Request) -> tuple[Change, ...] | None:
    """Return the fewest changes which, applied together, let the offer in; None where no change of ours does.

    >>> from matcher import Offer, Request
    >>> from matcher.assessment import assess
    >>> group = Offer.from_dict({"id": "g", "organisation": {"id": "g", "name": "G"}, "name": "G", "needs": ["lonely"],
    ...     "availability": {"state": "waiting", "waiting_weeks": 3}, "confirmed_on": "2026-10-08"})
    >>> asked = Request.from_dict({"id": "r", "on": "2026-10-20T15:10:00+01:00", "safety": "no", "needs": [{"id": "n", "code": "lonely"}],
    ...     "requirements": [{"what": "wait", "weeks": 2, "strength": "must"}]})
    >>> smallest_change(assess(asked.needs[0], asked, group), asked)[0]["to"]
    {'what': 'wait', 'weeks': 3, 'strength': 'must'}
    """
    of_rules = _of_rules(found.failing)
    if of_rules is not None:
        return of_rules
    parts = _parted(found.failing)
    changes: list[Change] = [{"offer": f.change} for f in parts.alone if f.change is not None]
    changes += [{"loosen": r.raw, "to": looser(r, request, found.offer)} for r in _once(parts.features)]
    if parts.rules or parts.asked:
        changes += _people(parts, found, request) + _where_and_when(parts, found, request) + _openness(parts, found, request)
    return tuple(changes)


def _of_rules(failing: Iterable[tuple[Criterion, Finding]]) -> tuple[Change, ...] | None:
    """Return the offer's own changes where only its rules fail, at most one of each part; None where there is more to weigh."""
    alone: list[Change] = []
    people = where = state = None
    for criterion, finding in failing:
        if finding.requirement is not None:
            return None
        name, change = criterion.name, finding.change
        if name == "area":
            where = change
        elif name in ("gender", "community"):
            if people is not None or change is None:
                return None
            people = change
        elif name == "open":
            if change is None or "sessions" in change:
                return None
            state = change
        elif change is not None:
            alone.append({"offer": change})
    return (*alone, *({"offer": change} for change in (people, where, state) if change is not None))


@dataclass
class _Parts:
    """The failing findings, by the part that they belong to."""

    alone: list[Finding] = field(default_factory=list)
    features: list[Requirement] = field(default_factory=list)
    rules: dict[str, Finding] = field(default_factory=dict)  # gender, community, area, over, open
    asked: dict[str, list[Requirement]] = field(default_factory=dict)


def _parted(failing: Iterable[tuple[Criterion, Finding]]) -> _Parts:
    parts = _Parts()
    for criterion, finding in failing:
        requirement = finding.requirement
        if requirement is None:
            if criterion.name in ("gender", "community", "area"):
                parts.rules[criterion.name] = finding
            elif criterion.name == "open":
                parts.rules["over" if "sessions" in (finding.change or {}) else "open"] = finding
            else:
                parts.alone.append(finding)
        elif requirement.what == "feature" and requirement.value not in OF_A_PLACE:
            parts.features.append(requirement)
        else:
            parts.asked.setdefault("time" if requirement.what == "not_time" else requirement.what, []).append(requirement)
    return parts


def _once(rows: Iterable[Requirement]) -> list[Requirement]:
    """Return requirements without those that say the same again, of the request and of the need."""
    there = list(rows)
    if len(there) < 2:
        return there
    found: list[Requirement] = []
    for row in there:
        if all(plain(row.raw) != plain(known.raw) for known in found):
            found.append(row)
    return found


def _eased(rows: Iterable[Requirement], request: Request, offer: Offer) -> list[Change]:
    return [{"loosen": r.raw, "to": looser(r, request, offer)} for r in _once(rows)]


def _fewest(ways: Iterator[list[Change]]) -> list[Change]:
    """Return the way with the fewest changes; of equals the one that asks least of the partner, then the first."""
    return min(ways, key=lambda way: (len(way), sum("offer" in c for c in way)))


def _people(parts: _Parts, found: Assessment | Missed, request: Request) -> list[Change]:
    tongues, genders = parts.asked.get("language", []), parts.asked.get("gender", [])
    rules = [parts.rules[name] for name in ("gender", "community") if name in parts.rules]
    if len(rules) + len(tongues) + len(genders) <= 1:
        return [{"offer": f.change} for f in rules if f.change] + _eased([*tongues, *genders], request, found.offer)
    return _fewest(_ways_with_people(parts, found, request))


def _ways_with_people(parts: _Parts, found: Assessment | Missed, request: Request) -> Iterator[list[Change]]:
    offer, wanted = found.offer, requirements_of(found.need, request)
    tongues = parts.asked.get("language", [])
    named, genders = {primary(r.value) for r in wanted if r.what == "language"}, genders_named(found.need, request)
    more = list(dict.fromkeys(r.value for r in tongues))
    languages: list[tuple[Change | None, set[str]]] = [(None, set()), ({"interpreter": "yes"}, set()), ({"languages": [*offer.languages, *more]}, {primary(t) for t in more} - {"en"})]
    openings: list[Change | None] = [None, {"community": False}]
    spoken = {primary(t) for t in offer.languages} - {"en"}
    for gender, (tongue, added), opened in product((offer.gender, "any", "women", "men"), languages if tongues else languages[:1], openings):
        if gender != "any" and gender not in genders:
            continue
        asked_for = (spoken | added) & named or (gender != "any" and gender in genders)
        if "community" in parts.rules and not (opened or asked_for):
            continue
        way: list[Change] = [] if gender == offer.gender else [{"offer": {"gender": gender}}]
        way += [{"offer": c} for c in (tongue, opened) if c]
        way += _eased((r for r in wanted if r.what == "gender" and r.must and r.value != gender), request, offer)
        yield way + (_eased(tongues, request, offer) if tongue is None else [])


def _openness(parts: _Parts, found: Assessment | Missed, request: Request) -> list[Change]:
    if "open" in parts.rules:
        return [{"offer": parts.rules["open"].change}]
    waits = _once(parts.asked.get("wait", []))
    if len(waits) <= 1:
        return _eased(waits, request, found.offer)
    return [{"offer": {"availability": {"waiting_weeks": min(r.weeks for r in waits)}}}]


def _where_and_when(parts: _Parts, found: Assessment | Missed, request: Request) -> list[Change]:
    rules = [parts.rules[name] for name in ("area", "over") if name in parts.rules]
    if not parts.asked and "over" not in parts.rules:
        return [{"offer": f.change} for f in rules]
    journeys = _once([*parts.asked.get("travel", []), *parts.asked.get("feature", [])])
    modes, times = _once(parts.asked.get("mode", [])), parts.asked.get("time", [])
    if not (rules or journeys or modes or times):
        return []
    if len(rules) + len(journeys) + len(modes) == 1 and not times and not ("over" in parts.rules and _time_musts(found.need, request)):
        return [{"offer": f.change} for f in rules if f.change] + _eased([*journeys, *modes], request, found.offer)
    return _with_places(parts, found, request, journeys, modes)


def _with_places(parts: _Parts, found: Assessment | Missed, request: Request, journeys: list[Requirement], modes: list[Requirement]) -> list[Change]:
    """Return the fewest changes of where and when; all ways are counted, and the best is written out."""
    offer, area, over = found.offer, parts.rules.get("area"), parts.rules.get("over")
    hours = _hours_eased(found.need, request, offer) if parts.asked.get("time") else []
    reopened = _hours_eased(found.need, request, replace(offer, sessions=tuple(replace(s, until_on=None) for s in offer.sessions))) if over else []
    at_home, ringed, staying = needs_no_journey(offer), offer.area[0] == "radius", [r for r in journeys if r.what != "travel"]

    extras = _extra_modes(offer, modes)
    kinds = tuple((extra is not None and (at_home or not NOT_A_JOURNEY.isdisjoint(extra)), extra is not None and not _AT_ANY_TIME.isdisjoint(extra)) for extra in extras)
    helps = _moving_helps(found, request, area, journeys), _moving_helps(found, request, area, [])
    place, moved, by_arrangement, more_dates = _fewest_where(
        kinds, helps, area is not None, ringed, over is not None, len(staying), len(journeys), len(modes), len(hours), len(reopened),
    )
    extra, (reached, anytime) = extras[place], kinds[place]
    way: list[Change] = [] if extra is None else [{"offer": {"modes": [*offer.modes, *extra]}}]
    if by_arrangement:
        way.append({"offer": {"any_time": True}})
    if more_dates and over:
        way.append({"offer": over.change})
    if moved:
        way.append({"offer": {"place": _nearer(found, request, area, [] if reached else journeys)}})
    if area is not None and (not moved or not ringed):
        way.append({"offer": area.change})
    if extra is None:
        way += _eased(modes, request, offer)
    if not reached:
        way += _eased(staying if moved else journeys, request, offer)
    if not (by_arrangement or anytime):
        way += reopened if more_dates else hours
    return way


@lru_cache(maxsize=4096)
def _fewest_where(
    kinds: tuple[tuple[bool, bool], ...], helps: tuple[bool, bool], outside: bool, ringed: bool, over: bool, staying: int, journeys: int, modes: int, hours: int,
    reopened: int,
) -> tuple[int, bool, bool, bool]:
    """Return the way with the fewest changes, and of those the fewest of the offer: the place in `kinds`, moved, by arrangement, more dates.

    `kinds` has, for each way it might also be had, whether nobody need go anywhere and whether it is at any time; `helps` whether a nearer place
    mends something where journeys are made, and where none is. The numbers are of requirements to be loosened.
    """

    def ways() -> Iterator[tuple[tuple[int, int], tuple[int, bool, bool, bool]]]:
        for place, (reached, anytime) in enumerate(kinds):
            for moved in (False, True) if helps[reached] else (False,):
                widened = outside and (not moved or not ringed)
                eased = (0 if reached else staying if moved else journeys) + (0 if place else modes)
                for by_arrangement in (False, True):
                    always = by_arrangement or anytime
                    for more_dates in (False, True) if over else (False,):
                        if over and not (always or more_dates):
                            continue
                        of_offer = (place > 0) + by_arrangement + more_dates + moved + widened
                        loosened = eased + (0 if always else reopened if more_dates else hours)
                        yield (of_offer + loosened, of_offer), (place, moved, by_arrangement, more_dates)

    return min(ways(), key=itemgetter(0))[1]


def _extra_modes(offer: Offer, modes: list[Requirement]) -> list[tuple[str, ...] | None]:
    """Return the ways an offer might also be had: as asked, at home, or at any time; the fewest first."""
    asked = tuple(dict.fromkeys(r.value for r in modes))
    kinds = [asked] if asked else []
    kinds += [tuple(dict.fromkeys((*asked, more))) for more in ("phone", "delivery" if offer.kind in ("goods", "money") else "recorded")]
    return [None, *kinds]


def _time_musts(need: Need, request: Request) -> list[Requirement]:
    return _once(r for r in requirements_of(need, request) if r.what in ("time", "not_time") and r.must)


def _hours_eased(need: Need, request: Request, offer: Offer) -> list[Change]:
    """Return the fewest time requirements to loosen, and least of each, so that one and the same session suits them all."""
    musts = _time_musts(need, request)
    ways = []
    for span, _known in spans_of(offer, request):
        broken = [(r, *looser_hours(r, span)) for r in musts if fits(span, r) is Verdict.NOT_MET]
        ways.append((len(broken), sum(given for _, given, _ in broken), span, [{"loosen": r.raw, "to": to} for r, _, to in broken]))
    return min(ways, key=lambda way: way[:3])[3] if ways else []


def _moving_helps(found: Assessment | Missed, request: Request, area: Finding | None, journeys: list[Requirement]) -> bool:
    """Whether a place nearer home would mend the area or a journey: at home itself, all of them are."""
    ringed = area is not None and found.offer.area[0] == "radius"
    known = request.home is not None and found.offer.place is not None and not found.offer.place_withheld
    return known and (ringed or any(r.what == "travel" for r in journeys))


def _nearer(found: Assessment | Missed, request: Request, area: Finding | None, journeys: list[Requirement]) -> dict[str, float]:
    """Return the nearest point on the way home at which the area and every journey would do, in degrees."""
    offer, home, start = found.offer, request.home, found.offer.place
    if home is None or start is None:
        raise ValueError("a place can be moved only where it and the home are known")
    reach = offer.area[1] if area is not None and offer.area[0] == "radius" else float("inf")
    travel = [r for r in journeys if r.what == "travel" and not needs_no_journey(offer)]

    def at(share: float) -> Place:
        if share == 1.0:
            return home
        return Place(start.latitude + share * (home.latitude - start.latitude), start.longitude + share * (home.longitude - start.longitude))

    def near_enough(place: Place) -> bool:
        km = crow_flies_km(home, place)
        return km <= reach and all(minutes(km * DETOUR, r.by) <= r.minutes for r in travel)

    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if near_enough(at(middle)) else (middle, high)
    place = at(high)
    return {"latitude": place.latitude, "longitude": place.longitude}


def merge(into: dict[str, Any], part: dict[str, Any]) -> None:
    """Merge a change into a record: into objects too; a null takes a field away; an object with a kind replaces the one before."""
    for key, value in part.items():
        if value is None and key not in ("place", "confirmed_on"):
            into.pop(key, None)
        elif isinstance(value, dict) and isinstance(into.get(key), dict) and "kind" not in value:
            merge(into[key], value)
        else:
            into[key] = copy.deepcopy(value)


def apply(changes: Iterable[Change], need: Need, request: Request, offer: Offer) -> tuple[Need, Request, Offer]:
    """Return the need, the request and the offer with the changes applied. Raises InvalidOffer or InvalidRequest."""
    for change in changes:
        if "offer" in change:
            data = copy.deepcopy(offer.raw)
            merge(data, change["offer"])
            offer = Offer.from_dict(data)
        else:
            old = change.get("drop") or change["loosen"]
            new = Requirement.from_dict(change["to"]) if "to" in change else None
            need = replace(need, requirements=_swap(need.requirements, old, new))
            request = replace(request, requirements=_swap(request.requirements, old, new))
    return need, request, offer


def plain(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a requirement without the `is` that goes without saying."""
    return {k: v for k, v in raw.items() if not (k == "is" and v == "yes")}


def _swap(rows: tuple[Requirement, ...], old: dict[str, Any], new: Requirement | None) -> tuple[Requirement, ...]:
    kept = ((row if plain(row.raw) != plain(old) else new) for row in rows)
    return tuple(row for row in kept if row is not None)
