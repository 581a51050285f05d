"""What families hear and read: every sentence and every need in every language, with the same places to fill, and nothing that stops everything among them."""

from __future__ import annotations

import re

import pytest

from matcher import taxonomy
from partners.families import languages
from partners.families.needs import STOPPING_PATHS

CODES = sorted(languages.every())


def test_the_needs_are_those_of_the_list_in_its_own_words_less_what_is_never_on_a_page() -> None:
    assert dict(languages.needs("en")) == {code: need.label for code, need in taxonomy.NEEDS.items() if need.path not in STOPPING_PATHS}
    assert languages.needs("tlh") == languages.needs("en"), "a language without sentences is read in English"


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("table", ["texts.csv", "needs.csv", "held.csv"])
def test_every_sentence_stands_in_every_language_and_fills_the_same_places(table: str, code: str) -> None:
    for row in languages._rows(table):
        assert row[code].strip(), f"{table}: {next(iter(row.values()))} has nothing in {code}"
        assert sorted(re.findall(r"\{\w+\}", row[code])) == sorted(re.findall(r"\{\w+\}", row["en"])), row


@pytest.mark.parametrize("code", [c for c in CODES if c != "en"])
def test_a_need_is_said_in_the_familys_letters(code: str) -> None:
    own = re.compile("[\u0600-\u06ff]") if languages.every()[code].direction == "rtl" else re.compile("[a-zăâîșțąćęłńóśźż]", re.IGNORECASE)
    same = [key for key, said in languages.needs(code).items() if said.casefold() == languages.needs("en")[key].casefold() or not own.search(said)]
    assert same == []
