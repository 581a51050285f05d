"""A database that is lost: never quietly a new one; and brought back from a backup that was made while people worked."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation import audit, backups, outbox, sign_ins, users
from partners.foundation.db import open_engine, session_factory
from partners.foundation.errors import NotReady
from partners.foundation.outbox import Message, PageTransport
from partners.foundation.sealing import new_key
from partners.referrals.moves import State
from partners.referrals.referrals import Referral
from tests.integration.conftest import AT
from tests.reliability.pressing import Pressing
from tests.reliability.small_town import sent, settle
from web.cli import main
from web.cli.demo import Door


@pytest.fixture
def environment(sqlite_url: str, sealing_keys: list[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The settings of an installation; its database's address."""
    for name, value in {"KITH_DATABASE_URL": sqlite_url, "KITH_SECRET_KEY": "u3Jw9cT1x7Lq5Rb2Vn8Ym4Kd6Pf0Hs-Zg", "KITH_SEALING_KEYS": ",".join(sealing_keys)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("KITH_BACKUP_KEY", raising=False)
    return sqlite_url


def test_a_missing_database_is_never_made_anew(environment: str) -> None:
    path = Path(environment.removeprefix("sqlite:///"))
    path.unlink()
    with pytest.raises(NotReady, match="kith restore"):
        open_engine(environment, must_exist=True)
    ran = CliRunner().invoke(main, ["tick"])
    assert ran.exit_code == 2
    assert "There is no database" in ran.stderr
    assert not path.exists()


def test_a_database_that_vanishes_while_it_is_served_is_not_made_anew(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, must_exist=True)
    engine.connect().close()
    engine.dispose()
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    path.unlink()
    with pytest.raises(Exception, match="unable to open"):
        engine.connect()
    assert not path.exists()


def test_the_drill_backup_wipe_restore(environment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After it: every row, the audit's head, signing in, the open referral; and what had not left is held."""
    monkeypatch.setenv("KITH_BACKUP_KEY", new_key())
    engine = open_engine(environment)
    town = settle(engine, at=AT, count=2)
    sessions: sessionmaker[Session] = session_factory(engine)
    with sessions.begin() as session:
        referral_id = sent(session, town, town.needs[0], at=AT).id
        head = audit.head_hash(session)
    file = tmp_path / "kith.backup"
    made = CliRunner().invoke(main, ["backup", "--to", str(file), "--json"])
    assert (made.exit_code, json.loads(made.stdout)["audit_head"], made.stderr) == (0, head, "")
    engine.dispose()
    for left in Path(environment.removeprefix("sqlite:///")).parent.glob("kith.sqlite3*"):
        left.unlink()
    back = CliRunner().invoke(main, ["restore", "--from", str(file), "--json"])
    assert back.exit_code == 0, back.output
    said = json.loads(back.stdout)
    assert (said["restored"], said["held"], said["faults"]) == (True, 1, [])
    again = open_engine(environment, must_exist=True)
    with session_factory(again)() as session:
        last = session.scalars(select(audit.AuditEvent).order_by(audit.AuditEvent.seq.desc())).first()
        assert last is not None
        assert (last.action, last.previous_hash) == ("backup:restored", head)
        assert session.get_one(Referral, referral_id).state is State.SENT
        assert [m.referral_id for m in outbox.held(session)] == [referral_id]
    assert outbox.deliver(session_factory(again), PageTransport(), now=lambda: AT + timedelta(days=1)).sent == 0
    assert Pressing(again, town).browser().get("/liaison/").status_code == 303  # everybody signs in again
    with session_factory(again).begin() as session:
        flo = users.find_by_email(session, "flo@elm.example")
        assert flo is not None
        town.cookie = sign_ins.start(session, flo, at=AT)
    assert Pressing(again, town).browser().get(f"/liaison/referrals/{referral_id}").status_code == 200
    again.dispose()


def test_a_backup_has_a_key_of_its_own_and_says_where_it_has_none(environment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sealing_keys: list[str]) -> None:
    engine = open_engine(environment)
    settle(engine, at=AT, count=1)
    engine.dispose()
    borrowed = CliRunner().invoke(main, ["backup", "--to", str(tmp_path / "borrowed")])
    assert "KITH_BACKUP_KEY is not set" in borrowed.stderr
    monkeypatch.setenv("KITH_BACKUP_KEY", new_key())
    assert CliRunner().invoke(main, ["backup", "--to", str(tmp_path / "own")]).exit_code == 0
    with pytest.raises(NotReady, match="does not open"):
        backups.restore(tmp_path / "own", environment, key=sealing_keys[0], at=AT, force=True)
    told = CliRunner().invoke(main, ["restore", "--from", str(tmp_path / "own"), "--force"])
    assert "0 mails are held" in told.stdout
    assert "The audit is whole." in told.stdout


def test_a_mail_that_was_cancelled_stays_cancelled(session_factory: sessionmaker[Session]) -> None:
    from partners.foundation.actors import Actor, Role

    with session_factory.begin() as session:
        message = outbox.queue(session, kind="reminder", to="to@example.org", subject="A message waits", body="Log in.", at=AT)
        message.held_at = AT
        outbox.cancel(session, message, by=Actor(kind="user", name="Ada", roles=frozenset({Role.ADMIN})), at=AT)
    assert outbox.deliver(session_factory, PageTransport(), now=lambda: AT + timedelta(days=1)).sent == 0
    with session_factory() as session:
        assert session.scalars(select(Message.sent_at)).all() == [None]


def test_while_the_town_is_made_a_calm_page_refreshes_itself() -> None:
    door, told = Door(), []
    page = b"".join(door({}, lambda status, headers: told.append((status, dict(headers))))).decode()
    assert told[0][0].startswith("503")
    assert told[0][1]["Retry-After"] == "1"
    assert 'http-equiv="refresh"' in page
    assert "<script" not in page

    def app(environ: Any, start: Any) -> list[bytes]:
        return [b"the town"]

    door.app = app
    assert door({}, lambda *_: None) == [b"the town"]
