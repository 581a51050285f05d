"""A fresh database for each test, on SQLite and on a real PostgreSQL, at the newest schema.

`engine` runs a test on both. A test that must choose takes `sqlite_url` or `postgres_url`; one that needs a database
with nothing in it takes `bare_url`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation import db, schema, sealing
from partners.impact.school_data import keys as school_data_keys
from tests import postgres_server
from tests.town_file import AT, SCHOOL_DATA_KEY, SEALING_KEY

KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


_KEYS = [SEALING_KEY]  # whichever folder's tests a process runs


@pytest.fixture(scope="session", autouse=True)
def sealing_keys() -> list[str]:
    """The keys that seal what tests keep about families, newest first."""
    sealing.use_keys(_KEYS)
    return _KEYS


@pytest.fixture(autouse=True)
def sealed_with_them(sealing_keys: list[str]) -> None:
    """Put the keys back before each test: a service that another test opened may have set its own."""
    sealing.use_keys(sealing_keys)
    school_data_keys.use_keys([SCHOOL_DATA_KEY])


@pytest.fixture
def at() -> datetime:
    """One fixed instant, for everything that asks when."""
    return AT


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that nobody writes to: each test copies it."""
    path = tmp_path_factory.mktemp("template") / "kith.sqlite3"
    engine = db.open_engine(f"sqlite:///{path}")
    schema.migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Server]:
    """A PostgreSQL of this test process."""
    try:
        postgres_server.binaries()
        postgres_server.account()
    except postgres_server.PostgresAbsent as absent:
        pytest.skip(str(absent))
    with postgres_server.running() as server:
        yield server


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh SQLite database at the newest schema."""
    path = shutil.copy(sqlite_template, tmp_path / "kith.sqlite3")
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: postgres_server.Server) -> Iterator[str]:
    """The address of a fresh PostgreSQL database at the newest schema."""
    with postgres.database() as url:
        yield url


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database at the newest schema: the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=KINDS)
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it: the test runs once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.sqlite3'}"
        return
    server: postgres_server.Server = request.getfixturevalue("postgres")
    with server.database(template="template0") as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh database at the newest schema, opened as the service opens it: the test runs once on each kind."""
    opened = db.open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Writing sessions, for tests with several of them."""
    return db.session_factory(engine)


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    """One writing session. What the test did not commit is rolled back."""
    with session_factory() as opened:
        yield opened
        opened.rollback()
