"""Upgrades: from the first schema with records in it to the newest, equal to a fresh one; and killed half-way, then tried again."""

from __future__ import annotations

import random
import time
import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, Table, select
from sqlalchemy.types import JSON, Boolean, Date, DateTime, Enum, Float, Integer, LargeBinary, Uuid

from partners.foundation import schema
from partners.foundation.db import Base, open_engine
from tests.reliability.conftest import many
from tests.reliability.nursery import Nursery, is_running, kill, wait

FIRST = "0001"


def _revisions() -> list[str]:
    return [r.revision for r in reversed(list(ScriptDirectory.from_config(schema.config()).walk_revisions()))]


def _upgrade_to(engine: Engine, revision: str) -> None:
    """Bring a database to one revision, as an older release would have."""
    schema.load_models()
    settings = schema.config()
    with engine.begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)


def _value(table: Table, column: Any, made: dict[str, Any]) -> Any:
    """Return something that a column takes; what points to another table points to its row."""
    if column.foreign_keys:
        return made[next(iter(column.foreign_keys)).column.table.name]
    kind = Base.metadata.tables[table.name].columns[column.name].type if column.name in Base.metadata.tables[table.name].columns else column.type
    inner = getattr(kind, "impl", kind)
    if isinstance(kind, Enum):
        return kind.enums[0]
    for known, value in ((Uuid, uuid.uuid4().hex if not isinstance(column.type, Uuid) else uuid.uuid4()), (Boolean, False), (Integer, 1), (Float, 1.0), (JSON, []), (LargeBinary, b"word")):
        if isinstance(inner, known):
            return value
    if isinstance(inner, DateTime):
        moment = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
        return moment if getattr(column.type, "timezone", False) else moment.replace(tzinfo=None)
    return date(2026, 11, 24) if isinstance(inner, Date) else "word"


def _a_row_in_each_table(engine: Engine) -> dict[str, dict[str, Any]]:
    """Put one row in every table, in an order that no pointer breaks, and return them."""
    metadata, made, rows = MetaData(), {}, {}
    with engine.begin() as connection:
        metadata.reflect(connection, only=lambda name, _: schema.is_mapped(name, "table", None))
        for table in metadata.sorted_tables:
            if table.name == "alembic_version":
                continue
            row = {c.name: _value(table, c, made) for c in table.columns if not c.nullable}
            connection.execute(table.insert().values(row))
            keys = list(table.primary_key.columns)
            made[table.name], rows[table.name] = row[keys[0].name], row
    return rows


def _plain(value: Any) -> str:
    """Return a value as text, whichever way its database writes it."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).replace(tzinfo=None).isoformat()
    return str(value).replace("-", "")


@pytest.mark.parametrize("older", _revisions()[:-1])
def test_an_older_schema_with_records_becomes_the_newest(bare_url: str, older: str) -> None:
    engine = open_engine(bare_url)
    _upgrade_to(engine, older)
    rows = _a_row_in_each_table(engine)
    assert len(rows) > 20
    schema.migrate(engine)
    schema.require_current(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"include_name": schema.is_mapped}), Base.metadata) == []
        metadata = MetaData()
        metadata.reflect(connection, only=lambda name, _: schema.is_mapped(name, "table", None))
        for name, row in rows.items():
            table = metadata.tables[name]
            kept = connection.execute(select(*[table.columns[c] for c in row if c in table.columns])).mappings().all()
            assert [{c: _plain(v) for c, v in found.items()} for found in kept] == [{c: _plain(row[c]) for c in kept[0]}], name
    engine.dispose()


@pytest.mark.parametrize("from_revision", [None, FIRST])
def test_a_migration_that_is_killed_is_whole_or_undone_and_can_be_tried_again(nursery: Nursery, bare_url: str, from_revision: str | None) -> None:
    engine = open_engine(bare_url)
    if from_revision is not None:
        _upgrade_to(engine, from_revision)
        _a_row_in_each_table(engine)
    before, chance, cut_short = schema.current(engine), random.Random(7), 0  # noqa: S311
    engine.dispose()
    for _ in range(many(6, 20)):
        pid = nursery.start("migrate", url=bare_url)
        time.sleep(chance.uniform(0.01, 0.2))
        cut_short += is_running(pid)
        kill(pid)
        assert schema.current(engine) in (before, _revisions()[-1])
        if schema.is_current(engine):
            break
    assert cut_short > 0 or schema.is_current(engine)
    wait(nursery.start("migrate", url=bare_url))
    schema.require_current(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"include_name": schema.is_mapped}), Base.metadata) == []
    engine.dispose()
