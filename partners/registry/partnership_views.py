"""Views: five plain statements about a partnership, said once a school year by each side. The difference between the two is the finding.

Source: domain guide 8.1. There is no total, no score and no order of partners.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from partners.foundation import access, audit
from partners.foundation.actors import Actor
from partners.foundation.calendars import day_of
from partners.foundation.db import new_id
from partners.foundation.errors import InvalidRecord
from partners.registry.partnerships import Partnership, PartnershipView, Side

STATEMENTS = ("by_name", "not_only_referrals", "changed", "parents_say", "bad_news")
HOW_OFTEN = ("not_yet", "sometimes", "usually")


@dataclass(frozen=True)
class Compared:
    """One statement as each side sees it; `apart` is how many steps lie between, None until both have spoken."""

    statement: str
    school: str | None
    partner: str | None
    apart: int | None


def school_year(on: date) -> int:
    """Return the year in which the school year of a day starts: 1 September.

    >>> school_year(date(2026, 8, 31)), school_year(date(2026, 9, 1))
    (2025, 2026)
    """
    return on.year if on.month >= 9 else on.year - 1


def side_of(by: Actor) -> Side:
    """Return whose view an actor gives."""
    return Side.PARTNER if by.party == "partner" else Side.SCHOOL


def say(session: Session, row: Partnership, answers: dict[str, str], *, name: str, by: Actor, at: datetime, told_by_partner: bool = False) -> PartnershipView:
    """Keep one side's view of this school year; saying it again in the same year puts the new one in its place.

    `told_by_partner` is for a partner who says it to the school, by telephone for one; `name` is then theirs.

    Raises:
        InvalidRecord: a statement without an answer, or no name.
    """
    access.require(by, "partnership:say", row)
    for statement in STATEMENTS:
        if answers.get(statement) not in HOW_OFTEN:
            raise InvalidRecord(statement, "Choose not yet, sometimes or usually.")
    if not 1 <= len(name.strip()) <= 120:
        raise InvalidRecord("name", "Give a first name, so that the other side knows who says so.")
    year, side = school_year(day_of(at)), Side.PARTNER if told_by_partner else side_of(by)
    view = next((v for v in row.views if v.year == year and v.side is side), None)
    if view is None:
        view = PartnershipView(id=new_id(), partnership_id=row.id, year=year, side=side)
        row.views.append(view)
    view.answers, view.name, view.given_at = {s: answers[s] for s in STATEMENTS}, name.strip(), at
    session.flush()
    audit.record(session, "partnership:view_given", ("partnership", row.id), by=by, at=at, side=side.value, year=year)
    return view


def view_of(row: Partnership, year: int, side: Side) -> PartnershipView | None:
    """Return one side's view of a school year, or None."""
    return next((v for v in row.views if v.year == year and v.side is side), None)


def compare(row: Partnership, year: int) -> list[Compared]:
    """Return the five statements as both sides see them in a school year, in the order of the list."""
    ours, theirs = view_of(row, year, Side.SCHOOL), view_of(row, year, Side.PARTNER)
    found = []
    for statement in STATEMENTS:
        a, b = ours.answers[statement] if ours else None, theirs.answers[statement] if theirs else None
        found.append(Compared(statement, a, b, None if a is None or b is None else abs(HOW_OFTEN.index(a) - HOW_OFTEN.index(b))))
    return found


def furthest_apart(rows: list[Compared]) -> Compared | None:
    """Return the statement to talk about first: where the views lie furthest apart, the first of equals; None where they nowhere do."""
    apart = [r for r in rows if r.apart]
    return max(apart, key=lambda r: r.apart or 0) if apart else None
