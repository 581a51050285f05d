"""Keeping offers true in a browser: a partner proposes on a phone, the school sees both sides and accepts; a call is recorded; every new page passes axe."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation.actors import Actor, Role
from partners.referrals import digests, replies
from partners.registry import freshness, papers, proposals, tasks
from partners.registry.offers import ConfirmedHow, Offer
from seeds.demo import Town
from tests.browser.conftest import DESKTOP, PHONE, Clock
from tests.browser.steps import Walker, Way, faults_shown

WAYS = [(PHONE, Way.HAND), (DESKTOP, Way.HAND), (PHONE, Way.NO_SCRIPT)]
NAME = "Tuesday Circle"


@pytest.fixture
def offer(town: Town, sessions: sessionmaker[Session], clock: Clock, app_server: str) -> Offer:
    """An offer with everything to look at: a paper that runs out, something wrong, a month's asking."""
    flo = Actor(kind="user", name="Jo", roles=frozenset({Role.FLO}), school_id=next(iter(town.liaison)))
    with sessions.begin() as session:
        digests.send_due(session, base_url=app_server, at=clock.at)
        found = session.scalars(select(Offer).where(Offer.name == NAME)).unique().one()
        freshness.flag_wrong(session, found, by=flo, at=clock.at)
        papers.record(session, found.organisation, papers.PaperKind.INSURANCE, valid_until=clock.at.date() + timedelta(days=10), checked_by="Jo", by=flo, at=clock.at)
        papers.warn(session, at=clock.at)
        return found


@pytest.mark.parametrize(("width", "way"), WAYS)
def test_a_partner_proposes_and_the_school_accepts(
    walker: Callable[..., Walker], offer: Offer, town: Town, sessions: sessionmaker[Session], clock: Clock, sign_in: Callable[[Page, str], None], width: int, way: Way
) -> None:
    with sessions.begin() as session:
        link = f"/o/{replies.new_offer_link(session, session.get_one(Offer, offer.id), at=clock.at)}"
    partner, flo = walker(width, way), walker(width, way)
    partner.page.goto(link)
    partner.press("Something changed")
    partner.look(NAME)
    partner.type("In more words", "Two of us meet you at the door.")
    partner.type("What does it cost?", "£1 for tea")
    partner.press("See what the school would see")
    partner.look(NAME)
    seen = partner.page.locator("main").inner_text()
    assert "This is what a liaison officer would see" in seen
    assert "Two of us meet you at the door." in seen
    assert "When it happens" not in seen.split("What would change")[1].split("What happens when someone comes")[0], "a field that did not change stands among the changes"
    partner.press("Send to the school")
    assert "waits for the school" in partner.page.locator("main").inner_text()
    with sessions() as session:
        assert session.get_one(Offer, offer.id).description != "Two of us meet you at the door."
    sign_in(flo.page, town.emails["flo"])
    flo.page.goto("/liaison/")
    flo.follow("Keeping offers true")
    flo.look("Keeping offers true")
    flo.follow(f"^{NAME}", flo.page.locator("main ul").first)
    flo.look("would change")
    assert "What would change" in flo.page.locator("main").inner_text()
    flo.press("Decline")
    assert faults_shown(flo.page) == ["Write a word to the partner on why not."]
    flo.press("Accept")
    flo.look(NAME)
    assert "Two of us meet you at the door." in flo.page.locator("main").inner_text()
    partner.page.goto(f"{link}/change")
    assert "The school accepted" in partner.page.locator("main").inner_text()
    with sessions() as session:
        found = session.get_one(Offer, offer.id)
        assert (found.confirmed_on, found.flagged_wrong_at) == (offer.confirmed_on, None), "accepting confirmed it, or left the flag"
        assert session.scalars(select(proposals.Proposal)).unique().one().accepted


@pytest.mark.parametrize(("width", "way"), WAYS)
def test_the_school_rings_and_ticks_what_they_said(
    walker: Callable[..., Walker], offer: Offer, town: Town, sessions: sessionmaker[Session], clock: Clock, sign_in: Callable[[Page, str], None], width: int, way: Way
) -> None:
    go = walker(width, way)
    sign_in(go.page, town.emails["flo"])
    go.page.goto("/liaison/calls")
    go.look("Keeping offers true")
    go.follow("Somali Women")
    go.look("Ring Marlbeck Somali")
    assert go.page.locator("a[href^='tel:']").first.is_visible()
    go.press("Still right: confirm what is ticked")
    assert faults_shown(go.page) == ["Say who you spoke with."]
    go.type("Who did you speak with?", "Amina")
    go.tick(NAME)
    go.press("Still right: confirm what is ticked")
    go.look("Keeping offers true")
    with sessions() as session:
        found = session.get_one(Offer, offer.id)
        assert (found.confirmed_on, found.confirmed_by, found.confirmed_how) == (clock.at.date(), "Amina", ConfirmedHow.PHONE)
        assert [t.kind for t in session.scalars(select(tasks.RegistryTask).where(tasks.RegistryTask.done_at.is_(None), tasks.RegistryTask.organisation_id == found.organisation_id)).unique()] == [tasks.TaskKind.EXPIRES_IN_14]


def test_every_page_of_the_registry_passes_axe_and_fits(walker: Callable[..., Walker], offer: Offer, town: Town, sign_in: Callable[[Page, str], None]) -> None:
    go, organisation = walker(PHONE, also=(DESKTOP,)), offer.organisation_id
    sign_in(go.page, town.emails["flo"])
    contact = offer.organisation.contacts[0].id
    parts = [f"offers/{offer.id}/list/{part}" for part in ("what", "when", "where", "who", "cost", "languages", "replies", "care")]
    pages = [
        f"organisations/{organisation}", f"organisations/{organisation}/papers", f"contacts/{contact}", f"offers/{offer.id}/list", *parts, f"offers/{offer.id}/features",
        f"offers/{offer.id}/versions", f"offers/{offer.id}/places", f"offers/{offer.id}/authorisations", f"offers/{offer.id}/contacts",
    ]
    for path in pages:
        go.page.goto(f"/liaison/{path}")
        go.look(".")
    go.page.goto(f"/liaison/{parts[1]}")
    go.type("When does it happen?", "every blue moon")
    go.press("Save")
    assert re.search("We could not read “every blue moon”", faults_shown(go.page)[0])
    go.check(go.page, *go.also)
    other = walker(PHONE, also=(DESKTOP,))
    sign_in(other.page, town.emails["partner"])
    for path in ("/portal/offers", "/portal/month"):
        other.page.goto(path)
        other.look("Our")
    other.page.goto("/portal/offers")
    other.press("Confirm or change")
    other.look("Is this still right")


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_writing_down_by_hand_and_what_follows_passes_axe_and_fits(
    page_at: Callable[..., Page], no_violations: Callable[[Page], None], offer: Offer, town: Town, sessions: sessionmaker[Session], clock: Clock, sign_in: Callable[[Page, str], None], width: int
) -> None:
    """An organisation and an offer by hand with sessions that are not every week, the same with nothing filled in, the page to confirm on, and the partner's own."""
    page = page_at(width)
    sign_in(page, town.emails["flo"])

    def look(name: str) -> None:
        no_violations(page)
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=f"{folder}/{width}-{name}.png", full_page=True)

    page.goto("/liaison/organisations")
    assert (page.locator(".govuk-service-navigation__item--active").text_content() or "").strip() == "Offers"
    look("organisations")
    page.goto("/liaison/organisations/new")
    look("new-organisation")
    page.get_by_role("button", name="Add", exact=True).click()
    assert faults_shown(page)
    look("new-organisation-faults")
    page.goto(f"/liaison/organisations/{offer.organisation_id}/facts")
    look("organisation-facts")
    page.goto(f"/liaison/organisations/{offer.organisation_id}/offers/new")
    look("new-offer")
    page.get_by_label("When does it happen?").fill("every blue moon")
    page.get_by_role("button", name="Add", exact=True).click()
    assert faults_shown(page)
    look("new-offer-faults")
    page.goto(f"/liaison/offers/{offer.id}/list/when")
    page.get_by_label("When does it happen?").fill("first Tuesday of the month 10:00 to 12:00\nevery other Wednesday 10:00 to 12:00, in term time\nevery other Friday 9 to 10am, next on 4 December 2026")
    page.get_by_role("button", name="Save").click()
    page.goto(f"/liaison/offers/{offer.id}")
    assert page.get_by_text("First Tuesday of each month, 10:00 to 12:00; Every other Wednesday, 10:00 to 12:00, in term time, in which weeks is not known").first.is_visible()
    assert page.get_by_text("Still not known, of what should be known before it is suggested").is_visible()
    look("confirm")
    with sessions.begin() as session:
        token = replies.new_offer_link(session, session.get_one(Offer, offer.id), at=clock.at)
    page.goto(f"/o/{token}")
    look("still-right")
    with page.expect_download() as told:
        page.get_by_role("link", name="What we hold, as a spreadsheet (CSV)").click()
    assert told.value.suggested_filename == "what-kith-holds.csv"
    page.goto(f"/o/{token}/change")
    assert "First Tuesday of each month" in page.get_by_label("When does it happen?").input_value()
    assert page.get_by_label("Your first name").first.input_value() == ""  # not the offer's
    look("partner-change")
