"""Calendars: London days, and working days less weekends, England's bank holidays, school closures and a partner's pause."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from govuk_bank_holidays.bank_holidays import BankHolidays

LONDON = ZoneInfo("Europe/London")


def london(at: datetime) -> datetime:
    """Return an instant as the clock on a London wall shows it."""
    return at.astimezone(LONDON)


def day_of(at: datetime) -> date:
    """Return the London day of an instant."""
    return london(at).date()


def midnight_after(day: date) -> datetime:
    """Return the instant at which a London day is over, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=LONDON).astimezone(UTC)


@cache
def bank_holidays() -> frozenset[date]:
    """Return England's bank holidays. Source: gov.uk's list as packaged in govuk-bank-holidays (to December 2028); nothing is fetched."""
    rows = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    return frozenset(row["date"] for row in rows)


def is_working_day(day: date, closed: Iterable[tuple[date, date]] = ()) -> bool:
    """Whether people are expected to answer on a day; `closed` are spans, both ends included."""
    return day.weekday() < 5 and day not in bank_holidays() and not any(a <= day <= b for a, b in closed)


def add_working_days(day: date, count: int, *, closed: Iterable[tuple[date, date]] = ()) -> date:
    """Return the day that is `count` working days after `day`; with 0, the day itself or the next working day.

    A span that never ends would never return, so the search stops after two years and gives that day.
    """
    spans, current = list(closed), day
    last = day + timedelta(days=730)
    while not is_working_day(current, spans) and count == 0 and current < last:
        current += timedelta(days=1)
    while count > 0 and current < last:
        current += timedelta(days=1)
        count -= is_working_day(current, spans)
    return current


DAY_STARTS, DAY_ENDS = 8, 18  # hours in London between which somebody may be written to; judgement, November 2026


def next_daytime(at: datetime) -> datetime:
    """Return the instant itself in the daytime, on any day of the week; else eight in the morning in London, today or tomorrow."""
    here = london(at)
    if DAY_STARTS <= here.hour < DAY_ENDS:
        return at
    day = here.date() if here.hour < DAY_STARTS else here.date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, DAY_STARTS, tzinfo=LONDON).astimezone(UTC)


def working_days_between(start: date, end: date, *, closed: Iterable[tuple[date, date]] = ()) -> int:
    """Return how many working days lie after `start`, up to and including `end`."""
    spans = list(closed)
    return sum(is_working_day(start + timedelta(days=n), spans) for n in range(1, max(0, (end - start).days) + 1))
