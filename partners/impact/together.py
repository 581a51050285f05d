"""What a release freezes of what is done together: the changes that would meet most, and what each partner carries. Families, under the rule of small numbers.

They are counted once, when a release is made, and stand as they are until the next: a figure that moved every day would say who came yesterday.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partners.families.families import Family
from partners.families.needs import Need
from partners.families.schools import School
from partners.foundation.actors import Actor, Role
from partners.impact.disclosure import LEAST_FAMILIES, SMALL, shown
from partners.impact.periods import Period
from partners.matching import gaps
from partners.referrals.referrals import Referral
from partners.registry import partnerships

MOST_CHANGES = 5


def frozen(session: Session, school: School, year: Period, *, at: datetime) -> dict[str, Any]:
    """Return what a release keeps: the changes that help families enough to be told, how many help fewer, and each partner's load in a school year."""
    looking = Actor(kind="user", name="figures", roles=frozenset({Role.HEAD}), school_id=school.id)
    return {"changes": _changes(session, looking, year, at), "loads": _loads(session, looking, year)}


def _changes(session: Session, by: Actor, year: Period, at: datetime) -> dict[str, Any]:
    asked = session.scalar(select(func.count(Need.family_id.distinct())).join(Family).where(Need.school_id == by.school_id, Need.opened_at < year.high, Family.in_use)) or 0
    if asked < LEAST_FAMILIES:
        return {"enough": False, "told": [], "smaller": 0}
    found = gaps.find(session, by=by, at=at, before=year.high, limit=MOST_CHANGES).in_turn
    told = [{"kind": c.kind, "says": c.says, "offer": c.offer.name if c.offer else None, "families": n} for c in found if (n := shown(len(c.families)))]
    return {"enough": True, "told": told, "smaller": len(found) - len(told)}


def _loads(session: Session, by: Actor, year: Period) -> dict[str, Any]:
    asked = session.scalar(
        select(func.count(Need.family_id.distinct())).join(Family).where(Need.school_id == by.school_id, Need.opened_at >= year.low, Need.opened_at < year.high, Family.in_use)
    ) or 0
    query = (
        select(Referral.organisation_id, func.count(Referral.family_id.distinct()))
        .join(Family).where(Referral.school_id == by.school_id, Referral.sent_at >= year.low, Referral.sent_at < year.high, Family.in_use).group_by(Referral.organisation_id)
    )
    counted: dict[uuid.UUID, int] = {row[0]: row[1] for row in session.execute(query)}
    families = {}
    for row in partnerships.listed(session, by=by):
        count = shown(counted.get(row.organisation_id, 0))
        families[str(row.organisation_id)] = SMALL if count is None or asked < LEAST_FAMILIES else count
    months = (year.ends_on.year - year.starts_on.year) * 12 + year.ends_on.month - year.starts_on.month + 1
    return {"ends_on": year.ends_on.isoformat(), "months": months, "families": families}
