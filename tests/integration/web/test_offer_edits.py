"""The registry's pages: two editors at once see both versions, a call confirms what was ticked, and a wrong offer leads back to the cards."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from partners.families import families, needs
from partners.families.needs import Harm
from partners.families.schools import Term
from partners.foundation.actors import SYSTEM, Actor, Role
from partners.foundation.db import session_factory
from partners.foundation.users import actor_of
from partners.matching import suggestions, words
from partners.referrals import replies
from partners.registry import edits, freshness, offers, organisations, tasks, terms
from partners.registry.edits import OfferVersion, StaleEdit
from partners.registry.offers import AvailabilityState, ConfirmedHow, Offer
from tests.integration.web.conftest import send, sign_in


@pytest.fixture
def offer(session, flo, clock) -> Offer:
    organisation = organisations.add(session, name="Pantry", phone="0113 496 0100", by=SYSTEM, at=clock())
    organisations.add_contact(session, organisation, name="Joan Smith", email="joan@pantry.example", phone=None, by=SYSTEM, at=clock())
    made = offers.add(session, organisation, name="Food bags", description="A bag of food.", needs=["food_now"], by=SYSTEM, at=clock())
    freshness.confirm(session, made, how=ConfirmedHow.PHONE, name="Joan", by=actor_of(flo), at=clock() - timedelta(days=40))
    session.commit()
    return made


def test_two_editors_at_once_get_a_409_with_both_versions_and_nothing_is_overwritten(app, session, flo, offer, clock) -> None:
    one, two = app.test_client(), app.test_client()
    for browser in (one, two):
        sign_in(browser, session, flo, clock)
    path = f"/liaison/offers/{offer.id}/list/cost"
    assert send(one, path, {"seen": "0", "cost": "Free for everybody"}).status_code == 303
    late = send(two, path, {"seen": "0", "cost": "Two pounds"})
    assert late.status_code == 409
    assert "Nothing was overwritten" in late.text
    assert "Free for everybody" in late.text
    assert 'value="Two pounds"' in late.text
    assert 'name="seen" value="2"' in late.text
    session.expire_all()
    assert terms.of(session, offer).cost == "Free for everybody"
    session.rollback()
    assert send(two, path, {"seen": "2", "cost": "Two pounds"}).status_code == 303
    session.expire_all()
    assert terms.of(session, offer).cost == "Two pounds"
    session.rollback()
    assert send(one, path, {"cost": "Nobody knows which version"}).status_code == 409
    shown = one.get(f"/liaison/offers/{offer.id}/versions").text
    assert "Free for everybody" in shown


def test_25_pairs_of_editors_never_overwrite_each_other(engine, session, offer, clock) -> None:
    """Each pair saw the same version; exactly one of the two is kept."""
    sessions, jo = session_factory(engine), Actor(kind="user", name="Jo", roles=frozenset({Role.FLO}))
    for round_ in range(25):
        with sessions() as looking:
            seen = edits.number_of(looking, looking.get_one(Offer, offer.id))
        together, kept, lost = threading.Barrier(2), [], []

        def write(name: str, seen: int = seen, together: threading.Barrier = together, kept: list[str] = kept, lost: list[str] = lost) -> None:
            with sessions() as own:
                together.wait()
                try:
                    edits.change(own, own.get_one(Offer, offer.id), {"description": name}, by=jo, at=clock(), seen=seen)
                    own.commit()
                    kept.append(name)
                except (StaleEdit, IntegrityError):
                    lost.append(name)

        pair = [threading.Thread(target=write, args=(f"{who} {round_}",)) for who in ("one", "two")]
        for thread in pair:
            thread.start()
        for thread in pair:
            thread.join()
        assert (len(kept), len(lost)) == (1, 1)
        with sessions() as looking:
            assert looking.get_one(Offer, offer.id).description == kept[0]
    with sessions() as looking:
        assert len(looking.scalars(select(OfferVersion)).all()) == 26


def test_a_call_confirms_only_what_was_ticked_in_the_name_of_whom_the_school_spoke_with(browser, session, flo, offer, clock) -> None:
    other = offers.add(session, offer.organisation, name="Lunches", needs=["food_now"], by=SYSTEM, at=clock())
    session.commit()
    sign_in(browser, session, flo, clock)
    path = f"/liaison/calls/{offer.organisation_id}"
    page = browser.get(path).text
    assert "0113 496 0100" in page
    assert "checked" not in page
    assert send(browser, path, {"name": "Joan"}).status_code == 422
    assert send(browser, path, {"name": "Joan", "right": [str(offer.id)]}).status_code == 303
    session.expire_all()
    assert (offer.confirmed_on, offer.confirmed_by, offer.confirmed_how, other.confirmed_on) == (clock().date(), "Joan", ConfirmedHow.PHONE, None)


def test_this_is_wrong_on_a_card_is_one_press_and_leads_back_to_the_cards(browser, session, flo, offer, clock) -> None:
    jo = actor_of(flo)
    family = families.add(session, initials="AK", by=jo, at=clock())
    needs.record(session, family, codes=["food_now"], paths=words.paths(), harm=Harm.NO, by=jo, at=clock())
    run = suggestions.find(session, family, by=jo, at=clock())
    session.commit()
    sign_in(browser, session, flo, clock)
    cards = browser.get(f"/liaison/suggestions/{run.id}").text
    assert "Its places were last confirmed 40 days ago: this may have changed" in cards
    assert cards.count("This is wrong") == cards.count('class="kith-card"') == 1
    answer = send(browser, f"/liaison/suggestions/{run.id}", {})
    assert answer.status_code == 405
    token = {"csrf_token": cards.split('name="csrf_token" value="')[1].split('"')[0]}
    pressed = browser.post(f"/liaison/offers/{offer.id}/wrong", data=token | {"run": str(run.id)})
    assert (pressed.status_code, pressed.headers["Location"]) == (303, f"/liaison/suggestions/{run.id}")
    for made_up in ("x" * 36, "https://evil.example/aaaaaaaaaaaaaaaa", "00000000-0000-0000-0000-000000000000"):
        away = browser.post(f"/liaison/offers/{offer.id}/wrong", data=token | {"run": made_up})
        assert away.headers["Location"] == f"/liaison/offers/{offer.id}"
    session.expire_all()
    assert [t.kind for t in tasks.waiting(session, by=jo)] == [tasks.TaskKind.WRONG]
    assert "Keeping offers true (1)" in browser.get("/liaison/").text


def test_in_the_holidays_who_answers_then_stands_first(browser, session, school, flo, offer, clock) -> None:
    organisations.add_contact(session, offer.organisation, name="Raj", email=None, phone="0113 496 0177", answers_in_holidays=True, by=SYSTEM, at=clock())
    school.terms = [Term(starts_on=clock().date() - timedelta(days=30), ends_on=clock().date())]
    session.commit()
    sign_in(browser, session, flo, clock)
    assert "Joan Smith and Raj" in browser.get(f"/liaison/offers/{offer.id}").text
    clock.move(days=1)
    sign_in(browser, session, flo, clock)
    assert "Raj and Joan Smith" in browser.get(f"/liaison/offers/{offer.id}").text


def test_looking_at_a_link_changes_nothing_and_a_look_at_a_change_keeps_nothing(app, engine, session, offer, clock) -> None:
    token = replies.new_offer_link(session, offer, at=clock())
    session.commit()
    browser = app.test_client()
    before = (offer.version, offer.confirmed_on)
    for path in (f"/o/{token}", f"/o/{token}/change", f"/o/{token}/dates.ics"):
        for _ in range(10):
            assert browser.get(path).status_code == browser.head(path).status_code == 200
    looked = send(browser, f"/o/{token}/change", {"step": "look", "description": "Two bags.", "modes": ["in_person"], "languages": ["en"]})
    assert looked.status_code == 200
    assert "Two bags. It can be had in person." in looked.text
    session.expire_all()
    assert (offer.version, offer.confirmed_on, offer.description) == (*before, "A bag of food.")


def test_something_changed_leads_to_the_boxes_and_asks_the_school_to_ring(app, session, flo, offer, clock) -> None:
    token = replies.new_offer_link(session, offer, at=clock())
    session.commit()
    browser = app.test_client()
    answer = send(browser, f"/o/{token}", {"answer": "changed", "places": "0"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/o/{token}/change")
    session.expire_all()
    assert (offer.availability, offer.flagged_wrong_at) == (AvailabilityState.FULL, clock())


def test_a_restricted_need_starts_out_at_a_private_place(browser, session: Session, flo, offer, clock) -> None:
    sign_in(browser, session, flo, clock)
    assert "checked" not in browser.get(f"/liaison/offers/{offer.id}/places").text
    offer.needs = [next(code for code, path in words.paths().items() if path == "restricted")]
    session.commit()
    assert "checked" in browser.get(f"/liaison/offers/{offer.id}/places").text
