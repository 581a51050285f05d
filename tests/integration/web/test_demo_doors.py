"""The demo's front page has a door for each reader of the invented town; a service for real families has none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from partners.families import schools
from partners.foundation import db, users
from partners.foundation.actors import SYSTEM, Role
from tests.integration.matrix.conftest import settings_with
from web import create_app

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture
def browser(request: pytest.FixtureRequest, sqlite_url: str, sealing_keys: list[str]) -> Iterator[FlaskClient]:
    """A browser on a service that has the liaison officer of the town, as the demo or not."""
    engine = db.open_engine(sqlite_url)
    with db.session_factory(engine)() as session:
        school = schools.add(session, name="Marlbeck Primary School", phone="0113 496 0000", dsl_name="Sam Okafor", dsl_phone="0113 496 0001", by=SYSTEM, at=AT)
        users.add(session, email="flo@marlbeck.example", name="Jas", roles=[Role.FLO], school_id=school.id, by=SYSTEM, at=AT)
        session.commit()
    app = create_app(settings_with(sealing_keys, demo=request.param), engine=engine, clock=lambda: AT)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app.test_client()
    engine.dispose()


@pytest.mark.parametrize("browser", [True], indirect=True)
def test_a_door_leads_to_where_it_says(browser: FlaskClient) -> None:
    assert "Around the school" in browser.get("/").get_data(as_text=True)
    opened = browser.post("/demo/come-in/together")
    assert (opened.status_code, opened.headers["Location"]) == (303, "/liaison/together")
    assert "A school is one neighbour among many" in browser.get("/liaison/together").get_data(as_text=True)
    assert browser.post("/demo/come-in/nobody").status_code == 404
    assert browser.get("/demo/come-in/flo").status_code == 405, "looking opens nothing"


@pytest.mark.parametrize("browser", [False], indirect=True)
def test_where_families_are_real_there_is_no_door(browser: FlaskClient) -> None:
    assert "Come in" not in browser.get("/").get_data(as_text=True)
    assert browser.post("/demo/come-in/flo").status_code == 404
    assert browser.get("/liaison/").status_code in (302, 303)
