"""Eligibility in words: whom a directory says an offer is for, read into ages where that is safe; what cannot be read is kept as words to check."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

OLDEST = 120
_YEARS = r"(\d{1,3})\s*(?:years?|yrs?|y/?o)?(?:\s+old)?"
# One row a way of saying ages: the pattern, and which of its numbers are the least and the greatest age in completed years.
_AGES: tuple[tuple[str, int | None, int | None, int], ...] = (
    (rf"(?:ages?d?\s+)?{_YEARS}\s*(?:-|–|to|and)\s*{_YEARS}", 1, 2, 0),
    (rf"(?:ages?d?\s+)?{_YEARS}\s*(?:\+|upwards?|and over|or over|and above|or above|plus)", 1, None, 0),
    (rf"(?:over|from|aged? over)\s+{_YEARS}s?(?:\s*(?:upwards?|onwards?|and over|or over|and above|plus))?", 1, None, 0),
    (rf"(?:up to|to)\s+{_YEARS}", None, 1, 0),
    (rf"under\s+{_YEARS}s?", None, 1, -1),  # under 5 is up to four completed years
)
_ANYBODY = re.compile(r"^(?:for\s+)?(?:all(?:\s+ages)?|any\s+age|everyone|everybody|anyone|anybody|open to (?:all|everyone|anyone))(?:\s+(?:is|are)?\s*welcome)?[.!]?$", re.IGNORECASE)
_READ = tuple((re.compile(rf"^(?:for\s+)?{pattern}s?\.?$", re.IGNORECASE), low, high, less) for pattern, low, high, less in _AGES)


@dataclass(frozen=True)
class Eligibility:
    """Ages in completed years where they could be read, and the words that could not."""

    age_min_years: float | None = None
    age_max_years: float | None = None
    unread: str = ""


def _years(value: Any) -> float | None:
    try:
        years = float(value)
    except (TypeError, ValueError):
        return None
    return years if 0 <= years <= OLDEST else None


def read_eligibility(value: Any) -> Eligibility:
    """Return what a directory's eligibility says: an object with min_age and max_age or words, or words alone.

    >>> read_eligibility("11+"), read_eligibility({"min_age": 8, "max_age": 15})
    (Eligibility(age_min_years=11.0, age_max_years=None, unread=''), Eligibility(age_min_years=8.0, age_max_years=15.0, unread=''))
    >>> read_eligibility("under 5s").age_max_years, read_eligibility("Women who have just arrived").unread
    (4.0, 'Women who have just arrived')
    >>> read_eligibility("From 5 years upwards").age_min_years, read_eligibility("All ages")
    (5.0, Eligibility(age_min_years=None, age_max_years=None, unread=''))
    """
    if isinstance(value, dict):
        low, high = _years(value.get("min_age", value.get("minimum_age"))), _years(value.get("max_age", value.get("maximum_age")))
        spoken = [read_eligibility(v) for k, v in value.items() if isinstance(v, str) and k not in ("min_age", "max_age", "minimum_age", "maximum_age")]
        needs_referral = ["somebody has to refer people"] if value.get("needs_referral") is True else []
        low = low if low is not None else next((s.age_min_years for s in spoken if s.age_min_years is not None), None)
        high = high if high is not None else next((s.age_max_years for s in spoken if s.age_max_years is not None), None)
        return _sound(low, high, "; ".join([s.unread for s in spoken if s.unread] + needs_referral))
    if not isinstance(value, str) or not value.strip():
        return Eligibility()
    words = " ".join(value.split())[:500]
    if _ANYBODY.match(words):
        return Eligibility()
    for pattern, low_at, high_at, less in _READ:
        found = pattern.match(words)
        if found:
            ages = [None if at is None else _years(found.group(at)) for at in (low_at, high_at)]
            if all(age is not None for age, at in zip(ages, (low_at, high_at), strict=True) if at is not None):
                return _sound(ages[0], None if ages[1] is None else ages[1] + less, "", words)
    return Eligibility(unread=words)


def _sound(low: float | None, high: float | None, unread: str, words: str = "") -> Eligibility:
    """Return the ages where they make sense together, else the words."""
    if (low is not None and high is not None and low > high) or (high is not None and high < 0):
        return Eligibility(unread=unread or words or f"ages {low:g} to {high:g}")
    return Eligibility(low, high, unread)


def read_cost(is_free: Any, fees: Any) -> str:
    """Return what to check about the cost, in words; '' where it is said to be free, or nothing is said.

    >>> read_cost("No", "£2 a session"), read_cost("Yes", ""), read_cost(False, None)
    ('Check the cost: £2 a session', '', 'Check the cost: it is not free')
    """
    said = " ".join(str(fees or "").split())[:200]
    no = is_free is False or str(is_free).strip().lower() in ("no", "false", "0")
    if said and said.lower() not in ("free", "none", "0", "£0"):
        return f"Check the cost: {said}"
    return "Check the cost: it is not free" if no else ""
