"""Agreements in full: what was agreed, for how long, on which lawful basis, and in words that a family understands."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from partners.families import agreements, keeping_away, languages, schools
from partners.families.agreements import Said
from partners.foundation.errors import AgreementMissing, InvalidRecord
from tests.integration.families.conftest import Line


def test_the_lawful_basis_is_the_data_protection_officers_and_stays_as_it_stood_that_day(session: Session, line: Line, at: datetime) -> None:
    before = line.agree(session, at)
    assert (before.lawful_basis, before.special_condition, before.basis_set_by) == ("public_task", "not_decided", None)
    schools.set_basis(session, line.school, lawful_basis="legal_obligation", special_condition="health_or_social_care", set_by="Ola Dee", by=line.admin, at=at)
    after = line.agree(session, at)
    assert (after.lawful_basis, after.special_condition, after.basis_set_by, after.service) == ("legal_obligation", "health_or_social_care", "Ola Dee", "agreed")
    assert before.lawful_basis == "public_task"


def test_the_lawful_basis_is_not_the_familys_yes(session: Session, line: Line, at: datetime) -> None:
    heard = line.agree(session, at, service="wants_to_hear_more")
    assert (heard.service, heard.lawful_basis) == ("wants_to_hear_more", "public_task")


def test_nobody_sets_a_basis_without_a_name_or_off_the_list(session: Session, line: Line, at: datetime) -> None:
    for wrong in ({"lawful_basis": "because"}, {"special_condition": "because"}, {"set_by": " "}):
        facts = {"lawful_basis": "public_task", "special_condition": "none_shared", "set_by": "Ola"} | wrong
        with pytest.raises(InvalidRecord):
            schools.set_basis(session, line.school, by=line.admin, at=at, **facts)


def test_an_agreement_ends_with_the_last_day_that_the_family_said(session: Session, line: Line, at: datetime) -> None:
    short = line.agree(session, at, until=date(2026, 12, 1))
    assert short.expires_at == datetime(2026, 12, 2, tzinfo=UTC)
    with pytest.raises(AgreementMissing):
        agreements.require_live(session, short.id, organisation_id=line.organisation.id, need_id=line.need.id, at=datetime(2026, 12, 2, tzinfo=UTC))
    assert line.agree(session, at).expires_at == at + timedelta(days=agreements.LIVE_DAYS)


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(2027, 6, 1)])
def test_an_agreement_ends_neither_in_the_past_nor_after_three_months(session: Session, line: Line, at: datetime, day: date) -> None:
    with pytest.raises(InvalidRecord):
        line.agree(session, at, until=day)


def test_with_an_interpreter_says_which_and_never_a_relative(session: Session, line: Line, at: datetime) -> None:
    for wrong in (None, "none_needed", "a_cousin"):
        with pytest.raises(InvalidRecord):
            line.agree(session, at, said=Said.INTERPRETER, interpreter=wrong)
    assert line.agree(session, at, said=Said.INTERPRETER, interpreter="by_phone", language="so").interpreter == "by_phone"


def test_nothing_is_agreed_with_an_organisation_that_the_family_keeps_away(session: Session, line: Line, at: datetime) -> None:
    keeping_away.add_organisation(session, line.family, line.organisation.id, by=line.flo, at=at)
    with pytest.raises(InvalidRecord, match="must not know"):
        line.agree(session, at)


def test_every_language_has_every_sentence_with_the_same_gaps_to_fill() -> None:
    english = languages.texts("en")
    assert list(languages.every()) == ["en", "so", "ar", "ur", "pl", "ro"]
    for code in languages.every():
        for key, said in languages.texts(code).items():
            assert said.strip(), f"{key} is empty in {code}"
            gaps = [sorted(name for _, name, _, _ in string.Formatter().parse(text) if name) for text in (said, english[key])]
            assert gaps[0] == gaps[1], f"{key} in {code} has other gaps"
            assert code == "en" or said != english[key] or key.startswith("option."), f"{key} in {code} is still English"


def test_only_what_a_speaker_checked_counts_as_checked_and_arabic_and_urdu_run_from_the_right() -> None:
    rows = languages.every()
    assert {code for code, row in rows.items() if row.checked} == {"en"}
    assert {code for code, row in rows.items() if row.direction == "rtl"} == {"ar", "ur"}
    for code, row in rows.items():
        assert row.checked == (row.checked_on is not None), f"{code} says that somebody checked it, and not when"
    assert {code: any("\u0600" <= c <= "\u06ff" for c in row.own_name) for code, row in rows.items()} == {c: c in ("ar", "ur") for c in rows}


def test_a_language_without_sentences_is_told_in_english() -> None:
    assert languages.texts("ti") == languages.texts("en")
    assert languages.known(None) == "en"
