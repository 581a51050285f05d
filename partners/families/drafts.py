"""Drafts: what somebody had typed on a page and not yet sent, kept sealed so that a lost signal, a closed phone or a sign-out loses nothing."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import access
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.foundation.sealing import SealedJson

KEPT = timedelta(days=7)  # judgement, November 2026: past the weekend, and not for long
LONGEST = 20_000  # characters of one draft
# The pages that have drafts: what a family says there is too much to type twice.
PAGES = ("needs", "agreement", "note", "check_in")


class Draft(Base):
    """What one officer had typed on one page about one record. Nobody else reads it."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("user_id", "page", "subject_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    page: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[uuid.UUID] = mapped_column(index=True)
    typed: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    saved_at: Mapped[datetime]


def _own(session: Session, page: str, subject_id: uuid.UUID, by: Actor) -> Draft | None:
    return session.scalar(select(Draft).where(Draft.user_id == by.user_id, Draft.page == page, Draft.subject_id == subject_id))


def keep(session: Session, page: str, subject_id: uuid.UUID, typed: dict[str, list[str]], *, by: Actor, at: datetime) -> Draft | None:
    """Keep what was typed, in place of what was kept before; with nothing typed, keep nothing. Returns the draft, or None.

    Raises:
        NotFound: a page that has no drafts.
        InvalidRecord: far more than a page takes.
    """
    access.require(by, "family:match")
    if page not in PAGES or by.user_id is None:
        raise NotFound("page")
    if sum(len(word) for words in typed.values() for word in words) > LONGEST:
        raise InvalidRecord("typed", "That is too much to keep as a draft.")
    if not any(word.strip() for words in typed.values() for word in words):
        drop(session, page, subject_id, by=by)
        return None
    draft = _own(session, page, subject_id, by)
    if draft is None:
        draft = Draft(id=new_id(), user_id=by.user_id, page=page, subject_id=subject_id, typed=typed, saved_at=at)
        session.add(draft)
    draft.typed, draft.saved_at = typed, at
    session.flush()
    return draft


def find(session: Session, page: str, subject_id: uuid.UUID, *, by: Actor, at: datetime) -> Draft | None:
    """Return one's own draft that is not too old, or None."""
    access.require(by, "family:match")
    draft = _own(session, page, subject_id, by)
    return draft if draft is not None and at - draft.saved_at < KEPT else None


def drop(session: Session, page: str, subject_id: uuid.UUID, *, by: Actor) -> None:
    """Forget one's own draft: it was sent, or thrown away."""
    session.execute(delete(Draft).where(Draft.user_id == by.user_id, Draft.page == page, Draft.subject_id == subject_id))


def of_mine(session: Session, *, by: Actor, at: datetime) -> list[Draft]:
    """Return one's own drafts, the newest first."""
    access.require(by, "family:match")
    return list(session.scalars(select(Draft).where(Draft.user_id == by.user_id, Draft.saved_at > at - KEPT).order_by(Draft.saved_at.desc(), Draft.id)))


def forget_old(session: Session, *, at: datetime) -> int:
    """Delete drafts that are a week old; return how many. The clock runs it."""
    return getattr(session.execute(delete(Draft).where(Draft.saved_at <= at - KEPT)), "rowcount", 0)
