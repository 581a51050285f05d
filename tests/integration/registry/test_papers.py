"""Papers and archives: warnings 60 and 14 days before, nothing suggested from the day after, and nothing deleted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from partners.families import families, needs, schools
from partners.families.needs import Harm
from partners.foundation.actors import SYSTEM, Actor, Role, partner_by_offer_link
from partners.foundation.errors import InvalidRecord, NotFound
from partners.impact import partner_months
from partners.matching import suggestions, words
from partners.referrals import archiving, referrals, replies, thanks
from partners.referrals.moves import Kind
from partners.registry import contacts, edits, freshness, offers, organisations, papers, places_of_offers, tasks
from partners.registry.offers import AvailabilityState, ConfirmedHow, Offer
from partners.registry.organisations import Organisation
from partners.registry.papers import PaperKind
from partners.registry.tasks import TaskKind

REGULATED = next(code for code, path in words.paths().items() if path == "regulated")


@pytest.fixture
def flo(session: Session, at: datetime) -> Actor:
    school = schools.add(session, name="Elm Primary", phone="1", dsl_name="Ann", dsl_phone="2", by=SYSTEM, at=at)
    return Actor(kind="user", name="Jo", roles=frozenset({Role.FLO}), school_id=school.id)


@pytest.fixture
def advice(session: Session, at: datetime) -> Organisation:
    return organisations.add(session, name="Advice", by=SYSTEM, at=at)


def _offer(session: Session, advice: Organisation, flo: Actor, at: datetime, code: str = REGULATED) -> Offer:
    offer = offers.add(session, advice, name="Debt advice", needs=[code], by=SYSTEM, at=at, assured="yes")
    freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Ruth", by=flo, at=at)
    return offer


def _suggested(session: Session, flo: Actor, code: str, at: datetime) -> list[str]:
    family = families.add(session, initials="AK", by=flo, at=at)
    needs.record(session, family, codes=[code], paths=words.paths(), harm=Harm.NO, by=flo, at=at)
    (row,) = suggestions.find(session, family, by=flo, at=at).answer["needs"]
    return [s["offer"] for s in row["suggestions"]]


def test_an_authorisation_that_runs_out_stops_suggestions_at_midnight_in_london(session: Session, flo: Actor, advice: Organisation) -> None:
    """30 June is in summer time: its last minute in London is 22:59 UTC."""
    offer = _offer(session, advice, flo, datetime(2026, 6, 20, 9, tzinfo=UTC))
    papers.authorise(
        session, offer, REGULATED, regulator="FCA", number="123456", valid_until=date(2026, 6, 30), checked_by="Jo", by=flo, at=datetime(2026, 6, 20, 9, tzinfo=UTC)
    )
    assert _suggested(session, flo, REGULATED, datetime(2026, 6, 30, 22, 59, tzinfo=UTC)) == [str(offer.id)]
    assert _suggested(session, flo, REGULATED, datetime(2026, 6, 30, 23, 0, tzinfo=UTC)) == []
    papers.authorise(
        session, offer, REGULATED, regulator="FCA", number="123456", valid_until=date(2027, 6, 30), checked_by="Jo", by=flo, at=datetime(2026, 7, 1, 9, tzinfo=UTC)
    )
    assert _suggested(session, flo, REGULATED, datetime(2026, 7, 1, 9, tzinfo=UTC)) == [str(offer.id)]


def test_warnings_come_60_and_14_days_before_each_once_and_end_when_it_is_renewed(session: Session, at: datetime, flo: Actor, advice: Organisation) -> None:
    until = at.date() + timedelta(days=61)
    papers.record(session, advice, PaperKind.INSURANCE, valid_until=until, checked_by="Jo", by=flo, at=at)
    told = {}
    for day in range(64):
        when = at + timedelta(days=day)
        assert papers.warn(session, at=when) in (0, 1)
        told[day] = [t.kind for t in tasks.waiting(session, by=flo)]
        assert papers.warn(session, at=when) == 0
    assert (told[0], told[1], told[46], told[47]) == ([], [TaskKind.EXPIRES_IN_60], [TaskKind.EXPIRES_IN_60], [TaskKind.EXPIRES_IN_14])
    assert (told[61], told[62]) == ([TaskKind.EXPIRES_IN_14], [TaskKind.EXPIRED])
    tasks.finish(session, tasks.waiting(session, by=flo)[0], by=flo, at=at)
    assert papers.warn(session, at=at + timedelta(days=70)) == 0
    papers.record(session, advice, PaperKind.INSURANCE, valid_until=until + timedelta(days=365), checked_by="Jo", by=flo, at=at + timedelta(days=70))
    assert tasks.waiting(session, by=flo) == []
    assert len(papers.of_organisation(session, advice)) == 1


def test_a_warning_about_an_authorisation_names_its_offer_and_ends_with_the_new_one(session: Session, at: datetime, flo: Actor, advice: Organisation) -> None:
    offer = _offer(session, advice, flo, at)
    papers.authorise(session, offer, REGULATED, regulator="FCA", number="9", valid_until=at.date() + timedelta(days=14), checked_by="Jo", by=flo, at=at)
    assert papers.warn(session, at=at) == 1
    (task,) = tasks.waiting(session, by=flo)
    assert (task.offer, task.kind, task.due_on) == (offer, TaskKind.EXPIRES_IN_14, at.date() + timedelta(days=14))
    papers.authorise(session, offer, REGULATED, regulator="FCA", number="9", valid_until=at.date() + timedelta(days=400), checked_by="Jo", by=flo, at=at)
    assert tasks.waiting(session, by=flo) == []


@pytest.mark.parametrize(
    ("kind", "facts"),
    [(PaperKind.DBS, {"checked_by": ""}), (PaperKind.REGISTRATION, {"valid_until": date(2027, 1, 1)}), (PaperKind.INSURANCE, {}), (PaperKind.POLICY, {"dated_on": date(2030, 1, 1)})],
)
def test_a_paper_that_says_too_little_is_refused(session: Session, at: datetime, flo: Actor, advice: Organisation, kind: PaperKind, facts: dict[str, object]) -> None:
    with pytest.raises(InvalidRecord):
        papers.record(session, advice, kind, **({"checked_by": "Jo"} | facts), by=flo, at=at)  # type: ignore[arg-type]


def test_what_is_archived_leaves_the_lists_and_its_introductions_go_on(session: Session, at: datetime, flo: Actor, advice: Organisation) -> None:
    offer = _offer(session, advice, flo, at, "food_now")
    family = families.add(session, initials="AK", by=flo, at=at)
    (need,) = needs.record(session, family, codes=["food_now"], paths=words.paths(), harm=Harm.NO, by=flo, at=at)
    referral = referrals.choose(session, need, offer, Kind.ASK_FIRST, press="one", by=flo, at=at)
    referrals.move(session, referral, "prepare", by=flo, at=at)
    referrals.move(session, referral, "send", by=flo, at=at)
    token, link = replies.new_reply_link(session, referral, at=at), replies.new_offer_link(session, offer, at=at)
    assert archiving.archive(session, offer, by=flo, at=at) == 1
    assert offer not in offers.listed(session)
    assert replies.open_reply_link(session, token, at=at)[0] is referral
    with pytest.raises(NotFound):
        replies.open_offer_link(session, link, at=at)
    session.commit()
    with pytest.raises(IntegrityError):
        session.execute(Offer.__table__.delete().where(Offer.id == offer.id))
    session.rollback()
    archiving.bring_back(session, offer, by=flo, at=at)
    assert offer in offers.listed(session)
    archiving.archive(session, advice, by=flo, at=at)
    assert offer not in offers.listed(session)


def test_a_partners_month_counts_its_own_and_hides_small_numbers(session: Session, at: datetime, flo: Actor, advice: Organisation) -> None:
    offer = _offer(session, advice, flo, at - timedelta(days=40), "food_now")
    partner = Actor(kind="user", name="Ruth", roles=frozenset({Role.PARTNER}), organisation_id=advice.id)
    october = at - timedelta(days=35)
    for n in range(30):
        family = families.add(session, initials="AK", by=flo, at=october)
        (need,) = needs.record(session, family, codes=["food_now" if n < 12 else "clothes" if "clothes" in words.paths() else "energy_water"], paths=words.paths(), harm=Harm.NO, by=flo, at=october)
        if n == 0:
            referral = referrals.choose(session, need, offer, Kind.ASK_FIRST, press="one", by=flo, at=at)
            referrals.move(session, referral, "prepare", by=flo, at=at)
            referrals.move(session, referral, "send", by=flo, at=at)
        elif n < 13 or n > 26:
            needs.nothing_suitable(session, need, reason="time", by=flo, at=october)
    thanks.say(session, advice, "The lunches were lovely.", by=flo, at=at)
    groups = {"food_now": "Food", **{c: "Other" for c in words.paths() if c != "food_now"}}
    page = partner_months.page(session, advice, groups=groups, by=partner, at=at)
    assert (page.this.introduced, page.this.came, page.last.introduced) == (1, 0, 0)
    assert page.thanks[0][0] == "The lunches were lovely."
    assert page.unmet == (("Food", 10), ("Other", None))
    with pytest.raises(NotFound):
        partner_months.page(session, organisations.add(session, name="Else", by=SYSTEM, at=at), groups=groups, by=partner, at=at)


def test_an_offer_has_several_places_and_the_next_becomes_the_first(session: Session, at: datetime, flo: Actor, advice: Organisation) -> None:
    offer = _offer(session, advice, flo, at, "food_now")
    first = places_of_offers.add(session, offer, name="Hall", address="", postcode="LS9 7AB", withheld=False, by=flo, at=at)
    second = places_of_offers.add(session, offer, name="Library", address="", postcode=None, withheld=True, by=flo, at=at)
    assert (offer.place, places_of_offers.every(session, offer)) == (first, [first, second])
    assert first.latitude == pytest.approx(53.8, abs=0.1)
    places_of_offers.take_out(session, offer, first.id, by=flo, at=at)
    assert places_of_offers.every(session, offer) == [second]
    with pytest.raises(NotFound):
        places_of_offers.take_out(session, offer, first.id, by=flo, at=at)
    with pytest.raises(InvalidRecord):
        places_of_offers.add(session, offer, name=" ", address="", postcode=None, withheld=False, by=flo, at=at)


def test_a_monthly_cap_counts_as_full_until_the_next_month(session: Session, flo: Actor, advice: Organisation) -> None:
    """31 October 23:30 in London is still October; summer time has ended a week before."""
    when = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    offer = _offer(session, advice, flo, when, "food_now")
    edits.change(session, offer, {"monthly_cap": 1}, by=flo, at=when, seen=0)
    assert _suggested(session, flo, "food_now", when) == [str(offer.id)]
    family = families.add(session, initials="BK", by=flo, at=when)
    (need,) = needs.record(session, family, codes=["food_now"], paths=words.paths(), harm=Harm.NO, by=flo, at=when)
    referral = referrals.choose(session, need, offer, Kind.ASK_FIRST, press="one", by=flo, at=when)
    referrals.move(session, referral, "prepare", by=flo, at=when)
    referrals.move(session, referral, "send", by=flo, at=when)
    assert _suggested(session, flo, "food_now", when) == []
    assert _suggested(session, flo, "food_now", when + timedelta(minutes=30)) == [str(offer.id)]


def test_who_asks_not_to_be_listed_is_paused_at_once_and_the_school_is_told(session: Session, at: datetime, flo: Actor, advice: Organisation) -> None:
    offer = _offer(session, advice, flo, at, "food_now")
    freshness.ask_not_to_be_listed(session, advice, by=partner_by_offer_link(advice.id, "Advice"), at=at)
    assert _suggested(session, flo, "food_now", at) == []
    assert (offer.availability, [t.kind for t in tasks.waiting(session, by=flo)]) == (AvailabilityState.PAUSED, [TaskKind.NOT_LISTED])


def test_a_link_ends_when_the_person_it_was_sent_to_no_longer_answers(session: Session, at: datetime, flo: Actor, advice: Organisation) -> None:
    contact = organisations.add_contact(session, advice, name="Ruth", email="ruth@advice.example", phone=None, by=SYSTEM, at=at)
    offer = _offer(session, advice, flo, at, "food_now")
    theirs, other = replies.new_offer_link(session, offer, at=at, contact=contact), replies.new_offer_link(session, offer, at=at)
    replies.revoke_sent_to(session, contact.id, at=at)
    contacts.leave(session, contact, by=flo, at=at)
    session.flush()
    with pytest.raises(NotFound):
        replies.open_offer_link(session, theirs, at=at)
    assert replies.open_offer_link(session, other, at=at)[0] is offer
