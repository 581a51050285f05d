"""Bytes that flip in the database's file: what is sealed, chained or pointed to is never wrong unnoticed. SQLite has no checksum of its
pages, so a plain column (an offer's words, a date) can change unseen: README says so, and that is not looked at here."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from partners.families.families import Family
from partners.foundation import audit
from partners.foundation.db import open_engine, session_factory
from partners.foundation.outbox import Message
from tests.integration.conftest import AT
from tests.reliability.conftest import many
from tests.reliability.small_town import sent, settle

PROMISED = (Family.first_name, Family.contact, Family.postcode, Message.to_address, Message.body)


def _read(url: str) -> dict[str, Any] | None:
    """Return the sealed and the chained records, or None where the damage is noticed."""
    try:
        engine = open_engine(url, must_exist=True)
        with session_factory(engine)() as session:
            if session.execute(text("PRAGMA integrity_check")).scalars().all() != ["ok"] or session.execute(text("PRAGMA foreign_key_check")).first():
                return None
            if audit.verify(session):
                return None
            return {"head": audit.head_hash(session), "sealed": [sorted(map(str, session.scalars(select(column)))) for column in PROMISED]}
    except Exception:  # noqa: BLE001 (any fault is noticed)
        return None
    finally:
        engine.dispose()


def test_a_flipped_byte_is_noticed_or_changed_nothing_that_is_sealed_or_chained(sqlite_url: str, tmp_path: Path) -> None:
    engine, chance = open_engine(sqlite_url), random.Random(2)  # noqa: S311
    town = settle(engine, at=AT, count=20)
    with session_factory(engine).begin() as session:
        for need in town.needs:
            sent(session, town, need, at=AT)
    engine.dispose()
    source = Path(sqlite_url.removeprefix("sqlite:///"))
    with sqlite3.connect(source) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole, right, noticed = source.read_bytes(), _read(sqlite_url), 0
    assert right is not None
    for n in range(many(100, 1000)):
        spoilt = bytearray(whole)
        spoilt[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        copy = tmp_path / f"flipped-{n}.sqlite3"
        copy.write_bytes(spoilt)
        found = _read(f"sqlite:///{copy}")
        assert found in (None, right)
        noticed += found is None
        copy.unlink()
    assert noticed > 0
