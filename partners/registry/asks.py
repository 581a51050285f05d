"""Asks and gives: what a school and its partners would like from one another, and what each can let the others have.

What families give is kept in a room of its own (`partners.families.gives`), never beside what they get.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.registry.organisations import Organisation
from partners.registry.schedules import DAY_NAMES

MOST = 100_000  # judgement, November 2026: more of anything is a slip of the finger
ENDED = {"met": "met", "given": "given", "no_longer": "no longer wanted"}


class Terms:
    """What an ask and a give have in common. With no organisation it is the school's own. Times are Europe/London, HH:MM."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    thing: Mapped[str] = mapped_column(String(40))
    amount: Mapped[float] = mapped_column(default=1)
    note: Mapped[str] = mapped_column(String(300), default="")
    days: Mapped[list[str]] = mapped_column(default=list)
    starts: Mapped[str | None] = mapped_column(String(5))
    ends: Mapped[str | None] = mapped_column(String(5))
    language: Mapped[str | None] = mapped_column(String(20))
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    said_by: Mapped[str] = mapped_column(String(120))
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(String(20))

    def times(self) -> str:
        """Return the times in plain words, such as 'Tuesday and Thursday 18:00 to 20:00'; empty for any time."""
        named = [DAY_NAMES[d] for d in self.days]
        spoken = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}" if named else ""
        return " ".join(part for part in (spoken, f"{self.starts} to {self.ends}" if self.starts else "") if part)


class Ask(Terms, Base):
    """Something that the school or a partner would like."""

    __tablename__ = "asks"
    __table_args__ = (CheckConstraint("amount > 0", name="amount_above_nothing"),)

    organisation: Mapped[Organisation | None] = relationship(lazy="joined")


class Give(Terms, Base):
    """Something that the school or a partner can let others have. `in_exchange` says that it goes only with something in return."""

    __tablename__ = "gives"
    __table_args__ = (CheckConstraint("amount > 0", name="amount_above_nothing"),)

    in_exchange: Mapped[bool] = mapped_column(default=False)
    comes_to_you: Mapped[bool] = mapped_column(default=False)
    organisation: Mapped[Organisation | None] = relationship(lazy="joined")


@dataclass(frozen=True)
class Wanted:
    """The facts of an ask or a give as somebody said them."""

    thing: str
    amount: float = 1
    note: str = ""
    days: list[str] = field(default_factory=list)
    starts: str | None = None
    ends: str | None = None
    language: str | None = None
    from_on: date | None = None
    until_on: date | None = None


_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")


def clean_clock(text: str | None, field_name: str) -> str | None:
    """Return a time of day as '09:30', or None for none. Raises InvalidRecord."""
    if not text or not text.strip():
        return None
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise InvalidRecord(field_name, "Give a time like 9:30 or 18:00.")
    return f"{int(found[1]):02d}:{found[2]}"


def check(facts: Wanted, *, things: Collection[str]) -> dict[str, Any]:
    """Return the facts, cleaned, as columns. Raises InvalidRecord for the first that cannot be; `things` are the known codes."""
    if facts.thing not in things:
        raise InvalidRecord("thing", "Choose from the list.")
    if not 0 < facts.amount <= MOST:
        raise InvalidRecord("amount", "Say how many, from 1 to 100,000.")
    if set(facts.days) - set(DAY_NAMES):
        raise InvalidRecord("days", "Choose days of the week.")
    starts, ends = clean_clock(facts.starts, "starts"), clean_clock(facts.ends, "ends")
    if (starts is None) != (ends is None):
        raise InvalidRecord("ends" if ends is None else "starts", "Give both times, or neither.")
    if starts is not None and ends is not None and ends <= starts:
        raise InvalidRecord("ends", "It should end after it starts.")
    if facts.from_on and facts.until_on and facts.until_on < facts.from_on:
        raise InvalidRecord("until_on", "The last day should be the first day or later.")
    if starts is not None and not facts.days:
        raise InvalidRecord("days", "Say on which days.")
    return {
        "thing": facts.thing, "amount": facts.amount, "note": facts.note.strip()[:300], "days": [d for d in DAY_NAMES if d in facts.days],
        "starts": starts, "ends": ends, "language": facts.language or None, "from_on": facts.from_on, "until_on": facts.until_on,
    }


def _owned(by: Actor, organisation: Organisation | None) -> dict[str, Any]:
    access.require(by, "ask:change")
    if by.kind == "partnership_link" and (organisation is None or organisation.id != by.organisation_id):
        raise NotFound("organisation")
    return {"school_id": by.school_id, "organisation": organisation}


def ask(session: Session, organisation: Organisation | None, facts: Wanted, *, things: Collection[str], by: Actor, at: datetime) -> Ask:
    """Add an ask: a partner's, or the school's own where no organisation is given. Raises InvalidRecord."""
    row = Ask(id=new_id(), **_owned(by, organisation), **check(facts, things=things), said_by=by.name[:120], added_at=at)
    session.add(row)
    session.flush()
    audit.record(session, "ask:added", ("ask", row.id), by=by, at=at, thing=row.thing)
    return row


def give(
    session: Session, organisation: Organisation | None, facts: Wanted, *, things: Collection[str], by: Actor, at: datetime,
    in_exchange: bool = False, comes_to_you: bool = False,
) -> Give:
    """Add a give: a partner's, or the school's own where no organisation is given. Raises InvalidRecord."""
    row = Give(
        id=new_id(), **_owned(by, organisation), **check(facts, things=things), in_exchange=in_exchange, comes_to_you=comes_to_you,
        said_by=by.name[:120], added_at=at,
    )
    session.add(row)
    session.flush()
    audit.record(session, "give:added", ("give", row.id), by=by, at=at, thing=row.thing)
    return row


def get_ask(session: Session, ask_id: uuid.UUID, *, by: Actor) -> Ask:
    """Return an ask this actor may see. Raises NotFound."""
    row = session.get(Ask, ask_id)
    if row is None:
        access.require(by, "ask:read")
        raise NotFound("ask")
    access.require(by, "ask:read", row)
    return row


def get_give(session: Session, give_id: uuid.UUID, *, by: Actor) -> Give:
    """Return a give this actor may see. Raises NotFound."""
    row = session.get(Give, give_id)
    if row is None:
        access.require(by, "ask:read")
        raise NotFound("give")
    access.require(by, "ask:read", row)
    return row


def end(session: Session, row: Ask | Give, *, because: str, by: Actor, at: datetime) -> None:
    """End an ask or a give: it was met or given, or is no longer wanted. Pressing twice changes nothing more. Raises InvalidRecord."""
    access.require(by, "ask:change", row)
    if because not in ENDED:
        raise InvalidRecord("because", "Say why it ended.")
    if row.ended_at is None:
        row.ended_at, row.ended_because = at, because
        session.flush()
        kind = "ask" if isinstance(row, Ask) else "give"
        audit.record(session, f"{kind}:ended", (kind, row.id), by=by, at=at, because=because)


def lessen(session: Session, row: Ask | Give, left: float, *, by: Actor, at: datetime) -> None:
    """Part of it was met or given: so much is left, and it stays open. Raises InvalidRecord where that is not above 0."""
    access.require(by, "ask:change", row)
    if left <= 0:
        raise InvalidRecord("amount", "Say how many are left, or end it.")
    row.amount = left
    session.flush()
    kind = "ask" if isinstance(row, Ask) else "give"
    audit.record(session, f"{kind}:lessened", (kind, row.id), by=by, at=at)


def open_asks(session: Session, *, by: Actor, on: date, organisation_id: uuid.UUID | None = None) -> list[Ask]:
    """Return what is still asked for on a day in the actor's circle, the oldest first; one partner's only where it is given."""
    access.require(by, "ask:read")
    query = select(Ask).where(Ask.school_id == by.school_id, Ask.ended_at.is_(None)).order_by(Ask.added_at, Ask.thing, Ask.amount, Ask.organisation_id.is_not(None), Ask.said_by, Ask.id)
    wanted = by.organisation_id if by.kind == "partnership_link" else organisation_id
    return [a for a in session.scalars(query) if (wanted is None or a.organisation_id == wanted) and (a.until_on is None or a.until_on >= on)]


def open_gives(session: Session, *, by: Actor, on: date, organisation_id: uuid.UUID | None = None) -> list[Give]:
    """Return what can still be had on a day in the actor's circle, the oldest first; one partner's only where it is given."""
    access.require(by, "ask:read")
    query = select(Give).where(Give.school_id == by.school_id, Give.ended_at.is_(None)).order_by(Give.added_at, Give.thing, Give.amount, Give.organisation_id.is_not(None), Give.said_by, Give.id)
    wanted = by.organisation_id if by.kind == "partnership_link" else organisation_id
    return [g for g in session.scalars(query) if (wanted is None or g.organisation_id == wanted) and (g.until_on is None or g.until_on >= on)]
