"""Public: what a school's directory may show to anybody: confirmed, open to everybody, for needs that nobody minds being seen with."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy.orm import Session

from partners.foundation.errors import NotFound
from partners.oruk import exporter
from partners.registry.offers import AvailabilityState, Offer

# Needs that anybody may look for with a neighbour looking on. Judgement, November 2026: nothing of debt, harm, illness, status or crisis.
PLAIN_NEEDS = frozenset({
    "food_weekly", "holiday_club", "uniform", "warm_space", "esol", "letters_explained", "new_here", "digital", "own_community", "how_school_works", "home_learning", "parent_confidence",
    "tutoring", "adult_learning", "wraparound", "moving_on", "new_baby", "baby_things", "lonely", "clubs_play", "work_training",
})
_ANYBODY = frozenset({"anyone", "self"})
_SHUT = (AvailabilityState.PAUSED, AvailabilityState.FULL)


def is_for_anybody(offer: Offer) -> bool:
    """Whether an offer that may be told to anybody is also for anybody: no referral, no one gender, no need that marks who looks for it."""
    return (
        bool(offer.needs) and set(offer.needs) <= PLAIN_NEEDS and bool(_ANYBODY & set(offer.who_may_refer)) and offer.gender == "any"
        and offer.availability not in _SHUT and offer.flagged_wrong_at is None and not (offer.place is not None and offer.place.withheld)
    )


def listed(session: Session, *, on: date, need: str = "") -> list[Offer]:
    """Return what a directory shows on a day, by name; with `need`, only what helps with that."""
    found = [o for o in exporter.open_offers(session, on=on) if is_for_anybody(o) and (not need or need in o.needs)]
    return sorted(found, key=lambda o: (o.name.casefold(), str(o.id)))


def get(session: Session, offer_id: uuid.UUID, *, on: date) -> Offer:
    """Return one offer of the directory. Raises NotFound for any other, whether or not there is one."""
    found = next((o for o in listed(session, on=on) if o.id == offer_id), None)
    if found is None:
        raise NotFound("page")
    return found
