"""Breaches: 72 hours from when somebody knew, nothing closed before those are told who must be; and a record of processing with no family in it."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

from partners.foundation.errors import Conflict, InvalidRecord, NotAllowed, NotFound
from partners.privacy import breaches, processing
from partners.privacy.breaches import Risk
from tests.integration.privacy.conftest import AT, a_family, a_school


def test_72_hours_run_from_when_somebody_knew(session: Session, place: SimpleNamespace) -> None:
    made = breaches.note(session, place.school, "A sheet was left in the hall.", known_at=AT - timedelta(hours=6), by=place.flo, at=AT)
    assert made.report_by == AT + timedelta(hours=66)
    assert [made.is_late(AT + timedelta(hours=n)) for n in (66, 67)] == [False, True]
    breaches.judge(session, made, Risk.UNLIKELY, "It was found at once.", by=place.dsl, at=AT)
    assert not made.is_late(AT + timedelta(days=9))


def test_nothing_is_closed_before_those_are_told_who_must_be(session: Session, place: SimpleNamespace) -> None:
    made = breaches.note(session, place.school, "A letter went to the wrong door.", known_at=AT, by=place.dsl, at=AT)
    with pytest.raises(Conflict, match="judge"):
        breaches.close(session, made, by=place.dsl, at=AT)
    breaches.judge(session, made, Risk.HIGH, "An address was in it.", by=place.dsl, at=AT)
    with pytest.raises(Conflict, match="Commissioner"):
        breaches.close(session, made, by=place.dsl, at=AT)
    breaches.reported(session, made, "IC-1", by=place.admin, at=AT)
    with pytest.raises(Conflict, match="families"):
        breaches.close(session, made, by=place.dsl, at=AT)
    breaches.families_told(session, made, by=place.dsl, at=AT)
    breaches.close(session, made, by=place.dsl, at=AT)
    with pytest.raises(Conflict, match="closed"):
        breaches.judge(session, made, Risk.UNLIKELY, "No.", by=place.dsl, at=AT)


def test_anybody_at_school_writes_one_down_and_two_roles_see_the_register(session: Session, place: SimpleNamespace) -> None:
    made = breaches.note(session, place.school, "A phone was lost.", known_at=AT, by=place.flo, at=AT)
    with pytest.raises(NotAllowed):
        breaches.of_school(session, by=place.flo)
    with pytest.raises(NotFound):
        breaches.get(session, made.id, by=a_school(session, "Dale Primary").dsl)
    assert breaches.of_school(session, by=place.dsl) == breaches.of_school(session, by=place.admin) == [made]


@pytest.mark.parametrize("hours", [1, -24 * 367])
def test_it_is_known_in_the_past_year(session: Session, place: SimpleNamespace, hours: int) -> None:
    with pytest.raises(InvalidRecord):
        breaches.note(session, place.school, "A phone was lost.", known_at=AT + timedelta(hours=hours), by=place.flo, at=AT)


def test_the_record_of_processing_is_read_from_the_tables_and_names_no_family(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    found = processing.record(session, place.school, by=place.head)
    text = json.dumps(found)
    assert [w for w in (*kept.words.values(), kept.family.initials, "LS9 7AB") if w in text] == []
    assert {"families", "needs", "referral_notes"} <= {k["table"] for k in found["kept"]}
    assert next(k for k in found["kept"] if k["table"] == "families")["encrypted"][:2] == ["first_name", "contact"]
    assert (found["recipients"], found["signed_by"]) == (["Pantry"], None)
    assert "rights:decide" in found["who_may_do_what"]["dsl"]
    assert "rights:decide" not in found["who_may_do_what"]["admin"]
    with pytest.raises(NotAllowed):
        processing.record(session, place.school, by=place.flo)
    with pytest.raises(NotFound):
        processing.record(session, a_school(session, "Dale Primary").school, by=place.head)
