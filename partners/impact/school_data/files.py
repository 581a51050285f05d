"""Files: an export that somebody sent, kept sealed without what must not be held, until its plan is applied or seven days have passed."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.impact.school_data import columns, keys
from partners.impact.school_data.keys import SealedApart
from partners.impact.school_data.pupils import require_on
from partners.registry.importing import files as plain_files

KEPT_DAYS = 7  # domain guide 7.4
LARGEST_BYTES, MOST_ROWS = 5 * 1024 * 1024, 20_000  # safety.md 1.2, row 12


class ColumnMap(Base):
    """How one school's columns are read: a heading to a column of the table, and whether an empty cell means no. Kept from file to file."""

    __tablename__ = "school_data_columns"

    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), primary_key=True)
    columns: Mapped[dict[str, Any]]
    empty_means_no: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[datetime]


class SchoolFile(Base):
    """One file's rows, sealed. What is sensitive, and every UPN, was gone before it was kept."""

    __tablename__ = "school_data_files"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    file_name: Mapped[str] = mapped_column(String(200))
    headings: Mapped[list[str]]
    dropped: Mapped[list[str]]
    content: Mapped[Any] = mapped_column(SealedApart)
    sent_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]


def _text(blob: bytes) -> str:
    """Return a file's text: UTF-8, UTF-16 with its mark, or the Windows letters that older systems write."""
    if blob[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return blob.decode("utf-16")
        except UnicodeDecodeError as error:
            raise InvalidRecord("file", "The file cannot be read. Save it as 'CSV UTF-8'.") from error
    try:
        return blob.decode("utf-8-sig")
    except UnicodeDecodeError:
        return blob.decode("cp1252", errors="replace")


def records_of(blob: bytes) -> list[dict[str, Any]]:
    """Return the rows of a CSV file or a spreadsheet under their headings. Raises InvalidRecord for one that cannot be read or is too large."""
    if len(blob) > LARGEST_BYTES:
        raise InvalidRecord("file", "The file is over 5 MB. Send one term at a time.")
    packed = blob[:4] == b"PK\x03\x04" or blob[:2] == b"\x1f\x8b" or blob[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    if not packed and b"\0" in blob and blob[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise InvalidRecord("file", "The file is no CSV. Save it as 'CSV UTF-8' or .xlsx.")
    found = plain_files.records_of(blob) if packed else plain_files.records(_text(blob))
    if not 1 <= len(found) <= MOST_ROWS:
        raise InvalidRecord("file", f"The file should hold 1 to {MOST_ROWS:,} rows; it holds {len(found):,}. Send one term at a time.")
    return found


def keep(session: Session, blob: bytes, *, file_name: str, by: Actor, at: datetime) -> SchoolFile:
    """Keep a file until its plan is read: sensitive columns are dropped and pupils' keys hashed before anything is written. Raises InvalidRecord."""
    school_id = require_on(by)
    rows = records_of(blob)
    headings = list(dict.fromkeys(h for row in rows for h in row if h))
    dropped = [h for h in headings if columns.is_sensitive(h)]
    reading = columns_for(session, school_id, headings)
    left = [h for h in headings if h not in dropped]
    keyed = {h for h in left if reading.get(h) == "key"}
    made = [{h: _cell(school_id, str(row.get(h) or ""), is_key=h in keyed) for h in left} | ({"": "1"} if row.get("") else {}) for row in rows]
    forget_old(session, at=at)
    plain = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c if c.isalnum() or c in " ._-()" else "_" for c in plain)[:200] or "file"
    file = SchoolFile(id=new_id(), school_id=school_id, file_name=shown, headings=left, dropped=dropped, content=made, sent_at=at)
    session.add(file)
    session.flush()
    audit.record(session, "school_data:sent", ("school_file", file.id), by=by, at=at, rows=len(made), dropped=len(dropped))
    return file


def _cell(school_id: uuid.UUID, cell: str, *, is_key: bool) -> str:
    words = cell.strip()[:200]
    return keys.token_of(school_id, words) if words and (is_key or keys.UPN.fullmatch(words)) else words


def forget_old(session: Session, *, at: datetime) -> None:
    """Forget every file that was sent over seven days ago, applied or not."""
    session.execute(delete(SchoolFile).where(SchoolFile.sent_at < at - timedelta(days=KEPT_DAYS)))


def get(session: Session, file_id: uuid.UUID, *, by: Actor) -> SchoolFile:
    """Return a file of the actor's school that waits. Raises NotFound."""
    access.require(by, "school_data:keep")
    file = session.get(SchoolFile, file_id)
    if file is None:
        raise NotFound("schoolfile")
    access.require(by, "school_data:keep", file)
    return file


def waiting(session: Session, *, by: Actor) -> list[SchoolFile]:
    """Return the actor's school's files that wait for somebody, newest first."""
    access.require(by, "school_data:keep")
    query = select(SchoolFile).where(SchoolFile.school_id == by.school_id, SchoolFile.applied_at.is_(None))
    return list(session.scalars(query.order_by(SchoolFile.sent_at.desc())))


def throw_away(session: Session, file: SchoolFile, *, by: Actor, at: datetime) -> None:
    """Forget a file without bringing anything in."""
    access.require(by, "school_data:keep", file)
    session.delete(file)
    session.flush()
    audit.record(session, "school_data:thrown_away", ("school_file", file.id), by=by, at=at)


def columns_for(session: Session, school_id: uuid.UUID, headings: list[str]) -> dict[str, str | None]:
    """Return how each heading is read: as this school said before, else as a usual heading is; each column is read from one heading alone."""
    saved = session.get(ColumnMap, school_id)
    known = saved.columns if saved else {}
    found: dict[str, str | None] = {}
    for heading in sorted(headings, key=lambda h: (columns.plain(h) not in known, "upn" not in columns.plain(h))):  # the UPN first: it is in most exports
        name = known.get(columns.plain(heading), columns.guess(heading))
        found[heading] = name if name and name not in found.values() else None
    return {heading: found[heading] for heading in headings}


def empty_means_no(session: Session, school_id: uuid.UUID) -> bool:
    """Whether a person at the school said that an empty cell under free meals, pupil premium, SEN or EAL means no."""
    saved = session.get(ColumnMap, school_id)
    return saved is not None and saved.empty_means_no


def say_columns(session: Session, file: SchoolFile, reading: dict[str, str | None], *, empty: bool, by: Actor, at: datetime) -> ColumnMap:
    """Save how this school's columns are read, for this file and those to come.

    Raises:
        InvalidRecord: no column holds the pupil's key, or two headings are read as one thing.
    """
    access.require(by, "school_data:keep", file)
    used = [name for name in reading.values() if name]
    if any(name not in columns.BY_NAME for name in used) or any(heading not in file.headings for heading in reading):
        raise InvalidRecord("columns", "Choose from the answers on this page.")
    twice = sorted({columns.BY_NAME[name].label for name in used if used.count(name) > 1})
    if twice:
        raise InvalidRecord("columns", f"Two columns are read as one thing: {', '.join(twice)}. Choose one of them.")
    if "key" not in used:
        raise InvalidRecord("columns", "Say which column holds the pupil's key: a UPN or an admission number.")
    saved = session.get(ColumnMap, file.school_id)
    if saved is None:
        saved = ColumnMap(school_id=file.school_id, columns={}, saved_at=at)
        session.add(saved)
    saved.columns = saved.columns | {columns.plain(heading): name for heading, name in reading.items()}
    saved.empty_means_no, saved.saved_at = empty, at
    session.flush()
    audit.record(session, "school_data:columns_said", ("school_file", file.id), by=by, at=at)
    return saved
