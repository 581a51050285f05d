"""Sealing: what is written tells nothing, and only the right keys open it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from partners.foundation import sealing
from partners.foundation.errors import NotReady

FIRST, SECOND, OTHER = sealing.new_key(), sealing.new_key(), sealing.new_key()


@pytest.fixture(autouse=True, scope="module")
def keys_put_back() -> Iterator[None]:
    """The keys belong to the whole process: other tests need theirs back."""
    before = sealing._Keys.box
    sealing.use_keys([FIRST])
    yield
    sealing._Keys.box = before


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_comes_back_the_same(text: str) -> None:
    sealing.use_keys([FIRST])
    assert sealing.unseal(sealing.seal(text)) == text


def test_the_sealed_text_shows_nothing_and_differs_each_time() -> None:
    sealing.use_keys([FIRST])
    once, twice = sealing.seal("Canary Street 12"), sealing.seal("Canary Street 12")
    assert "Canary" not in once
    assert once != twice


def test_an_old_key_still_opens_and_the_new_one_seals() -> None:
    sealing.use_keys([FIRST])
    old = sealing.seal("before the change")
    sealing.use_keys([SECOND, FIRST])
    assert sealing.unseal(old) == "before the change"
    new = sealing.seal("after the change")
    sealing.use_keys([SECOND])
    assert sealing.unseal(new) == "after the change"
    with pytest.raises(NotReady, match="does not open"):
        sealing.unseal(old)


def test_every_changed_letter_is_noticed() -> None:
    sealing.use_keys([FIRST])
    token = sealing.seal("a secret")
    for place in range(0, len(token) - 2, 3):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1:]
        with pytest.raises(NotReady):
            sealing.unseal(changed)


@pytest.mark.parametrize("token", ["", "plain words", "naïve", "gAAAAA=="])
def test_what_was_never_sealed_is_refused(token: str) -> None:
    sealing.use_keys([FIRST])
    with pytest.raises(NotReady):
        sealing.unseal(token)


@pytest.mark.parametrize("keys", [[], [""], ["short"], ["x" * 44], [FIRST, "not a key"]])
def test_a_key_that_cannot_be_read_is_refused_aloud(keys: list[str]) -> None:
    with pytest.raises(NotReady, match="KITH_SEALING_KEYS"):
        sealing.use_keys(keys)


def test_nothing_is_kept_without_a_key() -> None:
    script = "from partners.foundation import sealing\ntry:\n    sealing.seal('x')\nexcept sealing.NotReady as error:\n    print(error)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "KITH_SEALING_KEYS" in ran.stdout


@pytest.mark.parametrize("value", [None, {}, [], {"streets": ["Elm", "Oak"], "count": 2}, ["né", 1, None, True]])
def test_lists_and_objects_come_back_the_same(value: object) -> None:
    sealing.use_keys([FIRST])
    column, dialect = sealing.SealedJson(), sqlite.dialect()
    stored = column.process_bind_param(value, dialect)
    assert column.process_result_value(stored, dialect) == value
    assert stored is None or "Elm" not in stored
