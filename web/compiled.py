"""Compiled templates, kept for as long as the program runs: services that one program makes after another compile each page once."""

from __future__ import annotations

from types import CodeType

from jinja2.bccache import Bucket, BytecodeCache


class InThisProgram(BytecodeCache):
    """What templates compile to, by name, file and the hash of their text. In memory alone: no file holds code that a page would run.

    Every service of this program compiles with the same settings and filters, so that what one compiled fits the next.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what was compiled from the same text, where there is any."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


TEMPLATES = InThisProgram()
