"""Outcomes: what happened with a need, in whose words, so that no referral closes without anybody knowing."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families import needs
from partners.families.needs import NeedState
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, named, new_id
from partners.foundation.errors import InvalidRecord
from partners.foundation.sealing import Sealed
from partners.referrals import returns, shutting
from partners.referrals.referrals import Referral


class Result(StrEnum):
    """What became of the need."""

    MET = "met"
    PARTLY = "partly"
    NOT_MET = "not_met"
    NOT_NEEDED = "not_needed"
    NOT_KNOWN = "not_known"


class Outcome(Base):
    """What one of family, partner and school said of one referral's need, with the family's own 0 to 10 where they gave it. A later word stands beside it."""

    __tablename__ = "outcomes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    need_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("needs.id"), index=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    result: Mapped[Result] = mapped_column(named(Result))
    said_by: Mapped[str] = mapped_column(String(20))
    before_0_10: Mapped[int | None]
    after_0_10: Mapped[int | None]
    words: Mapped[str | None] = mapped_column(Sealed)
    recorded_at: Mapped[datetime]


SAID_BY = {"family": "The family", "partner": "The partner", "school": "School"}
_SETTLES = {Result.MET: NeedState.MET, Result.PARTLY: NeedState.PARTLY_MET, Result.NOT_NEEDED: NeedState.NOT_NEEDED}


def of_referral(session: Session, referral: Referral) -> list[Outcome]:
    """Return what each who spoke last said of a referral, the latest word first."""
    words = session.scalars(select(Outcome).where(Outcome.referral_id == referral.id).order_by(Outcome.recorded_at.desc(), Outcome.id.desc()))
    latest: dict[str, Outcome] = {}
    for word in words:
        latest.setdefault(word.said_by, word)
    return list(latest.values())


def find_for(session: Session, referral: Referral) -> Outcome | None:
    """Return the latest word on a referral, or None."""
    return next(iter(of_referral(session, referral)), None)


def record(
    session: Session, referral: Referral, result: Result, *, said_by: str, by: Actor, at: datetime, before_0_10: int | None = None,
    after_0_10: int | None = None, words: str | None = None,
) -> Outcome:
    """Record what happened with the need, and who said so. A later word counts instead of an earlier one of the same speaker, and of nobody else's; the earlier
    one is kept, for what was true of a term that is over. The same words again stand once, and settle the need again.

    Raises:
        InvalidRecord: nobody who said it, a number outside 0 to 10, or more from a partner than the family agreed may come back.
        NothingToDo: a partner says it where it is shut.
    """
    access.require(by, "referral:as_flo" if by.party == "flo" else "referral:as_partner", referral)
    shutting.require_open(session, referral, by=by)
    returns.require_may_say(session, referral, result, by=by)
    if said_by not in SAID_BY:
        raise InvalidRecord("said_by", "Choose who said what happened.")
    for field, value in (("before_0_10", before_0_10), ("after_0_10", after_0_10)):
        if value is not None and not 0 <= value <= 10:
            raise InvalidRecord(field, "Give a number from 0 to 10, or leave it empty.")
    said = {"said_by": said_by, "result": result, "before_0_10": before_0_10, "after_0_10": after_0_10, "words": words or None}
    outcome = find_for(session, referral)
    if outcome is None or any(getattr(outcome, name) != value for name, value in said.items()):
        outcome = Outcome(id=new_id(), referral_id=referral.id, need_id=referral.need_id, school_id=referral.school_id, recorded_at=at, **said)
        session.add(outcome)
        session.flush()
    audit.record(session, "outcome:recorded", ("referral", referral.id), by=by, at=at, result=result.value, said_by=said_by)
    state = _SETTLES.get(result)
    if state is not None:
        needs.settle(session, referral.need, state, by=by, at=at)
    return outcome
