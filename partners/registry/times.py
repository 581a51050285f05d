"""Times: sessions in plain words, as a person writes and reads them, and as a calendar's rules (RRULE) inside. One line a session.

'Tuesday and Thursday 09:15 to 11:15, in term time' · 'Saturday 5 December 2026 10:00 to 12:00' · 'Monday to Friday 9am to 5pm, until 2 July 2027'
'First Tuesday of each month, 10:00 to 12:00' · 'Every other Wednesday, 10:00 to 12:00, next on 2 December 2026'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from dateutil.rrule import MO, MONTHLY, WEEKLY, rrule, weekday

from partners.foundation.calendars import LONDON
from partners.foundation.errors import InvalidRecord
from partners.registry.schedules import (
    DAY_NAMES,
    FORTNIGHT_WEEKS,
    NTH_NAMES,
    WEEKS_NOT_KNOWN,
    day_in_words,
    fortnight_in_words,
    regularly_in_words,
)

CODES = tuple(DAY_NAMES)
_WEEKS = {"in term time": "term_time", "in the school holidays": "school_holidays", "in school holidays": "school_holidays", "all year": "all_year"}
_MODES = {"in person": "in_person", "online": "online", "by telephone": "phone", "by phone": "phone", "at home": "home_visit"}
_MODE_WORDS = {"in_person": "in person", "online": "online", "phone": "by telephone", "home_visit": "at home"}
_MONTHS = {f"{date(2000, n, 1):%B}".lower(): n for n in range(1, 13)}
_CLOCK = r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?"
_HOURS = re.compile(rf"(?<![\d:.]){_CLOCK}\s*(?:-|–|to|until)\s*{_CLOCK}$", re.IGNORECASE)
_DATE = re.compile(r"(?:[a-z]+day\s+)?(\d{1,2})\s+([a-z]+)\s+(\d{4})", re.IGNORECASE)
_NTH = {name: n for n, name in NTH_NAMES.items()} | {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_MONTHLY = re.compile(r"^(?:(?:monthly|every month),?\s+)?(?:on\s+)?(?:the\s+|every\s+|each\s+)?((?:first|second|third|fourth|last|1st|2nd|3rd|4th)\b.*?)(?:\s+(?:of|in)\s+(?:the|each|every|a)\s+month)?$", re.IGNORECASE)
_FORTNIGHTLY = re.compile(r"(?:^|[\s,]+)(?:every other week|every fortnight|fortnightly|every (?:2|two) weeks|alternate weeks|every other|alternate)(?:\s+on\b)?(?=[\s,]|$)", re.IGNORECASE)
_ANCHORED = ("next on ", "one of them on ", "next is on ", "starting on ")
MOST_LINES = 40  # judgement, November 2026
LONGEST_LOOK_DAYS = 400


def _fault(line: str) -> InvalidRecord:
    return InvalidRecord("sessions", f"We could not read “{line[:60]}”. Write it like: Tuesday 09:15 to 11:15, in term time. Or: 5 December 2026 10:00 to 12:00. Or: first Tuesday of each month, 10:00 to 12:00.")


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
        elif word.startswith(_ANCHORED):
            row["anchor"] = _date(re.split(r"\bon ", word, maxsplit=1)[1], line).isoformat()
        elif word == WEEKS_NOT_KNOWN:
            row["anchor"] = ""
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
    row |= _regularly(when, line)
    if row.get("from", "") > row.get("until", "9999"):
        raise _fault(line)
    return _anchored(row, line)


def _regularly(when: str, line: str) -> dict[str, Any]:
    """Return the days that words name: every week, every other week, or which of a month."""
    monthly = _MONTHLY.match(when)
    if monthly is not None:
        return _of_the_month(monthly[1], line)
    plain, times_said = _FORTNIGHTLY.subn(" ", when)
    if times_said:
        return {"days": _days(re.sub(r"^\s*on\s+|\s*,\s*$", "", plain.strip()), line), "every_weeks": FORTNIGHT_WEEKS}
    return {"days": _days(when, line)}


def _of_the_month(text: str, line: str) -> dict[str, Any]:
    """Return which days of a month 'first and third Tuesday' or 'first Tuesday and first Thursday' are. Raises InvalidRecord for a mixture, which is two lines."""
    groups: list[tuple[set[int], set[str]]] = []
    for word in re.split(r"[\s,&]+|\band\b", text.lower()):
        if word in _NTH:
            if not groups or groups[-1][1]:
                groups.append((set(), set()))
            groups[-1][0].add(_NTH[word])
        elif word[:3] in CODES and DAY_NAMES[word[:3]].lower().startswith(word.removesuffix("s")[:9]):
            groups[-1][1].add(word[:3])
        elif word:
            raise _fault(line)
    if any(not days for _, days in groups):
        raise _fault(line)
    if any(nth != groups[0][0] for nth, _ in groups):
        raise InvalidRecord("sessions", f"Write “{line[:60]}” as two lines: one for each day of the month.")
    days = set().union(*(found for _, found in groups))
    return {"days": [d for d in CODES if d in days], "nth": [n for n in NTH_NAMES if n in groups[0][0]]}


def _anchored(row: dict[str, Any], line: str) -> dict[str, Any]:
    """Return a session with the date that every other week is counted from: one that was said, or the first day where that is one of its weekdays."""
    said = row.pop("anchor", None)
    if row.get("every_weeks", 1) == 1:
        if said is not None:
            raise _fault(line)
        return row
    if said is None and row.get("from") and CODES[date.fromisoformat(row["from"]).weekday()] in row["days"]:
        said = row["from"]
    if said:
        day = date.fromisoformat(said)
        if CODES[day.weekday()] not in row["days"]:
            raise InvalidRecord("sessions", f"{day_in_words(day)} is a {day:%A}. Give a date that is one of its days.")
        row["anchor"] = said
    return row


def words(row: dict[str, Any]) -> str:
    """Return a session's record in the words that `read` reads."""
    if is_one_day(row):
        day = date.fromisoformat(row["from"])
        return f"{day_in_words(day, weekday=True)} {row['starts']} to {row['ends']}{_mode(row)}"
    weeks = {"term_time": ", in term time", "school_holidays": ", in the school holidays"}.get(row.get("weeks", "all_year"), "")
    bounds = "".join(f", {word} {day_in_words(date.fromisoformat(row[word]))}" for word in ("from", "until") if row.get(word))
    return f"{regularly_in_words(row)} {row['starts']} to {row['ends']}{weeks}{bounds}{fortnight_in_words(row)}{_mode(row)}"


def _mode(row: dict[str, Any]) -> str:
    return f", {_MODE_WORDS[row['mode']]}" if row.get("mode") in _MODE_WORDS else ""


def is_one_day(row: dict[str, Any]) -> bool:
    """Whether a session is a single date."""
    return bool(row.get("from")) and row.get("from") == row.get("until")


def rule(row: dict[str, Any]) -> str | None:
    """Return the calendar rule of a session that repeats, such as 'FREQ=WEEKLY;BYDAY=TU' or 'FREQ=MONTHLY;BYDAY=1TU', or None for a single date."""
    if is_one_day(row):
        return None
    until = f";UNTIL={date.fromisoformat(row['until']):%Y%m%d}T235959Z" if row.get("until") else ""
    return ";".join(f"{name.upper()}={','.join(value) if isinstance(value, list) else value}" for name, value in parts_of_rule(row).items()) + until


def parts_of_rule(row: dict[str, Any]) -> dict[str, Any]:
    """Return a repeating session's rule in parts: freq, interval where it is not 1, and byday as a list of 'TU', '1TU', '-1FR'."""
    if row.get("nth"):
        return {"freq": "MONTHLY", "byday": [f"{n}{d[:2].upper()}" for n in row["nth"] for d in row["days"]]}
    every = row.get("every_weeks", 1)
    return {"freq": "WEEKLY", **({"interval": every} if every != 1 else {}), "byday": [d[:2].upper() for d in row["days"]]}


def dates(row: dict[str, Any], *, start: date, days: int, terms: list[tuple[date, date]]) -> Iterator[date]:
    """Yield the days of a session from `start` for so many days, at most 400, less what term or holidays leave out. Without terms, every week counts.

    A session of every other week yields nothing where nobody has said which weeks are its own.
    """
    last = start + timedelta(days=min(days, LONGEST_LOOK_DAYS))
    first = max(start, date.fromisoformat(row["from"])) if row.get("from") else start
    end = min(last, date.fromisoformat(row["until"])) if row.get("until") else last
    for day in _every(row, first, end):
        in_term = not terms or any(a <= day <= b for a, b in terms)
        if row.get("weeks") == "term_time" and not in_term:
            continue
        if row.get("weeks") == "school_holidays" and terms and in_term:
            continue
        yield day


def _every(row: dict[str, Any], first: date, end: date) -> Iterator[date]:
    """Yield the days on which a session comes round, from one day to another, by its calendar rule."""
    week, begins = [CODES.index(d) for d in row["days"]], first
    if row.get("nth"):
        found = rrule(MONTHLY, dtstart=datetime.combine(first, time()), until=datetime.combine(end, time()), byweekday=[weekday(d, n) for d in week for n in row["nth"]])
    else:
        every = row.get("every_weeks", 1)
        if every != 1:
            if not row.get("anchor"):
                return
            anchor = date.fromisoformat(row["anchor"])
            monday = anchor - timedelta(days=anchor.weekday())
            begins = monday + timedelta(weeks=(first - monday).days // (7 * every) * every)
        found = rrule(WEEKLY, interval=every, wkst=MO, dtstart=datetime.combine(begins, time()), until=datetime.combine(end, time()), byweekday=week)
    yield from (moment.date() for moment in found if moment.date() >= first)


def at_london(day: date, clock: str) -> datetime:
    """Return the instant of a time of day in London."""
    return datetime.combine(day, time.fromisoformat(clock), LONDON)
