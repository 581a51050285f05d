"""Schedules (HSDS `schedule`): the regular sessions of an offer, by weekday: every week, every other week, or some weeks of the month. Europe/London time."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from partners.foundation.db import Base, new_id

DAY_NAMES = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday"}


def days_in_words(days: list[str]) -> str:
    """Return weekdays in words: 'Tuesday', 'Tuesday and Thursday', 'Monday to Friday' for three or more in a row."""
    order = list(DAY_NAMES)
    names, at = [DAY_NAMES[d] for d in days], [order.index(d) for d in days]
    if len(days) >= 3 and at == list(range(at[0], at[0] + len(at))):
        return f"{names[0]} to {names[-1]}"
    return joined(names)


# Which of a weekday's days in a month: the first to the fourth, and the last. A fifth comes in some months only, so it stays words.
NTH_NAMES = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
FORTNIGHT_WEEKS = 2
WEEKS_NOT_KNOWN = "in which weeks is not known"


def joined(words: list[str]) -> str:
    """Return words as a list in a sentence: 'a', 'a and b', 'a, b and c'."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def regularly_in_words(row: dict[str, Any]) -> str:
    """Return on which days a session's record comes round: 'Tuesday', 'First and third Tuesday of each month,', 'Every other Wednesday,'."""
    if row.get("nth"):
        counted = joined([NTH_NAMES[n] for n in row["nth"]])
        return f"{_capital(joined([f'{counted} {DAY_NAMES[d]}' for d in row['days']]))} of each month,"
    return f"Every other {days_in_words(row['days'])}," if row.get("every_weeks", 1) == FORTNIGHT_WEEKS else days_in_words(row["days"])


def day_in_words(day: date, *, weekday: bool = False) -> str:
    """Return a day in full: '5 December 2026', or 'Saturday 5 December 2026'."""
    return f"{f'{day:%A} ' if weekday else ''}{day.day} {day:%B %Y}"


def fortnight_in_words(row: dict[str, Any], *, on: date | None = None) -> str:
    """Return which of every two weeks a session is in: its next date from a day where that can be told, a date of its own, or that nobody knows."""
    if row.get("every_weeks", 1) != FORTNIGHT_WEEKS:
        return ""
    if not row.get("anchor"):
        return f", {WEEKS_NOT_KNOWN}"
    anchor = date.fromisoformat(row["anchor"])
    # Which weeks are term is a school's to say, so a next date in term time is not told here.
    if on is not None and row.get("weeks", "all_year") == "all_year":
        first = max(on, date.fromisoformat(row["from"])) if row.get("from") else on
        following = next(day for day in (first + timedelta(days=n) for n in range(28)) if is_in_its_weeks(row, day))
        if not row.get("until") or following <= date.fromisoformat(row["until"]):
            return f", next on {day_in_words(following)}"
    return f", one of them on {day_in_words(anchor)}"


def is_in_its_weeks(row: dict[str, Any], day: date) -> bool:
    """Whether a day is one of a session's weekdays, in one of its weeks: every week, or the anchor's week and each second one from there, by Mondays."""
    if list(DAY_NAMES)[day.weekday()] not in row["days"]:
        return False
    if row.get("every_weeks", 1) == 1:
        return True
    anchor = date.fromisoformat(row["anchor"])
    return (day - timedelta(days=day.weekday()) - anchor + timedelta(days=anchor.weekday())).days % (7 * row["every_weeks"]) == 0


class OfferSession(Base):
    """One regular session: on these weekdays, from `starts` to `ends` (HH:MM), in which weeks, between which days.

    `nth` says which of a weekday's days in each month (1 to 4, -1 the last; none: all of them). `every_weeks` 2 is every other week; the week of
    `anchor_on` is one of its weeks, and where nobody has said one, its next date is not known. A session has one of the two at most.
    """

    __tablename__ = "offer_sessions"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    days: Mapped[list[str]]
    starts: Mapped[str] = mapped_column(String(5))
    ends: Mapped[str] = mapped_column(String(5))
    weeks: Mapped[str] = mapped_column(String(20), default="all_year")
    mode: Mapped[str | None] = mapped_column(String(20))
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    nth: Mapped[list[int]] = mapped_column(default=list)
    every_weeks: Mapped[int] = mapped_column(default=1)
    anchor_on: Mapped[date | None]

    def record(self) -> dict[str, Any]:
        """Return the session as a plain record, as `times` reads and says it: what it does not have is left out."""
        row: dict[str, Any] = {"days": self.days, "starts": self.starts, "ends": self.ends, "weeks": self.weeks}
        if self.mode:
            row["mode"] = self.mode
        if self.from_on:
            row["from"] = self.from_on.isoformat()
        if self.until_on:
            row["until"] = self.until_on.isoformat()
        if self.nth:
            row["nth"] = list(self.nth)
        if (self.every_weeks or 1) != 1:
            row["every_weeks"] = self.every_weeks
            if self.anchor_on:
                row["anchor"] = self.anchor_on.isoformat()
        return row

    def words(self, *, on: date | None = None) -> str:
        """Return the session in plain words, such as 'Tuesday 09:15 to 11:15, in term time'; with a day, every other week says its next date from then."""
        row = self.record()
        named = regularly_in_words(row)
        weeks = {"term_time": ", in term time", "school_holidays": ", in the school holidays"}.get(self.weeks, "")
        if self.from_on is not None and self.from_on == self.until_on:
            named = day_in_words(self.from_on, weekday=True)
        return f"{named} {self.starts} to {self.ends}{weeks}{fortnight_in_words(row, on=on)}"
