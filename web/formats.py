"""Formats: how dates, times and numbers are written on a page, in London's time and in words."""

from __future__ import annotations

from datetime import date, datetime

from flask import Flask
from markupsafe import Markup, escape

from partners.foundation.calendars import day_of, london
from web import database


def _day(value: date | datetime) -> date:
    return day_of(value) if isinstance(value, datetime) else value


def _today(at: datetime | None) -> date:
    return day_of(at if at is not None else database.now())


def long_day(value: date | datetime | None, *, at: datetime | None = None) -> str:
    """Write a day as 'Tuesday 24 November', with its year where that is not this year; '' for none."""
    if value is None:
        return ""
    day = _day(value)
    text = f"{day:%A} {day.day} {day:%B}"
    return text if day.year == _today(at).year else f"{text} {day.year}"


def short_day(value: date | datetime | None) -> str:
    """Write a day as '24 Nov 2026', for tables; '' for none."""
    if value is None:
        return ""
    day = _day(value)
    return f"{day.day} {day:%b} {day.year}"


def clock(value: datetime | None) -> str:
    """Write the time of day as '9:15am', 'midday' or 'midnight', in London's time; '' for none."""
    if value is None:
        return ""
    here = london(value)
    if here.minute == 0 and here.hour in (0, 12):
        return "midday" if here.hour else "midnight"
    hour = here.hour % 12 or 12
    minutes = f":{here.minute:02d}" if here.minute else ""
    return f"{hour}{minutes}{'am' if here.hour < 12 else 'pm'}"


def day_and_clock(value: datetime | None, *, at: datetime | None = None) -> str:
    """Write an instant as 'Tuesday 24 November at 9:15am'; '' for none."""
    return "" if value is None else f"{long_day(value, at=at)} at {clock(value)}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: '1 family', '3 families'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def how_long(days: int) -> str:
    """Write a time to keep something: in years where the days are whole years, leap days counted or not.

    >>> how_long(2192), how_long(730), how_long(90)
    ('6 years', '2 years', '90 days')
    """
    years = round(days / 365.25)
    return plural(years, "year") if years and 365 * years <= days <= 366 * years else plural(days, "day")


def distance_in_words(value: date | datetime, *, at: datetime | None = None) -> str:
    """Write how far off a day is: 'today', 'yesterday', '12 days ago', 'in 3 days', '5 months ago'."""
    days = (_today(at) - _day(value)).days
    if days in (0, 1, -1):
        return {0: "today", 1: "yesterday", -1: "tomorrow"}[days]
    size = abs(days)
    if size < 60:
        words = plural(size, "day")
    elif size < 730:
        words = plural(size // 30, "month")
    else:
        words = plural(size // 365, "year")
    return f"{words} ago" if days > 0 else f"in {words}"


def ago(value: date | datetime | None, *, at: datetime | None = None) -> Markup:
    """Write how far off a day is, with the day in full for those who hover or listen; '' for none."""
    if value is None:
        return Markup("")
    day = _day(value)
    full = f"{day:%A} {day.day} {day:%B} {day.year}"
    return Markup('<time datetime="{}" title="{}">{}<span class="govuk-visually-hidden"> ({})</span></time>').format(
        day.isoformat(), full, distance_in_words(value, at=at), full
    )


def time_tag(value: date | datetime | None, *, at: datetime | None = None) -> Markup:
    """Write a day as `long_day` does, marked up for machines; '' for none."""
    if value is None:
        return Markup("")
    return Markup('<time datetime="{}">{}</time>').format(_day(value).isoformat(), long_day(value, at=at))


def sentence_list(words: list[str], joint: str = "and") -> str:
    """Write a list as words: 'a', 'a and b', 'a, b and c'."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}" if words else ""


def spoken_words(text: str, **values: str) -> Markup:
    """Fill a sentence of any language, each value kept apart so that a name in other letters does not turn the line about."""
    return escape(text).format(**{name: Markup("<bdi>{}</bdi>").format(value) for name, value in values.items()})


def small_number(value: int | None) -> Markup:
    """Write a published count; one that was hidden (None) is said in words, never guessed."""
    if value is None:
        return Markup(
            '<span title="Too few to show safely"><span aria-hidden="true">*</span>'
            '<span class="govuk-visually-hidden">too few to show safely</span></span>'
        )
    return Markup("{}").format(f"{value:,}")


def init_app(app: Flask) -> None:
    """Let every template write these."""
    app.jinja_env.filters.update(
        long_day=long_day, short_day=short_day, clock=clock, day_and_clock=day_and_clock, ago=ago, time_tag=time_tag,
        in_words=sentence_list, small_number=small_number,
    )
    app.jinja_env.globals.update(plural=plural, how_long=how_long, now=database.now, spoken_words=spoken_words)
