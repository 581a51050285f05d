"""Hours: opening times as maps write them ('Mo 10:00-14:00; Tu,Th 09:30-11:00'), read into sessions; what cannot be read is kept as words."""

from __future__ import annotations

import re
from typing import Any

_DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RULE = re.compile(r"^((?:mo|tu|we|th|fr|sa|su)(?:[-,](?:mo|tu|we|th|fr|sa|su))*)\s+([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-3]|24):([0-5]\d)$", re.IGNORECASE)
MOST_RULES = 40


def read_hours(text: str) -> tuple[list[dict[str, Any]], str]:
    """Return the sessions that a text says, and the parts that could not be read.

    >>> read_hours("Mo-We 10:00-14:00; by chance")
    ([{'days': ['mon', 'tue', 'wed'], 'starts': '10:00', 'ends': '14:00'}], 'by chance')
    """
    found: list[dict[str, Any]] = []
    unread: list[str] = []
    for part in text[:4000].split(";")[:MOST_RULES]:
        rule = _RULE.match(part.strip())
        days = _days(rule.group(1)) if rule else []
        starts = f"{int(rule.group(2)):02d}:{rule.group(3)}" if rule else ""
        ends = f"{int(rule.group(4)):02d}:{rule.group(5)}" if rule else ""
        if days and starts != ends and ends <= "24:00":
            found.append({"days": days, "starts": starts, "ends": ends})
        elif part.strip():
            unread.append(part.strip())
    return found, "; ".join(unread)


def _days(text: str) -> list[str]:
    wanted: set[int] = set()
    for part in text.lower().split(","):
        ends = [_DAYS.index(day) for day in part.split("-")]
        if len(ends) > 2:
            return []
        first, last = ends[0], ends[-1]
        wanted |= {n % 7 for n in range(first, (last if last >= first else last + 7) + 1)}
    return [_NAMES[n] for n in sorted(wanted)]
