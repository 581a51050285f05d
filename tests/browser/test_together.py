"""What is done together, in a real browser: the pages at both widths, the partner's own page, three taps for who came, and the line of years drawn and told."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation import users
from partners.registry import partnerships
from seeds.demo import Town
from tests.browser.conftest import DESKTOP, PHONE, Clock
from tests.browser.steps import Walker, Way

WAYS = [(PHONE, Way.HAND), (DESKTOP, Way.HAND), (PHONE, Way.NO_SCRIPT)]
ID = r"[0-9a-f]{8}-[0-9a-f-]{27}"
# The page to start from, then the link on it that leads to the page to look at.
PAGES = (
    ("/liaison/together", ""), ("/liaison/together/exchanges", ""), ("/liaison/together/exchanges", rf"/exchanges/{ID}$"), ("/liaison/together/asks", ""),
    ("/liaison/together/asks/new", ""), ("/liaison/together/gives/new", ""), ("/liaison/together/partnerships", ""),
    ("/liaison/together/partnerships", rf"/partnerships/{ID}$"), ("/liaison/together/partnerships/new", ""), ("/liaison/together/groups", ""),
    ("/liaison/together/groups", rf"/groups/{ID}$"), ("/liaison/together/events", ""), ("/liaison/together/events", rf"/events/{ID}$"),
    ("/liaison/together/events/new", ""), ("/liaison/together/gaps", ""), ("/liaison/together/gaps", "/ask$"), ("/liaison/together/gaps", rf"/gap-asks/{ID}$"),
)
DEEPER = (
    ("/liaison/together/partnerships", rf"/partnerships/{ID}$", "/happened$"), ("/liaison/together/partnerships", rf"/partnerships/{ID}$", "/plan$"),
    ("/liaison/together/partnerships", rf"/partnerships/{ID}$", "/view$"), ("/liaison/together/partnerships", rf"/partnerships/{ID}$", "/people$"),
    ("/liaison/together/groups", rf"/groups/{ID}$", "/match$"), ("/liaison/together/groups", rf"/groups/{ID}$", rf"/groups/{ID}/families/{ID}$"),
    ("/liaison/together/groups", rf"/groups/{ID}$", rf"/meetings/{ID}$"), ("/liaison/together/groups", rf"/groups/{ID}$", "/meetings$"),
    ("/liaison/together/events", rf"/events/{ID}$", "/share$"), ("/liaison/together/events", rf"/events/{ID}$", "/wants/new$"),
    ("/liaison/together/events", rf"/events/{ID}$", "/bring$"), ("/liaison/together/events", rf"/events/{ID}$", rf"/events/{ID}/ask$"),
    ("/liaison/together/groups", rf"/groups/{ID}$", "/hand-on$"),
)


def _link(page: Page, pattern: str) -> str:
    found: list[str] = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.getAttribute('href'))")
    return next(href for href in found if re.search(pattern, href))


def test_every_page_of_the_liaison_officer_passes_axe_and_fits(walker: Callable[..., Walker], sign_in: Callable[[Page, str], None], town: Town) -> None:
    go = walker(PHONE, also=(DESKTOP,))
    sign_in(go.page, town.emails["flo"])
    for start, *links in (*PAGES, *DEEPER):
        go.page.goto(start)
        for pattern in filter(None, links):
            go.page.goto(_link(go.page, pattern))
        go.look(".")
    assert len(go.seen) == len(PAGES) + len(DEEPER)


def test_errors_stand_beside_their_fields_and_pass_axe(walker: Callable[..., Walker], sign_in: Callable[[Page, str], None], town: Town) -> None:
    go = walker(PHONE, also=(DESKTOP,))
    sign_in(go.page, town.emails["flo"])
    for path, button in (
        ("asks/new", "Save"), ("gives/new", "Save"), ("partnerships/new", "Begin"), ("events/new", "Save"),
    ):
        go.page.goto(f"/liaison/together/{path}")
        go.press(button)
        go.look(".")
        assert go.page.title().startswith("Error: ")
        assert go.page.locator(".govuk-error-summary a").count() >= 1


@pytest.mark.parametrize(("width", "way"), WAYS)
def test_an_exchange_from_the_menu_to_arranged(walker: Callable[..., Walker], sign_in: Callable[[Page, str], None], town: Town, width: int, way: Way) -> None:
    go = walker(width, way)
    sign_in(go.page, town.emails["flo"])
    go.page.goto("/liaison/together")
    go.follow("Asks, gives and exchanges")
    go.look("Asks, gives and exchanges")
    assert not go.page.locator("main input:checked").count(), "something was chosen beforehand"
    go.unfold("Why this fits")
    assert go.page.get_by_text("It is what was asked for").first.is_visible()
    go.press("Ask everybody")
    go.look("One gives to another")
    for _ in range(2):
        go.page.locator("main input[name=name]").first.fill("Bev")
        go.press("They said yes")
    go.look("One gives to another")
    assert go.page.get_by_role("heading", name="Arranged").is_visible()
    go.press("It was received")
    assert go.page.get_by_role("heading", name="Done").is_visible()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_who_came_takes_three_taps(walker: Callable[..., Walker], sign_in: Callable[[Page, str], None], town: Town, width: int, capsys: pytest.CaptureFixture[str]) -> None:
    go = walker(width)
    sign_in(go.page, town.emails["flo"])
    go.page.goto("/liaison/")
    if width <= PHONE:  # unfolding the menu is the telephone's own tap, the same for every page
        go.page.get_by_role("button", name="Menu").tap()
    before = go.opened.taps
    go.follow("Together")
    go.follow("Tuesday 24 November")
    go.look("Who came on")
    assert go.page.locator("main input:checked").count() == 0, "somebody was ticked beforehand"
    go.press("Everyone came")
    taps = go.opened.taps - before
    assert go.page.get_by_text("5 families came").first.is_visible()
    with capsys.disabled():
        print(f"\nwho came at {width} px: {taps} taps")
    assert taps == 3


@pytest.mark.parametrize(("width", "way"), WAYS)
def test_the_partner_asks_gives_and_says_how_it_sees_it(
    walker: Callable[..., Walker], sessions: sessionmaker[Session], clock: Clock, town: Town, width: int, way: Way
) -> None:
    with sessions.begin() as session:
        user = users.find_by_email(session, town.emails["flo"])
        assert user is not None
        rows = partnerships.listed(session, by=users.actor_of(user))
        token = partnerships.new_link(session, next(p for p in rows if p.organisation.name == "Marlbeck Library"), at=clock.at)
    go = walker(width, way)
    go.page.goto(f"/p/{token}")
    go.look("Marlbeck Library and Marlbeck Primary School")
    go.follow("Ask for something")
    go.page.get_by_label("What would you like?").select_option(label="Sewing and mending")
    go.type("How many?", "1")
    go.look("What would you like")
    go.press("Send")
    assert go.page.get_by_text("Sewing and mending").first.is_visible()
    go.follow(r"We can bring some \(cooking\)")
    go.look(": cooking")
    go.type("How many can you bring?", "30")
    go.type("Your first name", "Pam")
    go.press("We bring it")
    assert go.page.get_by_text("You bring 30 meals").is_visible()
    assert go.page.get_by_text("Still missing: 50 meals").is_visible()
    go.follow("Say how you see it")
    go.look("How do you see it this year")
    go.press("Send")
    go.look("How do you see it this year")
    assert go.page.title().startswith("Error: ")
    for group in go.page.locator("main fieldset").all():
        group.get_by_label("Sometimes").check(force=True)
    go.type("Your first name", "Pam")
    go.press("Send")
    go.look("Marlbeck Library and Marlbeck Primary School")
    assert go.page.get_by_text("Thank you. The school sees your view").is_visible()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_heads_lines_of_years_are_drawn_and_told(walker: Callable[..., Walker], sign_in: Callable[[Page, str], None], town: Town, width: int) -> None:
    go = walker(width)
    sign_in(go.page, town.emails["head"])
    for path, heading in (("/heads/partnerships", "Partnerships over years"), ("/heads/gaps", "What is missing")):
        go.page.goto(path)
        go.look(heading)
    go.page.goto("/heads/partnerships")
    drawings = go.page.locator("main svg[role=img]")
    assert drawings.count() == 6
    for n in range(6):
        assert drawings.nth(n).locator("title").text_content(), "a line has no title"
        assert "Since 20" in (drawings.nth(n).locator("desc").text_content() or "")
        box = drawings.nth(n).bounding_box()
        assert box is not None
        assert box["width"] <= width
    names = [row.inner_text() for row in go.page.locator("main h3").all()]
    assert names == sorted(names), "the alphabet is the only order"
    network = drawings.nth(4)
    assert "Parents from their community had a say" not in (network.locator("title").text_content() or "")
    assert network.locator("rect").count() == 2, "what changed because of them is drawn"
    go.follow("Marlbeck Somali Women")
    go.look("Marlbeck Somali Women")
    assert not [a for a in go.page.locator("main a").all() if "/liaison" in (a.get_attribute("href") or "")]
