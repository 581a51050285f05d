"""Reframing: words about families that staff type, and what might be said instead. It nudges and never blocks: what was typed is kept as typed."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache

from partners.families.languages import TEXTS

MOST = 3  # nudges at once; judgement, November 2026: more would be a telling-off


@dataclass(frozen=True)
class Nudge:
    """Some words, as they were typed, and what might be said instead."""

    said: str
    better: str


@cache
def table() -> tuple[tuple[str, str], ...]:
    """Return what is listened for (a pattern, from a word's edge to a word's edge, in any case) and the better words. Source: domain guide 2.1."""
    with (TEXTS / "reframing.csv").open(encoding="utf-8", newline="") as file:
        return tuple((r["heard"], r["better"]) for r in csv.DictReader(file))


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], str], ...]:
    # Three capital letters are an abbreviation only as capitals: "dna" is a word of a science lesson.
    return tuple((re.compile(rf"(?<!\w)(?:{heard})(?!\w)", re.IGNORECASE if "DNA" not in heard else 0), better) for heard, better in table())


def nudges(text: str, *, most: int = MOST) -> list[Nudge]:
    """Return at most so many nudges about a text, in the order of the words.

    >>> [n.better for n in nudges("Their mum is hard to reach.", most=1)]
    ['parent or carer, or the name they use']
    >>> nudges("They speak Somali and have had a lot going on.")
    []
    """
    found: dict[str, tuple[int, Nudge]] = {}
    for pattern, better in _compiled():
        match = pattern.search(text)
        if match is not None:
            found[better] = (match.start(), Nudge(" ".join(match[0].split()), better))
    return [nudge for _at, nudge in sorted(found.values(), key=lambda pair: pair[0])[:most]]
