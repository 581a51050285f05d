"""Words on pages: every kind of page that a link leads to, for every reader of the demo's town, says nothing from the ban list."""

from __future__ import annotations

import math
import os
import re
from collections import Counter, deque
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from partners.foundation import users
from partners.foundation.db import open_engine, session_factory
from partners.referrals import replies
from partners.referrals.moves import State
from partners.referrals.referrals import Referral
from tests.house.words import banned_in
from tests.integration.web.conftest import sign_in
from tests.town_file import TownFile

# How many pages each reader is linked to at the least: fewer means that the walk missed a door.
LEAST = {"flo": 100, "partner": 3, "head": 4, "admin": 4, "dsl": 4, "trust": 2, "nobody": 4, "link": 4}
MOST_OF_A_KIND = math.inf if os.environ.get("KITH_TEST_NIGHTLY") == "1" else 20  # what differs among more of them are records' own words
NOT_A_PAGE = re.compile(r"\.(csv|xlsx|ics|json|pdf|svg|css|js)$|^/(static|oruk|api)/|/sign-out")


class Seen(HTMLParser):
    """What somebody reads or hears of a page, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep links, and the attributes that are read aloud."""
        self._unseen += tag in ("script", "style")
        for name, value in attrs:
            if value and name in ("title", "alt", "aria-label", "placeholder", "value"):
                self.words.append(value)
            if value and tag == "a" and name == "href":
                self.links.append(value)

    def handle_endtag(self, tag: str) -> None:
        """Leave what is not seen."""
        self._unseen -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        """Keep what is seen."""
        if not self._unseen:
            self.words.append(data)


def faults_of(html: str) -> tuple[list[str], list[str]]:
    """Return what a page says that it must not, and its links."""
    seen = Seen()
    seen.feed(html)
    return [f"“{said}” (write: {instead})" for _line, said, instead in banned_in("\n".join(seen.words))], seen.links


def crawl(browser: FlaskClient, starts: list[str]) -> tuple[int, list[str]]:
    """Open the pages from some first ones on, so many of a kind; return how many there were and what was wrong."""
    waiting, met, faults, opened, kinds = deque(starts), set(starts), [], 0, Counter[str]()
    routes = browser.application.url_map.bind("localhost")
    while waiting:
        path = waiting.popleft()
        endpoint, _arguments = routes.match(urlsplit(path).path)
        kinds[endpoint] += 1
        if kinds[endpoint] > MOST_OF_A_KIND:
            continue
        answer = browser.get(path, follow_redirects=True)
        assert answer.status_code == 200, f"{path} answers {answer.status_code}"
        if answer.mimetype != "text/html":
            continue
        opened += 1
        found, links = faults_of(answer.text)
        faults += [f"{path}: {fault}" for fault in found]
        for parts in map(urlsplit, links):
            there = parts.path + (f"?{parts.query}" if parts.query else "")
            if not parts.scheme and not parts.netloc and parts.path.startswith("/") and not NOT_A_PAGE.search(parts.path) and "/cover" not in there and there not in met:
                met.add(there)
                waiting.append(there)
    return opened, faults


@pytest.fixture
def engine(town_file: TownFile, tmp_path: Path) -> Iterator[Engine]:
    """The demo's town behind this web."""
    engine = open_engine(town_file.copied_to(tmp_path / "web.sqlite3"))
    yield engine
    engine.dispose()


def test_every_page_of_every_reader_says_nothing_from_the_ban_list(app: Flask, engine: Engine, town_file: TownFile, clock) -> None:
    sessions = session_factory(engine)
    opened, faults = {}, []
    for reader, email in town_file.town.emails.items():
        browser = app.test_client()
        with sessions() as session:
            sign_in(browser, session, users.find_by_email(session, email), clock)
        opened[reader], found = crawl(browser, ["/"])
        faults += [f"{reader}: {fault}" for fault in found]
    opened["nobody"], found = crawl(app.test_client(), ["/", "/sign-in"])
    faults += found
    states = (State.SENT, State.VIEWED, State.WAITLISTED, State.INFO_REQUESTED, State.ACCEPTED, State.SUPPORTING)
    with sessions.begin() as session:
        waiting = [session.scalars(select(Referral).where(Referral.state == state)).unique().first() for state in states]
        doors = [f"/r/{replies.new_reply_link(session, referral, at=clock())}" for referral in waiting if referral is not None]
    assert len(doors) >= 4
    opened["link"], found = crawl(app.test_client(), doors)
    faults += found
    assert not faults, f"say it the other way: {faults}"
    assert not {reader: n for reader, n in opened.items() if n < LEAST[reader]}, f"the walk missed pages: {opened}"


@pytest.mark.parametrize("html", ["<p>Our <b>clients</b></p>", '<img alt="a chaotic home">', "<p>hard\nto reach</p>", '<a href="/x" aria-label="signposted">x</a>'])
def test_a_banned_word_on_a_page_is_seen(html: str) -> None:
    assert faults_of(html)[0]


def test_what_nobody_sees_is_not_read() -> None:
    assert faults_of("<script>const clients = 1</script><p class='clients'>Families</p>") == ([], [])
