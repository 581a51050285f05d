"""Safe contact: who must not know is never told, a family marked 'do not disclose' is asked about twice, and nothing is known means do not."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from partners.families import families, keeping_away, reaching
from partners.families.families import ContactBy
from partners.foundation.errors import InvalidRecord
from partners.foundation.outbox import Message
from partners.matching import suggestions
from partners.referrals import disclosure, notices, referrals
from partners.referrals.moves import Kind, State
from tests.integration.families.conftest import Line


def test_an_organisation_that_is_kept_away_is_never_suggested_or_chosen_and_loses_what_it_saw(session: Session, line: Line, at: datetime) -> None:
    referral = line.accepted(session, at)
    assert disclosure.agreed_fields(session, referral, at=at)
    keeping_away.add_organisation(session, line.family, line.organisation.id, by=line.flo, at=at)
    assert disclosure.agreed_fields(session, referral, at=at) == {}
    assert not [m for m in session.query(Message) if m.sent_at is None and notices.may_leave(session, m, at)]
    shown = suggestions.find(session, line.family, by=line.flo, at=at).answer["needs"][0]
    assert str(line.offer.id) not in repr(shown["suggestions"])
    with pytest.raises(InvalidRecord, match="must not know"):
        referrals.choose(session, line.need, line.offer, Kind.TELL, press="again", by=line.flo, at=at)


def test_kept_away_after_it_was_made_ready_is_not_sent(session: Session, line: Line, at: datetime) -> None:
    referral = line.ready(session, at)
    keeping_away.add_organisation(session, line.family, line.organisation.id, by=line.flo, at=at)
    with pytest.raises(InvalidRecord, match="must not know"):
        referrals.move(session, referral, "send", by=line.flo, at=at)
    assert referral.state is State.READY


@pytest.mark.parametrize(("name", "reach"), [("reed, ANN", ""), ("somebody", "Ann@Pantry.example ")])
def test_nothing_goes_where_somebody_on_the_list_answers(session: Session, line: Line, at: datetime, name: str, reach: str) -> None:
    keeping_away.add_person(session, line.family, name=name, reach=reach, by=line.flo, at=at)
    with pytest.raises(InvalidRecord, match="list of people who must not know"):
        referrals.choose(session, line.need, line.offer, Kind.INTRODUCE, press="p", by=line.flo, at=at)


def test_a_first_name_alone_keeps_nobody_away(session: Session, line: Line, at: datetime) -> None:
    keeping_away.add_person(session, line.family, name="Ann", reach=None, by=line.flo, at=at)
    assert referrals.choose(session, line.need, line.offer, Kind.INTRODUCE, press="p", by=line.flo, at=at)


def test_a_number_on_the_list_cannot_become_the_way_to_reach_the_family(session: Session, line: Line, at: datetime) -> None:
    keeping_away.add_person(session, line.family, name="an uncle", reach="+44 7700 900111", by=line.flo, at=at)
    with pytest.raises(InvalidRecord, match="must not know"):
        families.change(session, line.family, contact="07700 900 111", by=line.flo, at=at, seen_version=line.family.version)
    with pytest.raises(InvalidRecord, match="we reach the family by"):
        keeping_away.add_person(session, line.family, name="somebody", reach="(07700) 900456", by=line.flo, at=at)


def test_do_not_disclose_asks_twice_before_a_name_goes_and_hides_the_area_before_a_yes(session: Session, line: Line, at: datetime) -> None:
    families.change(session, line.family, do_not_disclose=True, by=line.flo, at=at, seen_version=line.family.version)
    referral = line.ready(session, at)
    for sure in ({}, {"sure": False}, {"sure": "yes"}):
        with pytest.raises(InvalidRecord, match="do not disclose"):
            referrals.move(session, referral, "send", by=line.flo, at=at, **sure)
    referrals.move(session, referral, "send", sure=True, by=line.flo, at=at)
    assert disclosure.no_name_card(session, referral)["area"] == "not known"


def test_what_nobody_said_about_voicemail_and_letters_is_read_as_no(session: Session, line: Line, at: datetime) -> None:
    see = disclosure.agreed_fields(session, line.accepted(session, at), at=at)["safe_contact"]
    assert "no voicemail" in see
    assert "no letters" in see


def test_only_face_to_face_gives_the_partner_no_number(session: Session, line: Line, at: datetime) -> None:
    families.change(session, line.family, contact_by=ContactBy.FACE_TO_FACE, by=line.flo, at=at, seen_version=line.family.version)
    see = disclosure.agreed_fields(session, line.accepted(session, at), at=at)["safe_contact"]
    assert "Only face to face" in see
    assert "900456" not in see


def test_the_other_parent_is_told_nothing_until_a_person_decides(session: Session, line: Line, at: datetime) -> None:
    assert (line.family.other_parent_sees, line.family.parental_responsibility) == ("nothing", "not_known")
    with pytest.raises(InvalidRecord):
        families.change(session, line.family, other_parent_sees="whatever", by=line.flo, at=at, seen_version=line.family.version)


@pytest.mark.parametrize(("one", "other"), [("07700 900111", "+44 (0)7700 900-111"), ("A.B@Example.org", "a.b@example.ORG")])
def test_numbers_and_addresses_are_the_same_however_they_were_typed(one: str, other: str) -> None:
    assert reaching.plain(one) == reaching.plain(other)


def test_nothing_is_nobodys_number() -> None:
    assert not reaching.leads_to([{"name": "x", "reach": ""}], "")
    assert not reaching.leads_to(None, "07700 900111")
