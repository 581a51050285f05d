"""Trusts: several schools that are read together, and the people who may read them. They see totals over the schools and never a school's own cell."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families.schools import School
from partners.foundation import access, audit
from partners.foundation.actors import Actor, Role
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.foundation.users import User

LEAST_SCHOOLS = 3  # domain guide 8.2, rule 6


class Trust(Base):
    """A trust, or a local authority's group of schools."""

    __tablename__ = "trusts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime]


class TrustSchool(Base):
    """A school that is read with the others of one trust."""

    __tablename__ = "trust_schools"

    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), primary_key=True)
    trust_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("trusts.id"), index=True)


class TrustPerson(Base):
    """Somebody who may read one trust's figures."""

    __tablename__ = "trust_people"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    trust_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("trusts.id"), index=True)


def add(session: Session, *, name: str, schools: list[School], by: Actor, at: datetime) -> Trust:
    """Add a trust of schools that are in no other. Raises InvalidRecord for no name, or for a school that is in a trust already."""
    access.require(by, "trust:change")
    if not name.strip():
        raise InvalidRecord("name", "A trust needs a name.")
    trust = Trust(id=new_id(), name=name.strip()[:120], made_at=at)
    session.add(trust)
    session.flush()
    for school in schools:
        join(session, trust, school, by=by, at=at)
    audit.record(session, "trust:added", ("trust", trust.id), by=by, at=at, schools=len(schools))
    return trust


def join(session: Session, trust: Trust, school: School, *, by: Actor, at: datetime) -> None:
    """Let a school be read with a trust's others from the next totals on. Raises InvalidRecord for a school that is in a trust."""
    access.require(by, "trust:change")
    if session.get(TrustSchool, school.id) is not None:
        raise InvalidRecord("schools", f"{school.name} is in a trust already: two totals over one school would tell its own figures.")
    session.add(TrustSchool(school_id=school.id, trust_id=trust.id))
    session.flush()
    audit.record(session, "trust:joined", ("school", school.id), by=by, at=at)


def leave(session: Session, trust: Trust, school: School, *, by: Actor, at: datetime) -> None:
    """Read a school with a trust's others no more. Totals that were released stay, and the next are tried beside them. Raises InvalidRecord for a school that is not in it."""
    access.require(by, "trust:change")
    row = session.get(TrustSchool, school.id)
    if row is None or row.trust_id != trust.id:
        raise InvalidRecord("schools", f"{school.name} is not in that trust.")
    session.delete(row)
    session.flush()
    audit.record(session, "trust:left", ("school", school.id), by=by, at=at)


def let_in(session: Session, trust: Trust, user: User, *, by: Actor, at: datetime) -> None:
    """Let somebody read a trust's figures. Raises InvalidRecord for somebody without that role, or with another: nobody reads both levels."""
    access.require(by, "trust:change")
    if user.roles != [Role.TRUST.value]:
        raise InvalidRecord("roles", "Who reads a trust's figures has that role alone: with a school's figures beside them, one school could be told apart.")
    person = session.get(TrustPerson, user.id) or TrustPerson(user_id=user.id, trust_id=trust.id)
    person.trust_id = trust.id
    session.add(person)
    session.flush()
    audit.record(session, "trust:let_in", ("user", user.id), by=by, at=at)


def every(session: Session) -> list[Trust]:
    """Return all the trusts by name."""
    return list(session.scalars(select(Trust).order_by(Trust.name)))


def of_person(session: Session, *, by: Actor) -> Trust:
    """Return the trust whose figures the actor may read. Raises NotFound."""
    access.require(by, "trust:read")
    person = session.get(TrustPerson, by.user_id) if by.user_id else None
    trust = session.get(Trust, person.trust_id) if person else None
    if trust is None:
        raise NotFound("trust")
    return trust


def of_school(session: Session, school_id: uuid.UUID) -> Trust | None:
    """Return the trust that a school is read with, or None."""
    row = session.get(TrustSchool, school_id)
    return session.get(Trust, row.trust_id) if row else None


def schools_of(session: Session, trust: Trust) -> list[School]:
    """Return a trust's schools by name."""
    query = select(School).join(TrustSchool, TrustSchool.school_id == School.id).where(TrustSchool.trust_id == trust.id)
    return list(session.scalars(query.order_by(School.name, School.id)))
