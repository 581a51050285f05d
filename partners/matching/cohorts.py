"""Cohorts: the engine's proposal of needs that one session could serve, from a school's open needs. Who a family is never reaches it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, lazyload, load_only

from partners.families.families import Family
from partners.families.needs import Need, NeedState
from partners.foundation import access
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.matching.requests import offer_record, request_records
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
    found: dict[Family, list[Need]] = defaultdict(list)
    for need, family in needs_with_families(session, Need.state.in_(UNSETTLED), Family.archived_at.is_(None), by=by):
        found[family].append(need)
    return dict(found)


def needs_with_families(session: Session, *where: ColumnElement[bool], by: Actor) -> list[tuple[Need, Family]]:
    """Return needs of the actor's school with whose each is, but for families with the safeguarding lead and those whose records are not used for now, the longest told first.

    A family is read once, not once a need; and no more of it than the engine reads: name, contacts and children stay closed until somebody asks for them.
    """
    read = load_only(Family.school_id, Family.postcode, Family.keep_away, Family.one_at_a_time, Family.with_dsl_at, Family.set_aside_at, Family.archived_at, Family.version)
    theirs = (Family.school_id == by.school_id, Family.in_use)
    families = {f.id: f for f in session.scalars(select(Family).where(*theirs).options(read, lazyload(Family.children)))}
    query = (
        select(Need).join(Family).where(Need.school_id == by.school_id, *theirs, *where)
        .options(lazyload(Need.family), lazyload(Need.child)).order_by(Need.opened_at, Need.id)
    )
    return [(need, families[need.family_id]) for need in session.scalars(query)]


def requests_of(session: Session, found: dict[Family, list[Need]], *, by: Actor, at: datetime) -> list[Request]:
    """Return one request a family, as the engine reads it."""
    from matcher.records import Request as RequestRecord

    return [RequestRecord.from_dict(record) for record in request_records(session, {family: rows[-10:] for family, rows in found.items()}, by=by, at=at)]


def confirmed_offers(session: Session, *, at: datetime) -> list[OfferRecord]:
    """Return every offer that a person confirmed and that was there at an instant, as the engine reads it.

    Where figures are made in hindsight, an offer that somebody confirmed since counts as confirmed on that day: what was known then is not kept.
    """
    from matcher.records import Offer as Record

    day = day_of(at)
    there = [o for o in offers.listed(session) if o.needs and o.confirmed_on is not None and o.created_at <= at]
    return [Record.from_dict(offer_record(o, on=day) | {"confirmed_on": min(o.confirmed_on or day, day).isoformat()}) for o in there]


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
