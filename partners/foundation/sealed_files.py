"""Sealed files: a stream of bytes kept in one encrypted file, with a header that can be read without the key.

The header is JSON in the clear; then come chunks of 1 MiB, each encrypted and authenticated with AES-256-GCM. Every chunk is bound to
the header, to its place and to whether it is the last, so that a file that was changed, shuffled or cut short does not open.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from partners.foundation.errors import NotReady

MAGIC = b"KITHBACKUP1\n"
CHUNK_BYTES = 1024 * 1024
_LONGEST_HEADER = 4096
_TAG_BYTES = 16


class Readable(Protocol):
    """Anything that gives its bytes a piece at a time, and no bytes at its end."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes."""


def read_key(key: str) -> bytes:
    """Return the 32 bytes of a key. Raises NotReady where it is none."""
    try:
        secret = base64.urlsafe_b64decode(key.strip().encode("ascii"))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise NotReady("The backup key cannot be read. Make one with: kith init --new-key") from error
    if len(secret) != 32:
        raise NotReady("The backup key cannot be read: it holds 32 random bytes. Make one with: kith init --new-key")
    return secret


def _cipher(secret: bytes, salt: bytes) -> AESGCM:
    # Each file has a key of its own, so that nonces that count from 0 are never used twice with one key. Source: RFC 5869.
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"kith backup 1").derive(secret))


def _nonce(prefix: bytes, position: int, is_last: bool) -> bytes:
    return prefix + struct.pack(">I?", position, is_last)


def _chunks(source: Readable, size: int) -> Iterator[tuple[bytes, bool]]:
    """Yield a stream in pieces and whether each is the last; an empty stream is one empty piece."""
    piece = _read_fully(source, size)
    while True:
        following = _read_fully(source, size) if len(piece) == size else b""
        yield piece, not following
        if not following:
            return
        piece = following


def _read_fully(source: Readable, size: int) -> bytes:
    parts, missing = [], size
    while missing:
        part = source.read(missing)
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def write(source: Readable, to: Path, facts: dict[str, str], *, key: str) -> None:
    """Encrypt a stream into a file that only its owner may read; the file appears whole or not at all. Raises NotReady for a bad key."""
    secret = read_key(key)
    if not to.parent.is_dir():
        raise NotReady(f"The folder for the backup does not exist: {to.parent}")
    salt, prefix = secrets.token_bytes(16), secrets.token_bytes(7)
    header = json.dumps(facts | {"prefix": prefix.hex(), "salt": salt.hex()}).encode("ascii")
    head = MAGIC + struct.pack(">I", len(header)) + header
    cipher = _cipher(secret, salt)
    part = to.with_name(f".{to.name}.{secrets.token_hex(6)}.part")
    try:
        with open_private(part) as target:
            target.write(head)
            for position, (piece, is_last) in enumerate(_chunks(source, CHUNK_BYTES)):
                target.write(cipher.encrypt(_nonce(prefix, position, is_last), piece, head))
            target.flush()
            os.fsync(target.fileno())
        part.replace(to)
        sync_folder(to.parent)
    finally:
        part.unlink(missing_ok=True)


def read(from_path: Path, to: Path, *, key: str) -> dict[str, str]:
    """Decrypt a file into another, which has to be new, and return its header. What was written counts only if this returns.

    Raises:
        NotReady: no such file, not a sealed file, a wrong key, or a file that was changed or cut short.
    """
    secret = read_key(key)
    facts = read_header(from_path)
    with from_path.open("rb") as source, open_private(to) as target:
        _take_header(source)
        length = source.tell()
        source.seek(0)
        head = source.read(length)
        cipher, prefix = _cipher(secret, bytes.fromhex(facts["salt"])), bytes.fromhex(facts["prefix"])
        for position, (piece, is_last) in enumerate(_chunks(source, CHUNK_BYTES + _TAG_BYTES)):
            try:
                target.write(cipher.decrypt(_nonce(prefix, position, is_last), piece, head))
            except InvalidTag as error:
                raise NotReady(
                    "This backup does not open: the key is not the one it was made with, or the file was changed or cut short. "
                    "Nothing was restored."
                ) from error
        target.flush()
        os.fsync(target.fileno())
    return facts


def read_header(from_path: Path) -> dict[str, str]:
    """Return a sealed file's header: without the key, this is only what it says. Raises NotReady where it is none."""
    if not from_path.is_file():
        raise NotReady("There is no backup at that path.")
    with from_path.open("rb") as source:
        return _take_header(source)


def _take_header(source: IO[bytes]) -> dict[str, str]:
    wrong = NotReady("This file is not a backup made by this version of Kith. Nothing was restored.")
    start = source.read(len(MAGIC) + 4)
    if len(start) != len(MAGIC) + 4 or not start.startswith(MAGIC):
        raise wrong
    (length,) = struct.unpack(">I", start[len(MAGIC):])
    if length > _LONGEST_HEADER:
        raise wrong
    try:
        facts = json.loads(source.read(length))
        if len(bytes.fromhex(facts["salt"])) != 16 or len(bytes.fromhex(facts["prefix"])) != 7:
            raise wrong
    except (ValueError, KeyError, TypeError) as error:
        raise wrong from error
    return dict(facts)


def open_private(path: Path) -> IO[bytes]:
    """Open a new file for writing that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def sync_folder(folder: Path) -> None:
    """Make sure that a folder's list of names is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
