"""Asks from a gap: one page to a council, a business or a partner, drafted with safe numbers, edited and sent by a person. No family is in it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound

TO_WHOM = {"council": "The council", "business": "A business", "partner": "A partner"}
LONGEST = 4_000


class GapAsk(Base):
    """One page that asks for one change. `families` is the number that may be told; None where it is too small."""

    __tablename__ = "gap_asks"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    signature: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(20))
    to_whom: Mapped[str] = mapped_column(String(20))
    families: Mapped[int | None]
    title: Mapped[str] = mapped_column(String(200))
    words: Mapped[str] = mapped_column(Text)
    made_by_id: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


def _clean(words: str) -> str:
    if not 1 <= len(words.strip()) <= LONGEST:
        raise InvalidRecord("words", f"Write something, in at most {LONGEST:,} characters.")
    return words.strip()


def draft(session: Session, *, signature: str, kind: str, to_whom: str, families: int | None, title: str, words: str, by: Actor, at: datetime) -> GapAsk:
    """Keep a draft. `families` has been through the small-number rule already. Raises InvalidRecord."""
    access.require(by, "event:hold")
    if to_whom not in TO_WHOM:
        raise InvalidRecord("to_whom", "Choose whom to ask.")
    row = GapAsk(
        id=new_id(), school_id=by.school_id, signature=signature, kind=kind, to_whom=to_whom, families=families, title=title[:200], words=_clean(words),
        made_by_id=by.user_id, made_at=at,
    )
    session.add(row)
    session.flush()
    audit.record(session, "gap_ask:drafted", ("gap_ask", row.id), by=by, at=at, kind=kind, to=to_whom)
    return row


def get(session: Session, gap_ask_id: uuid.UUID, *, by: Actor) -> GapAsk:
    """Return one of the actor's school. Raises NotFound."""
    row = session.get(GapAsk, gap_ask_id)
    if row is None:
        access.require(by, "gap:read")
        raise NotFound("page")
    access.require(by, "gap:read", row)
    return row


def listed(session: Session, *, by: Actor) -> list[GapAsk]:
    """Return the actor's school's asks, the latest first."""
    access.require(by, "gap:read")
    return list(session.scalars(select(GapAsk).where(GapAsk.school_id == by.school_id).order_by(GapAsk.made_at.desc(), GapAsk.id)))


def edit(session: Session, row: GapAsk, words: str, *, by: Actor, at: datetime) -> GapAsk:
    """Change the words of a draft. Raises InvalidRecord, also where it was sent."""
    access.require(by, "event:hold", row)
    if row.sent_at is not None:
        raise InvalidRecord("words", "It was sent as it stands. Draft another one.")
    row.words = _clean(words)
    session.flush()
    audit.record(session, "gap_ask:edited", ("gap_ask", row.id), by=by, at=at)
    return row


def sent(session: Session, row: GapAsk, *, by: Actor, at: datetime) -> GapAsk:
    """Record that a person sent it. Kith sends nothing itself."""
    access.require(by, "event:hold", row)
    if row.sent_at is None:
        row.sent_at = at
        session.flush()
        audit.record(session, "gap_ask:sent", ("gap_ask", row.id), by=by, at=at)
    return row
