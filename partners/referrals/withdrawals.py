"""Withdrawals: a family took something back. Access ends at once, the partner is asked to delete what it holds, and somebody asks until it says so.

The history stays honest: what was opened and when, when it was taken back, when and how the partner said that it deleted it.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.families import agreements, schools
from partners.families.agreements import Agreement
from partners.families.families import Family
from partners.foundation import access, audit, outbox
from partners.foundation.actors import SYSTEM, Actor, partner_by_deletion_link
from partners.foundation.audit import AuditEvent
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.foundation.sealing import Sealed
from partners.foundation.tokens import hash_token, new_token
from partners.referrals import openings, referrals
from partners.referrals.moves import LIVE, NEEDS_AGREEMENT
from partners.referrals.referrals import Referral
from partners.registry import organisations
from partners.registry.organisations import Organisation

# Source: domain guide 7.3. Calendar days, because the asking began with a mail that is there at once.
TASK_AFTER, ESCALATED_AFTER = timedelta(days=7), timedelta(days=30)
HOW = ("link", "phone")


class Withdrawal(Base):
    """One introduction that was taken back, and what the partner said about deleting what it holds."""

    __tablename__ = "withdrawals"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id"), unique=True)
    agreement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("agreements.id"), index=True)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    by_kind: Mapped[str] = mapped_column(String(20))
    withdrawn_at: Mapped[datetime]
    could_open_from: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    asked_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(Sealed)
    confirmed_how: Mapped[str | None] = mapped_column(String(10))
    family: Mapped[Family] = relationship(lazy="joined")
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    referral: Mapped[Referral] = relationship(lazy="joined")

    @property
    def waits(self) -> bool:
        """Whether the partner may hold something and has not said that it deleted it. Where nothing could be opened there is nothing to delete."""
        return self.could_open_from is not None and self.confirmed_at is None


def take_back(session: Session, agreement: Agreement, *, by: Actor, at: datetime, base_url: str) -> list[Withdrawal]:
    """End an agreement and everything that rests on it, in one press: the partner's access, queued mails, live introductions. Pressing twice changes nothing more.

    Returns the withdrawals, each of which asks its partner to confirm the deletion.
    """
    access.require(by, "agreement:withdraw", agreement)
    agreements.withdraw(session, agreement, by=by, at=at)
    rows = []
    for referral in session.scalars(select(Referral).where(Referral.agreement_id == agreement.id).order_by(Referral.created_at, Referral.id)).unique().all():
        if referral.state in LIVE:
            referrals.move(session, referral, "withdraw", code="agreement_withdrawn", by=by, at=at)
        row = note(session, referral, agreement, by=by, at=at)
        ask_partner(session, row, base_url=base_url, at=at)
        rows.append(row)
    return rows


def note(session: Session, referral: Referral, agreement: Agreement, *, by: Actor, at: datetime) -> Withdrawal:
    """Write down that an introduction was taken back, and what the partner could open until then. A second time returns the first."""
    known = session.scalar(select(Withdrawal).where(Withdrawal.referral_id == referral.id))
    if known is not None:
        return known
    opened = session.scalar(
        select(func.min(AuditEvent.at)).where(AuditEvent.action == openings.ACTION, AuditEvent.subject_id == str(referral.id))
    )
    row = Withdrawal(
        id=new_id(), referral=referral, agreement_id=agreement.id, family=referral.family, school_id=referral.school_id,
        organisation=referral.offer.organisation, by_kind=by.kind, withdrawn_at=at,
        could_open_from=referral.accepted_at if referral.kind in NEEDS_AGREEMENT else None, opened_at=opened,
    )
    session.add(row)
    session.flush()
    audit.record(session, "withdrawal:noted", ("withdrawal", row.id), by=by, at=at)
    return row


def ask_partner(session: Session, row: Withdrawal, *, base_url: str, at: datetime) -> outbox.Message | None:
    """Queue the mail that asks the partner to delete what it holds, once, with a link where it says so. Nothing about the family is in it.

    Returns None where there is nothing to delete, where it was asked already, or where there is no address: somebody rings then.
    """
    address = organisations.first_address(row.organisation)
    if not row.waits or row.asked_at is not None or address is None:
        return None
    school, token = schools.get(session, row.school_id), new_token()
    row.token_hash, row.asked_at = hash_token(token), at
    session.flush()
    return outbox.queue(
        session, kind="deletion_request", to=address, subject=f"{school.name} asks you to delete something", at=at, referral_id=row.referral_id,
        body=f"Somebody changed their mind about an introduction, and you can no longer open it.\n\nPlease delete what you wrote down or saved from it, then press the button here. You need no account:\n"
             f"{base_url}/d/{token}\n\nIf you would rather tell us, ring {school.phone}.\n",
    )


def ask_about(session: Session, referral: Referral, *, base_url: str, at: datetime) -> outbox.Message | None:
    """Ask the partner of an introduction that was just stopped. Returns None where there is nothing to ask."""
    row = session.scalar(select(Withdrawal).where(Withdrawal.referral_id == referral.id))
    return ask_partner(session, row, base_url=base_url, at=at) if row is not None else None


def ask_due(session: Session, *, base_url: str, at: datetime) -> int:
    """Ask every partner that was not asked yet. Returns how many mails were queued; a second time finds none."""
    rows = session.scalars(select(Withdrawal).where(Withdrawal.asked_at.is_(None), Withdrawal.confirmed_at.is_(None), Withdrawal.could_open_from.is_not(None))).unique().all()
    return sum(ask_partner(session, row, base_url=base_url, at=at) is not None for row in rows)


def open_link(session: Session, token: str) -> tuple[Withdrawal, Actor]:
    """Return the withdrawal behind a link and the partner who holds it. Raises NotFound."""
    row = session.scalar(select(Withdrawal).where(Withdrawal.token_hash == hash_token(token)))
    if row is None:
        raise NotFound("page")
    return row, partner_by_deletion_link(row.organisation_id, row.organisation.name)


def attest(session: Session, row: Withdrawal, *, name: str, by: Actor, at: datetime) -> Withdrawal:
    """The partner says that it has deleted what it held. Pressing twice keeps the first. Raises InvalidRecord without a name."""
    access.require(by, "withdrawal:attest", row)
    return _confirmed(session, row, name, "link", by, at)


def log_call(session: Session, row: Withdrawal, *, name: str, by: Actor, at: datetime) -> Withdrawal:
    """The liaison officer writes down who said on the telephone that it is deleted. Raises InvalidRecord without a name."""
    access.require(by, "withdrawal:log", row)
    return _confirmed(session, row, name, "phone", by, at)


def _confirmed(session: Session, row: Withdrawal, name: str, how: str, by: Actor, at: datetime) -> Withdrawal:
    if row.confirmed_at is not None:
        return row
    if not name.strip():
        raise InvalidRecord("name", "Say who deleted it: a first name is enough.")
    row.confirmed_at, row.confirmed_by, row.confirmed_how = at, name.strip()[:120], how
    session.flush()
    audit.record(session, "withdrawal:deletion_confirmed", ("withdrawal", row.id), by=by, at=at, how=how)
    return row


def get(session: Session, withdrawal_id: uuid.UUID, *, by: Actor) -> Withdrawal:
    """Return a withdrawal of the actor's school. Raises NotFound."""
    row = session.get(Withdrawal, withdrawal_id)
    if row is None:
        access.require(by, "withdrawal:read")
        raise NotFound("page")
    access.require(by, "withdrawal:read", row)
    return row


def of_family(session: Session, family: Family, *, by: Actor) -> list[Withdrawal]:
    """Return what a family took back, the latest first, to its liaison officer or to itself."""
    access.require(by, "agreement:read", family)
    return list(session.scalars(select(Withdrawal).where(Withdrawal.family_id == family.id).order_by(Withdrawal.withdrawn_at.desc(), Withdrawal.id)).unique())


def to_ask_about(session: Session, *, by: Actor, at: datetime) -> list[Withdrawal]:
    """Return the deletions that a liaison officer rings about: nobody confirmed them within seven days, or nobody could be asked. None of a family with the lead."""
    # Of a family whose records are set aside they stay: that the partner deletes is what the family asked for, and setting aside must not stop it.
    access.require(by, "withdrawal:log")
    rows = _waiting(session, by, Family.with_dsl_at.is_(None))
    return [row for row in rows if at - row.withdrawn_at >= TASK_AFTER or row.asked_at is None]


def escalated(session: Session, *, by: Actor, at: datetime) -> list[Withdrawal]:
    """Return the deletions that nobody confirmed within thirty days: these are the safeguarding lead's too."""
    access.require(by, "withdrawal:read")
    return [row for row in _waiting(session, by) if at - row.withdrawn_at >= ESCALATED_AFTER]


def _waiting(session: Session, by: Actor, *only: object) -> list[Withdrawal]:
    query = select(Withdrawal).join(Family, Family.id == Withdrawal.family_id).where(
        Withdrawal.school_id == by.school_id, Withdrawal.confirmed_at.is_(None), Withdrawal.could_open_from.is_not(None), *only,  # type: ignore[arg-type]
    )
    return list(session.scalars(query.order_by(Withdrawal.withdrawn_at, Withdrawal.id)).unique())


def tick(session: Session, *, base_url: str, at: datetime) -> int:
    """Ask the partners that were not asked when something was taken back. It tells nobody else: tasks are read from the days that passed."""
    asked = ask_due(session, base_url=base_url, at=at)
    if asked:
        audit.record(session, "withdrawal:asked", by=SYSTEM, at=at, count=asked)
    return asked
