"""Archiving: an offer or an organisation leaves every list, and what was introduced goes on. Nothing is ever deleted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.referrals.moves import LIVE
from partners.referrals.referrals import Referral
from partners.registry.offers import Offer
from partners.registry.organisations import Organisation


def live_about(session: Session, record: Offer | Organisation) -> int:
    """Return how many introductions to an offer, or to an organisation, are still live."""
    column = Referral.offer_id if isinstance(record, Offer) else Referral.organisation_id
    return session.scalar(select(func.count()).where(column == record.id, Referral.state.in_(LIVE))) or 0


def archive(session: Session, record: Offer | Organisation, *, by: Actor, at: datetime) -> int:
    """Take an offer or organisation out of lists, suggestions, the feed and its links. Returns how many live introductions go on all the same."""
    access.require(by, "offer:change", record)
    if record.archived_at is None:
        record.archived_at = record.updated_at = at
        session.flush()
        _note(session, record, "archived", by, at)
    return live_about(session, record)


def bring_back(session: Session, record: Offer | Organisation, *, by: Actor, at: datetime) -> None:
    """Put an archived offer or organisation back in lists, as true as it was: nothing is confirmed by it."""
    access.require(by, "offer:change", record)
    if record.archived_at is not None:
        record.archived_at, record.updated_at = None, at
        session.flush()
        _note(session, record, "brought_back", by, at)


def _note(session: Session, record: Offer | Organisation, what: str, by: Actor, at: datetime) -> None:
    kind = "offer" if isinstance(record, Offer) else "organisation"
    audit.record(session, f"{kind}:{what}", (kind, record.id), by=by, at=at)
