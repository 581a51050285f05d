"""One-off events and gifts: a date, a place, who is welcome. Open to everybody first; then what there is only so much of, to be given out fairly."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.registry.asks import clean_clock
from partners.registry.organisations import Organisation

MOST_PEOPLE = 100_000


class CommunityEvent(Base):
    """One event or one round of gifts. `open_to_all` needs no name and no asking; `expected` and `headcount` are how many may come and how many came, without names."""

    __tablename__ = "community_events"
    __table_args__ = (CheckConstraint("headcount IS NULL OR headcount >= 0", name="headcount_not_negative"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    on: Mapped[date]
    starts: Mapped[str | None] = mapped_column(String(5))
    ends: Mapped[str | None] = mapped_column(String(5))
    place: Mapped[str] = mapped_column(String(200), default="")
    words: Mapped[str] = mapped_column(String(500), default="")
    collecting: Mapped[str] = mapped_column(String(300), default="")
    open_to_all: Mapped[bool] = mapped_column(default=False)
    expected: Mapped[int | None]
    headcount: Mapped[int | None]
    added_at: Mapped[datetime]
    given_out_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    organisation: Mapped[Organisation | None] = relationship(lazy="joined")
    gifts: Mapped[list[EventGift]] = relationship(order_by="EventGift.position", lazy="selectin")

    __mapper_args__ = {"version_id_col": version}


class EventGift(Base):
    """Something of which there is only so much: places for families, the need it meets, and what is known of it."""

    __tablename__ = "event_gifts"
    __table_args__ = (CheckConstraint("places > 0", name="places_above_nothing"), CheckConstraint("went_back IS NULL OR (went_back >= 0 AND went_back <= places)", name="went_back_within_places"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("community_events.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    code: Mapped[str] = mapped_column(String(40))
    places: Mapped[int]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    features: Mapped[dict[str, Any]] = mapped_column(default=dict)
    went_back: Mapped[int | None]
    organisation: Mapped[Organisation | None] = relationship(lazy="joined")


def add(
    session: Session, organisation: Organisation | None, *, name: str, on: date, by: Actor, at: datetime, starts: str | None = None, ends: str | None = None,
    place: str = "", words: str = "", collecting: str = "", open_to_all: bool = False, expected: int | None = None,
) -> CommunityEvent:
    """Add an event or a round of gifts. Raises InvalidRecord for no name, times that cannot be, or a number of people that cannot be."""
    access.require(by, "event:hold")
    if not 1 <= len(name.strip()) <= 120:
        raise InvalidRecord("name", "Give it a name, in at most 120 characters.")
    begins, finishes = clean_clock(starts, "starts"), clean_clock(ends, "ends")
    if begins and finishes and finishes <= begins:
        raise InvalidRecord("ends", "It should end after it starts.")
    if expected is not None and not 1 <= expected <= MOST_PEOPLE:
        raise InvalidRecord("expected", "Say for about how many people, from 1 to 100,000, or leave it empty.")
    row = CommunityEvent(
        id=new_id(), school_id=by.school_id, organisation=organisation, name=name.strip(), on=on, starts=begins, ends=finishes, place=place.strip()[:200],
        words=words.strip()[:500], collecting=collecting.strip()[:300], open_to_all=open_to_all, expected=expected, added_at=at, gifts=[],
    )
    session.add(row)
    session.flush()
    audit.record(session, "event:added", ("event", row.id), by=by, at=at, open_to_all=open_to_all)
    return row


def get(session: Session, event_id: uuid.UUID, *, by: Actor) -> CommunityEvent:
    """Return an event of the actor's school. Raises NotFound."""
    row = session.get(CommunityEvent, event_id)
    if row is None:
        access.require(by, "event:hold")
        raise NotFound("event")
    access.require(by, "event:hold", row)
    return row


def listed(session: Session, *, by: Actor) -> list[CommunityEvent]:
    """Return the actor's school's events, the latest day first."""
    access.require(by, "event:hold")
    return list(session.scalars(select(CommunityEvent).where(CommunityEvent.school_id == by.school_id).order_by(CommunityEvent.on.desc(), CommunityEvent.id)).unique())


def add_gift(
    session: Session, row: CommunityEvent, *, name: str, code: str, places: int, known: Collection[str], by: Actor, at: datetime, features: Collection[str] = (), giver: Organisation | None = None,
) -> EventGift:
    """Add something of which there is only so much, from whoever gives the event where no giver is named. Raises InvalidRecord, or Conflict once things were given out."""
    access.require(by, "event:hold", row)
    if row.given_out_at is not None:
        raise Conflict("This was given out already. Add another event for more.")
    if not 1 <= len(name.strip()) <= 120:
        raise InvalidRecord("gift", "Say what it is, in at most 120 characters.")
    if code not in known:
        raise InvalidRecord("code", "Choose what it helps with.")
    if not 1 <= places <= 10_000:
        raise InvalidRecord("places", "Say for how many families, from 1 to 10,000.")
    gift = EventGift(id=new_id(), event_id=row.id, position=len(row.gifts), name=name.strip(), code=code, places=places, features=dict.fromkeys(features, "yes"), organisation=giver or row.organisation)
    row.gifts.append(gift)
    session.flush()
    audit.record(session, "event:gift_added", ("event", row.id), by=by, at=at, places=places)
    return gift


def counted(session: Session, row: CommunityEvent, headcount: int, *, by: Actor, at: datetime) -> CommunityEvent:
    """Record how many people came to something open to everybody, without names. Raises InvalidRecord."""
    access.require(by, "event:hold", row)
    if not row.open_to_all or not 0 <= headcount <= MOST_PEOPLE:
        raise InvalidRecord("headcount", "Say how many people came, from 0 to 100,000.")
    row.headcount = headcount
    session.flush()
    audit.record(session, "event:counted", ("event", row.id), by=by, at=at)
    return row
