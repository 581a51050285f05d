"""Schools: who the safeguarding lead is, when the terms run, and where to ring."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.families.lawful_bases import BASES, CONDITIONS, USUAL_BASIS, USUAL_CONDITION
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound


class Term(Base):
    """One stretch of school days, both ends included. Half-terms are two stretches."""

    __tablename__ = "terms"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class School(Base):
    """One school, with the safeguarding lead whose name stands on every stop page."""

    __tablename__ = "schools"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(40))
    postcode: Mapped[str | None] = mapped_column(String(10))
    dsl_name: Mapped[str] = mapped_column(String(120))
    dsl_phone: Mapped[str] = mapped_column(String(40))
    roll: Mapped[int | None]
    ask_senco: Mapped[str | None] = mapped_column(String(160))
    ask_head: Mapped[str | None] = mapped_column(String(160))
    ask_supervision: Mapped[str | None] = mapped_column(String(160))
    holiday_cover: Mapped[str | None] = mapped_column(String(160))
    lawful_basis: Mapped[str] = mapped_column(String(40), default=USUAL_BASIS)
    special_condition: Mapped[str] = mapped_column(String(40), default=USUAL_CONDITION)
    basis_set_by: Mapped[str | None] = mapped_column(String(120))
    basis_set_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    terms: Mapped[list[Term]] = relationship(order_by=Term.starts_on, lazy="selectin", cascade="all, delete-orphan")

    def calendar(self) -> dict[str, list[dict[str, str]]]:
        """Return the term dates as the matcher reads them."""
        return {"term": [{"starts": t.starts_on.isoformat(), "ends": t.ends_on.isoformat()} for t in self.terms]}

    def closed_spans(self, *, start: date, end: date) -> list[tuple[date, date]]:
        """Return the spans between two days, both included, in which school is closed; empty where no terms are recorded."""
        spans, cursor = [], start
        if not self.terms:
            return []
        one_day = date.resolution
        for term in self.terms:
            if term.starts_on > cursor:
                spans.append((cursor, min(term.starts_on - one_day, end)))
            cursor = max(cursor, term.ends_on + one_day)
            if cursor > end:
                return spans
        return spans


def get(session: Session, school_id: uuid.UUID) -> School:
    """Return a school. Raises NotFound."""
    school = session.get(School, school_id)
    if school is None:
        raise NotFound("school")
    return school


def name_of(session: Session, school_id: uuid.UUID) -> str:
    """Return a school's name and read nothing else of it; empty where there is no such school."""
    return session.scalar(select(School.name).where(School.id == school_id)) or ""


def every(session: Session) -> list[School]:
    """Return all the schools by name."""
    return list(session.scalars(select(School).order_by(School.name)))


def add(
    session: Session, *, name: str, phone: str, dsl_name: str, dsl_phone: str, by: Actor, at: datetime, postcode: str | None = None,
    roll: int | None = None, terms: list[tuple[date, date]] | None = None,
) -> School:
    """Add a school with its safeguarding lead and term dates.

    Raises:
        InvalidRecord: a missing name or lead, or a term that ends before it starts.
    """
    access.require(by, "school:change")
    for field, value in (("name", name), ("dsl_name", dsl_name), ("dsl_phone", dsl_phone)):
        if not value.strip():
            raise InvalidRecord(field, "A school needs a name, and a safeguarding lead with a telephone number.")
    for starts, ends in terms or []:
        if ends < starts:
            raise InvalidRecord("terms", f"A term that starts on {starts} cannot end on {ends}.")
    school = School(
        id=new_id(), name=name, phone=phone, postcode=postcode, dsl_name=dsl_name, dsl_phone=dsl_phone, roll=roll, created_at=at,
        terms=[Term(id=new_id(), starts_on=a, ends_on=b) for a, b in sorted(terms or [])],
    )
    session.add(school)
    session.flush()
    audit.record(session, "school:added", ("school", school.id), by=by, at=at)
    return school


def change_lead(session: Session, school: School, *, dsl_name: str, dsl_phone: str, by: Actor, at: datetime) -> School:
    """Record a new safeguarding lead. Raises InvalidRecord where a name or number is missing."""
    access.require(by, "school:change")
    if by.school_id is not None and by.school_id != school.id:
        raise NotFound("school")
    for field, value in (("dsl_name", dsl_name), ("dsl_phone", dsl_phone)):
        if not value.strip():
            raise InvalidRecord(field, "The safeguarding lead needs a name and a telephone number.")
    school.dsl_name, school.dsl_phone = dsl_name.strip(), dsl_phone.strip()
    session.flush()
    audit.record(session, "school:lead_changed", ("school", school.id), by=by, at=at)
    return school


def say_whom_to_ask(
    session: Session, school: School, *, senco: str | None, head: str | None, supervision: str | None, by: Actor, at: datetime, holiday_cover: str | None = None,
) -> School:
    """Record whom a liaison officer asks for help besides the safeguarding lead, and who covers in the holidays, each a name and how to reach them."""
    access.require(by, "school:change")
    if by.school_id is not None and by.school_id != school.id:
        raise NotFound("school")
    school.ask_senco, school.ask_head, school.ask_supervision, school.holiday_cover = ((words or "").strip()[:160] or None for words in (senco, head, supervision, holiday_cover))
    session.flush()
    audit.record(session, "school:help_changed", ("school", school.id), by=by, at=at)
    return school


def set_basis(session: Session, school: School, *, lawful_basis: str, special_condition: str, set_by: str, by: Actor, at: datetime) -> School:
    """Record the lawful basis of this school's sharing, as its data protection officer (`set_by`) decided; each agreement from now on keeps it.

    Raises:
        InvalidRecord: a basis or condition that is not on the list, or nobody who decided.
    """
    access.require(by, "school:change")
    if by.school_id is not None and by.school_id != school.id:
        raise NotFound("school")
    if lawful_basis not in BASES:
        raise InvalidRecord("lawful_basis", "Choose one of the lawful bases on the list.")
    if special_condition not in CONDITIONS:
        raise InvalidRecord("special_condition", "Choose one of the conditions on the list.")
    if not set_by.strip():
        raise InvalidRecord("set_by", "Give the name of the data protection officer who decided this.")
    school.lawful_basis, school.special_condition, school.basis_set_by, school.basis_set_at = lawful_basis, special_condition, set_by.strip()[:120], at
    session.flush()
    audit.record(session, "school:basis_set", ("school", school.id), by=by, at=at, lawful_basis=lawful_basis, special_condition=special_condition)
    return school
