"""Tokens: random, safe in an address, and never kept as they are."""

from __future__ import annotations

import base64
import re

from partners.foundation import tokens


def test_a_token_is_random_long_and_safe_in_an_address() -> None:
    made = {tokens.new_token() for _ in range(500)}
    assert len(made) == 500
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", token) for token in made)
    assert all(len(base64.urlsafe_b64decode(token + "==")) * 8 >= 128 for token in made)


def test_only_the_same_token_has_the_same_hash() -> None:
    token = tokens.new_token()
    assert tokens.hash_token(token) == tokens.hash_token(token)
    assert tokens.hash_token(token) != tokens.hash_token(token + "a")
    assert token not in tokens.hash_token(token)
    assert len(tokens.hash_token(token)) == 64


def test_a_code_is_six_digits_also_when_it_starts_with_nought() -> None:
    codes = [tokens.new_code() for _ in range(2000)]
    assert all(re.fullmatch(r"[0-9]{6}", code) for code in codes)
    # Each first digit is expected 200 times; 100 is more than seven standard deviations away.
    assert all(sum(code[0] == digit for code in codes) > 100 for digit in "0123456789")


def test_one_code_has_another_hash_for_another_record() -> None:
    assert tokens.hash_code("123456", "one") == tokens.hash_code("123456", "one")
    assert tokens.hash_code("123456", "one") != tokens.hash_code("123456", "two")
    assert tokens.hash_code("123456", "one") != tokens.hash_code("123457", "one")


def test_same_tells_equal_from_unequal_words_of_any_script() -> None:
    assert tokens.same("żółw", "żółw")
    assert not tokens.same("abc", "abd")
    assert not tokens.same("abc", "abcd")
