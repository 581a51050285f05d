"""Gaps: the ledger of needs that nothing met, by need, area, reason and term, and the one change that would meet most, proven by running it.

Counts here are true counts, for the school's own working pages. What a head or anybody outside sees goes through `partners.impact.gap_page`.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import schools
from partners.families.families import Family
from partners.families.needs import Need, NeedState
from partners.foundation import access
from partners.foundation.actors import Actor, Role
from partners.foundation.calendars import day_of
from partners.foundation.postcodes import Located, locate
from partners.matching import cohorts, words
from partners.matching.requests import offer_record
from partners.registry import offers, partnerships
from partners.registry.offers import Offer

if TYPE_CHECKING:
    from matcher.records import Offer as OfferRecord

NEAR_KM = 10  # how near, as the crow flies, an organisation that could be invited is; judgement, November 2026
NEVER_COUNTED = ("restricted", "dsl_only")  # restricted needs are never broken down; source: domain guide 8.2
TERMS = {"autumn": "Autumn", "spring": "Spring", "summer": "Summer"}


@dataclass(frozen=True)
class LedgerRow:
    """One row of the ledger: what was asked for, the outcode (or none), why nothing met it, in which term, and whose it was."""

    code: str
    area: str | None
    reason: str
    term: str
    family_ids: frozenset[uuid.UUID]

    @property
    def families(self) -> int:
        """How many families. Not yet safe to show outside."""
        return len(self.family_ids)


@dataclass(frozen=True)
class GapChange:
    """One change that was run: its kind and words, the offer it is to, the needs' codes and the families it would help, and whom to invite."""

    signature: str
    kind: str
    says: str
    offer: Offer | None
    codes: tuple[str, ...]
    families: frozenset[uuid.UUID]
    invites: tuple[Offer, ...]


@dataclass(frozen=True)
class Found:
    """The ledger; every change, best first; and a short list in which each is counted after those before it.

    `one_change` is the ledger's other half: offers left out that one single change would let in, also where something else is suggested. What
    stands in `ledger` for the same need and reason does not stand in it again.
    """

    ledger: tuple[LedgerRow, ...]
    one_change: tuple[LedgerRow, ...]
    changes: tuple[GapChange, ...]
    in_turn: tuple[GapChange, ...]
    families: int


def term_of(day: date) -> str:
    """Return a day's term, such as 'Autumn 2026': autumn to December, spring to Easter's month, summer after. Judgement, November 2026.

    >>> term_of(date(2026, 11, 24)), term_of(date(2027, 3, 1)), term_of(date(2027, 7, 1))
    ('Autumn 2026', 'Spring 2027', 'Summer 2027')
    """
    return f"{TERMS['autumn' if day.month >= 9 else 'spring' if day.month <= 3 else 'summer']} {day.year}"


def _area(family: Family) -> str | None:
    return family.postcode.split(" ")[0] if family.postcode else None


def find(session: Session, *, by: Actor, at: datetime, before: datetime | None = None, limit: int = 10) -> Found:
    """Return what nothing meets in the actor's school, and the changes that would meet most. `before` leaves out what came later. Nothing is kept."""
    from matcher import gaps

    access.require(by, "gap:read")
    paths = words.paths()
    looking = replace(by, roles=by.roles | {Role.FLO})  # the sums need the families' requirements; no row of theirs leaves this room
    rows = {
        f: kept for f, ns in cohorts.open_needs(session, by=looking).items()
        if (kept := [n for n in ns if paths.get(n.code) not in NEVER_COUNTED and (before is None or n.opened_at < before)])
    }
    requests = cohorts.requests_of(session, rows, by=looking, at=at)
    standing = {str(o.id): o for o in offers.listed(session)}
    found = gaps.find(cohorts.confirmed_offers(session, at=at), requests, directory=_directory(session, list(standing.values()), by=by), limit=limit)
    needs = {str(n.id): n for ns in rows.values() for n in ns}

    def told(change: gaps.Change) -> GapChange:
        met = [needs[n] for _, n in change.meets]
        key = hashlib.sha256(f"{change.kind}|{change.offer}|{change.says}".encode()).hexdigest()[:32]
        return GapChange(
            key, change.kind, change.says, standing.get(change.offer or ""), tuple(sorted({n.code for n in met})), frozenset(n.family_id for n in met),
            tuple(standing[i] for i in change.invites if i in standing),
        )

    by_engine = [(needs[u.need], u.reason) for u in found.unmet]
    by_people = _by_people(session, by=by, before=before)
    said = {n.id for n, _ in by_people}
    nothing = [*by_people, *((n, r) for n, r in by_engine if n.id not in said)]
    stands = {(n.id, r) for n, r in nothing}
    return Found(
        _rows(nothing), _rows([(needs[u.need], u.reason) for u in found.one_change if (needs[u.need].id, u.reason) not in stands]), tuple(told(c) for c in found.changes), tuple(told(c) for c in found.in_turn),
        len({n.family_id for n, _ in by_engine}),
    )


def _directory(session: Session, standing: list[Offer], *, by: Actor) -> list[OfferRecord]:
    """Return offers that a directory lists near by, of organisations with which the school has no partnership, as if they helped with what their words suggest."""
    from matcher.records import Offer as Record

    known = {p.organisation_id for p in partnerships.listed(session, by=by)}
    school = schools.get(session, by.school_id)  # type: ignore[arg-type]
    home = locate(school.postcode) if school.postcode else None
    found = []
    for offer in standing:
        codes = offer.needs or offer.proposed_needs
        if offer.source and offer.confirmed_on is None and codes and offer.organisation_id not in known and _is_near(offer, home):
            found.append(Record.from_dict(offer_record(offer) | {"needs": codes}))
    return found


def _is_near(offer: Offer, home: Located | None) -> bool:
    """Whether a listed offer is near the school: by its place where one is known, else by the area it says it covers. What is not known is not near."""
    from matcher.records import Place
    from matcher.travel import crow_flies_km

    place = offer.place
    if place is not None and not place.withheld and place.latitude is not None and place.longitude is not None:
        return home is not None and crow_flies_km(Place(home.latitude, home.longitude), Place(place.latitude, place.longitude)) <= NEAR_KM
    return offer.area is not None and offer.area.get("kind") == "postcodes"  # whether it covers a family's is judged family by family


def _by_people(session: Session, *, by: Actor, before: datetime | None) -> list[tuple[Need, str]]:
    """Return what people wrote down as unmet, with the reason that they gave."""
    paths = words.paths()
    query = select(Need).join(Family).where(Need.school_id == by.school_id, Need.state == NeedState.UNMET, Family.with_dsl_at.is_(None), Family.set_aside_at.is_(None))
    return [
        (n, n.unmet_reason or "requirement") for n in session.scalars(query).unique()
        if paths.get(n.code) not in NEVER_COUNTED and (before is None or (n.settled_at is not None and n.settled_at < before))
    ]


def _rows(found: list[tuple[Need, str]]) -> tuple[LedgerRow, ...]:
    """Count families by need, area, reason and term; a need stands once for one reason, and a person's reason goes before the engine's."""
    counted: dict[tuple[str, str | None, str, str], set[uuid.UUID]] = {}
    for need, reason in found:
        counted.setdefault((need.code, _area(need.family), reason, term_of(day_of(need.settled_at or need.opened_at))), set()).add(need.family_id)
    rows = [LedgerRow(*key, frozenset(families)) for key, families in counted.items()]
    return tuple(sorted(rows, key=lambda r: (-r.families, r.code, r.area or "", r.reason, r.term)))


def change_of(session: Session, signature: str, *, by: Actor, at: datetime) -> GapChange | None:
    """Return the change with a signature as it stands now, or None where it would help nobody any more."""
    found = find(session, by=by, at=at, limit=200)
    return next((c for c in found.changes if c.signature == signature), None)
