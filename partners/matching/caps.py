"""Caps: offers that have had as many introductions this month as their partner asked for, and goods past their day. The one count as full, the other as over."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partners.foundation.calendars import LONDON, day_of
from partners.referrals.referrals import Referral
from partners.registry.offers import Offer
from partners.registry.terms import OfferTerms


def reached(session: Session, *, at: datetime) -> frozenset[uuid.UUID]:
    """Return the offers whose monthly cap is reached, by London's months: what was sent since the first counts, whatever became of it."""
    caps = {row.offer_id: row.monthly_cap for row in session.execute(select(OfferTerms.offer_id, OfferTerms.monthly_cap).where(OfferTerms.monthly_cap.is_not(None)))}
    if not caps:
        return frozenset()
    first = day_of(at).replace(day=1)
    since = datetime(first.year, first.month, 1, tzinfo=LONDON).astimezone(UTC)
    sent = session.execute(
        select(Referral.offer_id, func.count()).where(Referral.offer_id.in_(caps), Referral.sent_at >= since).group_by(Referral.offer_id)
    )
    return frozenset(offer_id for offer_id, count in sent if count >= caps[offer_id])


def past_use_by(session: Session, *, at: datetime) -> dict[uuid.UUID, str]:
    """Return the offers of goods whose use-by day is over, with that day."""
    today = day_of(at).isoformat()
    rows = session.execute(select(OfferTerms.offer_id, OfferTerms.particulars).join(Offer, Offer.id == OfferTerms.offer_id).where(Offer.kind == "goods"))
    return {offer_id: kept["use_by"] for offer_id, kept in rows if (kept or {}).get("use_by", today) < today}
