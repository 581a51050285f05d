"""The demo's town in a file, made once in a run of the tests however many workers there are, and the keys that all of them seal by."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import pickle
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from partners.foundation import db, schema, sealing
from partners.impact.school_data import keys as school_data_keys
from seeds import demo

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # a Tuesday in term, when London keeps UTC


def _key(of: str) -> str:
    """Return a key that every worker of a run knows. It seals invented people only."""
    return base64.urlsafe_b64encode(hashlib.sha256(of.encode()).digest()).decode()


SEALING_KEY, SCHOOL_DATA_KEY = _key("families of the tests"), _key("pupils of the tests")


@dataclass(frozen=True)
class TownFile:
    """An SQLite file that nobody writes to, and what is in it. Its sealed columns open with the keys above."""

    path: Path
    town: demo.Town

    def copied_to(self, path: Path) -> str:
        """Copy the file to a path and return the copy's database URL."""
        return f"sqlite:///{shutil.copy(self.path, path)}"


def shared(factory: pytest.TempPathFactory) -> TownFile:
    """Return this run's town. The first worker that asks makes it; one that asks meanwhile waits."""
    base = factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made = folder / "town.pickle"
    with (folder / "town.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            made.write_bytes(pickle.dumps(_make(folder / "town.sqlite3")))
    return TownFile(folder / "town.sqlite3", pickle.loads(made.read_bytes()))  # noqa: S301 - this run's own file


def _make(path: Path) -> demo.Town:
    path.unlink(missing_ok=True)
    sealing.use_keys([SEALING_KEY])
    school_data_keys.use_keys([SCHOOL_DATA_KEY])
    engine = db.open_engine(f"sqlite:///{path}")
    schema.migrate(engine)
    with db.session_factory(engine).begin() as session:
        town = demo.load(session, at=AT)
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return town
