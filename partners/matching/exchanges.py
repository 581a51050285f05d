"""Exchanges: asks met by gives, one to one, in swaps of two and rounds of three. The engine proposes and explains; a person chooses; each side says yes.

What a family gives goes freely and stands for itself: it is in no swap and no round, and no page of this room shows what a family gets.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from partners.families import gives as family_gives
from partners.families import schools
from partners.families.gives import FamilyGive
from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of, london
from partners.foundation.db import Base, new_id
from partners.foundation.errors import Conflict, InvalidRecord, NotFound
from partners.foundation.postcodes import locate
from partners.foundation.sealing import Sealed
from partners.registry import asks, organisations, partnerships
from partners.registry.asks import Ask, Give
from partners.registry.organisations import Organisation
from partners.registry.partnerships import Happened
from partners.registry.places import Place

if TYPE_CHECKING:
    from matcher import exchanges as engine
    from matcher.records import Place as Point

NOT_NOW_DAYS = 30  # how long what somebody put aside is not proposed again; judgement, November 2026
CAME = {"received": "It was received", "used": "It was used", "did_not_happen": "It didn't happen"}
SCHOOL = "school"


class Exchange(Base):
    """One exchange that a person chose, or put aside. Each other side says yes for itself before it is arranged."""

    __tablename__ = "exchanges"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    press: Mapped[str] = mapped_column(String(64), unique=True)
    signature: Mapped[str] = mapped_column(String(64), index=True)
    chosen_at: Mapped[datetime]
    chosen_by_id: Mapped[uuid.UUID | None]
    put_aside: Mapped[bool] = mapped_column(default=False)
    arranged_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(String(20))
    handovers: Mapped[list[Handover]] = relationship(order_by="Handover.position", lazy="selectin")
    parties: Mapped[list[ExchangeParty]] = relationship(order_by="ExchangeParty.position", lazy="selectin")

    @property
    def stands(self) -> str:
        """Where it stands: asked, arranged, done, declined or put_aside."""
        if self.put_aside:
            return "put_aside"
        if self.ended_at is not None:
            return self.ended_because or "done"
        return "arranged" if self.arranged_at is not None else "asked"


class Handover(Base):
    """One give that meets one ask, with the reasons as they were shown when it was chosen."""

    __tablename__ = "handovers"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    exchange_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exchanges.id"), index=True)
    position: Mapped[int]
    ask_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("asks.id"), index=True)
    give_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("gives.id"), index=True)
    family_give_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("family_gives.id"), index=True)
    says: Mapped[list[str]]
    check_first: Mapped[list[str]]
    came: Mapped[str | None] = mapped_column(String(20))
    came_at: Mapped[datetime | None]
    ask: Mapped[Ask] = relationship(lazy="joined")
    give: Mapped[Give | None] = relationship(lazy="joined")
    family_give: Mapped[FamilyGive | None] = relationship(lazy="joined")


class ExchangeParty(Base):
    """One side of an exchange other than the school, and what it said."""

    __tablename__ = "exchange_parties"
    __table_args__ = (UniqueConstraint("exchange_id", "position"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    exchange_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exchanges.id"), index=True)
    school_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("schools.id"))
    position: Mapped[int]
    organisation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    family_give_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("family_gives.id"))
    answer: Mapped[str | None] = mapped_column(String(10))
    answered_at: Mapped[datetime | None]
    name: Mapped[str | None] = mapped_column(Sealed)


@dataclass(frozen=True)
class Step:
    """One handover of a proposal: who gives what to whom, and why it fits. `giver` is None for a family."""

    ask: Ask
    give: Give | FamilyGive
    giver: str | None
    asker: str
    label: str
    says: tuple[str, ...]
    check_first: tuple[str, ...]


@dataclass(frozen=True)
class Proposed:
    """One exchange that could be: `signature` names exactly these handovers."""

    signature: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Proposals:
    """What could be arranged, and the asks that nothing meets with the first reason; whether it is proven that no more can be met."""

    exchanges: tuple[Proposed, ...]
    unmet: tuple[tuple[Ask, str], ...]
    met: int
    proven: bool


def things() -> dict[str, str]:
    """Return the label of each thing that can be asked for and given."""
    from matcher.exchanges import THINGS

    return {code: thing.label for code, thing in THINGS.items()}


def units() -> dict[str, str]:
    """Return what each thing's amount counts."""
    from matcher.exchanges import THINGS

    return {code: thing.unit for code, thing in THINGS.items()}


def propose(session: Session, *, by: Actor, at: datetime) -> Proposals:
    """Return the best cover of what is asked for by what is given in the actor's school's circle. Nothing is kept."""
    from matcher import exchanges as engine

    access.require(by, "exchange:decide")
    school = schools.get(session, by.school_id)  # type: ignore[arg-type]
    busy_asks, busy_gives, aside = _taken(session, by, at)
    wanting = {str(a.id): a for a in asks.open_asks(session, by=by, on=day_of(at)) if a.id not in busy_asks}
    giving: dict[str, Give | FamilyGive] = {str(g.id): g for g in asks.open_gives(session, by=by, on=day_of(at)) if g.id not in busy_gives}
    giving |= {str(g.id): g for g in family_gives.open_gives(session, by=by) if g.id not in busy_gives}
    points = _points(session, school.postcode)
    terms = tuple((t.starts_on, t.ends_on) for t in school.terms) or None
    found = engine.propose([_ask_record(a, points) for a in wanting.values()], [_give_record(g, points) for g in giving.values()], on=london(at), terms=terms)
    names = organisations.names(session)
    made = tuple(_proposed([_step(h, wanting, giving, names, school.name) for h in e.handovers]) for e in found.exchanges)
    return Proposals(
        tuple(p for p in made if p.signature not in aside), tuple((wanting[i], why) for i, why in found.unmet), found.met, found.met == found.bound_met,
    )


def _taken(session: Session, by: Actor, at: datetime) -> tuple[set[uuid.UUID], set[uuid.UUID | None], set[str]]:
    rows = list(session.scalars(select(Exchange).where(Exchange.school_id == by.school_id)))
    live = [e for e in rows if not e.put_aside and e.ended_at is None]
    return (
        {h.ask_id for e in live for h in e.handovers}, {i for e in live for h in e.handovers for i in (h.give_id, h.family_give_id)},
        {e.signature for e in rows if (e.put_aside or e.ended_because == "declined") and at - (e.ended_at or e.chosen_at) < timedelta(days=NOT_NOW_DAYS)},
    )


def _points(session: Session, school_postcode: str | None) -> dict[str, Point]:
    from matcher.records import Place as Point

    rows = session.scalars(select(Place).where(Place.withheld.is_(False), Place.latitude.is_not(None)))
    found = {str(p.organisation_id): Point(p.latitude, p.longitude) for p in rows if p.latitude is not None and p.longitude is not None}
    located = locate(school_postcode) if school_postcode else None
    return found | ({SCHOOL: Point(located.latitude, located.longitude)} if located else {})


def _party(row: Ask | Give | FamilyGive) -> str:
    if isinstance(row, FamilyGive):
        return f"family-{row.id}"  # each give stands for itself: two gives of one family are never drawn together
    return str(row.organisation_id) if row.organisation_id else SCHOOL


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _ask_record(row: Ask, points: dict[str, Point]) -> engine.Ask:
    from matcher.exchanges import Ask as AskRecord
    from matcher.records import Requirement

    wanted = []
    if row.days:
        span = (_minutes(row.starts), _minutes(row.ends)) if row.starts and row.ends else (0, 24 * 60)
        wanted.append(Requirement("time", True, days=tuple(_WEEK.index(d) for d in row.days), from_minute=span[0], until_minute=span[1]))
    if row.language:
        wanted.append(Requirement("language", True, value=row.language))
    return AskRecord(str(row.id), _party(row), row.thing, row.amount, tuple(wanted), points.get(_party(row)), row.from_on, row.until_on)


def _give_record(row: Give | FamilyGive, points: dict[str, Point]) -> engine.Give:
    from matcher.exchanges import Give as GiveRecord
    from matcher.records import Session as SessionRecord

    languages = ("en", row.language) if row.language else ("en",)
    if isinstance(row, FamilyGive):
        return GiveRecord(str(row.id), _party(row), row.thing, row.amount, languages=languages, any_time=True)
    sessions: tuple[SessionRecord, ...] = ()
    if row.days:
        span = (_minutes(row.starts), _minutes(row.ends)) if row.starts and row.ends else (0, 24 * 60)
        sessions = (SessionRecord(tuple(_WEEK.index(d) for d in row.days), *span),)
    return GiveRecord(
        str(row.id), _party(row), row.thing, row.amount, in_exchange=row.in_exchange, sessions=sessions, any_time=not row.days, languages=languages,
        place=points.get(_party(row)), comes_to_you=row.comes_to_you, from_on=row.from_on, until_on=row.until_on,
    )


def _step(
    found: engine.Handover, wanting: dict[str, Ask], giving: dict[str, Give | FamilyGive], names: dict[uuid.UUID, str], school: str,
) -> Step:
    ask, give = wanting[found.ask], giving[found.give]
    giver = None if isinstance(give, FamilyGive) else names.get(give.organisation_id, "") if give.organisation_id else school
    asker = names.get(ask.organisation_id, "") if ask.organisation_id else school
    return Step(ask, give, giver, asker, things()[ask.thing], tuple(r.says for r in found.reasons if r.verdict != "not_known"), found.check_first)


def _proposed(steps: list[Step]) -> Proposed:
    pairs = sorted(f"{s.give.id}:{s.ask.id}" for s in steps)
    return Proposed(hashlib.sha256("|".join(pairs).encode("ascii")).hexdigest(), tuple(steps))


def _find(session: Session, signature: str, press: str, *, by: Actor, at: datetime) -> Proposed | Exchange:
    access.require(by, "exchange:decide")
    known = session.scalar(select(Exchange).where(Exchange.press == press))
    if known is not None:
        access.require(by, "exchange:decide", known)
        return known
    found = next((p for p in propose(session, by=by, at=at).exchanges if p.signature == signature), None)
    if found is None:
        raise Conflict("What is asked for or given has changed since. Look at what could be arranged now.")
    return found


def choose(session: Session, signature: str, *, press: str, by: Actor, at: datetime) -> Exchange:
    """A person chose an exchange as it was shown: the other sides are asked now. The same press again returns the same one.

    Raises:
        Conflict: an ask or a give changed since it was shown.
    """
    found = _find(session, signature, press, by=by, at=at)
    if isinstance(found, Exchange):
        return found
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
    asks.end(session, handover.ask, because="met", by=by, at=at)
    if handover.give is not None:
        asks.end(session, handover.give, because="given", by=by, at=at)
        _note(session, handover.give.organisation, Happened.THEY_DID, handover.ask.thing, by, at)
        if handover.give.organisation_id is None:
            _note(session, handover.ask.organisation, Happened.WE_DID, handover.ask.thing, by, at)
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


def as_records(found: Proposals) -> dict[str, Any]:
    """Return proposals as plain records for `kith exchanges --json`, with no family in them."""
    return {
        "met": found.met, "proven": found.proven,
        "exchanges": [
            {
                "signature": p.signature,
                "handovers": [
                    {"give": str(s.give.id), "ask": str(s.ask.id), "from": s.giver or "a family", "to": s.asker, "thing": s.ask.thing, "says": list(s.says), "check_first": list(s.check_first)}
                    for s in p.steps
                ],
            }
            for p in found.exchanges
        ],
        "unmet": [{"ask": str(a.id), "thing": a.thing, "because": why} for a, why in found.unmet],
    }
