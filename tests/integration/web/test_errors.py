"""Errors: each class has its status and its plain words, programs get RFC 9457, and nothing unexpected tells a detail."""

from __future__ import annotations

import json

import pytest
from flask import g
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from partners.foundation import audit, errors
from partners.foundation.audit import AuditEvent
from tests.integration.web.conftest import sign_in
from web.errors import ERRORS, answer_to
from web.signing_in import open_to_all

SECRET = "Amina Warsame, LS14 1BW"

ROWS = [
    (lambda: errors.NotFound("family"), 404, "There is nothing here"),
    (lambda: errors.NotAllowed("family:read"), 403, "This page is not open to you"),
    (lambda: errors.AgreementMissing(), 409, "agreement comes first"),
    (lambda: errors.IllegalMove("closed", "accept", "partner"), 409, "Something has changed since"),
    (lambda: errors.StaleRecord("family", seen=1, now=2), 409, "Somebody else changed this"),
    (lambda: errors.SafetyStop(), 409, "Stop here"),
    (lambda: errors.InvalidRecord("places", "It is full: choose another."), 422, "It is full: choose another."),
    (lambda: errors.NotReady(SECRET), 503, "Kith is not ready"),
    (lambda: errors.PartnersError(SECRET), 500, "Something went wrong on our side"),
    (lambda: OperationalError(SECRET, {"name": SECRET}, Exception(SECRET)), 503, "We could not keep that just now"),
    (lambda: RuntimeError(SECRET), 500, "Something went wrong on our side"),
]


@pytest.fixture
def raising(app):
    """A page that raises what the test says."""
    box = {}

    @open_to_all
    def raise_it() -> str:
        raise box["error"]()

    app.testing = False
    app.add_url_rule("/raise", "raise_it", raise_it, methods=["GET", "POST"])
    return box


@pytest.mark.parametrize(("make", "status", "words"), ROWS, ids=lambda value: getattr(value, "__name__", str(value))[:20])
def test_each_error_has_its_status_and_its_words(raising, browser, make, status, words, capfd):
    raising["error"] = make
    page = browser.get("/raise")
    assert (page.status_code, words in page.text) == (status, True)
    assert page.text.count("<h1") == 1
    told = json.loads(browser.get("/raise", headers={"Accept": "application/json"}).data)
    assert told["status"] == status
    assert set(told) >= {"type", "title", "status", "detail"}
    assert SECRET not in page.text + json.dumps(told)
    assert SECRET not in capfd.readouterr().err


def test_every_error_of_partners_has_a_row(app):
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.PartnersError)]
    assert all(kind in ERRORS for kind in kinds), "add a row to web/errors.py"
    assert answer_to(errors.IllegalMove("a", "b", "c")).refusal


def test_a_program_is_told_which_field(raising, browser):
    raising["error"] = lambda: errors.InvalidRecord("places", "It is full.")
    answer = browser.get("/raise", headers={"Accept": "application/problem+json"})
    assert answer.content_type == "application/problem+json"
    assert answer.json["errors"] == [{"field": "places", "message": "It is full."}]


def test_what_is_missing_under_the_api_is_told_to_a_program(browser):
    assert browser.get("/api/nothing").content_type == "application/problem+json"


def test_a_page_that_had_been_open_too_long_says_so(app, browser):
    answer = browser.post("/sign-in", data={"email": "jo@seamoor.example"})
    assert answer.status_code == 400
    assert "This page had been open too long" in answer.text


def test_every_unsafe_route_needs_its_token(app, browser, session, flo, clock):
    sign_in(browser, session, flo, clock)
    app.testing = False
    tried = 0
    for rule in app.url_map.iter_rules():
        for method in rule.methods & {"POST", "PUT", "PATCH", "DELETE"}:
            path = rule.rule
            for name in rule.arguments:
                kind = "<uuid:" + name + ">"
                path = path.replace(kind, "00000000-0000-4000-8000-000000000000").replace(f"<{name}>", "word").replace(f"<int:{name}>", "1")
            assert browser.open(path, method=method).status_code == 400, f"{method} {rule.rule}"
            tried += 1
    assert tried >= 4


def test_what_is_too_large_is_refused(app, browser):
    app.config["WTF_CSRF_ENABLED"] = False
    answer = browser.post("/sign-in", data={"email": "x" * (7 * 1024 * 1024)})
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_the_wrong_method_names_the_right_ones(app, browser):
    answer = browser.get("/sign-out")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_refusal_is_written_down_though_the_work_is_undone(app, browser, session, school, flo, clock):
    @open_to_all
    def half() -> str:
        audit.record(g.session, "half:done", by=g.actor, at=clock())
        raise errors.IllegalMove("closed", "accept", "flo")

    app.config["WTF_CSRF_ENABLED"] = False
    app.add_url_rule("/half", "half", half, methods=["POST"])
    sign_in(browser, session, flo, clock)
    assert browser.post("/half").status_code == 409
    actions = session.scalars(select(AuditEvent.action)).all()
    assert "half:done" not in actions
    refused = session.scalars(select(AuditEvent).where(AuditEvent.action == "refused")).one()
    assert (refused.actor_id, refused.facts) == (str(flo.id), {"error": "IllegalMove", "endpoint": "half"})
    assert audit.verify(session) == []


def test_the_log_of_a_request_names_the_page_and_not_the_address(app, browser, capfd):
    browser.get("/sign-in/link/q7Zt1PpX0nCk9bA2dM4rY6uW8sE5vL3h?name=Amina")
    line = json.loads(capfd.readouterr().err.strip().splitlines()[-1])
    assert line["endpoint"] == "accounts.open_link"
    assert {"method", "status", "ms"} <= set(line)
    assert "q7Zt1PpX" not in json.dumps(line)
    assert "Amina" not in json.dumps(line)


def test_an_error_page_keeps_the_schools_name_though_the_work_was_undone(app, browser, session, flo, clock, raising):
    sign_in(browser, session, flo, clock)
    raising["error"] = lambda: errors.NotFound("family")
    assert "Seamoor Primary" in browser.get("/raise").text
