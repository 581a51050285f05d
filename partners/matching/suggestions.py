"""Suggestions: what the matcher proposed for a family, kept just as it was shown. Nothing here acts."""

from __future__ import annotations

import logging
import threading
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.families import families, needs, setting_aside
from partners.families.families import Family
from partners.families.needs import Need, NeedState
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import Base, new_id
from partners.foundation.errors import InvalidRecord, NotFound, SafetyStop
from partners.matching import caps
from partners.matching.requests import offer_record, registry_version, reply_records, request_record
from partners.referrals import referrals
from partners.referrals.referrals import Referral
from partners.registry import offers
from partners.registry.offers import AvailabilityState, Offer

if TYPE_CHECKING:
    from matcher import Matcher

log = logging.getLogger(__name__)
STALE_AFTER = timedelta(days=7)  # what was found longer ago is looked for again before anything is offered; judgement, November 2026


class SuggestionRun(Base):
    """One answer of the matcher, never changed after: what was asked, what was shown, and by which policy."""

    __tablename__ = "suggestion_runs"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    family_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("families.id"), index=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[uuid.UUID | None]
    policy: Mapped[str] = mapped_column(String(40))
    answer: Mapped[dict[str, Any]]


_FITTED: WeakKeyDictionary[Any, tuple[tuple[Any, ...], Any]] = WeakKeyDictionary()
_FITTING = threading.Lock()


def matcher_for(session: Session, *, at: datetime | None = None) -> Matcher:
    """Return a matcher fitted to the registry as it is now, shared by requests until an offer changes or, with `at`, a monthly cap is reached."""
    from matcher import Matcher
    from matcher.errors import InvalidOffer
    from matcher.records import Offer as OfferRecord

    engine = session.get_bind().engine
    capped = caps.reached(session, at=at) if at is not None else frozenset()
    over = caps.past_use_by(session, at=at) if at is not None else {}
    version = (*registry_version(session), capped, *sorted(over.values()), day_of(at) if at is not None else None)
    with _FITTING:
        known = _FITTED.get(engine)
        if known is not None and known[0] == version:
            return known[1]
    replies = reply_records(session)
    # Who says how many places are left speaks for the places alone; that day is no field of the contract's offer.
    records: list[OfferRecord] = []
    for offer in offers.listed(session):
        if not offer.needs or offer.confirmed_on is None:
            continue
        row = _dated(offer_record(offer, replies.get(offer.organisation_id), on=day_of(at) if at is not None else None), is_capped=offer.id in capped, until=over.get(offer.id))
        try:
            records.append(replace(OfferRecord.from_dict(row), availability_on=offer.availability_on))
        except InvalidOffer:
            # One record that cannot be read may not take every other offer from every family.
            log.error("Offer %s cannot be read by matching, so it is not suggested. Open it and save its parts again.", offer.id)
    fitted = Matcher().fit(records)
    with _FITTING:
        _FITTED[engine] = (version, fitted)
    return fitted


def _dated(record: dict[str, Any], *, is_capped: bool, until: str | None) -> dict[str, Any]:
    """Return an offer's record as it is today: full where its cap is reached, and over where its goods had to be used by a day that is past."""
    if is_capped:
        record = record | {"availability": {**record["availability"], "state": "full"}}
    if until is not None:
        week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        # Whatever is delivered suits any time, and what suits any time is never over: so not here.
        modes = [m for m in record["modes"] if m not in ("delivery", "recorded")] or ["in_person"]
        record = record | {"any_time": False, "modes": modes, "sessions": [{"days": week, "starts": "00:00", "ends": "23:59", "until": until}]}
    return record


def find(session: Session, family: Family, *, by: Actor, at: datetime) -> SuggestionRun:
    """Ask the matcher about a family's open needs, and keep its answer.

    Raises:
        InvalidRecord: the family has no open need.
        SafetyStop: somebody may be at risk, or a need is one that goes to the safeguarding lead.
    """
    from matcher.records import Request

    access.require(by, "family:match", family)
    setting_aside.require_may_act(family)
    open_needs = [n for n in needs.of_family(session, family, by=by) if n.state in (NeedState.OPEN, NeedState.UNMET, NeedState.PARTLY_MET)][-10:]
    if not open_needs:
        raise InvalidRecord("needs", "Choose what would help first.")
    record = request_record(session, family, open_needs, by=by, at=at)
    answer = matcher_for(session, at=at).suggest(Request.from_dict(record)).to_dict()
    if answer["stopped"] is not None:
        families.stop(session, family, by=by, at=at)
        raise SafetyStop(answer["stopped"])
    run = SuggestionRun(
        id=new_id(), school_id=family.school_id, family_id=family.id, made_at=at, made_by_id=by.user_id, policy=answer["policy"], answer=answer,
    )
    session.add(run)
    session.flush()
    audit.record(session, "suggestions:found", ("run", run.id), by=by, at=at, policy=run.policy, needs=len(open_needs))
    return run


def get(session: Session, run_id: uuid.UUID, *, by: Actor) -> SuggestionRun:
    """Return a run of the actor's school. Raises NotFound."""
    run = session.get(SuggestionRun, run_id)
    if run is None:
        access.require(by, "family:match")
        raise NotFound("page")
    access.require(by, "family:match", run)
    return run


def latest(session: Session, family: Family, *, by: Actor) -> SuggestionRun | None:
    """Return a family's latest run, or None."""
    access.require(by, "family:match", family)
    return session.scalar(select(SuggestionRun).where(SuggestionRun.family_id == family.id).order_by(SuggestionRun.made_at.desc()).limit(1))


def suggested(run: SuggestionRun, need: Need, offer_id: uuid.UUID) -> dict[str, Any] | None:
    """Return the suggestion of an offer for a need in a run, as it was shown, or None where it was not among them."""
    for row in run.answer["needs"]:
        if row["id"] == str(need.id):
            return next((s for s in row["suggestions"] if s["offer"] == str(offer_id)), None)
    return None


def untried(session: Session, run: SuggestionRun, need: Need) -> list[dict[str, Any]]:
    """Return a run's suggestions for a need in their order, without the offers that were tried for it and could not help."""
    gone = {str(r.offer_id) for r in referrals.tried(session, need.id)}
    row = next((n for n in run.answer["needs"] if n["id"] == str(need.id)), None)
    return [s for s in row["suggestions"] if s["offer"] not in gone] if row else []


def next_best(session: Session, referral: Referral, *, by: Actor, at: datetime) -> tuple[SuggestionRun, dict[str, Any], Offer] | None:
    """Return what stood next when the family's list was last looked at, for a referral that ended without help; None where that is long ago or nothing is open.

    It is told to a person, who chooses it as a new referral with a new agreement, or looks again. Nothing is chosen here.
    """
    run = latest(session, referral.family, by=by)
    if run is None or at - run.made_at > STALE_AFTER or not referral.family.in_use or referral.need.state is not NeedState.OPEN:
        return None
    for suggestion in untried(session, run, referral.need):
        offer = next(iter(offers.of_ids(session, [uuid.UUID(suggestion["offer"])])), None)
        if offer is not None and offer.archived_at is None and offer.availability not in (AvailabilityState.PAUSED, AvailabilityState.FULL) and offer.places_left != 0:
            return run, suggestion, offer
    return None
