"""Naming: what in free words could name a family to somebody who must not know yet."""

from __future__ import annotations

import re

# What gives somebody away in free words: a telephone number, an e-mail address, a whole postcode.
_GIVES_AWAY = (
    re.compile(r"(?:\+44|\b0)(?:[\s-]?\d){9,10}\b"), re.compile(r"\S+@\S+\.\S+"), re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b", re.IGNORECASE),
)


def could_name(words: str, first_name: str | None) -> bool:
    """Whether words hold a number, an address, a postcode, or this name."""
    name = (first_name or "").strip()
    named = bool(name) and re.search(rf"\b{re.escape(name)}\b", words, re.IGNORECASE) is not None
    return named or any(pattern.search(words) for pattern in _GIVES_AWAY)
