"""Gaps as others may see them: what the last release froze, for a head; and single counts under the small-number rule, for a page that asks for something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from partners.foundation.actors import Actor
from partners.impact import releases
from partners.impact.disclosure import Shown, shown
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
    """A head's page of gaps, as the last release has it: the reasons by period, the changes that would meet most, and how many more would help too few to tell.

    `enough` is False before the first release, and in a school that is too small.
    """

    ends_on: date | None
    columns: tuple[str, ...]
    table: tuple[tuple[str, tuple[Shown, ...]], ...]
    changes: tuple[ChangeShown, ...]
    smaller: int
    enough: bool


def safe(change: GapChange) -> int | None:
    """Return how many families a change would help, as it may be told to anybody."""
    return shown(len(change.families))


def page(session: Session, *, by: Actor) -> GapPage:
    """Return the gaps of the actor's own school from its last release. Nothing is counted here."""
    release = releases.latest(session, by=by)
    found = release.together.get("changes", {}) if release is not None else {}
    if release is None or not found.get("enough"):
        return GapPage(release.ends_on if release else None, (), (), (), 0, enough=False)
    reasons = release.tables.get("unmet_reasons")
    rows = tuple((label, tuple(cells)) for label, cells in zip(reasons["rows"], reasons["cells"], strict=True)) if reasons else ()
    changes = tuple(ChangeShown(c["kind"], c["says"], c["offer"], c["families"]) for c in found["told"])
    return GapPage(release.ends_on, tuple(reasons["columns"]) if reasons else (), rows, changes, found["smaller"], enough=True)


def as_records(found: Found) -> dict[str, object]:
    """Return gaps as plain records for `kith gaps --json`: every count under the small-number rule, no family in them."""
    return {
        "ledger": [
            {"need": r.code, "area": r.area, "reason": r.reason, "term": r.term, "families": shown(r.families), "nothing_fits": nothing}
            for rows, nothing in ((found.ledger, True), (found.one_change, False)) for r in rows
        ],
        "changes": [
            {
                "kind": c.kind, "says": c.says, "offer": c.offer.name if c.offer else None, "needs": list(c.codes), "families": safe(c),
                "invite": sorted({o.organisation.name for o in c.invites}),
            }
            for c in found.in_turn
        ],
    }
