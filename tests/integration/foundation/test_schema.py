"""The schema: made by migrations, once however many try, whole or not at all, and never quietly by a server."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import DatabaseError

from partners.foundation import audit, schema
from partners.foundation.actors import SYSTEM
from partners.foundation.db import Base, open_engine, session_factory
from partners.foundation.errors import NotReady
from tests.integration.foundation.conftest import NOW


@pytest.fixture
def bare(bare_url: str) -> Iterator[Engine]:
    """A database with nothing in it."""
    made = open_engine(bare_url)
    yield made
    made.dispose()


def test_an_empty_database_is_not_ready_and_says_what_to_run(bare: Engine) -> None:
    assert schema.current(bare) is None
    assert not schema.is_current(bare)
    with pytest.raises(NotReady, match="kith init"):
        schema.require_current(bare)
    assert inspect(bare).get_table_names() == []


def test_migrating_makes_every_table_that_the_rooms_map(bare: Engine) -> None:
    schema.migrate(bare)
    schema.require_current(bare)
    with bare.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"include_name": schema.is_mapped}), Base.metadata) == []


def test_migrating_twice_changes_nothing(bare: Engine) -> None:
    schema.migrate(bare)
    with session_factory(bare).begin() as session:
        audit.record(session, "clock:looked", by=SYSTEM, at=NOW)
    before = schema.current(bare)
    schema.migrate(bare)
    assert schema.current(bare) == before
    with session_factory(bare)() as session:
        assert session.scalars(select(audit.AuditEvent.action)).all() == ["clock:looked"]


def test_a_migrated_database_protects_its_audit(bare: Engine) -> None:
    schema.migrate(bare)
    with session_factory(bare).begin() as session:
        audit.record(session, "clock:looked", by=SYSTEM, at=NOW)
    for statement in ("UPDATE audit_events SET action = 'other'", "DELETE FROM audit_events"):
        with session_factory(bare)() as session, pytest.raises(DatabaseError, match="append-only"):
            session.execute(text(statement))


def test_foreign_keys_hold_again_after_migrating(bare: Engine) -> None:
    schema.migrate(bare)
    with bare.connect() as connection, pytest.raises(DatabaseError):
        connection.execute(
            text("INSERT INTO sign_in_links (id, token_hash, user_id, expires_at) VALUES (:id, 'x', :user, '2026-11-24 09:00:00')"),
            {"id": uuid.uuid4().hex, "user": uuid.uuid4().hex},
        )


def test_four_at_once_migrate_once(bare: Engine) -> None:
    url, problems = bare.url.render_as_string(hide_password=False), []
    schema.load_models()
    together = threading.Barrier(4)

    def go() -> None:
        engine = open_engine(url)
        together.wait()
        try:
            schema.migrate(engine)
        except (DatabaseError, NotReady) as error:
            problems.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert schema.is_current(bare)


def test_a_migration_that_breaks_half_way_leaves_nothing_behind(bare: Engine) -> None:
    """The last table of the first migration is refused by a table of that name that is already there."""
    schema.load_models()
    last = Base.metadata.sorted_tables[-1].name
    with bare.begin() as connection:
        connection.execute(text(f"CREATE TABLE {last} (other INTEGER)"))
    with pytest.raises(DatabaseError):
        schema.migrate(bare)
    assert schema.current(bare) is None
    assert inspect(bare).get_table_names() == [last]
    with bare.begin() as connection:
        connection.execute(text(f"DROP TABLE {last}"))
    schema.migrate(bare)
    assert schema.is_current(bare)


def test_the_migrations_are_one_line_without_branches() -> None:
    assert len(ScriptDirectory.from_config(schema.config()).get_heads()) == 1
