"""No cell that Kith writes is run by a spreadsheet, wherever its text came from."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partners.foundation.spreadsheets import harmless

SIGNS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20|%"
texts = st.tuples(st.text(alphabet=" \u00a0\u200b" + SIGNS, max_size=3), st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20)).map("".join)


@settings(max_examples=5_000, deadline=None)
@given(texts)
def test_no_text_is_a_formula_when_it_is_read_again(text: str) -> None:
    made = harmless(text)
    assert made in (text, f"'{text}")
    assert made.lstrip(" \u00a0\u200b")[:1] not in tuple(SIGNS)


@pytest.mark.parametrize("text", ["=1+1", "+44 113", "-2", "@SUM(A1)", "\t=1", "\uff1dcmd|'/c calc'!A1", " =1", "\u200b=1"])
def test_what_a_spreadsheet_would_run_gets_a_mark(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Food bags", "Tuesday = circle", "5"])
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text
