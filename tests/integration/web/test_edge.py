"""The edge: what succeeds is kept, what fails is forgotten, and looking changes nothing."""

from __future__ import annotations

import pytest
from flask import g
from sqlalchemy import select, text

from partners.foundation import audit
from partners.foundation.actors import SYSTEM
from partners.foundation.audit import AuditEvent
from tests.integration.web.conftest import checksum, sign_in
from web import database
from web.signing_in import open_to_all


@pytest.fixture
def writing(app, clock):
    """A page that writes one audit event and answers with the status that the test says."""
    box = {"status": 200}

    @open_to_all
    def write() -> tuple[str, int]:
        audit.record(g.session, "written", by=SYSTEM, at=clock())
        return "written", box["status"]

    app.config["WTF_CSRF_ENABLED"] = False
    app.add_url_rule("/write", "write", write, methods=["GET", "POST"])
    return box


def written(session) -> int:
    found = len(session.scalars(select(AuditEvent).where(AuditEvent.action == "written")).all())
    session.commit()
    return found


@pytest.mark.parametrize(("status", "kept"), [(200, 1), (303, 1), (400, 0), (409, 0), (422, 0), (500, 0)])
def test_only_what_succeeded_is_kept(writing, browser, session, status, kept):
    writing["status"] = status
    assert browser.post("/write").status_code == status
    assert written(session) == kept


def test_looking_never_keeps_anything(writing, browser, session):
    assert browser.get("/write").status_code == 200
    assert written(session) == 0


def test_no_page_changes_the_database_when_looked_at(app, browser, session, flo, clock, engine):
    sign_in(browser, session, flo, clock)
    before = checksum(engine)
    for path in ("/", "/account", "/privacy", "/cookies", "/accessibility", "/cover", "/sign-in", "/sign-in/sent", "/healthz", "/readyz", "/nothing"):
        browser.get(path)
    assert checksum(engine) == before


def test_a_page_that_opens_no_database_takes_no_lock(app, browser, engine):
    with engine.connect() as other:
        other.execute(text("SELECT 1"))  # SQLite's write lock is taken by this transaction
        assert browser.get("/privacy").status_code == 200
        assert browser.get("/sign-in").status_code == 200


def test_signed_in_people_can_look_while_somebody_writes(app, browser, session, flo, clock, engine):
    sign_in(browser, session, flo, clock)
    with engine.connect() as other:
        other.execute(text("SELECT 1"))
        assert browser.get("/account").status_code == 200


def test_one_request_sees_one_instant(app, clock):
    with app.test_request_context("/"):
        first = database.now()
        clock.move(minutes=5)
        assert database.now() == first


def test_ready_only_with_a_database_of_the_newest_schema(app, browser):
    answer = browser.get("/readyz")
    assert answer.status_code == 503
    assert "kith init" in answer.text
    assert browser.get("/healthz").text == "ok\n"
