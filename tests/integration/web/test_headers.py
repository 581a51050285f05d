"""Headers: every answer of every route is protected, whoever asks."""

from __future__ import annotations

import re

import pytest

from tests.integration.web.conftest import PASSWORD, sign_in
from web import create_app
from web.settings import Settings


def addresses(app) -> list[str]:
    """Return an address for every route, with made-up words in the places of its arguments."""
    found = []
    for rule in app.url_map.iter_rules():
        words = dict.fromkeys(rule.arguments, "00000000-0000-4000-8000-000000000000")
        if "filename" in words:
            words["filename"] = "kith.css"
        with app.test_request_context():
            try:
                found.append(rule.build(words, append_unknown=False)[1])
            except ValueError:
                found.append(re.sub(r"<[^>]+>", "1", rule.rule))
    return found


def test_every_route_is_protected_whoever_asks(app, browser, session, flo, clock):
    app.testing = False
    for signed_in in (False, True):
        if signed_in:
            sign_in(browser, session, flo, clock)
        for path in [*addresses(app), "/no/such/page"]:
            for method in ("get", "post"):
                answer = getattr(browser, method)(path)
                policy = answer.headers["Content-Security-Policy"]
                assert "unsafe-inline" not in policy
                assert "frame-ancestors 'none'" in policy
                assert "default-src 'none'" in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Referrer-Policy"] == "same-origin"
                assert answer.status_code < 500 or path == "/readyz", f"{method} {path} broke"
                if not path.startswith("/static/") or method == "post":
                    assert answer.headers["Cache-Control"] == "no-store", path
                answer.close()


def test_no_page_has_a_script_or_a_style_of_its_own(app, browser, session, flo, clock):
    sign_in(browser, session, flo, clock)
    for path in ("/account", "/privacy", "/cover"):
        answer = browser.get(path)
        nonce = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])[1]
        for script in re.findall(r"<script[^>]*>", answer.text):
            assert f'nonce="{nonce}"' in script
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", answer.text)
    assert nonce not in browser.get("/cover").headers["Content-Security-Policy"]


@pytest.fixture
def https_app(made_settings, engine, clock):
    settings = Settings(
        database_url="", secret_key=made_settings.secret_key, sealing_keys=made_settings.sealing_keys, base_url="https://kith.example", https=True
    )
    return create_app(settings, engine=engine, clock=clock)


def test_over_https_the_cookie_is_bound_to_the_host_and_browsers_stay(https_app, session, flo, clock):
    browser = https_app.test_client()
    https_app.config["WTF_CSRF_ENABLED"] = False
    answer = browser.post("/sign-in/password", data={"email": flo.email, "password": PASSWORD}, base_url="https://kith.example")
    assert answer.status_code == 303
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-kith="))
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
