"""Asks: at most three things that a head may put to governors, drafted from what a release shows; a person edits them or throws them away."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.db import Base, named, new_id
from partners.foundation.errors import InvalidRecord, NotFound
from partners.impact import area_tables
from partners.impact.counting import NOT_KNOWN
from partners.impact.disclosure import OTHER
from partners.impact.releases import Release

MOST = 3
LONGEST = 600  # characters of an ask


class AskState(StrEnum):
    """What became of a draft."""

    DRAFT = "draft"
    KEPT = "kept"
    DISCARDED = "discarded"


class GovernorAsk(Base):
    """One ask of one release: the draft, and the head's own words in its place."""

    __tablename__ = "governor_asks"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    release_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("releases.id"), index=True)
    position: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    standing: Mapped[AskState] = mapped_column(named(AskState), default=AskState.DRAFT)
    changed_at: Mapped[datetime]


# What would help, where a reason stands in the way of most. Judgements, November 2026.
_WAYS = {
    "Nobody offers it": "Could we invite an organisation that does this work, or share the cost of one with another school?",
    "Full or paused": "Could we help a partner to open more places: with a room, a volunteer, or a small grant?",
    "The wait is too long": "Could we pay for some places now, or find a second partner, so that families need not wait so long?",
    "Not at a time they can come": "Could we offer a room after 5pm, or on a Saturday, so that a partner can come when families can?",
    "Not in their language": "Could we pay for an interpreter, so that a family can be helped in its own language?",
    "Too far": "Could we pay bus fares, or ask a partner to come to us?",
    "The cost": "Could a small fund meet what stands between families and help: a fare, a fee, a pair of boots?",
    "Not for them": "Could a partner widen who it is for, if we asked together with other schools?",
}


def drafts(release: Release, column: str) -> list[str]:
    """Return at most three asks in words, from the figures that the release shows and nothing else."""
    found = []
    group = _most(release, "unmet_groups", column)
    if group is not None:
        found.append(f"About {group[1]} families have a need about {group[0].lower()} that nothing we know of meets. Could we decide where the next pound or hour would go furthest?")
    reason = _most(release, "unmet_reasons", column)
    if reason is not None and reason[0] in _WAYS:
        found.append(f"For about {reason[1]} families the reason is this: {reason[0].lower()}. {_WAYS[reason[0]]}")
    left = _most(release, "left", column)
    if left is not None and left[0] == "The partner was full or paused":
        found.append(f"About {left[1]} families were introduced to a partner that had no place. Could we thank these partners, and ask what would let them open more?")
    elif left is not None and left[0] == "No answer came":
        found.append(f"For about {left[1]} families no answer came. Could a governor who knows these partners ring and ask how they are?")
    area = _most(release, area_tables.of(release).name, column)
    if area is not None:
        found.append(f"About {area[1]} families whose need is not met live in {area[0]}. Could we ask the council or a faith group there for a room?")
    helped = release.cell("partners", "Partners who helped a family", column)
    if isinstance(helped, int) and helped:
        found.append(f"About {helped} partners helped our families. Could governors write and thank them, and invite them in?")
    return found[:MOST]


def _most(release: Release, table: str, column: str) -> tuple[str, int] | None:
    known = release.tables.get(table)
    if known is None or column not in known["columns"]:
        return None
    at = known["columns"].index(column)
    rows = [(label, row[at]) for label, row in zip(known["rows"][:-1], known["cells"][:-1], strict=True) if isinstance(row[at], int) and row[at] and label not in (OTHER, NOT_KNOWN)]
    return max(rows, key=lambda row: row[1]) if rows else None


def draft(session: Session, release: Release, column: str, *, at: datetime) -> list[GovernorAsk]:
    """Keep a release's drafts, once; nothing is sent to anybody."""
    known = list(session.scalars(select(GovernorAsk).where(GovernorAsk.release_id == release.id).order_by(GovernorAsk.position)))
    if known:
        return known
    rows = [
        GovernorAsk(id=new_id(), school_id=release.school_id, release_id=release.id, position=n, words=words, standing=AskState.DRAFT, changed_at=at)
        for n, words in enumerate(drafts(release, column))
    ]
    session.add_all(rows)
    session.flush()
    return rows


def of_release(session: Session, release: Release, *, by: Actor) -> list[GovernorAsk]:
    """Return a release's asks in their order, those thrown away too."""
    access.require(by, "impact:read", release)
    return list(session.scalars(select(GovernorAsk).where(GovernorAsk.release_id == release.id).order_by(GovernorAsk.position)))


def get(session: Session, ask_id: uuid.UUID, *, by: Actor) -> GovernorAsk:
    """Return an ask of the actor's school. Raises NotFound."""
    ask = session.get(GovernorAsk, ask_id)
    if ask is None:
        access.require(by, "impact:read")
        raise NotFound("page")
    access.require(by, "impact:read", ask)
    return ask


def change(session: Session, ask: GovernorAsk, *, words: str, by: Actor, at: datetime) -> GovernorAsk:
    """Put the head's own words in the place of a draft. Raises InvalidRecord where there are none, or over 600 characters."""
    access.require(by, "impact:read", ask)
    said = words.strip()
    if not 1 <= len(said) <= LONGEST:
        raise InvalidRecord("words", f"Write what you would ask, in up to {LONGEST} characters. To leave it out, choose 'Throw away'.")
    ask.words, ask.standing, ask.changed_at = said, AskState.KEPT, at
    session.flush()
    audit.record(session, "impact:ask_changed", ("governor_ask", ask.id), by=by, at=at)
    return ask


def discard(session: Session, ask: GovernorAsk, *, by: Actor, at: datetime) -> GovernorAsk:
    """Throw a draft away; it can be brought back."""
    access.require(by, "impact:read", ask)
    ask.standing, ask.changed_at = (AskState.DRAFT if ask.standing is AskState.DISCARDED else AskState.DISCARDED), at
    session.flush()
    audit.record(session, "impact:ask_discarded", ("governor_ask", ask.id), by=by, at=at, standing=ask.standing.value)
    return ask
