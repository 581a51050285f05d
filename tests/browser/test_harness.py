"""The browser harness itself: it sees a page, counts taps, and fails where axe or the content policy would."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from partners.foundation.actors import Role
from partners.foundation.users import User
from tests.browser.conftest import DESKTOP, PHONE, Opened, violations_of


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("path", ["/", "/sign-in", "/privacy", "/cookies", "/accessibility", "/demo/components", "/nothing-here"])
def test_public_pages_have_no_violation(page_at: Callable[..., Page], no_violations: Callable[[Page], None], width: int, path: str) -> None:
    page = page_at(width)
    page.goto(path)
    assert page.locator("h1").count() == 1
    no_violations(page)


def test_axe_sees_a_picture_without_words(page_at: Callable[..., Page], no_violations: Callable[[Page], None]) -> None:
    page = page_at(PHONE)
    page.goto("/")
    page.evaluate("document.querySelector('main').append(new Image())")
    assert "image-alt" in violations_of(page)
    with pytest.raises(AssertionError, match="axe on"):
        no_violations(page)


def test_a_page_that_reaches_past_the_window_is_seen(page_at: Callable[..., Page], no_violations: Callable[[Page], None]) -> None:
    page = page_at(PHONE)
    page.goto("/")
    page.evaluate("document.querySelector('main').append(Object.assign(document.createElement('p'), {innerText: 'x'.repeat(400)}))")
    with pytest.raises(AssertionError, match="wider than the window"):
        no_violations(page)


@pytest.mark.parametrize("fault", ["hide = wide => wide ? 'x'.repeat(400) : ''", "hide = wide => wide ? '<img src=/none.png>' : ''"])
def test_what_is_wrong_at_another_width_only_is_seen_and_the_window_is_as_it_was(page_at: Callable[..., Page], no_violations: Callable[..., None], fault: str) -> None:
    page = page_at(PHONE)
    page.goto("/")
    no_violations(page, DESKTOP)
    assert page.viewport_size == {"width": PHONE, "height": 667}
    page.evaluate(f"() => {{ const {fault}; const p = document.querySelector('main').appendChild(document.createElement('div')); addEventListener('resize', () => p.innerHTML = hide(innerWidth > 1000).repeat(8)) }}")
    no_violations(page)
    with pytest.raises(AssertionError, match=f"at {DESKTOP} px|wider than the window of {DESKTOP}"):
        no_violations(page, DESKTOP)


def test_taps_are_counted_over_pages_and_typing_is_not_a_tap(open_page: Callable[..., Opened]) -> None:
    opened = open_page(PHONE)
    opened.page.goto("/sign-in")
    opened.page.locator("input:visible").first.fill("flo@example.org")
    opened.page.keyboard.press("Tab")
    assert opened.taps == 0
    opened.page.locator("h1").click()
    opened.page.goto("/privacy")
    opened.page.locator("h1").tap()
    assert opened.taps == 2


def test_a_script_that_the_content_policy_stops_is_noticed(open_page: Callable[..., Opened]) -> None:
    opened = open_page(DESKTOP)
    opened.page.goto("/")
    opened.page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
    opened.page.wait_for_timeout(100)
    assert opened.page.evaluate("window.ran") is None
    assert any("Content Security Policy" in fault for fault in opened.faults)
    opened.faults.clear()


def test_somebody_can_be_signed_in_at_once(
    page_at: Callable[..., Page], sign_in: Callable[[Page, User | str], None], people: dict[Role, User], no_violations: Callable[[Page], None]
) -> None:
    page = page_at(PHONE)
    page.goto("/account")
    assert "/sign-in" in page.url
    sign_in(page, people[Role.FLO])
    page.goto("/account")
    assert page.get_by_text("flo@example.org").count() >= 1
    no_violations(page)
