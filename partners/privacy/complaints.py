"""Complaints: what somebody is not happy about, when the school must say that it has it, and what came of it.

Anybody can make one, without an account. Only the safeguarding lead reads it: it may be about the person who helps the family.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families.families import Family
from partners.families.schools import School
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, named, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.foundation.sealing import Sealed

# Source: Data (Use and Access) Act 2025, section 103 (acknowledge within 30 days; outcome without undue delay), to be verified by a data protection officer.
ACKNOWLEDGE_DAYS = 30
LONGEST = 4000  # characters
SOON_DAYS = 7  # days before the acknowledgement is due from which the lead is told by mail; judgement, November 2026


class CameBy(StrEnum):
    """How a complaint reached the school."""

    PAGE = "page"
    LINK = "link"
    SPOKEN = "spoken"
    LETTER = "letter"


class Ended(StrEnum):
    """What came of a complaint."""

    UPHELD = "upheld"
    PARTLY = "partly"
    NOT_UPHELD = "not_upheld"
    TAKEN_BACK = "taken_back"


class Complaint(Base):
    """One complaint, in the person's own words, with its two answers: that it is here, and what came of it."""

    __tablename__ = "complaints"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    family_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("families.id"), index=True)
    came_by: Mapped[CameBy] = mapped_column(named(CameBy))
    words: Mapped[str] = mapped_column(Sealed)
    wanted: Mapped[str | None] = mapped_column(Sealed)
    name: Mapped[str | None] = mapped_column(Sealed)
    contact: Mapped[str | None] = mapped_column(Sealed)
    press: Mapped[str] = mapped_column(String(64), unique=True)
    received_at: Mapped[datetime]
    acknowledge_by: Mapped[date]
    taken_by_id: Mapped[uuid.UUID | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_how: Mapped[str | None] = mapped_column(Sealed)
    ended: Mapped[Ended | None] = mapped_column(named(Ended))
    ended_at: Mapped[datetime | None]
    ended_words: Mapped[str | None] = mapped_column(Sealed)
    ended_by_id: Mapped[uuid.UUID | None]

    @property
    def reference(self) -> str:
        """A short word to quote on the telephone. It is made from the random id and tells nothing."""
        return self.id.hex[:6].upper()

    def is_late(self, on: date) -> bool:
        """Whether the school should have said by now that it has it."""
        return self.acknowledged_at is None and self.ended_at is None and on > self.acknowledge_by


def make(
    session: Session, school: School, words: str, *, by: Actor, at: datetime, family: Family | None = None, name: str | None = None,
    contact: str | None = None, wanted: str | None = None, came_by: CameBy | None = None, press: str | None = None,
) -> Complaint:
    """Keep a complaint and start its clock: the school says within 30 days that it has it. The same press twice keeps one.

    `by` may be somebody at the school who writes down what was said, a family by its own link, or a visitor of the school's public page.

    Raises:
        InvalidRecord: no words, or more than 4,000 characters.
        NotFound: another school, or another family than the link's.
    """
    access.require(by, "complaint:make")
    if by.school_id != school.id or (family is not None and family.school_id != school.id):
        raise NotFound("school")
    if by.kind == "family" and (family is None or family.id != by.family_id):
        raise NotFound("family")
    if press is not None and (known := session.scalar(select(Complaint).where(Complaint.press == press))) is not None:
        if known.school_id != school.id:
            raise NotFound("page")
        return known
    said = words.strip()
    if not 1 <= len(said) <= LONGEST:
        raise InvalidRecord("words", f"Write what you are not happy about, in at most {LONGEST:,} characters.")
    usual = {"family": CameBy.LINK, "visitor": CameBy.PAGE}.get(by.kind, CameBy.SPOKEN)
    complaint = Complaint(
        id=new_id(), school_id=school.id, family_id=family.id if family is not None else None, came_by=came_by or usual, words=said,
        wanted=(wanted or "").strip() or None, name=(name or "").strip() or None, contact=(contact or "").strip() or None,
        press=press or uuid.uuid4().hex, received_at=at, acknowledge_by=day_of(at) + timedelta(days=ACKNOWLEDGE_DAYS), taken_by_id=by.user_id,
    )
    session.add(complaint)
    session.flush()
    audit.record(session, "complaint:made", ("complaint", complaint.id), by=by, at=at, came_by=complaint.came_by.value)
    return complaint


def get(session: Session, complaint_id: uuid.UUID, *, by: Actor) -> Complaint:
    """Return a complaint of the actor's school. Raises NotFound."""
    complaint = session.get(Complaint, complaint_id)
    if complaint is None:
        access.require(by, "complaint:answer")
        raise NotFound("complaint")
    access.require(by, "complaint:answer", complaint)
    return complaint


def of_school(session: Session, *, by: Actor) -> list[Complaint]:
    """Return the complaints of the actor's school: those that wait first, by their clock, then the others, the latest first."""
    access.require(by, "complaint:answer")
    rows = list(session.scalars(select(Complaint).where(Complaint.school_id == by.school_id).order_by(Complaint.received_at, Complaint.id)))
    waiting = [c for c in rows if c.ended_at is None]
    return sorted(waiting, key=lambda c: (c.acknowledged_at is not None, c.acknowledge_by)) + [c for c in reversed(rows) if c.ended_at is not None]


def count_waiting(session: Session, school_id: uuid.UUID, *, by: Actor, on: date) -> tuple[int, int]:
    """Return how many complaints wait at a school, and how many of them are late. No words: an administrator may know this much."""
    access.require(by, "complaint:count")
    if by.school_id is not None and by.school_id != school_id:
        raise NotFound("school")
    waiting = select(func.count()).select_from(Complaint).where(Complaint.school_id == school_id, Complaint.ended_at.is_(None))
    late = waiting.where(Complaint.acknowledged_at.is_(None), Complaint.acknowledge_by < on)
    return session.scalar(waiting) or 0, session.scalar(late) or 0


def due_soon(session: Session, school_id: uuid.UUID, *, on: date) -> int:
    """Return how many complaints of a school must be acknowledged within SOON_DAYS days, or should have been."""
    return session.scalar(select(func.count()).select_from(Complaint).where(
        Complaint.school_id == school_id, Complaint.ended_at.is_(None), Complaint.acknowledged_at.is_(None), Complaint.acknowledge_by <= on + timedelta(days=SOON_DAYS),
    )) or 0


def of_family(session: Session, family: Family, *, by: Actor) -> list[Complaint]:
    """Return what a family complained about through its own link or by name, for the family itself and for the lead: the latest first."""
    if by.kind == "family":
        access.require(by, "rights:see_held", family)
    else:
        access.require(by, "complaint:answer", family)
    return list(session.scalars(select(Complaint).where(Complaint.family_id == family.id).order_by(Complaint.received_at.desc(), Complaint.id)))


def acknowledge(session: Session, complaint: Complaint, how: str, *, by: Actor, at: datetime) -> Complaint:
    """Write down that the person was told that the school has it, and how. A second press changes nothing.

    Raises:
        InvalidRecord: it is not said how they were told.
    """
    access.require(by, "complaint:answer", complaint)
    if not how.strip():
        raise InvalidRecord("how", "Say how they were told: for example 'rang them'. If they left no way to reach them, write that.")
    if complaint.acknowledged_at is None:
        complaint.acknowledged_at, complaint.acknowledged_how = at, how.strip()
        session.flush()
        audit.record(session, "complaint:acknowledged", ("complaint", complaint.id), by=by, at=at, late=complaint.acknowledge_by < day_of(at))
    return complaint


def end(session: Session, complaint: Complaint, ended: Ended, words: str, *, by: Actor, at: datetime) -> Complaint:
    """Write down what came of it, and what the person was told.

    Raises:
        InvalidRecord: no words for the person.
        Conflict: it has ended, or nobody has said yet that it is here.
    """
    access.require(by, "complaint:answer", complaint)
    if complaint.ended_at is not None:
        raise Conflict("This complaint has its answer already.")
    if complaint.acknowledged_at is None and ended is not Ended.TAKEN_BACK:
        raise Conflict("First say that the school has it. Then the answer can follow, the same day if you like.")
    if not words.strip():
        raise InvalidRecord("words", "Write what you told them.")
    complaint.ended, complaint.ended_at, complaint.ended_words, complaint.ended_by_id = ended, at, words.strip()[:LONGEST], by.user_id
    session.flush()
    audit.record(session, "complaint:ended", ("complaint", complaint.id), by=by, at=at, ended=ended.value, days=(day_of(at) - day_of(complaint.received_at)).days)
    return complaint
