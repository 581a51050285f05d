"""Shutting: whether an introduction is shut for its partner, asked before anything is read, pressed, written or mailed. No page tells why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from partners.families import keeping_away
from partners.families.agreements import Agreement
from partners.foundation.actors import Actor
from partners.foundation.errors import NothingToDo
from partners.referrals.moves import Kind, State

if TYPE_CHECKING:
    from partners.referrals.referrals import Referral


def is_shut(session: Session, referral: Referral) -> bool:
    """Whether a partner reads and presses nothing, whatever the state.

    So it is while the family is with the safeguarding lead or its records are set aside, once it keeps this organisation away, took its
    agreement back or stopped this, once the offer has another owner, and always for what the family was only told.
    """
    family = referral.family
    if not family.in_use or keeping_away.is_kept_away(family, referral.organisation_id):
        return True
    if referral.is_frozen or referral.state is State.WITHDRAWN or referral.kind is Kind.TELL:
        return True
    agreement = session.get(Agreement, referral.agreement_id) if referral.agreement_id else None
    return agreement is not None and agreement.is_taken_back


def require_open(session: Session, referral: Referral, *, by: Actor) -> None:
    """Let a partner go on, or refuse without a reason. Whoever is no partner is not asked. Raises NothingToDo."""
    if by.party == "partner" and is_shut(session, referral):
        raise NothingToDo()
