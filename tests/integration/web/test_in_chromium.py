"""The shell in a real browser: no axe violation, no sideways scroll, the privacy cover, and everything without script."""

from __future__ import annotations

import threading

import pytest
from werkzeug.serving import make_server

from tests.integration.web.conftest import sign_in
from web import create_app
from web.settings import Settings

pytest.importorskip("playwright")
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser
PAGES = ("/", "/sign-in", "/sign-in/password", "/sign-in/sent", "/sign-in/link/word", "/privacy", "/cookies", "/accessibility", "/cover", "/no/page")


@pytest.fixture
def address(made_settings, engine, clock):
    settings = Settings(database_url="", secret_key=made_settings.secret_key, sealing_keys=made_settings.sealing_keys, demo=True)
    server = make_server("127.0.0.1", 0, create_app(settings, engine=engine, clock=clock), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium(one_chromium):
    return one_chromium


def faults_of(page) -> list[str]:
    """Return what axe finds, and whether the page is wider than the screen."""
    found = [f"{fault['id']}: {fault['nodes'][0]['html'][:120]}" for fault in Axe().run(page).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append("the page scrolls sideways")
    return found


@pytest.mark.parametrize("width", [375, 1280])
def test_every_page_of_the_shell_has_no_fault(chromium, address, app, browser, session, flo, clock, width):
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page, said = context.new_page(), []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if "Content Security Policy" in message.text else None)
    for path in PAGES:
        page.goto(address + path)
        assert faults_of(page) == [], path
    context.add_cookies([{"name": "kith", "value": sign_in(browser, session, flo, clock), "url": address}])
    page.goto(address + "/account")
    assert faults_of(page) == []
    page.goto(address + "/demo/components")
    assert faults_of(page) == []
    page.fill("[name=line]", "My words")
    page.fill("[name=email]", "no address")
    page.get_by_role("button", name="Send").click()
    page.wait_for_selector(".govuk-error-summary")
    assert faults_of(page) == []
    assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
    assert page.input_value("[name=line]") == "My words"
    page.get_by_role("link", name="Give an e-mail address").click()
    assert page.evaluate("document.activeElement.name") == "email"
    assert said == []
    context.close()


@pytest.mark.parametrize("script", [True, False])
def test_the_cover_hides_the_page_and_gives_it_back(chromium, address, app, browser, session, flo, clock, script):
    context = chromium.new_context(java_script_enabled=script, viewport={"width": 375, "height": 800})
    context.add_cookies([{"name": "kith", "value": sign_in(browser, session, flo, clock), "url": address}])
    page = context.new_page()
    page.goto(address + "/account")
    page.get_by_role("link", name="Hide").click()
    if script:
        assert page.title() == "Kith"
        top = page.evaluate("document.elementFromPoint(100, 200).closest('[data-kith-cover]') !== null")
        assert top
        page.get_by_role("button", name="Show the page again").click()
    else:
        assert "Jo Bell" not in page.content()
        page.get_by_role("button", name="Show it again").click()
    assert page.url == address + "/account"
    assert page.get_by_text("Jo Bell").is_visible()
    context.close()
