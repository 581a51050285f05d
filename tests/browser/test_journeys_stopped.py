"""Journeys that stop, in a real browser: an agreement taken back in one press, and a home that is not safe (case V4)."""

from __future__ import annotations

import re
from collections.abc import Callable

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
from partners.referrals import notices
from partners.registry import freshness, offers, organisations
from partners.registry.offers import ConfirmedHow
from tests.browser.conftest import DESKTOP, PHONE, Clock
from tests.browser.steps import Walker

NAME, NUMBER, LABEL, NEED = "Hodancanary", "07700 900987", "Q.Z.", "Food for the next few days"
SECRETS = (NAME, NUMBER, LABEL, "LS9 7AB")


@pytest.fixture
def scene(people: dict[Role, User], sessions: sessionmaker[Session], clock: Clock) -> str:
    """A pantry that answers mails, and a family that asked for food. Returns the family's address."""
    with sessions.begin() as session:
        by = users.actor_of(session.merge(people[Role.FLO], load=True))
        pantry = organisations.add(session, name="Elm Pantry", phone="0113 496 0002", by=SYSTEM, at=clock.at)
        organisations.add_contact(session, pantry, name="Ann", email="ann@pantry.example", phone=None, by=SYSTEM, at=clock.at)
        offer = offers.add(session, pantry, name="A bag for three days", needs=["food_now"], by=SYSTEM, at=clock.at)
        freshness.confirm(session, offer, how=ConfirmedHow.PHONE, name="Ann", by=by, at=clock.at)
        family = families.add(session, initials="QZ", first_name=NAME, contact_by=ContactBy.PHONE, contact=NUMBER, postcode="LS9 7AB", by=by, at=clock.at)
        needs.record(session, family, codes=["food_now"], paths=words.paths(), harm=needs.Harm.NO, by=by, at=clock.at)
        return f"/liaison/families/{family.id}"


@pytest.fixture
def officer(walker: Callable[[int], Walker], sign_in: Callable[[Page, User], None], people: dict[Role, User]) -> Walker:
    """The liaison officer at the gate, on a phone."""
    go = walker(PHONE)
    sign_in(go.page, people[Role.FLO])
    return go


def mails(sessions: sessionmaker[Session]) -> dict[str, Message]:
    """Return the newest mail of each kind, none of which names the family."""
    with sessions() as session:
        found = session.scalars(select(Message).order_by(Message.queued_at, Message.id)).all()
        assert not any(secret in m.subject + m.body for m in found for secret in SECRETS)
        return {m.kind: m for m in found}


def link_in(mail: Message, where: str) -> str:
    found = re.search(rf"http\S+/{where}/\S+", mail.body)
    assert found is not None
    return found[0]


def introduced(go: Walker, scene: str) -> None:
    """From the family's page to Sent."""
    go.page.goto(scene)
    go.press("Find suggestions")
    go.press("Introduce us", go.page.locator(".kith-card").first)
    go.type("Who agreed?", "parent")
    go.press("Agreed to what I said")
    go.press("Send")
    go.look(NEED)


def said_yes(partner: Walker, sessions: sessionmaker[Session]) -> str:
    """The partner says yes and asks for its code, which waits to leave. Returns the address of its card."""
    card = link_in(mails(sessions)["partner_message"], "r")
    partner.page.goto(card)
    partner.press("We can help")
    partner.press("Send me the code")
    return card


@pytest.mark.parametrize("who", ["the family", "school"])
def test_an_agreement_is_taken_back_in_one_press(
    officer: Walker, walker: Callable[[int], Walker], scene: str, sessions: sessionmaker[Session], who: str
) -> None:
    introduced(officer, scene)
    partner = walker(DESKTOP)
    card = said_yes(partner, sessions)
    code = mails(sessions)["detail_code"]
    partner.page.goto(card)
    assert partner.page.get_by_role("button", name="Send me the code").count() == 1
    if who == "the family":
        officer.page.goto(f"{scene}/questions")
        officer.press("Make their page")
        officer.look("Their page, and six numbers")
        given = officer.page.locator("main").inner_text()
        own, numbers = re.search(r"http\S+/my/\S+", given), re.search(r"\b(\d{3}) (\d{3})\b", given)
        assert own is not None
        assert numbers is not None
        family = walker(PHONE)
        family.page.goto(own[0])
        family.look("What we hold about you")
        assert not any(word in family.page.content() for word in (*SECRETS, "Pantry", "ood for")), "the link alone tells something"
        family.type("The six numbers from school", "".join(numbers.groups()))
        family.press("Open")
        family.look("What we hold about you")
        family.follow("Stop this")
        family.look("Do you want to stop this")
        family.press("Yes, stop it")
        family.look(".")
    else:
        officer.page.goto(scene)
        officer.press("Take it back")

    answer = partner.page.goto(card)  # its very next request
    assert answer is not None
    partner.look("Nothing to do now")
    shown = partner.page.content()
    assert not any(word in shown for word in (*SECRETS, NEED))
    assert partner.page.locator("main").get_by_role("button", name=re.compile("code|Contacted|help")).count() == 0
    with sessions() as session:
        kept = session.get_one(Message, code.id)
        assert kept.sent_at is None
        assert kept.cancelled_at is not None, "the mail that waited can still leave"
    assert "no longer open it" in mails(sessions)["deletion_request"].body

    officer.page.goto("/liaison/")
    officer.page.goto(scene)
    officer.look(LABEL)
    assert "asked to delete on Tuesday 24 November, not confirmed yet" in officer.page.locator("main").inner_text()
    partner.page.goto(link_in(mails(sessions)["deletion_request"], "d"))
    partner.look("Please delete what you hold")
    assert not any(word in partner.page.content() for word in (*SECRETS, NEED))
    partner.type("Your first name", "Ann")
    partner.press("We have deleted it")
    partner.look("Thank you")
    officer.page.goto(scene)
    told = officer.page.locator("main").inner_text()
    assert "taken back on Tuesday 24 November; deletion confirmed on Tuesday 24 November by Ann, by link" in told
    assert officer.page.get_by_role("button", name="Take it back").count() == 0


def test_a_home_that_is_not_safe_shows_whom_to_tell_and_nothing_else(
    officer: Walker, walker: Callable[[int], Walker], scene: str, sessions: sessionmaker[Session], sign_in: Callable[[Page, User], None], people: dict[Role, User], clock: Clock
) -> None:
    """Case V4: the stop page, no list and no way round; then the family is nowhere until the safeguarding lead says so, and what was said is kept nowhere."""
    go = officer
    introduced(go, scene)
    introduction = go.page.url
    partner = walker(DESKTOP)
    card = said_yes(partner, sessions)
    waiting = [m for m in mails(sessions).values() if m.referral_id is not None]
    go.page.goto("/liaison/families")
    assert LABEL in go.page.locator("main").inner_text()

    go.page.goto(f"{scene}/first")
    go.look("is anyone at risk of harm now")
    go.press("No$")
    go.look("What would help")
    go.page.locator("main input[type=checkbox][value=domestic_abuse]").first.evaluate("box => { for (let fold = box.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true }")
    go.tick("Safe at home")
    go.tick("An adult", "radio")
    go.press("This week")
    go.look("Stop here")
    stop = go.page.url
    main = go.page.locator("main")
    assert "Tell Ann Lee now." in main.inner_text()
    assert [a.get_attribute("href") for a in main.locator("a").all()] == ["tel:01134960001", "tel:999"], "there is more than whom to ring"
    assert main.locator("form, button, ul, .kith-card").count() == 0
    assert go.page.title() == "Stop here – Kith"
    for way_round in (scene, f"{scene}/needs", f"{scene}/like", f"{scene}/first", introduction):
        go.page.goto(way_round)
        assert go.page.url == stop, f"{way_round} is a way round"

    for path in ("/liaison/", "/liaison/families", "/liaison/hand-over", "/liaison/together/groups", "/liaison/calls"):
        go.page.goto(path)
        assert not any(secret in go.page.content() for secret in (*SECRETS, "Safe at home", "domestic_abuse")), path
    go.page.goto("/liaison/families")
    go.type("Initials or year group", "QZ")
    go.press("Search")
    assert LABEL not in go.page.locator("main").inner_text()
    partner.page.goto(card)
    assert not any(word in partner.page.content() for word in (*SECRETS, NEED)), "the partner still sees something"
    with sessions() as session:
        assert not any(notices.may_leave(session, session.get_one(Message, m.id), clock.at) for m in waiting), "a mail about them may still leave"

    lead = walker(PHONE)
    sign_in(lead.page, people[Role.DSL])
    lead.page.goto("/lead/")
    lead.look("With the safeguarding lead")
    assert LABEL in lead.page.locator("main").inner_text()
    assert "Safe at home" not in lead.page.content(), "what was said belongs in the lead's own records"
    lead.press("Ordinary help may go on")
    lead.look("With the safeguarding lead")
    go.page.goto(scene)
    go.look(LABEL)
    assert "Safe at home" not in go.page.content()
    partner.page.goto(card)
    assert partner.page.get_by_role("button", name="Send me the code").count() == 1
