"""The commands' way to the database: settings from the environment, keys, an engine that is up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation import ledger, schema, sealing
from partners.foundation.db import check_durability, open_engine, session_factory
from partners.foundation.errors import NotReady, PartnersError
from partners.impact.school_data import keys as school_data_keys
from web.settings import Settings


def now() -> datetime:
    """Return the present instant (UTC): the commands' clock."""
    return datetime.now(UTC)


def settings() -> Settings:
    """Return the settings, or leave with what is wrong."""
    try:
        found = Settings.from_environment()
        sealing.use_keys(list(found.sealing_keys))
        ledger.use_path(found.ledger)
        school_data_keys.use_keys(list(found.school_data_keys))
        return found
    except NotReady as error:
        click.echo(str(error), err=True)
        sys.exit(2)


def open_database(found: Settings | None = None) -> tuple[Engine, sessionmaker[Session]]:
    """Return the engine and its sessions, or leave with what to do when the database is not ready."""
    found = found or settings()
    try:
        engine = open_engine(found.database_url, must_exist=True)
        schema.load_models()
        schema.require_current(engine)
        check_durability(engine)
    except NotReady as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    return engine, session_factory(engine)


@contextmanager
def working() -> Iterator[Session]:
    """Open a session and commit it at the end; what partners refuse becomes one clear line and exit status 1."""
    engine, sessions = open_database()
    try:
        with sessions() as session:
            yield session
            session.commit()
    except PartnersError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    finally:
        engine.dispose()
