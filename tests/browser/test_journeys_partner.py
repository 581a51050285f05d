"""The partner's journey in a real browser: a mail, a link, no account; and "Is this still right?" with its four buttons."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation.outbox import Message
from partners.referrals import digests, notices, replies
from partners.referrals.moves import Kind, State
from partners.referrals.referrals import Referral
from partners.registry.offers import AvailabilityState, ConfirmedHow, Offer
from seeds.demo import Town
from tests.browser.conftest import DESKTOP, PHONE, Clock, Opened
from tests.browser.steps import FOCUSED, Walker, Way, faults_shown

WAYS = [(PHONE, Way.HAND), (DESKTOP, Way.HAND), (PHONE, Way.NO_SCRIPT), (DESKTOP, Way.KEYS)]


@dataclass
class Mailed:
    """An introduction whose mail has gone out, the link in it, and what no page may show before a yes."""

    link: str
    referral_id: object
    secrets: tuple[str, ...]


@pytest.fixture
def mailed(town: Town, sessions: sessionmaker[Session], clock: Clock, app_server: str) -> Mailed:
    """An introduction in the town that waits for its answer, with a fresh mail."""
    with sessions.begin() as session:
        referral = session.scalars(
            select(Referral).where(Referral.state == State.SENT, Referral.kind == Kind.INTRODUCE).order_by(Referral.created_at)
        ).unique().first()
        assert referral is not None, "the town has no introduction that waits"
        referral.family.first_name, referral.family.contact = "Hodancanary", "07700 900987"
        mail = notices.tell_partner(session, referral, base_url=app_server, at=clock.at)
        assert mail is not None
        found = re.search(r"http\S+/r/\S+", mail.body)
        assert found is not None
        secrets = ("Hodancanary", "07700", referral.family.initials, referral.family.postcode or "no postcode")
        assert not any(secret in mail.subject + mail.body for secret in secrets), "the mail says who they are"
        return Mailed(found[0], referral.id, secrets)


@pytest.fixture
def walker(open_page: Callable[..., Opened], no_violations: Callable[[Page], None]) -> Callable[..., Walker]:
    """Somebody without an account: `walker(PHONE, Way.KEYS)`."""
    return lambda width, way=Way.HAND, twice=False: Walker(open_page(width, scripts=way is not Way.NO_SCRIPT), no_violations, width, way, twice)


def state_of(sessions: sessionmaker[Session], mailed: Mailed) -> tuple[State, list[str]]:
    """Return where the introduction stands, and every move so far."""
    with sessions() as session:
        referral = session.get(Referral, mailed.referral_id)
        assert referral is not None
        return referral.state, [event.action for event in referral.events]


def newest_code(sessions: sessionmaker[Session]) -> str:
    """Return the six digits of the newest mail with a code."""
    with sessions() as session:
        mail = session.scalars(select(Message).where(Message.kind == "detail_code").order_by(Message.queued_at.desc(), Message.id.desc())).first()
        assert mail is not None, "no code was sent"
        found = re.search(r"\b\d{6}\b", mail.body)
    assert found is not None
    return found[0]


@pytest.mark.parametrize(("width", "way"), WAYS)
def test_from_the_mail_to_finished(
    walker: Callable[..., Walker], mailed: Mailed, sessions: sessionmaker[Session], width: int, way: Way, capsys: pytest.CaptureFixture[str]
) -> None:
    go = walker(width, way)
    go.page.goto(mailed.link)
    go.look("A family would like help")
    assert state_of(sessions, mailed)[0] is State.SENT, "opening the link changed something"
    assert not any(secret in go.page.content() for secret in mailed.secrets), "the card says who they are"
    assert re.search(r"Please answer by \w+day \d+ \w+", go.page.locator("main").inner_text())
    sizes = [(round(b["width"]), round(b["height"])) for b in (x.bounding_box() for x in go.page.locator(".kith-equal .govuk-button").all()) if b]
    assert len(sizes) >= 3
    assert len(set(sizes)) == 1, f"the answers are not of equal size: {sizes}"
    go.press("We can help")
    go.look("They can help")
    assert not any(secret in go.page.content() for secret in mailed.secrets), "a link alone says who they are"
    go.press("Send me the code")
    go.look("Your code")
    right = newest_code(sessions)
    wrong = "000000" if right != "000000" else "111111"
    go.type("The six digits we sent you", wrong)
    go.press("Show the details")
    assert len(faults_shown(go.page)) == 1
    assert "Hodancanary" not in go.page.content()
    go.type("The six digits we sent you", right)
    go.press("Show the details")
    go.look("What the family agreed to share")
    assert "Hodancanary" in go.page.locator("main").inner_text()
    assert go.page.locator("dl dt").first.inner_text() == "How to reach them safely", "safe ways and times do not come first"
    go.follow("^Go on$")
    go.look("They can help")
    for name, heading in (("Contacted", "They have spoken"), ("Came, or received", "Help has started"), ("Finished", "Help has started")):
        go.press(name)
        go.look(heading)
    assert "Thank you. The school asks the family how it went." in go.page.locator("main").inner_text()
    state, actions = state_of(sessions, mailed)
    assert state is State.SUPPORTING
    assert actions[-4:] == ["accept", "contact", "start", "finish"]
    if way is Way.HAND:
        with capsys.disabled():
            print(f"\npartner at {width} px: {go.opened.taps} taps beyond typing from the mail to Finished, a wrong code among them")
        assert 0 < go.opened.taps <= 10


def test_a_second_press_changes_nothing_twice(walker: Callable[..., Walker], mailed: Mailed, sessions: sessionmaker[Session]) -> None:
    go = walker(PHONE, Way.NO_SCRIPT, True)
    go.page.goto(mailed.link)
    for name in ("We can help", "Contacted", "Came, or received", "Finished"):
        go.press(name)
    assert len(go.answers) == 4
    _state, actions = state_of(sessions, mailed)
    assert [actions.count(a) for a in ("accept", "contact", "start", "finish")] == [1, 1, 1, 1]


BUTTONS = [("Yes, still right", None), ("Something changed", None), ("We're full", AvailabilityState.FULL), ("Pause until", AvailabilityState.PAUSED)]


@pytest.mark.parametrize(("width", "way"), WAYS)
def test_is_this_still_right_has_four_buttons(
    walker: Callable[..., Walker], mailed: Mailed, sessions: sessionmaker[Session], clock: Clock, width: int, way: Way
) -> None:
    with sessions.begin() as session:
        referral = session.get(Referral, mailed.referral_id)
        assert referral is not None
        offer_id = referral.offer_id
        link = f"/o/{replies.new_offer_link(session, referral.offer, at=clock.at)}"
    go = walker(width, way)
    for words, state in BUTTONS:
        go.page.goto(link)
        go.look("Is this still right")
        if words.startswith("Pause"):
            go.press(words)
            assert "Give the day when you start again. We ask you then." in go.page.locator(".govuk-error-summary").inner_text()
            assert go.page.get_by_label("Day", exact=True).is_visible(), "the fold with the fault in it is shut"
            for label, number in (("Day", "31"), ("Month", "1"), ("Year", "2027")):
                go.type(label, number)
        else:
            go.unfold("Places left, and your name")
            go.type("Your first name", "عبد الرحمن")
            go.type("How many places are left?", "3")
        go.press(words)
        go.page.locator("h1").wait_for()
        assert "Thank you." in go.page.get_by_role("alert").inner_text()
        with sessions() as session:
            offer = session.get(Offer, offer_id)
            assert offer is not None
            if words.startswith("Yes"):
                assert (offer.confirmed_by, offer.confirmed_on, offer.places_left) == ("عبد الرحمن", clock.at.date(), 3)
            elif words.startswith("Something"):
                assert offer.flagged_wrong_at is not None
            else:
                assert offer.availability is state


@pytest.mark.parametrize("way", [Way.HAND, Way.NO_SCRIPT])
def test_from_the_monthly_mail_one_tap_on_a_phone_confirms(
    walker: Callable[..., Walker], town: Town, sessions: sessionmaker[Session], clock: Clock, app_server: str, way: Way
) -> None:
    with sessions.begin() as session:
        assert digests.send_due(session, base_url=app_server, at=clock.at).mailed > 5
        mail = session.scalars(select(Message).where(Message.kind == digests.KIND).order_by(Message.queued_at, Message.id)).first()
        assert mail is not None
        found = re.search(r"http\S+/o/(\S+)", mail.body)
        assert found is not None
        offer_id = replies.open_offer_link(session, found[1], at=clock.at)[0].id
        name = replies.sent_to(session, found[1])
    go = walker(PHONE, way)
    for _ in range(3):
        go.page.goto(found[0])
    go.look("Is this still right")
    with sessions() as session:
        before = session.get_one(Offer, offer_id)
        assert before.confirmed_on != clock.at.date(), "opening the link confirmed it"
    button = go.page.get_by_role("button", name="Yes, still right")
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    go.press("Yes, still right")
    assert "It is confirmed from today." in go.page.get_by_role("alert").inner_text()
    go.look("Is this still right")
    with sessions() as session:
        offer = session.get_one(Offer, offer_id)
        assert (offer.confirmed_on, offer.confirmed_by, offer.confirmed_how) == (clock.at.date(), name, ConfirmedHow.LINK)
    if way is Way.HAND:
        assert go.opened.taps == 1


QUESTIONS = [
    ("Waiting list", "About how many weeks is the wait?", "soon", "Give a whole number from 1 to 156."),
    ("Need to ask something", "What do you need to know?", " ", "Write your question."),
    ("We can't this time", None, "", "Choose a reason. None of them is held against you."),
]


@pytest.mark.parametrize(("answer", "label", "typed", "fault"), QUESTIONS)
def test_bad_input_is_said_beside_its_field_and_changes_nothing(
    walker: Callable[..., Walker], mailed: Mailed, sessions: sessionmaker[Session], answer: str, label: str | None, typed: str, fault: str
) -> None:
    go = walker(PHONE)
    go.page.goto(mailed.link)
    before = state_of(sessions, mailed)
    go.follow(f"^{answer}$")
    go.look("A family would like help")
    if label is not None:
        go.type(label, typed)
    go.press("Send")
    assert faults_shown(go.page) == [fault]
    assert go.page.locator(".govuk-error-summary").evaluate(FOCUSED), "the error summary did not take the focus"
    if label is not None and typed.strip():
        assert go.page.get_by_label(label).input_value() == typed
    go.check(go.page)
    assert state_of(sessions, mailed) == before
