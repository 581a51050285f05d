"""Reminders: what the clock does. It nudges partners and makes tasks; it never accepts, declines or closes for anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.foundation.actors import SYSTEM
from partners.foundation.calendars import day_of, is_working_day, london, working_days_between
from partners.foundation.errors import IllegalMove
from partners.foundation.outbox import Message
from partners.referrals import moves, notices, referrals
from partners.referrals.moves import State
from partners.referrals.referrals import Referral

NUDGE_AFTER_DAYS = 3  # working days without an answer (domain guide 6.3, ours)
ALTERNATIVES_AFTER_DAYS, COVER_AFTER_DAYS = 5, 8  # working days (domain guide 6.3, ours)
DAY_STARTS, DAY_ENDS = 8, 18  # hours in London between which mail may go; judgement, November 2026


@dataclass
class Ticked:
    """What one round of the clock did, in numbers."""

    nudged: int = 0
    expired: int = 0


def tick(session: Session, *, base_url: str, at: datetime) -> Ticked:
    """Do what the clock asks for now: one nudge a referral, one mail a partner a day, nothing at night or at weekends; and expiry.

    Running it twice changes nothing the second time.
    """
    done, today, told_today = Ticked(), day_of(at), set()
    rows = session.scalars(select(Referral).where(Referral.state.in_((State.SENT, State.VIEWED))).order_by(Referral.sent_at, Referral.id)).unique()
    nudged = {m.referral_id for m in session.scalars(select(Message).where(Message.kind == "partner_nudge"))}
    daytime = is_working_day(today) and DAY_STARTS <= london(at).hour < DAY_ENDS
    for referral in rows:
        try:
            referrals.move(session, referral, "expire", by=SYSTEM, at=at, code="no_response")
            done.expired += 1
            continue
        except IllegalMove:
            waited = working_days_between(day_of(referral.sent_at or at), today, closed=referrals.closed_spans(session, referral, day_of(referral.sent_at or at)))
        due = waited >= (1 if referral.need.within.value == "today" else NUDGE_AFTER_DAYS)
        if daytime and due and referral.id not in nudged and referral.organisation_id not in told_today:
            told_today.add(referral.organisation_id)
            done.nudged += notices.tell_partner(session, referral, base_url=base_url, at=at, nudge=True) is not None
    return done


def stage(session: Session, referral: Referral, *, at: datetime) -> str | None:
    """Return what a silent partner asks of the school: `alternatives` from the fifth working day, `cover` from the eighth; None before, and once they answered."""
    if referral.state not in (State.SENT, State.VIEWED) or referral.sent_at is None:
        return None
    sent = day_of(referral.sent_at)
    waited = working_days_between(sent, day_of(at), closed=referrals.closed_spans(session, referral, sent))
    urgent = referral.need.within.value == "today"
    return "cover" if waited >= (2 if urgent else COVER_AFTER_DAYS) else "alternatives" if waited >= (1 if urgent else ALTERNATIVES_AFTER_DAYS) else None


def overdue(referral: Referral, *, at: datetime) -> bool:
    """Whether the next step's day has passed."""
    return referral.due_on is not None and referral.due_on < day_of(at) and referral.state in moves.LIVE
