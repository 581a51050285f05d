"""Emergency access: an administrator, who manages accounts and no families, may look for half an hour where nobody else can, and the school is told at once.

It is reading only, it ends by itself, and every page opened meanwhile is in the audit. Families whom it could harm stay shut: see `in_emergency`.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families import schools
from partners.foundation import access, audit, outbox, users
from partners.foundation.actors import Actor, Role
from partners.foundation.audit import AuditEvent
from partners.foundation.db import Base, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotAllowed, NotFound
from partners.foundation.sealing import Sealed

LASTS = timedelta(minutes=30)  # long enough to find a number and ring it; judgement, November 2026
SHORTEST_REASON, LONGEST_REASON = 10, 500
PAGE = "emergency:page"  # what the audit calls a page that was opened meanwhile
TOLD = (Role.DSL, Role.HEAD, Role.FLO)  # who is told, and may end it
# A head has no way to a single family, a trust reads totals and a partner sees what was agreed: whoever is that too may not open it.
_NEVER = frozenset({Role.HEAD, Role.TRUST, Role.PARTNER})
_MAIL = """Somebody who manages accounts at your school has just opened emergency access to families' records. It ends by itself after {minutes} minutes.

Sign in to see who it was, and to end it now if it should not be:
{link}

This mail says nothing more on purpose.
"""


class EmergencyAccess(Base):
    """One time that somebody opened families' records in an emergency: who, why, from when and until when."""

    __tablename__ = "emergency_accesses"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Sealed)
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[uuid.UUID | None]

    def is_live(self, at: datetime) -> bool:
        """Whether it is open at a moment."""
        return self.ended_at is None and self.opened_at <= at < self.ends_at


class EmergencySeen(Base):
    """Somebody who was told has read it, so that their pages stop saying so."""

    __tablename__ = "emergency_seen"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    access_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("emergency_accesses.id"), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    at: Mapped[datetime]


@dataclass(frozen=True)
class Page:
    """One page that was opened meanwhile: when, which, and about which family (None for a page about none)."""

    at: datetime
    endpoint: str
    family_id: uuid.UUID | None


def may_open(by: Actor) -> bool:
    """Whether somebody is one of those who may open it: an administrator of a school who is neither head nor partner and reads no trust."""
    return access.allows(by, "emergency:open") and by.school_id is not None and not by.roles & _NEVER


def told_at(session: Session, school_id: uuid.UUID, *, but: uuid.UUID | None) -> list[users.User]:
    """Return the people who are told: safeguarding leads, heads and liaison officers with an account, without the one who opens it."""
    wanted = {role.value for role in TOLD}
    return [u for u in users.of_school(session, school_id) if u.disabled_at is None and u.id != but and wanted & set(u.roles)]


def open_up(session: Session, reason: str, *, base_url: str, by: Actor, at: datetime) -> EmergencyAccess:
    """Open families' records to an administrator for half an hour, and tell the school at once, by mail and on its pages. While it is open, opening it again changes nothing.

    Raises:
        NotAllowed: somebody who may not.
        InvalidRecord: a reason of fewer than 10 characters or more than 500.
        Conflict: nobody else at the school could be told.
    """
    if not may_open(by) or by.school_id is None or by.user_id is None:
        raise NotAllowed("emergency:open")
    going_on = live_of(session, by, at=at)
    if going_on is not None:
        return going_on
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        raise InvalidRecord("reason", f"Say what happened and why nobody else can look, in {SHORTEST_REASON} to {LONGEST_REASON} characters.")
    people = told_at(session, by.school_id, but=by.user_id)
    if not people:
        school = schools.get(session, by.school_id)
        raise Conflict(f"Nobody else at your school has an account to be told on, so this cannot be opened. Ring {school.dsl_name}, {school.dsl_phone}. If somebody is in danger now, ring 999.")
    made = EmergencyAccess(id=new_id(), school_id=by.school_id, user_id=by.user_id, name=by.name[:120], reason=reason.strip(), opened_at=at, ends_at=at + LASTS)
    session.add(made)
    session.flush()
    for person in people:
        outbox.queue(
            session, kind=outbox.EMERGENCY, to=person.email, subject="Emergency access was opened", at=at, user_id=person.id,
            body=_MAIL.format(minutes=int(LASTS.total_seconds() // 60), link=f"{base_url}/emergency/"),
        )
    audit.record(session, "emergency:opened", ("emergency", made.id), by=by, at=at, until=made.ends_at.isoformat(), told=len(people))
    return made


def live_of(session: Session, by: Actor, *, at: datetime) -> EmergencyAccess | None:
    """Return the access that somebody has open now, or None. It is nobody's but theirs, and never outlives the right to open it."""
    if by.user_id is None or not may_open(by):
        return None
    rows = select(EmergencyAccess).where(EmergencyAccess.user_id == by.user_id, EmergencyAccess.school_id == by.school_id, EmergencyAccess.ended_at.is_(None), EmergencyAccess.ends_at > at)
    return next((row for row in session.scalars(rows.order_by(EmergencyAccess.ends_at.desc())) if row.is_live(at)), None)


def require_live(session: Session, *, by: Actor, at: datetime) -> EmergencyAccess:
    """Return the access that somebody has open now. Raises NotAllowed where they have none."""
    found = live_of(session, by, at=at)
    if found is None:
        raise NotAllowed("emergency:look")
    return found


def note_page(session: Session, opened: EmergencyAccess, endpoint: str, family_id: uuid.UUID | None, *, by: Actor, at: datetime) -> None:
    """Write down that a page was asked for while access is open. Where this cannot be written, the page does not open."""
    audit.record(session, PAGE, ("family", family_id) if family_id else ("emergency", opened.id), by=by, at=at, emergency=str(opened.id), endpoint=endpoint)


def get(session: Session, access_id: uuid.UUID, *, by: Actor, action: str = "emergency:know") -> EmergencyAccess:
    """Return one access of the actor's school. Raises NotFound, alike for another school's and for none."""
    found = session.get(EmergencyAccess, access_id)
    if found is None:
        access.require(by, action)
        raise NotFound("emergency access")
    access.require(by, action, found)
    return found


def end(session: Session, opened: EmergencyAccess, *, by: Actor, at: datetime) -> EmergencyAccess:
    """End it early: whoever opened it, or anybody who was told. Another administrator may not, and what has ended stays as it was."""
    access.require(by, "emergency:end", opened)
    if opened.user_id != by.user_id and not by.roles & set(TOLD):
        raise NotAllowed("emergency:end")
    if opened.is_live(at):
        opened.ended_at, opened.ended_by_id = at, by.user_id
        session.flush()
        audit.record(session, "emergency:ended", ("emergency", opened.id), by=by, at=at)
    return opened


def of_school(session: Session, *, by: Actor, most: int = 50) -> list[EmergencyAccess]:
    """Return the latest times that emergency access was opened at the actor's school, the last first."""
    access.require(by, "emergency:know")
    return list(session.scalars(select(EmergencyAccess).where(EmergencyAccess.school_id == by.school_id).order_by(EmergencyAccess.opened_at.desc(), EmergencyAccess.id).limit(most)))


def pages_of(session: Session, opened: EmergencyAccess) -> list[Page]:
    """Return the pages that were opened meanwhile, by the audit, in their order."""
    rows = select(AuditEvent.at, AuditEvent.subject_kind, AuditEvent.subject_id, AuditEvent.facts).where(
        AuditEvent.action == PAGE, AuditEvent.actor_id == str(opened.user_id), AuditEvent.at >= opened.opened_at, AuditEvent.at <= opened.ends_at,
    )
    return [
        Page(at, facts["endpoint"], uuid.UUID(subject) if kind == "family" and subject else None)
        for at, kind, subject, facts in session.execute(rows.order_by(AuditEvent.seq)) if facts.get("emergency") == str(opened.id)
    ]


def unseen(session: Session, *, by: Actor) -> Sequence[uuid.UUID]:
    """Return what somebody was told of and has not read yet."""
    if by.user_id is None or by.school_id is None or not access.allows(by, "emergency:note"):
        return ()
    read = select(EmergencySeen.access_id).where(EmergencySeen.user_id == by.user_id)
    joined = select(users.User.created_at).where(users.User.id == by.user_id).scalar_subquery()
    rows = select(EmergencyAccess.id).where(EmergencyAccess.school_id == by.school_id, EmergencyAccess.user_id != by.user_id, EmergencyAccess.id.not_in(read), EmergencyAccess.ends_at >= joined)
    return session.scalars(rows.order_by(EmergencyAccess.opened_at)).all()


def note_seen(session: Session, opened: EmergencyAccess, *, by: Actor, at: datetime) -> None:
    """Write down that somebody who was told has read it. Twice is once."""
    access.require(by, "emergency:note", opened)
    if by.user_id is not None and opened.id in unseen(session, by=by):
        session.add(EmergencySeen(id=new_id(), access_id=opened.id, user_id=by.user_id, at=at))
        session.flush()
        audit.record(session, "emergency:seen", ("emergency", opened.id), by=by, at=at)
