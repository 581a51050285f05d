"""Checks: when an organisation was last asked "Is this still right?", by mail or by telephone, and whether anybody answered. At most one a month."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation.calendars import day_of
from partners.foundation.db import Base, new_id
from partners.registry.offers import AvailabilityState, Offer

BETWEEN_DAYS = 28  # the least between two checks of one partner; judgement, November 2026
ASKED_AGAIN_AFTER_DAYS = 28  # an offer that somebody spoke for since is not asked about; judgement, November 2026
MISSED_AFTER_DAYS = 14  # without an answer a check counts as missed; judgement, November 2026
MISSED_IN_A_ROW = 2  # then somebody rings (domain guide 1.2)


class OfferCheck(Base):
    """One asking of one organisation about all its offers. Its month stands beside the organisation so that there is one a month and no more."""

    __tablename__ = "offer_checks"
    __table_args__ = (UniqueConstraint("organisation_id", "month"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    month: Mapped[str] = mapped_column(String(7))
    how: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    message_id: Mapped[uuid.UUID | None]


def is_due(offer: Offer, *, on: date) -> bool:
    """Whether an offer is to be asked about on a day: somebody confirmed it once, nobody spoke for it for 28 days, and no pause runs.

    What nobody has confirmed yet waits for a person, and is never asked about by mail.
    """
    if offer.confirmed_on is None or not offer.needs or offer.archived_at is not None:
        return False
    if offer.availability in (AvailabilityState.PAUSED, AvailabilityState.FULL) and offer.paused_until is not None:
        return offer.paused_until <= on
    last = max(offer.confirmed_on, offer.availability_on or offer.confirmed_on)
    return (on - last).days >= ASKED_AGAIN_AFTER_DAYS


def may_ask(session: Session, organisation_id: uuid.UUID, *, at: datetime) -> bool:
    """Whether an organisation may be asked now: not yet this month, and not within the last 28 days."""
    last = latest(session, organisation_id)
    return not last or (last[0].month != month_of(at) and (day_of(at) - day_of(last[0].asked_at)).days >= BETWEEN_DAYS)


def month_of(at: datetime) -> str:
    """Return the month of an instant in London, as '2026-11'."""
    return f"{day_of(at):%Y-%m}"


def latest(session: Session, organisation_id: uuid.UUID, count: int = 1) -> list[OfferCheck]:
    """Return an organisation's latest checks, the newest first."""
    return list(session.scalars(select(OfferCheck).where(OfferCheck.organisation_id == organisation_id).order_by(OfferCheck.asked_at.desc()).limit(count)))


def claim(session: Session, organisation_id: uuid.UUID, *, how: str, at: datetime) -> OfferCheck | None:
    """Note that an organisation is asked now, by 'mail' or on the 'phone' list. Returns None where another round of the clock was first."""
    check = OfferCheck(id=new_id(), organisation_id=organisation_id, month=month_of(at), how=how, asked_at=at)
    try:
        with session.begin_nested():
            session.add(check)
    except IntegrityError:
        return None
    return check


def note_answer(session: Session, organisation_id: uuid.UUID, *, at: datetime) -> None:
    """Note that somebody of an organisation answered: every check that waits is answered."""
    for check in session.scalars(select(OfferCheck).where(OfferCheck.organisation_id == organisation_id, OfferCheck.answered_at.is_(None))):
        check.answered_at = at
    session.flush()


def missed(session: Session, organisation_id: uuid.UUID, *, at: datetime) -> bool:
    """Whether the last two checks went without an answer for 14 days each."""
    last = latest(session, organisation_id, MISSED_IN_A_ROW)
    return len(last) == MISSED_IN_A_ROW and all(c.answered_at is None and at - c.asked_at >= timedelta(days=MISSED_AFTER_DAYS) for c in last)
