"""An offer part by part, by its link alone: what a partner may propose, what it may not, and its own month."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from partners.foundation.actors import SYSTEM
from partners.foundation.users import actor_of
from partners.referrals import replies, thanks
from partners.registry import edits, freshness, offers, organisations, proposals
from partners.registry.offer_fields import FIELDS
from partners.registry.offers import ConfirmedHow, Offer
from partners.registry.proposals import Proposal
from partners.registry.terms import FeatureCheck
from tests.integration.web.conftest import send
from web.portal.parts import OWN_PARTS


@pytest.fixture
def link(session, flo, clock) -> tuple[str, Offer]:
    organisation = organisations.add(session, name="Pantry", phone="0113 496 0100", by=SYSTEM, at=clock())
    organisations.add_contact(session, organisation, name="Joan Smith", email="joan@pantry.example", phone=None, by=SYSTEM, at=clock())
    made = offers.add(session, organisation, name="Coats", needs=["uniform"], kind="goods", assured="yes", by=SYSTEM, at=clock())
    freshness.confirm(session, made, how=ConfirmedHow.PHONE, name="Joan", by=actor_of(flo), at=clock())
    thanks.say(session, organisation, "Thank you for the coats.", by=actor_of(flo), at=clock())
    word = replies.new_offer_link(session, made, at=clock())
    session.commit()
    return word, made


def test_every_fact_that_a_partner_may_propose_stands_on_one_of_its_pages(app, link) -> None:
    word, offer = link
    browser = app.test_client()
    shown = "".join(browser.get(f"/o/{word}/parts/{part}").text for part in OWN_PARTS)
    of_other_kinds = {"numbers", "welcome", "leads_to", "capacity", "room_access", "time_given", "skills", "amount", "purpose", "money_conditions"}
    for field in FIELDS:
        if field.name in ("features", "area") or field.name in of_other_kinds:
            continue
        assert (f'name="{field.name}"' in shown) == field.partner, field.name
    assert 'name="area_kind"' in shown
    assert 'name="has_step_free"' in shown
    assert [browser.get(f"/o/{word}/parts/{part}").status_code for part in ("school", "needs", "nowhere")] == [404, 404, 404]
    assert offer.name in browser.get(f"/o/{word}/parts").text


def test_a_look_keeps_nothing_and_what_is_sent_waits_for_the_school_and_then_says_who_verified_it(app, session, flo, link, clock) -> None:
    word, offer = link
    browser = app.test_client()
    looked = send(browser, f"/o/{word}/parts/kind", {"step": "look", "quantity": "40 coats", "delivery": "collect"})
    assert looked.status_code == 200
    assert "How much there is: 40 coats." in looked.text
    assert session.scalar(select(Proposal)) is None
    session.rollback()
    assert send(browser, f"/o/{word}/parts/kind", {"step": "send", "sender": "Joan", "quantity": "40 coats"}).status_code == 303
    assert send(browser, f"/o/{word}/parts/features", {"step": "send", "has_step_free": "yes", "has_creche": "no"}).status_code == 303
    waiting = proposals.waiting_for(session, offer)
    assert [p.after for p in waiting] == [{"quantity": "40 coats"}, {"features": {"step_free": "yes", "creche": "no"}}]
    assert offer.features == {}
    edits.verify(session, offer, {"quiet_space": "yes"}, name="Jo", by=actor_of(flo), at=clock(), seen=edits.number_of(session, offer))
    for proposal in waiting:
        proposals.accept(session, proposal, by=actor_of(flo), at=clock(), seen=edits.number_of(session, offer))
    assert offer.features == {"step_free": "yes", "creche": "no", "quiet_space": "yes"}
    assert {c.feature: c.verified_by.split(",")[0] for c in session.scalars(select(FeatureCheck))} == {"step_free": "Pantry", "creche": "Pantry", "quiet_space": "Jo"}


def test_what_the_school_alone_sets_cannot_be_sent_along(app, session, link) -> None:
    word, offer = link
    browser = app.test_client()
    send(browser, f"/o/{word}/parts/care", {"step": "send", "complaints": "Ring our chair", "assured": "no", "tier": "trusted", "needs": ["food_now"]})
    (proposal,) = proposals.waiting_for(session, offer)
    assert proposal.after == {"complaints": "Ring our chair"}


def test_a_partner_without_an_account_reads_its_month_and_words_of_thanks(app, link) -> None:
    word, _offer = link
    page = app.test_client().get(f"/o/{word}/month").text
    assert "Thank you for the coats." in page
    assert "Too few families asked to show this safely." in page
    assert app.test_client().get("/o/nothing/month").status_code == 404
