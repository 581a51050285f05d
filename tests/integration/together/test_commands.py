"""`kith exchanges`, `kith groups` and `kith gaps`: lists on a database, as words and as JSON, with no family in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partners.foundation import db, schema, sealing
from partners.matching import exchanges
from partners.registry import asks
from partners.registry.asks import Wanted
from tests.integration.conftest import AT
from tests.integration.together.conftest import Circle, a_school
from web.cli import main


@pytest.fixture
def run(tmp_path: Path, sealing_keys: list[str]):
    """A command on a database with one school, an ask and a give, and six families who ask for the same."""
    url = f"sqlite:///{tmp_path / 'kith.sqlite3'}"
    engine = db.open_engine(url)
    schema.migrate(engine)
    with db.session_factory(engine)() as session:
        circle = Circle(session, AT, *a_school(session, AT, "Seamoor Primary"))
        for _ in range(6):
            circle.family("esol")
        asks.ask(session, None, Wanted("coats", 40), things=exchanges.things(), by=circle.flo, at=AT)
        session.commit()
    engine.dispose()
    environment = {
        "KITH_DATABASE_URL": url, "KITH_SECRET_KEY": "a secret of these tests, at least 32 letters", "KITH_SEALING_KEYS": sealing_keys[0], "KITH_BASE_URL": "http://kith.example",
    }

    def command(*words: str) -> Result:
        result = CliRunner().invoke(main, list(words), env=environment)
        sealing.use_keys(sealing_keys)
        return result

    return command


def test_exchanges(run) -> None:
    found = json.loads(run("exchanges", "--json").stdout)
    assert (found["met"], found["exchanges"], [u["because"] for u in found["unmet"]]) == (0, [], ["Nobody has offered this yet."])
    assert "not met: coats: Nobody has offered this yet." in run("exchanges").stdout


def test_groups(run) -> None:
    found = json.loads(run("groups", "--json").stdout)
    assert [(g["need"], g["area"], g["families"], g["offers"]) for g in found] == [("esol", "LS9", 6, [])]
    assert "6 families · Learning English · LS9" in run("groups").stdout


def test_gaps_hide_small_numbers(run) -> None:
    result = run("gaps", "--json")
    found = json.loads(result.stdout)
    assert [(r["need"], r["reason"], r["families"]) for r in found["ledger"]] == [("esol", "no_such_offer", None)]
    assert "too few to show" in run("gaps").stdout
    assert "A.K." not in result.stdout


def test_a_school_that_is_not_there_is_told_which_there_are(run) -> None:
    result = run("gaps", "--school", "Another")
    assert result.exit_code == 2
    assert "Seamoor Primary" in result.stderr
