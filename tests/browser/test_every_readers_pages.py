"""Each reader's pages in the invented town: everything that their links lead to opens, fits a telephone, and passes axe."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from seeds.demo import Town
from tests.browser.conftest import DESKTOP, PHONE

MOST_PAGES = 14  # for each reader, at both widths; judgement, November 2026: every kind of page, within a minute on two cores
# The same page about another family or offer is the same page.
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")


def _kind(path: str) -> str:
    return ID.sub("*", path)


def _links(page: Page) -> list[str]:
    """Return the paths that a page links to inside Kith, without downloads and signing out."""
    found: list[str] = page.eval_on_selector_all("a[href]:not([download])", "links => links.map(link => link.href)")
    here = urlsplit(page.url).netloc
    return [parts.path for parts in map(urlsplit, found) if parts.netloc == here and not re.search(r"\.(csv|xlsx|ics|json|pdf|docx)$|sign-out|/cover", parts.path)]


@pytest.mark.parametrize("role", ["flo", "head", "admin", "dsl", "partner"])
def test_everything_a_reader_is_linked_to_opens_and_passes_axe(
    town: Town, page_at: Callable[..., Page], sign_in: Callable[[Page, str], None], no_violations: Callable[..., None], role: str
) -> None:
    page = page_at(PHONE)
    sign_in(page, town.emails[role])
    waiting, seen = deque(["/"]), {"/"}
    opened = 0
    while waiting and opened < MOST_PAGES:
        path = waiting.popleft()
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{role}: {path} answers {answer.status}"
        no_violations(page, DESKTOP)
        opened += 1
        for link in _links(page):
            if _kind(link) not in seen:
                seen.add(_kind(link))
                waiting.append(link)
    assert opened >= 5, f"{role} is linked to {opened} pages only: {sorted(seen)}"
