"""Keys: school data are sealed with a key that nothing else uses, and a pupil's key is kept as a keyed hash alone: the UPN is never stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import uuid
import zlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from partners.foundation.errors import NotReady

# A Unique Pupil Number: a letter, then twelve characters, the last a letter where it is temporary. Source: DfE, Unique pupil numbers guidance.
UPN = re.compile(r"[A-Za-z][0-9]{11}[0-9A-Za-z]")
SHORTEST_PUPIL_KEY, LONGEST_PUPIL_KEY = 1, 40
MARK = "pupil:"  # stands before a pupil's key that is a hash already


class _Apart:
    """The keys of this process for school data; none where the setting is left out, and then there are no school data."""

    box: MultiFernet | None = None
    tokens: bytes = b""
    codes: bytes = b""


def use_keys(keys: list[str]) -> None:
    """Set the keys for school data, newest first; none switches them off. Pupils' hashes are made with the last, so keep it when a newer is put before it.

    Raises:
        NotReady: a key that cannot be read.
    """
    clean = [key.strip() for key in keys if key.strip()]
    if not clean:
        _Apart.box = None
        return
    try:
        _Apart.box = MultiFernet([Fernet(key) for key in clean])
    except (ValueError, TypeError) as error:
        raise NotReady("KITH_SCHOOL_DATA_KEY cannot be read. Make a key with: kith init --new-key") from error
    _Apart.tokens, _Apart.codes = _derived(clean[-1], b"kith pupil token"), _derived(clean[-1], b"kith family code")


def _derived(key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(base64.urlsafe_b64decode(key))


def is_on() -> bool:
    """Whether this service keeps school data."""
    return _Apart.box is not None


def _box() -> MultiFernet:
    if _Apart.box is None:
        raise NotReady("School data are switched off: KITH_SCHOOL_DATA_KEY is not set.")
    return _Apart.box


def token_of(school_id: uuid.UUID, key: str) -> str:
    """Return what is kept of a pupil's key: a hash under the school-data key, different at each school. What is a hash already stays one."""
    if key.startswith(MARK):
        return key
    _box()
    plain = re.sub(r"[\s-]", "", key).upper()
    return MARK + hmac.new(_Apart.tokens, school_id.bytes + plain.encode(), hashlib.sha256).hexdigest()[:40]


def code_of(family_id: uuid.UUID) -> str:
    """Return the code by which the school office links a family without seeing it: eight letters and figures that say nothing."""
    _box()
    return base64.b32encode(hmac.new(_Apart.codes, family_id.bytes, hashlib.sha256).digest())[:8].decode()


class SealedApart(TypeDecorator[Any]):
    """Plain values as JSON, packed and sealed with the school-data key."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _box().encrypt(zlib.compress(json.dumps(value, sort_keys=True).encode())).decode("ascii")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        try:
            return json.loads(zlib.decompress(_box().decrypt(value.encode("ascii"))))
        except (InvalidToken, zlib.error, ValueError) as error:
            raise NotReady("School data do not open with KITH_SCHOOL_DATA_KEY. Set the key they were sealed with.") from error
