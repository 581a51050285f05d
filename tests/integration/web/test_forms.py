"""Forms on real pages: what was typed stays, errors lead to their field, and nothing that is sent breaks a page."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.web.conftest import send
from web import create_app
from web.settings import Settings

PAGE = "/demo/components"


@pytest.fixture
def showing(made_settings, engine, clock):
    return create_app(
        Settings(database_url="", secret_key=made_settings.secret_key, sealing_keys=made_settings.sealing_keys, demo=True), engine=engine, clock=clock
    )


def test_the_showcase_is_there_in_the_demo_only(app, browser, showing):
    assert browser.get(PAGE).status_code == 404
    assert showing.test_client().get(PAGE).status_code == 200


def test_what_was_typed_stays_and_each_error_leads_to_its_field(showing):
    typed = {
        "line": "x" * 41, "lines": "<b>Dear</b> all", "email": "jo at example", "telephone": "12", "postcode": "LS14", "number": "many",
        "day": ["31", "2", "2026"], "one": "unsure", "choose": "no", "any_of": ["morning", "evening"], "tick": "y", "secret": "hush hush",
    }
    page = send(showing.test_client(), PAGE, typed)
    assert page.status_code == 422
    assert page.text.count("<title>Error: ") == 1
    for word in ("x" * 41, "jo at example", 'value="12"', 'value="LS14"', 'value="many"', 'value="31"', "&lt;b&gt;Dear&lt;/b&gt; all"):
        assert word in page.text
    assert "hush hush" not in page.text
    assert len(re.findall(r'type="checkbox"[^>]* checked', page.text)) == 3
    assert re.search(r'value="unsure"[^>]* checked', page.text)
    assert re.search(r'value="no" selected', page.text)
    targets = re.findall(r'<li><a href="#([^"]+)"', page.text)
    assert targets == ["line", "email", "telephone", "postcode", "number", "day"]
    for target in targets:
        assert len(re.findall(rf'id="{target}"', page.text)) == 1


def test_nothing_is_chosen_beforehand(showing):
    page = showing.test_client().get(PAGE).text
    assert " checked" not in page
    assert " selected" not in page.replace('value="" selected', "")


NAMES = [
    "line", "lines", "email", "telephone", "postcode", "number", "day", "one", "choose", "any_of", "tick", "secret", "upload", "csrf_token", "x",
]
ODD = st.sampled_from(["\x00", "\u202e", "9" * 5000, "-1", "1e9", "٣", "{{7*7}}", "<script>alert(1)</script>", "' OR 1=1 --", "yes", "a@b.example", "\r\nBcc: x"])


@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | ODD, max_size=5)))
def test_nothing_that_is_sent_breaks_a_page(showing, typed):
    showing.config["WTF_CSRF_ENABLED"] = False
    browser = showing.test_client()
    for path in (PAGE, "/sign-in/link/word", "/sign-in"):
        answer = browser.post(path, data=typed)
        assert answer.status_code in (200, 303, 400, 413, 422, 429)
        assert "<script>alert(1)" not in answer.text
