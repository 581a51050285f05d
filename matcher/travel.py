"""Travel: how long it takes to get there. A withheld place is never read; what comes to you, or is not a place, counts as none."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

from matcher.findings import Finding, asked
from matcher.records import Offer, Place, Request, Requirement, Verdict

DETOUR = 1.3  # streets are longer than the crow flies: a usual circuity factor; judgement, November 2026
# Minutes a street kilometre takes, and minutes before one sets off. Judgements, November 2026.
SPEEDS = {"walk": (12.5, 0.0), "bus": (4.0, 10.0), "car": (2.4, 3.0)}
NOT_A_JOURNEY = frozenset({"online", "phone", "home_visit", "recorded", "delivery"})
EARTH_KM = 6371.0088  # mean radius. Source: IUGG


def crow_flies_km(a: Place, b: Place) -> float:
    """Return the great-circle distance between two points, in kilometres.

    >>> round(crow_flies_km(Place(53.8, -1.5), Place(53.8, -1.5)), 3)
    0.0
    """
    la, lb = radians(a.latitude), radians(b.latitude)
    h = sin((lb - la) / 2) ** 2 + cos(la) * cos(lb) * sin(radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(h) if h < 1.0 else 1.0)


def needs_no_journey(offer: Offer) -> bool:
    """Whether the offer can be had without going anywhere."""
    return bool(set(offer.modes) & NOT_A_JOURNEY)


def distance_km(request: Request, offer: Offer) -> float | None:
    """Return the kilometres by street to the offer: 0 where it can be had at home, None where it is not known or withheld."""
    if needs_no_journey(offer):
        return 0.0
    if request.home is None or offer.place is None or offer.place_withheld:
        return None
    return crow_flies_km(request.home, offer.place) * DETOUR


def minutes(km: float, by: str) -> float:
    """Return about how many minutes a street distance takes by walk, bus or car."""
    if km == 0:
        return 0.0
    per_km, before = SPEEDS[by]
    return before + per_km * km


def assess(requirement: Requirement, request: Request, offer: Offer) -> Finding:
    """Return whether the offer can be reached in the minutes asked for."""
    km = distance_km(request, offer)
    how = {"walk": "on foot", "bus": "by bus", "car": "by car"}[requirement.by]
    if km is None:
        return asked(requirement, Verdict.NOT_KNOWN, None, "We don't know how long it takes to get there.", code="too_far", check="Ask how they would get there.")
    if needs_no_journey(offer):
        return asked(requirement, Verdict.MET, 1.0, "There is no journey to make.", code="too_far")
    needed = minutes(km, requirement.by)
    says = f"About {needed:.0f} minutes {how}."
    if needed <= requirement.minutes:
        return asked(requirement, Verdict.MET, 1.0, says, code="too_far")
    return asked(requirement, Verdict.NOT_MET, 0.0, f"{says} {requirement.minutes:g} were asked for.", code="too_far")
