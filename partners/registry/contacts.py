"""Contacts: the two named people who answer for an offer, who of them answers in the school holidays, and whose address came back."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.registry import tasks
from partners.registry.offers import Offer
from partners.registry.organisations import Contact, Organisation
from partners.registry.tasks import TaskKind

MOST_FOR_AN_OFFER = 2  # domain guide 4: two named contacts


class OfferContact(Base):
    """One person who answers for one offer: the first, or the second."""

    __tablename__ = "offer_contacts"
    __table_args__ = (UniqueConstraint("offer_id", "position"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contacts.id"))
    position: Mapped[int]


def get(session: Session, contact_id: uuid.UUID, *, by: Actor) -> Contact:
    """Return a contact. Raises NotFound."""
    access.require(by, "offer:change")
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound("contact")
    return contact


def of_offer(session: Session, offer: Offer) -> list[Contact]:
    """Return who answers for an offer: the two who were named for it, or its organisation's first two."""
    named = session.scalars(
        select(Contact).join(OfferContact, OfferContact.contact_id == Contact.id).where(OfferContact.offer_id == offer.id).order_by(OfferContact.position)
    ).all()
    return list(named) or list(offer.organisation.contacts[:MOST_FOR_AN_OFFER])


def answering(session: Session, offer: Offer, *, term: bool) -> list[Contact]:
    """Return who answers for an offer now, the best first: outside term those who answer in the holidays; whose mail came back last."""
    found = of_offer(session, offer)
    return sorted(found, key=lambda c: (not term and not c.answers_in_holidays, c.bounced_at is not None))


def choose(session: Session, offer: Offer, contact_ids: list[uuid.UUID], *, by: Actor, at: datetime) -> list[Contact]:
    """Name who answers for an offer, the first one first. Raises InvalidRecord for more than two, or for people of another organisation."""
    access.require(by, "offer:change", offer)
    known = {c.id: c for c in offer.organisation.contacts}
    wanted = list(dict.fromkeys(contact_ids))
    if not 1 <= len(wanted) <= MOST_FOR_AN_OFFER:
        raise InvalidRecord("contacts", "Choose one or two people who answer for this offer.")
    if not set(wanted) <= set(known):
        raise InvalidRecord("contacts", "Choose people of this organisation.")
    session.execute(delete(OfferContact).where(OfferContact.offer_id == offer.id))
    session.add_all(OfferContact(id=new_id(), offer_id=offer.id, contact_id=c, position=n) for n, c in enumerate(wanted, start=1))
    session.flush()
    audit.record(session, "offer:contacts_chosen", ("offer", offer.id), by=by, at=at, count=len(wanted))
    return [known[c] for c in wanted]


def change(
    session: Session, contact: Contact, *, name: str, email: str | None, phone: str | None, answers_in_holidays: bool, by: Actor, at: datetime,
) -> Contact:
    """Change a contact. A new address has not come back yet. Raises InvalidRecord where no message could reach them."""
    access.require(by, "offer:change")
    if not name.strip():
        raise InvalidRecord("name", "Give the person's name.")
    if not (email or phone):
        raise InvalidRecord("email", "Give an e-mail address or a telephone number, so that a message can reach them.")
    if email != contact.email:
        contact.bounced_at = None
    contact.name, contact.email, contact.phone, contact.answers_in_holidays = name.strip()[:120], email, phone, answers_in_holidays
    session.flush()
    audit.record(session, "organisation:contact_changed", ("organisation", contact.organisation_id), by=by, at=at)
    return contact


def leave(session: Session, contact: Contact, *, by: Actor, at: datetime) -> None:
    """Take out somebody who no longer answers: their name, address and number are gone."""
    access.require(by, "offer:change")
    organisation = session.get_one(Organisation, contact.organisation_id)
    session.execute(delete(OfferContact).where(OfferContact.contact_id == contact.id))
    organisation.contacts.remove(contact)
    session.delete(contact)
    session.flush()
    audit.record(session, "organisation:contact_left", ("organisation", organisation.id), by=by, at=at)


def mark_bounced(session: Session, contact: Contact, *, by: Actor, at: datetime) -> Contact:
    """Note that mail to somebody came back: it goes to the next person, and the school is asked to ring."""
    if contact.bounced_at is None:
        contact.bounced_at = at
        tasks.open_for(session, TaskKind.BOUNCED, contact.organisation_id, by=by, at=at)
        audit.record(session, "organisation:mail_came_back", ("organisation", contact.organisation_id), by=by, at=at)
    return contact


def reachable(session: Session, organisation: Organisation, *, holiday: bool = False) -> Contact | None:
    """Return who of an organisation can be reached by mail, or None: then somebody rings. In the holidays, first who answers then."""
    found = [c for c in organisation.contacts if c.email and c.bounced_at is None]
    return min(found, key=lambda c: (holiday and not c.answers_in_holidays, c.position), default=None)


def in_holidays(spans: list[tuple[date, date]], day: date) -> bool:
    """Whether a day lies outside all the stretches of term; never where no terms are known."""
    return bool(spans) and not any(starts <= day <= ends for starts, ends in spans)
