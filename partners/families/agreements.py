"""Agreements: a family's yes to this partner, these fields and this purpose. Without a live one nothing leaves Kith.

Each is for one partner and one need, so that each can be taken back by itself; a family that agrees to two partners has two. That the family
wants the help (`service`) and the lawful basis for sharing are two fields, and neither is assumed from the other.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families import requirements, schools
from partners.families.families import Family
from partners.families.naming import could_name
from partners.foundation import access, audit, ledger
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of, midnight_after
from partners.foundation.db import Base, named, new_id
from partners.foundation.errors import AgreementMissing, InvalidRecord, NotFound
from partners.foundation.sealing import Sealed

LIVE_DAYS = 92  # three months: judgement, November 2026
WORDING = "2026-11"
MOST_TRIED = 500  # characters

# The fields a family may agree to share, in the order the script says them.
SHAREABLE = {
    "first_name": "First name",
    "safe_contact": "How and when it is safe to reach you",
    "need": "What you would like help with",
    "requirements": "What the help must be like",
    "language": "The language you would like to use",
    "what_was_tried": "What has been tried already",
}


# What the agreement is for. A new purpose takes a new agreement.
PURPOSES = {"introduction": "So that they can help with this one need", "group": "So that they can hold a meeting with other families"}
# What the partner tells school afterwards. Source: domain guide 3, B3: 'met or not met' unless the family says otherwise.
RETURNS = {"met": "Only whether you met", "met_and_helped": "Whether you met, and whether it helped", "nothing": "Nothing"}
# Who put it into the family's language. Never a child or a relative. Source: domain guide 3, B2, and 7.5, line 8.
INTERPRETERS = {"none_needed": "No interpreter was needed", "here": "A professional interpreter, in the room", "by_phone": "A professional interpreter, by phone or video"}
# Whether the family wants the help itself: recorded apart from the lawful basis for sharing.
SERVICES = {"agreed": "They want this help", "wants_to_hear_more": "They want to hear more first"}


class Said(StrEnum):
    """How the family said it."""

    SPOKEN = "spoken"
    SIGNED = "signed"
    INTERPRETER = "with_an_interpreter"


class Agreement(Base):
    """One agreement, for one need and one partner."""

    __tablename__ = "agreements"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    need_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("needs.id"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    fields: Mapped[list[str]]
    purpose: Mapped[str] = mapped_column(String(60))
    said: Mapped[Said] = mapped_column(named(Said))
    said_by: Mapped[str] = mapped_column(Sealed)
    language: Mapped[str] = mapped_column(String(20), default="en")
    wording: Mapped[str] = mapped_column(String(20), default=WORDING)
    must_not_know: Mapped[str | None] = mapped_column(Sealed)
    childs_view: Mapped[str | None] = mapped_column(Sealed)
    service: Mapped[str] = mapped_column(String(20), default="agreed")
    lawful_basis: Mapped[str] = mapped_column(String(40), default="public_task")
    special_condition: Mapped[str] = mapped_column(String(40), default="not_decided")
    basis_set_by: Mapped[str | None] = mapped_column(String(120))
    what_was_tried: Mapped[str | None] = mapped_column(Sealed)
    mentions: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    interpreter: Mapped[str | None] = mapped_column(String(20))
    safe_ways: Mapped[str | None] = mapped_column(Sealed)
    returns: Mapped[str] = mapped_column(String(20), default="met")
    taken_by_id: Mapped[uuid.UUID | None]
    agreed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(20))

    @property
    def is_taken_back(self) -> bool:
        """Whether the family changed its mind."""
        return self.withdrawn_at is not None

    def is_live(self, at: datetime) -> bool:
        """Whether it still holds at an instant."""
        return not self.is_taken_back and self.agreed_at <= at < self.expires_at


def record(
    session: Session, family: Family, *, need_id: uuid.UUID, organisation_id: uuid.UUID, fields: list[str], said: Said, said_by: str,
    by: Actor, at: datetime, language: str = "en", must_not_know: str | None = None, childs_view: str | None = None,
    for_child: bool = False, purpose: str = "introduction", interpreter: str | None = None, safe_ways: str | None = None,
    returns: str | None = None, service: str | None = None, until: date | None = None, what_was_tried: str | None = None,
    mentions: list[dict[str, Any]] | None = None,
) -> Agreement:
    """Record that a family agreed, with what was agreed, how, and by whom. It lasts three months, or to the end of `until` where that is sooner.

    `mentions` are the requirements that may be mentioned, one by one, before the partner answers too. None, with `requirements` among the
    fields, stands for all that were asked for on that day. The lawful basis is the one that the school's data protection officer set; it is kept with the agreement as it stood on the day.

    Raises:
        InvalidRecord: what was tried ticked without words, words without the tick, or a name in them; no field, an unknown one, nobody who said it, no child's view where a child is introduced, an organisation that the
            family keeps away, an interpreter who was said to be there and is not named, or a last day that has passed or lies beyond three months.
    """
    access.require(by, "agreement:record", family)
    if mentions:
        requirements.require_mentionable(session, family, mentions)
        fields = [*fields, "requirements"]
    if not fields:
        raise InvalidRecord("fields", "Choose what the family agreed to share. If they agreed to nothing, choose 'Ask first (no names)' instead.")
    if set(fields) - set(SHAREABLE):
        raise InvalidRecord("fields", "Only the things on the list may be shared.")
    tried = _tried(what_was_tried, fields, family)
    if not said_by.strip():
        raise InvalidRecord("said_by", "Say who agreed, in their role: for example 'parent'.")
    if for_child and not (childs_view or "").strip():
        raise InvalidRecord("childs_view", "Write what the child said about it, in a few words.")
    if str(organisation_id) in family.keep_away:
        raise InvalidRecord("organisation", "The family asked that this organisation must not know. Choose another.")
    for field, table, value in (("purpose", PURPOSES, purpose), ("interpreter", INTERPRETERS, interpreter), ("returns", RETURNS, returns), ("service", SERVICES, service)):
        if value is not None and value not in table:
            raise InvalidRecord(field, "Choose one of the answers on the page.")
    if said is Said.INTERPRETER and interpreter in (None, "none_needed"):
        raise InvalidRecord("interpreter", "Say how the interpreter was there. A professional one only: never a child, a relative or a neighbour.")
    school = schools.get(session, family.school_id)
    agreement = Agreement(
        id=new_id(), family_id=family.id, school_id=family.school_id, need_id=need_id, organisation_id=organisation_id,
        fields=[f for f in SHAREABLE if f in fields], purpose=purpose, said=said, said_by=said_by.strip(), language=language,
        must_not_know=must_not_know or None, childs_view=childs_view or None, service=service or "agreed", lawful_basis=school.lawful_basis,
        special_condition=school.special_condition, basis_set_by=school.basis_set_by, interpreter=interpreter, what_was_tried=tried, mentions=mentions, safe_ways=(safe_ways or "").strip() or None,
        returns=returns or "met", taken_by_id=by.user_id, agreed_at=at, expires_at=_last_instant(at, until),
    )
    session.add(agreement)
    session.flush()
    audit.record(session, "agreement:recorded", ("agreement", agreement.id), by=by, at=at, fields=agreement.fields, said=said.value)
    return agreement


def _tried(words: str | None, fields: list[str], family: Family) -> str | None:
    """Return the words on what was tried, as the partner will read them; None where the family agreed to none."""
    said = (words or "").strip()
    if bool(said) != ("what_was_tried" in fields):
        raise InvalidRecord("what_was_tried", "Write what has been tried, as the partner will read it, or take the tick away." if not said else "Tick 'What has been tried already' too if they agreed to these words, or take the words away.")
    if len(said) > MOST_TRIED:
        raise InvalidRecord("what_was_tried", f"Write at most {MOST_TRIED} characters.")
    if could_name(said, family.first_name):
        raise InvalidRecord("what_was_tried", "This looks like a name, a number or an address. Take it out: names have a field of their own.")
    return said or None


def _last_instant(at: datetime, until: date | None) -> datetime:
    """Return when an agreement of this instant ends: after three months, or with the end of a sooner day."""
    latest = at + timedelta(days=LIVE_DAYS)
    if until is None:
        return latest
    if not day_of(at) <= until <= day_of(latest):
        raise InvalidRecord("until", f"Give a day from today to three months from now, or leave it empty for three months ({latest.day} {latest:%B %Y}).")
    return min(latest, midnight_after(until))


def get(session: Session, agreement_id: uuid.UUID | None) -> Agreement:
    """Return an agreement. Raises NotFound."""
    agreement = session.get(Agreement, agreement_id) if agreement_id else None
    if agreement is None:
        raise NotFound("agreement")
    return agreement


def find(session: Session, agreement_id: uuid.UUID, *, by: Actor) -> Agreement:
    """Return an agreement of the actor's school, or of the family itself. Raises NotFound, alike for another's and for none."""
    agreement = session.get(Agreement, agreement_id)
    if agreement is None:
        access.require(by, "agreement:read")
        raise NotFound("agreement")
    access.require(by, "agreement:read", agreement)
    return agreement


def require_live(session: Session, agreement_id: uuid.UUID | None, *, organisation_id: uuid.UUID, need_id: uuid.UUID, at: datetime) -> Agreement:
    """Return the agreement if it is live, for this partner and this need. Raises AgreementMissing."""
    agreement = session.get(Agreement, agreement_id, populate_existing=True) if agreement_id else None
    if agreement is None:
        raise AgreementMissing()
    if agreement.organisation_id != organisation_id or agreement.need_id != need_id:
        raise AgreementMissing("The agreement is for another partner or another need. Ask the family about this one.")
    if not agreement.is_live(at):
        raise AgreementMissing("The agreement has run out or was withdrawn. Ask the family again before anything is sent.")
    return agreement


def withdraw(session: Session, agreement: Agreement, *, by: Actor, at: datetime) -> Agreement:
    """Record that the family changed its mind. Access ends with the partner's next request; pressing twice changes nothing more."""
    access.require(by, "agreement:withdraw", agreement)
    if agreement.withdrawn_at is None:
        agreement.withdrawn_at, agreement.withdrawn_by = at, by.kind
        session.flush()
        ledger.note(session, "withdrawn", agreement.id, at=at)
        audit.record(session, "agreement:withdrawn", ("agreement", agreement.id), by=by, at=at)
    return agreement


def of_family(session: Session, family: Family, *, by: Actor) -> list[Agreement]:
    """Return a family's agreements, the latest first, to its school's liaison officer or to the family itself."""
    access.require(by, "agreement:read", family)
    return list(session.scalars(select(Agreement).where(Agreement.family_id == family.id).order_by(Agreement.agreed_at.desc(), Agreement.id)))
