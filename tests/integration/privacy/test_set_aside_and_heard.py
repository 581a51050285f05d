"""A family whose records are set aside is still heard: it takes back and corrects as before. What it answers waits in no list and no count until its records are used again."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import agreements, families, needs, own_pages, questionnaires, setting_aside
from partners.families.families import Family
from partners.families.questionnaires import Questionnaire
from partners.foundation.actors import family_by_link, partner_by_offer_link
from partners.foundation.errors import SetAside
from partners.foundation.outbox import Message
from partners.impact import partner_months, snapshot, together
from partners.impact.disclosure import LEAST_FAMILIES
from partners.impact.periods import Period
from partners.matching import answers, words
from partners.referrals import family_links, notices, text_replies, withdrawals
from partners.referrals.moves import State
from partners.referrals.referrals import Referral
from partners.referrals.text_replies import TextReply
from tests.integration.privacy.conftest import AT, OPEN, a_family

BASE = "http://kith.example"


@pytest.fixture
def family(session: Session, place: SimpleNamespace) -> Family:
    return a_family(session, place, place.partner, "qza").family


def set_aside(session: Session, place: SimpleNamespace, family: Family) -> None:
    setting_aside.begin(session, family, by=place.flo, at=AT)


def used_again(session: Session, place: SimpleNamespace, family: Family) -> None:
    setting_aside.end(session, family, by=place.dsl, at=AT + timedelta(days=1))


def given(session: Session, place: SimpleNamespace, family: Family) -> tuple[Questionnaire, str]:
    """Answers that the family gave, and the word of its link."""
    row, token = questionnaires.begin(session, family, family.children[0], by=place.flo, at=AT)
    _, who = questionnaires.open_link(session, token, at=AT)
    questionnaires.give(session, row, by=who, at=AT)
    return row, token


def test_answers_wait_in_no_list_and_are_read_and_kept_by_nobody_until_the_records_are_used_again(session: Session, place: SimpleNamespace, family: Family) -> None:
    row, _token = given(session, place, family)
    assert questionnaires.waiting(session, by=place.flo) == [row]
    set_aside(session, place, family)
    assert questionnaires.waiting(session, by=place.flo) == []
    with pytest.raises(SetAside):
        questionnaires.to_read(session, row.id, by=place.flo)
    with pytest.raises(SetAside):
        answers.confirm(session, row, codes=[], strengths={}, keep=[], harm=needs.Harm.NO, by=place.flo, at=AT)
    with pytest.raises(SetAside):
        questionnaires.begin(session, family, None, by=place.flo, at=AT)
    used_again(session, place, family)
    assert questionnaires.waiting(session, by=place.flo) == [questionnaires.to_read(session, row.id, by=place.flo)]


def test_it_takes_its_answers_back_by_the_same_link(session: Session, place: SimpleNamespace, family: Family) -> None:
    row, token = given(session, place, family)
    set_aside(session, place, family)
    found, who = questionnaires.open_link(session, token, at=AT)
    questionnaires.take_back(session, found, by=who, at=AT)
    assert row.answers is None


def test_a_text_waits_in_no_list_until_the_records_are_used_again(session: Session, place: SimpleNamespace, family: Family) -> None:
    helped = session.scalars(select(Referral).where(Referral.state == State.CONTACTED)).unique().one()
    session.add(TextReply(notify_id="n1", referral_id=helped.id, school_id=family.school_id, said="call", at=AT))
    session.flush()
    assert len(text_replies.waiting(session, by=place.flo)) == 1
    set_aside(session, place, family)
    assert text_replies.waiting(session, by=place.flo) == []
    used_again(session, place, family)
    assert len(text_replies.waiting(session, by=place.flo)) == 1


def test_what_it_says_is_not_right_reaches_somebody_all_the_same(session: Session, place: SimpleNamespace, family: Family) -> None:
    set_aside(session, place, family)
    token, code = own_pages.make(session, family, by=place.flo, at=AT)
    link, who = own_pages.open_link(session, token, at=AT)
    own_pages.use_code(session, link, code, by=who, at=AT)
    said = own_pages.correct(session, family, "That is not my number", by=who, at=AT)
    assert own_pages.corrections_waiting(session, by=place.flo) == [said]
    own_pages.finish_correction(session, said, by=place.flo, at=AT)
    assert own_pages.corrections_waiting(session, by=place.flo) == []


def test_what_it_takes_back_ends_at_once_and_the_partner_is_asked_to_delete_until_it_says_so(session: Session, place: SimpleNamespace, family: Family) -> None:
    set_aside(session, place, family)
    agreed = agreements.of_family(session, family, by=place.flo)[0]
    (row,) = withdrawals.take_back(session, agreed, by=family_by_link(family.id, family.school_id), at=AT, base_url=BASE)
    assert row.referral.state is State.WITHDRAWN
    mail = withdrawals.ask_partner(session, row, base_url=BASE, at=AT)
    assert mail is None, "it was asked when it was taken back"
    assert row.asked_at == AT
    asked = session.scalars(select(Message).where(Message.kind == "deletion_request")).one()
    assert notices.may_leave(session, asked, AT)
    assert withdrawals.to_ask_about(session, by=place.flo, at=AT + timedelta(days=6)) == []
    assert withdrawals.to_ask_about(session, by=place.flo, at=AT + timedelta(days=7)) == [row]


def test_how_it_went_can_be_said_by_link_and_is_in_no_figure(session: Session, place: SimpleNamespace, family: Family) -> None:
    helped = session.scalars(select(Referral).where(Referral.state == State.CONTACTED)).unique().one()
    token = family_links.new_link(session, helped, 42, by=place.flo, at=AT)
    set_aside(session, place, family)
    assert family_links.open_link(session, token, at=AT)[1] is helped
    family_links.answer(session, token, {"helped": "no"}, at=AT)
    taken = snapshot.take(session, place.school)
    assert (taken.needs, taken.referrals) == ({}, [])


def test_somebody_at_the_gate_finds_it_and_does_not_write_it_down_twice(session: Session, place: SimpleNamespace, family: Family) -> None:
    set_aside(session, place, family)
    assert families.recent(session, by=place.flo, words="zq") == [family]
    families.stop(session, family, by=place.flo, at=AT)
    assert families.recent(session, by=place.flo, words="zq") == []


def test_it_is_in_no_count_of_a_head_or_a_partner(session: Session, place: SimpleNamespace) -> None:
    everybody = [families.add(session, initials="AB", by=place.flo, at=AT) for _ in range(LEAST_FAMILIES - 1)]
    everybody.append(a_family(session, place, place.partner, "qzb").family)
    for home in everybody:
        (need,) = needs.record(session, home, codes=[OPEN[2]], paths=words.paths(), harm=needs.Harm.NO, by=place.flo, at=AT)
        needs.nothing_suitable(session, need, reason="time", by=place.flo, at=AT)
    later = AT + timedelta(days=40)
    them = partner_by_offer_link(place.partner.pantry.id, "Pantry")

    def told() -> tuple[bool, bool, int]:
        year = Period("the year", date(2026, 9, 1), date(2027, 8, 31))
        figures = together.frozen(session, place.school, year, at=later)
        page = partner_months.page(session, place.partner.pantry, groups={OPEN[2]: "Something"}, by=them, at=later)
        return figures["changes"]["enough"], bool(page.unmet), page.last.introduced

    assert told() == (True, True, 1)
    set_aside(session, place, everybody[0])
    assert told() == (False, False, 1), "one family fewer than figures ask for; a partner's own work stays"
