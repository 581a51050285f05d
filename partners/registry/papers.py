"""Papers: what somebody looked at before families are sent: DBS, safeguarding policy, insurance, registrations; and warnings before they run out.

An authorisation for regulated work stands on its offer (`assurance.Authorisation`), and the matcher reads its last day itself: the work is
not suggested from the day after, by London's clock, whether or not anybody looked at the warning.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import access, audit
from partners.foundation.actors import SYSTEM, Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, named, new_id
from partners.foundation.errors import InvalidRecord
from partners.registry import tasks
from partners.registry.assurance import Authorisation
from partners.registry.offers import Offer
from partners.registry.organisations import Organisation
from partners.registry.tasks import RegistryTask, TaskKind

WARN_DAYS = {60: TaskKind.EXPIRES_IN_60, 14: TaskKind.EXPIRES_IN_14}  # issue 4
_WARNINGS = (TaskKind.EXPIRES_IN_60, TaskKind.EXPIRES_IN_14, TaskKind.EXPIRED)


class PaperKind(StrEnum):
    """What a paper shows."""

    DBS = "dbs"
    POLICY = "safeguarding_policy"
    INSURANCE = "insurance"
    REGISTRATION = "registration"


KINDS = {
    PaperKind.DBS: "DBS checks", PaperKind.POLICY: "Safeguarding policy", PaperKind.INSURANCE: "Insurance", PaperKind.REGISTRATION: "A registration",
}
DBS_LEVELS = {"basic": "Basic", "standard": "Standard", "enhanced": "Enhanced", "enhanced_barred": "Enhanced with the barred lists"}


class Paper(Base):
    """One paper of one organisation: what it says, its number and day, the day it runs out, and who at the school looked at it."""

    __tablename__ = "papers"
    __table_args__ = (UniqueConstraint("organisation_id", "kind", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[PaperKind] = mapped_column(named(PaperKind))
    detail: Mapped[str] = mapped_column(String(120), default="")
    number: Mapped[str] = mapped_column(String(80), default="")
    dated_on: Mapped[date | None]
    valid_until: Mapped[date | None]
    checked_by: Mapped[str] = mapped_column(String(120))
    checked_at: Mapped[datetime]


def of_organisation(session: Session, organisation: Organisation) -> list[Paper]:
    """Return an organisation's papers, by kind."""
    return sorted(session.scalars(select(Paper).where(Paper.organisation_id == organisation.id)), key=lambda p: (list(PaperKind).index(p.kind), p.number))


def record(
    session: Session, organisation: Organisation, kind: PaperKind, *, by: Actor, at: datetime, detail: str = "", number: str = "", dated_on: date | None = None,
    valid_until: date | None = None, checked_by: str = "",
) -> Paper:
    """Record that somebody looked at a paper today. One of the same kind and number is renewed, and its warnings end.

    Raises:
        InvalidRecord: nobody is named who looked, a registration without a number, or days that cannot be.
    """
    access.require(by, "offer:change")
    if not checked_by.strip():
        raise InvalidRecord("checked_by", "Say who looked at it.")
    if kind is PaperKind.REGISTRATION and not number.strip():
        raise InvalidRecord("number", "Give the registration's number.")
    if kind in (PaperKind.INSURANCE, PaperKind.REGISTRATION) and valid_until is None:
        raise InvalidRecord("valid_until", "Give the day it runs out.")
    if dated_on is not None and dated_on > day_of(at):
        raise InvalidRecord("dated_on", "Give a day that is not in the future.")
    number = number.strip()[:80] if kind is PaperKind.REGISTRATION else ""
    paper = session.scalar(select(Paper).where(Paper.organisation_id == organisation.id, Paper.kind == kind, Paper.number == number))
    if paper is None:
        paper = Paper(id=new_id(), organisation_id=organisation.id, kind=kind, number=number)
        session.add(paper)
    paper.detail, paper.dated_on, paper.valid_until, paper.checked_by, paper.checked_at = detail.strip()[:120], dated_on, valid_until, checked_by.strip()[:120], at
    session.flush()
    _end_warnings(session, paper.id, by=by, at=at)
    audit.record(session, "organisation:paper_checked", ("organisation", organisation.id), by=by, at=at, kind=kind.value)
    return paper


def authorise(
    session: Session, offer: Offer, need_code: str, *, regulator: str, number: str, valid_until: date, checked_by: str, by: Actor, at: datetime,
) -> Authorisation:
    """Record that somebody checked an offer's authorisation for one regulated need. The one before for that need is renewed.

    Raises:
        InvalidRecord: a need the offer does not meet, no number, regulator or name, or a day that is past.
    """
    access.require(by, "offer:change", offer)
    if need_code not in offer.needs:
        raise InvalidRecord("need", "Choose one of the needs this offer meets.")
    for field, value in (("regulator", regulator), ("number", number), ("checked_by", checked_by)):
        if not value.strip():
            raise InvalidRecord(field, "Give the regulator, the number, and who checked it.")
    if valid_until < day_of(at):
        raise InvalidRecord("valid_until", "Give a day that is not past.")
    row = next((a for a in offer.authorisations if a.need_code == need_code), None)
    if row is None:
        row = Authorisation(id=new_id(), need_code=need_code)
        offer.authorisations.append(row)
    row.regulator, row.number, row.valid_until, row.checked_by, row.checked_at = regulator.strip()[:120], number.strip()[:80], valid_until, checked_by.strip()[:120], at
    offer.updated_at = at
    session.flush()
    _end_warnings(session, row.id, by=by, at=at)
    audit.record(session, "offer:authorised", ("offer", offer.id), by=by, at=at, need=need_code)
    return row


def warn(session: Session, *, at: datetime) -> int:
    """Open a task for each paper that runs out within 60 days, within 14, or has run out; each once. Returns how many were opened."""
    today, opened = day_of(at), 0
    papers = select(Paper, Organisation).join(Organisation, Organisation.id == Paper.organisation_id).where(Paper.valid_until.is_not(None), Organisation.archived_at.is_(None))
    for paper, organisation in session.execute(papers).unique():
        if paper.valid_until is not None:
            opened += _warn(session, paper.id, paper.valid_until, today, KINDS[paper.kind], organisation.id, None, at)
    held = select(Authorisation, Offer).join(Offer, Offer.id == Authorisation.offer_id).where(Offer.archived_at.is_(None))
    for row, offer in session.execute(held).unique():
        opened += _warn(session, row.id, row.valid_until, today, f"Authorisation {row.number}".strip(), offer.organisation_id, offer.id, at)
    return opened


def _warn(session: Session, paper_id: uuid.UUID, until: date, today: date, about: str, organisation_id: uuid.UUID, offer_id: uuid.UUID | None, at: datetime) -> int:
    left = (until - today).days
    kind = TaskKind.EXPIRED if left < 0 else next((WARN_DAYS[days] for days in sorted(WARN_DAYS) if left <= days), None)
    mark = f"{paper_id.hex}:{until}"
    if kind is None or tasks.was_opened(session, kind, offer_id or organisation_id, mark):
        return 0
    _end_warnings(session, paper_id, by=SYSTEM, at=at)
    tasks.open_for(session, kind, organisation_id, offer_id=offer_id, about=about, due_on=until, mark=mark, by=SYSTEM, at=at)
    return 1


def _end_warnings(session: Session, paper_id: uuid.UUID, *, by: Actor, at: datetime) -> None:
    open_ones = select(RegistryTask).where(RegistryTask.done_at.is_(None), RegistryTask.kind.in_(_WARNINGS), RegistryTask.reason.contains(paper_id.hex))
    for task in session.scalars(open_ones).unique():
        tasks.close(session, task, by=by, at=at)
