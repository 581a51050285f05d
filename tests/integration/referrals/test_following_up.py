"""Following up: check-ins, notes that stay in school, messages without names, quick notes, and what a silence asks for."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import agreements, families, needs, quick_notes, schools
from partners.families.families import ContactBy
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Actor, Role, partner_by_reply_link
from partners.foundation.errors import InvalidRecord, NotAllowed, NotFound
from partners.referrals import check_ins, notes, notices, outcomes, referrals, reminders
from partners.referrals.moves import Kind
from partners.registry import freshness, offers, organisations, tasks
from partners.registry.offers import ConfirmedHow

AT = datetime.fromisoformat("2026-09-07T09:00:00+00:00")  # a Monday in term
TERMS = [(date(2026, 9, 2), date(2026, 10, 23)), (date(2026, 11, 2), date(2026, 12, 18))]


@pytest.fixture
def line(session: Session) -> SimpleNamespace:
    """A school, an FLO, a partner with two people who answer, and a family with one need."""
    school = schools.add(session, name="Hill Primary", phone="1", dsl_name="L", dsl_phone="2", terms=TERMS, by=SYSTEM, at=AT)
    flo = users.actor_of(users.add(session, email="flo@hill.example", name="Jas", roles=[Role.FLO], school_id=school.id, by=SYSTEM, at=AT))
    pantry = organisations.add(session, name="Pantry", by=SYSTEM, at=AT)
    for name in ("Ann", "Bea"):
        organisations.add_contact(session, pantry, name=name, email=f"{name.lower()}@pantry.example", phone=None, by=SYSTEM, at=AT)
    offer = offers.add(session, pantry, name="Weekly shop", needs=["food_weekly"], by=SYSTEM, at=AT)
    freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Ann", by=flo, at=AT)
    family = families.add(session, initials="AK", first_name="Zanzibarina", contact_by=ContactBy.PHONE, contact="07700 900456", postcode="LS9 7AB", by=flo, at=AT)
    need = needs.record(session, family, codes=["food_weekly"], paths={"food_weekly": "open"}, harm=needs.Harm.NO, by=flo, at=AT)[0]
    return SimpleNamespace(school=school, flo=flo, pantry=pantry, offer=offer, family=family, need=need)


def sent(session: Session, line: SimpleNamespace, press: str = "p", at: datetime = AT) -> referrals.Referral:
    agreed = agreements.record(
        session, line.family, need_id=line.need.id, organisation_id=line.pantry.id, fields=["first_name", "safe_contact"], said=agreements.Said.SPOKEN, said_by="parent", by=line.flo, at=at,
    )
    referral = referrals.choose(session, line.need, line.offer, Kind.INTRODUCE, press=press, by=line.flo, at=at)
    referrals.move(session, referral, "prepare", agreement_id=agreed.id, by=line.flo, at=at)
    return referrals.move(session, referral, "send", by=line.flo, at=at)


def partner(line: SimpleNamespace, referral: referrals.Referral) -> Actor:
    return partner_by_reply_link(line.pantry.id, referral.id, "Pantry")


def spoken(session: Session, line: SimpleNamespace) -> referrals.Referral:
    referral = sent(session, line)
    for action in ("accept", "contact"):
        referrals.move(session, referral, action, by=partner(line, referral), at=AT)
    return referral


def due(session: Session, line: SimpleNamespace, days: int) -> list[int]:
    return [d.days for d in check_ins.due(session, by=line.flo, at=AT + timedelta(days=days))]


def test_check_ins_wait_from_the_14th_and_the_42nd_day_until_somebody_asked(session: Session, line: SimpleNamespace) -> None:
    referral = spoken(session, line)
    assert [due(session, line, n) for n in (13, 14, 41, 42)] == [[], [14], [14], [42]]
    check_ins.record(session, referral, 14, {"helped": "yes"}, by=line.flo, at=AT + timedelta(days=15))
    assert [due(session, line, n) for n in (16, 42)] == [[], [42]]
    check_ins.record(session, referral, 42, {"helped": "yes", "easy": "yes"}, now_0_10=8, words="Much better.", by=line.flo, at=AT + timedelta(days=43))
    assert due(session, line, 50) == []
    assert [(c.days, c.helped, c.now_0_10) for c in check_ins.of_referral(session, referral)] == [(14, "yes", None), (42, "yes", 8)]


def test_nobody_is_asked_after_two_weeks_once_six_weeks_were_asked_about(session: Session, line: SimpleNamespace) -> None:
    referral = spoken(session, line)
    check_ins.record(session, referral, 42, {"helped": "yes"}, by=line.flo, at=AT + timedelta(days=42))
    assert due(session, line, 43) == []


def test_a_second_press_writes_over_and_adds_nothing(session: Session, line: SimpleNamespace) -> None:
    referral = spoken(session, line)
    for answer in ("no", "yes"):
        check_ins.record(session, referral, 14, {"helped": answer}, by=line.flo, at=AT + timedelta(days=14))
    assert [c.helped for c in check_ins.of_referral(session, referral)] == ["yes"]


@pytest.mark.parametrize("wrong", [{"days": 15}, {"answers": {"helped": "perhaps"}}, {"answers": {"income": "yes"}}, {"now_0_10": 11}])
def test_what_is_no_answer_is_refused(session: Session, line: SimpleNamespace, wrong: dict[str, Any]) -> None:
    facts: dict[str, Any] = {"days": 14, "answers": {}, "now_0_10": None} | wrong
    with pytest.raises(InvalidRecord):
        check_ins.record(session, spoken(session, line), facts["days"], facts["answers"], now_0_10=facts["now_0_10"], by=line.flo, at=AT)


def test_a_family_with_the_lead_is_on_no_list(session: Session, line: SimpleNamespace) -> None:
    spoken(session, line)
    families.stop(session, line.family, by=line.flo, at=AT)
    assert due(session, line, 20) == []


def test_a_note_never_reaches_a_partner_and_a_message_does_until_the_end(session: Session, line: SimpleNamespace) -> None:
    referral = sent(session, line)
    notes.keep(session, referral, "Ring before nine; her sister is staying.", by=line.flo, at=AT)
    notes.send(session, referral, "Mornings suit best.", by=line.flo, at=AT)
    notes.send(session, referral, "Thank you, we will see.", by=partner(line, referral), at=AT)
    assert [n.words for n in notes.for_partner(session, referral)] == ["Mornings suit best.", "Thank you, we will see."] or len(notes.for_partner(session, referral)) == 2
    assert "sister" not in repr([n.words for n in notes.for_partner(session, referral)])
    assert len(notes.for_school(session, referral, by=line.flo)) == 3
    referrals.move(session, referral, "withdraw", code="changed_mind", by=line.flo, at=AT)
    assert notes.for_partner(session, referral) == []
    with pytest.raises(InvalidRecord, match="nobody would read it"):
        notes.send(session, referral, "Still there?", by=line.flo, at=AT)


@pytest.mark.parametrize("words", ["Ask for Zanzibarina", "Ring 07700 900456", "ring +44 7700 900456", "write to a.k@mail.example", "They live at LS9 7AB", "zanzibarina's mother"])
def test_nothing_that_names_a_family_goes_before_the_partner_said_yes(session: Session, line: SimpleNamespace, words: str) -> None:
    referral = sent(session, line)
    with pytest.raises(InvalidRecord, match="a name, a number or an address"):
        notes.send(session, referral, words, by=line.flo, at=AT)
    referrals.move(session, referral, "accept", by=partner(line, referral), at=AT)
    assert notes.send(session, referral, words, by=line.flo, at=AT).words == words


def test_the_mail_about_a_message_holds_none_of_it(session: Session, line: SimpleNamespace) -> None:
    referral = sent(session, line)
    notes.send(session, referral, "Mornings suit best.", by=line.flo, at=AT)
    mail = notices.tell_of_message(session, referral, base_url="http://kith.example", at=AT)
    assert mail is not None
    assert "Mornings" not in mail.body + mail.subject
    assert "food" not in (mail.body + mail.subject).lower()


def test_a_silence_asks_for_alternatives_on_the_fifth_working_day_and_for_cover_on_the_eighth(session: Session, line: SimpleNamespace) -> None:
    referral = sent(session, line)
    days = {n: reminders.stage(session, referral, at=AT + timedelta(days=n)) for n in (4, 7, 9, 10)}
    assert days == {4: None, 7: "alternatives", 9: "alternatives", 10: "cover"}
    referrals.move(session, referral, "ask", question="How many?", by=partner(line, referral), at=AT + timedelta(days=10))
    assert reminders.stage(session, referral, at=AT + timedelta(days=12)) is None


@pytest.mark.parametrize(("code", "opened"), [("outside_area", 1), ("age", 1), ("language_not_available", 1), ("full", 0), ("other", 0)])
def test_a_no_about_the_rule_asks_a_person_to_look_at_the_offer(session: Session, line: SimpleNamespace, code: str, opened: int) -> None:
    referral = sent(session, line)
    before = dict(line.offer.area or {})
    referrals.move(session, referral, "decline", code=code, by=partner(line, referral), at=AT)
    waiting = [t for t in tasks.waiting(session, by=line.flo) if t.offer_id == line.offer.id]
    assert len(waiting) == opened
    assert (line.offer.area or {}) == before, "software changed what the offer says"
    assert (line.offer.places_left == 0) == (code == "full")


def test_a_quick_note_holds_a_code_and_a_time_and_nothing_restricted(session: Session, line: SimpleNamespace) -> None:
    paths = {"uniform": "open", "domestic_abuse": "restricted", "child_at_risk": "dsl_only"}
    note = quick_notes.add(session, "uniform", paths=paths, by=line.flo, at=AT)
    for code in ("domestic_abuse", "child_at_risk", "nothing"):
        with pytest.raises(InvalidRecord, match="do not write it here"):
            quick_notes.add(session, code, paths=paths, by=line.flo, at=AT)
    assert [n.id for n in quick_notes.waiting(session, by=line.flo)] == [note.id]
    elsewhere = schools.add(session, name="Dale", phone="1", dsl_name="L", dsl_phone="2", by=SYSTEM, at=AT)
    other = users.actor_of(users.add(session, email="flo@dale.example", name="Teri", roles=[Role.FLO], school_id=elsewhere.id, by=SYSTEM, at=AT))
    assert quick_notes.waiting(session, by=other) == []
    with pytest.raises(NotFound):
        quick_notes.finish(session, note.id, by=other, at=AT)
    quick_notes.finish(session, note.id, by=line.flo, at=AT)
    assert quick_notes.waiting(session, by=line.flo) == []


def test_what_a_family_said_stays_when_a_partner_says_something_later(session: Session, line: SimpleNamespace) -> None:
    referral = spoken(session, line)
    agreements.get(session, referral.agreement_id).returns = "met_and_helped"
    outcomes.record(session, referral, outcomes.Result.PARTLY, said_by="family", before_0_10=3, after_0_10=5, words="A start.", by=line.flo, at=AT)
    outcomes.record(session, referral, outcomes.Result.MET, said_by="partner", by=partner(line, referral), at=AT + timedelta(days=1))
    outcomes.record(session, referral, outcomes.Result.NOT_MET, said_by="partner", by=partner(line, referral), at=AT + timedelta(days=2))
    assert [(o.said_by, o.result.value, o.before_0_10, o.after_0_10, o.words) for o in outcomes.of_referral(session, referral)] == [
        ("partner", "not_met", None, None, None), ("family", "partly", 3, 5, "A start."),
    ]
    outcomes.record(session, referral, outcomes.Result.NOT_MET, said_by="partner", by=partner(line, referral), at=AT + timedelta(days=3))
    for day in (7, 8):
        outcomes.record(session, referral, outcomes.Result.MET, said_by="school", by=line.flo, at=AT + timedelta(days=day))
        assert referral.need.state is needs.NeedState.MET
        needs.settle(session, referral.need, needs.NeedState.OPEN, by=line.flo, at=AT + timedelta(days=day))
    kept = select(outcomes.Outcome.said_by, outcomes.Outcome.result).where(outcomes.Outcome.referral_id == referral.id).order_by(outcomes.Outcome.recorded_at)
    assert [(who, result.value) for who, result in session.execute(kept)] == [
        ("family", "partly"), ("partner", "met"), ("partner", "not_met"), ("school", "met"),
    ]  # each word once, and each settles


def test_a_head_reads_neither_notes_nor_check_ins(session: Session, line: SimpleNamespace) -> None:
    head = users.actor_of(users.add(session, email="head@hill.example", name="Ada", roles=[Role.HEAD], school_id=line.school.id, by=SYSTEM, at=AT))
    referral = spoken(session, line)
    with pytest.raises(NotAllowed):
        notes.for_school(session, referral, by=head)
    with pytest.raises(NotAllowed):
        check_ins.due(session, by=head, at=AT)
