"""The databases of the tests: fresh each time, at the newest schema, as durable as in service, and gone at the end."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation import audit, db, schema
from partners.foundation.actors import SYSTEM
from partners.foundation.audit import AuditEvent
from tests import postgres_server
from tests.integration.conftest import AT


def test_a_test_gets_the_newest_schema_with_durable_settings(engine: Engine) -> None:
    schema.require_current(engine)
    db.check_durability(engine)
    assert "audit_events" in inspect(engine).get_table_names()


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_one_test_commits_no_other_sees(session: Session, turn: str) -> None:
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == 0
    audit.record(session, f"clock:{turn}", by=SYSTEM, at=AT)
    session.commit()


def test_two_sessions_see_one_database(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as writing:
        audit.record(writing, "clock:looked", by=SYSTEM, at=AT)
        writing.commit()
    with session_factory() as looking:
        assert [event.at for event in looking.scalars(select(AuditEvent))] == [AT]


def test_a_bare_database_has_no_table(bare_url: str) -> None:
    engine = db.open_engine(bare_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


@pytest.mark.postgres
def test_a_dropped_database_sends_its_last_reader_away(postgres: postgres_server.Server) -> None:
    with postgres.database() as url:
        engine = db.open_engine(url)
        connection = engine.connect()
        connection.execute(text("SELECT 1"))
    names = db.open_engine(postgres.url("postgres"))
    with names.connect() as looking:
        assert looking.execute(text("SELECT datname FROM pg_database WHERE datname LIKE 'kith\\_%'")).scalars().all() == [postgres_server.TEMPLATE]
    names.dispose()
    connection.invalidate()
    connection.close()
    engine.dispose()


STARTS_AND = """
import sys, time
from tests import postgres_server
with postgres_server.running() as server:
    print((server.folder / "data" / "postmaster.pid").read_text().split()[0], server.folder, flush=True)
    {then}
"""


@pytest.mark.postgres
@pytest.mark.parametrize(("then", "ended_by"), [("raise SystemExit(3)", None), ("time.sleep(60)", signal.SIGKILL)], ids=["a failure", "a kill"])
def test_the_server_ends_with_the_tests_however_they_end(postgres: postgres_server.Server, then: str, ended_by: signal.Signals | None) -> None:
    command = [sys.executable, "-c", STARTS_AND.format(then=then)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as tests:
        assert tests.stdout is not None
        number, folder = tests.stdout.readline().split()
        assert Path(f"/proc/{number}").exists()
        if ended_by is not None:
            tests.send_signal(ended_by)
    deadline = time.monotonic() + 20
    while _runs(int(number)):
        assert time.monotonic() < deadline, "the server outlived its tests"
        time.sleep(0.05)
    if ended_by is None:
        assert not Path(folder).exists()
    shutil.rmtree(folder, ignore_errors=True)


def _runs(number: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def test_without_its_programs_the_reason_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres_server, "USUAL_FOLDERS", ())
    with pytest.raises(postgres_server.PostgresAbsent, match="apt-get install postgresql"):
        postgres_server.binaries()
