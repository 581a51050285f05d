"""Schools: who the safeguarding lead is, when the terms run, and where to ring."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

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
