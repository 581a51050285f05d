"""Returns: what a partner may tell school afterwards, as the family agreed: whether they met, whether it helped too, or nothing. The family's own word is not bound by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from partners.families.agreements import Agreement
from partners.foundation.actors import Actor
from partners.foundation.errors import InvalidRecord

if TYPE_CHECKING:
    from partners.referrals.outcomes import Result
    from partners.referrals.referrals import Referral

MET, MET_AND_HELPED, NOTHING = "met", "met_and_helped", "nothing"
DID_NOT_COME = "did_not_come"
WHETHER_THEY_CAME = {"yes": "They came", "no": "They did not come"}


def agreed(session: Session, referral: Referral) -> str:
    """Return what may come back, a key of `agreements.RETURNS`: nothing where there is no agreement."""
    agreement = session.get(Agreement, referral.agreement_id) if referral.agreement_id else None
    return agreement.returns if agreement is not None else NOTHING


def is_silent(session: Session, referral: Referral, by: Actor) -> bool:
    """Whether this actor is the partner and nothing of how it goes may come back from it. That nobody could be reached may: it is about a number, not about them."""
    return by.party == "partner" and agreed(session, referral) == NOTHING


def require_may_say(session: Session, referral: Referral, result: Result, *, by: Actor) -> None:
    """Raise InvalidRecord where a partner says more of what came of it than the family agreed to. Whoever is no partner is not asked."""
    if is_silent(session, referral, by):
        raise InvalidRecord("result", "The family asked that nothing of this goes back to school.")
    if by.party == "partner" and agreed(session, referral) == MET and result.value != "not_known":
        raise InvalidRecord("result", "The family agreed that school hears whether you met, and nothing more.")
