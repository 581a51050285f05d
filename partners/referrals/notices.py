"""Notices: the mails about referrals. None holds a name, a need, a place or anything else about a family."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import agreements, schools
from partners.foundation import access, outbox, users
from partners.foundation.actors import Actor
from partners.foundation.errors import AgreementMissing, InvalidRecord, NotFound
from partners.foundation.outbox import Message
from partners.referrals import replies
from partners.referrals.moves import LIVE, NEEDS_AGREEMENT
from partners.referrals.referrals import Referral
from partners.registry import organisations
from partners.registry.checks import OfferCheck

PARTNER_KINDS = ("partner_message", "partner_nudge", "partner_words", "detail_code")


def tell_partner(session: Session, referral: Referral, *, base_url: str, at: datetime, nudge: bool = False) -> Message | None:
    """Queue the mail that says a message waits, with a fresh reply link. Returns None where the partner has no address: somebody rings then."""
    organisation = referral.offer.organisation
    # A nudge goes to the second person there, who may not have seen the first mail.
    address = (organisations.second_address(organisation) if nudge else None) or organisations.first_address(organisation)
    if address is None:
        return None
    school = schools.get(session, referral.school_id)
    token = replies.new_reply_link(session, referral, at=at)
    by_when = f"Please answer by {referral.due_on:%A} {referral.due_on.day} {referral.due_on:%B}." if referral.due_on else ""
    first = "A message from school is still waiting for you." if nudge else f"{school.name} has a message for you."
    return outbox.queue(
        session, kind="partner_nudge" if nudge else "partner_message", to=address, subject=f"{school.name} has a message for you", at=at, referral_id=referral.id,
        body=f"{first}\n\nRead it and answer here. You need no account:\n{base_url}/r/{token}\n\n{by_when}\n"
             f"Opening the page changes nothing; you press a button to answer. If you would rather talk, ring {school.phone}.\n",
    )


def tell_of_message(session: Session, referral: Referral, *, base_url: str, at: datetime) -> Message | None:
    """Queue the mail that says that school wrote something on the page. The words themselves never leave it."""
    address = organisations.first_address(referral.offer.organisation)
    if address is None:
        return None
    school = schools.get(session, referral.school_id)
    token = replies.new_reply_link(session, referral, at=at)
    return outbox.queue(
        session, kind="partner_words", to=address, subject=f"{school.name} has a message for you", at=at, referral_id=referral.id,
        body=f"{school.name} has written to you. Read it here. You need no account:\n{base_url}/r/{token}\n\nOpening the page changes nothing. If you would rather talk, ring {school.phone}.\n",
    )


def may_leave(session: Session, message: Message, at: datetime) -> bool:
    """Whether a mail may still leave: the agreement is asked for once more at the very last moment."""
    if message.kind == "offer_digest":  # whoever asked not to be listed meanwhile is not asked
        about = session.scalar(select(OfferCheck.organisation_id).where(OfferCheck.message_id == message.id))
        return about is None or organisations.get(session, about).archived_at is None
    if message.referral_id is None or message.kind not in PARTNER_KINDS:
        return True
    referral = session.get(Referral, message.referral_id)
    if referral is None or referral.state not in LIVE or referral.family.with_dsl_at is not None:
        return False
    if referral.kind in NEEDS_AGREEMENT:
        try:
            agreements.require_live(session, referral.agreement_id, organisation_id=referral.organisation_id, need_id=referral.need_id, at=at)
        except (AgreementMissing, InvalidRecord):
            return False
    return True


def is_for(session: Session, message: Message, by: Actor) -> bool:
    """Whether a mail is this administrator's to mend: about a referral or a person of their school, or about no school at all."""
    school_id = None
    if message.referral_id is not None:
        referral = session.get(Referral, message.referral_id)
        school_id = referral.school_id if referral else None
    elif message.user_id is not None:
        person = session.get(users.User, message.user_id)
        school_id = person.school_id if person else None
    return school_id is None or school_id == by.school_id


def get_unsent(session: Session, message_id: uuid.UUID, *, by: Actor) -> Message:
    """Return a mail that was given up or is held. Raises NotFound, alike for another school's, for one that left and for none."""
    access.require(by, "mail:mend")
    message = session.get(Message, message_id)
    if message is None or (message.dead_at is None and message.held_at is None) or not is_for(session, message, by):
        raise NotFound("message")
    return message
