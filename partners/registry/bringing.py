"""Bringing: what an event needs, who brings what, and what is still missing. Several organisations, the school and its kitchen, one list; no family in it.

What is needed is an ask of the event's own, and what somebody brings is a give to it: the same things, in the same units.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.foundation.sealing import Sealed
from partners.registry import asks, partnerships
from partners.registry.asks import MOST
from partners.registry.events import CommunityEvent
from partners.registry.organisations import Organisation
from partners.registry.partnerships import Happened


class EventWant(Base):
    """One thing that an event needs, in its unit."""

    __tablename__ = "event_wants"
    __table_args__ = (CheckConstraint("amount > 0", name="amount_above_nothing"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("community_events.id"), index=True)
    position: Mapped[int]
    thing: Mapped[str] = mapped_column(String(40))
    amount: Mapped[float]
    note: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[datetime | None]
    event: Mapped[CommunityEvent] = relationship(lazy="joined")
    brings: Mapped[list[EventBring]] = relationship(order_by="EventBring.said_at", lazy="selectin")

    @property
    def brought(self) -> float:
        """How much somebody said they bring, as it stands."""
        return sum(b.amount for b in self.brings if b.stands)

    @property
    def missing(self) -> float:
        """How much nobody brings yet, 0 or more."""
        return max(0.0, self.amount - self.brought)


class EventBring(Base):
    """What one organisation, or the school where there is none, brings. `came` is None until somebody says, after the day, whether it came."""

    __tablename__ = "event_brings"
    __table_args__ = (CheckConstraint("amount > 0", name="amount_above_nothing"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    want_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("event_wants.id"), index=True)
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    amount: Mapped[float]
    note: Mapped[str] = mapped_column(String(200), default="")
    name: Mapped[str] = mapped_column(Sealed)
    said_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]
    came: Mapped[bool | None]
    organisation: Mapped[Organisation | None] = relationship(lazy="joined")

    @property
    def stands(self) -> bool:
        """Whether it still counts: it was neither taken back nor stayed away."""
        return self.taken_back_at is None and self.came is not False


@dataclass(frozen=True)
class Table:
    """An event's list: what is needed, how many of those are met in full, and the organisations that bring something, by name."""

    wants: tuple[EventWant, ...]
    met: int
    bringers: tuple[str, ...]


def _clean(amount: float, note: str) -> dict[str, object]:
    if not 0 < amount <= MOST:
        raise InvalidRecord("amount", "Say how many, from 1 to 100,000.")
    return {"amount": amount, "note": note.strip()[:200]}


def add(session: Session, row: CommunityEvent, *, thing: str, amount: float, note: str, things: Collection[str], by: Actor, at: datetime) -> EventWant:
    """Put one more thing on an event's list. Raises InvalidRecord for a thing that is not known, or an amount that cannot be."""
    access.require(by, "event:hold", row)
    if thing not in things:
        raise InvalidRecord("thing", "Choose from the list.")
    made = EventWant(id=new_id(), school_id=row.school_id, event=row, position=len(_all(session, row)), thing=thing, brings=[], **_clean(amount, note))
    session.add(made)
    session.flush()
    audit.record(session, "event:wants", ("event", row.id), by=by, at=at, thing=thing)
    return made


def _all(session: Session, row: CommunityEvent) -> list[EventWant]:
    return list(session.scalars(select(EventWant).where(EventWant.event_id == row.id).order_by(EventWant.position, EventWant.id)).unique())


def table(session: Session, row: CommunityEvent, *, by: Actor) -> Table:
    """Return an event's list as it stands."""
    access.require(by, "event:hold", row)
    wants = tuple(w for w in _all(session, row) if w.ended_at is None)
    names = {b.organisation.name if b.organisation else "" for w in wants for b in w.brings if b.stands}
    return Table(wants, sum(not w.missing for w in wants), tuple(sorted(n for n in names if n)))


def get_want(session: Session, want_id: uuid.UUID, *, by: Actor) -> EventWant:
    """Return something that an event of the actor's circle needs. Raises NotFound."""
    want = session.get(EventWant, want_id)
    if want is None or want.school_id != by.school_id or want.ended_at is not None:
        access.require(by, "event:bring")
        raise NotFound("event")
    return want


def get_bring(session: Session, bring_id: uuid.UUID, *, by: Actor) -> EventBring:
    """Return what somebody brings: anybody's for the school, its own for a partner's link. Raises NotFound."""
    bring = session.get(EventBring, bring_id)
    if bring is None:
        access.require(by, "event:bring")
        raise NotFound("event")
    access.require(by, "event:bring", bring)
    return bring


def no_longer(session: Session, want: EventWant, *, by: Actor, at: datetime) -> None:
    """Take something off the list. Raises Conflict where somebody brings it: ring them first, and say that they need not."""
    access.require(by, "event:hold", want)
    if any(b.stands for b in want.brings):
        raise Conflict("Somebody brings this. Ring them, take what they bring off the list, then take this off.")
    if want.ended_at is None:
        want.ended_at = at
        session.flush()
        audit.record(session, "event:wants_no_longer", ("event", want.event_id), by=by, at=at)


def bring(session: Session, want: EventWant, organisation: Organisation | None, *, amount: float, name: str, by: Actor, at: datetime, note: str = "") -> EventBring:
    """Write down that somebody brings something: a partner by its own link, or anybody who told the school.

    Raises:
        InvalidRecord: an amount that cannot be, or nobody's name.
        Conflict: the day is over.
        NotFound: a link that speaks for another organisation.
    """
    access.require(by, "event:bring")
    if by.kind == "partnership_link" and (organisation is None or organisation.id != by.organisation_id):
        raise NotFound("event")
    if want.event.on < day_of(at):
        raise Conflict("The day is over.")
    if not 1 <= len(name.strip()) <= 120:
        raise InvalidRecord("name", "Give a first name, so that everybody knows whom to ring.")
    made = EventBring(id=new_id(), school_id=want.school_id, want_id=want.id, organisation=organisation, name=name.strip(), said_at=at, **_clean(amount, note))
    want.brings.append(made)
    session.flush()
    audit.record(session, "event:brings", ("event", want.event_id), by=by, at=at, thing=want.thing)
    return made


def take_back(session: Session, row: EventBring, *, by: Actor, at: datetime) -> None:
    """They can't after all: what they would have brought is missing again. Nobody asks why."""
    access.require(by, "event:bring", row)
    if row.taken_back_at is None:
        row.taken_back_at = at
        session.flush()
        audit.record(session, "event:brings_no_longer", ("event", row.want_id), by=by, at=at)


def came(session: Session, row: CommunityEvent, bring_id: uuid.UUID | None, *, yes: bool, labels: dict[str, str], by: Actor, at: datetime) -> int:
    """Write down, on the day or after it, that what was promised came, or did not; all that nobody spoke of yet where none is named. Return how many.

    What came stands in the giver's partnership, where a thank-you is then due. Saying it twice changes nothing more.

    Raises:
        Conflict: the day is still to come.
        NotFound: nobody brings that to this event.
    """
    access.require(by, "event:hold", row)
    if row.on > day_of(at):
        raise Conflict("The day is still to come.")
    promised = [(w, b) for w in _all(session, row) for b in w.brings if b.taken_back_at is None]
    if bring_id is not None and bring_id not in {b.id for _, b in promised}:
        raise NotFound("event")
    told = [(w, b) for w, b in promised if b.came is None and bring_id in (None, b.id)]
    for want, one in told:
        one.came = yes
        found = partnerships.find(session, one.organisation_id, by=by) if one.organisation_id and yes else None
        if found is not None:
            partnerships.happened(session, found, Happened.THEY_DID, on=row.on, words=f"{row.name}: {labels[want.thing].lower()}", by=by, at=at)
    session.flush()
    audit.record(session, "event:brought", ("event", row.id), by=by, at=at, came=yes, many=len(told))
    return len(told)


def coming(session: Session, *, by: Actor, on: date) -> list[tuple[CommunityEvent, list[EventWant]]]:
    """Return the events still to come in the actor's circle that need something, soonest first, each with its list: for a partner's own page."""
    access.require(by, "event:bring")
    query = select(EventWant).join(CommunityEvent).where(EventWant.school_id == by.school_id, EventWant.ended_at.is_(None), CommunityEvent.on >= on)
    rows = session.scalars(query.order_by(CommunityEvent.on, CommunityEvent.id, EventWant.position, EventWant.id)).unique()
    found: dict[CommunityEvent, list[EventWant]] = {}
    for want in rows:
        found.setdefault(want.event, []).append(want)
    return list(found.items())


def could_ask(session: Session, row: CommunityEvent, *, by: Actor, on: date) -> dict[uuid.UUID, list[asks.Give]]:
    """Return, for each thing that is still missing, the gives of it that somebody said can be had and who does not bring it yet: whom to ask first."""
    had = [g for g in asks.open_gives(session, by=by, on=on) if g.until_on is None or g.until_on >= row.on]
    return {
        w.id: [g for g in had if g.thing == w.thing and g.organisation_id not in {b.organisation_id for b in w.brings if b.stands}]
        for w in table(session, row, by=by).wants if w.missing
    }
