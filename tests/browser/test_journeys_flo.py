"""The liaison officer's journey in a real browser: from the gate to an introduction, by hand, without scripts and by the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from partners.families import families, requirements
from partners.families.agreements import Agreement
from partners.families.families import ContactBy, Family
from partners.families.needs import Need
from partners.foundation import users
from partners.foundation.outbox import Message
from partners.referrals.moves import State
from partners.referrals.referrals import Referral
from seeds.demo import Town
from tests.browser.conftest import DESKTOP, PHONE, Clock, Opened
from tests.browser.steps import FOCUSED, Walker, Way, faults_shown

MOST_TAPS = 12  # beyond typing, from Today to Sent. Source: the sketch of the pages
INITIALS, NAME, NUMBER = "QZX", "Hodancanary", "07700 900987"
NEED = "Food for the next few days"


@pytest.fixture
def family(town: Town, sessions: sessionmaker[Session], clock: Clock) -> str:
    """A family that the officer met twelve days ago and that asked for Somali then. Returns how lists show it."""
    with sessions.begin() as session:
        officer = users.find_by_email(session, town.emails["flo"])
        assert officer is not None
        by, met = users.actor_of(officer), clock.at - timedelta(days=12)
        added = families.add(
            session, initials=INITIALS, first_name=NAME, contact_by=ContactBy.PHONE, contact=NUMBER, postcode="LS9 7AB", language="so",
            children=[{"year_group": "Y1"}, {"year_group": "Y4"}], by=by, at=met,
        )
        requirements.replace(session, added, [{"what": "language", "value": "so", "strength": "must"}], by=by, at=met)
        return added.label


@pytest.fixture
def walker(
    open_page: Callable[..., Opened], no_violations: Callable[[Page], None], town: Town, family: str, sessions: sessionmaker[Session],
) -> Callable[..., Walker]:
    """Somebody at a width who goes in a way: `walker(PHONE, Way.KEYS)`."""

    def start(width: int, way: Way = Way.HAND, *, twice: bool = False) -> Walker:
        return Walker(open_page(width, scripts=way is not Way.NO_SCRIPT), no_violations, width, way, twice)

    return start


def sign_in_by_link(go: Walker, town: Town, sessions: sessionmaker[Session]) -> None:
    """Ask for a link, open the mail, press the button."""
    go.page.goto("/sign-in")
    go.look("Sign in")
    go.type("Your work e-mail address", town.emails["flo"])
    go.press("Send me a link")
    go.look("Look at your e-mail")
    with sessions() as session:
        mail = session.scalars(select(Message).where(Message.kind == "sign_in_link").order_by(Message.queued_at.desc())).first()
        assert mail is not None
        link = re.search(r"http\S+/sign-in/link/\S+", mail.body)
    assert link is not None
    go.page.goto(link[0])
    go.look("Sign in to Kith")
    again, go.twice = go.twice, False
    go.press("Sign in")
    go.twice = again
    go.look("Today")


def from_the_gate_to_sent(go: Walker, family: str) -> None:
    """From Today to Sent: a need in the family's words, what it must be like, a choice with reasons, the agreement, the last look."""
    go.follow("^New need$")
    go.look("Who for")
    go.follow(f"^{re.escape(family)}$")
    go.look("is anyone at risk of harm now")
    go.press("No$")
    go.look("What would help")
    go.type("Say it as they said it", "no food in the house for the next few days")
    if go.way is Way.KEYS:
        go.press("Look it up")
    else:
        go.press_enter("Say it as they said it")
    go.look("What would help")
    assert go.page.locator("main input:checked").count() == 0, "something was chosen beforehand"
    go.tick(NEED)
    go.tick("The family", "radio")
    go.press("This week")
    go.look("What must it be like")
    assert go.page.get_by_text(re.compile(r"^Somali \(must\), asked 12 days ago")).count() == 1, "what was asked for before is not shown with its day"
    features = go.page.get_by_role("group", name="Would help", exact=True)
    assert not features.get_by_role("checkbox", name="Children welcome").is_visible(), "the long list stands open"
    go.tick("Weekday mornings")
    go.press("Show suggestions")
    go.look("Suggestions")
    cards = go.page.locator(".kith-card")
    assert 1 <= cards.count() <= 3
    assert go.page.locator("main input:checked, main [aria-pressed=true]").count() == 0, "a suggestion was chosen beforehand"
    assert "days ago" in cards.first.inner_text()
    assert "Confirmed by" in cards.first.inner_text()
    go.unfold("Left out")
    left_out = go.page.locator("details[open]").inner_text()
    assert re.search(r"\(\d+\)\n", left_out), f"left out is not grouped with counts: {left_out}"
    go.press("Introduce us", cards.first)
    go.look("Say this")
    script = go.page.locator("main blockquote").inner_text()
    assert "Waad beddeli kartaa go'aankaaga goor kasta." in script, f"the script is not in the family's language: {script}"
    go.type("Who agreed?", "parent")
    go.press("Agreed to what I said")
    go.look("Check and send")
    assert "First name, How and when it is safe to reach you, What you would like help with" in go.page.locator("main").inner_text()
    go.press("Send")
    go.look(NEED)
    turn = go.page.locator(".kith-turn").inner_text()
    assert "has the next step" in turn
    assert re.search(r"By \w+day \d+ \w+", turn)
    assert "If nobody answers" in turn


def was_sent_once(session: Session) -> Referral:
    """Return the one referral of the family, sent once with what the script says, in a mail that says nothing of the family."""
    family = next(f for f in session.scalars(select(Family)).unique() if f.initials == "Q.Z.X.")
    referral = session.scalars(select(Referral).where(Referral.family_id == family.id)).unique().one()
    assert (referral.state, referral.kind.value, referral.next_owner) == (State.SENT, "introduce", "partner")
    assert [need.code for need in session.scalars(select(Need).where(Need.family_id == family.id)).unique()] == ["food_now"]
    agreement = session.scalars(select(Agreement).where(Agreement.family_id == family.id)).one()
    assert (agreement.fields, agreement.said.value, agreement.said_by) == (["first_name", "safe_contact", "need"], "spoken", "parent")
    rules = {r.rule["what"] for r in session.query(requirements.FamilyRequirement).filter_by(family_id=family.id)}
    assert rules == {"language", "time"}
    mail = session.scalars(select(Message).where(Message.referral_id == referral.id)).one()
    for secret in (NAME, NUMBER, NUMBER.replace(" ", ""), "Q.Z.X.", "LS9", NEED, "Somali", "food"):
        assert secret not in mail.subject + mail.body, f"the mail says {secret}"
    return referral


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_from_the_gate_to_an_introduction_in_twelve_taps(
    walker: Callable[..., Walker], town: Town, family: str, sessions: sessionmaker[Session], width: int, capsys: pytest.CaptureFixture[str]
) -> None:
    go = walker(width)
    sign_in_by_link(go, town, sessions)
    before = go.opened.taps
    from_the_gate_to_sent(go, family)
    taps = go.opened.taps - before
    with capsys.disabled():
        print(f"\nliaison officer at {width} px: {taps} taps beyond typing from Today to Sent, {before} to sign in")
    assert 5 < taps <= MOST_TAPS
    with sessions() as session:
        was_sent_once(session)


@pytest.mark.parametrize("way", [Way.NO_SCRIPT, Way.KEYS])
def test_the_same_without_scripts_and_by_the_keyboard_alone(
    walker: Callable[..., Walker], town: Town, family: str, sessions: sessionmaker[Session], way: Way
) -> None:
    go = walker(PHONE if way is Way.NO_SCRIPT else DESKTOP, way)
    sign_in_by_link(go, town, sessions)
    from_the_gate_to_sent(go, family)
    assert go.opened.taps == 0
    with sessions() as session:
        was_sent_once(session)


def test_a_second_press_of_any_button_changes_nothing_twice(walker: Callable[..., Walker], town: Town, family: str, sessions: sessionmaker[Session]) -> None:
    go = walker(PHONE, Way.NO_SCRIPT, twice=True)
    sign_in_by_link(go, town, sessions)
    from_the_gate_to_sent(go, family)
    assert len(go.answers) >= 7
    with sessions() as session:
        referral = was_sent_once(session)
        assert [event.action for event in referral.events].count("send") == 1
        counts = session.scalar(select(func.count()).select_from(Referral))
    go.page.goto("/liaison/families/new")
    go.type("Initials of the parent or carer", "WXW")
    go.tick("Not known yet", "radio")
    go.press("Save and go on")
    with sessions() as session:
        assert [f.initials for f in session.scalars(select(Family)).unique()].count("W.X.W.") == 1, "a second press added the family again"
        assert session.scalar(select(func.count()).select_from(Referral)) == counts


def test_the_first_tab_leads_past_the_menu_and_the_cover_hides_everything(walker: Callable[..., Walker], town: Town, sessions: sessionmaker[Session]) -> None:
    go = walker(DESKTOP, Way.KEYS)
    sign_in_by_link(go, town, sessions)
    go.page.goto("/liaison/families")
    go.page.keyboard.press("Tab")
    skip = go.page.locator(".govuk-skip-link")
    assert skip.evaluate(FOCUSED)
    assert skip.bounding_box()["height"] > 10, "the skip link cannot be seen"  # type: ignore[index]
    go.page.keyboard.press("Enter")
    assert go.page.locator("main").evaluate(FOCUSED)
    hide = go.page.get_by_role("link", name="Hide this page")
    hide.focus()
    go.page.keyboard.press("Enter")
    assert go.page.title() == "Kith"
    show = go.page.get_by_role("button", name="Show the page again")
    assert show.evaluate(FOCUSED)
    over = show.locator("xpath=..").bounding_box()
    assert over is not None
    assert (over["x"], over["y"], over["width"], over["height"]) == (0, 0, DESKTOP, 800), "the cover leaves something to be seen"
    go.page.keyboard.press("Enter")
    assert hide.evaluate(FOCUSED)
    assert "Families" in go.page.title()


def test_the_cover_without_scripts_is_a_calm_page_that_leads_back(walker: Callable[..., Walker], town: Town, sessions: sessionmaker[Session]) -> None:
    go = walker(PHONE, Way.NO_SCRIPT)
    sign_in_by_link(go, town, sessions)
    go.page.goto("/liaison/families")
    go.page.get_by_role("link", name="Hide this page").click()
    go.look("This page is hidden")
    assert go.page.locator("nav, header a").count() == 0
    assert "Q.Z." not in go.page.content()
    go.follow("Show it again")
    go.look("Families")


def test_enter_in_a_box_never_answers_for_the_family(walker: Callable[..., Walker], town: Town, family: str, sessions: sessionmaker[Session]) -> None:
    go = walker(DESKTOP)
    sign_in_by_link(go, town, sessions)
    go.follow("^New need$")
    go.follow(f"^{re.escape(family)}$")
    go.press("No$")
    go.unfold("Which child")
    sent = len(go.posts)
    go.page.get_by_label("Age in years, if it matters").fill("5")
    go.page.get_by_label("Age in years, if it matters").press("Enter")
    go.page.wait_for_timeout(200)
    assert len(go.posts) == sent, "Enter chose how soon"


def test_bad_input_is_said_beside_its_field_and_keeps_what_was_typed(
    walker: Callable[..., Walker], town: Town, family: str, sessions: sessionmaker[Session], no_violations: Callable[[Page], None]
) -> None:
    go = walker(PHONE)
    go.page.goto("/sign-in")
    box = go.page.get_by_label(re.compile("e-mail address")).first
    box.fill("not an address")
    go.press("Send me a link")
    assert faults_shown(go.page) == ["Give an e-mail address like name@example.org."]
    assert go.page.locator(".govuk-error-summary").evaluate(FOCUSED), "the error summary did not take the focus"
    assert go.page.get_by_label(re.compile("e-mail address")).first.input_value() == "not an address"
    no_violations(go.page)
    sign_in_by_link(go, town, sessions)

    with sessions() as session:
        before = session.scalar(select(func.count()).select_from(Family))
    go.page.goto("/liaison/families/new")
    go.type("Initials of the parent or carer", "Alexander")
    go.type("Postcode", "nowhere")
    go.type("Safe times", "بعد المدرسة، after school")
    go.tick("Y4")
    go.press("Save and go on")
    said = faults_shown(go.page)
    assert "Choose a way, or 'Not known yet'." in said
    assert "Give a whole postcode, like LS14 1BW." in said
    assert go.page.get_by_label("Safe times").input_value() == "بعد المدرسة، after school"
    assert go.page.get_by_label("Initials of the parent or carer").input_value() == "Alexander"
    assert go.page.get_by_role("checkbox", name="Y4").is_checked()
    assert go.page.locator(".govuk-error-summary").evaluate(FOCUSED)
    no_violations(go.page)
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Family)) == before, "a family was half-saved"

    go.page.goto("/liaison/")
    go.follow("^New need$")
    go.follow(f"^{re.escape(family)}$")
    go.press("No$")
    go.unfold("Which child")
    go.page.get_by_label("Age in years, if it matters").fill("five")
    go.page.get_by_label("Anything they said or tried already").fill("we tried the council")
    go.press("Today")
    said = faults_shown(go.page)
    assert "Choose whom it is for." in said
    assert "Give a whole number from 0 to 120." in said
    assert go.page.get_by_label("Age in years, if it matters").input_value() == "five"
    assert go.page.get_by_label("Anything they said or tried already").input_value() == "we tried the council"
    no_violations(go.page)
    go.page.get_by_label("Age in years, if it matters").fill("")
    go.tick("The family", "radio")
    go.press("Today")
    assert faults_shown(go.page) == ["Choose what would help: one to ten things."]
    no_violations(go.page)
    go.unfold("Food and essentials")
    go.tick(NEED)
    go.press("This week")

    go.look("What must it be like")
    go.page.get_by_label("At most how many minutes?").fill("a while")
    go.tick("On foot", "radio")
    go.press("Show suggestions")
    assert faults_shown(go.page) == ["Give a whole number from 1 to 240."]
    assert go.page.get_by_label("At most how many minutes?").input_value() == "a while"
    assert go.page.get_by_role("radio", name="On foot").is_checked()
    no_violations(go.page)
    go.page.get_by_label("At most how many minutes?").fill("200")
    go.press("Show suggestions")
    go.follow("Nothing suitable")
    go.press("Save")
    assert faults_shown(go.page) == ["Choose why nothing was suitable."]
    no_violations(go.page)
    go.page.go_back()
    go.page.go_back()
    go.press("Introduce us", go.page.locator(".kith-card").first)
    go.unfold("Someone must not know")
    go.page.get_by_label("Is there anyone who must not know?").fill("an uncle")
    go.press("Agreed to what I said")
    assert faults_shown(go.page) == ["Say who agreed, in their role: for example 'parent'."]
    assert go.page.get_by_label("Is there anyone who must not know?").input_value() == "an uncle"
    assert go.page.get_by_label("Is there anyone who must not know?").is_visible()
    no_violations(go.page)
    with sessions() as session:
        family_id = next(f.id for f in session.scalars(select(Family)).unique() if f.initials == "Q.Z.X.")
        assert session.scalars(select(Agreement).where(Agreement.family_id == family_id)).first() is None, "an agreement was half-saved"
