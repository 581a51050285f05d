"""Proposing: the best cover of what is asked for by what is given, with its reasons. Nothing is kept."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from partners.families import gives as family_gives
from partners.families import schools
from partners.families.gives import FamilyGive
from partners.foundation import access
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of, london
from partners.foundation.postcodes import locate
from partners.matching.exchanges.records import Exchange
from partners.registry import asks, organisations
from partners.registry.asks import Ask, Give
from partners.registry.places import Place

if TYPE_CHECKING:
    from matcher import exchanges as engine
    from matcher.records import Place as Point

NOT_NOW_DAYS = 30  # how long what somebody put aside is not proposed again; judgement, November 2026
SCHOOL = "school"


@dataclass(frozen=True)
class Step:
    """One handover of a proposal: who gives what to whom, where and when, and why it fits. `giver` is None for a family."""

    ask: Ask
    give: Give | FamilyGive
    giver: str | None
    asker: str
    label: str
    says: tuple[str, ...]
    check_first: tuple[str, ...]
    where: str = ""

    @property
    def when(self) -> str:
        """When it is free, in plain words: days and times, then the span of dates; empty where nobody said."""
        return "" if isinstance(self.give, FamilyGive) else spoken_terms(self.give)


@dataclass(frozen=True)
class Proposed:
    """One exchange that could be: `signature` names exactly these handovers."""

    signature: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class WhyNot:
    """One give that does not meet an ask: whose it is (None for a family), how much of it there is and when, and every rule that it breaks."""

    giver: str | None
    amount: float
    when: str
    says: tuple[str, ...]


@dataclass(frozen=True)
class Proposals:
    """What could be arranged, and the asks that nothing meets with the first reason; whether it is proven that no more can be met.

    `left_out` has, for each ask that nothing meets, the gives of the same thing and why each does not.
    """

    exchanges: tuple[Proposed, ...]
    unmet: tuple[tuple[Ask, str], ...]
    met: int
    proven: bool
    left_out: dict[uuid.UUID, tuple[WhyNot, ...]] = field(default_factory=dict)


def things() -> dict[str, str]:
    """Return the label of each thing that can be asked for and given."""
    from matcher.exchanges import THINGS

    return {code: thing.label for code, thing in THINGS.items()}


def units() -> dict[str, str]:
    """Return what each thing's amount counts."""
    from matcher.exchanges import THINGS

    return {code: thing.unit for code, thing in THINGS.items()}


def things_used_up(thing: str) -> bool:
    """Whether a thing is used up by being given, so that part of it meets part of an ask: goods and money, not a room or an evening."""
    from matcher.exchanges import THINGS

    return THINGS[thing].kind in ("goods", "money")


def propose(session: Session, *, by: Actor, at: datetime) -> Proposals:
    """Return the best cover of what is asked for by what is given in the actor's school's circle. Nothing is kept."""
    from matcher import exchanges as engine

    access.require(by, "exchange:decide")
    school = schools.get(session, by.school_id)  # type: ignore[arg-type]
    busy_asks, busy_gives, aside = taken(session, by, at)
    wanting = {str(a.id): a for a in asks.open_asks(session, by=by, on=day_of(at)) if a.id not in busy_asks}
    giving: dict[str, Give | FamilyGive] = {str(g.id): g for g in asks.open_gives(session, by=by, on=day_of(at)) if g.id not in busy_gives}
    giving |= {str(g.id): g for g in family_gives.open_gives(session, by=by) if g.id not in busy_gives}
    spots = _places(session)
    points = {str(i): point for i, p in spots.items() if (point := _point(p)) is not None} | _school_point(school.postcode)
    terms = tuple((t.starts_on, t.ends_on) for t in school.terms) or None
    wanted, given = [_ask_record(a, points) for a in wanting.values()], [_give_record(g, points) for g in giving.values()]
    found = engine.propose(wanted, given, on=london(at), terms=terms)
    names = organisations.names(session)
    told = _Words(wanting, giving, names, school.name, {i: _said(p) for i, p in spots.items()})
    made = tuple(_proposed([told.step(h) for h in e.handovers]) for e in found.exchanges)
    asked = {a.id: a for a in wanted}
    left_out = {
        wanting[i].id: tuple(told.why_not(g, says) for g, says in engine.left_out(asked[i], given, found, on=london(at), terms=terms)) for i, _ in found.unmet
    }
    why_unmet = dict(found.unmet)
    return Proposals(
        tuple(p for p in made if p.signature not in aside), tuple((a, why_unmet[i]) for i, a in wanting.items() if i in why_unmet), found.met, found.met == found.bound_met, left_out,
    )


def taken(session: Session, by: Actor, at: datetime) -> tuple[set[uuid.UUID], set[uuid.UUID | None], set[str]]:
    """Return the asks and the gives that a living exchange of the actor's school holds, and the signatures that were put aside lately."""
    rows = list(session.scalars(select(Exchange).where(Exchange.school_id == by.school_id)))
    live = [e for e in rows if not e.put_aside and e.ended_at is None]
    return (
        {h.ask_id for e in live for h in e.handovers}, {i for e in live for h in e.handovers for i in (h.give_id, h.family_give_id)},
        {e.signature for e in rows if (e.put_aside or e.ended_because == "declined") and at - (e.ended_at or e.chosen_at) < timedelta(days=NOT_NOW_DAYS)},
    )


def _places(session: Session) -> dict[uuid.UUID, Place]:
    """Return the place of each organisation that has one: the first by name whose point is known. A withheld place is never read."""
    rows = session.scalars(select(Place).where(Place.withheld.is_(False)).order_by(Place.latitude.is_(None), Place.name, Place.id))
    found: dict[uuid.UUID, Place] = {}
    for place in rows:
        found.setdefault(place.organisation_id, place)
    return found


def _point(place: Place) -> Point | None:
    from matcher.records import Place as Point

    return Point(place.latitude, place.longitude) if place.latitude is not None and place.longitude is not None else None


def _school_point(postcode: str | None) -> dict[str, Point]:
    from matcher.records import Place as Point

    located = locate(postcode) if postcode else None
    return {SCHOOL: Point(located.latitude, located.longitude)} if located else {}


def _said(place: Place) -> str:
    return ", ".join(part for part in (place.name, place.postcode or "") if part)


def spoken_terms(row: Ask | Give) -> str:
    """Return the days, times and dates of an ask or a give in plain words; empty for any time."""
    span = _span(row.from_on, row.until_on)
    return ", ".join(part for part in (row.times(), span) if part)


def _span(first: date | None, last: date | None) -> str:
    return " ".join(part for part in (f"from {first:%-d %B %Y}" if first else "", f"until {last:%-d %B %Y}" if last else "") if part)


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


@dataclass(frozen=True)
class _Words:
    """What the engine's ids stand for, to say a handover in words."""

    wanting: dict[str, Ask]
    giving: dict[str, Give | FamilyGive]
    names: dict[uuid.UUID, str]
    school: str
    places: dict[uuid.UUID, str]

    def giver(self, give: Give | FamilyGive) -> str | None:
        """Return who gives: None for a family."""
        if isinstance(give, FamilyGive):
            return None
        return self.names.get(give.organisation_id, "") if give.organisation_id else self.school

    def step(self, found: engine.Handover) -> Step:
        """Return one handover with its reasons."""
        ask, give = self.wanting[found.ask], self.giving[found.give]
        asker = self.names.get(ask.organisation_id, "") if ask.organisation_id else self.school
        return Step(ask, give, self.giver(give), asker, things()[ask.thing], tuple(r.says for r in found.reasons), found.check_first, self.where(ask, give))

    def where(self, ask: Ask, give: Give | FamilyGive) -> str:
        """Return where it is: the giver's place, or the asker's where it is brought. Nothing of a family's."""
        if isinstance(give, FamilyGive):
            return ""
        row: Ask | Give = ask if give.comes_to_you else give
        return self.places.get(row.organisation_id, "") if row.organisation_id else self.school

    def why_not(self, give_id: str, says: tuple[str, ...]) -> WhyNot:
        """Return one give that does not meet an ask."""
        give = self.giving[give_id]
        return WhyNot(self.giver(give), give.amount, "" if isinstance(give, FamilyGive) else spoken_terms(give), says)


def _proposed(steps: list[Step]) -> Proposed:
    pairs = sorted(f"{s.give.id}:{s.ask.id}" for s in steps)
    return Proposed(hashlib.sha256("|".join(pairs).encode("ascii")).hexdigest(), tuple(steps))


def as_records(found: Proposals) -> dict[str, Any]:
    """Return proposals as plain records for `kith exchanges --json`, with no family in them."""
    return {
        "met": found.met, "proven": found.proven,
        "exchanges": [
            {
                "signature": p.signature,
                "handovers": [
                    {"give": str(s.give.id), "ask": str(s.ask.id), "from": s.giver or "a family", "to": s.asker, "thing": s.ask.thing, "where": s.where, "when": s.when, "says": list(s.says), "check_first": list(s.check_first)}
                    for s in p.steps
                ],
            }
            for p in found.exchanges
        ],
        "unmet": [
            {"ask": str(a.id), "thing": a.thing, "because": why, "left_out": [{"from": w.giver or "a family", "amount": w.amount, "when": w.when, "because": list(w.says)} for w in found.left_out[a.id]]}
            for a, why in found.unmet
        ],
    }
