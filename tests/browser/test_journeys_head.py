"""The head's journey in a real browser: one page, what each figure means, and the same page on paper."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from seeds.demo import Town
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.steps import Walker, Way

WAYS = [(PHONE, Way.HAND), (DESKTOP, Way.HAND), (PHONE, Way.NO_SCRIPT), (DESKTOP, Way.KEYS)]


@pytest.mark.parametrize(("width", "way"), WAYS)
def test_one_page_with_its_definitions(
    walker: Callable[..., Walker], sign_in: Callable[[Page, str], None], town: Town, width: int, way: Way, capsys: pytest.CaptureFixture[str]
) -> None:
    go = walker(width, way)
    sign_in(go.page, town.emails["head"])
    go.page.goto("/")
    go.look("Our school")
    text = go.page.locator("main").inner_text()
    assert re.search(r"Figures to \w+day \d+ \w+", text), "the head is not told to which day is counted"
    assert "families said that help helped" in text
    definition = go.page.get_by_text("Up to seven families are not shown")
    assert not definition.is_visible()
    go.unfold("How is this counted")
    assert definition.is_visible()
    if way is not Way.NO_SCRIPT:
        go.check(go.page)
    links = [a.get_attribute("href") or "" for a in go.page.locator("a").all()]
    assert not [href for href in links if "/liaison" in href or "famil" in href or "referral" in href], "the head's page leads towards a family"
    if way is Way.HAND:
        with capsys.disabled():
            print(f"\nhead at {width} px: {go.opened.taps} taps from signed in to a figure's definition")
        assert go.opened.taps == 1


def test_the_page_prints_as_it_stands(walker: Callable[..., Walker], sign_in: Callable[[Page, str], None], town: Town) -> None:
    go = walker(DESKTOP)
    sign_in(go.page, town.emails["head"])
    go.page.goto("/heads/")
    assert go.page.get_by_role("button", name="Print this page").is_visible()
    go.page.emulate_media(media="print")
    for unprinted in (".kith-header__tools", ".govuk-service-navigation", ".kith-footer", "[data-kith-print]"):
        assert go.page.locator(unprinted).count() == 1, unprinted
        assert not go.page.locator(unprinted).is_visible(), f"{unprinted} is printed"
    box = go.page.get_by_text("Up to seven families are not shown").bounding_box()
    assert box is not None, "what the figures mean is not printed"
    assert box["height"] > 0, "what the figures mean is not printed"
    assert "families said that help helped" in go.page.locator("main").inner_text()
    paper = go.page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    [page] = PdfReader(io.BytesIO(paper)).pages  # one page, and nothing of folds that are closed
    printed = " ".join(page.extract_text().split())
    for words in ("families said that help helped", "From a need to help", "Needs that nothing met", "Three things to ask of governors", "Up to seven families are not shown"):
        assert words in printed, words
    assert printed.count("Spoke with the partner") == 2, "the picture's text twin is not beside it"
    assert "Partners who need a call" not in printed


def test_without_scripts_no_dead_print_button_is_shown(walker: Callable[..., Walker], sign_in: Callable[[Page, str], None], town: Town) -> None:
    go = walker(PHONE, Way.NO_SCRIPT)
    sign_in(go.page, town.emails["head"])
    go.page.goto("/heads/")
    assert go.page.locator("[data-kith-print]").count() == 1
    assert not go.page.locator("[data-kith-print]").is_visible()
