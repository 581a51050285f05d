"""Asking: each family says for itself; places fill in the order of yes, and the rest wait; the partner says yes once; outcomes roll up."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import agreements, needs, setting_aside
from partners.families.agreements import Said
from partners.families.needs import For, NeedState
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.matching.groups.holding import members_of
from partners.matching.groups.records import ANSWERS, FEWEST, RESULTS, GroupMember, NeedGroup

SETTLES = {"met": NeedState.MET, "partly": NeedState.PARTLY_MET}


@dataclass(frozen=True)
class SeenByPartner:
    """What a partner sees of a group: a round number of families, never who. `about` is None below five."""

    name: str
    about: int | None
    when: str
    place: str


def _one(row: NeedGroup, member_id: uuid.UUID, by: Actor) -> GroupMember:
    member = next((m for m in members_of(row, by=by) or [] if m.id == member_id), None)
    if member is None:
        raise NotFound("group")
    return member


def ask(
    session: Session, row: NeedGroup, member_id: uuid.UUID, answer: str, *, by: Actor, at: datetime, fields: Iterable[str] = (), said_by: str = "parent",
    childs_view: str | None = None,
) -> GroupMember:
    """Record what one family said. A yes may come with fields that it agreed to share with the partner; with none, it comes without its name.

    Raises:
        InvalidRecord: an answer that is none, or fields before there is a partner.
        SafetyStop: the family is with the safeguarding lead.
    """
    member = _one(row, member_id, by)
    setting_aside.require_may_act(member.family)
    if answer not in ANSWERS:
        raise InvalidRecord("answer", "Press what they said.")
    shared = list(fields)
    if member.agreement_id is not None:
        agreements.withdraw(session, agreements.get(session, member.agreement_id), by=by, at=at)
        member.agreement_id = None
    if answer == "yes" and shared:
        if row.organisation_id is None:
            raise InvalidRecord("fields", "Choose the partner first: a family agrees to share with somebody it knows of.")
        agreed = agreements.record(
            session, member.family, need_id=member.need_id, organisation_id=row.organisation_id, fields=shared, said=Said.SPOKEN, said_by=said_by,
            childs_view=childs_view, for_child=member.need.for_whom is For.CHILD, by=by, at=at,
        )
        member.agreement_id = agreed.id
    if member.answer != answer:
        member.answer, member.answered_at = answer, at
    session.flush()
    audit.record(session, "group:family_answered", ("group", row.id), by=by, at=at, answer=answer)
    return member


def in_order(row: NeedGroup) -> list[GroupMember]:
    """Return those who said yes, the first yes first."""
    said_yes = [m for m in row.members if m.left_at is None and m.answer == "yes" and m.family.in_use]
    return sorted(said_yes, key=lambda m: (m.answered_at or row.made_at, m.position))


def places(row: NeedGroup) -> tuple[list[GroupMember], list[GroupMember]]:
    """Return who has a place and who waits, in the order of their yes."""
    rows = in_order(row)
    return (rows, []) if row.places is None else (rows[: row.places], rows[row.places :])


def take_part(row: NeedGroup) -> int:
    """Return how many families have a place."""
    return len(places(row)[0])


def partner_sees(row: NeedGroup) -> SeenByPartner:
    """Return what a partner sees of a group: to the nearest five families, and nothing below five."""
    count = len([m for m in row.members if m.left_at is None and m.answer != "no" and m.family.in_use])
    when = f"{row.day} {row.starts} to {row.ends}" if row.day else ""
    return SeenByPartner(row.name, 5 * ((2 * count + 5) // 10) if count >= FEWEST else None, when, row.place)


def for_partner(session: Session, *, by: Actor) -> list[NeedGroup]:
    """Return the living groups of one school that were matched to the partner who asks."""
    access.require(by, "group:answer")
    query = select(NeedGroup).where(NeedGroup.school_id == by.school_id, NeedGroup.organisation_id == by.organisation_id, NeedGroup.ended_at.is_(None))
    return list(session.scalars(query.order_by(NeedGroup.made_at, NeedGroup.id)).unique())


def partner_answer(session: Session, group_id: uuid.UUID, *, yes: bool, by: Actor, at: datetime) -> NeedGroup:
    """The partner says whether it can hold a group, itself or to the school. Raises NotFound, or Conflict where no partner was chosen."""
    row = session.get(NeedGroup, group_id)
    if row is None:
        access.require(by, "group:answer")
        raise NotFound("group")
    access.require(by, "group:answer", row)
    if row.organisation_id is None or row.ended_at is not None:
        raise Conflict("There is no partner to answer for this group now.")
    row.organisation_answer, row.organisation_agreed_at = ("yes", at) if yes else ("no", None)
    session.flush()
    audit.record(session, "group:partner_answered", ("group", row.id), by=by, at=at, answer=row.organisation_answer)
    return row


def record_outcome(session: Session, row: NeedGroup, member_id: uuid.UUID, result: str, *, by: Actor, at: datetime) -> GroupMember:
    """Record whether it helped one family, in the family's own word; what helped settles the need. Raises InvalidRecord, NotFound."""
    member = _one(row, member_id, by)
    if result not in RESULTS:
        raise InvalidRecord("result", "Press what they said.")
    member.result, member.result_at = result, at
    session.flush()
    if result in SETTLES:
        needs.settle(session, member.need, SETTLES[result], by=by, at=at)
    audit.record(session, "group:outcome", ("group", row.id), by=by, at=at, result=result)
    return member


def roll_up(row: NeedGroup) -> dict[str, int]:
    """Return how many families said what of whether it helped; those who were not asked stand under 'not_asked'. For the group's own page."""
    counted = Counter(m.result or "not_asked" for m in in_order(row))
    return {name: counted.get(name, 0) for name in (*RESULTS, "not_asked")}


def attendance(row: NeedGroup) -> dict[uuid.UUID, int]:
    """Return how many meetings each family came to."""
    return dict(Counter(p.member_id for meeting in row.meetings for p in meeting.presences))
