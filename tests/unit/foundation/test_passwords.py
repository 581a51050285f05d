"""Passwords: long, not common, and kept only as Argon2id hashes."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters

from partners.foundation import users
from partners.foundation.errors import InvalidRecord

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.mark.parametrize("password", ["", "short", "eleven char", "x" * 257, "Password12345678", "my qwerty board", "x123456x123456"])
def test_short_endless_and_common_passwords_are_refused(password: str) -> None:
    with pytest.raises(InvalidRecord) as refused:
        users.hash_password(password, hasher=CHEAP)
    assert refused.value.field == "password"


@pytest.mark.parametrize("password", ["three random words", "twelve chars", "y" * 256, "ключ от двери дома"])
def test_a_long_password_of_any_letters_is_kept_as_a_hash(password: str) -> None:
    kept = users.hash_password(password, hasher=CHEAP)
    assert password not in kept
    assert CHEAP.verify(kept, password)


def test_the_service_itself_never_uses_a_cheap_hash() -> None:
    made = extract_parameters(users.HASHER.hash("three random words"))
    # Source: RFC 9106, section 4, second recommended set: 64 MiB, 3 passes, 4 lanes.
    assert (made.type.name, made.memory_cost >= 65536, made.time_cost >= 3, made.parallelism >= 4) == ("ID", True, True, True)


@pytest.mark.parametrize("text", ["", "no at sign", "a@b@c.org", "two@ex.org, three@ex.org", "name@exam ple.org", "a\r\n@example.org"])
def test_what_is_no_address_is_refused_beside_its_field(text: str) -> None:
    with pytest.raises(InvalidRecord) as refused:
        users.clean_email(text)
    assert refused.value.field == "email"


def test_an_address_is_kept_in_one_form() -> None:
    assert users.clean_email("Jo.Bloggs@School.Example.ORG") == "jo.bloggs@school.example.org"
