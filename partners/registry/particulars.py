"""Particulars: what only one kind of offer has: how much of goods, how many at an event, what a room holds, what money is for. One row a fact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from partners.foundation.errors import InvalidRecord

DELIVERY = {"they_deliver": "They deliver", "collect": "It is collected", "either": "Either", "not_known": "Not known"}
MOST_NUMBER = 100_000


def _text(value: Any) -> str:
    return str(value or "")


def _number(value: Any) -> str:
    return "" if value is None else f"{value:,}"


def _day(value: Any) -> str:
    return "" if not value else f"{date.fromisoformat(value).day} {date.fromisoformat(value):%B %Y}"


@dataclass(frozen=True)
class Particular:
    """One fact of some kinds of offer: how it is asked, as `text`, `number`, `day` or `delivery`, and said in words."""

    name: str
    label: str
    kinds: tuple[str, ...]
    form: str = "text"
    hint: str = ""
    asked: bool = True

    @property
    def says(self) -> Callable[[Any], str]:
        """Return how its value is said in words."""
        return {"text": _text, "number": _number, "day": _day, "delivery": lambda v: DELIVERY.get(v or "", "")}[self.form]


# Source: domain guide 9, kinds of exchange.
PARTICULARS: tuple[Particular, ...] = (
    Particular("quantity", "How much there is", ("goods",), hint="For example: 40 winter coats, sizes 3 to 12 years"),
    Particular("delivery", "How it gets to the family", ("goods",), "delivery"),
    Particular("use_by", "Use by", ("goods",), "day", "It is not suggested after this day. Leave empty where there is none.", asked=False),
    Particular("numbers", "How many people can come", ("event", "training"), "number"),
    Particular("welcome", "Who is welcome", ("event",), hint="For example: anybody local, with children of any age"),
    Particular("leads_to", "What it leads to", ("training",), hint="For example: a Level 1 certificate; nothing but the skill"),
    Particular("capacity", "How many people the room holds", ("room",), "number"),
    Particular("room_access", "How to get in, and what is there", ("room",), hint="For example: keys from the office; kitchen; 30 chairs"),
    Particular("time_given", "How much time they give", ("volunteer_time",), hint="For example: two hours a week until July"),
    Particular("skills", "What they can do", ("volunteer_time",)),
    Particular("amount", "How much, at most", ("money",), hint="For example: up to £150 a family"),
    Particular("purpose", "What the money is for", ("money",)),
    Particular("money_conditions", "On which conditions", ("money",), hint="For example: paid to the shop; once a year"),
)
BY_NAME = {row.name: row for row in PARTICULARS}


def of_kind(kind: str | None) -> tuple[Particular, ...]:
    """Return what one kind of offer is asked, in order; nothing for a group, one to one or advice."""
    return tuple(row for row in PARTICULARS if kind in row.kinds)


def check(name: str, value: Any) -> None:
    """Raise InvalidRecord for a particular that cannot be so."""
    form = BY_NAME[name].form
    if value in (None, ""):
        return
    if form == "text" and (not isinstance(value, str) or len(value) > 200):
        raise InvalidRecord(name, "Use at most 200 characters.")
    if form == "number" and (isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MOST_NUMBER):
        raise InvalidRecord(name, f"Give a number from 1 to {MOST_NUMBER:,}.")
    if form == "delivery" and value not in DELIVERY:
        raise InvalidRecord(name, "Choose from the answers on this page.")
    if form == "day":
        try:
            date.fromisoformat(value)
        except (TypeError, ValueError):
            raise InvalidRecord(name, "Give a real day, month and year.") from None


def sentence(kind: str | None, kept: dict[str, Any]) -> str:
    """Return the particulars of a kind as a few plain sentences; '' where nobody has said any."""
    said = [(row.label, row.says(kept.get(row.name))) for row in of_kind(kind)]
    return " ".join(f"{label}: {words}{'' if words.endswith('.') else '.'}" for label, words in said if words and words != "Not known")
