"""Calendars: working days around Easter, Christmas and closures, and London days when the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.foundation import calendars
from partners.foundation.calendars import add_working_days, day_of, is_working_day, london, working_days_between

EASTER_HOLIDAYS = (date(2026, 3, 30), date(2026, 4, 10))
DAYS = st.dates(date(2025, 1, 1), date(2027, 6, 30))
SPANS = st.lists(st.tuples(DAYS, st.integers(0, 20)).map(lambda s: (s[0], s[0] + timedelta(days=s[1]))), max_size=3)


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2026, 4, 2), 1, date(2026, 4, 7)),  # Over Good Friday and Easter Monday.
        (date(2026, 4, 2), 2, date(2026, 4, 8)),
        (date(2026, 4, 3), 1, date(2026, 4, 7)),
        (date(2026, 4, 2), 0, date(2026, 4, 2)),
        (date(2026, 4, 3), 0, date(2026, 4, 7)),
        (date(2026, 12, 24), 1, date(2026, 12, 29)),  # Boxing Day is a Saturday, so its Monday is a bank holiday.
        (date(2026, 12, 24), 3, date(2026, 12, 31)),
        (date(2026, 12, 24), 4, date(2027, 1, 4)),  # New Year's Day is a Friday.
        (date(2026, 5, 1), 1, date(2026, 5, 5)),  # The early May bank holiday.
        (date(2026, 11, 24), 2, date(2026, 11, 26)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
    ],
)
def test_working_days_skip_weekends_and_bank_holidays(start: date, count: int, expected: date) -> None:
    assert add_working_days(start, count) == expected


def test_a_closure_is_skipped_with_both_its_ends() -> None:
    assert add_working_days(date(2026, 3, 27), 1, closed=[EASTER_HOLIDAYS]) == date(2026, 4, 13)
    assert not is_working_day(EASTER_HOLIDAYS[0], [EASTER_HOLIDAYS])
    assert not is_working_day(EASTER_HOLIDAYS[1], [EASTER_HOLIDAYS])
    assert is_working_day(date(2026, 4, 13), [EASTER_HOLIDAYS])


def test_closures_given_as_a_generator_count_for_every_day() -> None:
    assert add_working_days(date(2026, 3, 27), 2, closed=(span for span in [EASTER_HOLIDAYS])) == date(2026, 4, 14)


def test_a_closure_without_an_end_does_not_search_for_ever() -> None:
    assert add_working_days(date(2026, 1, 5), 1, closed=[(date.min, date.max)]) == date(2026, 1, 5) + timedelta(days=730)


def test_englands_bank_holidays_are_those_of_2026() -> None:
    assert sorted(day for day in calendars.bank_holidays() if day.year == 2026) == [
        date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25), date(2026, 8, 31),
        date(2026, 12, 25), date(2026, 12, 28),
    ]


@given(DAYS, st.integers(1, 30), SPANS)
def test_the_day_reached_is_a_working_day_and_lies_as_far_as_was_asked(start: date, count: int, closed: list[tuple[date, date]]) -> None:
    reached = add_working_days(start, count, closed=closed)
    assert is_working_day(reached, closed)
    assert working_days_between(start, reached, closed=closed) == count
    assert working_days_between(start, reached - timedelta(days=1), closed=closed) == count - 1


def test_no_days_lie_between_a_day_and_an_earlier_one() -> None:
    assert working_days_between(date(2026, 11, 24), date(2026, 11, 20)) == 0


@pytest.mark.parametrize(
    ("instant", "clock", "day"),
    [
        (datetime(2026, 3, 29, 0, 59, 58, tzinfo=UTC), "00:59:58", date(2026, 3, 29)),
        (datetime(2026, 3, 29, 1, 0, 0, tzinfo=UTC), "02:00:00", date(2026, 3, 29)),
        (datetime(2026, 3, 29, 23, 30, 0, tzinfo=UTC), "00:30:00", date(2026, 3, 30)),
        (datetime(2026, 10, 25, 0, 30, 0, tzinfo=UTC), "01:30:00", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 1, 30, 0, tzinfo=UTC), "01:30:00", date(2026, 10, 25)),
        (datetime(2026, 10, 24, 23, 30, 0, tzinfo=UTC), "00:30:00", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 30, 0, tzinfo=UTC), "23:30:00", date(2026, 10, 25)),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), "23:59:59", date(2026, 12, 31)),
        (datetime(2028, 2, 29, 12, 0, 0, tzinfo=UTC), "12:00:00", date(2028, 2, 29)),
    ],
)
def test_an_instant_is_shown_as_the_clock_in_london_shows_it(instant: datetime, clock: str, day: date) -> None:
    assert f"{london(instant):%H:%M:%S}" == clock
    assert day_of(instant) == day


def test_the_two_half_past_ones_of_october_stay_an_hour_apart() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert london(first).astimezone(UTC) == first
    assert london(second).astimezone(UTC) == second
    assert (london(first).fold, london(second).fold) == (0, 1)
