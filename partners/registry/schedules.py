"""Schedules (HSDS `schedule`): the regular sessions of an offer, by weekday, in Europe/London time."""

from __future__ import annotations

import uuid
from datetime import date
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
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


class OfferSession(Base):
    """One regular session: on these weekdays, from `starts` to `ends` (HH:MM), in which weeks, between which days."""

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

    def record(self) -> dict[str, Any]:
        """Return the plain record that the matcher reads."""
        row: dict[str, Any] = {"days": self.days, "starts": self.starts, "ends": self.ends, "weeks": self.weeks}
        if self.mode:
            row["mode"] = self.mode
        if self.from_on:
            row["from"] = self.from_on.isoformat()
        if self.until_on:
            row["until"] = self.until_on.isoformat()
        return row

    def words(self) -> str:
        """Return the session in plain words, such as 'Tuesday 09:15 to 11:15, in term time'."""
        named = days_in_words(self.days)
        weeks = {"term_time": ", in term time", "school_holidays": ", in the school holidays"}.get(self.weeks, "")
        if self.from_on is not None and self.from_on == self.until_on:
            named = f"{self.from_on:%A} {self.from_on.day} {self.from_on:%B %Y}"
        return f"{named} {self.starts} to {self.ends}{weeks}"
