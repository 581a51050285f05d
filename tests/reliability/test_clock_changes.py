"""Clocks: at the hour that is skipped, at the hour that comes twice, on a leap day, at the year's end and when a clock is put back,
nothing runs early, late or twice. The system's own clock is faked, so that the real commands are what is looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation import audit, outbox
from partners.foundation.calendars import add_working_days, day_of, london
from partners.foundation.db import open_engine
from partners.foundation.outbox import Message
from partners.referrals import moves
from partners.referrals.moves import State
from partners.referrals.referrals import Referral
from tests.reliability.small_town import sent, settle

PLACES = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1", "/opt/homebrew/lib/faketime/libfaketime.1.dylib")
WATCHED = """
import json, sys
from datetime import datetime, UTC
from partners.foundation import schema, sealing
from partners.foundation.calendars import day_of, london
from partners.foundation.db import open_engine, session_factory
from partners.referrals import reminders
from web.cli.database import now
sealing.use_keys(sys.argv[2].split(","))
schema.load_models()
engine = open_engine(sys.argv[1])
sessions = session_factory(engine)
for line in sys.stdin:
    with open(sys.argv[3], "w") as file:
        file.write(line.strip())
    at = now()
    with sessions() as session:
        done = reminders.tick(session, base_url="http://kith.example", at=at)
        session.commit()
    print(json.dumps({"at": at.isoformat(), "london": london(at).isoformat(), "fold": london(at).fold, "day": day_of(at).isoformat(), "nudged": done.nudged, "expired": done.expired}), flush=True)
"""


@pytest.fixture(scope="module")
def faketime() -> str:
    """The library that fakes the system's clock."""
    for pattern in PLACES:
        for path in sorted(Path("/").glob(pattern.lstrip("/"))):
            return str(path)
    pytest.skip("faketime is absent: apt-get install faketime")


def ticks(library: str, url: str, keys: list[str], instants: list[datetime], folder: Path) -> list[dict[str, Any]]:
    """Run the clock's round at each faked instant, in one program, and return what it saw and did."""
    said = folder / "clock"
    said.write_text(f"{instants[0]:%Y-%m-%d %H:%M:%S}")
    environment = os.environ | {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(said), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC"}
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED, url, ",".join(keys), str(said)], input="\n".join(f"{i:%Y-%m-%d %H:%M:%S}" for i in instants) + "\n",
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return [json.loads(line) for line in ran.stdout.splitlines()]


def utc(text: str) -> datetime:
    """Return an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# What London's wall shows: the instant (UTC), the wall's clock, which of two equal hours, the day. Source: summer time ends and begins at 01:00 UTC.
WALLS = [
    ("2026-03-29T00:59:58", "2026-03-29T00:59:58+00:00", 0, "2026-03-29"),
    ("2026-03-29T01:00:00", "2026-03-29T02:00:00+01:00", 0, "2026-03-29"),
    ("2026-10-25T00:30:00", "2026-10-25T01:30:00+01:00", 0, "2026-10-25"),
    ("2026-10-25T01:30:00", "2026-10-25T01:30:00+00:00", 1, "2026-10-25"),
    ("2026-12-31T23:59:59", "2026-12-31T23:59:59+00:00", 0, "2026-12-31"),
    ("2027-01-01T00:00:00", "2027-01-01T00:00:00+00:00", 0, "2027-01-01"),
    ("2027-06-30T23:30:00", "2027-07-01T00:30:00+01:00", 0, "2027-07-01"),
    ("2028-02-29T23:59:59", "2028-02-29T23:59:59+00:00", 0, "2028-02-29"),
]


def test_the_commands_clock_shows_londons_day_at_every_turn(faketime: str, sqlite_url: str, sealing_keys: list[str], tmp_path: Path) -> None:
    settle(open_engine(sqlite_url), at=utc("2026-03-02T09:00:00"), count=1)
    seen = ticks(faketime, sqlite_url, sealing_keys, [utc(at) for at, *_ in WALLS], tmp_path)
    assert [(x["london"][:19] + x["london"][-6:], x["fold"], x["day"]) for x in seen] == [(wall, fold, day) for _, wall, fold, day in WALLS]


@pytest.mark.parametrize("sent_at", ["2026-03-10T10:00:00", "2026-10-14T10:00:00", "2026-12-14T10:00:00", "2028-02-14T10:00:00"])
def test_a_referral_ends_on_its_day_and_once_whatever_the_clock_does(
    faketime: str, sqlite_url: str, sealing_keys: list[str], tmp_path: Path, sent_at: str
) -> None:
    """Not a second before the London midnight of its day; then once, though the clock goes back an hour and strikes again."""
    at = utc(sent_at)
    engine = open_engine(sqlite_url)
    town = settle(engine, at=at, count=1)
    from partners.foundation.db import session_factory

    sessions = session_factory(engine)
    with sessions.begin() as session:
        referral_id = sent(session, town, town.needs[0], at=at).id
    ends_on = add_working_days(day_of(at), moves.EXPIRE_DAYS)
    midnight = datetime(ends_on.year, ends_on.month, ends_on.day, tzinfo=london(at).tzinfo).astimezone(UTC)
    instants = [midnight - timedelta(seconds=2), midnight, midnight - timedelta(hours=1), midnight + timedelta(hours=1), midnight + timedelta(days=1)]
    seen = ticks(faketime, sqlite_url, sealing_keys, instants, tmp_path)
    assert [x["expired"] for x in seen] == [0, 1, 0, 0, 0]
    with sessions() as session:
        found = session.get_one(Referral, referral_id)
        assert (found.state, [e.action for e in found.events].count("expire")) == (State.EXPIRED, 1)
        assert audit.verify(session) == []
        assert [e.position for e in found.events] == list(range(len(found.events)))


def test_a_clock_put_back_an_hour_nudges_nobody_twice(faketime: str, sqlite_url: str, sealing_keys: list[str], tmp_path: Path) -> None:
    at = utc("2026-10-20T10:00:00")
    engine = open_engine(sqlite_url)
    town = settle(engine, at=at, count=1)
    from partners.foundation.db import session_factory

    sessions: sessionmaker[Session] = session_factory(engine)
    with sessions.begin() as session:
        sent(session, town, town.needs[0], at=at)
        session.execute(update(Message).values(sent_at=at))
    late = utc("2026-10-26T10:30:00")
    seen = ticks(faketime, sqlite_url, sealing_keys, [utc("2026-10-25T00:30:00"), utc("2026-10-25T01:30:00"), late, late - timedelta(hours=1), late], tmp_path)
    assert [x["nudged"] for x in seen] == [0, 0, 1, 0, 0]
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Message).where(Message.kind == "partner_nudge")) == 1


def test_a_clock_put_back_leaves_the_audit_in_its_own_order(session_factory: sessionmaker[Session], engine: Any) -> None:
    at = utc("2026-10-25T01:30:00")
    settle(engine, at=at, count=1)
    with session_factory.begin() as session:
        before = audit.head_hash(session)
        outbox.queue(session, kind="reminder", to="to@example.org", subject="A message waits", body="Log in.", at=at - timedelta(hours=1))
        from partners.foundation.actors import SYSTEM

        event = audit.record(session, "clock:looked", by=SYSTEM, at=at - timedelta(hours=1))
        assert event.previous_hash == before
        assert audit.verify(session) == []
