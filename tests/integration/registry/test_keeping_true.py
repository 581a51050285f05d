"""Keeping offers true: one asking a month, in working hours, and a call where nobody can be mailed or nobody answers."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partners.families import families, needs, schools
from partners.families.needs import Harm
from partners.foundation.actors import SYSTEM, Actor, Role, partner_by_offer_link
from partners.foundation.errors import InvalidRecord, NotFound
from partners.foundation.outbox import Message
from partners.matching import suggestions, words
from partners.matching.requests import offer_record
from partners.referrals import digests, notices, replies
from partners.registry import checks, contacts, do_not_list, freshness, offers, organisations, paragraphs, tasks, terms
from partners.registry.checks import OfferCheck
from partners.registry.offers import AvailabilityState, ConfirmedHow, Offer
from partners.registry.organisations import Organisation
from partners.registry.places import Place
from partners.registry.tasks import RegistryTask, TaskKind

BASE = "http://kith.example"
NIGHT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture
def flo(session: Session, at: datetime) -> Actor:
    school = schools.add(session, name="Elm Primary", phone="0113 496 0000", dsl_name="Ann Lee", dsl_phone="0113 496 0001", by=SYSTEM, at=at)
    return Actor(kind="user", name="Jo", roles=frozenset({Role.FLO}), school_id=school.id)


def _organisation(session: Session, at: datetime, name: str = "Pantry", email: str | None = "joan@pantry.example", **more: object) -> Organisation:
    organisation = organisations.add(session, name=name, phone="0113 496 0100", by=SYSTEM, at=at)
    organisations.add_contact(session, organisation, name="Joan Smith", email=email, phone=None if email else "0113 496 0101", by=SYSTEM, at=at, **more)  # type: ignore[arg-type]
    return organisation


def _offer(session: Session, organisation: Organisation, at: datetime, *, days_ago: int = 40, name: str = "Food bags", **facts: object) -> Offer:
    said = at.date() - timedelta(days=days_ago)
    return offers.add(
        session, organisation, name=name, needs=["food_now"], description="A bag of food", by=SYSTEM, at=at, confirmed_on=said, availability_on=said,
        confirmed_by="Joan", confirmed_how=ConfirmedHow.PHONE, **facts,
    )


def _link(message: Message) -> str:
    return message.body.split("/o/")[1].split()[0]


def test_one_mail_a_partner_about_all_its_offers_and_none_the_second_time(session: Session, at: datetime, flo: Actor) -> None:
    pantry = _organisation(session, at)
    for name in ("Food bags", "Holiday lunches"):
        _offer(session, pantry, at, name=name)
    _offer(session, pantry, at, name="Said last week", days_ago=7)
    done = digests.send_due(session, base_url=BASE, at=at)
    assert (done.mailed, done.to_ring) == (1, 0)
    mail = session.scalars(select(Message)).one()
    assert mail.to_address == "joan@pantry.example"
    assert "Food bags" in mail.body
    assert "Holiday lunches" in mail.body
    assert "Said last week" not in mail.body
    assert "Elm Primary on 0113 496 0000" in mail.body
    assert digests.send_due(session, base_url=BASE, at=at + timedelta(hours=2)).mailed == 0
    assert digests.send_due(session, base_url=BASE, at=datetime(2026, 12, 7, 10, tzinfo=UTC)).mailed == 0, "two weeks later is too soon, though the month is new"
    assert digests.send_due(session, base_url=BASE, at=datetime(2026, 12, 22, 10, tzinfo=UTC)).mailed == 1


def test_one_mail_in_a_month_though_28_days_have_passed(session: Session, at: datetime) -> None:
    _offer(session, _organisation(session, at), at)
    first, last = datetime(2026, 12, 1, 10, tzinfo=UTC), datetime(2026, 12, 30, 10, tzinfo=UTC)
    assert digests.send_due(session, base_url=BASE, at=first).mailed == 1
    assert digests.send_due(session, base_url=BASE, at=last).mailed == 0
    assert digests.send_due(session, base_url=BASE, at=datetime(2027, 1, 4, 10, tzinfo=UTC)).mailed == 1


def test_two_rounds_of_the_clock_at_once_ask_once(session_factory: sessionmaker[Session], at: datetime) -> None:
    with session_factory.begin() as session:
        for n in range(5):
            _offer(session, _organisation(session, at, name=f"Partner {n}", email=f"p{n}@pantry.example"), at)
    together, mailed, faults = threading.Barrier(3), [], []

    def tick() -> None:
        with session_factory() as own:
            together.wait()
            try:
                mailed.append(digests.send_due(own, base_url=BASE, at=at).mailed)
                own.commit()
            except Exception as fault:  # noqa: BLE001 (any of them is a fault)
                faults.append(fault)

    threads = [threading.Thread(target=tick) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sum(mailed) == 5
    with session_factory() as session:
        assert sorted(m.to_address for m in session.scalars(select(Message))) == [f"p{n}@pantry.example" for n in range(5)]


def test_a_mail_that_waits_does_not_leave_for_who_is_archived_meanwhile(session: Session, at: datetime) -> None:
    pantry = _organisation(session, at)
    _offer(session, pantry, at)
    digests.send_due(session, base_url=BASE, at=at)
    mail = session.scalars(select(Message)).one()
    assert notices.may_leave(session, mail, at)
    organisations.archive_unlisted(session, do_not_list.add(session, name="Pantry", asked_by="their chair", by=SYSTEM, at=at), by=SYSTEM, at=at)
    assert not notices.may_leave(session, mail, at)


@pytest.mark.parametrize("when", [NIGHT, datetime(2026, 11, 28, 11, tzinfo=UTC), datetime(2026, 12, 25, 11, tzinfo=UTC), datetime(2026, 11, 24, 18, tzinfo=UTC)])
def test_nothing_leaves_at_night_at_weekends_or_on_bank_holidays(session: Session, at: datetime, when: datetime) -> None:
    _offer(session, _organisation(session, at), at)
    assert digests.send_due(session, base_url=BASE, at=when).mailed == 0
    assert session.scalars(select(OfferCheck)).all() == []


def test_what_nobody_confirmed_is_never_asked_about_and_a_pause_is_asked_about_when_it_ends(session: Session, at: datetime) -> None:
    pantry = _organisation(session, at)
    offers.add(session, pantry, name="Imported", needs=["food_now"], by=SYSTEM, at=at)
    paused = _offer(session, pantry, at, availability=AvailabilityState.PAUSED, paused_until=at.date() + timedelta(days=1))
    assert digests.send_due(session, base_url=BASE, at=at).mailed == 0
    assert digests.send_due(session, base_url=BASE, at=at + timedelta(days=1)).mailed == 1
    assert "paused until 25 November 2026" in paragraphs.paragraph(paused)


def test_a_withheld_place_is_in_no_mail(session: Session, at: datetime) -> None:
    refuge = _organisation(session, at, name="Refuge")
    place = Place(organisation_id=refuge.id, name="Rosehouse", address="1 Rosestreet", postcode="LS9 7AB", withheld=True)
    session.add(place)
    offer = _offer(session, refuge, at, place=place)
    digests.send_due(session, base_url=BASE, at=at)
    body = session.scalars(select(Message)).one().body
    assert not [word for word in ("Rose", "LS9") if word in body]
    place.withheld = False
    assert "At Rosehouse, 1 Rosestreet, LS9 7AB." in paragraphs.paragraph(offer)


def test_yes_by_the_link_names_whom_it_was_sent_to_and_stands_apart_from_the_edit(session: Session, at: datetime) -> None:
    offer = _offer(session, _organisation(session, at), at)
    digests.send_due(session, base_url=BASE, at=at)
    token = _link(session.scalars(select(Message)).one())
    found, who = replies.open_offer_link(session, token, at=at)
    assert (found, replies.sent_to(session, token)) == (offer, "Joan")
    edited, later = offer.updated_at, at + timedelta(days=1)
    freshness.confirm(session, offer, how=ConfirmedHow.LINK, name="Joan", by=who, at=later)
    assert (offer.confirmed_on, offer.confirmed_by, offer.confirmed_how, offer.updated_at) == (later.date(), "Joan", ConfirmedHow.LINK, edited)
    assert session.scalars(select(OfferCheck)).one().answered_at == later


def test_who_cannot_be_mailed_stands_on_the_list_to_ring_and_leaves_it_when_somebody_rang(session: Session, at: datetime, flo: Actor) -> None:
    offer = _offer(session, _organisation(session, at, email=None), at)
    assert digests.to_ring(session, by=flo, at=at) == []
    assert digests.send_due(session, base_url=BASE, at=at).to_ring == 1
    (row,) = digests.to_ring(session, by=flo, at=at)
    assert (row.organisation.name, row.offers, row.asked_at) == ("Pantry", [offer], at)
    freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Joan", by=flo, at=at)
    assert digests.to_ring(session, by=flo, at=at) == []


def test_two_missed_checks_ask_for_a_call_once(session: Session, at: datetime, flo: Actor) -> None:
    offer = _offer(session, _organisation(session, at), at)
    first, second = datetime(2026, 11, 24, 10, tzinfo=UTC), datetime(2026, 12, 22, 10, tzinfo=UTC)
    for when in (first, second):
        assert digests.send_due(session, base_url=BASE, at=when).missed == 0
    assert digests.send_due(session, base_url=BASE, at=second + timedelta(days=13)).missed == 0
    assert digests.send_due(session, base_url=BASE, at=second + timedelta(days=14)).missed == 1
    (row,) = digests.to_ring(session, by=flo, at=second + timedelta(days=14))
    assert row.reasons == (TaskKind.MISSED,)
    tasks.finish(session, tasks.waiting(session, by=flo)[0], by=flo, at=second + timedelta(days=15))
    assert digests.send_due(session, base_url=BASE, at=datetime(2027, 1, 6, 20, tzinfo=UTC)).missed == 0, "a task that somebody finished came back by itself"
    freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Joan", by=flo, at=second + timedelta(days=16))
    assert not checks.missed(session, offer.organisation_id, at=second + timedelta(days=60))


def test_mail_that_came_back_goes_to_the_next_person_and_asks_for_a_call(session: Session, at: datetime, flo: Actor) -> None:
    pantry = _organisation(session, at)
    organisations.add_contact(session, pantry, name="Raj", email="raj@pantry.example", phone=None, by=SYSTEM, at=at)
    _offer(session, pantry, at)
    digests.send_due(session, base_url=BASE, at=at)
    mail = session.scalars(select(Message)).one()
    mail.dead_at, mail.last_error = at + timedelta(days=3), "SMTPRecipientsRefused 550"
    assert digests.send_due(session, base_url=BASE, at=at + timedelta(days=3)).came_back == 1
    assert [c.bounced_at is not None for c in pantry.contacts] == [True, False]
    assert digests.to_ring(session, by=flo, at=at)[0].reasons == (TaskKind.BOUNCED,)
    assert contacts.reachable(session, pantry) is pantry.contacts[1]
    changed = contacts.change(session, pantry.contacts[0], name="Joan", email="new@pantry.example", phone=None, answers_in_holidays=False, by=flo, at=at)
    assert changed.bounced_at is None


def test_a_full_mailbox_is_no_wrong_address(session: Session, at: datetime) -> None:
    pantry = _organisation(session, at)
    _offer(session, pantry, at)
    digests.send_due(session, base_url=BASE, at=at)
    mail = session.scalars(select(Message)).one()
    mail.dead_at, mail.last_error = at + timedelta(days=3), "SMTPRecipientsRefused 452"
    assert digests.send_due(session, base_url=BASE, at=at + timedelta(days=3)).came_back == 0


def test_in_the_holidays_the_one_who_answers_then_is_asked(session: Session, at: datetime) -> None:
    schools.add(session, name="Elm", phone="1", dsl_name="A", dsl_phone="1", terms=[(date(2026, 9, 1), date(2026, 12, 18))], by=SYSTEM, at=at)
    pantry = _organisation(session, at)
    organisations.add_contact(session, pantry, name="Raj", email="raj@pantry.example", phone=None, answers_in_holidays=True, by=SYSTEM, at=at)
    _offer(session, pantry, at)
    digests.send_due(session, base_url=BASE, at=datetime(2026, 12, 22, 10, tzinfo=UTC))
    assert session.scalars(select(Message)).one().to_address == "raj@pantry.example"


def test_this_is_wrong_makes_a_task_until_somebody_confirms(session: Session, at: datetime, flo: Actor) -> None:
    offer = _offer(session, _organisation(session, at), at)
    for _ in range(2):
        freshness.flag_wrong(session, offer, by=flo, at=at)
    (task,) = tasks.waiting(session, by=flo)
    assert (task.kind, task.offer) == (TaskKind.WRONG, offer)
    freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Joan", by=flo, at=at)
    assert tasks.waiting(session, by=flo) == []
    freshness.flag_wrong(session, offer, by=flo, at=at)
    assert len(tasks.waiting(session, by=flo)) == 1
    assert len(session.scalars(select(RegistryTask)).unique().all()) == 1


def test_places_left_reset_the_clock_of_availability_only(session: Session, at: datetime) -> None:
    offer = _offer(session, _organisation(session, at), at)
    who, confirmed = partner_by_offer_link(offer.organisation_id, "Pantry"), offer.confirmed_on
    freshness.set_places(session, offer, 0, by=who, at=at)
    assert (offer.availability, offer.places_left) == (AvailabilityState.FULL, 0)
    freshness.set_places(session, offer, 4, by=who, at=at)
    assert (offer.availability, offer.places_left, offer.availability_on, offer.confirmed_on) == (AvailabilityState.OPEN, 4, at.date(), confirmed)


@pytest.mark.parametrize(("said_days", "says"), [(40, "this may have changed"), (36, "this may have changed"), (35, "It is open."), (0, "It is open.")])
def test_the_clock_of_availability_is_the_matchers_too(session: Session, at: datetime, flo: Actor, said_days: int, says: str) -> None:
    offer = _offer(session, _organisation(session, at), at)
    offer.availability_on = at.date() - timedelta(days=said_days)
    session.flush()
    family = families.add(session, initials="AK", by=flo, at=at)
    needs.record(session, family, codes=["food_now"], paths=words.paths(), harm=Harm.NO, by=flo, at=at)
    (suggestion,) = suggestions.find(session, family, by=flo, at=at).answer["needs"][0]["suggestions"]
    (state,) = [r["says"] for r in suggestion["reasons"] if r["criterion"] == "availability"]
    assert says in state
    assert any("40 days ago" in r["says"] for r in suggestion["reasons"] if r["criterion"] == "freshness")


@pytest.mark.parametrize(
    ("days", "state", "says", "recent"),
    [
        (0, "confirmed", "Confirmed today.", True), (35, "confirmed", "Confirmed 35 days ago.", True), (36, "confirmed", "Confirmed 36 days ago.", False),
        (90, "confirmed", "Confirmed 90 days ago.", False), (91, "check_first", "Last confirmed 91 days ago: check first.", False),
        (180, "check_first", "Last confirmed 180 days ago: check first.", False),
        (181, "left_out", "Not confirmed since 27 May 2026, so it is not suggested. It can still be found.", False),
    ],
)
def test_the_two_clocks_are_said_in_words(session: Session, at: datetime, days: int, state: str, says: str, recent: bool) -> None:
    clocks = freshness.clocks(_offer(session, _organisation(session, at), at, days_ago=days), on=at.date())
    assert (clocks.offer_state, clocks.offer, clocks.availability_is_recent) == (state, says, recent)


def test_an_offer_has_two_contacts_of_its_own_organisation(session: Session, at: datetime, flo: Actor) -> None:
    pantry, other = _organisation(session, at), _organisation(session, at, name="Other")
    second = organisations.add_contact(session, pantry, name="Raj", email=None, phone="1", answers_in_holidays=True, by=SYSTEM, at=at)
    offer = _offer(session, pantry, at)
    assert contacts.choose(session, offer, [second.id, pantry.contacts[0].id], by=flo, at=at) == [second, pantry.contacts[0]]
    assert contacts.of_offer(session, offer) == [second, pantry.contacts[0]]
    contacts.choose(session, offer, [pantry.contacts[0].id, second.id], by=flo, at=at)
    assert contacts.answering(session, offer, term=True)[0].name == "Joan Smith"
    assert contacts.answering(session, offer, term=False)[0] is second
    with pytest.raises(InvalidRecord, match="this organisation"):
        contacts.choose(session, offer, [other.contacts[0].id], by=flo, at=at)
    with pytest.raises(InvalidRecord, match="one or two"):
        contacts.choose(session, offer, [], by=flo, at=at)
    contacts.leave(session, second, by=flo, at=at)
    assert [c.name for c in contacts.of_offer(session, offer)] == ["Joan Smith"]
    with pytest.raises(NotFound):
        contacts.get(session, second.id, by=flo)


def test_a_feature_that_the_matcher_does_not_know_stops_no_suggestion(session: Session, at: datetime, flo: Actor) -> None:
    offer = _offer(session, _organisation(session, at), at)
    terms.verify(session, offer, {"collects": "yes", "accessible_toilet": "yes", "step_free": "no"}, name="Jo, on a visit", by=flo, at=at)
    offer.features = {**offer.features, "loop": "yes"}  # as it was recorded once
    session.flush()
    assert offer_record(offer)["features"] == {"accessible_toilet": "yes", "step_free": "no", "hearing_loop": "yes"}
    family = families.add(session, initials="AK", by=flo, at=at)
    needs.record(session, family, codes=["food_now"], paths=words.paths(), harm=Harm.NO, by=flo, at=at)
    assert suggestions.find(session, family, by=flo, at=at).answer["needs"][0]["suggestions"]
