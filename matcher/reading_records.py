"""Reading records: the checks that turn plain JSON values into fields, and gather every fault instead of the first."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from matcher.taxonomy import NEEDS, nearest

CLOCK = re.compile(r"^(?:([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST = 100_000  # characters in any text; judgement, November 2026


def shown(value: Any) -> str:
    """Return a value short enough for an error line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


class Reader:
    """Reads one object field by field; every fault becomes one line, and reading goes on."""

    def __init__(self, data: Any, where: str, faults: list[str]) -> None:
        self.where, self.faults = where, faults
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        self.seen: set[str] = set()
        if not isinstance(data, dict):
            self.fault("record", f"is {shown(data)}", "an object with named fields")

    def fault(self, field: str, wrong: str, right: str) -> None:
        """Note one fault."""
        line = f"{self.where}: {field}: {wrong}; it should be {right}"
        self.faults.append("".join(c if c.isprintable() else " " for c in line))  # an id or a field may hold a line break

    def take(self, field: str, check: Callable[[Any], Any], right: str, *, default: Any = None, required: bool = False) -> Any:
        """Return a field that passes its check, else its default, noting the fault."""
        self.seen.add(field)
        if field not in self.data:
            if required:
                self.fault(field, "is missing", right)
            return default
        try:
            return check(self.data[field])
        except (ValueError, TypeError, KeyError, OverflowError):
            value = self.data[field]
            if isinstance(value, str) and len(value) > LONGEST:
                self.fault(field, f"has {len(value):,} characters", f"{right} of at most {LONGEST:,} characters")
            else:
                self.fault(field, f"is {shown(value)}", right)
            return default

    def finish(self) -> None:
        """Note every field that the contract does not have."""
        for field in self.data:
            if field not in self.seen:
                self.fault(str(field)[:60], "is not a field of this record", f"one of {', '.join(sorted(self.seen))}")


def words(value: Any) -> str:
    """Return non-empty text."""
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST or "\0" in value:
        raise ValueError
    value.encode()  # half of a surrogate pair is no text: it raises a ValueError
    return value


def text(value: Any) -> str:
    """Return text, which may be empty."""
    if not isinstance(value, str) or len(value) > LONGEST or "\0" in value:
        raise ValueError
    value.encode()  # half of a surrogate pair is no text: it raises a ValueError
    return value


def flag(value: Any) -> bool:
    """Return true or false, and nothing like them."""
    if not isinstance(value, bool):
        raise ValueError
    return value


def number(least: float, most: float = math.inf, *, above: bool = False, whole: bool = False) -> Callable[[Any], float]:
    """Return a check for a finite number within bounds."""

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError
        if value < least or value > most or (above and value <= least) or (whole and value != int(value)):
            raise ValueError
        return int(value) if whole else value

    return check


def one_of(*values: str) -> Callable[[Any], str]:
    """Return a check for one of a few words."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in values:
            raise ValueError
        return value

    return check


def many_of(check_one: Callable[[Any], Any], *, least: int = 0, unique: bool = False) -> Callable[[Any], tuple[Any, ...]]:
    """Return a check for a list."""

    def check(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) < least:
            raise ValueError
        rows = tuple(check_one(v) for v in value)
        if unique and len(set(rows)) < len(rows):
            raise ValueError
        return rows

    return check


def day(value: Any) -> date:
    """Return a day written as 2026-10-20."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError
    return date.fromisoformat(value)


def maybe(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a check that also lets null through."""
    return lambda value: None if value is None else check(value)


def instant(value: Any) -> datetime:
    """Return an ISO 8601 instant with its offset."""
    if not isinstance(value, str) or len(value) > 60:
        raise ValueError
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None or not 1970 <= moment.year <= 2200:
        raise ValueError
    return moment


def clock(value: Any) -> int:
    """Return a time of day as minutes since midnight."""
    if not isinstance(value, str) or not CLOCK.match(value):
        raise ValueError
    return int(value[:2]) * 60 + int(value[3:])


def need_code(reader: Reader, field: str, code: Any) -> str:
    """Return a known need code, or note the fault with the nearest one."""
    if isinstance(code, str) and code in NEEDS:
        return code
    reader.fault(field, f"is {shown(code)}, which is not a need code", f"a code from the list; the nearest is '{nearest(str(code))}'")
    return ""
