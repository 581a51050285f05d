"""Calendar files: an offer's sessions as .ics. Nothing of a person is in them, and nothing of a withheld place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from partners.foundation.calendars import day_of
from partners.registry import times
from partners.registry.offers import Offer

AHEAD_DAYS = 180  # judgement, November 2026


def calendar_of(offer: Offer, *, terms: list[tuple[date, date]], at: datetime) -> bytes:
    """Return the sessions of the next 180 days as a calendar file: one event a session, with the dates of term or holidays left out one by one."""
    made = Calendar()
    made.add("prodid", "-//Kith//Offers//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", offer.name)
    for n, session in enumerate(offer.sessions):
        row = session.record()
        found = list(times.dates(row, start=day_of(at), days=AHEAD_DAYS, terms=terms))
        if found:
            made.add_component(_event(offer, row, n, found, at))
    made.add_missing_timezones()
    return made.to_ical()


def _event(offer: Offer, row: dict[str, Any], number: int, found: list[date], at: datetime) -> Event:
    event = Event()
    event.add("uid", f"{offer.id}-{number}@kith.invalid")
    event.add("dtstamp", at)
    event.add("summary", offer.name)
    event.add("dtstart", times.at_london(found[0], str(row["starts"])))
    event.add("dtend", times.at_london(found[0], str(row["ends"])))
    event.add("description", times.words(row))
    if len(found) > 1:
        event.add("rrule", {**times.parts_of_rule(row), "until": times.at_london(found[-1], str(row["starts"])).astimezone(UTC)})
        every = times.dates(row | {"weeks": "all_year"}, start=found[0], days=(found[-1] - found[0]) // timedelta(days=1), terms=[])
        left_out = [times.at_london(day, str(row["starts"])) for day in every if day not in set(found)]
        if left_out:
            event.add("exdate", left_out)
    place = offer.place
    if place is not None and not place.withheld:
        event.add("location", ", ".join(w for w in (place.name, place.address, place.postcode) if w))
    return event
