"""Replies: a partner's link to one referral, its link to its offers, and the code that opens what a family agreed to share.

A reply link lives as long as its referral and shows no family data in any state. Opening changes nothing; pressing does."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import audit, outbox
from partners.foundation.actors import Actor, partner_by_offer_link, partner_by_reply_link
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.foundation.tokens import hash_code, hash_token, new_code, new_token, same
from partners.referrals import disclosure
from partners.referrals.moves import Kind, State
from partners.referrals.referrals import Referral
from partners.registry import organisations
from partners.registry.offers import Offer
from partners.registry.organisations import Contact

CODE_MINUTES = 10
MOST_TRIES = 5
OFFER_LINK_DAYS = 400
REPLY_LINK_DAYS = 400


class ReplyLink(Base):
    """One word in one mail, for one referral."""

    __tablename__ = "reply_links"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class OfferLink(Base):
    """One word that lets an organisation confirm, pause or correct one offer. It shows no family."""

    __tablename__ = "offer_links"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    contact_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class DetailCode(Base):
    """One six-digit code: good once, for ten minutes, for five tries, in the browser that asked for it."""

    __tablename__ = "detail_codes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(128))
    browser_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


def new_reply_link(session: Session, referral: Referral, *, at: datetime) -> str:
    """Make a reply link's word for a referral and return it; only its hash is kept."""
    token = new_token()
    session.add(ReplyLink(id=new_id(), token_hash=hash_token(token), referral_id=referral.id, made_at=at, expires_at=at + timedelta(days=REPLY_LINK_DAYS)))
    session.flush()
    return token


def open_reply_link(session: Session, token: str, *, at: datetime) -> tuple[Referral, Actor]:
    """Return the referral behind a reply link and the actor who holds it. Raises NotFound for a link that is unknown, revoked or out of time."""
    link = session.scalar(select(ReplyLink).where(ReplyLink.token_hash == hash_token(token)))
    if link is None or link.revoked_at is not None or link.expires_at <= at:
        raise NotFound("page")
    referral = session.get(Referral, link.referral_id)
    if referral is None or referral.state in (State.DRAFT, State.READY):
        raise NotFound("page")
    if referral.is_frozen or referral.kind is Kind.TELL:
        raise NotFound("page")
    organisation = organisations.get(session, referral.organisation_id)
    return referral, partner_by_reply_link(referral.organisation_id, referral.id, organisation.name)


def revoke_reply_links(session: Session, referral: Referral, *, at: datetime) -> None:
    """End every link to a referral."""
    session.execute(update(ReplyLink).where(ReplyLink.referral_id == referral.id, ReplyLink.revoked_at.is_(None)).values(revoked_at=at))


def new_offer_link(session: Session, offer: Offer, *, at: datetime, contact: Contact | None = None) -> str:
    """Make an offer link's word and return it; only its hash is kept, and whom it is sent to."""
    token = new_token()
    session.add(OfferLink(
        id=new_id(), token_hash=hash_token(token), offer_id=offer.id, contact_id=contact.id if contact else None, made_at=at,
        expires_at=at + timedelta(days=OFFER_LINK_DAYS),
    ))
    session.flush()
    return token


def open_offer_link(session: Session, token: str, *, at: datetime) -> tuple[Offer, Actor]:
    """Return the offer behind a link and the actor who holds it. Raises NotFound."""
    link = session.scalar(select(OfferLink).where(OfferLink.token_hash == hash_token(token)))
    offer = session.get(Offer, link.offer_id) if link and link.revoked_at is None and link.expires_at > at else None
    if offer is None or offer.archived_at is not None:
        raise NotFound("page")
    return offer, partner_by_offer_link(offer.organisation_id, offer.organisation.name)


def revoke_sent_to(session: Session, contact_id: uuid.UUID, *, at: datetime) -> None:
    """End every offer link that was sent to somebody who no longer answers, or whose address changed."""
    session.execute(update(OfferLink).where(OfferLink.contact_id == contact_id, OfferLink.revoked_at.is_(None)).values(revoked_at=at))


def sent_to(session: Session, token: str) -> str | None:
    """Return the first name of whom an offer link was sent to, or None where it was not sent to one person: it is kept, never shown."""
    link = session.scalar(select(OfferLink).where(OfferLink.token_hash == hash_token(token)))
    contact = session.get(Contact, link.contact_id) if link and link.contact_id else None
    return contact.name.split()[0] if contact is not None and contact.name.strip() else None


def send_code(session: Session, referral: Referral, *, browser: str, at: datetime, by: Actor) -> bool:
    """Send a fresh code to the contact on record, and end the codes before it. Returns whether there is an address to send it to.

    Raises:
        InvalidRecord: there is nothing to open, or not yet.
    """
    if not disclosure.may_name(session, referral, at=at):
        raise InvalidRecord("code", "There is nothing to open now. The school introduces the family when they agree.")
    address = organisations.first_address(referral.offer.organisation)
    if address is None:
        return False
    session.execute(update(DetailCode).where(DetailCode.referral_id == referral.id, DetailCode.used_at.is_(None)).values(used_at=at))
    row = DetailCode(id=new_id(), referral_id=referral.id, code_hash="", browser_hash=hash_token(browser), expires_at=at + timedelta(minutes=CODE_MINUTES))
    code = new_code()
    row.code_hash = hash_code(code, str(row.id))
    session.add(row)
    outbox.queue(
        session, kind="detail_code", to=address, subject="Your code", at=at, referral_id=referral.id,
        body=f"Your code is {code}\n\nType it on the page that is open in your browser. It works once, for {CODE_MINUTES} minutes.\n"
             "If you did not ask for it, you need not do anything.\n",
    )
    audit.record(session, "referral:code_sent", ("referral", referral.id), by=by, at=at)
    return True


def use_code(session: Session, referral: Referral, code: str, *, browser: str, at: datetime, by: Actor) -> None:
    """Use a code up. Raises InvalidRecord, in one wording, when it is wrong, used, out of time, tried five times or from another browser."""
    row = session.scalar(select(DetailCode).where(DetailCode.referral_id == referral.id, DetailCode.used_at.is_(None)).order_by(DetailCode.expires_at.desc()))
    wrong = InvalidRecord("code", "That code does not open this. Check the six digits, or ask for a new code.")
    if row is None or row.expires_at <= at or not disclosure.may_name(session, referral, at=at):
        raise wrong
    tried: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(DetailCode).where(DetailCode.id == row.id, DetailCode.used_at.is_(None), DetailCode.tries < MOST_TRIES).values(tries=DetailCode.tries + 1)
    )
    right = same(row.code_hash, hash_code(code.strip(), str(row.id))) and same(row.browser_hash, hash_token(browser))
    if tried.rowcount != 1 or not right:
        raise wrong
    session.execute(update(DetailCode).where(DetailCode.id == row.id).values(used_at=at))
    audit.record(session, "referral:code_used", ("referral", referral.id), by=by, at=at)
