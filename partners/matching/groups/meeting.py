"""Meeting: the days on which a group meets, in term or once, and who came. Who came takes three taps."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from partners.families import schools
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import bank_holidays
from partners.foundation.db import new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.matching.cohorts import DAYS
from partners.matching.groups.asking import places
from partners.matching.groups.holding import listed, members_of
from partners.matching.groups.records import GroupMeeting, MeetingPresence, NeedGroup

MOST_WEEKS = 40
NOTED_WITHIN_DAYS = 14  # after two weeks nobody remembers who came; judgement, November 2026


def plan_meetings(session: Session, row: NeedGroup, *, first: date, weeks: int, by: Actor, at: datetime) -> list[GroupMeeting]:
    """Plan a group's meetings: its weekday, from a first day, so many times, past closures and bank holidays. Days planned already stay.

    Raises:
        InvalidRecord: no time was chosen, a first day on another weekday, or a number of weeks that cannot be.
    """
    access.require(by, "group:hold", row)
    if row.day is None:
        raise InvalidRecord("first", "Choose the partner, the place and the time first.")
    if not 1 <= weeks <= MOST_WEEKS:
        raise InvalidRecord("weeks", f"Say how many times, from 1 to {MOST_WEEKS}.")
    if first.weekday() != DAYS.index(row.day):
        raise InvalidRecord("first", "The first day should be on the group's own weekday.")
    closed = schools.get(session, row.school_id).closed_spans(start=first, end=first + timedelta(weeks=3 * MOST_WEEKS))
    known, day, planned = {m.on for m in row.meetings}, first, 0
    while planned < weeks and day < first + timedelta(weeks=3 * MOST_WEEKS):
        if day not in bank_holidays() and not any(a <= day <= b for a, b in closed):
            planned += 1
            if day not in known:
                row.meetings.append(GroupMeeting(id=new_id(), on=day, presences=[]))
        day += timedelta(weeks=1)
    row.meetings.sort(key=lambda m: m.on)
    session.flush()
    audit.record(session, "group:meetings_planned", ("group", row.id), by=by, at=at, meetings=len(row.meetings))
    return row.meetings


def meetings_of(row: NeedGroup, *, on: date) -> tuple[list[GroupMeeting], list[GroupMeeting]]:
    """Return the meetings up to a day, the latest first, and those still to come."""
    held = [m for m in row.meetings if m.on <= on and m.cancelled_at is None]
    return held[::-1], [m for m in row.meetings if m.on > on and m.cancelled_at is None]


def came(session: Session, row: NeedGroup, meeting_id: uuid.UUID, members: Iterable[uuid.UUID] | None, *, by: Actor, at: datetime) -> GroupMeeting:
    """Record who came to a meeting: these, or everybody with a place where `members` is None. Saying it again puts the new in place of the old.

    Raises:
        NotFound: no such meeting of this group, or a group whose families the actor may not see.
        InvalidRecord: a day to come, or somebody who is not in the group.
    """
    meeting = next((m for m in row.meetings if m.id == meeting_id), None)
    if members_of(row, by=by) is None or meeting is None:
        raise NotFound("page")
    if meeting.on > at.date():
        raise InvalidRecord("came", "That day has not come yet.")
    inside = {m.id for m in row.members if m.left_at is None}
    chosen = {m.id for m in places(row)[0]} if members is None else set(members)
    if chosen - inside:
        raise InvalidRecord("came", "Choose from the families on the page.")
    meeting.presences.clear()
    session.flush()
    meeting.presences.extend(MeetingPresence(id=new_id(), member_id=i) for i in sorted(chosen))
    meeting.noted_at = at
    session.flush()
    audit.record(session, "group:came", ("group", row.id), by=by, at=at, families=len(chosen))
    return meeting


def to_note(session: Session, *, by: Actor, on: date) -> list[tuple[NeedGroup, GroupMeeting]]:
    """Return the meetings of the last two weeks of which nobody has said who came, the latest first: of groups whose families the actor may see."""
    found = [
        (row, m) for row in listed(session, by=by) if row.ended_at is None and members_of(row, by=by) is not None
        for m in row.meetings if on - timedelta(days=NOTED_WITHIN_DAYS) < m.on <= on and m.noted_at is None and m.cancelled_at is None
    ]
    return sorted(found, key=lambda pair: (pair[1].on, pair[0].name), reverse=True)
