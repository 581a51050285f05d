"""Gaps as others may see them: families under the small-number rule, one table, up to the end of the last whole month."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from partners.families.needs import Need
from partners.foundation import access
from partners.foundation.actors import Actor
from partners.impact.disclosure import LEAST_FAMILIES, shown
from partners.impact.periods import instant, window
from partners.matching import gaps
from partners.matching.gaps import Found, GapChange


@dataclass(frozen=True)
class ChangeShown:
    """One change with the number of families it would help, as it may be told."""

    kind: str
    says: str
    offer: str | None
    families: int


@dataclass(frozen=True)
class GapPage:
    """A head's page of gaps: needs not met by reason, the changes that would meet most, and how many more would help too few to tell. Empty where a school is too small."""

    ends_on: datetime
    table: tuple[tuple[str, int | None], ...]
    changes: tuple[ChangeShown, ...]
    smaller: int
    enough: bool


def safe(change: GapChange) -> int | None:
    """Return how many families a change would help, as it may be told to anybody."""
    return shown(len(change.families))


def _asked(session: Session, school_id: uuid.UUID | None, high: datetime) -> int:
    return session.scalar(select(func.count(Need.family_id.distinct())).where(Need.school_id == school_id, Need.opened_at < high)) or 0


def page(session: Session, *, by: Actor, at: datetime, limit: int = 5) -> GapPage:
    """Return the gaps of the actor's own school."""
    access.require(by, "impact:read")
    _starts, ends = window(at)
    high = instant(ends + timedelta(days=1))
    if _asked(session, by.school_id, high) < LEAST_FAMILIES:
        return GapPage(high, (), (), 0, enough=False)
    found = gaps.find(session, by=by, at=at, before=high, limit=limit)
    told = tuple(ChangeShown(c.kind, c.says, c.offer.name if c.offer else None, families) for c in found.in_turn if (families := safe(c)))
    return GapPage(high, _by_reason(found), told, len(found.in_turn) - len(told), enough=True)


def _by_reason(found: Found) -> tuple[tuple[str, int | None], ...]:
    """Count distinct families by reason, those too small to show together under 'other': rare ones are merged before they are told."""
    counted: dict[str, set[uuid.UUID]] = {}
    for row in found.ledger:
        counted.setdefault(row.reason, set()).update(row.family_ids)
    told = [(reason, shown(len(families))) for reason, families in sorted(counted.items()) if shown(len(families)) is not None]
    rare = set[uuid.UUID]().union(*(families for families in counted.values() if shown(len(families)) is None))
    return (*told, *((("other", shown(len(rare))),) if rare else ()))


def as_records(found: Found) -> dict[str, object]:
    """Return gaps as plain records for `kith gaps --json`: every count under the small-number rule, no family in them."""
    return {
        "ledger": [{"need": r.code, "area": r.area, "reason": r.reason, "term": r.term, "families": shown(r.families)} for r in found.ledger],
        "changes": [
            {
                "kind": c.kind, "says": c.says, "offer": c.offer.name if c.offer else None, "needs": list(c.codes), "families": safe(c),
                "invite": sorted({o.organisation.name for o in c.invites}),
            }
            for c in found.in_turn
        ],
    }
