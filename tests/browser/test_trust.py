"""The trust's page in a real browser: it fits, passes axe folded and unfolded, opens its check by keyboard, and prints with what its figures mean."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from seeds.demo import Town
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.steps import Walker, Way


@pytest.mark.parametrize(("width", "way"), [(PHONE, Way.HAND), (DESKTOP, Way.KEYS), (PHONE, Way.NO_SCRIPT)])
def test_the_page_is_read_and_how_it_can_be_checked_is_one_step_away(
    walker: Callable[..., Walker], sign_in: Callable[[Page, str], None], town: Town, width: int, way: Way
) -> None:
    go = walker(width, way)
    sign_in(go.page, town.emails["trust"])
    go.page.goto("/trust/")
    go.look("Our schools together")
    assert "Totals over 3 schools." in go.page.locator("main").inner_text()
    fingerprint = go.page.get_by_text("Fingerprint (SHA-256)")
    assert not fingerprint.is_visible()
    go.unfold("How this can be checked")
    assert fingerprint.is_visible()
    assert go.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the fingerprint is wider than the page"
    if way is not Way.NO_SCRIPT:
        go.check(go.page)
    leads_to = {a.get_attribute("href") or "" for a in go.page.locator("main a").all()}
    definitions = {href for href in leads_to if href.startswith("#")}
    assert definitions
    assert all(go.page.locator(href).count() == 1 for href in definitions), "a figure leads to no definition"
    assert leads_to - definitions == {f"/trust/report.{kind}" for kind in ("pdf", "docx", "csv", "json")}


def test_it_prints_with_how_it_can_be_checked(walker: Callable[..., Walker], sign_in: Callable[[Page, str], None], town: Town) -> None:
    go = walker(DESKTOP)
    sign_in(go.page, town.emails["trust"])
    go.page.goto("/trust/")
    go.page.emulate_media(media="print")
    for unprinted in (".kith-header__tools", ".kith-footer", "[data-kith-print]"):
        assert not go.page.locator(unprinted).is_visible(), f"{unprinted} is printed"
    box = go.page.get_by_text("Fingerprint (SHA-256)").bounding_box()
    assert box is not None, "the number by which a paper is checked is not printed"
    assert box["height"] > 0, "the number by which a paper is checked is not printed"
