"""How a person goes through pages in a test: with a finger or a mouse, without scripts, or by the keyboard alone; and what every page must be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from playwright.sync_api import Locator, Page, Request

from tests.browser.conftest import PHONE, Opened

MOST_TABS = 200  # judgement, November 2026: more stops than the longest page has
FOCUSED = "element => element === document.activeElement"
# Focus is seen where the element itself, or the mark drawn for it beside it, has an outline, a shadow or a thick border of its own.
SEEN = """element => {
  const look = style => (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none'
  return look(getComputedStyle(element)) || (element.nextElementSibling !== null && look(getComputedStyle(element.nextElementSibling, '::before')))
}"""


class Way(Enum):
    """How somebody goes: with everything, without scripts, or by the keyboard alone."""

    HAND = "hand"
    NO_SCRIPT = "no script"
    KEYS = "keys"


@dataclass
class Walker:
    """One person on one page. Each verb fails where that person would be stuck."""

    opened: Opened
    check: Callable[..., None]
    width: int
    way: Way = Way.HAND
    twice: bool = False
    also: tuple[int, ...] = ()  # widths at which each page is looked at besides
    seen: list[str] = field(default_factory=list)
    posts: list[Request] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Keep each form that is sent, so that it can be sent a second time."""
        self.page.on("request", lambda request: self.posts.append(request) if request.method == "POST" else None)

    @property
    def page(self) -> Page:
        """The page as it stands."""
        return self.opened.page

    def look(self, heading: str) -> None:
        """Read a page: its one heading, its title, nothing of axe's, nothing past the window."""
        self.page.locator("h1", has_text=re.compile(heading)).wait_for()
        assert self.page.locator("h1").count() == 1, f"{self.page.url} has {self.page.locator('h1').count()} headings"
        assert self.page.title().endswith(" – Kith"), self.page.title()
        if self.way is Way.NO_SCRIPT:  # axe is a script itself; the same pages meet it in the other ways
            wide = self.page.locator("html").evaluate("page => page.scrollWidth - page.clientWidth")
            assert wide <= 0, f"{self.page.url} is {wide} px wider than the window"
        else:
            self.check(self.page, *self.also)
        self.seen.append(heading)

    def type(self, label: str, words: str) -> None:
        """Type into a box."""
        box = self.page.get_by_label(label, exact=True).first
        if self.way is Way.KEYS:
            self._reach(box)
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(words)
        else:
            box.fill(words)

    def press_enter(self, label: str) -> None:
        """Press the keyboard's own Enter, or Go, in a box."""
        with self._sending():
            self.page.get_by_label(label, exact=True).first.press("Enter")

    def tick(self, label: str, role: str = "checkbox") -> None:
        """Tick an answer, or choose one of several."""
        answer = self.page.get_by_role(role, name=re.compile(f"^{re.escape(label)}")).first  # type: ignore[arg-type]
        assert not answer.is_checked(), f"{label} is chosen already"
        if self.way is Way.KEYS:
            if role == "radio":
                self._reach_radio(answer)
            else:
                self._reach(answer)
            if not answer.is_checked():
                self.page.keyboard.press("Space")
        else:
            self._touch(self.page.locator(f'label[for="{answer.get_attribute("id")}"]'))
        assert answer.is_checked(), f"{label} did not take the tick"

    def unfold(self, words: str) -> None:
        """Open what is folded."""
        fold = self.page.locator("summary", has_text=words).first
        if self.way is Way.KEYS:
            self._reach(fold)
            self.page.keyboard.press("Enter")
        else:
            self._touch(fold)
        assert fold.locator("xpath=..").get_attribute("open") is not None, f"{words} did not open"

    def follow(self, name: str, within: Locator | None = None) -> None:
        """Follow a link, or a link that looks like a button."""
        link = (within or self.page).get_by_role("link", name=re.compile(name)).or_((within or self.page).locator("a[role=button]", has_text=re.compile(name))).first
        with self.page.expect_navigation():
            if self.way is Way.KEYS:
                self._reach(link)
                self.page.keyboard.press("Enter")
            else:
                self._touch(link)

    def press(self, name: str, within: Locator | None = None) -> None:
        """Press a button; with `twice`, send the same form a second time at once, as an impatient finger does."""
        button = (within or self.page.locator("main")).get_by_role("button", name=re.compile(f"^{name}")).first
        with self._sending():
            if self.way is Way.KEYS:
                self._reach(button)
                self.page.keyboard.press("Enter")
            else:
                self._touch(button)

    @contextmanager
    def _sending(self) -> Iterator[None]:
        before = len(self.posts)
        with self.page.expect_navigation():
            yield
        assert len(self.posts) > before, f"nothing was sent to {self.page.url}"
        if self.twice:
            self.answers.append(self.send_again())

    def send_again(self) -> int:
        """Send the last form once more, word for word, and return the status of the answer."""
        last = self.posts[-1]
        answer = self.page.context.request.post(
            last.url, data=last.post_data or "", max_redirects=0,
            headers={"content-type": "application/x-www-form-urlencoded", "referer": last.headers.get("referer", self.page.url)},
        )
        assert answer.status < 500, f"a second press on {last.url} answers {answer.status}"
        return answer.status

    def _touch(self, what: Locator) -> None:
        what.scroll_into_view_if_needed()
        if self.width <= PHONE:
            what.tap()
        else:
            what.click()

    def _reach(self, what: Locator) -> None:
        """Go with Tab until it has the focus, and see that the focus shows."""
        what.wait_for()
        for _ in range(MOST_TABS):
            if what.evaluate(FOCUSED):
                assert what.evaluate(SEEN), f"the focus on {what} cannot be seen"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {what} on {self.page.url}")

    def _reach_radio(self, answer: Locator) -> None:
        """Go with Tab to the group, then with the arrows to the answer: a group of radio buttons is one stop."""
        group = self.page.locator(f'input[type=radio][name="{answer.get_attribute("name")}"]')
        for _ in range(MOST_TABS):
            if any(group.nth(n).evaluate(FOCUSED) for n in range(group.count())):
                break
            self.page.keyboard.press("Tab")
        for _ in range(group.count()):
            if answer.evaluate(FOCUSED):
                assert answer.evaluate(SEEN), f"the focus on {answer} cannot be seen"
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows never reach {answer}")


def faults_shown(page: Page) -> list[str]:
    """Return the lines of the error summary, each of which must lead to a field that says the same and takes the focus."""
    summary = page.locator(".govuk-error-summary")
    summary.wait_for()
    assert page.title().startswith("Error: "), page.title()
    lines = []
    for link in summary.locator("a").all():
        words = link.inner_text()
        where = page.locator(link.get_attribute("href") or "#nowhere")
        assert where.count() == 1, f"“{words}” leads to {link.get_attribute('href')}, which is there {where.count()} times"
        beside = where.locator("xpath=ancestor-or-self::*[contains(@class,'govuk-form-group') or self::fieldset][1]")
        assert words in beside.inner_text(), f"“{words}” does not stand beside its field"
        lines.append(words)
    return lines
