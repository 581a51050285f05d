"""Sealed files: whole or refused, whatever was changed, cut, shuffled or opened with another key."""

# ruff: noqa: S311 (chance here only varies the tests)
from __future__ import annotations

import io
import random
import stat
import struct
from pathlib import Path

import pytest

from partners.foundation import sealed_files
from partners.foundation.errors import NotReady
from partners.foundation.sealed_files import CHUNK_BYTES, MAGIC
from partners.foundation.sealing import new_key

KEY = new_key()
FACTS = {"version": "1", "audit_head": "ab" * 32}


def sealed(folder: Path, content: bytes, *, name: str = "backup.kith", key: str = KEY) -> Path:
    path = folder / name
    sealed_files.write(io.BytesIO(content), path, FACTS, key=key)
    return path


def opened(path: Path, *, key: str = KEY) -> bytes:
    plain = path.with_name("plain")
    plain.unlink(missing_ok=True)
    sealed_files.read(path, plain, key=key)
    return plain.read_bytes()


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2 * CHUNK_BYTES + 5])
def test_a_file_of_any_length_comes_back_the_same(tmp_path: Path, size: int) -> None:
    content = random.Random(size).randbytes(size)
    assert opened(sealed(tmp_path, content)) == content


def test_only_its_owner_may_read_it_and_nothing_in_it_can_be_read(tmp_path: Path) -> None:
    path = sealed(tmp_path, b"CANARY of Elm Street " * 5000)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"CANARY" not in path.read_bytes()
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_content_is_never_sealed_the_same_way(tmp_path: Path) -> None:
    one, two = sealed(tmp_path, b"a" * 5000, name="one").read_bytes(), sealed(tmp_path, b"a" * 5000, name="two").read_bytes()
    assert one[-4000:] != two[-4000:]


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    path = sealed(tmp_path, b"content")
    with pytest.raises(NotReady, match="does not open"):
        opened(path, key=new_key())


@pytest.mark.parametrize("key", ["", "short", "x" * 43, "né", "!" * 44])
def test_a_key_that_cannot_be_read_is_refused_before_anything_is_written(tmp_path: Path, key: str) -> None:
    with pytest.raises(NotReady, match="backup key"):
        sealed(tmp_path, b"content", key=key)
    assert list(tmp_path.iterdir()) == []


def test_no_single_changed_bit_goes_unnoticed(tmp_path: Path) -> None:
    whole = sealed(tmp_path, random.Random(1).randbytes(3000)).read_bytes()
    chance = random.Random(2)
    places = [*range(len(whole) - 3000 - 40), *(chance.randrange(len(whole)) for _ in range(200))]
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        bad = tmp_path / "bad"
        bad.write_bytes(changed)
        with pytest.raises(NotReady):
            opened(bad)


def test_a_file_cut_short_or_made_longer_does_not_open(tmp_path: Path) -> None:
    whole = sealed(tmp_path, random.Random(3).randbytes(2 * CHUNK_BYTES + 100)).read_bytes()
    start = len(MAGIC) + 4 + struct.unpack(">I", whole[len(MAGIC):len(MAGIC) + 4])[0]
    chunk = CHUNK_BYTES + 16
    bad = tmp_path / "bad"
    for length in (0, 5, start - 1, start, start + 10, start + chunk, start + 2 * chunk, len(whole) - 1):
        bad.write_bytes(whole[:length])
        with pytest.raises(NotReady):
            opened(bad)
    bad.write_bytes(whole + b"x")
    with pytest.raises(NotReady):
        opened(bad)
    swapped = whole[:start] + whole[start + chunk:start + 2 * chunk] + whole[start:start + chunk] + whole[start + 2 * chunk:]
    bad.write_bytes(swapped)
    with pytest.raises(NotReady):
        opened(bad)


def test_the_header_is_read_without_the_key_but_cannot_be_changed(tmp_path: Path) -> None:
    path = sealed(tmp_path, b"content")
    assert sealed_files.read_header(path)["audit_head"] == "ab" * 32
    path.write_bytes(path.read_bytes().replace(b"ab" * 32, b"cd" * 32))
    assert sealed_files.read_header(path)["audit_head"] == "cd" * 32
    with pytest.raises(NotReady):
        opened(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", MAGIC, MAGIC + b"\xff\xff\xff\xff", MAGIC + b"\0\0\0\x02{}", MAGIC + b"\0\0\0\x02[]"])
def test_what_is_no_backup_is_told_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(NotReady, match="not a backup"):
        opened(path)


def test_a_source_that_breaks_leaves_the_older_file_as_it_was(tmp_path: Path) -> None:
    class Breaks(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            if not data:
                raise OSError("the disk went away")
            return data

    path = sealed(tmp_path, b"the older one")
    with pytest.raises(OSError, match="went away"):
        sealed_files.write(Breaks(b"half"), path, FACTS, key=KEY)
    assert opened(path) == b"the older one"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["backup.kith", "plain"]


def test_a_missing_file_or_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="no backup at that path"):
        opened(tmp_path / "nowhere")
    with pytest.raises(NotReady, match="folder"):
        sealed_files.write(io.BytesIO(b""), tmp_path / "no" / "file", FACTS, key=KEY)
