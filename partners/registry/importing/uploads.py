"""Uploads: a file that somebody sent, kept until its plan is applied or seven days have passed. Only who sent it sees it."""

from __future__ import annotations

import json
import uuid
import zlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.registry.importing.files import records_of

KEPT_DAYS = 7  # domain guide, section 7.4
LARGEST_BYTES, MOST_ROWS = 5 * 1024 * 1024, 20_000  # safety.md 1.2, row 12


class ImportUpload(Base):
    """One file's records, packed. Its content goes when it is applied."""

    __tablename__ = "import_uploads"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), index=True)
    source: Mapped[str] = mapped_column(String(80))
    file_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]

    def records(self) -> list[dict[str, Any]]:
        """Return the file's records. Raises Conflict where it was applied already."""
        if self.applied_at is not None:
            raise Conflict("This file was brought in already. Send it again to see what would change now.")
        found: list[dict[str, Any]] = json.loads(zlib.decompress(self.content))
        return found


def keep(session: Session, blob: bytes, *, source: str, file_name: str, by: Actor, at: datetime) -> ImportUpload:
    """Keep a file that can be read, and forget those of more than seven days ago. Raises InvalidRecord for one that cannot."""
    access.require(by, "offer:import")
    if by.user_id is None:
        raise NotFound("upload")
    source = " ".join(source.split())
    if not 1 <= len(source) <= 80:
        raise InvalidRecord("source", "Say where the list comes from, in at most 80 characters.")
    if len(blob) > LARGEST_BYTES:
        raise InvalidRecord("file", "The file is over 5 MB. Split it, or ask your administrator to import it by command.")
    found = records_of(blob)
    if not 1 <= len(found) <= MOST_ROWS:
        raise InvalidRecord("file", f"The file should hold 1 to {MOST_ROWS:,} offers; it holds {len(found):,}.")
    forget_old(session, at=at)
    plain = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c if c.isalnum() or c in " ._-()" else "_" for c in plain)[:200] or "file"
    upload = ImportUpload(id=new_id(), user_id=by.user_id, source=source, file_name=shown, content=zlib.compress(json.dumps(found, default=str).encode(), 6), uploaded_at=at)
    session.add(upload)
    session.flush()
    audit.record(session, "import:uploaded", ("upload", upload.id), by=by, at=at, rows=len(found))
    return upload


def forget_old(session: Session, *, at: datetime) -> None:
    """Forget every file that was sent over seven days ago."""
    session.execute(delete(ImportUpload).where(ImportUpload.uploaded_at < at - timedelta(days=KEPT_DAYS)))


def get(session: Session, upload_id: uuid.UUID, *, by: Actor) -> ImportUpload:
    """Return one's own upload. Raises NotFound."""
    access.require(by, "offer:import")
    upload = session.get(ImportUpload, upload_id)
    if upload is None or upload.user_id != by.user_id:
        raise NotFound("upload")
    return upload


def close(session: Session, upload: ImportUpload, *, at: datetime) -> None:
    """Note that a file was brought in, and forget what it held."""
    upload.applied_at, upload.content = at, b""
    session.flush()


def of_person(session: Session, *, by: Actor) -> list[ImportUpload]:
    """Return one's own files that wait to be brought in, newest first."""
    access.require(by, "offer:import")
    query = select(ImportUpload).where(ImportUpload.user_id == by.user_id, ImportUpload.applied_at.is_(None))
    return list(session.scalars(query.order_by(ImportUpload.uploaded_at.desc())))
