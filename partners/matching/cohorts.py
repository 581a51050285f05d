"""Cohorts: the engine's proposal of needs that one session could serve, from a school's open needs. Who a family is never reaches it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families.families import Family
from partners.families.needs import Need, NeedState
from partners.foundation import access
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.matching.requests import offer_record, request_record
from partners.registry import offers
from partners.registry.offers import Offer

if TYPE_CHECKING:
    from matcher.records import Offer as OfferRecord
    from matcher.records import Request

UNSETTLED = (NeedState.OPEN, NeedState.UNMET, NeedState.PARTLY_MET)
# Needs about which families are not brought together by a school: each takes its own path. Judgement, November 2026.
TOGETHER_PATHS = ("open", "school")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class ProposedGroup:
    """Needs alike enough to meet together: the code, the area, what all ask for, the half hours all can come, and offers that fit every one."""

    code: str
    area: str | None
    in_common: tuple[str, ...]
    half_hours: tuple[tuple[str, str], ...]
    needs: tuple[Need, ...]
    offers: tuple[Offer, ...]


def open_needs(session: Session, *, by: Actor) -> dict[Family, list[Need]]:
    """Return the unsettled needs of the actor's school by family, but for families with the safeguarding lead."""
    access.require(by, "family:match")
    query = (
        select(Need).join(Family).where(
            Need.school_id == by.school_id, Need.state.in_(UNSETTLED), Family.with_dsl_at.is_(None), Family.set_aside_at.is_(None), Family.archived_at.is_(None)
        ).order_by(Need.opened_at, Need.id)
    )
    found: dict[Family, list[Need]] = defaultdict(list)
    for need in session.scalars(query).unique():
        found[need.family].append(need)
    return dict(found)


def requests_of(session: Session, found: dict[Family, list[Need]], *, by: Actor, at: datetime) -> list[Request]:
    """Return one request a family, as the engine reads it."""
    from matcher.records import Request as RequestRecord

    return [RequestRecord.from_dict(request_record(session, family, rows[-10:], by=by, at=at)) for family, rows in found.items()]


def confirmed_offers(session: Session, *, at: datetime) -> list[OfferRecord]:
    """Return every offer that a person confirmed and that was there at an instant, as the engine reads it.

    Where figures are made in hindsight, an offer that somebody confirmed since counts as confirmed on that day: what was known then is not kept.
    """
    from matcher.records import Offer as Record

    day = day_of(at)
    there = [o for o in offers.listed(session) if o.needs and o.confirmed_on is not None and o.created_at <= at]
    return [Record.from_dict(offer_record(o) | {"confirmed_on": min(o.confirmed_on or day, day).isoformat()}) for o in there]


def propose(session: Session, *, paths: dict[str, str], by: Actor, at: datetime, least: int, busy: set[object]) -> list[ProposedGroup]:
    """Return the groups that could be, the largest first. `busy` are needs that a group holds already; `least` is the fewest families."""
    from matcher.cohorts import cohorts

    rows = {f: [n for n in ns if n.id not in busy and paths.get(n.code) in TOGETHER_PATHS] for f, ns in open_needs(session, by=by).items()}
    rows = {f: ns for f, ns in rows.items() if ns}
    by_id = {str(n.id): n for ns in rows.values() for n in ns}
    standing = {str(o.id): o for o in offers.listed(session)}
    found = [
        ProposedGroup(
            c.code, c.area, _in_common(c.musts), tuple((DAYS[d], f"{m // 60:02d}:{m % 60:02d}") for d, m in c.times),
            tuple(by_id[n] for _, n in c.members), tuple(standing[o] for o in c.offers if o in standing),
        )
        for c in cohorts(requests_of(session, rows, by=by, at=at), confirmed_offers(session, at=at), least=least)
    ]
    return sorted(found, key=lambda g: (-len(g.needs), g.code, g.area or ""))


def _in_common(musts: tuple[tuple[str, str, str], ...]) -> tuple[str, ...]:
    return tuple(f"{what}:{value}:{wanted}" for what, value, wanted in musts)
