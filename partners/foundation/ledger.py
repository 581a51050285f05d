"""The ledger: what must be done again after a backup is brought back. Families erased, agreements withdrawn: salted hashes of random ids, and a day.

It is kept twice: as rows in the transaction of what it tells about, and as lines of a file beside the database that no restore replaces.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, String, event, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation.calendars import day_of
from partners.foundation.db import Base, new_id

KINDS = ("erased", "withdrawn")


class _Where:
    """The file of this process, where one was set."""

    path: Path | None = None


@dataclass(frozen=True)
class Line:
    """One line: what was done, and to whom, as a hash that only somebody who has the id can check."""

    kind: str
    salt: str
    digest: str
    on: str

    def is_about(self, record_id: uuid.UUID) -> bool:
        """Whether this line is about a record."""
        return self.digest == _digest(self.salt, record_id)


class LedgerEntry(Base):
    """A line, in the database."""

    __tablename__ = "ledger_entries"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20))
    salt: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    on: Mapped[str] = mapped_column(String(10))

    def line(self) -> Line:
        """Return this as a line of the file."""
        return Line(self.kind, self.salt, self.digest, self.on)


def _digest(salt: str, record_id: uuid.UUID) -> str:
    return hashlib.sha256(f"{salt}:{record_id}".encode()).hexdigest()


def use_path(path: Path | str | None) -> None:
    """Set the file of this process; None for the one beside an SQLite database."""
    _Where.path = Path(path) if path is not None else None


def path_for(engine_url: str) -> Path | None:
    """Return the file for a database: the one that was set, else one beside an SQLite file; None where there is neither."""
    if _Where.path is not None:
        return _Where.path
    url = make_url(engine_url)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    database = str(url.database).removeprefix("file://")
    return Path(database.partition("?")[0] + ".ledger")


def note(session: Session, kind: str, record_id: uuid.UUID, *, at: datetime) -> None:
    """Write a line in this transaction, and into the file as soon as the transaction has succeeded."""
    if kind not in KINDS:
        raise ValueError(kind)
    # One salt for all: whoever brings back a backup tries each id once, and who has only the lines learns nothing from 122 random bits.
    salt = session.scalar(select(LedgerEntry.salt).limit(1)) or secrets.token_hex(16)
    entry = LedgerEntry(id=new_id(), kind=kind, salt=salt, digest=_digest(salt, record_id), on=day_of(at).isoformat())
    if session.scalar(select(LedgerEntry.id).where(LedgerEntry.digest == entry.digest)) is not None:
        return
    session.add(entry)
    session.flush()
    if "ledger" not in session.info:
        session.info["ledger"] = []
        event.listen(session, "after_commit", _write)
        event.listen(session, "after_rollback", _forget)
    session.info["ledger"].append(entry.line())


def _write(session: Session) -> None:
    path, lines = path_for(session.get_bind().engine.url.render_as_string(hide_password=False)), session.info["ledger"]
    if path is not None and lines:
        with suppress(OSError):  # what is done is done; `mirror` writes them with the next round of the clock, and says aloud where it cannot
            append(path, lines)
    lines.clear()


def _forget(session: Session) -> None:
    session.info["ledger"].clear()


def append(path: Path, lines: Iterable[Line]) -> int:
    """Add the lines that a file lacks, and return how many. Only its owner may read it; it is on the disk when this returns."""
    known = set(read(path))
    fresh = [line for line in lines if line not in known]
    if not fresh:
        return 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    # A last line that was cut short is ended first, so that it spoils none of these.
    whole = path.stat().st_size == 0 or path.read_bytes().endswith(b"\n")
    try:
        os.write(handle, ("" if whole else "\n").encode() + "".join(f"{line.kind} {line.salt} {line.digest} {line.on}\n" for line in fresh).encode("ascii"))
        os.fsync(handle)
    finally:
        os.close(handle)
    return len(fresh)


def read(path: Path | None) -> list[Line]:
    """Return the lines of a file, none where there is no file. A last line that was cut short is left out: its row is in the database."""
    if path is None or not path.is_file():
        return []
    rows = [line.split(" ") for line in path.read_text(encoding="ascii", errors="replace").splitlines()]
    return [Line(*row) for row in rows if len(row) == 4 and row[0] in KINDS and len(row[2]) == 64]


def of_database(engine: Engine) -> list[Line]:
    """Return the lines that a database holds, none where it has no such table."""
    if LedgerEntry.__tablename__ not in inspect(engine).get_table_names():
        return []
    with Session(engine) as session:
        return [entry.line() for entry in session.scalars(select(LedgerEntry))]


def mirror(session: Session) -> int:
    """Write into the file whatever it lacks, and return how many lines that was: after a crash between the transaction and the file."""
    path = path_for(session.get_bind().engine.url.render_as_string(hide_password=False))
    return append(path, [entry.line() for entry in session.scalars(select(LedgerEntry))]) if path is not None else 0


def keep(session: Session, lines: Iterable[Line]) -> None:
    """Put lines from a file into a database that lacks them."""
    known = set(session.scalars(select(LedgerEntry.digest)))
    session.add_all(LedgerEntry(id=new_id(), kind=line.kind, salt=line.salt, digest=line.digest, on=line.on) for line in dict.fromkeys(lines) if line.digest not in known)
    session.flush()


def matching(lines: Iterable[Line], kind: str, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of these records the lines of a kind are about."""
    by_salt: dict[str, set[str]] = {}
    for line in lines:
        if line.kind == kind:
            by_salt.setdefault(line.salt, set()).add(line.digest)
    every = list(ids)
    return {i for salt, digests in by_salt.items() for i in every if _digest(salt, i) in digests}
