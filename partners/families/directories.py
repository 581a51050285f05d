"""Directories: whether a school shows a public page of what is on near it. Off until an administrator switches it on."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families.schools import School
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base
from partners.foundation.errors import NotFound


class Directory(Base):
    """One school's switch."""

    __tablename__ = "directories"

    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), primary_key=True)
    opened_at: Mapped[datetime | None]


def is_open(session: Session, school_id: uuid.UUID | None) -> bool:
    """Whether a school shows its directory to anybody."""
    found = session.get(Directory, school_id) if school_id is not None else None
    return found is not None and found.opened_at is not None


def schools_open(session: Session) -> list[School]:
    """Return the schools that show one, by name."""
    return list(session.scalars(select(School).join(Directory, Directory.school_id == School.id).where(Directory.opened_at.is_not(None)).order_by(School.name)))


def switch(session: Session, school: School, *, on: bool, by: Actor, at: datetime) -> None:
    """Show the directory to anybody, or to nobody. Raises NotFound for another school."""
    access.require(by, "school:change")
    if by.school_id is not None and by.school_id != school.id:
        raise NotFound("school")
    row = session.get(Directory, school.id)
    if row is None:
        row = Directory(school_id=school.id)
        session.add(row)
    row.opened_at = at if on else None
    session.flush()
    audit.record(session, "directory:on" if on else "directory:off", ("school", school.id), by=by, at=at)
