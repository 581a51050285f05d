"""Releases: frozen, seldom, the same to the byte; and what careless counting would get wrong."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from partners.families import agreements, families, needs, schools
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Actor, Role, partner_by_reply_link
from partners.foundation.errors import InvalidRecord, NotAllowed, NotFound
from partners.impact import asks, counting, releases, report, rounds, snapshot
from partners.impact.periods import Period
from partners.referrals import check_ins, outcomes, referrals
from partners.referrals.moves import Kind
from partners.referrals.outcomes import Result
from partners.registry import freshness, offers, organisations
from partners.registry.offers import AvailabilityState, ConfirmedHow

BEGAN = datetime(2026, 9, 3, 9, 0, tzinfo=UTC)  # a Thursday, the second day of term
TERM = Period("This school year", date(2026, 9, 1), date(2026, 10, 23))
TERMS = [(date(2026, 9, 2), date(2026, 10, 23)), (date(2026, 11, 2), date(2026, 12, 18)), (date(2027, 1, 4), date(2027, 2, 12))]
AFTER = datetime(2026, 10, 27, 9, 0, tzinfo=UTC)


@pytest.fixture
def town(session: Session) -> SimpleNamespace:
    """A school with an FLO and a head, and a pantry with an offer."""
    school = schools.add(session, name="Hill Primary", phone="0113 496 0000", dsl_name="Ms Lead", dsl_phone="0113 496 0001", terms=TERMS, by=SYSTEM, at=BEGAN)
    flo = users.actor_of(users.add(session, email="flo@hill.example", name="Jas", roles=[Role.FLO], school_id=school.id, by=SYSTEM, at=BEGAN))
    head = users.actor_of(users.add(session, email="head@hill.example", name="Ada", roles=[Role.HEAD], school_id=school.id, by=SYSTEM, at=BEGAN))
    pantry = organisations.add(session, name="Pantry", by=SYSTEM, at=BEGAN)
    offer = offers.add(session, pantry, name="Weekly shop", needs=["food_weekly"], by=SYSTEM, at=BEGAN)
    freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Ann", by=flo, at=BEGAN)
    return SimpleNamespace(school=school, flo=flo, head=head, pantry=pantry, offer=offer)


def a_family(session: Session, town: SimpleNamespace, at: datetime = BEGAN, **more: Any) -> families.Family:
    return families.add(session, initials="AK", by=town.flo, at=at, **more)


def a_need(session: Session, town: SimpleNamespace, family: families.Family, at: datetime = BEGAN, code: str = "food_weekly") -> needs.Need:
    return needs.record(session, family, codes=[code], paths={code: "open"}, harm=needs.Harm.NO, by=town.flo, at=at)[0]


def partner(town: SimpleNamespace, referral: referrals.Referral) -> Actor:
    return partner_by_reply_link(town.pantry.id, referral.id, "Pantry")


def sent(session: Session, town: SimpleNamespace, need: needs.Need, at: datetime = BEGAN) -> referrals.Referral:
    referral = referrals.choose(session, need, town.offer, Kind.INTRODUCE, press=str(uuid.uuid4()), by=town.flo, at=at)
    agreed = agreements.record(
        session, need.family, need_id=need.id, organisation_id=town.pantry.id, fields=["first_name"], said=agreements.Said.SPOKEN, said_by="parent", by=town.flo, at=at,
    )
    referrals.move(session, referral, "prepare", agreement_id=agreed.id, by=town.flo, at=at)
    return referrals.move(session, referral, "send", by=town.flo, at=at)


def helped(session: Session, town: SimpleNamespace, need: needs.Need, at: datetime = BEGAN) -> referrals.Referral:
    referral = sent(session, town, need, at)
    for action, days in (("accept", 1), ("contact", 2), ("start", 3)):
        referrals.move(session, referral, action, by=partner(town, referral), at=at + timedelta(days=days))
    outcomes.record(session, referral, Result.MET, said_by="family", by=town.flo, at=at + timedelta(days=20))
    return referrals.move(session, referral, "close", by=town.flo, at=at + timedelta(days=20))


def count(session: Session, town: SimpleNamespace, key: str, period: Period = TERM) -> int:
    snap = snapshot.take(session, town.school)
    rows = [*counting.steps(snap, period), *counting.families(snap, period), *counting.introductions(snap, period), *counting.work(snap, period)]
    return len(next(row for row in rows if row.key == key).families)


def many(session: Session, town: SimpleNamespace, number: int, at: datetime = BEGAN) -> None:
    for _ in range(number):
        a_need(session, town, a_family(session, town, at), at)


def test_a_release_is_made_once_a_half_term_and_only_when_ten_families_changed(session: Session, town: SimpleNamespace) -> None:
    many(session, town, 9)
    few = rounds.release_for(session, town.school, at=AFTER)
    assert (few.release, few.is_new) == (None, False)
    many(session, town, 1)
    first = rounds.release_for(session, town.school, at=AFTER)
    assert first.is_new
    assert first.release is not None
    many(session, town, 30, AFTER)
    again = rounds.release_for(session, town.school, at=AFTER + timedelta(days=5))
    assert (again.release, again.is_new) == (first.release, False)
    later = rounds.release_for(session, town.school, at=datetime(2026, 12, 21, 9, tzinfo=UTC))
    assert later.is_new


def test_a_release_stays_as_it_was_to_the_byte(session: Session, town: SimpleNamespace) -> None:
    many(session, town, 25)
    made = rounds.release_for(session, town.school, at=AFTER).release
    assert made is not None
    document = made.document
    many(session, town, 25, BEGAN + timedelta(days=1))
    session.flush()
    session.expire(made)
    assert releases.latest(session, by=town.head).document == document
    releases.verify(made)
    made.document = document.replace("25", "30", 1)
    with pytest.raises(InvalidRecord, match="changed"):
        releases.verify(made)


def test_its_form_is_the_one_that_was_agreed(session: Session, town: SimpleNamespace) -> None:
    many(session, town, 25)
    made = rounds.release_for(session, town.school, at=AFTER).release
    told = json.loads(made.document)
    assert set(told) == {"release", "tables"}
    assert told["release"] == str(made.id)
    for table in told["tables"]:
        assert set(table) == {"name", "rows", "columns", "cells"}
        assert len(table["cells"]) == len(table["rows"])
        assert all(len(row) == len(table["columns"]) for row in table["cells"])
        assert all(cell in ("*", "–") or isinstance(cell, int) for row in table["cells"] for cell in row)
    assert made.cell("families", "Told us a need", "This school year") == 25


def test_reach_stands_beside_the_roll_as_it_was_frozen(session: Session, town: SimpleNamespace) -> None:
    for n in range(25):
        need = a_need(session, town, a_family(session, town))
        if n < 22:
            referrals.choose(session, need, town.offer, Kind.INTRODUCE, press=str(n), by=town.flo, at=BEGAN)
    town.school.roll = 418
    made = rounds.release_for(session, town.school, at=AFTER).release
    town.school.roll = 500
    assert "So far this school year, about 20 families have been offered help, at a school with 418 children on its roll when these figures were frozen." in report.of(made, school="Hill").lead
    made.parameters = made.parameters | {"roll": None}
    assert not [said for said in report.of(made, school="Hill").lead if "roll" in said]


def test_few_who_were_offered_help_are_not_told_beside_the_roll(session: Session, town: SimpleNamespace) -> None:
    for n in range(25):
        need = a_need(session, town, a_family(session, town))
        if n < 7:
            referrals.choose(session, need, town.offer, Kind.INTRODUCE, press=str(n), by=town.flo, at=BEGAN)
    town.school.roll = 418
    made = rounds.release_for(session, town.school, at=AFTER).release
    assert not [said for said in report.of(made, school="Hill").lead if "roll" in said]


def test_another_schools_head_and_an_flo_get_nothing(session: Session, town: SimpleNamespace) -> None:
    many(session, town, 25)
    made = rounds.release_for(session, town.school, at=AFTER).release
    other = schools.add(session, name="Dale", phone="1", dsl_name="L", dsl_phone="2", by=SYSTEM, at=BEGAN)
    theirs = users.actor_of(users.add(session, email="head@dale.example", name="Bo", roles=[Role.HEAD], school_id=other.id, by=SYSTEM, at=BEGAN))
    assert releases.latest(session, by=theirs) is None
    with pytest.raises(NotFound):
        releases.get(session, made.id, by=theirs)
    with pytest.raises(NotAllowed):
        releases.latest(session, by=town.flo)
    with pytest.raises(NotAllowed):
        releases.make(session, town.school, groups={}, by=town.head, at=AFTER)


def test_siblings_and_a_second_need_are_one_family(session: Session, town: SimpleNamespace) -> None:
    family = a_family(session, town, children=[{"year_group": "Y1"}, {"year_group": "Y4"}])
    helped(session, town, a_need(session, town, family))
    helped(session, town, a_need(session, town, family, code="uniform"))
    assert (count(session, town, "asked"), count(session, town, "says_helped")) == (1, 1)


def test_a_pause_and_a_holiday_are_not_waited_through(session: Session, town: SimpleNamespace) -> None:
    at = datetime(2026, 10, 22, 9, 0, tzinfo=UTC)  # a Thursday; half-term begins after the Friday
    referral = sent(session, town, a_need(session, town, a_family(session, town, at), at), at)
    freshness.set_availability(session, town.offer, AvailabilityState.PAUSED, by=town.flo, at=at + timedelta(days=11), paused_until=date(2026, 11, 30))
    freshness.set_availability(session, town.offer, AvailabilityState.OPEN, by=town.flo, at=at + timedelta(days=18))
    referrals.move(session, referral, "accept", by=partner(town, referral), at=at + timedelta(days=19))
    [row] = snapshot.take(session, town.school).referrals
    # 23 October; then school is shut until 1 November, and the partner paused from the 2nd to the 9th; the answer came on the 10th.
    assert row.reply_days == 2


def test_a_referral_opened_again_is_counted_once(session: Session, town: SimpleNamespace) -> None:
    referral = helped(session, town, a_need(session, town, a_family(session, town)))
    again = BEGAN + timedelta(days=25)
    agreed = agreements.record(
        session, referral.family, need_id=referral.need_id, organisation_id=town.pantry.id, fields=["first_name"], said=agreements.Said.SPOKEN, said_by="parent", by=town.flo, at=again,
    )
    referrals.move(session, referral, "reopen", agreement_id=agreed.id, note="It began again.", by=town.flo, at=again)
    assert [count(session, town, key) for key in ("asked", "offered", "sent", "says_helped")] == [1, 1, 1, 1]


def test_an_agreement_taken_back_before_sending_is_no_agreement(session: Session, town: SimpleNamespace) -> None:
    need = a_need(session, town, a_family(session, town))
    referral = referrals.choose(session, need, town.offer, Kind.INTRODUCE, press="p", by=town.flo, at=BEGAN)
    agreed = agreements.record(
        session, need.family, need_id=need.id, organisation_id=town.pantry.id, fields=["first_name"], said=agreements.Said.SPOKEN, said_by="parent", by=town.flo, at=BEGAN,
    )
    referrals.move(session, referral, "prepare", agreement_id=agreed.id, by=town.flo, at=BEGAN)
    assert count(session, town, "agreed") == 1
    agreements.withdraw(session, agreed, by=town.flo, at=BEGAN + timedelta(hours=1))
    assert (count(session, town, "agreed"), count(session, town, "offered")) == (0, 1)


def test_what_happened_after_the_period_is_not_in_it(session: Session, town: SimpleNamespace) -> None:
    late = datetime(2026, 10, 20, 9, tzinfo=UTC)
    helped(session, town, a_need(session, town, a_family(session, town, late), late), late)
    assert [count(session, town, key) for key in ("asked", "sent", "answered", "finished", "says_helped")] == [1, 1, 1, 0, 0]


def test_what_a_family_says_after_the_period_does_not_take_what_it_said_out_of_it(session: Session, town: SimpleNamespace) -> None:
    referral = helped(session, town, a_need(session, town, a_family(session, town)))
    assert [count(session, town, key) for key in ("finished", "says_helped")] == [1, 1]
    later = datetime(2027, 1, 12, 9, tzinfo=UTC)
    outcomes.record(session, referral, Result.NOT_MET, said_by="family", by=town.flo, at=later)
    assert [count(session, town, key) for key in ("finished", "says_helped")] == [1, 1]
    assert [count(session, town, key, Period("The year", TERM.starts_on, later.date())) for key in ("finished", "says_helped")] == [1, 0]


def test_an_answer_that_came_after_the_period_does_not_change_where_families_left_in_it() -> None:
    need, family, at = uuid.uuid4(), uuid.uuid4(), BEGAN + timedelta(days=20)
    snap = snapshot.Snapshot(needs={need: snapshot.NeedRow(family, "food_weekly", BEGAN, None, None, None, None)})
    row = snapshot.ReferralRow(need, family, uuid.uuid4(), BEGAN, "introduce", BEGAN, None, BEGAN, at, at, None, None, at, "closed", None, 5)
    snap.referrals = [row]
    assert [r.label for r in counting.left(snap, TERM)] == ["Something else", "All"]
    row.words = [snapshot.Word(TERM.high + timedelta(days=1), "not_met", "family")]
    assert [r.label for r in counting.left(snap, TERM)] == ["Something else", "All"]
    row.words = [snapshot.Word(at, "not_met", "family"), *row.words]
    assert [r.label for r in counting.left(snap, TERM)] == ["All"]


def test_a_family_with_the_lead_is_in_no_count(session: Session, town: SimpleNamespace) -> None:
    family = a_family(session, town)
    helped(session, town, a_need(session, town, family))
    families.stop(session, family, by=town.flo, at=BEGAN + timedelta(days=30))
    assert [count(session, town, key) for key in ("asked", "offered", "says_helped")] == [0, 0, 0]


def test_a_familys_own_rather_not_is_not_unmet(session: Session, town: SimpleNamespace) -> None:
    for reason in ("preferred_not", "time"):
        needs.nothing_suitable(session, a_need(session, town, a_family(session, town)), reason=reason, by=town.flo, at=BEGAN + timedelta(days=1))
    assert (count(session, town, "unmet"), count(session, town, "rather_not")) == (1, 1)


def test_a_familys_voice_is_counted_once_and_silence_is_no_answer(session: Session, town: SimpleNamespace) -> None:
    for n in range(3):
        referral = helped(session, town, a_need(session, town, a_family(session, town)))
        answers = {} if n == 0 else {"easy": "yes", "again": "no", "contacted": "yes"}
        for days in (14, 42):
            check_ins.record(session, referral, days, answers, by=town.flo, at=BEGAN + timedelta(days=days + 2))
    rows = {row.key: len(row.families) for row in counting.voice(snapshot.take(session, town.school), TERM)}
    assert rows == {"voice": 2, "voice_easy": 2, "voice_rang": 2, "voice_again": 0}


def test_asks_are_drafted_from_shown_figures_and_changed_by_the_head_alone(session: Session, town: SimpleNamespace) -> None:
    many(session, town, 20)
    for n in range(27):
        code, reason = ("food_weekly", "time") if n % 3 else ("esol", "language")
        needs.nothing_suitable(session, a_need(session, town, a_family(session, town), code=code), reason=reason, by=town.flo, at=BEGAN + timedelta(days=1))
    made = rounds.release_for(session, town.school, at=AFTER).release
    rows = asks.of_release(session, made, by=town.head)
    assert 1 <= len(rows) <= 3
    shown = {cell for table in made.tables.values() for row in table["cells"] for cell in row if isinstance(cell, int)}
    for row in rows:
        numbers = {int(word) for word in row.words.replace("5pm", "").split() if word.isdigit()}
        assert numbers <= shown
    asks.change(session, rows[0], words="Could we open the hall on Thursdays?", by=town.head, at=AFTER)
    assert "Thursdays" in report.of(made, school="Hill", asks=[r.words for r in rows]).asks[0]
    with pytest.raises(InvalidRecord):
        asks.change(session, rows[0], words=" ", by=town.head, at=AFTER)
    with pytest.raises(NotAllowed):
        asks.change(session, rows[0], words="Mine", by=town.flo, at=AFTER)
