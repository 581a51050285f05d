"""The life of a referral through its verbs, on both databases: agreement, places, disclosure, and presses made twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from partners.families import agreements, families, needs, schools
from partners.families.families import ContactBy
from partners.foundation import audit, outbox, users
from partners.foundation.actors import SYSTEM, Role, partner_by_reply_link
from partners.foundation.errors import (
    AgreementMissing,
    Conflict,
    IllegalMove,
    InvalidRecord,
    NotFound,
    NothingToDo,
    SafetyStop,
    StaleRecord,
)
from partners.referrals import disclosure, notices, outcomes, referrals, reminders, replies
from partners.referrals.moves import Kind, State
from partners.registry import freshness, offers, organisations
from partners.registry.offers import AvailabilityState, ConfirmedHow

CANARY = "Zanzibarina"
NUMBER = "07700 900456"


@pytest.fixture
def line(session: Session, at: datetime) -> SimpleNamespace:
    """A school, an FLO, a partner with one place left, and a family with one need."""
    school = schools.add(session, name="Hill Primary", phone="0113 496 0000", dsl_name="Ms Lead", dsl_phone="0113 496 0001", by=SYSTEM, at=at)
    other = schools.add(session, name="Dale Primary", phone="0113 496 0002", dsl_name="Mr Lead", dsl_phone="0113 496 0003", by=SYSTEM, at=at)
    flo = users.actor_of(users.add(session, email="flo@hill.example", name="Jas", roles=[Role.FLO], school_id=school.id, by=SYSTEM, at=at))
    elsewhere = users.actor_of(users.add(session, email="flo@dale.example", name="Teri", roles=[Role.FLO], school_id=other.id, by=SYSTEM, at=at))
    organisation = organisations.add(session, name="Pantry", by=SYSTEM, at=at)
    organisations.add_contact(session, organisation, name="Ann", email="ann@pantry.example", phone=None, by=SYSTEM, at=at)
    offer = offers.add(session, organisation, name="Weekly shop", needs=["food_weekly"], by=SYSTEM, at=at, places_left=1)
    freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Ann", by=flo, at=at)
    family = families.add(
        session, initials="AK", first_name=CANARY, contact_by=ContactBy.PHONE, contact=NUMBER, postcode="LS9 7AB", language="so", by=flo, at=at,
    )
    need = needs.record(session, family, codes=["food_weekly"], paths={"food_weekly": "open"}, harm=needs.Harm.NO, by=flo, at=at)[0]
    return SimpleNamespace(school=school, flo=flo, elsewhere=elsewhere, organisation=organisation, offer=offer, family=family, need=need)


def _agree(session: Session, line: SimpleNamespace, at: datetime) -> agreements.Agreement:
    return agreements.record(
        session, line.family, need_id=line.need.id, organisation_id=line.organisation.id, fields=["first_name", "safe_contact"],
        said=agreements.Said.SPOKEN, said_by="parent", by=line.flo, at=at,
    )


def _sent(session: Session, line: SimpleNamespace, at: datetime, kind: Kind = Kind.INTRODUCE, press: str = "p") -> referrals.Referral:
    referral = referrals.choose(session, line.need, line.offer, kind, press=press, by=line.flo, at=at)
    facts: dict[str, Any] = {"agreement_id": _agree(session, line, at).id} if kind is not Kind.ASK_FIRST else {}
    referrals.move(session, referral, "prepare", by=line.flo, at=at, **facts)
    return referrals.move(session, referral, "send", by=line.flo, at=at)


def _partner(line: SimpleNamespace, referral: referrals.Referral) -> Any:
    return partner_by_reply_link(line.organisation.id, referral.id, "Pantry")


def test_nothing_is_sent_without_a_live_agreement(session: Session, line: SimpleNamespace, at: datetime) -> None:
    referral = referrals.choose(session, line.need, line.offer, Kind.INTRODUCE, press="p", by=line.flo, at=at)
    with pytest.raises(AgreementMissing):
        referrals.move(session, referral, "prepare", by=line.flo, at=at)
    agreement = _agree(session, line, at)
    referrals.move(session, referral, "prepare", agreement_id=agreement.id, by=line.flo, at=at)
    agreements.withdraw(session, agreement, by=line.flo, at=at)
    with pytest.raises(AgreementMissing):
        referrals.move(session, referral, "send", by=line.flo, at=at)
    assert referral.state is State.READY


def test_a_second_press_changes_nothing(session: Session, line: SimpleNamespace, at: datetime) -> None:
    referral = _sent(session, line, at)
    assert referrals.choose(session, line.need, line.offer, Kind.INTRODUCE, press="p", by=line.flo, at=at) is referral
    referrals.move(session, referral, "accept", by=_partner(line, referral), at=at)
    events = len(referral.events)
    referrals.move(session, referral, "accept", by=_partner(line, referral), at=at)
    assert len(referral.events) == events
    assert line.offer.places_left == 0


def test_the_last_place_goes_once(session: Session, line: SimpleNamespace, at: datetime) -> None:
    first = _sent(session, line, at, Kind.ASK_FIRST, "one")
    second = _sent(session, line, at, Kind.ASK_FIRST, "two")
    referrals.move(session, first, "accept", by=_partner(line, first), at=at)
    with pytest.raises(Conflict):
        referrals.move(session, second, "accept", by=_partner(line, second), at=at)
    assert line.offer.places_left == 0


def test_a_partner_sees_no_name_before_and_the_agreed_fields_after(session: Session, line: SimpleNamespace, at: datetime) -> None:
    referral = _sent(session, line, at)
    assert CANARY not in repr(disclosure.no_name_card(session, referral))
    assert NUMBER not in repr(disclosure.no_name_card(session, referral))
    assert disclosure.agreed_fields(session, referral, at=at) == {}
    referrals.move(session, referral, "accept", by=_partner(line, referral), at=at)
    see = disclosure.agreed_fields(session, referral, at=at)
    assert set(see) == {"first_name", "safe_contact"}
    assert see["first_name"] == CANARY
    agreements.withdraw(session, agreements.get(session, referral.agreement_id), by=line.flo, at=at)
    assert disclosure.agreed_fields(session, referral, at=at) == {}


def test_a_yes_to_ask_first_releases_nothing(session: Session, line: SimpleNamespace, at: datetime) -> None:
    referral = _sent(session, line, at, Kind.ASK_FIRST)
    referrals.move(session, referral, "accept", by=_partner(line, referral), at=at)
    assert disclosure.agreed_fields(session, referral, at=at) == {}
    assert referral.next_owner == "flo", "it is school that asks the family now"
    referrals.move(session, referral, "introduce", agreement_id=_agree(session, line, at).id, by=line.flo, at=at)
    assert CANARY in repr(disclosure.agreed_fields(session, referral, at=at))


def test_it_cannot_close_without_an_outcome(session: Session, line: SimpleNamespace, at: datetime) -> None:
    referral = _sent(session, line, at)
    for action in ("accept", "contact", "start"):
        referrals.move(session, referral, action, by=_partner(line, referral), at=at)
    with pytest.raises(InvalidRecord, match="what happened"):
        referrals.move(session, referral, "close", by=line.flo, at=at)
    outcomes.record(session, referral, outcomes.Result.MET, said_by="family", by=line.flo, at=at)
    referrals.move(session, referral, "close", by=line.flo, at=at)
    assert (referral.state, line.need.state) == (State.CLOSED, needs.NeedState.MET)
    assert disclosure.no_name_card(session, referral) == {}


def test_full_says_so_of_the_offer_and_a_reason_is_asked_for(session: Session, line: SimpleNamespace, at: datetime) -> None:
    referral = _sent(session, line, at)
    with pytest.raises(InvalidRecord):
        referrals.move(session, referral, "decline", by=_partner(line, referral), at=at)
    referrals.move(session, referral, "decline", code="full", by=_partner(line, referral), at=at)
    assert (referral.state, line.offer.availability, line.offer.places_left) == (State.DECLINED, AvailabilityState.FULL, 0)


def test_another_school_and_another_referral_look_missing(session: Session, line: SimpleNamespace, at: datetime) -> None:
    referral = _sent(session, line, at)
    stranger = partner_by_reply_link(line.organisation.id, line.need.id, "Pantry")
    for act in (
        lambda: referrals.get(session, referral.id, by=line.elsewhere), lambda: families.get(session, line.family.id, by=line.elsewhere),
        lambda: referrals.get(session, line.need.id, by=line.elsewhere), lambda: referrals.get(session, referral.id, by=stranger),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_worry_keeps_only_that_it_is_with_the_lead(session: Session, line: SimpleNamespace, at: datetime) -> None:
    referral = _sent(session, line, at)
    with pytest.raises(SafetyStop):
        needs.record(session, line.family, codes=["domestic_abuse"], paths={"domestic_abuse": "restricted"}, harm=needs.Harm.NO, by=line.flo, at=at)
    assert [n.code for n in needs.of_family(session, line.family, by=line.flo)] == ["food_weekly"]
    assert referral not in referrals.live(session, by=line.flo)
    with pytest.raises(NothingToDo):  # a partner is told no reason
        referrals.move(session, referral, "accept", by=_partner(line, referral), at=at)


def test_a_stale_page_changes_nothing(session: Session, line: SimpleNamespace, at: datetime) -> None:
    referral = _sent(session, line, at)
    seen = referral.version
    referrals.move(session, referral, "view", by=_partner(line, referral), at=at)
    with pytest.raises(StaleRecord):
        referrals.move(session, referral, "withdraw", code="changed_mind", by=line.flo, at=at, seen_version=seen)


def test_taking_it_back_works_for_ten_minutes(session: Session, line: SimpleNamespace, at: datetime) -> None:
    referral = _sent(session, line, at)
    with pytest.raises(IllegalMove):
        referrals.move(session, referral, "recall", by=line.flo, at=at + timedelta(minutes=11))
    referrals.move(session, referral, "recall", by=line.flo, at=at + timedelta(minutes=9))
    assert referral.state is State.READY


def test_the_mail_tells_nothing_and_is_stopped_by_a_withdrawal(session: Session, session_factory: sessionmaker[Session], line: SimpleNamespace, at: datetime) -> None:
    referral = _sent(session, line, at)
    message = notices.tell_partner(session, referral, base_url="https://kith.example", at=at)
    assert message is not None
    for secret in (CANARY, NUMBER, "LS9", "food", "A.K."):
        assert secret not in message.subject + message.body
    assert notices.may_leave(session, message, at)
    agreements.withdraw(session, agreements.get(session, referral.agreement_id), by=line.flo, at=at)
    assert not notices.may_leave(session, message, at)


def test_a_detail_code_works_once_in_its_browser_for_ten_minutes(session: Session, line: SimpleNamespace, at: datetime) -> None:
    referral = _sent(session, line, at)
    who = _partner(line, referral)
    with pytest.raises(InvalidRecord):
        replies.send_code(session, referral, browser="b", at=at, by=who)
    referrals.move(session, referral, "accept", by=who, at=at)

    def code() -> str:
        assert replies.send_code(session, referral, browser="b", at=at, by=who)
        return session.query(outbox.Message).filter_by(kind="detail_code").one().body.split("code is ")[1][:6]

    first = code()
    for browser, when in (("c", at), ("b", at + timedelta(minutes=11))):
        with pytest.raises(InvalidRecord):
            replies.use_code(session, referral, first, browser=browser, at=when, by=who)
    replies.use_code(session, referral, first, browser="b", at=at, by=who)
    with pytest.raises(InvalidRecord):
        replies.use_code(session, referral, first, browser="b", at=at, by=who)


def test_the_clock_nudges_once_and_ends_what_nobody_answered(session: Session, line: SimpleNamespace, at: datetime) -> None:
    referral = _sent(session, line, at)
    late = datetime.fromisoformat(f"{(at + timedelta(days=8)).date().isoformat()}T11:00:00+00:00")
    while late.weekday() > 4:
        late += timedelta(days=1)
    assert reminders.tick(session, base_url="https://kith.example", at=late).nudged == 1
    assert reminders.tick(session, base_url="https://kith.example", at=late).nudged == 0
    assert referral.state is State.SENT
    assert reminders.tick(session, base_url="https://kith.example", at=at + timedelta(days=60)).expired == 1
    assert (referral.state, line.need.state) == (State.EXPIRED, needs.NeedState.OPEN)


def test_the_audit_of_a_whole_line_holds_and_names_nobody(session: Session, line: SimpleNamespace, at: datetime) -> None:
    referral = _sent(session, line, at)
    referrals.move(session, referral, "accept", by=_partner(line, referral), at=at)
    assert audit.verify(session) == []
    told = repr([(e.action, e.facts, e.subject_id) for e in session.query(audit.AuditEvent)])
    assert CANARY not in told
    assert NUMBER not in told


@pytest.mark.parametrize("wrong", ["Amina Khan", "", "ABCD", "12"])
def test_initials_are_initials(session: Session, line: SimpleNamespace, at: datetime, wrong: str) -> None:
    with pytest.raises(InvalidRecord):
        families.add(session, initials=wrong, by=line.flo, at=at)


def test_school_closures_lie_between_the_terms(session: Session, at: datetime) -> None:
    school = schools.add(
        session, name="X", phone="1", dsl_name="L", dsl_phone="2", by=SYSTEM, at=at, terms=[(date(2026, 11, 2), date(2026, 12, 18)), (date(2027, 1, 4), date(2027, 2, 12))],
    )
    assert school.closed_spans(start=date(2026, 12, 1), end=date(2027, 1, 31)) == [(date(2026, 12, 19), date(2027, 1, 3))]
