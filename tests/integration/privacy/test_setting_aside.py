"""Setting aside: a family asks the school to stop using its records for now. They are kept; nothing is found, introduced, shown or mailed until that ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import families, needs, setting_aside
from partners.families.families import ContactBy, Family
from partners.families.needs import Harm, Need
from partners.foundation import users
from partners.foundation.actors import partner_by_reply_link
from partners.foundation.errors import Conflict, InvalidRecord, NotAllowed, NothingToDo, SafetyStop, SetAside
from partners.foundation.outbox import Message
from partners.impact import snapshot
from partners.matching import cohorts, suggestions, words
from partners.privacy import clock_mails, complaints, requests
from partners.privacy.requests import Decision, Kind, RightsRequest, Who
from partners.referrals import check_ins, clocks, disclosure, family_links, notices, referrals, reminders
from partners.referrals.moves import Kind as Way
from partners.referrals.moves import State
from partners.referrals.referrals import Referral
from tests.integration.privacy.conftest import AT, OPEN, a_family, a_school

ANSWERS = {"identity": "seen the passport", "responsibility": "on the birth certificate", "must_not_know": "no"}
BASE = "http://kith.example"


@pytest.fixture
def family(session: Session, place: SimpleNamespace) -> Family:
    return a_family(session, place, place.partner, "qza").family


def asked(session: Session, place: SimpleNamespace, family: Family, kind: Kind = Kind.RESTRICTION, who: Who = Who.PARENT, at: datetime = AT) -> RightsRequest:
    return requests.make(session, family, kind, who=who, words="Please stop", by=place.flo, at=at)


def decided(session: Session, place: SimpleNamespace, made: RightsRequest, decision: Decision, at: datetime = AT) -> None:
    if made.checked_at is None and decision is not Decision.TAKEN_BACK:
        requests.check(session, made, ANSWERS, by=place.flo, at=at)
    requests.decide(session, made, decision, "We told them", by=place.dsl, at=at)


def a_need(session: Session, place: SimpleNamespace, family: Family) -> Need:
    return next(n for n in needs.of_family(session, family, by=place.flo) if n.code == OPEN[1])


def waiting(session: Session, place: SimpleNamespace, family: Family, at: datetime = AT) -> Referral:
    """An ask without names that waits for its answer."""
    made = referrals.choose(session, a_need(session, place, family), place.partner.offer, Way.ASK_FIRST, press="waits", by=place.flo, at=at)
    referrals.move(session, made, "prepare", by=place.flo, at=at)
    referrals.move(session, made, "send", by=place.flo, at=at)
    return made


def test_the_parents_word_counts_at_once_and_anybody_elses_once_it_is_checked_who_they_are(session: Session, place: SimpleNamespace) -> None:
    first, second = (a_family(session, place, place.partner, mark).family for mark in ("qza", "qzb"))
    asked(session, place, first)
    assert first.set_aside_at == AT
    made = asked(session, place, second, who=Who.OTHER_PARENT)
    assert second.set_aside_at is None, "one letter from a person who must not know would stop the family's help"
    requests.check(session, made, ANSWERS, by=place.flo, at=AT)
    assert second.set_aside_at == AT


@pytest.mark.parametrize(("kind", "sets_aside"), [(Kind.RESTRICTION, True), (Kind.OBJECTION, True), (Kind.ACCESS, False), (Kind.RECTIFICATION, False), (Kind.ERASURE, False)])
def test_only_a_restriction_or_an_objection_sets_records_aside(session: Session, place: SimpleNamespace, family: Family, kind: Kind, sets_aside: bool) -> None:
    assert asked(session, place, family, kind).sets_aside is sets_aside
    assert (family.set_aside_at is not None) is sets_aside


@pytest.mark.parametrize(("decision", "stays"), [(Decision.DONE, True), (Decision.IN_PART, True), (Decision.REFUSED, False), (Decision.TAKEN_BACK, False)])
def test_an_answer_keeps_them_aside_or_ends_it(session: Session, place: SimpleNamespace, family: Family, decision: Decision, stays: bool) -> None:
    decided(session, place, asked(session, place, family), decision)
    assert (family.set_aside_at is not None) is stays


def test_it_is_lifted_by_a_lead_after_they_were_told_and_not_while_another_request_holds(session: Session, place: SimpleNamespace, family: Family) -> None:
    first, second = asked(session, place, family), asked(session, place, family, Kind.OBJECTION)
    with pytest.raises(Conflict, match="waits for its answer"):
        requests.lift(session, first, "rang them", by=place.dsl, at=AT)
    decided(session, place, first, Decision.DONE)
    with pytest.raises(NotAllowed):
        requests.lift(session, first, "rang them", by=place.flo, at=AT)
    with pytest.raises(InvalidRecord):
        requests.lift(session, first, " ", by=place.dsl, at=AT)
    requests.lift(session, first, "rang them", by=place.dsl, at=AT)
    assert family.set_aside_at is not None, "the objection still waits"
    decided(session, place, second, Decision.REFUSED, at=AT + timedelta(days=2))
    assert family.set_aside_at is None
    assert family.set_aside_days == [["2026-09-07", "2026-09-09"]]


def _suggest(session: Session, place: SimpleNamespace, family: Family, need: Need) -> None:
    suggestions.find(session, family, by=place.flo, at=AT)


def _choose(session: Session, place: SimpleNamespace, family: Family, need: Need) -> None:
    referrals.choose(session, need, place.partner.offer, Way.ASK_FIRST, press="new", by=place.flo, at=AT)


@pytest.mark.parametrize("act", [_suggest, _choose])
def test_nothing_is_suggested_or_chosen(session: Session, place: SimpleNamespace, family: Family, act: Callable[[Session, SimpleNamespace, Family, Need], None]) -> None:
    need = a_need(session, place, family)
    made = asked(session, place, family)
    with pytest.raises(SetAside, match="kept and not used"):
        act(session, place, family, need)
    decided(session, place, made, Decision.REFUSED)
    act(session, place, family, need)


def test_no_new_need_is_written_down_and_a_danger_still_stops_everything(session: Session, place: SimpleNamespace, family: Family) -> None:
    asked(session, place, family)
    before = [n.id for n in needs.of_family(session, family, by=place.flo)]
    with pytest.raises(SetAside):
        needs.record(session, family, codes=["beds"], paths=words.paths(), harm=needs.Harm.NO, by=place.flo, at=AT)
    assert [n.id for n in needs.of_family(session, family, by=place.flo)] == before
    with pytest.raises(SafetyStop):
        needs.record(session, family, codes=["beds"], paths=words.paths(), harm=needs.Harm.YES, by=place.flo, at=AT)
    assert family.with_dsl_at == AT


def test_what_was_ready_is_not_sent_and_what_was_sent_cannot_be_accepted_but_can_be_stopped(session: Session, place: SimpleNamespace, family: Family) -> None:
    ready = referrals.choose(session, a_need(session, place, family), place.partner.offer, Way.ASK_FIRST, press="ready", by=place.flo, at=AT)
    referrals.move(session, ready, "prepare", by=place.flo, at=AT)
    sent = waiting(session, place, family)
    asked(session, place, family)
    with pytest.raises(SetAside):
        referrals.move(session, ready, "send", by=place.flo, at=AT)
    them = partner_by_reply_link(place.partner.pantry.id, sent.id, "Pantry")
    assert "accept" not in {m.action for m in referrals.possible(session, sent, by=them, at=AT)}
    with pytest.raises(NothingToDo):
        referrals.move(session, sent, "accept", by=them, at=AT)
    referrals.move(session, sent, "withdraw", code="changed_mind", by=place.flo, at=AT)
    assert sent.state is State.WITHDRAWN, "a family may always stop what is under way"


def test_a_partner_sees_nothing_meanwhile_and_the_same_as_before_afterwards(session: Session, place: SimpleNamespace, family: Family) -> None:
    sent = waiting(session, place, family)
    helped = session.scalars(select(Referral).where(Referral.id != sent.id)).unique().one()
    before = disclosure.no_name_card(session, sent), disclosure.agreed_fields(session, helped, at=AT)
    assert all(before)
    made = asked(session, place, family)
    assert (disclosure.no_name_card(session, sent), disclosure.agreed_fields(session, helped, at=AT)) == ({}, {})
    decided(session, place, made, Decision.REFUSED)
    assert (disclosure.no_name_card(session, sent), disclosure.agreed_fields(session, helped, at=AT)) == before


def test_a_family_with_the_lead_is_seen_as_little_and_in_no_query_of_those_in_use(session: Session, place: SimpleNamespace, family: Family) -> None:
    sent = waiting(session, place, family)
    families.stop(session, family, by=place.flo, at=AT)
    assert not family.in_use
    assert session.scalars(select(Family).where(Family.in_use)).unique().all() == []
    assert disclosure.no_name_card(session, sent) == {}
    families.release(session, family, by=place.dsl, at=AT)
    assert session.scalars(select(Family).where(Family.in_use)).unique().all() == [family]


def test_no_mail_about_them_leaves_and_nobody_is_reminded_or_late(session: Session, place: SimpleNamespace, family: Family) -> None:
    sent = waiting(session, place, family)
    mail = notices.tell_partner(session, sent, base_url=BASE, at=AT)
    assert mail is not None
    assert notices.may_leave(session, mail, AT)
    made = asked(session, place, family)
    assert not notices.may_leave(session, mail, AT)
    for day in (2, 3, 10, 24, 30):
        reminders.tick(session, base_url=BASE, at=AT + timedelta(days=day))
    assert sent.state is State.SENT, "it ran out while nobody could answer"
    assert session.scalars(select(Message).where(Message.kind == notices.REMINDER)).all() == []
    end = AT + timedelta(days=30)
    decided(session, place, made, Decision.REFUSED, at=end)
    assert notices.may_leave(session, mail, end)
    assert clocks.waited(session, sent, at=end) == 0
    reminders.tick(session, base_url=BASE, at=end)
    assert sent.state is State.SENT, "the partner is late for days on which it saw nothing"


def test_a_family_is_not_written_to_and_is_in_no_list_of_what_to_do(session: Session, place: SimpleNamespace, family: Family) -> None:
    waiting(session, place, family)
    helped = session.scalars(select(Referral).where(Referral.state == State.CONTACTED)).unique().one()
    families.change(session, family, by=place.flo, at=AT, seen_version=family.version, contact_by=ContactBy.EMAIL, contact="them@home.example")
    late = AT + timedelta(days=43)
    mail = family_links.ask_by_mail(session, helped, 42, base_url=BASE, by=place.flo, at=AT)

    def listed() -> tuple[int, int, int, bool, bool]:
        return (
            len(referrals.live(session, by=place.flo)), len(check_ins.due(session, by=place.flo, at=late)), len(snapshot.take(session, place.school).needs),
            family_links.ways(helped, texts=True) != (), notices.may_leave(session, mail, AT),
        )

    before = listed()
    assert all(before)
    asked(session, place, family)
    assert listed() == (0, 0, 0, False, False)


def test_it_is_in_no_group_that_is_proposed_and_its_open_needs_wait_on_nobody(session: Session, place: SimpleNamespace) -> None:
    home = families.add(session, initials="AB", by=place.flo, at=AT)
    needs.record(session, home, codes=[OPEN[2]], paths=words.paths(), harm=Harm.NO, by=place.flo, at=AT)

    def listed() -> tuple[bool, bool]:
        return home in cohorts.open_needs(session, by=place.flo), home.id in {need.family_id for need, _last in referrals.unattended(session, by=place.flo)}

    assert listed() == (True, True)
    asked(session, place, home)
    assert listed() == (False, False)


def test_the_lead_is_told_that_a_clock_runs_out_once_in_three_days_and_the_mail_says_nothing_of_anybody(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    for complaint in complaints.of_school(session, by=place.dsl):
        complaints.acknowledge(session, complaint, "rang", by=place.dsl, at=AT)
    other = a_school(session, "Dale Primary")
    made = asked(session, place, kept.family)  # due by 7 October
    users.disable(session, users.get(session, place.other_dsl.user_id), by=place.admin, at=AT)

    def told(at: datetime) -> list[str]:
        before = session.scalars(select(Message.id).where(Message.kind == clock_mails.KIND)).all()
        clock_mails.send_due(session, base_url=BASE, at=at)
        return [m.to_address for m in session.scalars(select(Message).where(Message.kind == clock_mails.KIND)) if m.id not in before]

    assert told(datetime.fromisoformat("2026-09-29T10:00:00+00:00")) == [], "eight days are left"
    soon = datetime.fromisoformat("2026-09-30T10:00:00+00:00")
    assert told(soon) == ["dsl0@hill.example"], "the lead of that school, whose account has not ended"
    assert told(soon + timedelta(days=2)) == []
    assert told(soon + timedelta(days=3)) == ["dsl0@hill.example"]
    assert other.dsl.user_id is not None
    mail = session.scalars(select(Message).where(Message.kind == clock_mails.KIND)).first()
    assert mail is not None
    assert f"{BASE}/lead/" in mail.body
    for word in (*kept.words.values(), "Please stop", "ZQ", made.reference, kept.family.id.hex, "restriction", "Hill"):
        assert word not in mail.subject + mail.body, word
    requests.pause(session, made, "proof", by=place.flo, at=soon)
    assert told(soon + timedelta(days=6)) == [], "a clock that stands does not run out"
    requests.go_on(session, made, by=place.flo, at=soon)
    decided(session, place, made, Decision.REFUSED, at=soon)
    assert told(soon + timedelta(days=9)) == []


def test_the_lead_is_told_of_a_complaint_that_nobody_acknowledged(session: Session, place: SimpleNamespace) -> None:
    complaints.make(session, place.school, "Nobody rang", by=place.flo, at=AT)
    assert clock_mails.send_due(session, base_url=BASE, at=AT + timedelta(days=22)) == 0
    assert clock_mails.send_due(session, base_url=BASE, at=AT + timedelta(days=23)) == 2, "both leads"


def test_beginning_and_ending_twice_change_nothing_and_the_days_are_kept(session: Session, place: SimpleNamespace, family: Family) -> None:
    for n in range(2):
        setting_aside.begin(session, family, by=place.flo, at=AT + timedelta(days=n))
    for n in (3, 4):
        setting_aside.end(session, family, by=place.dsl, at=AT + timedelta(days=n))
    assert setting_aside.spans(family) == [(AT.date(), (AT + timedelta(days=3)).date())]
