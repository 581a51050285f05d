"""Merging: two offers that a person says are the same become one; introductions and links follow it. Nothing is merged by software."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.referrals.moves import LIVE
from partners.referrals.referrals import Referral
from partners.referrals.replies import OfferLink
from partners.registry import offers, private_places
from partners.registry.duplicates import OfferPair
from partners.registry.importing import origins
from partners.registry.importing.plans import give
from partners.registry.offers import Offer


@dataclass(frozen=True)
class Difference:
    """One field in which two offers differ, with what each says. `is_empty` marks a field that the kept one says nothing of."""

    name: str
    label: str
    kept: Any
    gone: Any
    is_empty: bool


_EMPTY: tuple[Any, ...] = ("", None, [], {}, [None, None], ["", None, None, None])
READ = {"needs": lambda o: list(o.needs), **origins.FIELDS}
LABELS = {"needs": "Helps with", **origins.LABELS}


def both(session: Session, pair: OfferPair, keep: str) -> tuple[Offer, Offer]:
    """Return the offer that stays (`first` or `second`) and the one that goes. Raises NotFound."""
    if keep not in ("first", "second"):
        raise NotFound("offer")
    first, second = offers.get(session, pair.first_id), offers.get(session, pair.second_id)
    return (first, second) if keep == "first" else (second, first)


def preview(kept: Offer, gone: Offer) -> list[Difference]:
    """Return what differs, field by field, for a person to say which stays. A withheld place is never among them."""
    found = []
    for name, read in READ.items():
        if name == "place" and any(o.place is not None and o.place.withheld for o in (kept, gone)):
            continue
        mine, theirs = read(kept), read(gone)
        if mine != theirs and theirs not in _EMPTY:
            found.append(Difference(name, LABELS[name], mine, theirs, mine in _EMPTY))
    return found


def blocked_by(session: Session, kept: Offer, gone: Offer) -> int:
    """Return how many introductions are under way with the one that goes, where it is another organisation's: those never change hands."""
    if kept.organisation_id == gone.organisation_id:
        return 0
    return len(session.scalars(select(Referral.id).where(Referral.offer_id == gone.id, Referral.state.in_(LIVE))).all())


def merge(session: Session, pair: OfferPair, *, keep: str, take: list[str], by: Actor, at: datetime) -> Offer:
    """Make two offers one: `keep` says which stays, `take` which fields come from the other. The other is archived.

    Introductions and offer links follow within one organisation. Between two organisations a family's agreement names only one of
    them, so what is finished stays where it was, links end, and what is under way stops the merging.

    Raises:
        Conflict: decided before, one is gone, or an introduction is under way with another organisation.
        InvalidRecord: a field that is not among those shown.
    """
    access.require(by, "offer:change")
    kept, gone = both(session, pair, keep)
    if pair.decided == "merged" and pair.kept_id == kept.id:
        return kept
    if pair.decided is not None or kept.archived_at is not None or gone.archived_at is not None:
        raise Conflict("Somebody decided about these two already. Open the list again to see how it stands.")
    under_way = blocked_by(session, kept, gone)
    if under_way:
        raise Conflict(f"{under_way} introductions are under way with {gone.organisation.name}. Keep that one, or wait until they have ended: they never change hands.")
    shown, before = {d.name: d for d in preview(kept, gone)}, list(kept.needs)
    for name in take:
        if name not in shown:
            raise InvalidRecord("take", "Choose from the fields on this page.")
        if name == "needs":
            kept.needs = list(shown[name].gone)
        else:
            give(kept, name, shown[name].gone)
    if gone.place is not None and gone.place.withheld:
        private_places.withhold_all(session, kept, by=by, at=at)  # the two are one place, and somebody said that nobody should find it
    private_places.withhold(session, kept, before=before, by=by, at=at)
    if take and kept.confirmed_on is not None:
        kept.flagged_wrong_at = at  # what a person confirmed is no longer all that stands here
    kept.updated_at = gone.updated_at = gone.archived_at = at
    same = kept.organisation_id == gone.organisation_id
    followed = session.scalars(select(Referral).where(Referral.offer_id == gone.id)).unique().all() if same else []
    for referral in followed:
        referral.offer_id = kept.id
    for link in session.scalars(select(OfferLink).where(OfferLink.offer_id == gone.id)):
        if same:
            link.offer_id = kept.id
        elif link.revoked_at is None:
            link.revoked_at = at
    pair.decided, pair.decided_at, pair.decided_by_id, pair.kept_id, pair.taken = "merged", at, by.user_id, kept.id, list(take)
    session.flush()
    for referral in followed:
        session.expire(referral, ["offer"])
    audit.record(session, "offer:merged", ("offer", kept.id), by=by, at=at, gone=str(gone.id), fields=sorted(take), followed=len(followed))
    return kept
