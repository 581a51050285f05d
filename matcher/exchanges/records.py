"""Asks and gives: what a party would like and what it can let others have. The same requirement forms as a need's, the other way round."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from matcher.answers import Reason
from matcher.errors import InvalidRecord
from matcher.exchanges.things import THINGS, nearest
from matcher.records import Offer, Place, Request, Requirement, Session

ASKABLE = ("language", "feature", "time", "not_time", "travel")


def _check(where: str, thing: str, amount: float, from_on: date | None, until_on: date | None) -> None:
    faults = []
    if thing not in THINGS:
        faults.append(f"{where}: thing: is {thing[:60]!r}, which is not in the list; the nearest is {nearest(thing)!r}")
    if not 0 < amount < float("inf"):
        faults.append(f"{where}: amount: is {amount}; it should be above 0")
    if from_on is not None and until_on is not None and from_on > until_on:
        faults.append(f"{where}: until_on: is {until_on}, before {from_on}; it should be that day or later")
    if faults:
        raise InvalidRecord(faults)


@dataclass(frozen=True)
class Ask:
    """Something a party would like: `amount` in the thing's unit, wanted on days from `from_on` up to `until_on`, at `place` if it has one.

    Raises InvalidRecord on an unknown thing, an amount that is not above 0, or a last day before the first.
    """

    id: str
    party: str
    thing: str
    amount: float = 1
    requirements: tuple[Requirement, ...] = ()
    place: Place | None = None
    from_on: date | None = None
    until_on: date | None = None

    def __post_init__(self) -> None:
        _check(f"ask {self.id}", self.thing, self.amount, self.from_on, self.until_on)
        other = sorted({r.what for r in self.requirements} - set(ASKABLE))
        if other:
            raise InvalidRecord([f"ask {self.id}: requirements: {', '.join(other)} cannot be asked of a give; it should be one of {', '.join(ASKABLE)}"])


@dataclass(frozen=True)
class Give:
    """Something a party can let others have. `shares` is how many asks it can answer; `in_exchange` says that it goes only with something in return.

    What a family gives is never `in_exchange`, and `freely` builds it so: giving is never a condition for help, nor help for giving.
    Raises InvalidRecord as Ask does, and where `shares` is below 1.
    """

    id: str
    party: str
    thing: str
    amount: float = 1
    shares: int = 1
    in_exchange: bool = False
    sessions: tuple[Session, ...] = ()
    any_time: bool = False
    languages: tuple[str, ...] = ("en",)
    features: dict[str, str] = field(default_factory=dict)
    place: Place | None = None
    comes_to_you: bool = False
    from_on: date | None = None
    until_on: date | None = None

    def __post_init__(self) -> None:
        _check(f"give {self.id}", self.thing, self.amount, self.from_on, self.until_on)
        if self.shares < 1:
            raise InvalidRecord([f"give {self.id}: shares: is {self.shares}; it should be 1 or more"])

    def as_offer(self) -> Offer:
        """Return the give in the shape that the criteria judge, so that a time or a language means the same as in a suggestion."""
        return Offer(
            self.id, self.party, self.party, THINGS[self.thing].label, (), "open", None, languages=self.languages, sessions=self.sessions,
            any_time=self.any_time, features=dict(self.features), place=self.place, modes=("home_visit",) if self.comes_to_you else ("in_person",),
        )


@dataclass(frozen=True)
class Handover:
    """One give that meets one ask. The points of its reasons add up to its score (thousandths)."""

    give: str
    ask: str
    giver: str
    asker: str
    score: int
    reasons: tuple[Reason, ...]
    check_first: tuple[str, ...]


@dataclass(frozen=True)
class Exchange:
    """What could be arranged: one handover, a swap of two, or a round of three in which each gives to the next."""

    handovers: tuple[Handover, ...]

    @property
    def parties(self) -> tuple[str, ...]:
        """Who takes part, each once, in the order of the round."""
        return tuple(dict.fromkeys([h.giver for h in self.handovers] + [h.asker for h in self.handovers]))


@dataclass(frozen=True)
class Proposal:
    """The best cover: the exchanges, the asks that nothing meets with the first reason, and the bound that no cover can pass."""

    exchanges: tuple[Exchange, ...]
    unmet: tuple[tuple[str, str], ...]
    met: int
    score: int
    bound_met: int
    bound_score: int


def asked_by(ask: Ask, on: datetime, terms: tuple[tuple[date, date], ...] | None) -> Request:
    """Return the ask in the shape that the criteria judge."""
    return Request(ask.id, on, "no", (), home=ask.place, terms=terms, requirements=ask.requirements)
