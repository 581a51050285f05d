"""The demo: its town has no impossible history, and `kith demo --check` walks the whole line."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from partners.foundation import audit
from partners.foundation.db import open_engine, session_factory
from partners.matching.requests import offer_record
from partners.referrals.moves import State
from partners.referrals.referrals import Referral
from seeds import demo
from tests.integration.conftest import KINDS
from tests.town_file import AT
from web.cli.demo import Running, _free_port, _go_on, running
from web.cli.demo_check import STEPS, walk


@pytest.fixture(params=KINDS)
def loaded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Session, demo.Town]]:
    """The town in a database of each kind, and a session on it."""
    file = request.getfixturevalue("town_file") if request.param == "sqlite" else None
    engine = open_engine(file.copied_to(tmp_path / "town.sqlite3") if file else request.getfixturevalue("postgres_url"))
    with session_factory(engine)() as session:
        yield session, (file.town if file else demo.load(session, at=AT))
    engine.dispose()


def test_the_town_is_whole_and_its_year_possible(loaded: tuple[Session, demo.Town]) -> None:
    from matcher import Offer

    session, town = loaded
    states = Counter(session.scalars(select(Referral.state)))
    assert (len(town.schools), len(town.organisations), len(town.offers), len(town.families), len(town.neighbours)) == (3, 42, 71, 96, 36)
    assert {State.SENT, State.VIEWED, State.WAITLISTED, State.ACCEPTED, State.CLOSED, State.DECLINED, State.TOLD} <= set(states)
    assert audit.verify(session) == []
    read = [Offer.from_dict(offer_record(o)) for o in town.offers if o.needs]
    assert len(read) == 69
    for referral in session.scalars(select(Referral)).unique():
        instants = [e.at for e in referral.events]
        assert instants == sorted(instants)


def test_the_check_walks_the_whole_line() -> None:
    with tempfile.TemporaryDirectory() as folder, running(_free_port(), Path(folder), fresh=True, say=lambda _words: None) as served:
        assert walk(served)
    assert len(STEPS) == 16


def test_a_busy_database_does_not_end_the_demo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    rounds: list[int] = []

    def deliver(*_: object, **__: object) -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    def sleep(_seconds: float) -> None:
        if len(rounds) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("partners.foundation.outbox.deliver", deliver)
    monkeypatch.setattr("web.cli.demo.time.sleep", sleep)
    monkeypatch.setattr("partners.referrals.reminders.tick", lambda *_, **__: None)
    monkeypatch.setattr("partners.referrals.digests.send_due", lambda *_, **__: None)
    engine = create_engine("sqlite://")
    _go_on(Running("http://127.0.0.1:1", {}, None, engine, None))
    engine.dispose()
    told = capsys.readouterr().err
    assert len(rounds) == 2
    assert "busy" in told
    assert "Stopped" in told
