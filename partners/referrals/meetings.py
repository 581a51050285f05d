"""Meetings: when the family, school and a partner first meet to go together, and the calendar file for it. No name, no need and no withheld place is in it."""

from __future__ import annotations

from datetime import datetime, timedelta

from icalendar import Calendar, Event
from sqlalchemy.orm import Session

from partners.families import schools
from partners.foundation import access, audit, outbox
from partners.foundation.actors import Actor
from partners.foundation.calendars import LONDON, london
from partners.foundation.errors import Conflict, InvalidRecord
from partners.foundation.outbox import Message
from partners.referrals import replies, shutting
from partners.referrals.moves import LIVE, Kind, State
from partners.referrals.referrals import Referral
from partners.registry import organisations

# Where they meet, as codes, so that no free words can leave with a calendar file.
WHERE = {"partner": "At the partner's place", "school": "At school", "call": "By phone or online", "elsewhere": "Somewhere else: tell each other"}
LASTS = timedelta(minutes=45)  # judgement, November 2026
LATEST = timedelta(days=180)


def arrange(session: Session, referral: Referral, *, meets_at: datetime, where: str, by: Actor, at: datetime) -> Referral:
    """Record when and where the three first meet. Saying it again moves it.

    Raises:
        Conflict: it is no introduction to go to together, or it has ended.
        InvalidRecord: a time that is past or too far off, or a place that is none of the four.
    """
    access.require(by, "referral:as_flo", referral)
    if referral.kind is not Kind.GO_TOGETHER or referral.state not in LIVE or referral.is_frozen:
        raise Conflict("Only an introduction to go to together has a first meeting, while it is open.")
    if where not in WHERE:
        raise InvalidRecord("where", "Choose where you meet.")
    if not at < meets_at <= at + LATEST:
        raise InvalidRecord("day", "Give a day and a time to come, within half a year.")
    referral.meets_at, referral.meets_where, referral.meets_changes = meets_at, where, (referral.meets_changes or 0) + 1
    session.flush()
    audit.record(session, "referral:meeting_arranged", ("referral", referral.id), by=by, at=at)
    return referral


def is_shown(session: Session, referral: Referral) -> bool:
    """Whether a partner sees the meeting: once it said yes, and while it lives and is not shut."""
    return referral.meets_at is not None and referral.state in (State.ACCEPTED, State.CONTACTED, State.SUPPORTING) and not shutting.is_shut(session, referral)


def place_of(session: Session, referral: Referral) -> str | None:
    """Return where they meet as it may stand in a calendar: the school, the partner's own place where it is not withheld; else nothing."""
    if referral.meets_where == "school":
        return schools.get(session, referral.school_id).name
    place = referral.offer.place
    if referral.meets_where != "partner" or place is None or place.withheld:
        return None
    return ", ".join(w for w in (place.name, place.address, place.postcode) if w) or None


def calendar_file(session: Session, referral: Referral, *, at: datetime) -> bytes:
    """Return the meeting as a calendar file. It says 'First meeting' and the school's name: who is met and what for is in nobody's calendar."""
    if referral.meets_at is None:
        raise Conflict("No first meeting has been arranged.")
    school = schools.get(session, referral.school_id)
    made, event = Calendar(), Event()
    made.add("prodid", "-//Kith//Meetings//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    event.add("uid", f"meeting-{referral.id}@kith.invalid")
    event.add("sequence", max(0, (referral.meets_changes or 1) - 1))
    event.add("dtstamp", at)
    event.add("summary", f"First meeting, {school.name}")
    event.add("dtstart", referral.meets_at.astimezone(LONDON))
    event.add("dtend", (referral.meets_at + LASTS).astimezone(LONDON))
    event.add("class", "PRIVATE")
    place = place_of(session, referral)
    if place:
        event.add("location", place)
    made.add_component(event)
    made.add_missing_timezones()
    return made.to_ical()


def words(referral: Referral) -> str:
    """Return when they meet, such as 'Tuesday 1 December, 10:00'."""
    if referral.meets_at is None:
        return ""
    here = london(referral.meets_at)
    return f"{here:%A} {here.day} {here:%B}, {here:%H:%M}"


def tell_partner(session: Session, referral: Referral, *, base_url: str, at: datetime) -> Message | None:
    """Queue the mail with the calendar file. Returns None where there is no address, or the partner has not said yes yet."""
    address = organisations.first_address(referral.offer.organisation)
    if address is None or not is_shown(session, referral):
        return None
    school = schools.get(session, referral.school_id)
    token = replies.new_reply_link(session, referral, at=at)
    return outbox.queue(
        session, kind="partner_meeting", to=address, subject=f"A first meeting, {school.name}", at=at, referral_id=referral.id,
        body=f"{school.name} would like to meet on {words(referral)}. A file for your calendar is with this mail, and on your page:\n{base_url}/r/{token}\n\n"
             f"Does it not suit? Write to school there, or ring {school.phone}.\n",
        invite=calendar_file(session, referral, at=at).decode("utf-8"),
    )
