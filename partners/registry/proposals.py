"""Proposals: what a partner would change, with only the changed fields, until the school accepts or declines it with a word.

Places left, a pause and further dates act at once: nobody is misled by them. Everything else waits for a person at the school.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.registry import checks, edits, offer_fields, tasks, times
from partners.registry.offer_fields import BY_NAME
from partners.registry.offers import Offer
from partners.registry.tasks import TaskKind

MOST_WAITING = 5  # for one offer; judgement, November 2026
MOST_DATES_AHEAD_DAYS = 400


class Proposal(Base):
    """One partner's changes to one offer: each field as it was when they wrote, and as they would have it."""

    __tablename__ = "offer_proposals"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(String(500), default="")
    said_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(120))
    accepted: Mapped[bool | None]
    word: Mapped[str] = mapped_column(String(500), default="")
    offer: Mapped[Offer] = relationship(lazy="joined")


def propose(session: Session, offer: Offer, facts: dict[str, Any], *, name: str, by: Actor, at: datetime, note: str = "") -> Proposal:
    """Keep a partner's changes until the school looks at them. The offer itself does not change.

    Raises:
        InvalidRecord: nothing is different, a field that partners do not change, a value that cannot be, or too many wait already.
    """
    access.require(by, "offer:propose", offer)
    offer_fields.check(facts)
    before = edits.facts_of(session, offer)
    wanted = edits.differing(before, facts)
    if any(not BY_NAME[f].partner for f in wanted):
        raise InvalidRecord("note", "Only the school changes this. Ring them, or write it as a note.")
    if not wanted and not note.strip():
        raise InvalidRecord("note", "Nothing is different yet. Change what is not right, or write what changed.")
    if len(waiting_for(session, offer)) >= MOST_WAITING:
        raise InvalidRecord("note", "Some changes wait for the school already. Please ring them.")
    proposal = Proposal(
        id=new_id(), offer=offer, organisation_id=offer.organisation_id, before={f: _changed(f, before[f], wanted[f]) for f in wanted}, after={f: _changed(f, wanted[f], before[f]) for f in wanted}, note=note.strip()[:500],
        said_by=name.strip()[:120] or by.name[:120], made_at=at, word="",
    )
    session.add(proposal)
    session.flush()
    checks.note_answer(session, offer.organisation_id, at=at)
    audit.record(session, "offer:proposed", ("proposal", proposal.id), by=by, at=at, fields=list(wanted))
    return proposal


def _changed(name: str, these: Any, those: Any) -> Any:
    """Return a value as a proposal keeps it: of features only those that differ, so that accepting leaves the others as they are by then."""
    if name != "features":
        return these
    return {code: (these or {}).get(code, "not_known") for code in {**(these or {}), **(those or {})} if (these or {}).get(code, "not_known") != (those or {}).get(code, "not_known")}


def facts_accepted(session: Session, proposal: Proposal) -> dict[str, Any]:
    """Return what accepting a proposal would make the offer's facts: its own, and of features the others as they are now."""
    facts = dict(proposal.after)
    return facts | {"features": {**proposal.offer.features, **facts["features"]}} if "features" in facts else facts


def add_date(session: Session, offer: Offer, line: str, *, name: str, by: Actor, at: datetime) -> Offer:
    """Add one date, said in words such as '5 December 2026 10:00 to 12:00'. It acts at once. Raises InvalidRecord for one that is past or cannot be read."""
    access.require(by, "offer:propose", offer)
    rows = times.read(line)
    if len(rows) != 1 or not times.is_one_day(rows[0]):
        raise InvalidRecord("date_line", "Write one date, like: 5 December 2026 10:00 to 12:00.")
    if not 0 <= (date.fromisoformat(rows[0]["from"]) - day_of(at)).days <= MOST_DATES_AHEAD_DAYS:
        raise InvalidRecord("date_line", "Give a day from today, within about a year.")
    known = [s.record() for s in offer.sessions]
    if rows[0] in known:
        return offer
    return edits.change(session, offer, {"sessions": [*known, rows[0]]}, by=by, at=at, seen=edits.number_of(session, offer), how="date", action="offer:propose", name=name)


def waiting(session: Session, *, by: Actor) -> list[Proposal]:
    """Return the proposals that wait for the school, the oldest first."""
    access.require(by, "offer:change")
    rows = session.scalars(select(Proposal).where(Proposal.decided_at.is_(None)).order_by(Proposal.made_at, Proposal.id)).unique()
    return [p for p in rows if p.offer.archived_at is None]


def waiting_for(session: Session, offer: Offer) -> list[Proposal]:
    """Return the proposals about one offer that wait, the oldest first."""
    return list(session.scalars(select(Proposal).where(Proposal.offer_id == offer.id, Proposal.decided_at.is_(None)).order_by(Proposal.made_at)).unique())


def latest_for(session: Session, offer: Offer) -> Proposal | None:
    """Return the newest proposal about an offer, so that a partner sees what became of it; or None."""
    return session.scalars(select(Proposal).where(Proposal.offer_id == offer.id).order_by(Proposal.made_at.desc(), Proposal.id).limit(1)).unique().first()


def get(session: Session, proposal_id: uuid.UUID, *, by: Actor) -> Proposal:
    """Return a proposal. Raises NotFound."""
    access.require(by, "offer:change")
    proposal = session.get(Proposal, proposal_id)
    if proposal is None:
        raise NotFound("proposal")
    return proposal


def overtaken(session: Session, proposal: Proposal) -> dict[str, Any]:
    """Return the fields that somebody changed since the partner wrote, as they are now."""
    now = edits.facts_of(session, proposal.offer)
    if "features" in proposal.before:
        now["features"] = {code: now["features"].get(code, "not_known") for code in proposal.before["features"]}
    return {f: now[f] for f in edits.differing(proposal.before, {f: now[f] for f in proposal.before})}


def accept(session: Session, proposal: Proposal, *, by: Actor, at: datetime, seen: int, word: str = "") -> Proposal:
    """Make a partner's changes the offer's. It confirms nothing. A second press changes nothing.

    Raises:
        StaleEdit: somebody edited the offer since the person looked (`seen`), with both versions.
        Conflict: it was declined in between.
    """
    access.require(by, "offer:change", proposal.offer)
    if proposal.decided_at is not None:
        if proposal.accepted:
            return proposal
        raise Conflict("Somebody declined these changes in between. Nothing was changed.")
    offer = proposal.offer
    edits.change(session, offer, facts_accepted(session, proposal), by=by, at=at, seen=seen, how="proposal", name=f"{proposal.said_by}, accepted by {by.name}")
    offer.flagged_wrong_at = None
    tasks.settle(session, offer, (TaskKind.WRONG, TaskKind.MISSED), by=by, at=at)
    return _decide(session, proposal, True, word, by=by, at=at)


def decline(session: Session, proposal: Proposal, *, word: str, by: Actor, at: datetime) -> Proposal:
    """Leave the offer as it is, with a word that the partner reads. Raises InvalidRecord without one, and Conflict where it was accepted in between."""
    access.require(by, "offer:change", proposal.offer)
    if not word.strip():
        raise InvalidRecord("word", "Write a word to the partner on why not.")
    if proposal.decided_at is not None:
        if not proposal.accepted:
            return proposal
        raise Conflict("Somebody accepted these changes in between. You can put the version before back.")
    return _decide(session, proposal, False, word, by=by, at=at)


def _decide(session: Session, proposal: Proposal, accepted: bool, word: str, *, by: Actor, at: datetime) -> Proposal:
    proposal.decided_at, proposal.decided_by, proposal.accepted, proposal.word = at, by.name[:120], accepted, word.strip()[:500]
    session.flush()
    audit.record(session, "offer:proposal_accepted" if accepted else "offer:proposal_declined", ("proposal", proposal.id), by=by, at=at)
    return proposal

