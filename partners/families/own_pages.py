"""Own pages: a family's door to what is held about it. The link alone opens nothing: school says six numbers, face to face or on the telephone."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.families.families import Family, require_no_stop
from partners.foundation import access, audit
from partners.foundation.actors import Actor, family_by_link
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.foundation.sealing import Sealed
from partners.foundation.tokens import hash_code, hash_token, new_code, new_token, same

LINK_DAYS, MOST_TRIES = 14, 5  # judgement, November 2026
OPEN_FOR = timedelta(minutes=30)  # how long the numbers keep it open in one browser; judgement, November 2026
LONGEST = 1000  # characters of a correction


class FamilyLink(Base):
    """One link that a family was given. Its word and its numbers are kept as hashes."""

    __tablename__ = "family_links"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    code_hash: Mapped[str] = mapped_column(String(128))
    tries: Mapped[int] = mapped_column(default=0)
    made_by_id: Mapped[uuid.UUID | None]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    family: Mapped[Family] = relationship(lazy="joined")


class Correction(Base):
    """What a family says is not right. It changes nothing by itself: a person looks, and then changes it or says why not."""

    __tablename__ = "corrections"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    words: Mapped[str] = mapped_column(Sealed)
    made_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[uuid.UUID | None]
    family: Mapped[Family] = relationship(lazy="joined")


def make(session: Session, family: Family, *, by: Actor, at: datetime) -> tuple[str, str]:
    """Make a link and its six numbers; return both, which are kept nowhere. The family's link before ends.

    Raises:
        SafetyStop: the family is with the safeguarding lead.
    """
    access.require(by, "questionnaire:begin", family)
    require_no_stop(family)
    session.execute(update(FamilyLink).where(FamilyLink.family_id == family.id, FamilyLink.expires_at > at).values(expires_at=at))
    token, code = new_token(), new_code()
    row = FamilyLink(id=new_id(), family=family, school_id=family.school_id, token_hash=hash_token(token), code_hash="", made_by_id=by.user_id, made_at=at, expires_at=at + timedelta(days=LINK_DAYS))
    row.code_hash = hash_code(code, str(row.id))
    session.add(row)
    session.flush()
    audit.record(session, "family_link:made", ("family_link", row.id), by=by, at=at)
    return token, code


def open_link(session: Session, token: str, *, at: datetime) -> tuple[FamilyLink, Actor]:
    """Return the link and the family that holds it. Raises NotFound, alike for one unknown, out of time, or of a family with the safeguarding lead."""
    # A family whose records are set aside comes in: it must be able to look, to correct and to take back.
    row = session.scalar(select(FamilyLink).where(FamilyLink.token_hash == hash_token(token)))
    if row is None or row.expires_at <= at or row.family.with_dsl_at is not None:
        raise NotFound("page")
    return row, family_by_link(row.family_id, row.school_id)


def use_code(session: Session, row: FamilyLink, code: str, *, by: Actor, at: datetime) -> None:
    """Check the six numbers. Raises InvalidRecord, in one wording, when they are wrong or were tried five times."""
    tried: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(FamilyLink).where(FamilyLink.id == row.id, FamilyLink.tries < MOST_TRIES).values(tries=FamilyLink.tries + 1)
    )
    if tried.rowcount != 1 or not same(row.code_hash, hash_code(code.strip(), str(row.id))):
        raise InvalidRecord("code", "code_wrong")
    session.execute(update(FamilyLink).where(FamilyLink.id == row.id).values(tries=0))
    audit.record(session, "family_link:opened", ("family_link", row.id), by=by, at=at)


def correct(session: Session, family: Family, words: str, *, by: Actor, at: datetime) -> Correction:
    """Keep what a family says is not right, for a person to look at. Raises InvalidRecord for no words or too many."""
    access.require(by, "correction:make", family)
    said = words.strip()
    if not 1 <= len(said) <= LONGEST:
        raise InvalidRecord("words", "too_long")
    row = Correction(id=new_id(), family=family, school_id=family.school_id, words=said, made_at=at)
    session.add(row)
    session.flush()
    audit.record(session, "correction:made", ("correction", row.id), by=by, at=at)
    return row


def corrections_waiting(session: Session, *, by: Actor) -> list[Correction]:
    """Return what families of the actor's school said is not right, the oldest first; none of a family with the safeguarding lead."""
    access.require(by, "correction:look")
    # Those of a family whose records are set aside stay: they may be set aside just until what it says is put right.
    query = select(Correction).join(Family).where(Correction.school_id == by.school_id, Correction.done_at.is_(None), Family.with_dsl_at.is_(None))
    return list(session.scalars(query.order_by(Correction.made_at, Correction.id)).unique())


def get_correction(session: Session, correction_id: uuid.UUID, *, by: Actor) -> Correction:
    """Return a correction of the actor's school. Raises NotFound."""
    row = session.get(Correction, correction_id)
    if row is None:
        access.require(by, "correction:look")
        raise NotFound("page")
    access.require(by, "correction:look", row)
    return row


def finish_correction(session: Session, row: Correction, *, by: Actor, at: datetime) -> None:
    """Note that a person looked and told the family. Pressing twice changes nothing more."""
    access.require(by, "correction:look", row)
    if row.done_at is None:
        row.done_at, row.done_by_id = at, by.user_id
        session.flush()
        audit.record(session, "correction:done", ("correction", row.id), by=by, at=at)
