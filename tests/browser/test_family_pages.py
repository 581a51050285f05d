"""The family's own pages in a real browser, from the right and from the left, by hand and without scripts; and an agreement taken back in one press."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partners.families import families, languages, own_pages, questionnaires
from partners.families.families import ContactBy
from partners.families.schools import School
from partners.foundation import users
from partners.foundation.actors import Role
from partners.foundation.users import User
from partners.matching import words
from partners.referrals import family_links
from partners.referrals.moves import Kind
from partners.referrals.referrals import Referral
from seeds.demo import Town
from tests.browser.conftest import DESKTOP, PHONE, Clock
from tests.integration.privacy.conftest import a_family, a_school, an_offer
from web.family import telling

NAME = "Hodancanary"


@pytest.fixture
def links(people: dict[Role, User], sessions: sessionmaker[Session], clock: Clock) -> dict[str, str]:
    """A family that speaks Arabic, with a link to one child's questions and one to what is held, and its six numbers."""
    with sessions.begin() as session:
        by = users.actor_of(session.merge(people[Role.FLO]))
        family = families.add(
            session, initials="QZX", first_name=NAME, contact_by=ContactBy.PHONE, contact="07700 900987", language="ar", children=[{"year_group": "Y2"}], by=by, at=clock.at,
        )
        _row, asked = questionnaires.begin(session, family, family.children[0], by=by, at=clock.at)
        own, code = own_pages.make(session, family, by=by, at=clock.at)
        return {"asked": f"/f/{asked}", "own": f"/my/{own}", "code": code, "family": str(family.id)}


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_questions_in_arabic_run_from_the_right_and_pass_axe(links: dict[str, str], page_at: Callable[..., Page], no_violations: Callable[[Page], None], width: int) -> None:
    page = page_at(width)
    page.goto(links["asked"])
    no_violations(page)
    assert page.locator("main").evaluate("main => getComputedStyle(main).direction") == "rtl"
    assert page.locator("html").get_attribute("lang") == "ar"
    right = "element => element.getBoundingClientRect().right"
    assert abs(page.locator("h1").evaluate(right) - page.locator(".kith-header__row").evaluate(right)) <= 1, "the words do not begin where the page does"
    assert page.locator(".govuk-exit-this-page__button").evaluate("exit => exit.getBoundingClientRect().left") <= page.locator("main").evaluate("main => main.getBoundingClientRect().left") + 1
    assert NAME not in page.content()
    page.get_by_role("button", name="ابدأ").or_(page.locator("main a[role=button]")).first.click()
    for question in questionnaires.questions():
        page.locator("h1").wait_for()
        no_violations(page)
        assert page.title().endswith(" – Kith")
        assert "999" in page.locator(".kith-footer").inner_text()
        if question.kind == "words":
            page.locator("textarea").fill("أهلا")
        else:
            assert page.locator("main input:checked").count() == 0, "something was chosen beforehand"
            page.locator("main input:not([type=hidden])").first.check()
        page.locator("button[value=next]").click()
    no_violations(page)
    page.locator("main form button").first.click()
    page.get_by_text("ما الذي سنفعله الآن").wait_for()
    no_violations(page)


def test_without_scripts_in_polish_every_question_may_be_left_out(links: dict[str, str], page_at: Callable[..., Page]) -> None:
    page = page_at(PHONE, scripts=False)
    page.goto(links["asked"])
    page.get_by_role("button", name="Polski").click()
    assert page.locator("main").get_attribute("dir") is None
    page.locator("main a[role=button]").click()
    for _ in questionnaires.questions():
        page.get_by_role("button", name="Pomiń to pytanie").click()
    page.get_by_role("button", name="Przekaż moje odpowiedzi szkole").click()
    assert page.get_by_role("heading", name="Dziękujemy").count() == 1


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_what_is_held_in_arabic_opens_with_the_numbers_and_passes_axe(
    links: dict[str, str], page_at: Callable[..., Page], no_violations: Callable[[Page], None], clock: Clock, width: int
) -> None:
    page = page_at(width)
    page.goto(links["own"])
    page.locator("#answer").fill("12")
    page.locator("main form button").click()
    page.locator(".govuk-error-summary").wait_for()
    no_violations(page)
    page.locator("#answer").fill(links["code"])
    page.locator("main form button").click()
    page.get_by_text(NAME).first.wait_for()
    no_violations(page)
    clock.at += timedelta(minutes=31)
    answer = page.reload()
    assert answer is not None
    assert answer.status == 404


@pytest.fixture
def whole(sessions: sessionmaker[Session], clock: Clock) -> dict[str, tuple[str, str]]:
    """A family that went all the way, in each of three languages: the address of its own page, and its six numbers."""
    made = {}
    with sessions.begin() as session:
        here = a_school(session, "Hill Primary")
        partner = an_offer(session)
        for code in ("en", "so", "ar"):
            family = a_family(session, here, partner, f"qz{code}").family
            family.language = code
            token, numbers = own_pages.make(session, family, by=here.flo, at=clock.at)
            made[code] = (f"/my/{token}", numbers)
    return made


def test_everything_that_is_held_opens_group_by_group_in_the_familys_language_and_passes_axe(
    whole: dict[str, tuple[str, str]], page_at: Callable[..., Page], no_violations: Callable[..., None],
) -> None:
    page = page_at(PHONE)
    for code, (address, numbers) in whole.items():
        page.goto(address)
        page.locator("#answer").fill(numbers)
        page.locator("main form button").click()
        groups = page.locator("details.kith-held")
        groups.first.wait_for()
        no_violations(page, DESKTOP)
        assert f"Keptavoidqz{code}" not in page.content(), "who must not know is on a page that somebody else may be reading"
        say = languages.held(code)
        assert groups.locator("summary").all_inner_texts() == [say[f"group.{name}"] for name in (*telling.GROUPS, "looked")]
        for n in range(groups.count()):
            assert groups.nth(n).get_attribute("open") is None
            groups.nth(n).locator("summary").focus()
            page.keyboard.press("Enter")
        no_violations(page, DESKTOP)
        assert page.get_by_text(say["field.shared"], exact=True).is_visible()
        assert page.locator("main").evaluate("main => getComputedStyle(main).direction") == languages.every()[code].direction


def test_complaining_in_every_language_passes_axe_with_errors_showing_and_keeps_what_was_typed_without_scripts(
    whole: dict[str, tuple[str, str]], page_at: Callable[..., Page], no_violations: Callable[..., None], sessions: sessionmaker[Session],
) -> None:
    with sessions() as session:
        school = session.scalars(select(School).where(School.name == "Hill Primary")).one()
    page, plain = page_at(PHONE), page_at(PHONE, scripts=False)
    for code, one in languages.every().items():
        say = languages.texts(code)
        page.goto(f"/complain/{school.id}?in={code}")
        no_violations(page, DESKTOP)
        assert page.locator("main").evaluate("main => getComputedStyle(main).direction") == one.direction
        page.locator("#name").fill("Amira")
        page.locator("main form button").click()
        page.locator(".govuk-error-summary").wait_for()
        no_violations(page, DESKTOP)
        page.locator(".govuk-error-summary a").click()
        assert page.locator("#words").evaluate("box => box === document.activeElement")
        plain.goto(f"/complain/{school.id}?in={code}")
        plain.locator("#name").fill("Amira")
        plain.locator("main form button").click()
        assert plain.locator("#name").input_value() == "Amira"
        assert plain.locator("#words-fault").inner_text() == say["complain.words_none"]
        plain.locator("#words").fill("–")
        plain.locator("main form button").click()
        assert plain.get_by_role("heading", name=say["complain.now"]).is_visible()
        page.goto(f"/complain/{school.id}/kept?in={code}")
        no_violations(page, DESKTOP)


def test_the_officers_pages_about_it_pass_axe_and_a_better_word_stands_beside_the_box(
    links: dict[str, str], page_at: Callable[..., Page], sign_in: Callable[[Page, User | str], None], people: dict[Role, User], sessions: sessionmaker[Session],
    no_violations: Callable[[Page], None], clock: Clock,
) -> None:
    words.read("no bed")  # the first reading learns its words, for seconds on busy cores
    with sessions.begin() as session:
        row = session.scalars(select(questionnaires.Questionnaire)).unique().one()
        own = questionnaires.family_by_link(row.family_id, row.school_id)
        for key, value in (("different", "a bed"), ("could_help", ["bed"]), ("must_be_like", ["quiet"])):
            questionnaires.answer(session, row, questionnaires.find_question(session, row, key), value, browser="b", by=own, at=clock.at)
        questionnaires.give(session, row, by=own, at=clock.at)
        answers = f"/liaison/questionnaires/{row.id}"
    page = page_at(PHONE)
    sign_in(page, people[Role.FLO])
    for path in (answers, f"/liaison/families/{links['family']}/questions", f"/liaison/families/{links['family']}/must-not-know", f"/liaison/families/{links['family']}"):
        page.goto(path)
        no_violations(page)
    page.goto(f"/liaison/families/{links['family']}/change")
    page.locator("#must_not_know").fill("Their chaotic uncle")
    page.locator("#must_not_know").blur()
    page.get_by_text("a lot going on; several things to sort out").wait_for()
    assert page.locator("#must_not_know").input_value() == "Their chaotic uncle"


@pytest.fixture
def check_in(town: Town, sessions: sessionmaker[Session], clock: Clock) -> tuple[str, str]:
    """The address of a check-in of a family of the town, and that of the script of an introduction."""
    with sessions.begin() as session:
        officer = users.find_by_email(session, town.emails["flo"])
        assert officer is not None
        by = users.actor_of(officer)
        theirs = [r for r in session.scalars(select(Referral).where(Referral.school_id == by.school_id, Referral.kind == Kind.INTRODUCE)).unique() if r.family.in_use and not r.family.archived_at]
        token = family_links.new_link(session, theirs[0], 14, by=by, at=clock.at)
        return f"/check-in/{token}", f"/liaison/referrals/{theirs[0].id}/script"


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_check_in_in_every_language_passes_axe_with_an_error_showing_too(
    check_in: tuple[str, str], page_at: Callable[..., Page], no_violations: Callable[[Page], None], width: int,
) -> None:
    page = page_at(width)
    for code, one in languages.every().items():
        page.goto(f"{check_in[0]}?in={code}")
        no_violations(page)
        assert page.locator("main").evaluate("main => getComputedStyle(main).direction") == one.direction
    page.locator("#words").fill("x" * 501)
    page.locator("main form button").click()
    page.locator(".govuk-error-summary").wait_for()
    no_violations(page)
    assert page.locator(".govuk-error-summary").count() == 1
    page.locator("#words").fill("Mulțumesc")
    page.locator("main form button").click()
    page.get_by_role("heading", name="Vă mulțumim").wait_for()
    no_violations(page)


def test_the_printed_script_is_one_sheet_in_every_language_and_says_that_nobody_checked_it(
    check_in: tuple[str, str], town: Town, page_at: Callable[..., Page], sign_in: Callable[[Page, User | str], None], no_violations: Callable[[Page], None],
) -> None:
    page = page_at(PHONE)
    sign_in(page, town.emails["flo"])
    for code, one in languages.every().items():
        page.goto(f"{check_in[1]}?in={code}")
        no_violations(page)
        sheets = PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
        assert len(sheets) == 1, f"the script in {code} prints on {len(sheets)} sheets"
        page.emulate_media(media="print")
        assert page.get_by_text(languages.texts(code)["page.unchecked"]).is_visible() is not one.checked
        sizes = page.locator(".kith-script .govuk-body, .kith-say").evaluate_all("all => all.map(one => parseFloat(getComputedStyle(one).fontSize))")
        assert min(sizes) >= 16, "a line of the printed script is too small to read"
        page.emulate_media(media="null")
