"""Families: initials and year groups in lists; everything that could name somebody is sealed."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, String, and_, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.families import reaching
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, named, new_id
from partners.foundation.errors import InvalidRecord, NotFound, SafetyStop, StaleRecord
from partners.foundation.postcodes import PostcodeError, normalise
from partners.foundation.sealing import Sealed, SealedJson

YEAR_GROUPS = ("Nursery", "Reception", *(f"Y{n}" for n in range(1, 14)))


class ContactBy(StrEnum):
    """The ways a family may say it is safe to reach them. Not known means: do not contact."""

    NOT_KNOWN = "not_known"
    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"
    FACE_TO_FACE = "face_to_face"


# Who has parental responsibility, as the person we speak to said it, and what the other parent may see until a person decides otherwise.
RESPONSIBILITY = {
    "not_known": "Not known", "only_them": "Only the person we speak to", "shared_together": "Shared, and they live together",
    "shared_apart": "Shared, and they live apart", "someone_else": "Someone else",
}
OTHER_PARENT = {"nothing": "Nothing", "that_we_help": "Only that school is helping", "everything": "All of it: this parent said so"}


class Child(Base):
    """One child of a family: initials and year group, and no birth date."""

    __tablename__ = "children"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    initials: Mapped[str] = mapped_column(String(6))
    year_group: Mapped[str] = mapped_column(String(12))
    age_years: Mapped[int | None]


class Family(Base):
    """One family at one school. Restricted matters are never kept here: only 'with the safeguarding lead'."""

    __tablename__ = "families"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    initials: Mapped[str] = mapped_column(String(6))
    first_name: Mapped[str | None] = mapped_column(Sealed)
    contact_by: Mapped[ContactBy] = mapped_column(named(ContactBy), default=ContactBy.NOT_KNOWN)
    contact: Mapped[str | None] = mapped_column(Sealed)
    safe_times: Mapped[str | None] = mapped_column(Sealed)
    voicemail_ok: Mapped[str] = mapped_column(String(10), default="not_known")
    letters_ok: Mapped[str] = mapped_column(String(10), default="not_known")
    postcode: Mapped[str | None] = mapped_column(Sealed)
    language: Mapped[str | None] = mapped_column(String(20))
    keep_away: Mapped[list[str]] = mapped_column(SealedJson, default=list)
    kept_from: Mapped[list[dict[str, Any]] | None] = mapped_column(SealedJson)
    must_not_know: Mapped[str | None] = mapped_column(Sealed)
    do_not_disclose: Mapped[bool] = mapped_column(default=False)
    parental_responsibility: Mapped[str] = mapped_column(String(20), default="not_known")
    other_parent_sees: Mapped[str] = mapped_column(String(20), default="nothing")
    one_at_a_time: Mapped[bool] = mapped_column(default=False)
    with_dsl_at: Mapped[datetime | None]
    set_aside_at: Mapped[datetime | None]
    set_aside_days: Mapped[list[list[str]] | None] = mapped_column(JSON)
    added_by_id: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    children: Mapped[list[Child]] = relationship(order_by=Child.initials, lazy="selectin", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    @hybrid_property
    def in_use(self) -> bool:
        """Whether anything may be found, sent, shown or counted for the family: neither with the safeguarding lead nor set aside as it asked. Also in queries."""
        return self.with_dsl_at is None and self.set_aside_at is None

    @in_use.inplace.expression
    @classmethod
    def _in_use(cls) -> ColumnElement[bool]:
        return and_(cls.with_dsl_at.is_(None), cls.set_aside_at.is_(None))

    @property
    def label(self) -> str:
        """How lists show the family: initials, then year groups in school order."""
        years = sorted({c.year_group for c in self.children}, key=YEAR_GROUPS.index)
        return " · ".join([self.initials, " ".join(years)]) if years else self.initials


def clean_initials(text: str) -> str:
    """Return initials as 'A.K.'. Raises InvalidRecord for anything but one to three letters: a whole name does not belong in lists."""
    letters = re.findall(r"[^\W\d_]", text.replace(".", " "))
    if not 1 <= len(letters) <= 3 or any(len(part) > 3 for part in re.split(r"[\s.]+", text) if part):
        raise InvalidRecord("initials", "Give one to three initials, such as A.K. Names stay out of lists.")
    return "".join(f"{letter.upper()}." for letter in letters)


def clean_postcode(text: str | None) -> str | None:
    """Return a postcode in its usual form, or None for an empty answer. Raises InvalidRecord."""
    if not text or not text.strip():
        return None
    try:
        return normalise(text)
    except PostcodeError as error:
        raise InvalidRecord("postcode", str(error)) from error


def _clean_children(children: list[dict[str, Any]]) -> list[Child]:
    rows = []
    for row in children:
        if row["year_group"] not in YEAR_GROUPS:
            raise InvalidRecord("children", f"Choose a year group from {YEAR_GROUPS[0]} to {YEAR_GROUPS[-1]}.")
        age = row.get("age_years")
        if age is not None and not 0 <= age <= 19:
            raise InvalidRecord("children", "Give a child's age in whole years, from 0 to 19, or leave it empty.")
        rows.append(Child(id=new_id(), initials=clean_initials(row["initials"]) if row.get("initials") else "", year_group=row["year_group"], age_years=age))
    return rows


def add(
    session: Session, *, initials: str, by: Actor, at: datetime, children: list[dict[str, Any]] | None = None, first_name: str | None = None,
    contact_by: ContactBy = ContactBy.NOT_KNOWN, contact: str | None = None, safe_times: str | None = None, voicemail_ok: str = "not_known",
    postcode: str | None = None, language: str | None = None, one_at_a_time: bool = False, keep_away: list[str] | None = None,
    must_not_know: str | None = None, letters_ok: str = "not_known", do_not_disclose: bool = False, parental_responsibility: str = "not_known",
    other_parent_sees: str = "nothing", press: uuid.UUID | None = None,
) -> Family:
    """Add a family to the actor's own school. Pressing the same button again (`press`, random) returns the family it added.

    Raises:
        InvalidRecord: initials, a year group or a postcode that cannot be, or a way to reach them with no number or address.
    """
    access.require(by, "family:add")
    if press is not None and session.get(Family, press) is not None:
        return get(session, press, by=by)
    if contact_by in (ContactBy.PHONE, ContactBy.TEXT, ContactBy.EMAIL) and not (contact or "").strip():
        raise InvalidRecord("contact", "Give the number or address that is safe to use, or choose another way to reach them.")
    family = Family(
        id=press or new_id(), school_id=by.school_id, initials=clean_initials(initials), first_name=first_name or None, contact_by=contact_by,
        contact=contact or None, safe_times=safe_times or None, voicemail_ok=voicemail_ok, postcode=clean_postcode(postcode),
        language=language or None, one_at_a_time=one_at_a_time, keep_away=keep_away or [], must_not_know=must_not_know or None,
        letters_ok=letters_ok, do_not_disclose=do_not_disclose, parental_responsibility=_one_of(RESPONSIBILITY, "parental_responsibility", parental_responsibility),
        other_parent_sees=_one_of(OTHER_PARENT, "other_parent_sees", other_parent_sees),
        added_by_id=by.user_id, created_at=at, updated_at=at, children=_clean_children(children or []),
    )
    session.add(family)
    session.flush()
    audit.record(session, "family:added", ("family", family.id), by=by, at=at)
    return family


def _one_of(table: dict[str, str], field: str, value: str) -> str:
    if value not in table:
        raise InvalidRecord(field, "Choose one of the answers on the page.")
    return value


def _refuse_kept_from(people: list[dict[str, Any]] | None, contact: str | None) -> None:
    if reaching.leads_to(people, contact):
        raise InvalidRecord("contact", "This number or address is on the list of people who must not know. Ask for another, or choose 'Only face to face'.")


CHANGEABLE = (
    "first_name", "contact_by", "contact", "safe_times", "voicemail_ok", "letters_ok", "postcode", "language", "one_at_a_time", "keep_away", "must_not_know",
    "initials", "do_not_disclose", "parental_responsibility", "other_parent_sees",
)


def change(session: Session, family: Family, *, by: Actor, at: datetime, seen_version: int, **facts: Any) -> Family:
    """Change what is held about a family.

    Raises:
        StaleRecord: somebody changed it since `seen_version`.
        InvalidRecord: a value or field that cannot be kept.
    """
    access.require(by, "family:change", family)
    if family.version != seen_version:
        raise StaleRecord("family", seen=seen_version, now=family.version)
    cleaned = {
        "initials": clean_initials, "postcode": clean_postcode, "other_parent_sees": lambda v: _one_of(OTHER_PARENT, "other_parent_sees", v),
        "parental_responsibility": lambda v: _one_of(RESPONSIBILITY, "parental_responsibility", v),
    }
    _refuse_kept_from(family.kept_from, facts.get("contact"))
    for name, value in facts.items():
        if name not in CHANGEABLE:
            raise InvalidRecord(name, "This cannot be changed here.")
        setattr(family, name, cleaned[name](value) if name in cleaned else value)
    family.updated_at = at
    session.flush()
    audit.record(session, "family:changed", ("family", family.id), by=by, at=at, fields=sorted(facts))
    return family


def get(session: Session, family_id: uuid.UUID, *, by: Actor, action: str = "family:read") -> Family:
    """Return a family of the actor's school. Raises NotFound, alike for one of another school and for none."""
    family = session.get(Family, family_id)
    if family is None:
        access.require(by, action)
        raise NotFound("family")
    access.require(by, action, family)
    return family


def recent(session: Session, *, by: Actor, words: str = "", limit: int = 40) -> list[Family]:
    """Return families of the actor's school, the latest first; `words` narrows by initials or year group. Those with the lead are left out."""
    # Those whose records are set aside are found, or somebody at the gate would write the family down a second time.
    query = access.visible(select(Family), Family, by).where(Family.archived_at.is_(None), Family.with_dsl_at.is_(None))
    rows = list(session.scalars(query.order_by(Family.updated_at.desc(), Family.id)).unique())
    wanted = re.sub(r"[^\w ]", "", words).lower().split()
    matching = [f for f in rows if all(w in re.sub(r"[^\w ]", "", f.label).lower() for w in wanted)]
    return matching[:limit]


def stop(session: Session, family: Family, *, by: Actor, at: datetime) -> Family:
    """Put a family with the safeguarding lead: nothing is listed or sent for them until the lead releases it. Nothing else is kept."""
    access.require(by, "family:match", family)
    if family.with_dsl_at is None:
        family.with_dsl_at = at
        session.flush()
        audit.record(session, "family:with_dsl", ("family", family.id), by=by, at=at)
    return family


def stop_for_a_worry(session: Session, family: Family, *, by: Actor, at: datetime) -> None:
    """Put a family with the safeguarding lead because a partner said, when answering, that it worries about somebody's safety. No word of it is kept."""
    if family.with_dsl_at is None:
        family.with_dsl_at = at
        session.flush()
        audit.record(session, "family:with_dsl", ("family", family.id), by=by, at=at)


def release(session: Session, family: Family, *, by: Actor, at: datetime) -> Family:
    """The safeguarding lead says that ordinary help may go on."""
    access.require(by, "family:release", family)
    family.with_dsl_at = None
    session.flush()
    audit.record(session, "family:released_by_dsl", ("family", family.id), by=by, at=at)
    return family


def with_the_lead(session: Session, *, by: Actor) -> list[Family]:
    """Return the families that wait for the safeguarding lead's word; only the lead may look."""
    access.require(by, "family:release")
    return list(session.scalars(select(Family).where(Family.school_id == by.school_id, Family.with_dsl_at.is_not(None)).order_by(Family.with_dsl_at)).unique())


def require_no_stop(family: Family) -> None:
    """Raise SafetyStop while the family is with the safeguarding lead."""
    if family.with_dsl_at is not None:
        raise SafetyStop("at_risk")
