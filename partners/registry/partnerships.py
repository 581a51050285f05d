"""Partnerships: what a school and an organisation are to one another over years. A direction, not a target; never a league table."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.foundation import access, audit
from partners.foundation.actors import Actor, partner_by_partnership_link
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, named, new_id
from partners.foundation.errors import InvalidRecord, NotFound, StaleRecord
from partners.foundation.sealing import Sealed
from partners.foundation.tokens import hash_token, new_token
from partners.registry.organisations import Organisation

LINK_DAYS = 400
CALL_AFTER_DAYS = 90  # a term without a word; judgement, November 2026
PEOPLE_EACH_SIDE = 2  # source: domain guide 8.1


class Side(StrEnum):
    """Whose view, or whose person."""

    SCHOOL = "school"
    PARTNER = "partner"


class Happened(StrEnum):
    """What can happen between a school and a partner."""

    MET = "met"
    SPOKE = "spoke"
    JOINT_ACT = "joint_act"
    WE_DID = "we_did"
    THEY_DID = "they_did"
    CHANGED = "changed"
    PARENTS_SAY = "parents_say"
    THANKED = "thanked"


class Partnership(Base):
    """One school and one organisation. `monthly_cap` is how many introductions a month the partner said it can carry."""

    __tablename__ = "partnerships"
    __table_args__ = (UniqueConstraint("school_id", "organisation_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    since_on: Mapped[date]
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    next_step: Mapped[str] = mapped_column(String(200), default="")
    next_step_on: Mapped[date | None]
    monthly_cap: Mapped[int | None]
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    people: Mapped[list[KnownPerson]] = relationship(order_by="KnownPerson.known_at", lazy="selectin")
    events: Mapped[list[PartnershipEvent]] = relationship(order_by="PartnershipEvent.on", lazy="selectin")
    views: Mapped[list[PartnershipView]] = relationship(order_by="PartnershipView.year", lazy="selectin")

    __mapper_args__ = {"version_id_col": version}

    def known(self, side: Side) -> list[KnownPerson]:
        """Return the people known on one side today."""
        return [p for p in self.people if p.side is side and p.left_at is None]

    def last(self, *kinds: Happened) -> PartnershipEvent | None:
        """Return the latest event of these kinds, or None."""
        return next((e for e in reversed(self.events) if e.kind in kinds), None)

    def first(self, *kinds: Happened) -> PartnershipEvent | None:
        """Return the first event of these kinds, or None."""
        return next((e for e in self.events if e.kind in kinds), None)

    def thanks_due(self) -> list[PartnershipEvent]:
        """Return what the partner did since the school last said thank you."""
        thanked = self.last(Happened.THANKED)
        return [e for e in self.events if e.kind is Happened.THEY_DID and (thanked is None or e.on > thanked.on)]


class KnownPerson(Base):
    """Somebody on one side whom the other side knows by name."""

    __tablename__ = "known_people"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    partnership_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("partnerships.id"), index=True)
    side: Mapped[Side] = mapped_column(named(Side))
    name: Mapped[str] = mapped_column(Sealed)
    part: Mapped[str] = mapped_column(String(120), default="")
    known_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class PartnershipEvent(Base):
    """One thing that happened, on a London day, in a sentence without any family in it."""

    __tablename__ = "partnership_events"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    partnership_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("partnerships.id"), index=True)
    on: Mapped[date]
    kind: Mapped[Happened] = mapped_column(named(Happened))
    words: Mapped[str] = mapped_column(Sealed, default="")
    spoke_with: Mapped[str | None] = mapped_column(Sealed)
    recorded_by: Mapped[str] = mapped_column(Sealed)
    recorded_at: Mapped[datetime]


class PartnershipView(Base):
    """One side's yearly answer to the five statements. `year` is that in which the school year starts."""

    __tablename__ = "partnership_views"
    __table_args__ = (UniqueConstraint("partnership_id", "year", "side"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    partnership_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("partnerships.id"), index=True)
    year: Mapped[int]
    side: Mapped[Side] = mapped_column(named(Side))
    answers: Mapped[dict[str, Any]]
    name: Mapped[str] = mapped_column(Sealed)
    given_at: Mapped[datetime]


class PartnershipLink(Base):
    """One word that opens what an organisation and a school do together. It shows no family."""

    __tablename__ = "partnership_links"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    partnership_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("partnerships.id"), index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


def begin(
    session: Session, organisation: Organisation, *, since_on: date, by: Actor, at: datetime, monthly_cap: int | None = None,
    owner_id: uuid.UUID | None = None,
) -> Partnership:
    """Begin a partnership of the actor's school, or return the one there is.

    Raises:
        InvalidRecord: a day to come or over 100 years ago, or a number of introductions that cannot be.
    """
    access.require(by, "partnership:change")
    known = find(session, organisation.id, by=by)
    if known is not None:
        return known
    if not day_of(at) - timedelta(days=36_525) <= since_on <= day_of(at):
        raise InvalidRecord("since_on", "Give the day you first met, today or earlier.")
    _check_cap(monthly_cap)
    row = Partnership(
        id=new_id(), school_id=by.school_id, organisation=organisation, since_on=since_on, monthly_cap=monthly_cap, owner_id=owner_id or by.user_id,
        added_at=at, people=[], events=[], views=[],
    )
    session.add(row)
    session.flush()
    audit.record(session, "partnership:begun", ("partnership", row.id), by=by, at=at)
    return row


def _check_cap(monthly_cap: int | None) -> None:
    if monthly_cap is not None and not 1 <= monthly_cap <= 1_000:
        raise InvalidRecord("monthly_cap", "Say how many introductions a month they can carry, from 1 to 1,000, or leave it empty.")


def find(session: Session, organisation_id: uuid.UUID, *, by: Actor) -> Partnership | None:
    """Return the partnership of the actor's school with an organisation, or None."""
    access.require(by, "partnership:read")
    return session.scalar(select(Partnership).where(Partnership.school_id == by.school_id, Partnership.organisation_id == organisation_id))


def get(session: Session, partnership_id: uuid.UUID, *, by: Actor) -> Partnership:
    """Return a partnership this actor may see. Raises NotFound."""
    row = session.get(Partnership, partnership_id)
    if row is None:
        access.require(by, "partnership:read")
        raise NotFound("partnership")
    access.require(by, "partnership:read", row)
    return row


def listed(session: Session, *, by: Actor) -> list[Partnership]:
    """Return the partnerships of the actor's school by name: the alphabet is the only order there is."""
    access.require(by, "partnership:read")
    query = select(Partnership).join(Organisation).where(Partnership.school_id == by.school_id, Partnership.ended_at.is_(None))
    return list(session.scalars(query.order_by(Organisation.name, Partnership.id)).unique())


def of_organisation(session: Session, organisation_id: uuid.UUID | None) -> list[Partnership]:
    """Return an organisation's partnerships with any school, the longest first: for its own account."""
    query = select(Partnership).where(Partnership.organisation_id == organisation_id, Partnership.ended_at.is_(None)).order_by(Partnership.since_on, Partnership.id)
    return list(session.scalars(query).unique())


def plan(
    session: Session, row: Partnership, *, next_step: str, next_step_on: date | None, monthly_cap: int | None, by: Actor, at: datetime,
    seen_version: int, owner_id: uuid.UUID | None = None,
) -> Partnership:
    """Record the next step, its day and who owns it, and what the partner can carry.

    Raises:
        StaleRecord: somebody changed it since `seen_version`.
        InvalidRecord: a number that cannot be.
    """
    access.require(by, "partnership:change", row)
    if row.version != seen_version:
        raise StaleRecord("partnership", seen=seen_version, now=row.version)
    _check_cap(monthly_cap)
    row.next_step, row.next_step_on, row.monthly_cap, row.owner_id = next_step.strip()[:200], next_step_on, monthly_cap, owner_id or by.user_id
    session.flush()
    audit.record(session, "partnership:planned", ("partnership", row.id), by=by, at=at)
    return row


def know(session: Session, row: Partnership, side: Side, *, name: str, part: str, by: Actor, at: datetime) -> KnownPerson:
    """Record somebody who is known by name on one side. Raises InvalidRecord without a name."""
    access.require(by, "partnership:change", row)
    if not 1 <= len(name.strip()) <= 120:
        raise InvalidRecord("name", "Give the name they go by.")
    person = KnownPerson(id=new_id(), partnership_id=row.id, side=side, name=name.strip(), part=part.strip()[:120], known_at=at)
    row.people.append(person)
    session.flush()
    audit.record(session, "partnership:person_known", ("partnership", row.id), by=by, at=at, side=side.value)
    return person


def left(session: Session, row: Partnership, person_id: uuid.UUID, *, by: Actor, at: datetime) -> None:
    """Record that somebody has left. Raises NotFound."""
    access.require(by, "partnership:change", row)
    person = next((p for p in row.people if p.id == person_id), None)
    if person is None:
        raise NotFound("person")
    if person.left_at is None:
        person.left_at = at
        session.flush()
        audit.record(session, "partnership:person_left", ("partnership", row.id), by=by, at=at)


def happened(
    session: Session, row: Partnership, kind: Happened, *, on: date, words: str, by: Actor, at: datetime, spoke_with: str | None = None,
) -> PartnershipEvent:
    """Record one thing that happened, on a day. Raises InvalidRecord for a day to come, too many words, or a talk with nobody."""
    access.require(by, "partnership:change", row)
    if not date(1900, 1, 1) <= on <= day_of(at):
        raise InvalidRecord("on", "Give the day it happened, today or earlier.")
    if len(words.strip()) > 500:
        raise InvalidRecord("words", "Use 500 characters or fewer.")
    if kind is Happened.SPOKE and not (spoke_with or "").strip():
        raise InvalidRecord("spoke_with", "Say who you spoke with.")
    event = PartnershipEvent(
        id=new_id(), partnership_id=row.id, on=on, kind=kind, words=words.strip(), spoke_with=(spoke_with or "").strip() or None, recorded_by=by.name,
        recorded_at=at,
    )
    row.events.append(event)
    row.events.sort(key=lambda e: (e.on, e.recorded_at))
    session.flush()
    audit.record(session, "partnership:happened", ("partnership", row.id), by=by, at=at, kind=kind.value)
    return event


def needs_a_call(row: Partnership, *, on: date) -> list[str]:
    """Return why somebody should ring this partner: codes, in the order in which they matter; empty where nobody need."""
    spoke = row.last(Happened.MET, Happened.SPOKE, Happened.JOINT_ACT, Happened.THANKED)
    found = []
    if spoke is None or (on - spoke.on).days > CALL_AFTER_DAYS:
        found.append("quiet")
    if row.next_step and row.next_step_on is not None and row.next_step_on < on:
        found.append("next_step_late")
    if row.organisation.contacts and all(c.bounced_at is not None for c in row.organisation.contacts if c.email):
        found.append("mail_came_back")
    found += [f"few_{side.value}" for side in Side if len(row.known(side)) < PEOPLE_EACH_SIDE]
    return found


def new_link(session: Session, row: Partnership, *, at: datetime) -> str:
    """Make a partnership link's word and return it; only its hash is kept."""
    token = new_token()
    session.add(PartnershipLink(id=new_id(), token_hash=hash_token(token), partnership_id=row.id, made_at=at, expires_at=at + timedelta(days=LINK_DAYS)))
    session.flush()
    return token


def open_link(session: Session, token: str, *, at: datetime) -> tuple[Partnership, Actor]:
    """Return the partnership behind a link and the actor who holds it. Raises NotFound for one that is unknown, revoked or out of time."""
    link = session.scalar(select(PartnershipLink).where(PartnershipLink.token_hash == hash_token(token)))
    row = session.get(Partnership, link.partnership_id) if link and link.revoked_at is None and link.expires_at > at else None
    if row is None or row.ended_at is not None or row.organisation.archived_at is not None:
        raise NotFound("page")
    return row, partner_by_partnership_link(row.organisation_id, row.school_id, row.organisation.name)
