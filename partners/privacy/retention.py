"""Retention: what is due by a school's schedule, counted before anything goes, and then ended. A hold beats it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, and_, delete, exists, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from partners.families import schools
from partners.families.agreements import Agreement
from partners.families.families import Family
from partners.families.needs import Need
from partners.families.quick_notes import QuickNote
from partners.families.schools import School
from partners.foundation import audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import LONDON, day_of
from partners.foundation.db import Base, new_id
from partners.foundation.errors import Conflict
from partners.foundation.outbox import Message
from partners.foundation.sealing import SealedJson
from partners.foundation.users import User
from partners.matching import words
from partners.matching.groups.records import GroupMember
from partners.privacy import audit_ends, erasure, holds, schedule, whereabouts
from partners.privacy.complaints import Complaint
from partners.privacy.emergencies import EmergencyAccess, EmergencySeen
from partners.referrals.moves import LIVE, State
from partners.referrals.outcomes import Outcome
from partners.referrals.referrals import Referral
from partners.registry import organisations

_UNSENT = (State.DRAFT, State.READY)


class OutcomeRow(Base):
    """What is left of an introduction after its time: a school year, a group of needs, a way and a result. No family, no partner, no day."""

    __tablename__ = "outcome_rows"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    school_year: Mapped[int]
    need_group: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    ended_as: Mapped[str] = mapped_column(String(20))
    result: Mapped[str] = mapped_column(String(20))


class KeptAgreement(Base):
    """The record of an agreement whose family's records have gone: what was agreed and how, sealed, until its time is over."""

    __tablename__ = "kept_agreements"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    ended_on: Mapped[date]


@dataclass(frozen=True)
class Due:
    """What is due under one rule: how many, and how many more are due but held or still going on."""

    rule: schedule.Rule
    days: int | None
    ids: tuple[Any, ...]
    left: int = 0

    @property
    def count(self) -> int:
        """How many are due."""
        return len(self.ids)


def school_year(on: date) -> int:
    """Return the year in which a school year starts: 2026 for 1 September 2026 to 31 August 2027."""
    return on.year if on.month >= 9 else on.year - 1


def leaves_on(left: date) -> date:
    """Return the day after which the records of a family that left may go: 31 August on or after it.

    >>> leaves_on(date(2026, 7, 20)), leaves_on(date(2026, 9, 1))
    (datetime.date(2026, 8, 31), datetime.date(2027, 8, 31))
    """
    return date(school_year(left) + 1, 8, 31)


def _before(at: datetime, days: int) -> datetime:
    return at - timedelta(days=days)


def plan(session: Session, school: School, *, at: datetime) -> list[Due]:
    """Return what is due under each rule that a school signs, whether or not it has. Nothing is deleted by looking."""
    days, held = schedule.days_of(schedule.signed(session, school.id)), holds.held_families(session)
    found = []
    for code, find in _FIND.items():
        rows = find(session, school, at, days.get(code, 0))
        free = tuple(i for i, family in rows if family is None or family not in held)
        found.append(Due(schedule.RULES[code], days.get(code), free, len(rows) - len(free)))
    return found


def carry_out(session: Session, school: School, *, by: Actor, at: datetime) -> dict[str, int]:
    """End what is due, and return how many of each kind. Doing it twice ends nothing more.

    Raises:
        Conflict: nobody has signed the school's schedule.
    """
    if schedule.signed(session, school.id) is None:
        raise Conflict("Nobody has signed this school's schedule yet, so nothing is deleted. An administrator or the safeguarding lead records who signed it, and when.")
    done: dict[str, int] = {}
    for code, end in _END.items():
        due = next(d for d in plan(session, school, at=at) if d.rule.code == code)
        if due.ids:
            end(session, school, due.ids, at)
            done[code] = due.count
    ended = audit_ends.carry_out(session, next(d for d in plan(session, school, at=at) if d.rule.code == "audit").ids, by=by, at=at)
    if ended:
        done["audit"] = ended
    session.flush()
    if done:
        audit.record(session, "retention:carried_out", ("school", school.id), by=by, at=at, **done)
    return done


Found = list[tuple[Any, uuid.UUID | None]]  # a record's key, and the family whose hold keeps it


def _drafts(session: Session, school: School, at: datetime, days: int) -> Found:
    rows = select(Referral.id, Referral.family_id).where(Referral.school_id == school.id, Referral.state.in_(_UNSENT), Referral.created_at <= _before(at, days))
    return [(i, f) for i, f in session.execute(rows)]


def _closed(session: Session, school: School, at: datetime, days: int) -> Found:
    rows = select(Referral.id, Referral.family_id).where(Referral.school_id == school.id, Referral.state.not_in(LIVE), Referral.ended_at <= _before(at, days))
    return [(i, f) for i, f in session.execute(rows)]


def _families(session: Session, school: School, at: datetime, _days: int) -> Found:
    rows = session.execute(select(Family.id, Family.archived_at).where(Family.school_id == school.id, Family.archived_at.is_not(None)))
    gone = [i for i, left in rows if left is not None and day_of(at) > leaves_on(left.astimezone(LONDON).date())]
    going_on = set(session.scalars(select(Referral.family_id).where(Referral.school_id == school.id, Referral.state.in_(LIVE), Referral.state.not_in(_UNSENT))))
    return [(i, i) for i in gone if i not in going_on]


def _agreements(session: Session, school: School, at: datetime, days: int) -> Found:
    used = select(Referral.agreement_id).where(Referral.agreement_id.is_not(None))
    grouped = select(GroupMember.agreement_id).where(GroupMember.agreement_id.is_not(None))
    rows = select(Agreement.id, Agreement.family_id).where(Agreement.school_id == school.id, Agreement.expires_at <= _before(at, days), Agreement.id.not_in(used), Agreement.id.not_in(grouped))
    kept = select(KeptAgreement.id).where(KeptAgreement.school_id == school.id, KeptAgreement.ended_on <= day_of(_before(at, days)))
    return [(i, f) for i, f in session.execute(rows)] + [(i, None) for i in session.scalars(kept)]


def _quick_notes(session: Session, school: School, at: datetime, days: int) -> Found:
    return [(i, None) for i in session.scalars(select(QuickNote.id).where(QuickNote.school_id == school.id, QuickNote.done_at <= _before(at, days)))]


def _messages(session: Session, school: School, at: datetime, days: int) -> Found:
    of_school = or_(
        Message.referral_id.in_(select(Referral.id).where(Referral.school_id == school.id)), Message.user_id.in_(select(User.id).where(User.school_id == school.id)),
        and_(Message.referral_id.is_(None), Message.user_id.is_(None)),
    )
    over = or_(Message.sent_at.is_not(None), Message.cancelled_at.is_not(None), Message.dead_at.is_not(None))
    rows = select(Message.id, Referral.family_id).join(Referral, Referral.id == Message.referral_id, isouter=True).where(of_school, over, Message.queued_at <= _before(at, days))
    return [(i, f) for i, f in session.execute(rows)]


def _complaints(session: Session, school: School, at: datetime, days: int) -> Found:
    return [(i, f) for i, f in session.execute(select(Complaint.id, Complaint.family_id).where(Complaint.school_id == school.id, Complaint.ended_at <= _before(at, days)))]


def _emergencies(session: Session, school: School, at: datetime, days: int) -> Found:
    return [(i, None) for i in session.scalars(select(EmergencyAccess.id).where(EmergencyAccess.school_id == school.id, EmergencyAccess.opened_at <= _before(at, days)))]


def _audit(session: Session, _school: School, at: datetime, _days: int) -> Found:
    return audit_ends.due(session, at=at)


def _end_emergencies(session: Session, _school: School, ids: tuple[uuid.UUID, ...], _at: datetime) -> None:
    for part in whereabouts.parts(ids):
        session.execute(delete(EmergencySeen).where(EmergencySeen.access_id.in_(part)))
        session.execute(delete(EmergencyAccess).where(EmergencyAccess.id.in_(part)))


def _end_drafts(session: Session, _school: School, ids: tuple[uuid.UUID, ...], _at: datetime) -> None:
    erasure.remove(session, whereabouts.find(session, "referrals", ids))


def _end_closed(session: Session, _school: School, ids: tuple[uuid.UUID, ...], at: datetime) -> None:
    _keep_outcomes(session, ids, at)
    erasure.remove(session, whereabouts.find(session, "referrals", ids))


def _keep_outcomes(session: Session, ids: tuple[uuid.UUID, ...], at: datetime) -> None:
    groups = {n.code: name for name, rows in words.needs_by_group().items() for n in rows}
    later = aliased(Outcome)
    said_after = and_(later.referral_id == Referral.id, or_(later.recorded_at > Outcome.recorded_at, and_(later.recorded_at == Outcome.recorded_at, later.id > Outcome.id)))
    latest = and_(Outcome.referral_id == Referral.id, ~exists().where(said_after))  # of what several said
    for part in whereabouts.parts(ids):
        query = select(Referral.school_id, Referral.kind, Referral.state, Referral.ended_at, Need.code, Outcome.result).join(Need, Need.id == Referral.need_id)
        for school, kind, state, ended, code, result in session.execute(query.join(Outcome, latest, isouter=True).where(Referral.id.in_(part))):
            session.add(OutcomeRow(
                id=new_id(), school_id=school, school_year=school_year(day_of(ended or at)), need_group=groups.get(code, "Other"), kind=kind.value, ended_as=state.value,
                result=result.value if result is not None else "not_known",
            ))
    session.flush()


def _end_families(session: Session, _school: School, ids: tuple[uuid.UUID, ...], at: datetime) -> None:
    for part in whereabouts.parts(ids):
        ended = tuple(session.scalars(select(Referral.id).where(Referral.family_id.in_(part), Referral.state.not_in(LIVE), Referral.ended_at.is_not(None))))
        _keep_outcomes(session, ended, at)
        for agreement, family in session.execute(select(Agreement, Family).join(Family, Family.id == Agreement.family_id).where(Agreement.family_id.in_(part))).unique():
            session.add(KeptAgreement(id=new_id(), school_id=agreement.school_id, ended_on=day_of(agreement.withdrawn_at or agreement.expires_at), facts={
                "initials": family.initials, "said_by": agreement.said_by, "said": agreement.said.value, "fields": agreement.fields, "purpose": agreement.purpose,
                "partner": organisations.get(session, agreement.organisation_id).name, "wording": agreement.wording, "language": agreement.language,
                "lawful_basis": agreement.lawful_basis, "agreed_at": agreement.agreed_at.isoformat(),
                "withdrawn_at": agreement.withdrawn_at.isoformat() if agreement.withdrawn_at else None,
            }))
        session.flush()
        erasure.erase_families(session, part, at=at)


def _end_agreements(session: Session, _school: School, ids: tuple[uuid.UUID, ...], _at: datetime) -> None:
    for part in whereabouts.parts(ids):
        session.execute(delete(KeptAgreement).where(KeptAgreement.id.in_(part)))
        erasure.remove(session, whereabouts.find(session, "agreements", part))


def _deleting(model: Any) -> Callable[[Session, School, tuple[uuid.UUID, ...], datetime], None]:
    def end(session: Session, _school: School, ids: tuple[uuid.UUID, ...], _at: datetime) -> None:
        for part in whereabouts.parts(ids):
            session.execute(delete(model).where(model.id.in_(part)))

    return end


_FIND: dict[str, Callable[[Session, School, datetime, int], Found]] = {
    "draft": _drafts, "closed": _closed, "family": _families, "agreement": _agreements, "quick_note": _quick_notes, "message": _messages, "complaint": _complaints,
    "emergency": _emergencies, "audit": _audit,
}
_END: dict[str, Callable[[Session, School, tuple[uuid.UUID, ...], datetime], None]] = {
    "draft": _end_drafts, "closed": _end_closed, "family": _end_families, "agreement": _end_agreements, "quick_note": _deleting(QuickNote),
    "message": _deleting(Message), "complaint": _deleting(Complaint), "emergency": _end_emergencies,
}


def carry_out_signed(session: Session, *, by: Actor, at: datetime) -> int:
    """End what is due at every school that has signed its schedule, and return how many records that was."""
    return sum(sum(carry_out(session, school, by=by, at=at).values()) for school in schools.every(session) if schedule.signed(session, school.id) is not None)
