"""Choosing: a person chooses an exchange or puts it aside, each side says yes or no, and what became of it is written down."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import gives as family_gives
from partners.families.gives import FamilyGive
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.matching.exchanges.proposing import Proposed, Step, propose, taken, things, things_used_up
from partners.matching.exchanges.records import CAME, Exchange, ExchangeParty, Handover
from partners.registry import asks, partnerships
from partners.registry.asks import Ask, Give
from partners.registry.organisations import Organisation
from partners.registry.partnerships import Happened

CHANGED = "What is asked for or given has changed since. Look at what could be arranged now."


def _find(session: Session, signature: str, press: str, *, by: Actor, at: datetime) -> Proposed | Exchange:
    access.require(by, "exchange:decide")
    known = session.scalar(select(Exchange).where(Exchange.press == press))
    if known is not None:
        access.require(by, "exchange:decide", known)
        return known
    found = next((p for p in propose(session, by=by, at=at).exchanges if p.signature == signature), None)
    if found is None:
        raise Conflict(CHANGED)
    return found


def choose(session: Session, signature: str, *, press: str, by: Actor, at: datetime) -> Exchange:
    """A person chose an exchange as it was shown: the other sides are asked now. The same press again returns the same one.

    Raises:
        Conflict: an ask or a give changed since it was shown.
    """
    found = _find(session, signature, press, by=by, at=at)
    if isinstance(found, Exchange):
        return found
    _hold(session, found, by, at)
    row = _kept(session, found, press, by, at)
    sides = dict.fromkeys(i for s in found.steps for i in _sides(s))
    row.parties = [
        ExchangeParty(id=new_id(), school_id=row.school_id, position=n, organisation_id=side if kind == "organisation" else None, family_give_id=side if kind == "family" else None)
        for n, (kind, side) in enumerate(sides)
    ]
    session.flush()
    audit.record(session, "exchange:chosen", ("exchange", row.id), by=by, at=at, steps=len(row.handovers))
    _arrange(session, row, by, at)
    return row


def _hold(session: Session, found: Proposed, by: Actor, at: datetime) -> None:
    """Hold the asks until the end of the transaction, and see once more that nobody else chose them or what meets them meanwhile."""
    wanted, given = {s.ask.id for s in found.steps}, {s.give.id for s in found.steps}
    session.execute(select(Ask.id).where(Ask.id.in_(wanted)).order_by(Ask.id).with_for_update())
    busy_asks, busy_gives, _aside = taken(session, by, at)
    if wanted & busy_asks or given & busy_gives:
        raise Conflict(CHANGED)


def _sides(step: Step) -> list[tuple[str, uuid.UUID]]:
    found: list[tuple[str, uuid.UUID]] = []
    if isinstance(step.give, FamilyGive):
        found.append(("family", step.give.id))
    elif step.give.organisation_id is not None:
        found.append(("organisation", step.give.organisation_id))
    if step.ask.organisation_id is not None:
        found.append(("organisation", step.ask.organisation_id))
    return found


def _kept(session: Session, found: Proposed, press: str, by: Actor, at: datetime, *, put_aside: bool = False) -> Exchange:
    row = Exchange(id=new_id(), school_id=by.school_id, press=press, signature=found.signature, chosen_at=at, chosen_by_id=by.user_id, put_aside=put_aside, parties=[])
    row.handovers = [
        Handover(
            id=new_id(), position=n, ask=s.ask, give=s.give if isinstance(s.give, Give) else None,
            family_give=s.give if isinstance(s.give, FamilyGive) else None, says=list(s.says), check_first=list(s.check_first),
        )
        for n, s in enumerate(found.steps)
    ]
    session.add(row)
    session.flush()
    return row


def put_aside(session: Session, signature: str, *, press: str, by: Actor, at: datetime) -> Exchange:
    """A person said 'Not now': these handovers are not proposed together for a month. Raises Conflict as `choose` does."""
    found = _find(session, signature, press, by=by, at=at)
    if isinstance(found, Exchange):
        return found
    row = _kept(session, found, press, by, at, put_aside=True)
    audit.record(session, "exchange:put_aside", ("exchange", row.id), by=by, at=at)
    return row


def get(session: Session, exchange_id: uuid.UUID, *, by: Actor) -> Exchange:
    """Return an exchange of the actor's school, or one that the holder of a partnership's link has a part in. Raises NotFound."""
    row = session.get(Exchange, exchange_id)
    if row is None:
        access.require(by, "exchange:answer")
        raise NotFound("exchange")
    if by.kind == "partnership_link":
        if row.school_id != by.school_id or by.organisation_id not in {p.organisation_id for p in row.parties}:
            raise NotFound("exchange")
        return row
    access.require(by, "exchange:decide", row)
    return row


def listed(session: Session, *, by: Actor) -> list[Exchange]:
    """Return the exchanges that somebody chose, the latest first: a school's, or those with a part for one partner."""
    access.require(by, "exchange:answer")
    rows = session.scalars(select(Exchange).where(Exchange.school_id == by.school_id, Exchange.put_aside.is_(False)).order_by(Exchange.chosen_at.desc(), Exchange.id))
    return [e for e in rows if by.kind != "partnership_link" or by.organisation_id in {p.organisation_id for p in e.parties}]


def answer(session: Session, row: Exchange, party_id: uuid.UUID, *, yes: bool, name: str, by: Actor, at: datetime) -> Exchange:
    """One side says yes or no, by its link or to the school. With every yes it is arranged; one no ends it, and what it held is free again.

    Raises:
        InvalidRecord: nobody's name.
        Conflict: it has ended.
        NotFound: another side's answer.
    """
    party = next((p for p in row.parties if p.id == party_id), None)
    if party is None:
        raise NotFound("page")
    access.require(by, "exchange:answer", party)
    if not 1 <= len(name.strip()) <= 120:
        raise InvalidRecord("name", "Give a first name, so that everybody knows who said so.")
    if party.answer == ("yes" if yes else "no"):
        return row
    if row.ended_at is not None or row.arranged_at is not None:
        raise Conflict("This is settled already. Ring the school if something has changed.")
    party.answer, party.answered_at, party.name = "yes" if yes else "no", at, name.strip()
    session.flush()
    audit.record(session, "exchange:answered", ("exchange", row.id), by=by, at=at, answer=party.answer)
    if not yes:
        row.ended_at, row.ended_because = at, "declined"
        session.flush()
    _arrange(session, row, by, at)
    return row


def _arrange(session: Session, row: Exchange, by: Actor, at: datetime) -> None:
    if row.ended_at is None and row.arranged_at is None and all(p.answer == "yes" for p in row.parties):
        row.arranged_at = at
        session.flush()
        audit.record(session, "exchange:arranged", ("exchange", row.id), by=by, at=at)


def came(session: Session, row: Exchange, handover_id: uuid.UUID, how: str, *, by: Actor, at: datetime) -> Exchange:
    """Record what became of one handover. What was had ends its ask and its give, and stands in the partnership of whoever gave or got it.

    Raises:
        Conflict: it is not arranged yet.
        InvalidRecord, NotFound: no such answer, or no such handover.
    """
    access.require(by, "exchange:decide", row)
    handover = next((h for h in row.handovers if h.id == handover_id), None)
    if handover is None:
        raise NotFound("page")
    if how not in CAME:
        raise InvalidRecord("how", "Choose what became of it.")
    if row.arranged_at is None:
        raise Conflict("Not everybody has said yes yet.")
    if handover.came is None:
        handover.came, handover.came_at = how, at
        if how != "did_not_happen":
            _end_both(session, handover, by, at)
        session.flush()
        audit.record(session, "exchange:came", ("exchange", row.id), by=by, at=at, how=how)
    if row.ended_at is None and all(h.came is not None for h in row.handovers):
        row.ended_at, row.ended_because = at, "done"
        session.flush()
    return row


def _end_both(session: Session, handover: Handover, by: Actor, at: datetime) -> None:
    """End what was met and what was given. Of things that are used up, what is still wanted, or still to be had, stays open."""
    ask, give = handover.ask, handover.give or handover.family_give
    assert give is not None
    there, wanted = give.amount, ask.amount
    if things_used_up(ask.thing) and there < wanted:
        asks.lessen(session, ask, wanted - there, by=by, at=at)
    else:
        asks.end(session, ask, because="met", by=by, at=at)
    if handover.give is not None:
        if things_used_up(ask.thing) and there > wanted:
            asks.lessen(session, handover.give, there - wanted, by=by, at=at)
        else:
            asks.end(session, handover.give, because="given", by=by, at=at)
        _note(session, handover.give.organisation, Happened.THEY_DID, ask.thing, by, at)
        if handover.give.organisation_id is None:
            _note(session, ask.organisation, Happened.WE_DID, ask.thing, by, at)
    if handover.family_give is not None:
        family_gives.end(session, handover.family_give, by=by, at=at)


def _note(session: Session, organisation: Organisation | None, kind: Happened, thing: str, by: Actor, at: datetime) -> None:
    found = partnerships.find(session, organisation.id, by=by) if organisation is not None else None
    if found is not None:
        partnerships.happened(session, found, kind, on=day_of(at), words=things()[thing], by=by, at=at)


def parts_for(row: Exchange, organisation_id: uuid.UUID | None) -> list[Handover]:
    """Return the handovers in which one partner gives or gets, which are all that it is shown."""
    return [h for h in row.handovers if h.ask.organisation_id == organisation_id or (h.give is not None and h.give.organisation_id == organisation_id)]


def giver_of(handover: Handover, school: str) -> str:
    """Return who gives, in words for everybody: 'A family' for a family."""
    if handover.give is None:
        return "A family"
    return handover.give.organisation.name if handover.give.organisation else school


def asker_of(handover: Handover, school: str) -> str:
    """Return who gets it."""
    return handover.ask.organisation.name if handover.ask.organisation else school
