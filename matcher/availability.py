"""Availability: whether somebody could start now, and whether first contact can come in time."""

from __future__ import annotations

from matcher.findings import Finding, asked, met, not_known, rule_fails
from matcher.freshness import AVAILABILITY_DAYS, age_days
from matcher.names import count
from matcher.records import Need, Offer, Request, Requirement, Verdict
from matcher.schedules import is_over, local_day, next_session

SOON_DAYS = {"today": 0, "week": 7, "half_term": 42}


def is_full(offer: Offer) -> bool:
    """Whether there is no place: it says full, or that none is left."""
    return offer.availability == "full" or (offer.places_left == 0 and offer.availability in ("open", "few_places"))


def assess_open(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """Full, paused or past its last date leaves an offer out; a pause that should have ended is checked first."""
    today = local_day(request.on)
    opened = {"availability": {"state": "open", "places_left": None, "paused_until": None}}
    findings = []
    if is_full(offer):
        findings.append(rule_fails("not_open", "It is full at the moment.", opened))
    elif offer.availability == "paused":
        if offer.paused_until is None:
            findings.append(rule_fails("not_open", "It is paused; we don't know until when.", opened))
        elif offer.paused_until >= today:
            findings.append(rule_fails("not_open", f"It is paused until {offer.paused_until.day} {offer.paused_until:%B %Y}.", opened))
        else:
            findings.append(not_known("It was paused, and may have started again.", check="Ask whether they have started again."))
    if is_over(offer, request):
        kept = [{k: v for k, v in row.items() if k != "until"} for row in offer.raw.get("sessions", [])]
        findings.append(rule_fails("not_open", "Its last date has passed.", {"sessions": kept}))
    return findings


def assess_state(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """How open it is: open, a few places, or a waiting list. Older than 35 days, it may have changed."""
    if is_full(offer) or offer.availability == "paused":
        return []
    # Who says how many places are left speaks for the places alone: the later of the two days counts here, and here only.
    age = age_days(offer, request)
    if offer.availability_on is not None:
        said = max(0, (local_day(request.on) - offer.availability_on).days)
        age = said if age is None else min(age, said)
    if age is not None and age > AVAILABILITY_DAYS:
        return [not_known(f"Its places were last confirmed {count(age, 'day')} ago: this may have changed.")]
    if offer.availability == "open":
        return [met("It is open.")]
    if offer.availability == "few_places":
        left = f": {offer.places_left} left" if offer.places_left else ""
        return [met(f"It has a few places{left}.", 0.9)]
    if offer.waiting_weeks is None:
        return [not_known("There is a waiting list; we don't know how long.")]
    fit = max(0.0, 0.6 - 0.05 * offer.waiting_weeks)
    return [Finding(Verdict.PARTLY, fit, f"There is a wait of about {count(offer.waiting_weeks, 'week')}.")]


def assess_wait(requirement: Requirement, offer: Offer) -> Finding:
    """Return whether the wait is no longer than asked for."""
    if offer.availability != "waiting":
        return asked(requirement, Verdict.MET, 1.0, "There is no waiting list.", code="waiting_too_long")
    if offer.waiting_weeks is None:
        return asked(requirement, Verdict.NOT_KNOWN, None, "We don't know how long the wait is.", code="waiting_too_long", check="Ask how long the wait is.")
    says = f"The wait is about {count(offer.waiting_weeks, 'week')}"
    if offer.waiting_weeks <= requirement.weeks:
        return asked(requirement, Verdict.MET, 1.0, f"{says}.", code="waiting_too_long")
    return asked(requirement, Verdict.NOT_MET, 0.0, f"{says}; at most {count(requirement.weeks, 'week')} was asked for.", code="waiting_too_long")


def assess_soon(need: Need, request: Request, offer: Offer) -> list[Finding]:
    """Whether first contact can come as soon as it is needed. This only reorders."""
    if need.within == "whenever":
        return []
    days = _first_contact_days(request, offer)
    wanted = {"today": "today", "week": "this week", "half_term": "this half-term"}[need.within]
    if days is None:
        return [not_known(f"Help is needed {wanted}; we don't know how soon they answer.")]
    if days <= SOON_DAYS[need.within]:
        return [met(f"They can be in touch {wanted}.")]
    return [Finding(Verdict.NOT_MET, 0.0, f"Help is needed {wanted}: this may be too late.")]


def _first_contact_days(request: Request, offer: Offer) -> float | None:
    if offer.availability == "waiting":
        return None if offer.waiting_weeks is None else offer.waiting_weeks * 7
    if offer.answers_within is not None:
        return SOON_DAYS[offer.answers_within]
    following = next_session(offer, request)
    return None if following is None else (following.date() - local_day(request.on)).days
