"""Thanks: a word from a school to a partner, without names, shown on the partner's own page."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotAllowed
from partners.foundation.sealing import Sealed
from partners.registry.organisations import Organisation


class Thanks(Base):
    """One word of thanks. It is sealed, for somebody may write more than they should."""

    __tablename__ = "thanks"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    words: Mapped[str] = mapped_column(Sealed)
    said_at: Mapped[datetime]


def say(session: Session, organisation: Organisation, words: str, *, by: Actor, at: datetime) -> Thanks:
    """Thank a partner in the school's name. Raises InvalidRecord for no words, or more than 300 characters."""
    access.require(by, "offer:change")
    if by.school_id is None:
        raise NotAllowed("offer:change")
    if not 1 <= len(words.strip()) <= 300:
        raise InvalidRecord("words", "Write your thanks, in at most 300 characters, without names.")
    row = Thanks(id=new_id(), organisation_id=organisation.id, school_id=by.school_id, words=words.strip(), said_at=at)
    session.add(row)
    session.flush()
    audit.record(session, "organisation:thanked", ("organisation", organisation.id), by=by, at=at)
    return row


def latest(session: Session, organisation_id: uuid.UUID, *, most: int = 5) -> list[Thanks]:
    """Return the newest words of thanks to a partner."""
    return list(session.scalars(select(Thanks).where(Thanks.organisation_id == organisation_id).order_by(Thanks.said_at.desc(), Thanks.id).limit(most)))
