"""A real Chromium on a served Kith: pages at a width, who is signed in, how many taps a journey takes, and axe at none.

The service runs on SQLite by a clock of its own (`clock.at`), so that a journey can wait a day without waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from partners.families import schools
from partners.foundation import db, schema, sealing, sign_ins, users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.users import User
from partners.matching import words
from seeds import demo
from tests.browser.service import Service, started
from tests.town_file import AT, SEALING_KEY, TownFile

PHONE, DESKTOP = 375, 1280  # CSS pixels: the narrowest telephone in common use, and a school's laptop
HEIGHTS = {PHONE: 667, DESKTOP: 800}
SLOWEST_STEP_MS = 10_000  # judgement, November 2026: generous on two busy cores
WCAG_2_2_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COOKIE = "kith"
COUNT_TAPS = "addEventListener('pointerdown', event => { if (event.isTrusted && event.isPrimary) window.kithTap() }, true)"


@pytest.fixture(scope="session")
def browser(one_chromium: Browser) -> Browser:
    """This machine's Chromium."""
    return one_chromium


@dataclass
class Clock:
    """The service's clock: it stands until a test moves it."""

    at: datetime = AT

    def __call__(self) -> datetime:
        """Return the present instant."""
        return self.at


@pytest.fixture
def clock() -> Clock:
    """The service's clock. Moving it is `clock.at += timedelta(days=1)`."""
    return Clock()


@pytest.fixture(scope="session")
def served_key() -> str:
    """The key that seals what the service keeps about families, and what a seeded database holds already."""
    sealing.use_keys([SEALING_KEY])
    return SEALING_KEY


@pytest.fixture(scope="session")
def served_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that each test copies."""
    path = tmp_path_factory.mktemp("served") / "kith.sqlite3"
    engine = db.open_engine(f"sqlite:///{path}")
    schema.migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def town(town_file: TownFile, served_key: str) -> demo.Town:
    """The demo's town. A test that asks for it is served a copy of the town; the others are served an empty Kith."""
    words.read("no bed")  # the first reading learns its words, for seconds on busy cores: not what a step's time is about
    return town_file.town


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, served_key: str) -> Iterator[Service]:
    """The Kith that every test of a worker is served: the demo's settings, any free port, and a database that is another for each test."""
    with started(tmp_path_factory.mktemp("service"), served_key) as running:
        yield running


@pytest.fixture
def served_engine(request: pytest.FixtureRequest, service: Service, served_template: Path) -> Engine:
    """The database behind the service, at the newest schema: with the town in it where the test asks for `town`, else with nobody."""
    return service.begin_with(request.getfixturevalue("town_file").path if "town" in request.fixturenames else served_template)


@pytest.fixture
def sessions(served_engine: Engine) -> sessionmaker[Session]:
    """Sessions on the database behind the service, to set a scene or to look at what a journey left."""
    return db.session_factory(served_engine)


@pytest.fixture
def app_server(service: Service, served_engine: Engine, clock: Clock) -> str:
    """The address of a running Kith, on the test's own database and clock."""
    service.tell_time_by(clock)
    return service.address


@pytest.fixture
def people(app_server: str, sessions: sessionmaker[Session], clock: Clock) -> dict[Role, User]:
    """One school, and one person for each role that belongs to a school."""
    with sessions.begin() as session:
        school = schools.add(
            session, name="Elm Primary", phone="0113 496 0000", dsl_name="Ann Lee", dsl_phone="0113 496 0001", by=SYSTEM, at=clock.at,
        )
        return {
            role: users.add(session, email=f"{role.value}@example.org", name=f"{role.name.title()} Hill", roles=[role], school_id=school.id, by=SYSTEM, at=clock.at)
            for role in (Role.FLO, Role.HEAD, Role.ADMIN, Role.DSL)
        }


@dataclass
class Opened:
    """One page and what was noticed on it: taps, scripts that failed, and what the content policy stopped."""

    page: Page
    taps: int = 0
    faults: list[str] = field(default_factory=list)

    def tap(self) -> None:
        """Count one press of a finger or a mouse. Typing is not a tap."""
        self.taps += 1

    def hear(self, message: Any) -> None:
        """Keep what the browser's console says went wrong."""
        if message.type == "error" and "Content Security Policy" in message.text:
            self.faults.append(message.text)


@pytest.fixture
def open_page(browser: Browser, app_server: str) -> Iterator[Callable[..., Opened]]:
    """A way to open a page of its own, with its own cookies: `open_page(PHONE, scripts=False)`."""
    contexts: list[BrowserContext] = []
    opened: list[Opened] = []

    def open_one(width: int, *, scripts: bool = True) -> Opened:
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHTS.get(width, 800)}, base_url=app_server, locale="en-GB", timezone_id="Europe/London",
            java_script_enabled=scripts, has_touch=width <= PHONE, reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(SLOWEST_STEP_MS)
        page = context.new_page()
        one = Opened(page)
        opened.append(one)
        if scripts:
            context.expose_function("kithTap", one.tap)
            context.add_init_script(COUNT_TAPS)
        page.on("pageerror", lambda error: one.faults.append(str(error)))
        page.on("console", one.hear)
        return one

    yield open_one
    for context in contexts:
        context.close()
    faults = [fault for one in opened for fault in one.faults]
    assert not faults, f"the browser reported: {faults}"


@pytest.fixture
def page_at(open_page: Callable[..., Opened]) -> Callable[..., Page]:
    """A way to open a page at a width in CSS pixels: `page_at(375)`. At the end no script may have failed on it."""

    def page_of(width: int, *, scripts: bool = True) -> Page:
        page: Page = open_page(width, scripts=scripts).page
        return page

    return page_of


@pytest.fixture
def sign_in(sessions: sessionmaker[Session], clock: Clock, app_server: str) -> Callable[[Page, User | str], None]:
    """A way to be somebody at once, where the signing in is not what the test is about: `sign_in(page, town.emails["flo"])`."""

    def be(page: Page, who: User | str) -> None:
        with sessions.begin() as session:
            user = users.find_by_email(session, who) if isinstance(who, str) else who
            assert user is not None, f"nobody has the address {who}"
            token = sign_ins.start(session, user, at=clock.at)
        page.context.add_cookies([{"name": COOKIE, "value": token, "url": app_server}])

    return be


def violations_of(page: Page) -> str:
    """Return what axe finds against WCAG 2.2 AA on a page as it stands, one line for each place; empty where it finds nothing."""
    if not page.evaluate("'axe' in window"):  # once a page: at another width it is there already
        page.evaluate(Axe().axe_script)
    found = page.evaluate("options => axe.run(options)", {"runOnly": {"type": "tag", "values": WCAG_2_2_AA}, "resultTypes": ["violations"]})
    return "\n".join(
        f"{violation['id']}: {violation['help']}: {' '.join(map(str, node['target']))}" for violation in found["violations"] for node in violation["nodes"]
    )


@pytest.fixture
def no_violations() -> Callable[..., None]:
    """A check that axe finds nothing on a page, and that nothing on it reaches past its width: `no_violations(page)`, or of other widths too, `no_violations(page, DESKTOP)`."""

    def check(page: Page, *other_widths: int) -> None:
        size = page.viewport_size
        assert size is not None
        for width in (size["width"], *other_widths):
            if other_widths:
                page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, 800)})
            assert violations_of(page) == "", f"axe on {page.url} at {width} px"
            beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert beyond <= 0, f"{page.url} is {beyond} px wider than the window of {width}"
        if other_widths:
            page.set_viewport_size(size)

    return check


@pytest.fixture
def walker(open_page: Callable[..., Opened], no_violations: Callable[..., None]) -> Callable[..., Any]:
    """Somebody at a width who goes in a way: `walker(PHONE, Way.KEYS)`, a `steps.Walker`. `also=(DESKTOP,)` looks at each page at that width too."""
    from tests.browser.steps import Walker, Way  # which knows of this file

    return lambda width, way=Way.HAND, also=(): Walker(open_page(width, scripts=way is not Way.NO_SCRIPT), no_violations, width, way, also=also)
