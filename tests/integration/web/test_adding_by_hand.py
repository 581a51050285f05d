"""Adding by hand: an organisation met at the gate, what it offers, what only its kind has, and everything about it to change later."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from partners.foundation.actors import SYSTEM
from partners.foundation.users import actor_of
from partners.registry import do_not_list, edits, freshness, offers, organisations, terms
from partners.registry.offers import ConfirmedHow, Offer
from partners.registry.organisations import Organisation
from tests.integration.web.conftest import send, sign_in

NEW_OFFER = {
    "name": "Tuesday circle", "promise": "Mothers meet and talk about school.", "kind": "group", "needs": ["own_community"], "audience": ["adult"], "modes": ["in_person"],
    "area_kind": "postcodes", "area_detail": "LS9, LS8 5", "who_may_refer": ["anyone"], "languages": ["so", "en"],
}


@pytest.fixture
def browser(app, session, flo, clock):
    made = app.test_client()
    sign_in(made, session, flo, clock)
    return made


def test_a_network_met_at_the_gate_is_written_down_with_who_answers_and_what_it_offers(browser, session) -> None:
    added = send(browser, "/liaison/organisations/new", {"name": "Hooyo Circle", "phone": "0113 496 0200", "contact_name": "Amina", "answers_in_holidays": "y"})
    assert added.status_code == 303
    made = session.scalar(select(Organisation).where(Organisation.name == "Hooyo Circle"))
    assert [(c.name, c.phone, c.answers_in_holidays) for c in made.contacts] == [("Amina", "0113 496 0200", True)]
    made_id = made.id
    session.rollback()
    assert "Hooyo Circle" in browser.get("/liaison/organisations?q=hooyo").text
    assert send(browser, f"/liaison/organisations/{made_id}/offers/new", NEW_OFFER).status_code == 303
    offer = session.scalar(select(Offer).where(Offer.name == "Tuesday circle"))
    assert (offer.needs, offer.area, offer.languages, offer.confirmed_on) == (["own_community"], {"kind": "postcodes", "prefixes": ["LS9", "LS8 5"]}, ["so", "en"], None)
    assert terms.of(session, offer).promise == "Mothers meet and talk about school."
    assert [v.how for v in edits.versions(session, offer)] == ["added"]
    assert "Nobody has confirmed it yet" in browser.get(f"/liaison/offers/{offer.id}").text


def test_nothing_is_chosen_beforehand_and_what_is_missing_is_said(browser, session, clock) -> None:
    made = organisations.add(session, name="Hooyo Circle", by=SYSTEM, at=clock())
    session.commit()
    page = browser.get(f"/liaison/organisations/{made.id}/offers/new").text
    assert "checked" not in page
    refused = send(browser, f"/liaison/organisations/{made.id}/offers/new", {"name": "Tuesday circle"})
    assert refused.status_code == 422
    assert 'value="Tuesday circle"' in refused.text
    for words in ("Say in a few words what happens.", "Choose what kind it is.", "Choose one to five needs", "Choose whom it is for.", "Choose which area it covers."):
        assert words in refused.text, words
    assert session.scalar(select(Offer)) is None


def test_the_same_organisation_is_not_added_twice_and_one_that_asked_not_to_appear_is_not_added(browser, session, flo, clock) -> None:
    there = organisations.add(session, name="The Mill Lane Pantry Ltd", by=SYSTEM, at=clock())
    do_not_list.add(session, name="Quiet Garden", asked_by="their chair", by=actor_of(flo), at=clock())
    session.commit()
    there_id = there.id
    session.rollback()
    twice = send(browser, "/liaison/organisations/new", {"name": "Mill Lane Pantry"})
    assert (twice.status_code, f"/liaison/organisations/{there_id}" in twice.text) == (422, True)
    quiet = send(browser, "/liaison/organisations/new", {"name": "Quiet Garden"})
    assert (quiet.status_code, "not to be listed" in quiet.text) == (422, True)
    for bad in ({"name": "A", "website": "javascript:alert(1)"}, {"name": "A", "contact_email": "a@b.example"}, {"name": "A", "contact_name": "Ann"}):
        assert send(browser, "/liaison/organisations/new", bad).status_code == 422, bad


def test_two_who_change_an_organisation_at_once_see_both_versions(browser, session, clock) -> None:
    made = organisations.add(session, name="Pantry", by=SYSTEM, at=clock())
    session.commit()
    path = f"/liaison/organisations/{made.id}/facts"
    assert send(browser, path, {"seen": "1", "name": "Pantry", "website": "https://pantry.example"}).status_code == 303
    late = send(browser, path, {"seen": "1", "name": "The Pantry"})
    assert (late.status_code, "Nothing was overwritten" in late.text, 'value="The Pantry"' in late.text) == (409, True, True)
    session.expire_all()
    assert (made.name, made.website) == ("Pantry", "https://pantry.example")


@pytest.mark.parametrize(("kind", "said", "words"), [
    ("goods", {"quantity": "40 coats", "delivery": "they_deliver", "use_by": ["1", "3", "2027"]}, "How much there is: 40 coats. How it gets to the family: They deliver. Use by: 1 March 2027."),
    ("event", {"numbers": "60", "welcome": "Anybody local"}, "How many people can come: 60. Who is welcome: Anybody local."),
    ("room", {"capacity": "30", "room_access": "Keys from the office"}, "How many people the room holds: 30. How to get in, and what is there: Keys from the office."),
    ("volunteer_time", {"time_given": "Two hours a week", "skills": "Reading"}, "How much time they give: Two hours a week. What they can do: Reading."),
    ("training", {"numbers": "12", "leads_to": "A certificate"}, "How many people can come: 12. What it leads to: A certificate."),
    ("money", {"amount": "£150", "purpose": "School shoes", "money_conditions": "Paid to the shop"}, "How much, at most: £150. What the money is for: School shoes. On which conditions: Paid to the shop."),
])
def test_each_kind_of_offer_has_its_own_facts_which_are_kept_as_versions_and_said_in_words(browser, session, clock, kind, said, words) -> None:
    made = organisations.add(session, name="Pantry", by=SYSTEM, at=clock())
    offer = offers.add(session, made, name="Something", needs=["food_now"], kind=kind, by=SYSTEM, at=clock())
    session.commit()
    path = f"/liaison/offers/{offer.id}/list/kind"
    assert browser.get(path).status_code == 200
    assert send(browser, path, {"seen": "0", **said}).status_code == 303
    session.expire_all()
    assert words in browser.get(f"/liaison/offers/{offer.id}").text
    assert set(edits.versions(session, offer)[0].changed) == set(said)
    session.rollback()
    assert send(browser, path, {"seen": "2", **dict.fromkeys(said, "")}).status_code == 303
    session.expire_all()
    assert terms.of(session, offer).particulars == {}


def test_a_group_has_no_facts_of_another_kind(browser, session, clock) -> None:
    made = organisations.add(session, name="Pantry", by=SYSTEM, at=clock())
    offer = offers.add(session, made, name="Something", needs=["food_now"], by=SYSTEM, at=clock())
    session.commit()
    assert browser.get(f"/liaison/offers/{offer.id}/list/kind").status_code == 404
    assert "/list/kind" not in browser.get(f"/liaison/offers/{offer.id}/list").text


def test_what_an_offer_helps_with_can_be_changed_later_and_put_back(browser, session, flo, clock) -> None:
    made = organisations.add(session, name="Pantry", by=SYSTEM, at=clock())
    offer = offers.add(session, made, name="Something", needs=["food_now"], by=SYSTEM, at=clock())
    freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Joan", by=actor_of(flo), at=clock())
    session.commit()
    assert send(browser, f"/liaison/offers/{offer.id}/list/needs", {"seen": "0", "needs": ["food_weekly", "food_now"]}).status_code == 303
    session.expire_all()
    assert offer.needs == ["food_weekly", "food_now"]
    first, offer_id = edits.versions(session, offer)[-1].id, offer.id
    session.rollback()
    assert send(browser, f"/liaison/offers/{offer_id}/versions/{first}/restore", {"seen": "2"}).status_code == 303
    session.expire_all()
    assert offer.needs == ["food_now"]
    session.rollback()
    six = ["food_weekly", "food_now", "uniform", "esol", "lonely", "new_here"]
    assert send(browser, f"/liaison/offers/{offer_id}/list/needs", {"seen": "3", "needs": six}).status_code == 422


def test_how_well_a_school_knows_a_partner_is_on_no_page_of_the_partner(browser, session, clock) -> None:
    made = organisations.add(session, name="Pantry", by=SYSTEM, at=clock())
    offer = offers.add(session, made, name="Something", needs=["food_now"], by=SYSTEM, at=clock())
    session.commit()
    assert send(browser, f"/liaison/offers/{offer.id}/list/school", {"seen": "0", "assured": "no", "tier": "new"}).status_code == 303
    session.expire_all()
    assert (offer.assured, terms.of(session, offer).tier) == ("no", "new")
    assert "New to us" in browser.get(f"/liaison/offers/{offer.id}/list/school").text
    assert isinstance(offer.id, uuid.UUID)
