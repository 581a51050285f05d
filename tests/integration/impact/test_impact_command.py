"""`kith impact`: a school's figures and a trust's totals byte for byte, by name and by id, and one line for whoever asks for what is not there."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.orm import Session

from partners.foundation import db, schema, sealing
from partners.impact import rounds
from tests.builders_trusts import AFTER, a_school, a_trust, asked, freeze
from web.cli import main


@dataclass
class Made:
    """A database with a trust of three schools whose figures are frozen, and a trust of three that have none."""

    command: Callable[..., Result]
    url: str
    trust_id: str
    release_id: str
    document: str
    sha256: str
    of_school: str


def frozen(session: Session) -> dict[str, Any]:
    places = [a_school(session, name) for name in ("Hill", "Dale", "Moor")]
    for place in places:
        asked(session, place, 33, unmet=12)
    of = a_trust(session, *places)
    freeze(session, *places)
    made = rounds.trust_release_for(session, of.trust, at=AFTER)
    [own] = [rounds.release_for(session, p.school, at=AFTER).release for p in places[:1]]
    assert made is not None
    assert own is not None
    a_trust(session, *(a_school(session, name) for name in ("Beck", "Cross", "Ford")), name="Beck Trust")
    return {"trust_id": str(of.trust.id), "release_id": str(made.id), "document": made.document, "sha256": made.sha256, "of_school": str(own.id)}


@pytest.fixture
def made(tmp_path: Path, sealing_keys: list[str]) -> Made:
    url = f"sqlite:///{tmp_path / 'kith.sqlite3'}"
    engine = db.open_engine(url)
    schema.migrate(engine)
    with db.session_factory(engine).begin() as session:
        facts = frozen(session)
    engine.dispose()
    environment = {
        "KITH_DATABASE_URL": url, "KITH_SECRET_KEY": "a secret of these tests, at least 32 letters", "KITH_SEALING_KEYS": sealing_keys[0], "KITH_BASE_URL": "http://kith.example",
    }

    def command(*words: str) -> Result:
        result = CliRunner().invoke(main, list(words) if words[:1] == ("user",) else ["impact", *words], env=environment)
        sealing.use_keys(sealing_keys)
        return result

    return Made(command, url, **facts)


@pytest.mark.parametrize("named", ["Hill Trust", "its id"])
def test_a_trusts_totals_are_printed_byte_for_byte_by_name_and_by_id(made: Made, named: str) -> None:
    result = made.command("--trust", made.trust_id if named == "its id" else named, "--json")
    assert result.exit_code == 0, result.output
    assert result.stdout_bytes == made.document.encode()
    assert hashlib.sha256(result.stdout_bytes).hexdigest() == made.sha256


def test_they_have_the_form_of_a_schools(made: Made) -> None:
    for words in (("--trust", "Hill Trust"), ("--school", "Hill")):
        told = json.loads(made.command(*words, "--json").stdout)
        assert set(told) == {"release", "tables"}
        for table in told["tables"]:
            assert set(table) == {"name", "rows", "columns", "cells"}
            assert all(len(row) == len(table["columns"]) for row in table["cells"])
            assert all(cell in ("*", "–") or isinstance(cell, int) for row in table["cells"] for cell in row)


def test_any_release_is_printed_by_its_id_and_only_of_whom_is_named(made: Made) -> None:
    assert made.command("--release", made.release_id, "--json").stdout == made.document
    assert made.command("--trust", "Hill Trust", "--release", made.release_id, "--json").stdout == made.document
    assert json.loads(made.command("--release", made.of_school, "--json").stdout)["release"] == made.of_school
    for words in (("--trust", "Hill Trust", "--release", made.of_school), ("--school", "Hill", "--release", made.release_id), ("--release", str(uuid.uuid4()))):
        refused = made.command(*words)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "no such release" in refused.stderr


def test_without_a_name_the_first_trust_is_meant_and_it_reads_as_tables(made: Made) -> None:
    first = made.command("--trust", "--json")  # Beck Trust, which has no figures
    assert (first.exit_code, first.stdout) == (1, "")
    assert "three at least" in first.stderr
    words = made.command("--trust", "Hill Trust").stdout
    assert "families" in words
    assert "100" in words
    assert not any(name in words for name in ("Dale", "Moor"))


def test_what_cannot_be_meant_is_said_in_one_line(made: Made) -> None:
    unknown = made.command("--trust", "Nowhere")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "Known: Beck Trust, Hill Trust" in unknown.stderr
    both = made.command("--trust", "Hill Trust", "--school", "Hill")
    assert both.exit_code == 2
    assert "not both" in both.stderr


def test_totals_that_were_changed_are_not_printed(made: Made) -> None:
    engine = db.open_engine(made.url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE trust_releases SET document = replace(document, '100', '105')"))
    engine.dispose()
    refused = made.command("--trust", "Hill Trust", "--json")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "changed after it was made" in refused.stderr


def test_release_freezes_a_trusts_totals_when_all_its_schools_have_theirs(made: Made) -> None:
    engine = db.open_engine(made.url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM trust_releases"))
    engine.dispose()
    rows = json.loads(made.command("release", "--json").stdout)
    [totals] = [row for row in rows if row.get("trust")]
    assert (totals["trust"], totals["new"], totals["school"]) == ("Hill Trust", True, None)
    assert made.command("--trust", "Hill Trust", "--release", totals["release"]).exit_code == 0
    again = json.loads(made.command("release", "--json").stdout)
    assert not [row for row in again if row.get("trust")]


def test_schools_join_and_leave_a_trust_by_name(made: Made) -> None:
    def schools(*words: str) -> str:
        return made.command("user", "trust", "--name", "Beck Trust", *words).output

    assert "Beck Trust: 2 schools" in schools("--leaves", "Ford")
    assert "Beck Trust: 3 schools" in schools("--school", "Ford", "--school", "Beck")
    taken = made.command("user", "trust", "--name", "Beck Trust", "--school", "Hill")
    assert (taken.exit_code, "in a trust already" in taken.output) == (1, True)
    assert "not in that trust" in schools("--leaves", "Hill")
