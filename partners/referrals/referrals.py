"""Referrals: what a person decided and sent, and every move since. The only room that changes a referral's state."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.families import requirements
from partners.families.families import Family
from partners.families.needs import Need, NeedState
from partners.families.setting_aside import require_may_act
from partners.foundation import access, audit, outbox
from partners.foundation.actors import Actor
from partners.foundation.db import Base, named, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound, PartnersError, StaleRecord
from partners.foundation.sealing import Sealed
from partners.referrals import clocks, guards, moves, recipients, shutting
from partners.referrals.moves import LIVE, Kind, Move, State
from partners.registry.offers import Offer

MOST_ASK_FIRST = 3  # judgement, November 2026 (domain guide 5.2, rule 16)
STILL_MOVES_FROZEN = ("withdraw", "expire")
FROZEN = "This offer belongs to another organisation now. The family agreed to the first one, so nothing more can be done here but stopping it. Ask the family again about the new one."


class Referral(Base):
    """One introduction for one need to one offer."""

    __tablename__ = "referrals"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    need_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("needs.id"), index=True)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("suggestion_runs.id"))
    press: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[Kind] = mapped_column(named(Kind))
    state: Mapped[State] = mapped_column(named(State), default=State.DRAFT, index=True)
    next_owner: Mapped[str] = mapped_column(String(20), default="flo")
    due_on: Mapped[date | None]
    agreement_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("agreements.id"))
    place_taken: Mapped[bool] = mapped_column(default=False)
    chosen_because: Mapped[str | None] = mapped_column(Sealed)
    mentions: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    meeting: Mapped[str | None] = mapped_column(Sealed)
    meets_at: Mapped[datetime | None]
    meets_where: Mapped[str | None] = mapped_column(String(10))
    meets_changes: Mapped[int | None]
    code: Mapped[str | None] = mapped_column(String(40))
    weeks: Mapped[int | None]
    created_by_id: Mapped[uuid.UUID | None]
    owner_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    follows_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("referrals.id"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    replied_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    family: Mapped[Family] = relationship(lazy="joined")
    need: Mapped[Need] = relationship(lazy="joined")
    offer: Mapped[Offer] = relationship(lazy="joined")
    events: Mapped[list[ReferralEvent]] = relationship(order_by="ReferralEvent.position", lazy="selectin")

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_thought_about(self) -> bool:
        """Whether the family was asked for its yes, and wants to think about it."""
        return bool(self.events) and self.events[-1].action == "think"

    @property
    def is_frozen(self) -> bool:
        """Whether its offer has gone to another organisation since: the family agreed to the first one, so nothing more may happen but stopping."""
        return self.offer.organisation_id != self.organisation_id


class ReferralEvent(Base):
    """One move, as it happened: who, when, from what to what, and a note that is sealed."""

    __tablename__ = "referral_events"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    position: Mapped[int]
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(30))
    before: Mapped[str] = mapped_column(String(20))
    after: Mapped[str] = mapped_column(String(20))
    party: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(Sealed)
    spoke_with: Mapped[str | None] = mapped_column(Sealed)
    note: Mapped[str | None] = mapped_column(Sealed)


def get(session: Session, referral_id: uuid.UUID, *, by: Actor, action: str = "referral:read") -> Referral:
    """Return a referral this actor may see. Another's and a missing one raise the same NotFound."""
    referral = session.get(Referral, referral_id)
    if referral is None:
        access.require(by, action)
        raise NotFound("referral")
    access.require(by, action, referral)
    return referral


def of_family(session: Session, family: Family, *, by: Actor) -> list[Referral]:
    """Return a family's referrals, the latest first."""
    access.require(by, "family:read", family)
    return list(session.scalars(select(Referral).where(Referral.family_id == family.id).order_by(Referral.created_at.desc(), Referral.id)).unique())


def live(session: Session, *, by: Actor) -> list[Referral]:
    """Return the live referrals of the actor's school or organisation, the soonest due first. Families with the lead, those whose records are set aside, and what is shut for a partner that asks, are left out."""
    query = access.visible(select(Referral), Referral, by).join(Family).where(Referral.state.in_(LIVE), Family.in_use)
    rows = [r for r in session.scalars(query).unique() if by.party != "partner" or not shutting.is_shut(session, r)]
    return sorted(rows, key=lambda r: (r.due_on or date.max, r.created_at, r.id))


def choose(
    session: Session, need: Need, offer: Offer, kind: Kind, *, press: str, by: Actor, at: datetime, run_id: uuid.UUID | None = None,
    chosen_because: str | None = None,
) -> Referral:
    """A person chose this offer for this need, and how. Pressing the same button again returns the same draft.

    Raises:
        InvalidRecord: the need is settled, or has a live introduction already, or three ask-firsts.
        SafetyStop: the family is with the safeguarding lead.
    """
    access.require(by, "referral:choose", need)
    known = session.scalar(select(Referral).where(Referral.press == press))
    if known is not None:
        access.require(by, "referral:read", known)
        return known
    require_may_act(need.family)
    recipients.require_may_know(need.family, offer)
    others = [r for r in of_family(session, need.family, by=by) if r.need_id == need.id and r.state in LIVE and r.state is not State.DRAFT]
    introductions = [r for r in others if r.kind in moves.NEEDS_AGREEMENT]
    if kind in moves.NEEDS_AGREEMENT and introductions:
        raise InvalidRecord("kind", f"There is an introduction to {introductions[0].offer.name} already. Stop that one first, or wait for its answer.")
    if kind is Kind.ASK_FIRST and sum(r.kind is Kind.ASK_FIRST for r in others) >= MOST_ASK_FIRST:
        raise InvalidRecord("kind", "Three partners have been asked already. Wait for one of them to answer.")
    referral = Referral(
        id=new_id(), school_id=need.school_id, family=need.family, need=need, offer=offer, organisation_id=offer.organisation_id,
        run_id=run_id, press=press, kind=kind, state=State.DRAFT, next_owner="flo", chosen_because=chosen_because or None,
        created_by_id=by.user_id, owner_id=by.user_id, follows_id=_followed(session, need), created_at=at, events=[],
    )
    session.add(referral)
    _write(referral, "choose", before="new", by=by, at=at)
    session.flush()
    _audit(session, referral, "choose", by=by, at=at)
    return referral


def _followed(session: Session, need: Need) -> uuid.UUID | None:
    """Return the referral that a new one for the same need comes after: the last that ended without help, unless another came after it already."""
    ended = (State.DECLINED, State.EXPIRED, State.WITHDRAWN, State.CLOSED)
    last = session.scalars(select(Referral).where(Referral.need_id == need.id, Referral.state.in_(ended)).order_by(Referral.ended_at.desc(), Referral.id)).unique().first()
    if last is None or session.scalar(select(Referral.id).where(Referral.follows_id == last.id)) is not None:
        return None
    return last.id


def before(session: Session, referral: Referral) -> Referral | None:
    """Return the referral that this one came after, or None."""
    return session.get(Referral, referral.follows_id) if referral.follows_id else None


def after(session: Session, referral: Referral) -> list[Referral]:
    """Return the referrals that came after this one for the same need, the oldest first."""
    return list(session.scalars(select(Referral).where(Referral.follows_id == referral.id).order_by(Referral.created_at)).unique())


def tried(session: Session, need_id: uuid.UUID) -> list[Referral]:
    """Return what was tried for a need and ended without help, the latest first: a person sees it beside the same offer."""
    ended = (State.DECLINED, State.EXPIRED, State.WITHDRAWN)
    return list(session.scalars(select(Referral).where(Referral.need_id == need_id, Referral.state.in_(ended)).order_by(Referral.ended_at.desc(), Referral.id)).unique())


def under_way(session: Session, need_id: uuid.UUID) -> list[Referral]:
    """Return what is being prepared or under way for a need, the earliest first."""
    return list(session.scalars(select(Referral).where(Referral.need_id == need_id, Referral.state.in_(LIVE)).order_by(Referral.created_at, Referral.id)).unique())


def unattended(session: Session, *, by: Actor) -> list[tuple[Need, Referral | None]]:
    """Return the open needs of the actor's school with nothing under way, each with what was tried last; the longest open first."""
    access.require(by, "family:match")
    query = select(Need).join(Family).where(Need.school_id == by.school_id, Need.state == NeedState.OPEN, Family.in_use, Family.archived_at.is_(None))
    under_way = select(Referral.need_id).where(Referral.school_id == by.school_id, Referral.state.in_(LIVE))
    rows = session.scalars(query.where(Need.id.not_in(under_way)).order_by(Need.opened_at, Need.id)).unique().all()
    last: dict[uuid.UUID, Referral] = {}
    for referral in session.scalars(select(Referral).where(Referral.need_id.in_([n.id for n in rows])).order_by(Referral.created_at)).unique():
        last[referral.need_id] = referral
    return [(need, last.get(need.id)) for need in rows]


def mention(session: Session, referral: Referral, rules: list[dict[str, Any]], *, by: Actor, at: datetime) -> Referral:
    """Record which requirements the family said may be mentioned when a partner is asked without names. None is a full answer.

    Raises:
        Conflict: it was sent, or it is an introduction, whose agreement says what may be mentioned.
        InvalidRecord: one that is not asked for any more.
    """
    access.require(by, "referral:as_flo", referral)
    if referral.kind is not Kind.ASK_FIRST or referral.state not in (State.DRAFT, State.READY):
        raise Conflict("What may be mentioned is said before a question without names is sent.")
    requirements.require_mentionable(session, referral.family, rules)
    referral.mentions = list(rules)
    session.flush()
    audit.record(session, "referral:mentions_said", ("referral", referral.id), by=by, at=at, count=len(rules))
    return referral


def move(
    session: Session, referral: Referral, action: str, *, by: Actor, at: datetime, seen_version: int | None = None, **facts: Any
) -> Referral:
    """Make one move of the table, with everything it asks for, or none of it.

    The same press twice has one effect: a move that just took place, asked for again by the same party, changes nothing.

    Raises:
        IllegalMove: the table has no such move now.
        NothingToDo: a partner presses where it is shut.
        StaleRecord: the referral moved on since `seen_version`.
        AgreementMissing, SafetyStop, InvalidRecord, Conflict: what the move needs is not there; the message says what.
    """
    party = _party(by, action)
    access.require(by, f"referral:as_{party if party != 'flo' or not _is_partners(action) else 'partner'}", referral)
    shutting.require_open(session, referral, by=by)
    last = referral.events[-1] if referral.events else None
    if last is not None and last.action == action and last.party == party and (seen_version is None or seen_version < referral.version):
        return referral
    if seen_version is not None and seen_version != referral.version:
        raise StaleRecord("referral", seen=seen_version, now=referral.version)
    row = moves.find_move(referral.state, action, party, referral.kind)
    if referral.is_frozen and action not in STILL_MOVES_FROZEN:
        raise Conflict(FROZEN)
    for need in row.needs:
        guards.GUARDS[need](session, referral, row, at, by, facts)
    came_from = referral.state
    for effect in guards.EFFECTS.get(action, ()):
        effect(session, referral, at, by, facts)
    referral.state, referral.next_owner = row.to, row.next_owner
    _write(referral, action, before=came_from.value, by=by, at=at, note=facts.get("note") or facts.get("question") or facts.get("answer"), spoke_with=facts.get("spoke_with"))
    referral.due_on = clocks.due_on(session, referral, at)
    if row.to not in LIVE:
        referral.ended_at = at
        outbox.cancel_for_referral(session, referral.id, at=at)
    session.flush()
    _audit(session, referral, action, by=by, at=at, code=facts.get("code"))
    return referral


def possible(session: Session, referral: Referral, *, by: Actor, at: datetime) -> tuple[Move, ...]:
    """Return the moves of the table that this actor could make now: those whose time has passed, or that a stop or a freeze forbids, are not among them.

    What a move still asks the person for (a reason, who was spoken with, the family's yes) does not keep it out.
    """
    if by.party == "partner" and shutting.is_shut(session, referral):
        return ()
    rows = moves.allowed(referral.state, by.party, referral.kind)
    return tuple(row for row in rows if (not referral.is_frozen or row.action in STILL_MOVES_FROZEN) and not _out_of_time(session, referral, row, by=by, at=at))


def _out_of_time(session: Session, referral: Referral, row: Move, *, by: Actor, at: datetime) -> bool:
    for need in row.needs:
        if need in guards.ABOUT_NOW:
            try:
                guards.GUARDS[need](session, referral, row, at, by, {})
            except PartnersError:
                return True
    return False


def _is_partners(action: str) -> bool:
    return any(m.action == action and m.parties == {"partner"} for m in moves.MOVES)


def _party(by: Actor, action: str) -> str:
    if by.party == "none" and action == "reopen" and "admin" in by.roles:
        return "admin"
    return by.party


def _write(referral: Referral, action: str, *, before: str, by: Actor, at: datetime, note: str | None = None, spoke_with: str | None = None) -> None:
    referral.events.append(ReferralEvent(
        id=new_id(), position=len(referral.events), at=at, action=action, before=before, after=referral.state.value, party=by.party,
        name=by.name, note=note or None, spoke_with=spoke_with or None,
    ))


def _audit(session: Session, referral: Referral, action: str, *, by: Actor, at: datetime, code: str | None = None) -> None:
    facts = {"kind": referral.kind.value, "to": referral.state.value} | ({"code": code} if code else {})
    audit.record(session, f"referral:{action}", ("referral", referral.id), by=by, at=at, **facts)
