"""Schedules (HSDS `schedule`): the regular sessions of an offer, by weekday, in Europe/London time."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from partners.foundation.db import Base, new_id

DAY_NAMES = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday"}


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
        days = [DAY_NAMES[d] for d in self.days]
        named = days[0] if len(days) == 1 else f"{', '.join(days[:-1])} and {days[-1]}"
        weeks = {"term_time": ", in term time", "school_holidays": ", in the school holidays"}.get(self.weeks, "")
        return f"{named} {self.starts} to {self.ends}{weeks}"
