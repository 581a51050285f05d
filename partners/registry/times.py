"""Times: sessions in plain words, as a person writes and reads them, and as a calendar's rules (RRULE) inside. One line a session.

'Tuesday and Thursday 09:15 to 11:15, in term time' · 'Saturday 5 December 2026 10:00 to 12:00' · 'Monday to Friday 9am to 5pm, until 2 July 2027'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import WEEKLY, rrule

from partners.foundation.calendars import LONDON
from partners.foundation.errors import InvalidRecord
from partners.registry.schedules import DAY_NAMES, days_in_words

CODES = tuple(DAY_NAMES)
_WEEKS = {"in term time": "term_time", "in the school holidays": "school_holidays", "in school holidays": "school_holidays", "all year": "all_year"}
_MODES = {"in person": "in_person", "online": "online", "by telephone": "phone", "by phone": "phone", "at home": "home_visit"}
_MODE_WORDS = {"in_person": "in person", "online": "online", "phone": "by telephone", "home_visit": "at home"}
_MONTHS = {f"{date(2000, n, 1):%B}".lower(): n for n in range(1, 13)}
_CLOCK = r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?"
_HOURS = re.compile(rf"(?<![\d:.]){_CLOCK}\s*(?:-|–|to|until)\s*{_CLOCK}$", re.IGNORECASE)
_DATE = re.compile(r"(?:[a-z]+day\s+)?(\d{1,2})\s+([a-z]+)\s+(\d{4})", re.IGNORECASE)
MOST_LINES = 40  # judgement, November 2026
LONGEST_LOOK_DAYS = 400


def _fault(line: str) -> InvalidRecord:
    return InvalidRecord("sessions", f"We could not read “{line[:60]}”. Write it like: Tuesday 09:15 to 11:15, in term time. Or: 5 December 2026 10:00 to 12:00.")


def _date(text: str, line: str) -> date:
    found = _DATE.fullmatch(text.strip())
    if found is None or found[2].lower() not in _MONTHS:
        raise _fault(line)
    try:
        return date(int(found[3]), _MONTHS[found[2].lower()], int(found[1]))
    except ValueError:
        raise _fault(line) from None


def _clock(hour: str, minute: str | None, half: str | None, line: str) -> str:
    hours, minutes = int(hour), int(minute or 0)
    if half:
        if not 1 <= hours <= 12:
            raise _fault(line)
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    if hours > 23 or minutes > 59:
        raise _fault(line)
    return f"{hours:02d}:{minutes:02d}"


def _days(text: str, line: str) -> list[str]:
    wanted: set[int] = set()
    for part in re.split(r",|\band\b|&", text.lower()):
        ends = [p.strip()[:3] for p in re.split(r"-|–|\bto\b", part)]
        if not 1 <= len(ends) <= 2 or any(end not in CODES for end in ends):
            raise _fault(line)
        first, last = CODES.index(ends[0]), CODES.index(ends[-1])
        wanted |= {n % 7 for n in range(first, (last if last >= first else last + 7) + 1)}
    return [CODES[n] for n in sorted(wanted)]


def read(text: str) -> list[dict[str, Any]]:
    """Return the sessions that a text says, one a line, as the matcher's records. Raises InvalidRecord naming the first line that cannot be read."""
    lines = [" ".join(line.split()).rstrip(".") for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        raise InvalidRecord("sessions", f"Write at most {MOST_LINES} lines.")
    return [_read_line(line) for line in lines]


def _read_line(line: str) -> dict[str, Any]:
    row: dict[str, Any] = {"weeks": "all_year"}
    rest = line
    while "," in rest:
        head, _, tail = rest.rpartition(",")
        word = tail.strip().lower()
        if word in _WEEKS:
            row["weeks"] = _WEEKS[word]
        elif word in _MODES:
            row["mode"] = _MODES[word]
        elif word.startswith(("from ", "until ")):
            row[word.split(" ")[0]] = _date(word.split(" ", 1)[1], line).isoformat()
        else:
            break
        rest = head.strip()
    hours = _HOURS.search(rest)
    if hours is None:
        raise _fault(line)
    half = hours[3] or (hours[6] if hours[6] and int(hours[1]) < 12 and int(hours[1]) < int(hours[4]) else None)
    row["starts"], row["ends"] = _clock(hours[1], hours[2], half, line), _clock(hours[4], hours[5], hours[6], line)
    if row["starts"] >= row["ends"]:
        raise _fault(line)
    when = rest[: hours.start()].strip().rstrip(",")
    if _DATE.fullmatch(when):
        day = _date(when, line)
        return row | {"days": [CODES[day.weekday()]], "from": day.isoformat(), "until": day.isoformat(), "weeks": "all_year"}
    row["days"] = _days(when, line)
    if row.get("from", "") > row.get("until", "9999"):
        raise _fault(line)
    return row


def words(row: dict[str, Any]) -> str:
    """Return a session's record in the words that `read` reads."""
    if is_one_day(row):
        day = date.fromisoformat(row["from"])
        return f"{day:%A} {_long(day)} {row['starts']} to {row['ends']}{_mode(row)}"
    named = days_in_words(row["days"])
    weeks = {"term_time": ", in term time", "school_holidays": ", in the school holidays"}.get(row.get("weeks", "all_year"), "")
    bounds = "".join(f", {word} {_long(date.fromisoformat(row[word]))}" for word in ("from", "until") if row.get(word))
    return f"{named} {row['starts']} to {row['ends']}{weeks}{bounds}{_mode(row)}"


def _mode(row: dict[str, Any]) -> str:
    return f", {_MODE_WORDS[row['mode']]}" if row.get("mode") in _MODE_WORDS else ""


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def is_one_day(row: dict[str, Any]) -> bool:
    """Whether a session is a single date."""
    return bool(row.get("from")) and row.get("from") == row.get("until")


def rule(row: dict[str, Any]) -> str | None:
    """Return the calendar rule of a session that repeats, such as 'FREQ=WEEKLY;BYDAY=TU', or None for a single date."""
    if is_one_day(row):
        return None
    until = f";UNTIL={date.fromisoformat(row['until']):%Y%m%d}T235959Z" if row.get("until") else ""
    return f"FREQ=WEEKLY;BYDAY={','.join(d[:2].upper() for d in row['days'])}{until}"


def dates(row: dict[str, Any], *, start: date, days: int, terms: list[tuple[date, date]]) -> Iterator[date]:
    """Yield the days of a session from `start` for so many days, at most 400, less what term or holidays leave out. Without terms, every week counts."""
    last = start + timedelta(days=min(days, LONGEST_LOOK_DAYS))
    first = max(start, date.fromisoformat(row["from"])) if row.get("from") else start
    end = min(last, date.fromisoformat(row["until"])) if row.get("until") else last
    for moment in rrule(WEEKLY, dtstart=datetime.combine(first, time()), until=datetime.combine(end, time()), byweekday=[CODES.index(d) for d in row["days"]]):
        day = moment.date()
        in_term = not terms or any(a <= day <= b for a, b in terms)
        if row.get("weeks") == "term_time" and not in_term:
            continue
        if row.get("weeks") == "school_holidays" and terms and in_term:
            continue
        yield day


def at_london(day: date, clock: str) -> datetime:
    """Return the instant of a time of day in London."""
    return datetime.combine(day, time.fromisoformat(clock), LONDON)
