"""Referrals: what a person decided and sent, and every move since. The only room that changes a referral's state."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.families import agreements, needs, schools
from partners.families.families import Family, require_no_stop
from partners.families.needs import Need
from partners.foundation import access, audit, outbox
from partners.foundation.actors import Actor
from partners.foundation.calendars import add_working_days, day_of
from partners.foundation.db import Base, named, new_id
from partners.foundation.errors import IllegalMove, InvalidRecord, NotFound, StaleRecord
from partners.foundation.sealing import Sealed
from partners.referrals import mends, moves
from partners.referrals.moves import LIVE, Kind, Move, State
from partners.registry import offers as registry
from partners.registry.offers import Offer

MOST_ASK_FIRST = 3  # judgement, November 2026 (domain guide 5.2, rule 16)


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
    meeting: Mapped[str | None] = mapped_column(Sealed)
    code: Mapped[str | None] = mapped_column(String(40))
    weeks: Mapped[int | None]
    created_by_id: Mapped[uuid.UUID | None]
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
    """Return the live referrals of the actor's school or organisation, the soonest due first. Families with the lead are left out."""
    query = access.visible(select(Referral), Referral, by).join(Family).where(Referral.state.in_(LIVE), Family.with_dsl_at.is_(None))
    rows = session.scalars(query).unique()
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
    require_no_stop(need.family)
    others = [r for r in of_family(session, need.family, by=by) if r.need_id == need.id and r.state in LIVE and r.state is not State.DRAFT]
    introductions = [r for r in others if r.kind in moves.NEEDS_AGREEMENT]
    if kind in moves.NEEDS_AGREEMENT and introductions:
        raise InvalidRecord("kind", f"There is an introduction to {introductions[0].offer.name} already. Stop that one first, or wait for its answer.")
    if kind is Kind.ASK_FIRST and sum(r.kind is Kind.ASK_FIRST for r in others) >= MOST_ASK_FIRST:
        raise InvalidRecord("kind", "Three partners have been asked already. Wait for one of them to answer.")
    referral = Referral(
        id=new_id(), school_id=need.school_id, family=need.family, need=need, offer=offer, organisation_id=offer.organisation_id,
        run_id=run_id, press=press, kind=kind, state=State.DRAFT, next_owner="flo", chosen_because=chosen_because or None,
        created_by_id=by.user_id, created_at=at, events=[],
    )
    session.add(referral)
    session.flush()
    _write(session, referral, "choose", before="new", by=by, at=at)
    return referral


def move(
    session: Session, referral: Referral, action: str, *, by: Actor, at: datetime, seen_version: int | None = None, **facts: Any
) -> Referral:
    """Make one move of the table, with everything it asks for, or none of it.

    The same press twice has one effect: a move that just took place, asked for again by the same party, changes nothing.

    Raises:
        IllegalMove: the table has no such move now.
        StaleRecord: the referral moved on since `seen_version`.
        AgreementMissing, SafetyStop, InvalidRecord, Conflict: what the move needs is not there; the message says what.
    """
    party = _party(by, action)
    access.require(by, f"referral:as_{party if party != 'flo' or not _is_partners(action) else 'partner'}", referral)
    last = referral.events[-1] if referral.events else None
    if last is not None and last.action == action and last.party == party and (seen_version is None or seen_version < referral.version):
        return referral
    if seen_version is not None and seen_version != referral.version:
        raise StaleRecord("referral", seen=seen_version, now=referral.version)
    row = moves.find_move(referral.state, action, party, referral.kind)
    for need in row.needs:
        _GUARDS[need](session, referral, row, at, by, facts)
    before = referral.state
    for effect in _EFFECTS.get(action, ()):
        effect(session, referral, at, by, facts)
    referral.state, referral.next_owner = row.to, row.next_owner
    referral.due_on = _due_on(session, referral, at)
    if row.to not in LIVE:
        referral.ended_at = at
        outbox.cancel_for_referral(session, referral.id, at=at)
    session.flush()
    _write(session, referral, action, before=before.value, by=by, at=at, note=facts.get("note") or facts.get("question") or facts.get("answer"),
           spoke_with=facts.get("spoke_with"), code=facts.get("code"))
    return referral


def _is_partners(action: str) -> bool:
    return any(m.action == action and m.parties == {"partner"} for m in moves.MOVES)


def _party(by: Actor, action: str) -> str:
    if by.party == "none" and action == "reopen" and "admin" in by.roles:
        return "admin"
    return by.party


def _write(session: Session, referral: Referral, action: str, *, before: str, by: Actor, at: datetime, note: str | None = None, spoke_with: str | None = None, code: str | None = None) -> None:
    referral.events.append(ReferralEvent(
        id=new_id(), position=len(referral.events), at=at, action=action, before=before, after=referral.state.value, party=by.party,
        name=by.name, note=note or None, spoke_with=spoke_with or None,
    ))
    session.flush()
    facts = {"kind": referral.kind.value, "to": referral.state.value} | ({"code": code} if code else {})
    audit.record(session, f"referral:{action}", ("referral", referral.id), by=by, at=at, **facts)


def closed_spans(session: Session, referral: Referral, on: date) -> list[tuple[date, date]]:
    """Return the days on which nobody is expected to act on a referral: the school's closures and the partner's pause."""
    school = schools.get(session, referral.school_id)
    spans = school.closed_spans(start=on, end=on + timedelta(days=180)) if school.terms and school.terms[-1].ends_on > on else []
    if referral.offer.paused_until is not None:
        spans = [*spans, (on, referral.offer.paused_until)]
    return spans


def _due_on(session: Session, referral: Referral, at: datetime) -> date | None:
    today = day_of(at)
    if referral.state not in LIVE:
        return None
    if referral.state is State.TOLD:
        return today + timedelta(days=moves.CHECK_IN_DAYS[0])
    if referral.state in (State.CONTACTED, State.SUPPORTING):
        start = day_of(referral.contacted_at or at)
        return next((start + timedelta(days=n) for n in moves.CHECK_IN_DAYS if start + timedelta(days=n) > today), today + timedelta(days=moves.CHECK_IN_DAYS[1]))
    days = {State.SENT: _promise(referral), State.VIEWED: _promise(referral), State.ACCEPTED: moves.CONTACT_DAYS, State.INFO_REQUESTED: 1}.get(referral.state)
    if referral.state is State.WAITLISTED:
        return today + timedelta(weeks=referral.weeks or 4)
    if days is None:
        return today
    if referral.need.within is needs.Within.TODAY and referral.state in (State.SENT, State.VIEWED, State.ACCEPTED):
        return today
    start = day_of(referral.sent_at) if referral.sent_at and referral.state is not State.INFO_REQUESTED else today
    return add_working_days(start, days, closed=closed_spans(session, referral, start))


def _promise(referral: Referral) -> int:
    return min(moves.REPLY_DAYS, referral.offer.reply_promise_days)


# --- what a move needs ------------------------------------------------------------------------------------------------

def _no_stop(_session: Session, referral: Referral, _row: Move, _at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
    require_no_stop(referral.family)


def _agreement(session: Session, referral: Referral, row: Move, at: datetime, _by: Actor, facts: dict[str, Any]) -> None:
    kind = Kind.INTRODUCE if row.action == "introduce" else referral.kind
    if kind not in moves.NEEDS_AGREEMENT:
        return
    wanted = facts.get("agreement_id") or referral.agreement_id
    agreement = agreements.require_live(session, wanted, organisation_id=referral.organisation_id, need_id=referral.need_id, at=at)
    referral.agreement_id = agreement.id


def _not_paused(_session: Session, referral: Referral, _row: Move, at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
    offer = referral.offer
    if offer.archived_at is not None or (offer.availability is registry.AvailabilityState.PAUSED and (offer.paused_until is None or offer.paused_until > day_of(at))):
        raise InvalidRecord("offer", f"{offer.name} is paused. Look at the suggestions again for what else there is.")


def _within_ten_minutes(_session: Session, referral: Referral, row: Move, at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    if referral.sent_at is None or at - referral.sent_at > timedelta(minutes=moves.RECALL_MINUTES):
        raise IllegalMove(referral.state.value, row.action, by.party)


def _who_answered(_session: Session, _referral: Referral, _row: Move, _at: datetime, by: Actor, facts: dict[str, Any]) -> None:
    if by.party == "flo" and not (facts.get("spoke_with") or "").strip():
        raise InvalidRecord("spoke_with", "Say who you spoke with.")


def _place(session: Session, referral: Referral, _row: Move, _at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
    registry.take_place(session, referral.offer)
    referral.place_taken = True


def _weeks(_session: Session, referral: Referral, _row: Move, _at: datetime, _by: Actor, facts: dict[str, Any]) -> None:
    weeks = facts.get("weeks")
    if not isinstance(weeks, int) or not 1 <= weeks <= 156:
        raise InvalidRecord("weeks", "Say about how many weeks the wait is, from 1 to 156.")
    referral.weeks = weeks


def _text(field: str, message: str, most: int = 2000) -> Any:
    def guard(_session: Session, _referral: Referral, _row: Move, _at: datetime, _by: Actor, facts: dict[str, Any]) -> None:
        if not 1 <= len((facts.get(field) or "").strip()) <= most:
            raise InvalidRecord(field, message)

    return guard


def _code(codes: dict[str, str], message: str) -> Any:
    def guard(_session: Session, referral: Referral, _row: Move, _at: datetime, _by: Actor, facts: dict[str, Any]) -> None:
        if facts.get("code") not in codes:
            raise InvalidRecord("code", message)
        referral.code = facts["code"]

    return guard


def _introduced(_session: Session, referral: Referral, row: Move, _at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    if referral.kind is Kind.ASK_FIRST or (referral.state is State.TOLD and by.party != "flo"):
        raise IllegalMove(referral.state.value, row.action, by.party)


def _not_finished(_session: Session, referral: Referral, row: Move, _at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    if referral.finished_at is not None:
        raise IllegalMove(referral.state.value, row.action, by.party)


def _contact_checked(_session: Session, _referral: Referral, _row: Move, _at: datetime, by: Actor, facts: dict[str, Any]) -> None:
    if by.party == "flo" and facts.get("contact_checked") is not True:
        raise InvalidRecord("contact_checked", "Check with the family that the number or address is still safe and right, then tick this.")


def _outcome(session: Session, referral: Referral, _row: Move, _at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
    from partners.referrals import outcomes

    if outcomes.find_for(session, referral) is None:
        raise InvalidRecord("outcome", "Record what happened with this need first: met, partly, not met, not needed or not known.")


def _overdue(session: Session, referral: Referral, row: Move, at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    start = day_of(referral.sent_at or at)
    if day_of(at) < add_working_days(start, moves.EXPIRE_DAYS, closed=closed_spans(session, referral, start)):
        raise IllegalMove(referral.state.value, row.action, by.party)


def _within_a_year(_session: Session, referral: Referral, row: Move, at: datetime, by: Actor, _facts: dict[str, Any]) -> None:
    if referral.ended_at is None or at - referral.ended_at > timedelta(days=365):
        raise IllegalMove(referral.state.value, row.action, by.party)


_GUARDS = {
    "no_stop": _no_stop, "agreement": _agreement, "not_paused": _not_paused, "within_ten_minutes": _within_ten_minutes,
    "who_answered": _who_answered, "place": _place, "weeks": _weeks, "introduced": _introduced, "not_finished": _not_finished,
    "contact_checked": _contact_checked, "outcome": _outcome, "overdue": _overdue, "within_a_year": _within_a_year,
    "question": _text("question", "Write your question, without names, in at most 2,000 characters."),
    "answer": _text("answer", "Write your answer, in at most 2,000 characters."),
    "note": _text("note", "Write a note on why it is opened again."),
    "decline_code": _code(moves.DECLINE_CODES, "Choose the reason that fits best. None of them is held against you."),
    "withdraw_code": _code(moves.WITHDRAW_CODES, "Choose why it stops."),
}


# --- what a move does besides ------------------------------------------------------------------------------------------

def _stamp(field: str) -> Any:
    def effect(_session: Session, referral: Referral, at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
        if getattr(referral, field) is None:
            setattr(referral, field, at)

    return effect


def _unstamp_sent(session: Session, referral: Referral, at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
    referral.sent_at = None
    outbox.cancel_for_referral(session, referral.id, at=at)


def _becomes_introduction(_session: Session, referral: Referral, _at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
    referral.kind = Kind.INTRODUCE


def _return_place(session: Session, referral: Referral, _at: datetime, _by: Actor, _facts: dict[str, Any]) -> None:
    if referral.place_taken and referral.state in (State.ACCEPTED, State.CONTACTED):
        registry.give_back_place(session, referral.offer)
        referral.place_taken = False


def _end_agreement(session: Session, referral: Referral, at: datetime, by: Actor, facts: dict[str, Any]) -> None:
    if referral.agreement_id is not None and facts.get("code") in ("agreement_withdrawn", "changed_mind"):
        agreement = agreements.get(session, referral.agreement_id)
        if by.kind == "user":
            agreements.withdraw(session, agreement, by=by, at=at)


def _offer_is_full(_session: Session, referral: Referral, at: datetime, _by: Actor, facts: dict[str, Any]) -> None:
    if facts.get("code") in ("full", "paused"):
        state = registry.AvailabilityState.FULL if facts["code"] == "full" else registry.AvailabilityState.PAUSED
        referral.offer.availability, referral.offer.availability_on = state, day_of(at)
        referral.offer.paused_until = facts.get("until") if state is registry.AvailabilityState.PAUSED else None
        if state is registry.AvailabilityState.FULL:
            referral.offer.places_left = 0


_EFFECTS: dict[str, tuple[Any, ...]] = {
    "send": (_stamp("sent_at"),),
    "recall": (_unstamp_sent,),
    "accept": (_stamp("replied_at"), _stamp("accepted_at")),
    "wait": (_stamp("replied_at"),),
    "ask": (_stamp("replied_at"),),
    "decline": (_stamp("replied_at"), _offer_is_full, mends.offer_may_be_wrong),
    "introduce": (_becomes_introduction,),
    "contact": (_stamp("contacted_at"),),
    "finish": (_stamp("finished_at"),),
    "withdraw": (_return_place, _end_agreement),
    "could_not_reach": (_return_place,),
}
