"""A running web on a database of its own, a clock that tests move, and people who sign in."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from partners.families import schools
from partners.foundation import audit, schema, sign_ins, users
from partners.foundation.actors import SYSTEM, Role
from partners.foundation.db import Base, open_engine, session_factory
from tests.town_file import SEALING_KEY
from web import create_app
from web.settings import Settings

PASSWORD = "three random words of mine"


@dataclass
class Clock:
    """The present, as the test says."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 24, 10, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def made_settings() -> Settings:
    return Settings.from_environment({"KITH_DEMO": "1", "KITH_SEALING_KEYS": SEALING_KEY, "KITH_BASE_URL": "http://kith.example"})


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with every table and nothing in it, which each test copies."""
    path = tmp_path_factory.mktemp("web") / "empty.sqlite3"
    schema.load_models()
    engine = open_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        audit.protect(connection)
    engine.dispose()
    return path


@pytest.fixture
def engine(empty_file: Path, tmp_path: Path) -> Engine:
    engine = open_engine(f"sqlite:///{shutil.copy(empty_file, tmp_path / 'web.sqlite3')}")
    yield engine
    engine.dispose()


@pytest.fixture
def settings(made_settings) -> Settings:
    """Not the demo: a link is bound to the browser that asked for it."""
    return Settings(
        database_url="", secret_key=made_settings.secret_key, sealing_keys=made_settings.sealing_keys, base_url="http://kith.example"
    )


@pytest.fixture
def app(settings, engine, clock) -> Flask:
    app = create_app(settings, engine=engine, clock=clock)
    app.testing = True
    return app


@pytest.fixture
def browser(app) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def session(app, engine) -> Session:
    with session_factory(engine)() as session:
        yield session


@pytest.fixture
def school(session, clock):
    school = schools.add(
        session, name="Seamoor Primary", phone="0113 496 0000", dsl_name="Sam Okafor", dsl_phone="0113 496 0001", by=SYSTEM, at=clock()
    )
    session.commit()
    return school


@pytest.fixture
def flo(session, school, clock):
    flo = users.add(
        session, email="jo@seamoor.example", name="Jo Bell", roles=[Role.FLO], school_id=school.id, by=SYSTEM, at=clock(), password=PASSWORD
    )
    session.commit()
    return flo


def sign_in(browser: FlaskClient, session: Session, user, clock) -> str:
    """Sign somebody in without the pages and return the cookie's word."""
    token = sign_ins.start(session, user, at=clock())
    session.commit()
    browser.set_cookie("kith", token)
    return token


def token_of(page: str) -> str:
    """Return the word that a page's form must send back."""
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def send(browser: FlaskClient, path: str, data: dict | None = None, **kwargs):
    """Open a page, fill in its form and send it."""
    return browser.post(path, data={"csrf_token": token_of(browser.get(path).text)} | (data or {}), **kwargs)


def checksum(engine: Engine) -> dict[str, list]:
    """Return every row of every table."""
    with engine.connect() as connection:
        return {table.name: sorted(map(repr, connection.execute(table.select()))) for table in Base.metadata.sorted_tables}
