"""Languages: the sentences that a family hears or reads in its own language, the needs in it, and whether a speaker has checked them. Facts are the CSV beside this.

A column that no speaker has checked is shown with a line that says so, and an interpreter is asked for. No sentence is made or changed while a page is shown.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

TEXTS = Path(__file__).parent / "texts"
USUAL = "en"


@dataclass(frozen=True)
class Language:
    """One language: its code (BCP 47), its name in its own script, which way it runs, and who checked its sentences on which day."""

    code: str
    own_name: str
    direction: str
    checked: bool
    checked_by: str
    checked_on: date | None


def _rows(name: str) -> list[dict[str, str]]:
    with (TEXTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def every() -> Mapping[str, Language]:
    """Return the languages that there are sentences in, by code, English first."""
    return MappingProxyType({
        r["language"]: Language(
            r["language"], r["own_name"], r["direction"], r["checked_by_a_speaker"] == "yes", r["checked_by"],
            date.fromisoformat(r["checked_on"]) if r["checked_on"] else None,
        )
        for r in _rows("languages.csv")
    })


@cache
def _words(name: str, key: str) -> Mapping[str, Mapping[str, str]]:
    """Return a table's words by language and key; those of English where a language has none."""
    rows = _rows(name)
    return {code: MappingProxyType({r[key]: r[code] or r[USUAL] for r in rows}) for code in every()}


def texts(code: str) -> Mapping[str, str]:
    """Return the sentences in a language by key; those of English where there are none."""
    return _words("texts.csv", "key")[known(code)]


def needs(code: str) -> Mapping[str, str]:
    """Return what each need is called in a language, by the need's code; in English where there are no sentences. Needs that stop everything are not among them."""
    return _words("needs.csv", "code")[known(code)]


def held(code: str) -> Mapping[str, str]:
    """Return the words in which a family reads what is held about it, in a language, by key; those of English where there are no sentences."""
    return _words("held.csv", "key")[known(code)]


@dataclass(frozen=True)
class Field:
    """How one column of one table is told to a family: under which label of `held`, and how its value is said. `told` is "silent" where it says nothing of anybody, with why."""

    table: str
    column: str
    label: str
    told: str
    why: str


@cache
def held_fields() -> Mapping[str, tuple[Field, ...]]:
    """Return how each table's columns are told to a family, by table, in the order in which they are read."""
    rows = [Field(**row) for row in _rows("held_fields.csv")]
    return MappingProxyType({table: tuple(row for row in rows if row.table == table) for table in dict.fromkeys(row.table for row in rows)})


def known(code: str | None) -> str:
    """Return a language's code where there are sentences in it, else that of English."""
    return code if code is not None and code in every() else USUAL
