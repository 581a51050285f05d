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
from partners.referrals import family_links, replies, shutting
from partners.referrals.moves import LIVE, NEEDS_AGREEMENT
from partners.referrals.referrals import Referral
from partners.registry import organisations
from partners.registry.checks import OfferCheck

PARTNER_KINDS = ("partner_message", "partner_nudge", "partner_words", "partner_meeting", "detail_code")
REMINDER = "partner_nudge"


def tell_partner(session: Session, referral: Referral, *, base_url: str, at: datetime) -> Message | None:
    """Queue the mail that says a message waits, with a fresh reply link. Returns None where it is shut, or the partner has no address: somebody rings then."""
    address = None if shutting.is_shut(session, referral) else organisations.first_address(referral.offer.organisation)
    if address is None:
        return None
    school = schools.get(session, referral.school_id)
    return outbox.queue(
        session, kind="partner_message", to=address, subject=f"{school.name} has a message for you", at=at, referral_id=referral.id,
        body=f"{school.name} has a message for you.\n\nRead it and answer here. You need no account:\n{_link(session, referral, base_url=base_url, at=at)}\n\n{_by_when(referral)}\n"
             f"Opening the page changes nothing; you press a button to answer. If you would rather talk, ring {school.phone}.\n",
    )


def _link(session: Session, referral: Referral, *, base_url: str, at: datetime) -> str:
    return f"{base_url}/r/{replies.new_reply_link(session, referral, at=at)}"


def _by_when(referral: Referral) -> str:
    return f"Please answer by {referral.due_on:%A} {referral.due_on.day} {referral.due_on:%B}." if referral.due_on else ""


def remind_partner(session: Session, waiting: list[Referral], *, second: bool, base_url: str, at: datetime) -> Message | None:
    """Queue one mail about all the messages that wait for one partner; with `second` to the second person there, who may not have seen the first."""
    waiting = [r for r in waiting if not shutting.is_shut(session, r)]
    if not waiting:
        return None
    organisation = waiting[0].offer.organisation
    address = (organisations.second_address(organisation) if second else None) or organisations.first_address(organisation)
    if address is None:
        return None
    named = {r.school_id: schools.get(session, r.school_id) for r in waiting}
    who = next(iter(named.values())).name if len(named) == 1 else "A school"
    first = "A message from school is still waiting for you." if len(waiting) == 1 else f"{len(waiting)} messages from school are still waiting for you."
    parts = [f"Read it and answer here. You need no account:\n{_link(session, r, base_url=base_url, at=at)}\n{_by_when(r)}\n" for r in waiting]
    phones = " or ".join(f"{school.phone} ({school.name})" for school in named.values())
    return outbox.queue(
        session, kind=REMINDER, to=address, subject=f"{who} has a message for you", at=at, referral_id=waiting[0].id if len(waiting) == 1 else None,
        body="\n".join([first, "", *parts, f"Opening a page changes nothing; you press a button to answer. If you would rather talk, ring {phones}.\n"]),
    )


def tell_of_message(session: Session, referral: Referral, *, base_url: str, at: datetime) -> Message | None:
    """Queue the mail that says that school wrote something on the page. The words themselves never leave it."""
    address = None if shutting.is_shut(session, referral) else organisations.first_address(referral.offer.organisation)
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
    if message.kind == REMINDER and message.referral_id is None:  # about several: it leaves while one of them still waits
        from partners.referrals import reminders

        return any(_may_go(session, r, at) for r in reminders.about(session, message))
    if message.referral_id is None or message.kind not in (*PARTNER_KINDS, *family_links.KINDS):
        return True
    referral = session.get(Referral, message.referral_id)
    if message.kind in family_links.KINDS:
        return referral is not None and family_links.may_leave(message, referral)
    return referral is not None and _may_go(session, referral, at)


def _may_go(session: Session, referral: Referral, at: datetime) -> bool:
    if referral.state not in LIVE or shutting.is_shut(session, referral):
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
