"""Family links: the three questions of a check-in by a link or by text, for the family alone. Neither the mail, the text nor the page names a partner or a need."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families import schools
from partners.families.families import ContactBy
from partners.foundation import access, audit, outbox
from partners.foundation.actors import Actor, family_by_link
from partners.foundation.calendars import next_daytime
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.foundation.outbox import Message
from partners.foundation.tokens import hash_token, new_token
from partners.referrals import check_ins
from partners.referrals.check_ins import CheckIn
from partners.referrals.moves import CHECK_IN_DAYS
from partners.referrals.referrals import Referral

LINK_DAYS = 28  # judgement, November 2026: as long as most families answer at all
KINDS = ("family_mail", "family_text")
# The questions that a family answers for itself, of those an officer asks. Source: domain guide 1.1.
ASKED = ("contacted", "helped", "still_wanted")


class CheckInLink(Base):
    """One word that opens one check-in of one family. A new one ends the one before."""

    __tablename__ = "check_in_links"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    days: Mapped[int]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


def new_link(session: Session, referral: Referral, days: int, *, by: Actor, at: datetime) -> str:
    """Make a check-in's word and return it; only its hash is kept. The words before it end.

    Raises:
        InvalidRecord: there is no such check-in, or nothing began yet that a family could be asked about.
    """
    access.require(by, "referral:as_flo", referral)
    if days not in CHECK_IN_DAYS or check_ins.began_at(referral) is None:
        raise InvalidRecord("days", "There is nothing to ask about yet.")
    session.execute(update(CheckInLink).where(CheckInLink.referral_id == referral.id, CheckInLink.days == days, CheckInLink.revoked_at.is_(None)).values(revoked_at=at))
    token = new_token()
    session.add(CheckInLink(id=new_id(), token_hash=hash_token(token), referral_id=referral.id, days=days, made_at=at, expires_at=at + timedelta(days=LINK_DAYS)))
    session.flush()
    audit.record(session, "check_in:link_made", ("referral", referral.id), by=by, at=at, days=days)
    return token


def open_link(session: Session, token: str, *, at: datetime) -> tuple[CheckInLink, Referral]:
    """Return the check-in behind a word. Raises NotFound for one that is unknown, ended or out of time, or while the family is with the safeguarding lead."""
    # A family whose records are set aside may still say how it went; what it says is in no list and no count until they are used again.
    link = session.scalar(select(CheckInLink).where(CheckInLink.token_hash == hash_token(token)))
    referral = session.get(Referral, link.referral_id) if link and link.revoked_at is None and link.expires_at > at else None
    if link is None or referral is None or referral.family.with_dsl_at is not None or referral.family.archived_at is not None:
        raise NotFound("page")
    return link, referral


def answer(session: Session, token: str, answers: dict[str, str], *, at: datetime, now_0_10: int | None = None, words: str | None = None) -> CheckIn:
    """Write down what a family said by its link. Until the link ends they may say it again. Raises as `check_ins.record` does."""
    link, referral = open_link(session, token, at=at)
    if set(answers) - set(ASKED):
        raise InvalidRecord("answers", "Answer the questions on this page.")
    made = check_ins.record(session, referral, link.days, answers, now_0_10=now_0_10, words=words, by=family_by_link(referral.family_id, referral.school_id), at=at)
    link.answered_at = at
    session.flush()
    return made


def ways(referral: Referral, *, texts: bool) -> tuple[str, ...]:
    """Return how a family may be written to: only the one way that it said is safe, and `text` only where texts can be sent."""
    family = referral.family
    if not family.in_use or not family.contact:
        return ()
    return {ContactBy.EMAIL: ("email",), ContactBy.TEXT: ("text",) if texts else ()}.get(family.contact_by, ())


def ask_by_mail(session: Session, referral: Referral, days: int, *, base_url: str, by: Actor, at: datetime) -> Message:
    """Queue a mail with the check-in's link, in the daytime. Raises InvalidRecord where a mail is not the safe way."""
    if "email" not in ways(referral, texts=False):
        raise InvalidRecord("way", "The family has not said that a mail is safe.")
    school, token = schools.get(session, referral.school_id), new_link(session, referral, days, by=by, at=at)
    return outbox.queue(
        session, kind="family_mail", to=referral.family.contact or "", subject="A question from school", at=at, due_at=next_daytime(at), referral_id=referral.id,
        body=f"Hello, it's {_first(by)} from school.\n\nJust checking how things are. Answer here when it suits you, in about a minute:\n{base_url}/check-in/{token}\n\n"
             f"You need not answer. To talk instead, ring {school.phone}.\n",
    )


def ask_by_text(session: Session, referral: Referral, *, by: Actor, at: datetime) -> Message:
    """Queue the text of the guide, in the daytime: it holds no link, no partner and no need. Raises InvalidRecord where a text is not the safe way."""
    access.require(by, "referral:as_flo", referral)
    if "text" not in ways(referral, texts=True):
        raise InvalidRecord("way", "The family has not said that a text is safe.")
    audit.record(session, "check_in:texted", ("referral", referral.id), by=by, at=at)
    # Source: domain guide 2.3, word for word.
    return outbox.queue_text(
        session, kind="family_text", to=referral.family.contact or "", at=at, due_at=next_daytime(at), referral_id=referral.id,
        body=f"Hello, it's {_first(by)} from school. Just checking how things are. Reply 1 good, 2 please call, 3 not now.",
    )


def may_leave(message: Message, referral: Referral) -> bool:
    """Whether a mail or text to a family may still leave: the way is still the safe one, and the address still theirs."""
    family = referral.family
    way = {"family_mail": ContactBy.EMAIL, "family_text": ContactBy.TEXT}[message.kind]
    if not family.in_use or family.contact_by is not way or not family.contact:
        return False
    return message.to_address == family.contact or message.to_address[-9:] == "".join(c for c in family.contact if c.isdigit())[-9:]


def _first(by: Actor) -> str:
    return by.name.split()[0] if by.name.strip() else "somebody"
