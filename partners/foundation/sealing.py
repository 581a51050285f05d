"""Sealing: columns whose text is encrypted before it reaches the database, so that a stolen copy tells nothing about a family."""

from __future__ import annotations

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from partners.foundation.errors import NotReady


class _Keys:
    """The keys of this process: the first seals, all of them open, so that keys can be changed without a pause."""

    box: MultiFernet | None = None


def new_key() -> str:
    """Return a fresh sealing key (256 random bits, as Fernet writes them)."""
    return Fernet.generate_key().decode("ascii")


def use_keys(keys: list[str]) -> None:
    """Set the keys of this process, the newest first. Raises NotReady for a key that cannot be read."""
    try:
        _Keys.box = MultiFernet([Fernet(key.strip()) for key in keys if key.strip()])
    except (ValueError, TypeError) as error:
        raise NotReady("KITH_SEALING_KEYS cannot be read. Make a key with: kith init --new-key") from error


def _box() -> MultiFernet:
    if _Keys.box is None:
        raise NotReady("No sealing key is set, so nothing about a family can be kept. Set KITH_SEALING_KEYS.")
    return _Keys.box


def seal(text: str) -> str:
    """Return text encrypted and authenticated with the newest key."""
    return _box().encrypt(text.encode("utf-8")).decode("ascii")


def unseal(token: str) -> str:
    """Return what was sealed. Raises NotReady where none of the keys opens it."""
    try:
        return _box().decrypt(token.encode("ascii")).decode("utf-8")
    except (InvalidToken, UnicodeError) as error:
        raise NotReady("A sealed record does not open with the keys that are set. Set the key it was sealed with.") from error


class Sealed(TypeDecorator[str]):
    """Text that is encrypted in the database. It can be neither searched nor sorted there."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else seal(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else unseal(value)


class SealedJson(TypeDecorator[Any]):
    """A list or an object of plain values that is encrypted in the database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else seal(json.dumps(value, sort_keys=True))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(unseal(value))
