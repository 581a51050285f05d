"""The database: one declarative base, the column types that every room shares, and how an engine is opened safely."""

from __future__ import annotations

import sqlite3
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, DateTime, Dialect, Engine, Enum, MetaData, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import JSON, TypeDecorator, Uuid

from partners.foundation.errors import NotReady

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BUSY_TIMEOUT_MS = 10_000  # judgement, November 2026; safety.md R2 asks for at least 5 s

# Connections kept open, and how many more at the busiest: each of up to 64 threads may hold two. Judgement, November 2026.
POOL, POOL_OVERFLOW = 10, 118


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Naive datetimes are refused; what comes back is always in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone: pass an aware datetime")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of every mapped class. Columns typed `dict` or `list` are JSON; ids are random."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: UtcDateTime,
        uuid.UUID: Uuid(),
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[int]: JSON,
        list[dict[str, Any]]: JSON,
    }


def named(enumeration: type) -> Enum:
    """Return a column type that stores an enumeration's values as plain words, checked by the program and not the database."""
    return Enum(enumeration, native_enum=False, create_constraint=False, length=40, values_callable=lambda e: [m.value for m in e])


def new_id() -> uuid.UUID:
    """Return a random identifier (122 random bits): nothing can be learnt or guessed from it."""
    return uuid.uuid4()


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    _switch_to_write_ahead(cursor)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _switch_to_write_ahead(cursor: Any) -> None:
    """Switch a new database to write-ahead mode, waiting for whoever is at it already.

    SQLite does not wait by its busy timeout for this one statement: it fails at once while another connection holds the file.
    """
    give_up_at = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY) or time.monotonic() > give_up_at:
                raise
            time.sleep(0.005)


def require_file(url: URL) -> None:
    """Raise NotReady where the file of an SQLite database is missing or empty: it was lost, or `kith init` was never run. It is never quietly made anew."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return
    path = Path(url.database or "")
    if not path.is_file() or path.stat().st_size == 0:
        raise NotReady(
            "There is no database where KITH_DATABASE_URL says. If this is a new installation, run: kith init. "
            "If there was one, do not make a new one: find out where it went, or bring back a backup with: kith restore"
        )


def open_engine(url: str, *, must_exist: bool = False) -> Engine:
    """Return an engine for a database URL, made safe for records that must not be lost.

    SQLite runs in write-ahead mode with full synchronisation, foreign keys and a busy timeout, and every transaction that
    this package opens takes the write lock at once, so that two writers queue instead of failing half-way.
    PostgreSQL URLs (`postgresql://…`) use psycopg 3. With `must_exist` a missing SQLite file is refused, now and at every later
    connection, where SQLite would make an empty one.

    Raises:
        NotReady: the URL cannot be read, its driver is not installed, or there is no such file.
    """
    try:
        parsed = make_url(url)
    except Exception as error:
        raise NotReady("KITH_DATABASE_URL cannot be read. It looks like sqlite:////var/lib/kith/kith.sqlite3 or postgresql://…") from error
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        if must_exist:
            require_file(parsed)
            parsed = _never_made(parsed)
        engine = create_engine(parsed, pool_size=POOL, max_overflow=POOL_OVERFLOW, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False})
        event.listen(engine, "connect", _sqlite_manual_begin)
        event.listen(engine, "connect", _sqlite_pragmas)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    try:
        return create_engine(parsed, pool_size=POOL, max_overflow=POOL_OVERFLOW, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise NotReady("PostgreSQL needs its driver: install kith with the extra 'postgres'.") from error


def _never_made(url: URL) -> URL:
    """Return the address of an SQLite file such that opening it never makes it."""
    if url.database in (None, "", ":memory:") or str(url.database).startswith("file:"):
        return url
    return url.set(database=Path(str(url.database)).absolute().as_uri()).update_query_dict({"mode": "rw", "uri": "true"})


def _sqlite_manual_begin(connection: Any, _record: Any) -> None:
    connection.isolation_level = None


def _sqlite_begin(connection: Any) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Return a factory of sessions. Only the web's edge and the commands commit them."""
    return sessionmaker(engine, expire_on_commit=False)


def reading_factory(engine: Engine) -> sessionmaker[Session]:
    """Return a factory of sessions for looking only: on SQLite they never take the write lock."""
    return sessionmaker(engine.execution_options(reading=True), expire_on_commit=False)


def check_durability(engine: Engine) -> None:
    """Refuse to run on a database that could lose an acknowledged record.

    Raises:
        NotReady: the setting at fault and the value that would be right.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            facts = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}
            wrong = [
                name
                for name, fine in {
                    "journal_mode": facts["journal_mode"] in ("wal", "memory"),
                    "synchronous": int(facts["synchronous"] or 0) >= 2,
                    "foreign_keys": facts["foreign_keys"] == 1,
                    "busy_timeout": int(facts["busy_timeout"] or 0) >= 5000,
                }.items()
                if not fine
            ]
        else:
            wrong = [name for name in ("fsync", "synchronous_commit") if connection.execute(text(f"SHOW {name}")).scalar() == "off"]
    if wrong:
        raise NotReady(f"The database is not set up to keep records safely: {', '.join(wrong)}. See README, 'The database'.")
