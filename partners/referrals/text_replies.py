"""Text replies: what families answered to the text that asks how things are: 1 good, 2 please call, 3 not now. Each waits on Today until somebody has seen to it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.families.families import Family
from partners.foundation import access, audit
from partners.foundation.actors import SYSTEM, Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import NotFound
from partners.foundation.notify import Received
from partners.foundation.outbox import Message
from partners.foundation.sealing import Sealed
from partners.referrals.referrals import Referral

ANSWERS_WITHIN = timedelta(days=30)  # a text from a number we wrote to longer ago is no answer to it; judgement, November 2026
SAID = {"1": "good", "2": "call", "3": "not_now"}
WORDS = {"good": "Good", "call": "Please call", "not_now": "Not now", "other": "Something else"}
LONGEST = 300  # characters


class TextReply(Base):
    """One answer by text. The number is not kept again: it stands with the family."""

    __tablename__ = "text_replies"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    notify_id: Mapped[str] = mapped_column(String(64), unique=True)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    said: Mapped[str] = mapped_column(String(10))
    words: Mapped[str | None] = mapped_column(Sealed)
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    referral: Mapped[Referral] = relationship(lazy="joined")


def take_in(session: Session, received: list[Received], *, at: datetime) -> int:
    """Keep the answers that belong to a text we sent, once each, and return how many are new. What comes from any other number is not kept."""
    known = set(session.scalars(select(TextReply.notify_id).where(TextReply.notify_id.in_([r.id for r in received]))))
    asked = session.scalars(select(Message).where(Message.kind == "family_text", Message.sent_at > at - ANSWERS_WITHIN).order_by(Message.sent_at)).all()
    by_number = {message.to_address[-9:]: message for message in asked}  # the last one written to a number is the one that is answered
    taken = 0
    for one in received:
        message = by_number.get("".join(c for c in one.number if c.isdigit())[-9:])
        referral = session.get(Referral, message.referral_id) if message is not None and message.referral_id else None
        if one.id in known or referral is None or message is None or message.sent_at is None or one.at < message.sent_at:
            continue
        said = SAID.get(one.words.strip()[:1], "other") if len(one.words.strip()) <= 3 else "other"
        session.add(TextReply(id=new_id(), notify_id=one.id, referral_id=referral.id, school_id=referral.school_id, said=said, words=one.words[:LONGEST] if said == "other" else None, at=one.at))
        session.flush()
        audit.record(session, "check_in:text_answered", ("referral", referral.id), by=SYSTEM, at=at, said=said)
        known.add(one.id)
        taken += 1
    return taken


def waiting(session: Session, *, by: Actor) -> list[TextReply]:
    """Return the answers of the actor's school that nobody has seen to, those who ask for a call first; none of a family whose records are not in use."""
    access.require(by, "family:read")
    query = select(TextReply).join(Referral, Referral.id == TextReply.referral_id).join(Family, Family.id == Referral.family_id)
    rows = session.scalars(query.where(TextReply.school_id == by.school_id, TextReply.seen_at.is_(None), Family.in_use)).unique()
    return sorted(rows, key=lambda r: (r.said != "call", r.at, r.id))


def finish(session: Session, reply_id: uuid.UUID, *, by: Actor, at: datetime) -> TextReply:
    """Note that somebody has seen to an answer. A second press changes nothing. Raises NotFound."""
    access.require(by, "family:read")
    reply = session.get(TextReply, reply_id)
    if reply is None or reply.school_id != by.school_id:
        raise NotFound("page")
    if reply.seen_at is None:
        reply.seen_at = at
        session.flush()
        audit.record(session, "check_in:text_seen", ("referral", reply.referral_id), by=by, at=at)
    return reply
