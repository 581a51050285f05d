"""Holding a group: proposed, made and named by a person, edited, and matched to a partner, a place and a time."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import setting_aside
from partners.families.families import Family
from partners.families.needs import Need
from partners.foundation import access, audit, users
from partners.foundation.actors import Actor, Role
from partners.foundation.calendars import day_of
from partners.foundation.db import new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.foundation.users import User
from partners.matching import cohorts, words
from partners.matching.cohorts import ProposedGroup
from partners.matching.groups.records import FEWEST, GroupMember, NeedGroup
from partners.matching.requests import offer_record, request_record
from partners.registry.asks import clean_clock
from partners.registry.offers import Offer


def propose(session: Session, *, by: Actor, at: datetime, least: int = FEWEST) -> list[ProposedGroup]:
    """Return groups that could be, of needs that no living group holds. Nothing is kept."""
    access.require(by, "group:hold")
    rows = session.scalars(select(NeedGroup).where(NeedGroup.school_id == by.school_id, NeedGroup.ended_at.is_(None)))
    busy: set[object] = {m.need_id for g in rows for m in g.members if m.left_at is None}
    return cohorts.propose(session, paths=words.paths(), by=by, at=at, least=least, busy=busy)


def make(session: Session, name: str, needs: list[Need], *, by: Actor, at: datetime, in_common: tuple[str, ...] = (), area: str | None = None, half_hours: tuple[tuple[str, str], ...] = ()) -> NeedGroup:
    """Make a group that a person named, of needs that it saw. Nobody has been asked yet.

    Raises:
        InvalidRecord: no name, fewer than two families, or needs of several kinds.
        SafetyStop: a family is with the safeguarding lead.
    """
    access.require(by, "group:hold")
    if not 1 <= len(name.strip()) <= 120:
        raise InvalidRecord("name", "Give the group a name that everybody in it could read.")
    if len({n.family_id for n in needs}) < 2 or len({n.code for n in needs}) != 1:
        raise InvalidRecord("name", "A group is at least two families with one need in common.")
    for need in needs:
        access.require(by, "family:match", need)
        setting_aside.require_may_act(need.family)
    assert by.user_id is not None
    row = NeedGroup(
        id=new_id(), school_id=by.school_id, owner_id=by.user_id, name=name.strip(), code=needs[0].code, area=area, in_common=list(in_common),
        half_hours=[{"day": d, "at": a} for d, a in half_hours], made_at=at, meetings=[],
        members=[GroupMember(id=new_id(), family=n.family, need=n, position=i) for i, n in enumerate(needs)],
    )
    session.add(row)
    session.flush()
    audit.record(session, "group:made", ("group", row.id), by=by, at=at, code=row.code, families=len(row.members))
    return row


def get(session: Session, group_id: uuid.UUID, *, by: Actor) -> NeedGroup:
    """Return a group of the actor's school. Raises NotFound."""
    row = session.get(NeedGroup, group_id)
    if row is None:
        access.require(by, "group:hold")
        raise NotFound("group")
    access.require(by, "group:hold", row)
    return row


def listed(session: Session, *, by: Actor) -> list[NeedGroup]:
    """Return the actor's school's groups, those that go on first."""
    access.require(by, "group:hold")
    rows = session.scalars(select(NeedGroup).where(NeedGroup.school_id == by.school_id).order_by(NeedGroup.made_at.desc(), NeedGroup.id)).unique()
    return sorted(rows, key=lambda g: g.ended_at is not None)


def needs_in_one(session: Session, *, by: Actor) -> set[uuid.UUID]:
    """Return the needs of the actor's school that are in a group that goes on, and whose family has not said no: something is under way for them."""
    access.require(by, "group:hold")
    query = select(GroupMember.need_id, GroupMember.answer).join(NeedGroup, NeedGroup.id == GroupMember.group_id)
    rows = session.execute(query.where(NeedGroup.school_id == by.school_id, NeedGroup.ended_at.is_(None), GroupMember.left_at.is_(None), GroupMember.result.is_(None)))
    return {row.need_id for row in rows if row.answer != "no"}


def _in_it(row: NeedGroup) -> list[GroupMember]:
    return [m for m in row.members if m.left_at is None]


def members_of(row: NeedGroup, *, by: Actor) -> list[GroupMember] | None:
    """Return who is in a group, or None where they are fewer than five and this is not its own liaison officer.

    A family with the safeguarding lead is not among them for anybody.
    """
    access.require(by, "group:hold", row)
    rows = [m for m in _in_it(row) if m.family.in_use]
    return None if len(rows) < FEWEST and by.user_id != row.owner_id else rows


def _require_seen(row: NeedGroup, by: Actor) -> list[GroupMember]:
    found = members_of(row, by=by)
    if found is None:
        raise NotFound("group")
    return found


def rename(session: Session, row: NeedGroup, name: str, *, by: Actor, at: datetime) -> NeedGroup:
    """Give a group another name. Raises InvalidRecord."""
    access.require(by, "group:hold", row)
    if not 1 <= len(name.strip()) <= 120:
        raise InvalidRecord("name", "Give the group a name that everybody in it could read.")
    row.name = name.strip()
    session.flush()
    audit.record(session, "group:renamed", ("group", row.id), by=by, at=at)
    return row


def hand_on(session: Session, row: NeedGroup, user_id: uuid.UUID, *, by: Actor, at: datetime) -> NeedGroup:
    """Another liaison officer of the school holds a group from now on. Below five families only who holds it hands it on, or anybody once that one has left.

    Raises:
        NotFound: a group whose families the actor may not see.
        InvalidRecord: somebody who is not a liaison officer of the school.
    """
    access.require(by, "group:hold", row)
    if users.get(session, row.owner_id).disabled_at is None:
        _require_seen(row, by)
    if user_id not in {u.id for u in could_hold(session, by=by)}:
        raise InvalidRecord("owner", "Choose a liaison officer of your school.")
    if row.owner_id != user_id:
        row.owner_id = user_id
        session.flush()
        audit.record(session, "group:handed_on", ("group", row.id), by=by, at=at, to=str(user_id))
    return row


def could_hold(session: Session, *, by: Actor) -> list[User]:
    """Return who could hold a group of the actor's school: its liaison officers, by name."""
    access.require(by, "group:hold")
    assert by.school_id is not None
    return [u for u in users.of_school(session, by.school_id) if u.disabled_at is None and Role.FLO in users.actor_of(u).roles]


def holder_of(session: Session, row: NeedGroup) -> User:
    """Return who holds a group."""
    return users.get(session, row.owner_id)


def add_family(session: Session, row: NeedGroup, need: Need, *, by: Actor, at: datetime) -> GroupMember:
    """Put one more family's need into a group. Raises InvalidRecord for another kind of need, or a family that is in it."""
    _require_seen(row, by)
    access.require(by, "family:match", need)
    setting_aside.require_may_act(need.family)
    if need.code != row.code:
        raise InvalidRecord("need", "This family asks for something else.")
    known = next((m for m in row.members if m.need_id == need.id), None)
    if known is not None and known.left_at is None:
        return known
    if known is None:
        known = GroupMember(id=new_id(), family=need.family, need=need, position=len(row.members))
        row.members.append(known)
    known.left_at = known.answer = known.agreement_id = known.answered_at = None
    session.flush()
    audit.record(session, "group:family_added", ("group", row.id), by=by, at=at)
    return known


def leave_out(session: Session, row: NeedGroup, member_id: uuid.UUID, *, by: Actor, at: datetime) -> None:
    """Take a family out of a group. Its place goes to whoever waits first. Raises NotFound."""
    member = next((m for m in _require_seen(row, by) if m.id == member_id), None)
    if member is None:
        raise NotFound("group")
    member.left_at = at
    session.flush()
    audit.record(session, "group:family_left", ("group", row.id), by=by, at=at)


def could_join(session: Session, row: NeedGroup, *, by: Actor) -> list[Need]:
    """Return open needs of the same kind that are not in the group."""
    _require_seen(row, by)
    inside = {m.need_id for m in _in_it(row)}
    found: dict[Family, list[Need]] = cohorts.open_needs(session, by=by)
    return [n for rows in found.values() for n in rows if n.code == row.code and n.id not in inside]


def matches(session: Session, row: NeedGroup, *, by: Actor, at: datetime) -> list[Offer]:
    """Return the confirmed offers that fit every family of a group as it stands now, by name."""
    from matcher.assessment import assess
    from matcher.records import Offer as OfferRecord
    from matcher.records import Request
    from partners.registry import offers

    members = _require_seen(row, by)
    asked = [Request.from_dict(request_record(session, m.family, [m.need], by=by, at=at)) for m in members]
    standing = [o for o in offers.listed(session) if o.confirmed_on is not None and row.code in o.needs]
    records = {o.id: OfferRecord.from_dict(offer_record(o, on=day_of(at))) for o in standing}
    fitting = [o for o in standing if all(str(o.organisation_id) not in q.keep_away and assess(q.needs[0], q, records[o.id]).fits for q in asked)]
    return sorted(fitting, key=lambda o: (o.name, str(o.id)))


def match(session: Session, row: NeedGroup, offer: Offer, *, place: str, day: str, starts: str, ends: str, places: int | None, by: Actor, at: datetime) -> NeedGroup:
    """Match a group to a partner's offer, a place and a time. With another partner every family is asked anew, for it agreed to that one.

    Raises:
        InvalidRecord: a day, time or number of places that cannot be.
    """
    _require_seen(row, by)
    cleaned: dict[str, Any] = {"starts": clean_clock(starts, "starts"), "ends": clean_clock(ends, "ends")}
    if day not in cohorts.DAYS:
        raise InvalidRecord("day", "Choose a day of the week.")
    if cleaned["starts"] is None or cleaned["ends"] is None or cleaned["ends"] <= cleaned["starts"]:
        raise InvalidRecord("ends", "Give a start, and an end after it.")
    if places is not None and not 1 <= places <= 1_000:
        raise InvalidRecord("places", "Say how many families there is room for, from 1 to 1,000, or leave it empty.")
    if row.organisation_id is not None and row.organisation_id != offer.organisation_id:
        for m in row.members:
            m.answer = m.answered_at = m.agreement_id = None
    if row.offer_id != offer.id:
        row.organisation_agreed_at = row.organisation_answer = None
    row.offer, row.organisation_id, row.place, row.day, row.places = offer, offer.organisation_id, place.strip()[:200], day, places
    row.starts, row.ends = cleaned["starts"], cleaned["ends"]
    session.flush()
    audit.record(session, "group:matched", ("group", row.id), by=by, at=at, offer=str(offer.id))
    return row


def end(session: Session, row: NeedGroup, *, by: Actor, at: datetime) -> NeedGroup:
    """End a group. Its families' needs stay as they are."""
    access.require(by, "group:hold", row)
    if row.ended_at is None:
        row.ended_at = at
        session.flush()
        audit.record(session, "group:ended", ("group", row.id), by=by, at=at)
    return row
