"""Freshness: who last said that an offer is right, when and how; and the four answers to "Is this still right?"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.errors import InvalidRecord
from partners.registry import checks, offers, tasks
from partners.registry.offers import AvailabilityState, ConfirmedHow, Offer
from partners.registry.organisations import Organisation
from partners.registry.tasks import TaskKind

AVAILABILITY_DAYS = 35  # judgement, November 2026
CHECK_FIRST_DAYS = 90  # judgement, November 2026
LEFT_OUT_DAYS = 180  # judgement, November 2026


@dataclass(frozen=True)
class Freshness:
    """How true an offer is today: `state` is confirmed, check_first, left_out or not_confirmed; `age_days` since it was confirmed."""

    state: str
    age_days: int | None


def of(offer: Offer, *, on: date) -> Freshness:
    """Return how fresh an offer is on a day, by the two clocks of 90 and 180 days."""
    if offer.confirmed_on is None:
        return Freshness("not_confirmed", None)
    age = (on - offer.confirmed_on).days
    state = "left_out" if age > LEFT_OUT_DAYS else "check_first" if age > CHECK_FIRST_DAYS else "confirmed"
    return Freshness(state, age)


@dataclass(frozen=True)
class Clocks:
    """The two clocks in words: how recently its places and dates were said, and how recently the whole offer was confirmed."""

    availability: str
    availability_is_recent: bool
    offer: str
    offer_state: str


def _ago(days: int) -> str:
    return "today" if days <= 0 else "yesterday" if days == 1 else f"{days} days ago"


def clocks(offer: Offer, *, on: date) -> Clocks:
    """Return both clocks on a day: availability (35 days) and the offer (90 days, then 180)."""
    fresh = of(offer, on=on)
    if offer.availability_on is None:
        availability, recent = "Nobody has said how open it is.", False
    else:
        age = (on - offer.availability_on).days
        recent = age <= AVAILABILITY_DAYS
        availability = f"How open it is was said {_ago(age)}." if recent else f"How open it is may have changed: it was said {_ago(age)}."
    age_words = _ago(fresh.age_days or 0)
    since = f"{offer.confirmed_on.day} {offer.confirmed_on:%B %Y}" if offer.confirmed_on else ""
    words = {
        "not_confirmed": "Nobody has confirmed it yet, so it is not suggested.", "confirmed": f"Confirmed {age_words}.",
        "check_first": f"Last confirmed {age_words}: check first.", "left_out": f"Not confirmed since {since}, so it is not suggested. It can still be found.",
    }[fresh.state]
    return Clocks(availability, recent, words, fresh.state)


def confirm(session: Session, offer: Offer, *, how: ConfirmedHow, name: str, by: Actor, at: datetime) -> Offer:
    """Record that a named person said today that the offer is right, and by which means.

    Raises:
        InvalidRecord: no name, or an offer whose needs nobody has chosen yet.
    """
    access.require(by, "offer:confirm", offer)
    if not name.strip():
        raise InvalidRecord("name", "Say who confirmed it.")
    if not offer.needs:
        raise InvalidRecord("needs", "Choose what this offer helps with before confirming it.")
    offer.confirmed_on = offer.availability_on = day_of(at)
    offer.confirmed_by, offer.confirmed_how, offer.flagged_wrong_at = name.strip()[:120], how, None
    session.flush()
    checks.note_answer(session, offer.organisation_id, at=at)
    tasks.settle(session, offer, (TaskKind.WRONG, TaskKind.MISSED), by=by, at=at)
    audit.record(session, "offer:confirmed", ("offer", offer.id), by=by, at=at, how=how.value)
    return offer


def set_availability(
    session: Session, offer: Offer, state: AvailabilityState, *, by: Actor, at: datetime, places_left: int | None = None,
    waiting_weeks: float | None = None, paused_until: date | None = None,
) -> Offer:
    """Record how open an offer is today. This resets the availability clock only; it confirms nothing else.

    Raises:
        InvalidRecord: a number of places, weeks or a day that cannot be.
    """
    access.require(by, "offer:confirm", offer)
    today = day_of(at)
    if places_left is not None and not 0 <= places_left <= 10_000:
        raise InvalidRecord("places_left", "Give the number of places left, from 0 to 10,000.")
    if state is AvailabilityState.WAITING and (waiting_weeks is None or not 0 < waiting_weeks <= 156):
        raise InvalidRecord("waiting_weeks", "Say about how many weeks people wait, from 1 to 156.")
    if paused_until is not None and not today < paused_until <= today + timedelta(days=730):
        raise InvalidRecord("paused_until", "Give a day after today, within two years.")
    offer.availability, offer.availability_on = state, today
    offer.places_left = 0 if state is AvailabilityState.FULL else places_left
    offer.waiting_weeks = waiting_weeks if state is AvailabilityState.WAITING else None
    offer.paused_until = paused_until if state in (AvailabilityState.PAUSED, AvailabilityState.FULL) else None
    session.flush()
    checks.note_answer(session, offer.organisation_id, at=at)
    tasks.settle(session, offer, (TaskKind.MISSED,), by=by, at=at)
    audit.record(session, "offer:availability", ("offer", offer.id), by=by, at=at, state=state.value)
    return offer


def set_places(session: Session, offer: Offer, places_left: int, *, by: Actor, at: datetime) -> Offer:
    """Record how many places are left, given beside any other answer. None left means full; some left opens what was full.

    Raises:
        InvalidRecord: a number that cannot be.
    """
    state = offer.availability
    if places_left == 0 and state in (AvailabilityState.OPEN, AvailabilityState.FEW_PLACES):
        state = AvailabilityState.FULL
    elif places_left > 0 and state is AvailabilityState.FULL:
        state = AvailabilityState.OPEN
    until = offer.paused_until if offer.paused_until is not None and offer.paused_until > day_of(at) else None
    return set_availability(session, offer, state, places_left=places_left, waiting_weeks=offer.waiting_weeks, paused_until=until, by=by, at=at)


def ask_not_to_be_listed(session: Session, organisation: Organisation, *, by: Actor, at: datetime) -> None:
    """Pause every offer of an organisation at once, without an end, and ask the school to take it out for good."""
    for offer in offers.of_organisation(session, organisation):
        if offer.archived_at is None:
            set_availability(session, offer, AvailabilityState.PAUSED, places_left=offer.places_left, by=by, at=at)
    tasks.open_for(session, TaskKind.NOT_LISTED, organisation.id, by=by, at=at)


def flag_wrong(session: Session, offer: Offer, *, by: Actor, at: datetime) -> Offer:
    """Record that somebody says the offer is wrong: it asks to be checked until it is confirmed again, and the school has a task."""
    access.require(by, "offer:confirm", offer)
    offer.flagged_wrong_at = at
    session.flush()
    tasks.open_for(session, TaskKind.WRONG, offer.organisation_id, offer_id=offer.id, by=by, at=at)
    audit.record(session, "offer:flagged_wrong", ("offer", offer.id), by=by, at=at)
    return offer
