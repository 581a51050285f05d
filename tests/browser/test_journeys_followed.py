"""Introductions followed to their end in a real browser: until it helped and six weeks after, asked first without names, and a partner that stays silent."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partners.families import families, needs
from partners.families.families import ContactBy
from partners.foundation import users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.outbox import Message
from partners.foundation.users import User
from partners.matching import words
from partners.referrals import check_ins, reminders
from partners.referrals.moves import State
from partners.referrals.referrals import Referral
from partners.registry import freshness, offers, organisations
from partners.registry.offers import ConfirmedHow
from tests.browser.conftest import DESKTOP, PHONE, Clock
from tests.browser.steps import Walker

NAME, NUMBER, NEED = "Hodancanary", "07700 900987", "Food for the next few days"
SECRETS = (NAME, NUMBER, "Q.Z.", "LS9 7AB")


@pytest.fixture
def scene(people: dict[Role, User], sessions: sessionmaker[Session], clock: Clock) -> str:
    """Two pantries, each with two people who answer, and a family that asked for food. Returns the family's address."""
    with sessions.begin() as session:
        by = users.actor_of(session.merge(people[Role.FLO], load=True))
        for name in ("Elm Pantry", "Larder on the Hill"):
            organisation = organisations.add(session, name=name, phone="0113 496 0002", by=SYSTEM, at=clock.at)
            for contact in ("Ann", "Bea"):
                organisations.add_contact(session, organisation, name=contact, email=f"{contact}@{name.split()[0].lower()}.example".lower(), phone=None, by=SYSTEM, at=clock.at)
            offer = offers.add(session, organisation, name=f"{name}: a bag for three days", needs=["food_now"], by=SYSTEM, at=clock.at)
            freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Ann", by=by, at=clock.at)
        family = families.add(session, initials="QZ", first_name=NAME, contact_by=ContactBy.PHONE, contact=NUMBER, postcode="LS9 7AB", by=by, at=clock.at)
        needs.record(session, family, codes=["food_now"], paths=words.paths(), harm=needs.Harm.NO, by=by, at=clock.at)
        return f"/liaison/families/{family.id}"


@pytest.fixture
def officer(walker: Callable[[int], Walker], sign_in: Callable[[Page, User], None], people: dict[Role, User], clock: Clock) -> Callable[[int], Walker]:
    """The liaison officer at a width, signed in anew: a day may have passed."""

    def at(width: int) -> Walker:
        go = walker(width)
        sign_in(go.page, people[Role.FLO])
        return go

    return at


def mails(sessions: sessionmaker[Session], kind: str) -> list[Message]:
    with sessions() as session:
        found = session.scalars(select(Message).where(Message.kind == kind).order_by(Message.queued_at, Message.id)).all()
        assert not any(secret in m.subject + m.body for m in found for secret in SECRETS)
        return list(found)


def link_in(mail: Message) -> str:
    found = re.search(r"http\S+/r/\S+", mail.body)
    assert found is not None
    return found[0]


def choose(go: Walker, scene: str, way: str) -> None:
    go.page.goto(scene)
    go.press("Find suggestions")
    go.look("Suggestions")
    go.press(way, go.page.locator(".kith-card").first)


def agree(go: Walker) -> None:
    go.look("Say this")
    go.type("Who agreed?", "parent")
    go.press("Agreed to what I said")


def only(sessions: sessionmaker[Session]) -> Referral:
    with sessions() as session:
        return session.scalars(select(Referral).order_by(Referral.created_at)).unique().all()[-1]


@pytest.mark.parametrize("width", [PHONE])
def test_an_introduction_until_it_helped_and_six_weeks_after(
    officer: Callable[[int], Walker], walker: Callable[[int], Walker], scene: str, sessions: sessionmaker[Session], clock: Clock, width: int
) -> None:
    go = officer(width)
    choose(go, scene, "Introduce us")
    agree(go)
    go.look("Check and send")
    go.press("Send")
    go.look(NEED)
    partner = walker(width)
    partner.page.goto(link_in(mails(sessions, "partner_message")[0]))
    partner.look("A family would like help")
    assert not any(secret in partner.page.content() for secret in SECRETS)
    partner.press("We can help")
    partner.look("They can help")
    partner.press("Contacted")
    partner.look("They have spoken")
    referral, spoke = only(sessions), clock.at
    page = f"/liaison/referrals/{referral.id}"

    clock.at = spoke + timedelta(days=14)
    go = officer(width)
    go.page.goto("/liaison/")
    go.look("Today")
    assert "Ask how it is going after two weeks" in go.page.locator("main").inner_text()
    go.follow("Q.Z.: Food")
    go.look("How is it going")
    go.press("Show it to their phone")
    go.look("Show this to their phone")
    address = re.search(r"http\S+/check-in/[\w-]+", go.page.locator("main").inner_text())
    assert address is not None
    family = walker(PHONE)
    family.page.goto(address[0])
    family.look("How are things")
    assert not any(word in family.page.content() for word in (*SECRETS, "Pantry", "Larder", "ood "))
    family.page.get_by_role("group", name="Has anyone been in touch?").get_by_label("Yes").check()
    family.page.get_by_role("group", name="Did it help?").get_by_label("Yes").check()
    family.press("Send to school")
    family.look("Thank you")

    go.page.goto(page)
    go.follow("Record what happened")
    go.look("What happened")
    go.tick("It helped: the need is met", "radio")
    go.tick("The family", "radio")
    go.type("How close were things before, 0 to 10?", "2")
    go.type("And now?", "8")
    go.press("")
    go.look(NEED)
    assert "from 2 to 8 out of 10" in go.page.locator("main").inner_text()

    clock.at = spoke + timedelta(days=42)
    go = officer(width)
    go.page.goto("/liaison/")
    go.look("Today")
    assert "Ask how it is going after six weeks" in go.page.locator("main").inner_text()
    go.follow("Q.Z.: Food")
    go.page.get_by_role("group", name="Did it help?").get_by_label("Yes").check()
    go.press("Write it down")
    go.look(NEED)
    with sessions() as session:
        found = session.get_one(Referral, referral.id)
        assert (found.state, found.need.state.value) == (State.CLOSED, "met")
        assert [(c.days, c.helped) for c in check_ins.of_referral(session, found)] == [(14, "yes"), (42, "yes")]


def test_asked_first_without_names_then_introduced(
    officer: Callable[[int], Walker], walker: Callable[[int], Walker], scene: str, sessions: sessionmaker[Session]
) -> None:
    go = officer(PHONE)
    choose(go, scene, "Ask first")
    go.look("Check and send")
    assert "Nothing: no names go" in go.page.locator("main").inner_text()
    go.press("Send")
    partner = walker(PHONE)
    partner.page.goto(link_in(mails(sessions, "partner_message")[0]))
    partner.press("We can help")
    partner.look("They can help")
    assert "The school asks the family now" in partner.page.locator("main").inner_text()
    assert partner.page.get_by_role("button", name="Send me the code").count() == 0, "a yes without names opens details"
    assert not any(secret in partner.page.content() for secret in SECRETS)
    go.page.goto("/liaison/")
    assert "Waiting on me (1)" in go.page.locator("main").inner_text(), "school asks the family now"
    go.page.goto(f"/liaison/referrals/{only(sessions).id}")
    assert "It's your turn" in go.page.locator(".kith-turn").inner_text()
    go.follow("Ask the family, then introduce")
    agree(go)
    go.look(NEED)
    assert "has the next step" in go.page.locator(".kith-turn").inner_text()
    partner.page.goto(link_in(mails(sessions, "partner_message")[-1]))
    assert partner.page.get_by_role("button", name="Send me the code").count() == 1


def test_a_silent_partner_is_reminded_twice_then_school_is_told_and_in_the_end_somebody_rings(
    officer: Callable[[int], Walker], scene: str, sessions: sessionmaker[Session], clock: Clock, app_server: str
) -> None:
    def tick(at: datetime) -> None:
        clock.at = at
        with sessions.begin() as session:
            reminders.tick(session, base_url=app_server, at=at)

    began = clock.at  # a Tuesday
    go = officer(DESKTOP)
    choose(go, scene, "Introduce us")
    agree(go)
    go.press("Send")
    for day in (1, 2, 3, 4):
        tick(began + timedelta(days=day) if day < 4 else began + timedelta(days=6))
    assert [m.to_address[:3] for m in mails(sessions, "partner_nudge")] == ["ann", "bea"], "the first person after two days, the second after three"
    tick(began + timedelta(days=7))  # the fifth working day
    go = officer(DESKTOP)
    go.page.goto("/liaison/")
    go.look("Today")
    assert "or look at what else there is" in go.page.locator("main").inner_text()
    go.page.goto(f"/liaison/referrals/{only(sessions).id}")
    go.press("Find what else there is")
    go.look("Suggestions")
    assert go.page.locator(".kith-card").count() == 2
    tick(began + timedelta(days=20))
    assert only(sessions).state is State.SENT
    tick(began + timedelta(days=21))  # the fifteenth working day
    assert only(sessions).state is State.EXPIRED
    go = officer(DESKTOP)
    go.page.goto("/liaison/")
    assert "Waiting on me (1)" in go.page.locator("main").inner_text()
    assert "Tell the family, and look at what else there is." in go.page.locator("main").inner_text()
    first = only(sessions)
    go.page.goto(f"/liaison/referrals/{first.id}")
    go.look(NEED)
    go.press("Find what else there is")
    card = go.page.locator(".kith-card", has_text=first.offer.name)
    assert "Tried before: no answer came" in card.inner_text()
    go.press("Introduce us", card)
    if go.page.get_by_label("Why this one?").count():
        go.type("Why this one?", "They would like to try once more")
        go.press("")
    agree(go)
    go.press("Send")
    again = clock.at
    with sessions() as session:
        follows = session.get_one(Referral, only(sessions).id).follows_id
    assert follows == first.id
    tick(again + timedelta(days=35))
    assert only(sessions).state is State.EXPIRED
    go = officer(DESKTOP)
    go.page.goto("/liaison/calls")
    assert "Two messages without an answer" in go.page.locator("main").inner_text()
    choose_page = go.page.goto(scene)
    assert choose_page is not None
    go.press("Find suggestions")
    assert "Nobody there answered twice in a row: ring first." in go.page.locator(".kith-card", has_text=first.offer.name).inner_text()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_pages_beside_them_are_whole_at_every_width(officer: Callable[[int], Walker], scene: str, width: int) -> None:
    """Being away, the sheet to hand over, who takes what, a first meeting, and the second step of signing in."""
    go = officer(width)
    choose(go, scene, "Go together")
    agree(go)
    go.press("Send")
    page = go.page.url
    for path, heading in (("/liaison/away", "When you are away"), ("/liaison/hand-over", "Hand-over"), ("/liaison/left-behind", "Nobody has these"), (f"{page}/give-to", "Give this to a colleague")):
        go.page.goto(path)
        go.look(heading)
    go.page.goto(f"{page}/meeting")
    go.look("When you first meet")
    go.press("Save")
    assert len(go.page.locator(".govuk-error-summary a").all()) == 3
    go.check(go.page)
    go.page.goto("/account/second-step")
    go.look("Your second step")
    go.follow("Set it up")
    go.look("Set up your second step")
    go.press("Show me the picture")
    go.look("Set up your second step")
    go.type("The six digits that your app shows", "1")
    go.press("Go on")
    go.check(go.page)
