"""Openings: when a partner opened what a family agreed to share, written down with which fields, to whom and when, so that the family can read it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families.families import Family
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.audit import AuditEvent
from partners.referrals import disclosure
from partners.referrals.referrals import Referral

ACTION = "referral:details_opened"


@dataclass(frozen=True)
class Opening:
    """One look at what was shared: by which partner, under which agreement, when, and the names of the fields."""

    organisation_id: uuid.UUID
    agreement_id: uuid.UUID | None
    at: datetime
    fields: tuple[str, ...]


def open_details(session: Session, referral: Referral, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Return the agreed fields to a partner whose code was right, and write down which they were: their names, never what stands in them.

    Raises:
        AgreementMissing: there is no live agreement for this partner and need.
    """
    see = disclosure.agreed_fields(session, referral, at=at)
    audit.record(session, ACTION, ("referral", referral.id), by=by, at=at, fields=list(see), organisation=str(referral.organisation_id))
    return see


def of_family(session: Session, family: Family, *, by: Actor) -> list[Opening]:
    """Return when partners opened what a family agreed to share, the latest first, to its liaison officer or to itself."""
    access.require(by, "agreement:read", family)
    mine = {str(r.id): r for r in session.scalars(select(Referral).where(Referral.family_id == family.id)).unique()}
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == ACTION, AuditEvent.subject_id.in_(mine)).order_by(AuditEvent.seq.desc()))
    return [Opening(mine[e.subject_id].organisation_id, mine[e.subject_id].agreement_id, e.at, tuple(e.facts.get("fields", ()))) for e in events if e.subject_id]
