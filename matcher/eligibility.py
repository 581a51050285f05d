"""Eligibility: authorisation for regulated work, who may refer, whom it is for, age, gender, community and area."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

from matcher.findings import Finding, met, not_known, rule_fails
from matcher.names import primary
from matcher.records import Need, Offer, Request, Requirement
from matcher.schedules import local_day
from matcher.taxonomy import NEEDS
from matcher.travel import crow_flies_km

# Which routes each referrer may use. A school counts as a professional; a safeguarding lead may use the closed routes too.
ROUTES = {
    "school": {"anyone", "school", "professional"},
    "professional": {"anyone", "professional"},
    "self": {"anyone"},
    "dsl": {"anyone", "school", "professional", "single_point", "dsl"},
}


def requirements_of(need: Need, request: Request) -> tuple[Requirement, ...]:
    """Return what is asked for this need: the request's requirements, then the need's own."""
    return (*request.requirements, *need.requirements)


def assess_authorised(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """Regulated work needs an authorisation that is valid on the day; an organisation known not to be assured is left out."""
    findings = []
    day = local_day(request.on)
    if NEEDS[need.code].path == "regulated" and not any(a.need == need.code and a.valid_until >= day for a in offer.authorisations):
        others = [{"need": a.need, "valid_until": a.valid_until.isoformat()} for a in offer.authorisations if a.need != need.code]
        findings.append(rule_fails(
            "not_authorised", "Only authorised advisers may do this work, and we know of no authorisation that is valid today.",
            {"authorisations": [*others, {"need": need.code, "valid_until": day.isoformat()}]},
        ))
    if offer.assured == "no":
        findings.append(rule_fails("not_authorised", "The school's checks on this organisation are not complete.", {"assured": "yes"}))
    return findings


def assess_route(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """Who may refer. An offer that families ask for themselves stays, and says so."""
    routes = set(offer.who_may_refer)
    if routes & ROUTES[request.referrer]:
        return []
    if "self" in routes:
        return [met("The family refers themselves; you can help them ring.", 0.5)]
    closed = "It takes referrals through one single point only." if "single_point" in routes else "It takes referrals from the safeguarding lead only." if "dsl" in routes else "It does not take referrals from here."
    return [rule_fails("may_not_refer", closed, {"who_may_refer": [*offer.who_may_refer, "anyone"]})]


def refers_themselves(request: Request, offer: Offer) -> bool:
    """Whether the only open route is the family's own."""
    return not set(offer.who_may_refer) & ROUTES[request.referrer] and "self" in offer.who_may_refer


def assess_whom(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """Whom it is for. A need of the whole family is served by any audience; a family offer serves a child and an adult too."""
    if not offer.audience or need.for_whom == "family" or {need.for_whom, "family"} & set(offer.audience):
        return []
    whom = " and ".join({"family": "families", "adult": "adults", "child": "children"}[a] for a in offer.audience)
    return [rule_fails("not_eligible", f"It is for {whom}.", {"audience": [*offer.audience, need.for_whom]})]


def assess_age(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """Ages in completed years: they bind a child's need, and any other where an age was given. An unknown age is checked first."""
    low, high = offer.age_min, offer.age_max
    if low is None and high is None:
        return []
    span = f"{low:g} to {high:g}" if low is not None and high is not None else f"{low:g} and over" if low is not None else f"up to {high:g}"
    if need.age_years is None:
        if need.for_whom != "child":
            return []
        return [not_known(f"It is for ages {span}; we don't know the child's age.", check=f"Check the child's age: it is for ages {span}.")]
    years = math.floor(need.age_years)
    if (low is None or need.age_years >= low) and (high is None or years <= high):
        return [met(f"It is for ages {span}.", 0.5)]
    ages: dict[str, Any] = {}
    if low is not None and need.age_years < low:
        ages["min"] = years
    if high is not None and years > high:
        ages["max"] = years
    return [rule_fails("not_eligible", f"It is for ages {span}.", {"ages_years": ages})]


def genders_named(need: Need, request: Request) -> set[str]:
    """Return the genders that the request names, at either strength."""
    return {r.value for r in requirements_of(need, request) if r.what == "gender"}


def assess_gender(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """An offer for one gender is suggested only when the request names it."""
    if offer.gender == "any" or offer.gender in genders_named(need, request):
        return []
    return [rule_fails("not_eligible", f"It is for {offer.gender} only, and is shown when that is asked for.", {"gender": "any"})]


def assess_community(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """An offer run by and for one community is suggested only when the family asks: by that need, its language or its gender."""
    if not offer.community or need.code == "own_community":
        return []
    spoken = {primary(tag) for tag in offer.languages} - {"en"}
    named = {primary(r.value) for r in requirements_of(need, request) if r.what == "language"}
    if spoken & named or (offer.gender != "any" and offer.gender in genders_named(need, request)):
        return []
    return [rule_fails("not_eligible", "It is run by and for one community, and is shown when that is asked for.", {"community": False})]


_WHOLE = re.compile(r"^([A-Z]{1,2}[0-9][0-9A-Z]?)([0-9])[A-Z]{2}$")


@lru_cache(maxsize=65536)
def area_of(postcode: str | None) -> tuple[str | None, str | None]:
    """Return a postcode's outcode and sector digit; either may be None where it is not whole.

    >>> area_of("LS9 7AB"), area_of("ls14 1"), area_of("LS9")
    (('LS9', '7'), ('LS14', '1'), ('LS9', None))
    """
    text = (postcode or "").upper().strip()
    squeezed = re.sub(r"\s+", "", text)
    whole = _WHOLE.match(squeezed)
    if whole:
        return whole.group(1), whole.group(2)
    parts = text.split()
    if len(parts) == 2 and re.fullmatch(r"[A-Z]{1,2}[0-9][0-9A-Z]?", parts[0]) and re.fullmatch(r"[0-9][A-Z]{0,2}", parts[1]):
        return parts[0], parts[1][0]
    if re.fullmatch(r"[A-Z]{1,2}[0-9][0-9A-Z]?", squeezed):
        return squeezed, None
    return None, None


def _tenth_from(km: float) -> float:
    """Return the smallest tenth of a kilometre that is not below a distance."""
    tenths = math.ceil(km * 10)
    return tenths / 10 if tenths / 10 >= km else (tenths + 1) / 10


def too_far_away(covers: float, km: float) -> Finding:
    """The home is `km` kilometres from an offer that covers fewer round its place. Says the same for all distances between two twentieths of a kilometre."""
    return rule_fails("outside_area", f"It covers {covers:g} km round its place; this is {km:.1f} km away.", {"area": {"kind": "radius", "km": _tenth_from(km)}})


def assess_area(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """Whether the home is in the offer's area. A prefix is a whole outcode or a whole sector."""
    kind, detail = offer.area
    if kind == "anywhere":
        return []
    ask = "Ask whether they cover this address."
    if kind == "radius":
        if request.home is None or offer.place is None or offer.place_withheld:
            return [not_known(f"It covers {detail:g} km round its place; we can't tell whether that reaches here.", check=ask)]
        km = crow_flies_km(request.home, offer.place)
        if km <= detail:
            return [met("Your area is covered.", 0.5)]
        return [too_far_away(detail, km)]
    outcode, digit = area_of(request.postcode)
    if outcode is None:
        return [not_known("It covers some postcodes; we don't know the family's.", check=ask)]
    unsure = False
    for prefix in detail:
        theirs, their_digit = area_of(prefix)
        if theirs == outcode:
            if their_digit is None or their_digit == digit:
                return [met("Your area is covered.", 0.5)]
            unsure = unsure or digit is None
    if unsure:
        return [not_known("It covers part of this postcode district.", check=ask)]
    covered = ", ".join(detail[:6])
    return [rule_fails("outside_area", f"It covers {covered} only.", {"area": {"kind": "postcodes", "prefixes": [*detail, f"{outcode} {digit}" if digit else outcode]}})]
