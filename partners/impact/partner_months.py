"""Partner months: what a partner did, in its own exact numbers, and which needs near it nobody meets, under the small-number rule.

'Near' are the schools that ever sent the partner an introduction, taken together: no school and no area is told apart.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partners.families.families import Family
from partners.families.needs import Need, NeedState
from partners.foundation import access
from partners.foundation.actors import Actor
from partners.foundation.calendars import LONDON, day_of
from partners.impact.disclosure import LEAST_FAMILIES, shown
from partners.impact.periods import window
from partners.referrals import thanks
from partners.referrals.referrals import Referral, ReferralEvent
from partners.registry.organisations import Organisation


@dataclass(frozen=True)
class Month:
    """One month of a partner: introductions that came, people who came or received, and those that finished."""

    starts_on: date
    introduced: int
    came: int
    finished: int


@dataclass(frozen=True)
class PartnerPage:
    """A partner's page: last month, this month so far, thanks, and needs nobody meets (None is 'too few to show safely')."""

    last: Month
    this: Month
    thanks: tuple[tuple[str, datetime], ...]
    unmet: tuple[tuple[str, int | None], ...]


def instant(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


def _month(session: Session, organisation_id: uuid.UUID, starts: date, ends: date) -> Month:
    low, high = instant(starts), instant(ends)
    # All that the partner did itself, whatever the family asked since: a count that falls by one would tell the partner that it asked.
    introduced = session.scalar(select(func.count()).where(Referral.organisation_id == organisation_id, Referral.sent_at >= low, Referral.sent_at < high)) or 0

    def moved(action: str) -> int:
        query = select(func.count(ReferralEvent.referral_id.distinct())).join(Referral, Referral.id == ReferralEvent.referral_id)
        return session.scalar(query.where(Referral.organisation_id == organisation_id, ReferralEvent.action == action, ReferralEvent.at >= low, ReferralEvent.at < high)) or 0

    return Month(starts, introduced, moved("start"), moved("finish"))


def page(session: Session, organisation: Organisation, *, groups: dict[str, str], by: Actor, at: datetime) -> PartnerPage:
    """Return a partner's own page. `groups` gives each need code's group; codes that are not in it are never counted."""
    access.require(by, "offer:propose", organisation)
    this = day_of(at).replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    return PartnerPage(
        _month(session, organisation.id, last, this), _month(session, organisation.id, this, day_of(at) + timedelta(days=1)),
        tuple((t.words, t.said_at) for t in thanks.latest(session, organisation.id)), _unmet(session, organisation.id, groups, at),
    )


def _unmet(session: Session, organisation_id: uuid.UUID, groups: dict[str, str], at: datetime) -> tuple[tuple[str, int | None], ...]:
    """Return the families with a need that nobody met, by group, to the end of the last whole month; nothing where fewer than 20 families asked."""
    near = list(session.scalars(select(Referral.school_id).where(Referral.organisation_id == organisation_id, Referral.sent_at.is_not(None)).distinct()))
    starts, ends = window(at)
    low, high = instant(starts if starts <= ends else starts.replace(year=starts.year - 1)), instant(ends + timedelta(days=1))
    asked = (Need.school_id.in_(near), Need.opened_at >= low, Need.opened_at < high, Family.in_use)
    if (session.scalar(select(func.count(Need.family_id.distinct())).join(Family).where(*asked)) or 0) < LEAST_FAMILIES:
        return ()
    families: dict[str, set[uuid.UUID]] = {}
    for code, family_id in session.execute(select(Need.code, Need.family_id).join(Family).where(*asked, Need.state == NeedState.UNMET, Need.settled_at < high)):
        if code in groups:
            families.setdefault(groups[code], set()).add(family_id)
    return tuple(sorted((group, shown(len(found))) for group, found in families.items()))
