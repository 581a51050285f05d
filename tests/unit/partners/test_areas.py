"""Areas: where families with a need that nothing met live, and what the table of areas would tell."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from partners.impact import auditing, releases
from partners.impact.disclosure import HELD, SMALL, Counted
from partners.impact.periods import Period, instant
from partners.impact.snapshot import NeedRow, Snapshot

TERM = Period("This term", date(2026, 9, 1), date(2026, 10, 23))
BEFORE = Period("The same term last year", date(2025, 9, 1), date(2025, 10, 24))
OPENED = instant(date(2026, 9, 4))


def a_snapshot(*lived: tuple[str | None, int], asked: int = 40, opened: datetime = OPENED) -> Snapshot:
    """Return a school where so many families of each postcode district have a need that nothing met, of so many who asked."""
    snap = Snapshot()
    places = [place for place, count in lived for _ in range(count)]
    for n in range(max(asked, len(places))):
        unmet = opened + timedelta(days=9) if n < len(places) else None
        snap.needs[uuid.uuid4()] = NeedRow(uuid.uuid4(), "food_weekly", opened, unmet, "time" if unmet else None, None, places[n] if unmet else "LS9")
    return snap


def table_of(snap: Snapshot, name: str = "unmet_areas") -> Counted:
    """Return one of a release's tables, before the audit."""
    return next(t for t in releases.tables_of(snap, (TERM, BEFORE, TERM, BEFORE), groups={}) if t.name == name)


def cells(table: Counted) -> list[object]:
    """Return the cells of this term, the whole last."""
    return [row[0] for row in table.cells]


def test_areas_add_up_to_all_so_a_hidden_one_that_is_left_over_goes() -> None:
    """8, 13 and 1 are shown as 10, 15 and hidden, of about 20: whoever knows that each family lives in one area knows that the hidden one is 1."""
    table = table_of(a_snapshot(("LS8", 8), ("LS9", 13), ("LS14", 1)))
    assert cells(table) == [SMALL, 10, 15, 20]
    assert not auditing.safe([table]) or HELD in cells(auditing.safe([table])[0])
    assert auditing.narrow(_known(table)) == {"area:LS14|2026-09-01|2026-10-23"}


def _known(*tables: Counted) -> auditing.Known:
    known = auditing.Known()
    for table in tables:
        known.learn(table)
    known.nest()
    return known
