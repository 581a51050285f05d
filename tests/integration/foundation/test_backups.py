"""Backups: taken while people write, unreadable without the key, and back again with every row and the audit's head as they were."""

from __future__ import annotations

import hashlib
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData, select, text
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation import audit, backups, outbox, schema, sign_ins, users
from partners.foundation.actors import SYSTEM, Actor, Role
from partners.foundation.backups import backup, new_key, read_header, restore
from partners.foundation.db import open_engine, session_factory
from partners.foundation.errors import Conflict, NotReady
from partners.foundation.users import User
from tests.integration.foundation.conftest import CHEAP, NOW

KEY = new_key()
LATER = NOW + timedelta(hours=1)
CHANGED_BY_A_RESTORE = {"held_at", "ended_at", "used_at"}


def address(engine: Engine) -> str:
    """The database's address with its password."""
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def elsewhere(engine: Engine, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a second, empty database of the same kind."""
    if engine.dialect.name == "sqlite":
        (tmp_path / "elsewhere").mkdir()
        yield f"sqlite:///{tmp_path}/elsewhere/kith.sqlite3"
        return
    with request.getfixturevalue("postgres").database(template="template0") as url:
        yield url


def row_hashes(engine: Engine) -> dict[str, str]:
    """A hash of every table's rows as stored, without what a restore changes on purpose."""
    metadata, hashes = MetaData(), {}
    with engine.execution_options(reading=True).connect() as connection:
        metadata.reflect(connection)
        for table in metadata.sorted_tables:
            columns = [column for column in table.columns if column.name not in CHANGED_BY_A_RESTORE]
            rows = sorted(repr(tuple(row)) for row in connection.execute(select(*columns)))
            hashes[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest() + f" {len(rows)}"
    return hashes


def test_a_backup_brings_every_row_and_the_audit_back(
    engine: Engine, sessions: sessionmaker[Session], people: Callable[..., User], elsewhere: str, tmp_path: Path
) -> None:
    person = people("flo@example.org", password="three random words")
    with sessions.begin() as session:
        outbox.queue(session, kind="reminder", to="flo@example.org", subject="A message waits", body="Log in.", at=NOW)
    before = row_hashes(engine)
    made = backup(address(engine), tmp_path / "kith.backup", key=KEY, at=NOW)
    restored = restore(tmp_path / "kith.backup", elsewhere, key=KEY, at=LATER)
    there = open_engine(elsewhere)
    after = row_hashes(there)
    assert {t: h for t, h in after.items() if t != "audit_events"} == {t: h for t, h in before.items() if t != "audit_events"}
    assert restored == backups.Restored(made, 1, [])
    with session_factory(there)() as session:
        told = session.scalars(select(audit.AuditEvent).order_by(audit.AuditEvent.seq.desc())).first()
        assert told is not None
        assert (told.action, told.facts["held"], told.facts["faults"]) == ("backup:restored", 1, 0)
        assert told.previous_hash == made.audit_head != audit.FIRST_HASH
        found = users.check_password(session, "flo@example.org", "three random words", hasher=CHEAP)
        assert found is not None
        assert found.id == person.id
        with pytest.raises(Exception, match="append-only"):
            session.execute(text("DELETE FROM audit_events"))
    there.dispose()


def test_a_backup_under_a_load_of_writes_is_one_whole_moment(
    engine: Engine, sessions: sessionmaker[Session], elsewhere: str, tmp_path: Path
) -> None:
    stop, written = threading.Event(), []

    def write(writer: int) -> None:
        n = 0
        while not stop.is_set():
            with sessions.begin() as session:
                # Two rows in one transaction: a backup that is not of one moment would have the one without the other.
                message = outbox.queue(session, kind="reminder", to="flo@example.org", subject="A message waits", body="Log in." * 50, at=NOW)
                audit.record(session, "mail:queued", ("message", message.id), by=SYSTEM, at=NOW, writer=writer, n=n)
            n += 1
            written.append(n)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    try:
        rounds = []
        for n in range(6):
            while len(written) < 10 * (n + 1):
                stop.wait(0.005)
            count = len(written)
            made = backup(address(engine), tmp_path / f"{n}.backup", key=KEY, at=NOW)
            rounds.append((made, count, len(written) - count))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for n, (made, least, _meanwhile) in enumerate(rounds):
        restored = restore(tmp_path / f"{n}.backup", elsewhere, key=KEY, at=LATER, force=n > 0)
        assert restored.faults == []
        there = open_engine(elsewhere)
        with session_factory(there)() as session:
            mails = {str(found) for found in session.scalars(select(outbox.Message.id))}
            events = set(session.scalars(select(audit.AuditEvent.subject_id).where(audit.AuditEvent.action != "backup:restored")))
            assert mails == events
            assert len(mails) >= least
            assert session.scalars(select(audit.AuditEvent.previous_hash).order_by(audit.AuditEvent.seq.desc())).first() == made.audit_head
        there.dispose()
    assert sum(meanwhile for _made, _least, meanwhile in rounds) > 0


def test_nothing_in_a_backup_can_be_read(engine: Engine, sessions: sessionmaker[Session], people: Callable[..., User], tmp_path: Path) -> None:
    people("canary.person@example.org")
    with sessions.begin() as session:
        outbox.queue(session, kind="canarykind", to="flo@example.org", subject="CANARY subject", body="Log in.", at=NOW)
    path = tmp_path / "kith.backup"
    backup(address(engine), path, key=KEY, at=NOW)
    said = subprocess.run(["strings", "-n", "4", str(path)], capture_output=True, text=True, check=True).stdout
    assert "audit_head" in said
    for canary in ("anary", "CANARY", "example.org", "Elm Primary", "Sam Hill", "CREATE TABLE", "SQLite", "PGDMP"):
        assert canary not in said
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {p.name for p in tmp_path.iterdir() if "kith-" in p.name or p.name.endswith(".part")} == set()


def test_a_wrong_key_restores_nothing(engine: Engine, elsewhere: str, tmp_path: Path, people: Callable[..., User]) -> None:
    people()
    backup(address(engine), tmp_path / "kith.backup", key=KEY, at=NOW)
    before = row_hashes(engine)
    with pytest.raises(NotReady, match="does not open"):
        restore(tmp_path / "kith.backup", elsewhere, key=new_key(), at=LATER)
    with pytest.raises(NotReady, match="does not open"):
        restore(tmp_path / "kith.backup", address(engine), key=new_key(), at=LATER, force=True)
    assert row_hashes(engine) == before
    there = open_engine(elsewhere)
    assert row_hashes(there) == {}
    there.dispose()


def test_a_file_cut_short_restores_nothing(engine: Engine, tmp_path: Path, people: Callable[..., User]) -> None:
    people()
    path = tmp_path / "kith.backup"
    backup(address(engine), path, key=KEY, at=NOW)
    before = row_hashes(engine)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(NotReady):
        restore(path, address(engine), key=KEY, at=LATER, force=True)
    assert row_hashes(engine) == before


def test_a_database_that_holds_something_is_replaced_only_when_told(
    engine: Engine, sessions: sessionmaker[Session], people: Callable[..., User], tmp_path: Path
) -> None:
    people("before@example.org")
    backup(address(engine), tmp_path / "kith.backup", key=KEY, at=NOW)
    people("after@example.org")
    with pytest.raises(Conflict, match="--force"):
        restore(tmp_path / "kith.backup", address(engine), key=KEY, at=LATER)
    with sessions() as session:
        assert users.find_by_email(session, "after@example.org") is not None
    engine.dispose()
    restore(tmp_path / "kith.backup", address(engine), key=KEY, at=LATER, force=True)
    with sessions() as session:
        assert users.find_by_email(session, "after@example.org") is None
        assert users.find_by_email(session, "before@example.org") is not None


def test_mail_that_had_not_left_is_held_and_sent_mail_stays_sent(
    engine: Engine, sessions: sessionmaker[Session], elsewhere: str, tmp_path: Path
) -> None:
    with sessions.begin() as session:
        queued = [
            outbox.queue(session, kind="reminder", to="flo@example.org", subject="A message waits", body="Log in.", at=NOW) for _ in range(4)
        ]
        queued[0].sent_at, queued[1].cancelled_at, queued[2].dead_at = NOW, NOW, NOW
    backup(address(engine), tmp_path / "kith.backup", key=KEY, at=NOW)
    assert restore(tmp_path / "kith.backup", elsewhere, key=KEY, at=LATER).held == 2
    there = open_engine(elsewhere)
    held = session_factory(there)
    assert outbox.deliver(held, outbox.PageTransport(), now=lambda: LATER + timedelta(days=1)).sent == 0
    with held.begin() as session:
        message = session.get_one(outbox.Message, queued[3].id)
        assert message.held_at == LATER
        outbox.try_again(session, message, by=Actor(kind="user", name="Ada", roles=frozenset({Role.ADMIN})), at=LATER)
    assert outbox.deliver(held, outbox.PageTransport(), now=lambda: LATER).sent == 1
    there.dispose()


def test_nobody_is_signed_in_after_a_restore(
    engine: Engine, sessions: sessionmaker[Session], people: Callable[..., User], elsewhere: str, tmp_path: Path
) -> None:
    person = people()
    with sessions.begin() as session:
        cookie = sign_ins.start(session, person, at=NOW)
        link = sign_ins.new_sign_in_link(session, person, at=NOW)
    backup(address(engine), tmp_path / "kith.backup", key=KEY, at=NOW)
    restore(tmp_path / "kith.backup", elsewhere, key=KEY, at=NOW)
    there = open_engine(elsewhere)
    with session_factory(there)() as session:
        assert sign_ins.find_live(session, cookie, at=NOW) is None
        with pytest.raises(Exception, match="has been used"):
            sign_ins.use_sign_in_link(session, link, at=NOW)
    there.dispose()


def test_an_audit_cut_off_before_the_restore_is_told(engine: Engine, sessions: sessionmaker[Session], people: Callable[..., User], tmp_path: Path) -> None:
    people("one@example.org")
    people("two@example.org")
    known = backup(address(engine), tmp_path / "kith.backup", key=KEY, at=NOW).audit_head
    with sessions.begin() as session:
        if engine.dialect.name == "sqlite":
            session.execute(text("DROP TRIGGER audit_no_delete"))
        else:
            session.execute(text("ALTER TABLE audit_events DISABLE TRIGGER ALL"))
        session.execute(text("DELETE FROM audit_events WHERE seq = 2"))
    with sessions() as session:
        assert audit.verify(session) == []
        assert audit.verify(session, known_head=known) != []


def test_the_header_tells_what_a_backup_is(engine: Engine, tmp_path: Path, people: Callable[..., User]) -> None:
    people()
    made = backup(address(engine), tmp_path / "kith.backup", key=KEY, at=NOW)
    assert read_header(tmp_path / "kith.backup") == made
    assert (made.created_at, made.database) == (NOW, engine.dialect.name)


def test_the_same_place_twice_keeps_the_newer_one(engine: Engine, tmp_path: Path, people: Callable[..., User]) -> None:
    people("one@example.org")
    first = backup(address(engine), tmp_path / "kith.backup", key=KEY, at=NOW)
    people("two@example.org")
    second = backup(address(engine), tmp_path / "kith.backup", key=KEY, at=LATER)
    assert first != second == read_header(tmp_path / "kith.backup")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://u@h/d", "nonsense"])
def test_a_database_that_cannot_be_backed_up_is_named(url: str, tmp_path: Path) -> None:
    with pytest.raises(NotReady):
        backup(url, tmp_path / "kith.backup", key=KEY, at=NOW)


def test_a_missing_database_is_not_made_by_backing_it_up(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="no database"):
        backup(f"sqlite:///{tmp_path}/nowhere.sqlite3", tmp_path / "kith.backup", key=KEY, at=NOW)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_of_kith_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "other.sqlite3").write_bytes(b"not a database" * 100)
    sqlite3.connect(tmp_path / "empty.sqlite3").close()
    for name in ("other", "empty"):
        with pytest.raises((NotReady, sqlite3.DatabaseError)):
            backup(f"sqlite:///{tmp_path}/{name}.sqlite3", tmp_path / "kith.backup", key=KEY, at=NOW)
    assert not (tmp_path / "kith.backup").exists()


def test_an_old_write_ahead_log_never_gets_into_a_restored_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/kith.sqlite3"
    first = open_engine(url)
    schema.migrate(first)
    with session_factory(first).begin() as session:
        audit.record(session, "clock:looked", by=SYSTEM, at=NOW)
    backup(url, tmp_path / "kith.backup", key=KEY, at=NOW)
    with session_factory(first).begin() as session:
        for n in range(200):
            audit.record(session, "clock:looked", by=SYSTEM, at=NOW, n=n)
    log = (tmp_path / "kith.sqlite3-wal").read_bytes()
    first.dispose()
    (tmp_path / "kith.sqlite3-wal").write_bytes(log)
    assert len(log) > 0
    assert restore(tmp_path / "kith.backup", url, key=KEY, at=LATER, force=True).faults == []
    again = open_engine(url)
    with session_factory(again)() as session:
        assert session.scalars(select(audit.AuditEvent.action).order_by(audit.AuditEvent.seq)).all() == ["clock:looked", "backup:restored"]
    again.dispose()
