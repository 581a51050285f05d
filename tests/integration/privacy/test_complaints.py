"""Complaints: anybody can make one, the lead alone reads it, and its clock runs for 30 days."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.foundation.actors import family_by_link, visitor_of
from partners.foundation.audit import AuditEvent
from partners.foundation.errors import Conflict, InvalidRecord, NotAllowed, NotFound
from partners.privacy import complaints
from partners.privacy.complaints import CameBy, Complaint, Ended
from tests.integration.privacy.conftest import AT, a_family, a_school


def test_a_visitor_can_leave_one_and_its_clock_is_30_days(session: Session, place: SimpleNamespace) -> None:
    made = complaints.make(session, place.school, "Nobody rang.", by=visitor_of(place.school.id), at=AT)
    assert (made.came_by, made.acknowledge_by, made.family_id) == (CameBy.PAGE, date(2026, 10, 7), None)
    assert [made.is_late(date(2026, 10, 7)), made.is_late(date(2026, 10, 8))] == [False, True]


def test_a_second_press_keeps_one(session: Session, place: SimpleNamespace) -> None:
    ids = {complaints.make(session, place.school, "Nobody rang.", press="p", by=visitor_of(place.school.id), at=AT).id for _ in range(2)}
    assert len(ids) == session.query(Complaint).count() == 1


def test_only_the_lead_reads_and_answers(session: Session, place: SimpleNamespace) -> None:
    made = complaints.make(session, place.school, "Nobody rang.", by=place.flo, at=AT)
    for who in (place.flo, place.admin, place.head, visitor_of(place.school.id)):
        with pytest.raises(NotAllowed):
            complaints.get(session, made.id, by=who)
        with pytest.raises(NotAllowed):
            complaints.of_school(session, by=who)
    assert complaints.of_school(session, by=place.dsl) == [made]
    elsewhere = a_school(session, "Dale Primary")
    with pytest.raises(NotFound):
        complaints.get(session, made.id, by=elsewhere.dsl)
    assert complaints.of_school(session, by=elsewhere.dsl) == []
    with pytest.raises(NotFound):
        complaints.make(session, place.school, "Nobody rang.", by=visitor_of(elsewhere.school.id), at=AT)


def test_a_familys_link_complains_for_that_family_alone_and_sees_its_own(session: Session, place: SimpleNamespace) -> None:
    mine, other = (a_family(session, place, place.partner, mark) for mark in "ab")
    link = family_by_link(mine.family.id, place.school.id)
    made = complaints.make(session, place.school, "Nobody rang.", family=mine.family, by=link, at=AT)
    assert made in complaints.of_family(session, mine.family, by=link)
    for wrong in (None, other.family):
        with pytest.raises(NotFound):
            complaints.make(session, place.school, "Nobody rang.", family=wrong, by=link, at=AT)
    with pytest.raises(NotFound):
        complaints.of_family(session, other.family, by=link)


def test_first_that_it_is_here_then_the_answer(session: Session, place: SimpleNamespace) -> None:
    made = complaints.make(session, place.school, "Nobody rang.", by=visitor_of(place.school.id), at=AT)
    with pytest.raises(Conflict, match="First say"):
        complaints.end(session, made, Ended.UPHELD, "You were right.", by=place.dsl, at=AT)
    with pytest.raises(InvalidRecord):
        complaints.acknowledge(session, made, " ", by=place.dsl, at=AT)
    complaints.acknowledge(session, made, "rang them", by=place.dsl, at=AT + timedelta(days=2))
    complaints.acknowledge(session, made, "again", by=place.dsl, at=AT + timedelta(days=3))
    assert (made.acknowledged_how, made.acknowledged_at) == ("rang them", AT + timedelta(days=2))
    assert complaints.count_waiting(session, place.school.id, by=place.admin, on=date(2027, 1, 1)) == (1, 0)
    complaints.end(session, made, Ended.UPHELD, "You were right.", by=place.dsl, at=AT + timedelta(days=9))
    with pytest.raises(Conflict, match="already"):
        complaints.end(session, made, Ended.PARTLY, "In part.", by=place.dsl, at=AT + timedelta(days=9))
    assert complaints.count_waiting(session, place.school.id, by=place.admin, on=date(2027, 1, 1)) == (0, 0)
    told = session.scalars(select(AuditEvent).where(AuditEvent.action == "complaint:ended")).one()
    assert told.facts == {"ended": "upheld", "days": 9}


def test_the_shortest_time_left_stands_first_and_the_administrator_sees_a_count_alone(session: Session, place: SimpleNamespace) -> None:
    made = [complaints.make(session, place.school, f"The {n}.", by=visitor_of(place.school.id), at=AT + timedelta(days=n)) for n in (9, 2, 5)]
    complaints.acknowledge(session, made[1], "rang them", by=place.dsl, at=AT + timedelta(days=9))
    assert complaints.of_school(session, by=place.dsl) == [made[2], made[0], made[1]]
    assert complaints.count_waiting(session, place.school.id, by=place.admin, on=made[2].acknowledge_by + timedelta(days=1)) == (3, 1)


@pytest.mark.parametrize("words", ["", "  \n", "x" * 4001])
def test_words_are_asked_for(session: Session, place: SimpleNamespace, words: str) -> None:
    with pytest.raises(InvalidRecord):
        complaints.make(session, place.school, words, by=visitor_of(place.school.id), at=AT)
