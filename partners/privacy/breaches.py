"""The breach register: what went wrong with somebody's data, when the school knew, and the 72 hours in which the Information Commissioner is told where there is a risk."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families.schools import School
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, named, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.foundation.sealing import Sealed

# Source: UK GDPR, article 33: within 72 hours of becoming aware, unless a risk is unlikely; to be verified by a data protection officer.
REPORT_WITHIN = timedelta(hours=72)


class Risk(StrEnum):
    """How likely harm is to the people whose data it is."""

    NOT_KNOWN = "not_known"
    UNLIKELY = "unlikely"
    LIKELY = "likely"
    HIGH = "high"


RISK_WORDS = {
    Risk.NOT_KNOWN: "Not known yet", Risk.UNLIKELY: "Unlikely: keep it in this register", Risk.LIKELY: "Likely: tell the Information Commissioner",
    Risk.HIGH: "High: tell the Information Commissioner and the families",
}


class Breach(Base):
    """One thing that went wrong."""

    __tablename__ = "breaches"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    what: Mapped[str] = mapped_column(Sealed)
    known_at: Mapped[datetime]
    report_by: Mapped[datetime]
    noted_by_id: Mapped[uuid.UUID | None]
    noted_at: Mapped[datetime]
    risk: Mapped[Risk] = mapped_column(named(Risk), default=Risk.NOT_KNOWN)
    done: Mapped[str | None] = mapped_column(Sealed)
    reported_at: Mapped[datetime | None]
    reference: Mapped[str | None] = mapped_column(String(60))
    families_told_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    def must_report(self) -> bool:
        """Whether the Information Commissioner waits to be told: until somebody has judged the risk, as if there were one."""
        return self.closed_at is None and self.reported_at is None and self.risk is not Risk.UNLIKELY

    def is_late(self, at: datetime) -> bool:
        """Whether 72 hours have passed without a report that may be due."""
        return self.must_report() and at > self.report_by


def note(session: Session, school: School, what: str, *, known_at: datetime, by: Actor, at: datetime) -> Breach:
    """Write down what went wrong. The clock runs from when somebody at the school first knew.

    Raises:
        InvalidRecord: no words, or a moment to come or over a year ago.
        NotFound: another school.
    """
    access.require(by, "breach:note")
    if by.school_id != school.id:
        raise NotFound("school")
    if not 1 <= len(what.strip()) <= 2000:
        raise InvalidRecord("what", "Say what happened, without names.")
    if not at - timedelta(days=366) <= known_at <= at:
        raise InvalidRecord("known_at", "Give the moment when somebody at school first knew, now at the latest.")
    breach = Breach(
        id=new_id(), school_id=school.id, what=what.strip(), known_at=known_at, report_by=known_at + REPORT_WITHIN, noted_by_id=by.user_id, noted_at=at, risk=Risk.NOT_KNOWN,
    )
    session.add(breach)
    session.flush()
    audit.record(session, "breach:noted", ("breach", breach.id), by=by, at=at)
    return breach


def get(session: Session, breach_id: uuid.UUID, *, by: Actor) -> Breach:
    """Return a breach of the actor's school. Raises NotFound."""
    found = session.get(Breach, breach_id)
    if found is None:
        access.require(by, "breach:judge")
        raise NotFound("page")
    access.require(by, "breach:judge", found)
    return found


def of_school(session: Session, *, by: Actor) -> list[Breach]:
    """Return the register of the actor's school: those with the least time first, then those that are closed, the latest first."""
    access.require(by, "breach:judge")
    rows = list(session.scalars(select(Breach).where(Breach.school_id == by.school_id).order_by(Breach.report_by, Breach.id)))
    return [b for b in rows if b.closed_at is None] + [b for b in reversed(rows) if b.closed_at is not None]


def judge(session: Session, breach: Breach, risk: Risk, done: str, *, by: Actor, at: datetime) -> Breach:
    """Write down how likely harm is and what was done about it. Raises InvalidRecord without a word on that: the register must show why."""
    access.require(by, "breach:judge", breach)
    if not 1 <= len(done.strip()) <= 2000:
        raise InvalidRecord("done", "Write what was done, and why you judge it so.")
    _require_open(breach)
    breach.risk, breach.done = risk, done.strip()
    session.flush()
    audit.record(session, "breach:judged", ("breach", breach.id), by=by, at=at, risk=risk.value)
    return breach


def reported(session: Session, breach: Breach, reference: str | None, *, by: Actor, at: datetime) -> Breach:
    """Write down that the Information Commissioner was told, with the number they gave."""
    access.require(by, "breach:judge", breach)
    _require_open(breach)
    if breach.reported_at is None:
        breach.reported_at, breach.reference = at, (reference or "").strip()[:60] or None
        session.flush()
        audit.record(session, "breach:reported", ("breach", breach.id), by=by, at=at, late=at > breach.report_by)
    return breach


def families_told(session: Session, breach: Breach, *, by: Actor, at: datetime) -> Breach:
    """Write down that the families were told, in words that are safe for them."""
    access.require(by, "breach:judge", breach)
    _require_open(breach)
    if breach.families_told_at is None:
        breach.families_told_at = at
        session.flush()
        audit.record(session, "breach:families_told", ("breach", breach.id), by=by, at=at)
    return breach


def close(session: Session, breach: Breach, *, by: Actor, at: datetime) -> Breach:
    """Close it.

    Raises:
        Conflict: the risk is not judged, or somebody who must be told was not.
    """
    access.require(by, "breach:judge", breach)
    _require_open(breach)
    if breach.risk is Risk.NOT_KNOWN:
        raise Conflict("First judge how likely harm is.")
    if breach.must_report():
        raise Conflict("The Information Commissioner is still to be told.")
    if breach.risk is Risk.HIGH and breach.families_told_at is None:
        raise Conflict("The families are still to be told.")
    breach.closed_at = at
    session.flush()
    audit.record(session, "breach:closed", ("breach", breach.id), by=by, at=at)
    return breach


def _require_open(breach: Breach) -> None:
    if breach.closed_at is not None:
        raise Conflict("This is closed already.")
