"""Notes and messages on a referral: a note stays inside the school unless it is sent, one by one; a message holds no name before the family agreed."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families.naming import could_name
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord
from partners.foundation.sealing import Sealed
from partners.referrals import disclosure, shutting
from partners.referrals.moves import LIVE, State
from partners.referrals.referrals import Referral

LONGEST = 1000  # characters


class ReferralNote(Base):
    """Words about a referral. `party` wrote them; `is_private` says that no partner ever sees them."""

    __tablename__ = "referral_notes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    party: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(Sealed)
    words: Mapped[str] = mapped_column(Sealed)
    is_private: Mapped[bool] = mapped_column(default=True)
    at: Mapped[datetime]


def gives_away(words: str, referral: Referral) -> bool:
    """Whether words hold something that could name a family: a number, an address, a postcode, or the name we have for them."""
    return could_name(words, referral.family.first_name)


def require_nameless(field: str, words: str, referral: Referral) -> None:
    """Raise InvalidRecord where words hold something that could name the family."""
    if gives_away(words, referral):
        raise InvalidRecord(field, "This looks like a name, a number or an address. Take it out: nothing that names the family goes before they agreed and the partner said yes.")


def _written(words: str) -> str:
    said = words.strip()
    if not 1 <= len(said) <= LONGEST:
        raise InvalidRecord("words", f"Write up to {LONGEST:,} characters.")
    return said


def keep(session: Session, referral: Referral, words: str, *, by: Actor, at: datetime) -> ReferralNote:
    """Keep a note inside the school. No partner sees it, in any state."""
    access.require(by, "referral:as_flo", referral)
    return _add(session, referral, _written(words), private=True, by=by, at=at)


def send(session: Session, referral: Referral, words: str, *, by: Actor, at: datetime) -> ReferralNote:
    """Send a message to the other side, on the page that both see.

    Raises:
        InvalidRecord: there is nobody to send it to now, or it holds something that could name the family before it may.
        NothingToDo: a partner writes where it is shut.
    """
    access.require(by, "referral:as_partner" if by.party == "partner" else "referral:as_flo", referral)
    shutting.require_open(session, referral, by=by)
    said = _written(words)
    if referral.state not in LIVE - {State.DRAFT, State.READY, State.TOLD} or shutting.is_shut(session, referral):
        raise InvalidRecord("words", "There is no introduction under way that this partner sees, so nobody would read it.")
    if not disclosure.may_name(session, referral, at=at):
        require_nameless("words", said, referral)
    return _add(session, referral, said, private=False, by=by, at=at)


def _add(session: Session, referral: Referral, words: str, *, private: bool, by: Actor, at: datetime) -> ReferralNote:
    note = ReferralNote(id=new_id(), referral_id=referral.id, school_id=referral.school_id, party=by.party, name=by.name, words=words, is_private=private, at=at)
    session.add(note)
    session.flush()
    audit.record(session, "referral:note_kept" if private else "referral:message_sent", ("referral", referral.id), by=by, at=at)
    return note


def for_school(session: Session, referral: Referral, *, by: Actor) -> list[ReferralNote]:
    """Return every note and message, the latest first."""
    access.require(by, "referral:as_flo", referral)
    return list(session.scalars(select(ReferralNote).where(ReferralNote.referral_id == referral.id).order_by(ReferralNote.at.desc(), ReferralNote.id)))


def on_card(session: Session, referral: Referral) -> list[ReferralNote]:
    """Return the messages that the link alone shows, the oldest first: those from before the family may be named, which hold no name. From then on all stand behind the code."""
    return [] if disclosure.at_details(referral) else [note for note in for_partner(session, referral) if not gives_away(note.words, referral)]


def for_partner(session: Session, referral: Referral) -> list[ReferralNote]:
    """Return the messages that a partner sees while the referral lives, the oldest first; nothing once it ended or was shut, and never a note."""
    if referral.state not in LIVE or shutting.is_shut(session, referral):
        return []
    return list(session.scalars(select(ReferralNote).where(ReferralNote.referral_id == referral.id, ReferralNote.is_private.is_(False)).order_by(ReferralNote.at, ReferralNote.id)))
