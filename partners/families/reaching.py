"""Reaching: telephone numbers and addresses compared however they were typed, so that nobody who must not know is ever reached."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import phonenumbers

# One person on a family's list: a name, and a number or address where it is known.
Person = dict[str, Any]


def plain(reach: str | None) -> str:
    """Return a number as digits with its country, or an address in lower case; '' for nothing."""
    text = (reach or "").strip()
    if not text or "@" in text:
        return text.lower()
    try:
        number = phonenumbers.parse(text, "GB")
    except phonenumbers.NumberParseException:
        return text.lower()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def plain_name(name: str | None) -> str:
    """Return a name without case, accents and marks, its parts in the order of the alphabet."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", (name or "").casefold()) if not unicodedata.combining(c))
    return " ".join(sorted(re.findall(r"\w+", bare)))


def leads_to(people: Iterable[Person] | None, reach: str | None) -> bool:
    """Whether a number or address belongs to somebody on the list."""
    wanted = plain(reach)
    return bool(wanted) and any(plain(person.get("reach")) == wanted for person in people or ())


def is_one_of(people: Iterable[Person] | None, *, name: str | None, reaches: Iterable[str | None]) -> bool:
    """Whether somebody with this name, or one of these numbers and addresses, is on the list."""
    rows = list(people or ())
    called = plain_name(name)
    return any(leads_to(rows, reach) for reach in reaches) or (" " in called and any(plain_name(person.get("name")) == called for person in rows))
