"""The demo's town does things together, on whichever day it is made: in term and after the summer, and at night in a spring half-term."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from partners.foundation import audit, db
from partners.matching import exchanges, gaps, giving_out, groups
from partners.registry import events, partnership_views, partnerships
from seeds import demo
from tests.town_file import AT

# The day of the other tests, and days that are hard: the first days of a school year, and the end of a spring half-term.
DAYS = [date(2026, 11, 24), date(2026, 9, 3), *([date(2027, 2, 28)] if os.environ.get("KITH_TEST_NIGHTLY") == "1" else [])]


@pytest.mark.parametrize("day", DAYS)
def test_the_town_holds_what_was_done_together(request: pytest.FixtureRequest, tmp_path: Path, day: date) -> None:
    at = datetime(day.year, day.month, day.day, 9, 30, tzinfo=UTC)
    file = request.getfixturevalue("town_file") if at == AT else None
    engine = db.open_engine(file.copied_to(tmp_path / "town.sqlite3") if file else request.getfixturevalue("sqlite_url"))
    with db.session_factory(engine)() as session:
        town = file.town if file else demo.load(session, at=at)
        by = town.liaison[town.schools[0].id]
        network = partnerships.find(session, town.organisations["hooyo"].id, by=by)
        assert network is not None
        assert (day - network.since_on).days > 4 * 365
        assert network.views
        assert any(partnership_views.furthest_apart(partnership_views.compare(network, year)) for year in {v.year for v in network.views})
        assert sorted(len(e.handovers) for e in exchanges.listed(session, by=by)) == [1, 2, 3]
        assert {e.stands for e in exchanges.listed(session, by=by)} == {"asked", "arranged", "done"}
        held = groups.listed(session, by=by)
        assert len(held) == 2
        assert all(len(g.members) >= 5 and g.offer is not None for g in held)
        assert any(groups.attendance(g) for g in held)
        over = next(e for e in events.listed(session, by=by) if e.returned_at is not None)
        assert over.open_to_all
        assert all(gift.went_back is not None for gift in over.gifts)
        assert any(w.collected_at for w in giving_out.wishes(session, over, by=by))
        assert len(gaps.find(session, by=by, at=at).in_turn) >= 5
        assert audit.verify(session) == []
    engine.dispose()
