"""Organisations (HSDS `organization`): the groups round a school, and the people there who answer."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound, StaleRecord
from partners.foundation.sealing import Sealed
from partners.registry import do_not_list


class Organisation(Base):
    """One organisation. It is archived, never deleted, so that referrals keep their history."""

    __tablename__ = "organisations"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200), index=True)
    description: Mapped[str] = mapped_column(String(2000), default="")
    website: Mapped[str | None] = mapped_column(String(500))
    phone: Mapped[str | None] = mapped_column(String(40))
    source: Mapped[str | None] = mapped_column(String(80))
    source_ref: Mapped[str | None] = mapped_column(String(200), index=True)
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    contacts: Mapped[list[Contact]] = relationship(back_populates="organisation", order_by="Contact.position", lazy="selectin")

    __mapper_args__ = {"version_id_col": version}


class Contact(Base):
    """A named person who answers for an organisation; their address is sealed and never shown to a family."""

    __tablename__ = "contacts"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    position: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(Sealed)
    email: Mapped[str | None] = mapped_column(Sealed)
    phone: Mapped[str | None] = mapped_column(Sealed)
    answers_in_holidays: Mapped[bool] = mapped_column(default=False)
    bounced_at: Mapped[datetime | None]
    organisation: Mapped[Organisation] = relationship(back_populates="contacts")


def get(session: Session, organisation_id: uuid.UUID) -> Organisation:
    """Return an organisation. Raises NotFound."""
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound("organisation")
    return organisation


def name_of(session: Session, organisation_id: uuid.UUID) -> str:
    """Return an organisation's name and read nothing else of it; empty where there is no such organisation."""
    return session.scalar(select(Organisation.name).where(Organisation.id == organisation_id)) or ""


def names(session: Session) -> dict[uuid.UUID, str]:
    """Return the name of every organisation that is not archived."""
    return {row.id: row.name for row in session.execute(select(Organisation.id, Organisation.name).where(Organisation.archived_at.is_(None)))}


def found(session: Session, typed: str = "", *, limit: int = 50) -> tuple[list[Organisation], int]:
    """Return the organisations whose name has every word typed, by name, and how many there are; archived ones are in no list."""
    query = select(Organisation).where(Organisation.archived_at.is_(None))
    for word in typed.split()[:8]:
        query = query.where(func.lower(Organisation.name).contains(word.lower(), autoescape=True))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return list(session.scalars(query.order_by(func.lower(Organisation.name), Organisation.id).limit(limit))), total


def named_alike(session: Session, name: str, *, but: uuid.UUID | None = None) -> Organisation | None:
    """Return a listed organisation of the same name, but for case, accents and words that many share; or None."""
    key = do_not_list.name_key(name)
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.archived_at.is_(None), Organisation.id != but if but else Organisation.id.is_not(None)))
    same = next((row.id for row in rows if do_not_list.name_key(row.name) == key), None)
    return session.get(Organisation, same) if same else None


def find_by_source(session: Session, source: str, source_ref: str) -> Organisation | None:
    """Return the organisation that an import brought in under this reference, if there is one."""
    return session.scalar(select(Organisation).where(Organisation.source == source, Organisation.source_ref == source_ref))


def add(
    session: Session, *, name: str, by: Actor, at: datetime, description: str = "", website: str | None = None,
    phone: str | None = None, source: str | None = None, source_ref: str | None = None,
) -> Organisation:
    """Add an organisation to the registry.

    Raises InvalidRecord for a name that is empty or over 200 characters, an address that no browser opens, or one that asked not to be listed.
    """
    access.require(by, "offer:change" if by.kind == "user" else "offer:import")
    name = name.strip()
    _check(session, name, website)
    organisation = Organisation(
        id=new_id(), name=name, description=description, website=website, phone=phone, source=source, source_ref=source_ref,
        created_at=at, updated_at=at, contacts=[],
    )
    session.add(organisation)
    session.flush()
    audit.record(session, "organisation:added", ("organisation", organisation.id), by=by, at=at)
    return organisation


def change(
    session: Session, organisation: Organisation, *, name: str, description: str, website: str | None, phone: str | None, seen: int, by: Actor, at: datetime,
) -> Organisation:
    """Change what is known of an organisation. It confirms nothing.

    Raises:
        StaleRecord: somebody changed it since version `seen`; nothing was overwritten.
        InvalidRecord: a name that is empty, over 200 characters or on the do-not-list register, or an address that no browser opens.
    """
    access.require(by, "offer:change")
    if organisation.version != seen:
        raise StaleRecord("organisation", seen=seen, now=organisation.version)
    _check(session, name.strip(), website)
    organisation.name, organisation.description, organisation.website, organisation.phone = name.strip(), description.strip()[:2000], website or None, phone or None
    organisation.updated_at = at
    session.flush()
    audit.record(session, "organisation:changed", ("organisation", organisation.id), by=by, at=at)
    return organisation


def _check(session: Session, name: str, website: str | None) -> None:
    if not 1 <= len(name) <= 200:
        raise InvalidRecord("name", "Give the organisation's name, in at most 200 characters.")
    if website and (not website.startswith(("https://", "http://")) or any(c.isspace() or ord(c) < 33 for c in website)):
        raise InvalidRecord("website", "Give the whole web address, like https://pantry.example.")
    asked_not_to_be = do_not_list.find_for(session, name=name, website=website)
    if asked_not_to_be is not None:
        raise InvalidRecord("name", asked_not_to_be.says())


def add_contact(
    session: Session, organisation: Organisation, *, name: str, email: str | None, phone: str | None, by: Actor, at: datetime,
    answers_in_holidays: bool = False,
) -> Contact:
    """Add a named person who answers. Raises InvalidRecord where there is neither an e-mail address nor a telephone number."""
    access.require(by, "offer:change" if by.kind == "user" else "offer:import")
    if not (email or phone):
        raise InvalidRecord("email", "Give an e-mail address or a telephone number, so that a message can reach them.")
    contact = Contact(
        id=new_id(), position=len(organisation.contacts) + 1, name=name.strip(), email=email, phone=phone,
        answers_in_holidays=answers_in_holidays,
    )
    organisation.contacts.append(contact)
    session.flush()
    audit.record(session, "organisation:contact_added", ("organisation", organisation.id), by=by, at=at)
    return contact


def archive_unlisted(session: Session, row: do_not_list.DoNotList, *, by: Actor, at: datetime) -> list[Organisation]:
    """Archive the organisations that a row of the do-not-list register names, and return them. Referrals keep their history."""
    access.require(by, "offer:change" if by.kind == "user" else "offer:import")
    found = [
        o for o in session.scalars(select(Organisation).where(Organisation.archived_at.is_(None)))
        if do_not_list.name_key(o.name) == row.name_key or (row.website_key and do_not_list.website_key(o.website) == row.website_key)
    ]
    for organisation in found:
        organisation.archived_at = organisation.updated_at = at
        audit.record(session, "organisation:archived", ("organisation", organisation.id), by=by, at=at)
    session.flush()
    return found


def first_address(organisation: Organisation) -> str | None:
    """Return the e-mail address of the first contact who can be reached by mail, or None."""
    return next((c.email for c in organisation.contacts if c.email and c.bounced_at is None), None)


def second_address(organisation: Organisation) -> str | None:
    """Return the e-mail address of the second contact who can be reached by mail, or None."""
    return next((c.email for c in [c for c in organisation.contacts if c.email and c.bounced_at is None][1:]), None)
