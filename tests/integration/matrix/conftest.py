"""A service on the town of two tenants, put back as it was after each change."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from partners.foundation import db, schema
from tests.integration.matrix import town
from tests.integration.matrix.rows import Row, read
from tests.integration.matrix.walk import World, sqlite_restore
from tests.town_file import SCHOOL_DATA_KEY
from web import create_app
from web.settings import Settings


def settings_with(keys: list[str], *, demo: bool = False) -> Settings:
    """Return settings as a school would run with."""
    return Settings(database_url="", secret_key="7" * 8 + "a secret of these tests, 32 long", sealing_keys=tuple(keys), base_url=town.BASE_URL, demo=demo, school_data_keys=(SCHOOL_DATA_KEY,))


def service_on(engine: Engine, keys: list[str]) -> tuple[Flask, town.Town]:
    """Build the town in a database at the newest schema and return the running service."""
    app = create_app(settings_with(keys), engine=engine, clock=lambda: town.AT)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    with db.session_factory(engine)() as session:
        made = town.build(session)
        session.commit()
    return app, made


def open_world(folder: Path, keys: list[str]) -> World:
    """Build the town on SQLite below a folder, with a copy of it to put back."""
    path, template = folder / "town.sqlite3", folder / "template.sqlite3"
    engine = db.open_engine(f"sqlite:///{path}")
    schema.migrate(engine)
    app, made = service_on(engine, keys)
    raw = engine.raw_connection()
    raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    engine.dispose()
    shutil.copy(path, template)
    return World(app, engine, made, sqlite_restore(engine, template, path))


@pytest.fixture(scope="session")
def one_world(tmp_path_factory: pytest.TempPathFactory, sealing_keys: list[str]) -> Iterator[World]:
    world = open_world(tmp_path_factory.mktemp("matrix"), sealing_keys)
    yield world
    world.engine.dispose()


@pytest.fixture
def world(one_world: World) -> Iterator[World]:
    """The town as it was made, whatever the test before did."""
    one_world.restore()
    one_world.app.config["WTF_CSRF_ENABLED"] = False
    one_world.log.seek(0)
    one_world.log.truncate()
    yield one_world
    one_world.restore()


@pytest.fixture(scope="session")
def rows() -> list[Row]:
    return read()
