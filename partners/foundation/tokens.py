"""Tokens: random words for links and codes. Only their hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_token() -> str:
    """Return a random word for a link (192 bits, safe in a URL)."""
    return secrets.token_urlsafe(24)


def hash_token(token: str) -> str:
    """Return what is kept of a link's word. Its 192 random bits make a plain SHA-256 enough."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def new_code() -> str:
    """Return a six-digit code."""
    return f"{secrets.randbelow(1_000_000):06d}"


def hash_code(code: str, salt: str) -> str:
    """Return what is kept of a six-digit code; the salt is the record's id, and tries are counted where it is used."""
    return hashlib.scrypt(code.encode("utf-8"), salt=salt.encode("utf-8"), n=2**12, r=8, p=1).hex()


def same(a: str, b: str) -> bool:
    """Whether two words are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(a.encode("utf-8"), b.encode("utf-8"))
