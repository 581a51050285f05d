"""Periods: the school's half-terms and terms, and the four spans that every release counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from partners.families.schools import School
from partners.foundation.calendars import LONDON, day_of

ONE_DAY = timedelta(days=1)
YEAR_STARTS = 9  # September
# Half-terms of a school whose dates nobody recorded; judgement, November 2026.
USUAL_ENDS = ((10, 31), (12, 31), (2, 15), (3, 31), (5, 31), (7, 31))


@dataclass(frozen=True)
class Period:
    """A span of days, both ends included. What is counted is what had happened by its last day."""

    name: str
    starts_on: date
    ends_on: date

    @cached_property
    def low(self) -> datetime:
        """The first instant of the period."""
        return instant(self.starts_on)

    @cached_property
    def high(self) -> datetime:
        """The first instant after the period."""
        return instant(self.ends_on + ONE_DAY)


def instant(day: date) -> datetime:
    """Return the instant at which a London day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


def window(at: datetime) -> tuple[date, date]:
    """Return the school year so far, up to the end of the last whole month; the last school year in September."""
    ends = day_of(at).replace(day=1) - ONE_DAY
    return date(year_of(ends), YEAR_STARTS, 1), ends


def year_of(day: date) -> int:
    """Return the year in which the school year of a day began.

    >>> year_of(date(2026, 8, 31)), year_of(date(2026, 9, 1))
    (2025, 2026)
    """
    return day.year if day.month >= YEAR_STARTS else day.year - 1


def _usual(year: int) -> list[tuple[date, date]]:
    rows, starts = [], date(year, YEAR_STARTS, 1)
    for month, day in USUAL_ENDS:
        ends = date(year if month >= YEAR_STARTS else year + 1, month, day)
        rows.append((starts, ends))
        starts = ends + ONE_DAY
    return rows


def half_terms(school: School, year: int) -> list[tuple[date, date]]:
    """Return a school year's half-terms in order; the usual ones where none are recorded."""
    known = [(t.starts_on, t.ends_on) for t in school.terms if year_of(t.starts_on) == year]
    return sorted(known) or _usual(year)


def finished(school: School, on: date) -> list[date]:
    """Return the last days of the half-terms that had ended before a day, in this school year and the one before."""
    years = (year_of(on) - 1, year_of(on))
    return [ends for year in years for _, ends in half_terms(school, year) if ends < on]


def periods_to(school: School, ends_on: date) -> tuple[Period, ...]:
    """Return the four spans of a release that ends with a half-term: this term so far, the same a year ago, this school year, and the last one."""
    year = year_of(ends_on)
    rows, before = half_terms(school, year), half_terms(school, year - 1)
    number = next((n for n, (_, ends) in enumerate(rows) if ends == ends_on), len(rows) - 1)
    first = number - number % 2
    # The autumn term is the school year so far: the days in September before the children come belong to both.
    starts = date(year, YEAR_STARTS, 1) if first == 0 else rows[first][0]
    if number < len(before):
        then = Period("The same term last year", date(year - 1, YEAR_STARTS, 1) if first == 0 else before[first][0], before[number][1])
    else:
        then = Period("The same term last year", starts - timedelta(weeks=52), ends_on - timedelta(weeks=52))
    return (
        Period("This term", starts, ends_on), then,
        Period("This school year", date(year, YEAR_STARTS, 1), ends_on), Period("Last school year", date(year - 1, YEAR_STARTS, 1), date(year, 8, 31)),
    )
