"""Whose turn it is: clocks that stop and start, one mail a day, mends that a person accepts, what comes after a no, who covers, and offers that change hands."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy.orm import Session

from partners.families import needs
from partners.foundation import audit, users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.foundation.outbox import Message
from partners.referrals import cover, disclosure, notices, outcomes, referrals, reminders, replies
from partners.referrals.moves import Kind, State
from partners.registry import freshness, offers, organisations, proposals, tasks
from partners.registry.offers import AvailabilityState, ConfirmedHow
from tests.integration.referrals.test_following_up import AT, line, partner, sent

__all__ = ["line"]
DAY = timedelta(days=1)


def tick(session: Session, at: datetime) -> int:
    return reminders.tick(session, base_url="http://kith.example", at=at).nudged


def mails(session: Session) -> list[str]:
    return [m.to_address for m in session.query(Message).filter_by(kind=notices.REMINDER).order_by(Message.queued_at)]


def asked(session: Session, line: SimpleNamespace, press: str, at: datetime = AT) -> referrals.Referral:
    """A message without names for a need of its own."""
    need = needs.record(session, line.family, codes=["uniform"], paths={"uniform": "open"}, harm=needs.Harm.NO, for_whom=needs.For.ADULT, by=line.flo, at=at)[0]
    referral = referrals.choose(session, need, line.offer, Kind.ASK_FIRST, press=press, by=line.flo, at=at)
    referrals.move(session, referral, "prepare", by=line.flo, at=at)
    return referrals.move(session, referral, "send", by=line.flo, at=at)


def test_the_first_person_is_reminded_on_the_second_day_the_second_on_the_third_and_nobody_after(session: Session, line: SimpleNamespace) -> None:
    sent(session, line)
    assert [tick(session, AT + n * DAY) for n in (0, 1, 2, 2, 3, 3, 4, 7)] == [0, 0, 1, 0, 1, 0, 0, 0]
    assert mails(session) == ["ann@pantry.example", "bea@pantry.example"]


def test_a_partner_gets_one_mail_a_day_about_everything_that_waits(session: Session, line: SimpleNamespace) -> None:
    one, two = sent(session, line), asked(session, line, "two")
    assert tick(session, AT + 2 * DAY) == 2
    [mail] = session.query(Message).filter_by(kind=notices.REMINDER)
    assert mail.body.count("http://kith.example/r/") == 2
    later = asked(session, line, "three", at=AT - DAY)
    assert tick(session, AT + 2 * DAY + timedelta(hours=3)) == 0, "a second mail on the same day"
    assert notices.may_leave(session, mail, AT + 2 * DAY)
    for referral, code in ((one, "changed_mind"), (two, "changed_mind")):
        referrals.move(session, referral, "withdraw", code=code, by=line.flo, at=AT + 2 * DAY)
    assert not notices.may_leave(session, mail, AT + 2 * DAY), "a mail about nothing that waits"
    assert later.state is State.SENT


def test_nothing_is_sent_at_night_at_weekends_or_on_bank_holidays(session: Session, line: SimpleNamespace) -> None:
    sent(session, line, at=datetime.fromisoformat("2026-12-21T09:00:00+00:00"))
    line.school.terms.clear()
    quiet = ("2026-12-24T07:30:00+00:00", "2026-12-24T18:30:00+00:00", "2026-12-25T10:00:00+00:00", "2026-12-26T10:00:00+00:00", "2026-12-28T10:00:00+00:00")
    assert [tick(session, datetime.fromisoformat(at)) for at in quiet] == [0] * 5
    assert tick(session, datetime.fromisoformat("2026-12-29T10:00:00+00:00")) == 1


def test_an_urgent_need_is_reminded_about_on_the_same_day(session: Session, line: SimpleNamespace) -> None:
    line.need.within = needs.Within.TODAY
    referral = sent(session, line)
    assert referral.due_on == AT.date()
    assert [tick(session, AT + timedelta(hours=h)) for h in (1, 2, 3)] == [0, 1, 0]
    assert reminders.stage(session, referral, at=AT + DAY) == "alternatives"


def test_a_wait_and_a_question_stop_the_clock(session: Session, line: SimpleNamespace) -> None:
    referral = sent(session, line)
    referrals.move(session, referral, "ask", question="How many?", by=partner(line, referral), at=AT + DAY)
    assert (referral.next_owner, referral.due_on) == ("flo", date(2026, 9, 9))
    referrals.move(session, referral, "answer", answer="Three.", by=line.flo, at=AT + 8 * DAY)
    assert referral.due_on == date(2026, 9, 21), "five working days without the week in which the question waited for school"
    referrals.move(session, referral, "wait", weeks=3, by=partner(line, referral), at=AT + 9 * DAY)
    assert referral.next_owner == "flo", "the family is told about the wait"
    referrals.move(session, referral, "tell_wait", by=line.flo, at=AT + 10 * DAY)
    assert (referral.next_owner, referral.due_on) == ("partner", (AT + 31 * DAY).date())
    assert reminders.stage(session, referral, at=AT + 32 * DAY) == "ask_partner"
    referrals.move(session, referral, "accept", by=partner(line, referral), at=AT + 30 * DAY)
    # Ten working days from sending, less the question's week and the three weeks on the list.
    assert referral.due_on == date(2026, 10, 19)
    assert reminders.stage(session, referral, at=AT + 43 * DAY) == "ask_family"


def test_a_pause_of_the_partner_stops_the_clock(session: Session, line: SimpleNamespace) -> None:
    referral = sent(session, line)
    freshness.set_availability(session, line.offer, AvailabilityState.PAUSED, paused_until=date(2026, 9, 21), by=line.flo, at=AT + DAY)
    assert reminders.stage(session, referral, at=AT + 10 * DAY) is None
    assert reminders.stage(session, referral, at=AT + 21 * DAY) == "alternatives"


def test_full_asks_until_when_and_is_asked_again_on_that_day(session: Session, line: SimpleNamespace) -> None:
    from partners.registry import checks

    referral = sent(session, line)
    with pytest.raises(InvalidRecord) as fault:
        referrals.move(session, referral, "decline", code="full", until=date(2026, 9, 1), by=partner(line, referral), at=AT)
    assert fault.value.field == "until"
    referrals.move(session, referral, "decline", code="full", until=date(2026, 10, 5), by=partner(line, referral), at=AT)
    assert (line.offer.availability, line.offer.places_left, line.offer.paused_until) == (AvailabilityState.FULL, 0, date(2026, 10, 5))
    assert [checks.is_due(line.offer, on=date(2026, 10, d)) for d in (4, 5)] == [False, True]


def test_the_second_silence_in_a_row_asks_somebody_to_ring_and_an_answer_ends_it(session: Session, line: SimpleNamespace) -> None:
    for n in (0, 1):
        sent(session, line, press=f"p{n}", at=AT + timedelta(days=22 * n))
        tick(session, AT + timedelta(days=22 * n + 22))
        assert len(tasks.silent(session)) == n
    third = sent(session, line, press="p3", at=AT + timedelta(days=60))
    referrals.move(session, third, "accept", by=partner(line, third), at=AT + timedelta(days=61))
    assert tasks.silent(session) == set()


@pytest.mark.parametrize(("code", "offer", "family", "age", "change"), [
    ("outside_area", {"area": {"kind": "postcodes", "prefixes": ["LS8", "LS9"]}}, {}, None, {"area": {"kind": "postcodes", "prefixes": ["LS8"]}}),
    ("age", {"age_min_years": 5.0, "age_max_years": 11.0}, {}, 11, {"age_max_years": 10.0}),
    ("age", {"age_min_years": 5.0, "age_max_years": 11.0}, {}, 5, {"age_min_years": 6.0}),
    ("language_not_available", {"languages": ["en", "so"]}, {"language": "so"}, None, {"languages": ["en"]}),
    ("language_not_available", {"languages": ["en"], "interpreter": "yes"}, {"language": "so"}, None, {"interpreter": "not_known"}),
])
def test_a_no_about_the_rule_proposes_its_mend_for_a_person(
    session: Session, line: SimpleNamespace, code: str, offer: dict[str, object], family: dict[str, object], age: int | None, change: dict[str, object]
) -> None:
    for thing, facts in ((line.offer, offer), (line.family, family)):
        for name, value in facts.items():
            setattr(thing, name, value)
    line.need.age_years = age
    referral = sent(session, line)
    referrals.move(session, referral, "decline", code=code, by=partner(line, referral), at=AT)
    [proposal] = proposals.waiting(session, by=line.flo)
    assert proposal.after == change
    assert all(getattr(line.offer, name) != value for name, value in change.items()), "software changed what the offer says"
    assert [t for t in tasks.waiting(session, by=line.flo) if t.offer_id == line.offer.id] == []


@pytest.mark.parametrize(("code", "offer", "age"), [
    ("outside_area", {"area": {"kind": "anywhere"}}, None), ("outside_area", {"area": {"kind": "postcodes", "prefixes": ["LS9"]}}, None),
    ("age", {"age_min_years": 5.0, "age_max_years": 11.0}, 8), ("age", {}, 8), ("language_not_available", {"languages": ["en"]}, None),
])
def test_where_the_rule_cannot_be_worked_out_a_person_is_asked(session: Session, line: SimpleNamespace, code: str, offer: dict[str, object], age: int | None) -> None:
    for name, value in offer.items():
        setattr(line.offer, name, value)
    line.need.age_years = age
    referral = sent(session, line)
    referrals.move(session, referral, "decline", code=code, by=partner(line, referral), at=AT)
    assert proposals.waiting(session, by=line.flo) == []
    assert [t.kind for t in tasks.waiting(session, by=line.flo)] == [tasks.TaskKind.WRONG]


def test_a_worry_about_safety_puts_the_family_with_the_lead_and_keeps_no_word(session: Session, line: SimpleNamespace) -> None:
    referral = sent(session, line)
    referrals.move(session, referral, "decline", code="safety_risk", note="I saw a bruise", by=partner(line, referral), at=AT)
    assert line.family.with_dsl_at == AT
    assert "bruise" not in repr([e.note for e in referral.events])
    assert referral not in referrals.live(session, by=line.flo)
    assert "bruise" not in repr([e.facts for e in session.query(audit.AuditEvent)])


def test_a_new_referral_after_a_no_is_linked_and_takes_a_fresh_yes(session: Session, line: SimpleNamespace) -> None:
    first = sent(session, line)
    referrals.move(session, first, "decline", code="other", by=partner(line, first), at=AT)
    assert (first.next_owner, first.due_on) == ("flo", date(2026, 9, 9))
    assert [(need.id, last.id if last else None) for need, last in referrals.unattended(session, by=line.flo)] == [(line.need.id, first.id)]
    other = offers.add(session, line.pantry, name="Another shop", needs=["food_weekly"], by=SYSTEM, at=AT)
    second = referrals.choose(session, line.need, other, Kind.INTRODUCE, press="next", by=line.flo, at=AT)
    assert (second.follows_id, second.agreement_id, second.state) == (first.id, None, State.DRAFT)
    assert referrals.after(session, first) == [second]
    assert referrals.unattended(session, by=line.flo) == []
    with pytest.raises(Conflict):
        referrals.move(session, second, "prepare", agreement_id=None, by=line.flo, at=AT)


def test_an_offer_that_changes_hands_freezes_what_was_open_and_shows_the_new_owner_nothing(session: Session, line: SimpleNamespace) -> None:
    referral = sent(session, line)
    referrals.move(session, referral, "accept", by=partner(line, referral), at=AT)
    word = replies.new_reply_link(session, referral, at=AT)
    stranger = organisations.add(session, name="Stranger", by=SYSTEM, at=AT)
    organisations.add_contact(session, stranger, name="New", email="new@stranger.example", phone=None, by=SYSTEM, at=AT)
    account = users.actor_of(users.add(session, email="p@stranger.example", name="P", roles=[Role.PARTNER], organisation_id=stranger.id, by=SYSTEM, at=AT))
    line.offer.organisation = stranger
    session.flush()
    assert referral.is_frozen
    with pytest.raises(NotFound):
        replies.open_reply_link(session, word, at=AT)
    with pytest.raises(NotFound):
        referrals.get(session, referral.id, by=account)
    assert disclosure.agreed_fields(session, referral, at=AT) == disclosure.no_name_card(session, referral) == {}
    with pytest.raises(Conflict, match="another organisation"):
        referrals.move(session, referral, "contact", by=line.flo, at=AT)
    assert notices.tell_of_message(session, referral, base_url="http://kith.example", at=AT) is None
    assert tick(session, AT + 3 * DAY) == 0
    assert [m.action for m in referrals.possible(session, referral, by=line.flo, at=AT)] == ["withdraw"]
    assert reminders.stage(session, referral, at=AT) == "frozen"
    assert referrals.move(session, referral, "withdraw", code="other", by=line.flo, at=AT).state is State.WITHDRAWN


def test_buttons_are_only_what_could_be_done_now(session: Session, line: SimpleNamespace) -> None:
    referral = sent(session, line)
    now = {m.action for m in referrals.possible(session, referral, by=line.flo, at=AT + timedelta(minutes=9))}
    assert "recall" in now
    assert now - {m.action for m in referrals.possible(session, referral, by=line.flo, at=AT + timedelta(minutes=11))} == {"recall"}
    for action in ("accept", "contact", "start"):
        referrals.move(session, referral, action, by=partner(line, referral), at=AT)
    outcomes.record(session, referral, outcomes.Result.MET, said_by="family", by=line.flo, at=AT)
    referrals.move(session, referral, "close", by=line.flo, at=AT)
    assert [m.action for m in referrals.possible(session, referral, by=line.flo, at=AT + timedelta(days=364))] == ["reopen"]
    assert referrals.possible(session, referral, by=line.flo, at=AT + timedelta(days=366)) == ()


def colleague(session: Session, line: SimpleNamespace, name: str = "Ola") -> users.User:
    return users.add(session, email=f"{name.lower()}@hill.example", name=name, roles=[Role.FLO], school_id=line.school.id, by=SYSTEM, at=AT)


def test_what_waits_on_somebody_away_is_on_their_covers_list_and_comes_back_with_them(session: Session, line: SimpleNamespace) -> None:
    ola, referral = colleague(session, line), sent(session, line)
    covering = users.actor_of(ola)
    assert not cover.whose(session, by=covering, at=AT).is_mine(referral)
    with pytest.raises(InvalidRecord, match="Choose who covers"):
        cover.say_away(session, from_on=date(2026, 9, 8), until_on=date(2026, 9, 10), cover_id=None, by=line.flo, at=AT)
    cover.say_away(session, from_on=date(2026, 9, 8), until_on=date(2026, 9, 10), cover_id=ola.id, by=line.flo, at=AT)
    seen = {n: cover.whose(session, by=covering, at=AT + n * DAY).is_mine(referral) for n in range(5)}
    assert seen == {0: False, 1: True, 2: True, 3: True, 4: False}
    with pytest.raises(InvalidRecord, match="is away then too"):
        cover.say_away(session, from_on=date(2026, 9, 9), until_on=date(2026, 9, 9), cover_id=line.flo.user_id, by=covering, at=AT)
    cover.come_back(session, by=line.flo, at=AT + DAY)
    assert not cover.whose(session, by=covering, at=AT + 2 * DAY).is_mine(referral)


def test_what_somebody_who_left_had_is_everybodys_until_somebody_takes_it(session: Session, line: SimpleNamespace) -> None:
    ola, referral = colleague(session, line), sent(session, line)
    staying = users.actor_of(ola)
    assert cover.left_behind(session, by=staying) == []
    users.disable(session, users.get(session, line.flo.user_id), by=SYSTEM, at=AT)
    assert cover.left_behind(session, by=staying) == [referral]
    assert cover.whose(session, by=staying, at=AT).is_mine(referral)
    head = users.add(session, email="head@hill.example", name="Ada", roles=[Role.HEAD], school_id=line.school.id, by=SYSTEM, at=AT)
    with pytest.raises(InvalidRecord):
        cover.hand_over(session, [referral], head.id, by=staying, at=AT)
    assert cover.hand_over(session, [referral], ola.id, by=staying, at=AT) == 1
    assert cover.left_behind(session, by=staying) == []


def test_a_lone_officer_may_be_away_without_cover_and_school_says_who_answers_in_the_holidays(session: Session, line: SimpleNamespace) -> None:
    cover.say_away(session, from_on=date(2026, 9, 8), until_on=date(2026, 9, 10), cover_id=None, by=line.flo, at=AT)
    assert cover.whose(session, by=line.flo, at=AT + DAY).alone
    before_half_term = datetime.fromisoformat("2026-10-21T09:00:00+00:00")
    assert cover.closes_for(session, line.school.id, at=before_half_term, within_days=5) == (date(2026, 10, 24), date(2026, 11, 1))
    assert cover.closes_for(session, line.school.id, at=AT, within_days=5) is None


def test_a_leap_day_is_a_day_like_any_other(session: Session, line: SimpleNamespace) -> None:
    at = datetime.fromisoformat("2028-02-25T09:00:00+00:00")  # a Friday; the Tuesday after is 29 February
    line.school.terms.clear()
    freshness.confirm(session, line.offer, how=ConfirmedHow.PHONE, name="Ann", by=line.flo, at=at)
    referral = sent(session, line, at=at)
    assert referral.due_on == date(2028, 3, 3)
    assert [tick(session, at + n * DAY) for n in (3, 4)] == [0, 1]
