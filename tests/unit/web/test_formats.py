"""Formats: dates and numbers as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from web import formats

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def test_a_day_is_written_with_its_weekday_and_only_another_year():
    assert formats.long_day(date(2026, 11, 24), at=AT) == "Tuesday 24 November"
    assert formats.long_day(date(2027, 1, 5), at=AT) == "Tuesday 5 January 2027"
    assert formats.long_day(None, at=AT) == ""


def test_an_instant_is_shown_in_londons_day_and_time():
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)
    assert formats.day_and_clock(late, at=AT) == "Thursday 2 July at 12:30am"


@pytest.mark.parametrize(
    ("hour", "minute", "words"), [(9, 15, "9:15am"), (9, 0, "9am"), (12, 0, "midday"), (0, 0, "midnight"), (13, 5, "1:05pm"), (0, 5, "12:05am")]
)
def test_the_clock_is_written_as_people_say_it(hour, minute, words):
    assert formats.clock(datetime(2026, 11, 24, hour, minute, tzinfo=UTC)) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 24), "today"), (date(2026, 11, 23), "yesterday"), (date(2026, 11, 25), "tomorrow"), (date(2026, 11, 12), "12 days ago"),
        (date(2026, 11, 27), "in 3 days"), (date(2026, 6, 1), "5 months ago"), (date(2024, 1, 1), "2 years ago"),
    ],
)
def test_how_long_ago(day, words):
    assert formats.distance_in_words(day, at=AT) == words


def test_twelve_days_ago_has_the_day_in_full_for_those_who_hover_or_listen():
    text = formats.ago(date(2026, 11, 12), at=AT)
    assert 'datetime="2026-11-12"' in text
    assert 'title="Thursday 12 November 2026"' in text
    assert "(Thursday 12 November 2026)</span>" in text


def test_a_hidden_number_is_said_in_words():
    assert "too few to show safely" in formats.small_number(None)
    assert formats.small_number(1250) == "1,250"


def test_lists_and_plurals():
    assert formats.sentence_list(["a", "b", "c"]) == "a, b and c"
    assert formats.sentence_list(["a"]) == "a"
    assert formats.sentence_list([]) == ""
    assert formats.plural(1, "family", "families") == "1 family"
    assert formats.plural(0, "family", "families") == "0 families"
