"""Quick notes: what was heard at the gate, in two taps, before anybody knows for whom. A need code and a time; nothing restricted, no name."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families.needs import STOPPING_PATHS
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound


class QuickNote(Base):
    """One need heard, waiting for somebody to say whose it is."""

    __tablename__ = "quick_notes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    noted_by_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]


def add(session: Session, code: str, *, paths: dict[str, str], by: Actor, at: datetime) -> QuickNote:
    """Note a need. Raises InvalidRecord for a code that is not on the list, or whose path stops everything: that is said, not noted."""
    access.require(by, "family:match")
    if code not in paths or paths[code] in STOPPING_PATHS or by.school_id is None:
        raise InvalidRecord("code", "Choose from the list. If somebody may be at risk, ring the safeguarding lead now; do not write it here.")
    note = QuickNote(id=new_id(), school_id=by.school_id, code=code, noted_by_id=by.user_id, at=at)
    session.add(note)
    session.flush()
    audit.record(session, "note:quick", ("quick_note", note.id), by=by, at=at, code=code)
    return note


def waiting(session: Session, *, by: Actor) -> list[QuickNote]:
    """Return the notes of the actor's school that nobody has finished, the oldest first."""
    access.require(by, "family:match")
    return list(session.scalars(select(QuickNote).where(QuickNote.school_id == by.school_id, QuickNote.done_at.is_(None)).order_by(QuickNote.at, QuickNote.id)))


def find_waiting(session: Session, note_id: uuid.UUID, *, by: Actor) -> QuickNote | None:
    """Return a note of the actor's school that nobody has finished, or None: one of another school, one that is done and none at all are alike."""
    access.require(by, "family:match")
    note = session.get(QuickNote, note_id)
    return note if note is not None and note.school_id == by.school_id and note.done_at is None else None


def finish(session: Session, note_id: uuid.UUID, *, by: Actor, at: datetime) -> QuickNote:
    """Take a note off the list. Raises NotFound."""
    access.require(by, "family:match")
    note = session.get(QuickNote, note_id)
    if note is None or note.school_id != by.school_id:
        raise NotFound("page")
    if note.done_at is None:
        note.done_at = at
        session.flush()
        audit.record(session, "note:finished", ("quick_note", note.id), by=by, at=at)
    return note
