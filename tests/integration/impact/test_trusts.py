"""Trusts: totals over three schools or more, under the same rules; no school told apart, nobody in two trusts, and one role that reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from partners.foundation import db, users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.errors import InvalidRecord, NotAllowed, NotFound
from partners.impact import releases, report, rounds, trust_releases, trusts
from partners.impact.disclosure import HELD, SMALL
from tests.builders_trusts import AFTER, BEGAN, a_school, a_trust, asked, freeze

LATER = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)
YEAR = "This school year"


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    """One kind of database is enough: the schema's own tests try both."""
    opened = db.open_engine(sqlite_url)
    yield opened
    opened.dispose()


def test_totals_are_over_every_school_and_rounded_once(session: Session) -> None:
    places = [a_school(session, name) for name in ("Hill", "Dale", "Moor")]
    for place, number in zip(places, (33, 33, 33), strict=True):
        asked(session, place, number, unmet=12)
    of = a_trust(session, *places)
    freeze(session, *places)
    made = rounds.trust_release_for(session, of.trust, at=AFTER)
    assert made is not None
    assert made.cell("families", "Told us a need", YEAR) == 100  # and not three times 35
    assert made.cell("families", "Have a need that nothing met", YEAR) == 35
    assert trust_releases.latest(session, by=of.kim) is made
    assert rounds.trust_release_for(session, of.trust, at=AFTER) is None
    told = report.of_trust(made, trust=of.trust.name)
    assert "about 100 families" in told.lead[0]
    assert not any(name in made.document for name in ("Hill", "Dale", "Moor"))
    assert set(json.loads(made.document)) == {"release", "tables"}
    releases.verify(made)


def test_two_schools_are_no_trust_view(session: Session) -> None:
    places = [a_school(session, name) for name in ("Hill", "Dale")]
    for place in places:
        asked(session, place, 40)
    of = a_trust(session, *places)
    freeze(session, *places)
    assert rounds.trust_release_for(session, of.trust, at=AFTER) is None


def test_it_waits_until_every_school_has_frozen_that_half_term(session: Session) -> None:
    places = [a_school(session, name) for name in ("Hill", "Dale", "Moor")]
    for place in places:
        asked(session, place, 30)
    of = a_trust(session, *places)
    freeze(session, *places[:2])
    assert rounds.trust_release_for(session, of.trust, at=AFTER) is None
    freeze(session, places[2])
    assert rounds.trust_release_for(session, of.trust, at=AFTER) is not None


def test_a_figure_that_one_school_makes_up_is_held_back(session: Session) -> None:
    places = [a_school(session, name) for name in ("Hill", "Dale", "Moor")]
    for place, unmet in zip(places, (30, 2, 1), strict=True):
        asked(session, place, 35, unmet=unmet)
    of = a_trust(session, *places)
    freeze(session, *places)
    made = rounds.trust_release_for(session, of.trust, at=AFTER)
    assert made.cell("families", "Told us a need", YEAR) == 105
    assert made.cell("families", "Have a need that nothing met", YEAR) == HELD


def test_a_schools_own_people_cannot_work_out_anothers_small_number(session: Session) -> None:
    """33 of one's own, and a total of 45 or so: the rest would be known nearly, though no school makes up four fifths."""
    places = [a_school(session, name) for name in ("Hill", "Dale", "Moor")]
    for place, unmet in zip(places, (12, 2, 2), strict=True):
        asked(session, place, 40, unmet=unmet)
    of = a_trust(session, *places)
    freeze(session, *places)
    made = rounds.trust_release_for(session, of.trust, at=AFTER)
    assert made.cell("families", "Have a need that nothing met", YEAR) in (HELD, SMALL, None)


def test_a_later_release_keeps_what_was_said_and_schools_are_tried_beside_their_trust(session: Session) -> None:
    places = [a_school(session, name) for name in ("Hill", "Dale", "Moor")]
    for place in places:
        asked(session, place, 33, unmet=12)
    of = a_trust(session, *places)
    freeze(session, *places)
    first = rounds.trust_release_for(session, of.trust, at=AFTER)
    for place in places:
        asked(session, place, 14, unmet=9, at=AFTER)
    freeze(session, *places, at=LATER)
    around, sums, exactly = trust_releases.beside(session, places[0].school.id, until=date(2026, 12, 31), groups={})
    assert around
    assert sums
    # The people of each other school of the trust are thought of too, who know what they count themselves.
    assert {name.split("§")[0] for own in exactly for name in own} == {str(p.school.id) for p in places[1:]}
    assert {own[next(name for name in own if "§asked|2026-09-01|2026-10-31" in name)] for own in exactly} == {33}
    second = rounds.trust_release_for(session, of.trust, at=LATER)
    assert (first.ends_on, second.ends_on) == (date(2026, 10, 31), date(2026, 12, 31))
    assert second.cell("families", "Told us a need", YEAR) == 140


def test_one_role_reads_it_and_it_reads_nothing_else(session: Session) -> None:
    places = [a_school(session, name) for name in ("Hill", "Dale", "Moor")]
    of = a_trust(session, *places)
    head = users.actor_of(users.add(session, email="head@hill.example", name="Ada", roles=[Role.HEAD], school_id=places[0].school.id, by=SYSTEM, at=BEGAN))
    for who in (head, places[0].flo):
        with pytest.raises(NotAllowed):
            trust_releases.latest(session, by=who)
    with pytest.raises(NotAllowed):
        releases.latest(session, by=of.kim)
    alone = users.actor_of(users.add(session, email="lee@trust.example", name="Lee", roles=[Role.TRUST], by=SYSTEM, at=BEGAN))
    with pytest.raises(NotFound):
        trust_releases.latest(session, by=alone)


def test_a_school_is_in_one_trust_and_a_reader_has_one_role(session: Session) -> None:
    places = [a_school(session, name) for name in ("Hill", "Dale", "Moor")]
    of = a_trust(session, *places)
    with pytest.raises(InvalidRecord, match="already"):
        trusts.add(session, name="Another", schools=[places[0].school], by=SYSTEM, at=BEGAN)
    both = users.add(session, email="both@hill.example", name="Bo", roles=[Role.TRUST, Role.HEAD], school_id=places[0].school.id, by=SYSTEM, at=BEGAN)
    with pytest.raises(InvalidRecord, match="alone"):
        trusts.let_in(session, of.trust, both, by=SYSTEM, at=BEGAN)
    admin = users.actor_of(users.add(session, email="admin@hill.example", name="Mo", roles=[Role.ADMIN], school_id=places[0].school.id, by=SYSTEM, at=BEGAN))
    with pytest.raises(InvalidRecord):
        users.add(session, email="x@hill.example", name="X", roles=[Role.TRUST], school_id=places[0].school.id, by=admin, at=BEGAN)
    with pytest.raises(NotAllowed):
        trusts.add(session, name="Mine", schools=[], by=admin, at=BEGAN)


def test_a_school_joins_and_leaves_and_totals_are_over_those_who_are_in(session: Session) -> None:
    places = [a_school(session, name) for name in ("Hill", "Dale", "Moor", "Beck")]
    for place in places:
        asked(session, place, 33, unmet=12)
        asked(session, place, 25, at=BEGAN - timedelta(days=180))
    of = a_trust(session, *places)
    freeze(session, *places)
    first = rounds.trust_release_for(session, of.trust, at=AFTER)
    trusts.leave(session, of.trust, places[3].school, by=SYSTEM, at=AFTER)
    with pytest.raises(InvalidRecord, match="not in that trust"):
        trusts.leave(session, of.trust, places[3].school, by=SYSTEM, at=AFTER)
    for place in places:
        asked(session, place, 14, unmet=9, at=AFTER)
    freeze(session, *places, at=LATER)
    second = rounds.trust_release_for(session, of.trust, at=LATER)
    assert (first.schools, first.cell("families", "Told us a need", YEAR)) == (4, 130)
    assert (second.schools, second.cell("families", "Told us a need", YEAR)) == (3, 140)
    assert [r.cell("families", "Told us a need", "Last school year") for r in (first, second)] == [100, 75]  # and not what was said of four
    assert trust_releases.members_of(second) == {p.school.id for p in places[:3]}


def test_who_left_is_tried_beside_the_totals_that_it_was_in(session: Session) -> None:
    """The total over four schools less the total over three is the fourth's: both are known, each by its schools, when anything new is tried."""
    places = [a_school(session, name) for name in ("Hill", "Dale", "Moor", "Beck")]
    for place, unmet in zip(places, (12, 12, 12, 2), strict=True):
        asked(session, place, 33, unmet=unmet)
    of = a_trust(session, *places)
    freeze(session, *places)
    rounds.trust_release_for(session, of.trust, at=AFTER)
    trusts.leave(session, of.trust, places[3].school, by=SYSTEM, at=AFTER)
    for place in places:
        asked(session, place, 14, at=AFTER)
    freeze(session, *places, at=LATER)
    around, sums, _ = trust_releases.beside(session, places[3].school.id, until=date(2026, 12, 31), groups={})
    owner = trust_releases.owner_of(p.school.id for p in places)
    assert any(name.startswith(owner) for tables in around for t in tables for names in t.quantities for name in names)
    assert any(total.startswith(owner) and len(parts) == 4 for total, parts in sums)
    second = rounds.trust_release_for(session, of.trust, at=LATER)
    assert second is not None
    known = [t for r in trust_releases._totals_with(session, {places[0].school.id}, until=date(2026, 12, 31)) for t in trust_releases._known(r)]
    assert len({name.split("§")[0] for t in known for names in t.quantities for name in names}) == 2


def test_a_school_that_moved_ties_both_trusts_together(session: Session) -> None:
    places = [a_school(session, name) for name in ("Hill", "Dale", "Moor", "Beck", "Cross", "Ford", "Gill")]
    for place in places:
        asked(session, place, 33, unmet=12)
    here, there = a_trust(session, *places[:4]), a_trust(session, *places[4:], name="Cross Trust")
    freeze(session, *places)
    assert rounds.trust_release_for(session, here.trust, at=AFTER) is not None
    assert rounds.trust_release_for(session, there.trust, at=AFTER) is not None
    assert trust_releases._totals_with(session, {places[5].school.id}, until=date(2026, 12, 31)) != trust_releases._totals_with(session, {places[0].school.id}, until=date(2026, 12, 31))
    with pytest.raises(InvalidRecord, match="already"):
        trusts.join(session, there.trust, places[3].school, by=SYSTEM, at=AFTER)
    trusts.leave(session, here.trust, places[3].school, by=SYSTEM, at=AFTER)
    trusts.join(session, there.trust, places[3].school, by=SYSTEM, at=AFTER)
    for place in places:
        asked(session, place, 14, unmet=9, at=AFTER)
    freeze(session, *places, at=LATER)
    second = rounds.trust_release_for(session, there.trust, at=LATER)
    assert second.schools == 4
    tied = trust_releases._totals_with(session, {places[0].school.id}, until=date(2026, 12, 31))
    assert {r.trust_id for r in tied} == {here.trust.id, there.trust.id}
