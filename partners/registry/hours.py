"""Hours: opening times as maps write them ('Mo 10:00-13:00,14:00-17:00; Tu,Th 09:30-11:00'), read into sessions; what cannot be read safely is kept as words.

A wrong hour sends a family to a shut door, so an hour that is probably a slip (a session past midnight, or one that begins in the night) is
never guessed: it stays as words for a person to check.
"""

from __future__ import annotations

import re
from typing import Any

from partners.registry.schedules import NTH_NAMES

_DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = "(?:mo|tu|we|th|fr|sa|su)"
_RULE = re.compile(rf"^({_DAY}(?:\s*[-,]\s*{_DAY})*)\s+(\d[\d:\s,–-]*)$", re.IGNORECASE)
_MONTHLY_RULE = re.compile(rf"^({_DAY})\[((?:[1-4]|-1)(?:\s*,\s*(?:[1-4]|-1))*)\]\s+(\d[\d:\s,–-]*)$", re.IGNORECASE)
_SPAN = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3]|24):([0-5]\d)$")
_NTH = re.compile(rf"\b({_DAY})\[([1-5](?:\s*,\s*[1-5])*|-1)\]", re.IGNORECASE)
_COUNTED = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last"}
MOST_RULES = 40
EARLIEST = "05:00"  # nothing for families begins before; judgement, November 2026


def read_hours(text: str) -> tuple[list[dict[str, Any]], str]:
    """Return the sessions that a text says, and the parts that could not be read, in words.

    >>> read_hours("Mo-We 10:00-14:00; by chance")
    ([{'days': ['mon', 'tue', 'wed'], 'starts': '10:00', 'ends': '14:00'}], 'by chance')
    >>> [(s['starts'], s['ends']) for s in read_hours("Fr 10:00-13:00,14:00-17:00")[0]]
    [('10:00', '13:00'), ('14:00', '17:00')]
    >>> read_hours("Mo[2,4] 11:30-14:30; Tu 10:00-13:00,02:00-05:00")
    ([{'days': ['mon'], 'starts': '11:30', 'ends': '14:30', 'nth': [2, 4]}], 'Tu 10:00-13:00,02:00-05:00')
    """
    found: list[dict[str, Any]] = []
    unread: list[str] = []
    for part in text[:4000].split(";")[:MOST_RULES]:
        rule, monthly = _RULE.match(part.strip()), _MONTHLY_RULE.match(part.strip())
        days, spans = (_days(rule.group(1)), _spans(rule.group(2))) if rule else (_days(monthly.group(1)), _spans(monthly.group(3))) if monthly else ([], [])
        nth = {"nth": [n for n in NTH_NAMES if str(n) in re.split(r"\s*,\s*", monthly.group(2))]} if monthly else {}
        if days and spans:
            found += [{"days": list(days), "starts": starts, "ends": ends, **nth} for starts, ends in spans]
        elif part.strip():
            unread.append(_NTH.sub(_nth, part.strip()))
    return found, "; ".join(unread)


def _spans(text: str) -> list[tuple[str, str]]:
    """Return the hours of one day, one after another; nothing where any of them is past midnight, in the night, or before the one before it."""
    found: list[tuple[str, str]] = []
    for part in text.split(","):
        span = _SPAN.match(part.strip())
        if span is None:
            return []
        starts, ends = f"{int(span.group(1)):02d}:{span.group(2)}", f"{int(span.group(3)):02d}:{span.group(4)}"
        if (starts, ends) in (("00:00", "24:00"), ("00:00", "23:59")):
            starts, ends = "00:00", "23:59"  # all day
        elif not EARLIEST <= starts < ends <= "24:00":
            return []
        if found and starts < found[-1][1]:
            return []
        found.append((starts, "23:59" if ends == "24:00" else ends))
    return found


def _nth(match: re.Match[str]) -> str:
    counted = [_COUNTED[n.strip()] for n in match.group(2).split(",")]
    return f"{' and '.join(counted)} {_LONG[_DAYS.index(match.group(1).lower())]} of the month"


def _days(text: str) -> list[str]:
    wanted: set[int] = set()
    for part in text.lower().split(","):
        ends = [_DAYS.index(day.strip()) for day in part.split("-")]
        if len(ends) > 2:
            return []
        first, last = ends[0], ends[-1]
        wanted |= {n % 7 for n in range(first, (last if last >= first else last + 7) + 1)}
    return [_NAMES[n] for n in sorted(wanted)]
