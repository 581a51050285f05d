"""Backups: one encrypted file that holds the whole database at one moment, and the way back from it.

`partners.foundation.sealed_files` says what the file looks like; its header holds the moment, the kind of database and the audit head.
The keys that open sealed columns are not in it: keep them, and keep the backup key apart from them.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy import URL, Engine, inspect, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from partners.foundation import audit, sealed_files
from partners.foundation.actors import SYSTEM
from partners.foundation.db import open_engine, session_factory
from partners.foundation.errors import Conflict, NotReady
from partners.foundation.outbox import Message
from partners.foundation.sealing import new_key
from partners.foundation.sign_ins import SignIn, SignInLink

__all__ = ["Backup", "Restored", "backup", "new_key", "read_header", "restore"]


@dataclass(frozen=True)
class Backup:
    """What a backup holds, as its header says: `audit_head` kept elsewhere shows later that no event was cut off."""

    created_at: datetime
    database: str
    audit_head: str

    def header(self) -> dict[str, str]:
        """Return this as the header of the file."""
        return {"version": "1", "created_at": self.created_at.isoformat(), "database": self.database, "audit_head": self.audit_head}


@dataclass(frozen=True)
class Restored:
    """What came back: the backup it was, how many unsent mails are held for a person to look at, and the audit's faults (none is right)."""

    backup: Backup
    held: int
    faults: list[str]


def backup(engine_url: str, to_path: Path | str, *, key: str, at: datetime) -> Backup:
    """Write the database, as it is at one moment, to an encrypted file that only its owner may read.

    The service may go on writing meanwhile. The file appears whole or not at all; an older one of that name is replaced.

    Raises:
        NotReady: no such database, a key that cannot be read, or PostgreSQL's own pg_dump is missing or fails.
    """
    url, to = _url(engine_url), Path(to_path)
    sealed_files.read_key(key)
    if url.get_backend_name() == "sqlite":
        with _sqlite_copy(_sqlite_path(url)) as copy:
            made = Backup(at, "sqlite", _head_of(copy))
            with copy.open("rb") as source:
                sealed_files.write(source, to, made.header(), key=key)
        return made
    with _postgresql_dump(url) as (source, head):
        made = Backup(at, "postgresql", head)
        sealed_files.write(source, to, made.header(), key=key)
    return made


def read_header(from_path: Path | str) -> Backup:
    """Return what a backup says it is. Without the key this is only what it says. Raises NotReady where it is no backup of Kith."""
    return _as_backup(sealed_files.read_header(Path(from_path)))


def restore(
    from_path: Path | str, engine_url: str, *, key: str, at: datetime, force: bool = False, replay: Callable[[Engine], None] | None = None,
) -> Restored:
    """Put a backup back. The whole file is opened and checked before the database is touched.

    Mail that had not left is held, not sent: what it says may be out of date, so a person decides. Everybody has to sign in again.
    The audit gets one event more, `backup:restored`.
    Stop the service first. The backup knows nothing of what came after it: `replay` does erasures and withdrawals again, by the ledger,
    before anybody can open the database; where it fails, an SQLite database is left as it was.

    Raises:
        NotReady: no such file, a wrong key, a file that was changed or cut short, or a backup of the other kind of database.
        Conflict: the database already holds something, and `force` does not say to replace it.
    """
    url = _url(engine_url)
    is_sqlite = url.get_backend_name() == "sqlite"
    beside = _sqlite_path(url).parent if is_sqlite else Path(tempfile.gettempdir())
    if not force and not _is_empty(url):
        raise Conflict("This database already holds something. Give another one, or say --force to replace it.")
    with _private_folder(beside) as folder:
        plain = folder / "database"
        made = _as_backup(sealed_files.read(Path(from_path), plain, key=key))
        if (made.database == "sqlite") is not is_sqlite:
            raise NotReady(f"This is a backup of a {made.database} database: restore it into one of the same kind.")
        if is_sqlite:
            _check_sqlite(plain)
            held, faults = _make_safe(URL.create("sqlite", database=str(plain)), made, at, replay)
            _replace_sqlite(plain, _sqlite_path(url))
        else:
            _pg_restore(url, plain, force=force)
            held, faults = _make_safe(url, made, at, replay)
    return Restored(made, held, faults)


def _url(engine_url: str) -> URL:
    try:
        url = make_url(engine_url)
    except Exception as error:
        raise NotReady("KITH_DATABASE_URL cannot be read. It looks like sqlite:////var/lib/kith/kith.sqlite3 or postgresql://…") from error
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise NotReady("Only SQLite and PostgreSQL databases can be backed up.")
    return url


def _as_backup(facts: dict[str, str]) -> Backup:
    try:
        return Backup(datetime.fromisoformat(facts["created_at"]), facts["database"], facts["audit_head"])
    except (KeyError, TypeError, ValueError) as error:
        raise NotReady("This file is not a backup made by this version of Kith. Nothing was restored.") from error


@contextmanager
def _private_folder(beside: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=".kith-", dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# SQLite


def _sqlite_path(url: URL) -> Path:
    if url.database in (None, "", ":memory:"):
        raise NotReady("A database in memory cannot be backed up or restored: give one on disk.")
    path = Path(url.database or "").absolute()
    if not path.parent.is_dir():
        raise NotReady("The folder of the database does not exist.")
    return path


@contextmanager
def _sqlite_copy(path: Path) -> Iterator[Path]:
    """Yield a whole copy of a database in use. It lies beside the database, which is no better protected than it."""
    if not path.is_file():
        raise NotReady("There is no database to back up. Check KITH_DATABASE_URL.")
    with _private_folder(path.parent) as folder:
        copy = folder / "database"
        sealed_files.open_private(copy).close()
        # All pages in one step: a copy in many steps starts again at every write, and might never end under load.
        with closing(sqlite3.connect(path, timeout=10)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        yield copy


def _head_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        try:
            row = connection.execute("SELECT hash FROM audit_events ORDER BY seq DESC LIMIT 1").fetchone()
        except sqlite3.DatabaseError as error:
            raise NotReady("This is not a database of Kith, or it is damaged: it has no audit.") from error
    return str(row[0]) if row else audit.FIRST_HASH


def _check_sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        try:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError:
            answer = "unreadable"
    if answer != "ok":
        raise NotReady("The database in this backup is damaged. Nothing was restored.")


def _replace_sqlite(plain: Path, target: Path) -> None:
    with plain.open("rb") as written:
        os.fsync(written.fileno())
    # The old write-ahead log must go before the new file comes: it would be read as the newest pages of a database it never belonged to.
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    plain.replace(target)
    sealed_files.sync_folder(target.parent)


# PostgreSQL


@contextmanager
def _postgresql_dump(url: URL) -> Iterator[tuple[sealed_files.Readable, str]]:
    """Yield pg_dump's output and the audit head, both of the same snapshot."""
    engine = open_engine(url.render_as_string(hide_password=False))
    try:
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
            head = audit.head_hash(Session(connection))
            command = [_tool("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
            with tempfile.TemporaryFile() as said, subprocess.Popen(command, env=_libpq(url), stdout=subprocess.PIPE, stderr=said) as running:
                if running.stdout is None:
                    raise NotReady("pg_dump could not be read.")
                yield _Checked(running.stdout, running), head
    finally:
        engine.dispose()


class _Checked:
    """A program's output whose end counts only if the program ended well: half a dump must never look like a whole one."""

    def __init__(self, stream: IO[bytes], running: subprocess.Popen[bytes]) -> None:
        self._stream, self._running = stream, running

    def read(self, size: int, /) -> bytes:
        """Return the next bytes. Raises NotReady at an end that came too early."""
        data = self._stream.read(size)
        if not data and self._running.wait() != 0:
            raise NotReady("pg_dump failed, so there is no backup. Check that its version is not older than the server's.")
        return data


def _pg_restore(url: URL, plain: Path, *, force: bool) -> None:
    replace: Iterable[str] = ("--clean", "--if-exists") if force else ()
    command = [_tool("pg_restore"), "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", *replace]
    ran = subprocess.run([*command, f"--dbname={url.database}", str(plain)], env=_libpq(url), capture_output=True, check=False)
    if ran.returncode != 0:
        raise NotReady("pg_restore failed, and the database is as it was. Check that the database is there and its version is not older.")


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise NotReady(f"PostgreSQL's own {name} is needed and was not found. Install postgresql with its command-line programs.")
    return found


def _libpq(url: URL) -> dict[str, str]:
    # By the environment and never as arguments: every user of the machine can read another program's arguments.
    facts = {"PGHOST": url.host or url.query.get("host"), "PGPORT": url.port or url.query.get("port"), "PGUSER": url.username, "PGPASSWORD": url.password, "PGDATABASE": url.database}
    return os.environ | {name: str(value) for name, value in facts.items() if value}


# After


def _is_empty(url: URL) -> bool:
    if url.get_backend_name() == "sqlite":
        path = _sqlite_path(url)
        if not path.exists() or path.stat().st_size == 0:
            return True
    engine = open_engine(url.render_as_string(hide_password=False))
    try:
        return not inspect(engine).get_table_names()
    finally:
        engine.dispose()


def _make_safe(url: URL, made: Backup, at: datetime, replay: Callable[[Engine], None] | None) -> tuple[int, list[str]]:
    """Hold every unsent mail and end every sign-in of a restored database, and check its audit against the backup's head."""
    engine = open_engine(url.render_as_string(hide_password=False))
    try:
        tables = set(inspect(engine).get_table_names())
        with session_factory(engine).begin() as session:
            held = 0
            if Message.__tablename__ in tables:
                unsent = update(Message).where(Message.sent_at.is_(None), Message.cancelled_at.is_(None), Message.held_at.is_(None))
                held = len(session.scalars(unsent.values(held_at=at).returning(Message.id)).all())
            if SignIn.__tablename__ in tables:
                session.execute(update(SignIn).where(SignIn.ended_at.is_(None)).values(ended_at=at))
                session.execute(update(SignInLink).where(SignInLink.used_at.is_(None)).values(used_at=at))
            faults = audit.verify(session, known_head=made.audit_head)
            if audit.AuditEvent.__tablename__ in tables:
                audit.record(session, "backup:restored", by=SYSTEM, at=at, made_at=made.created_at.isoformat(), held=held, faults=len(faults))
        if replay is not None:
            replay(engine)
        if url.get_backend_name() == "sqlite":
            # Into the one file that takes the old database's place: what is still in the write-ahead log would stay behind.
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                raw = connection.connection.cursor()
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                raw.close()
        return held, faults
    finally:
        engine.dispose()
