"""Wards: lists of open data read, planned and brought in, by the command too; and what a ward is called."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session

from partners.foundation import db, schema, ward_lists, wards
from partners.foundation.actors import SYSTEM, Actor, Role
from partners.foundation.errors import InvalidRecord, NotAllowed
from web.cli import main

AT = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
HEADED = "pcds,oseast1m,osward\nLS9 7AB,1,E05000001\nls8 3qd,1,E05000002\nLS14 6PA,1,E05000003\nBD1 1AA,1,E05000009\nGY1 1AA,1,L99999999\n"
BARE = '"LS9 7AB",10,432000,433500,"E92000001","","E19000001","","E08000035","E05000001"\n'


def a_file(folder: Path, text: str, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def bring(session: Session, path: Path, names: dict[str, tuple[str, str | None]] | None = None) -> wards.WardList:
    return ward_lists.apply(session, ward_lists.plan(session, ward_lists.read(path), names or {}), file_name=path.name, by=SYSTEM, at=AT)


def test_every_form_of_the_open_data_is_read(tmp_path: Path) -> None:
    assert len(ward_lists.read(a_file(tmp_path, HEADED)).wards) == 4
    assert ward_lists.read(a_file(tmp_path, HEADED)).without == 1
    assert list(ward_lists.read(a_file(tmp_path, BARE)).wards.values()) == ["E05000001"]
    packed = tmp_path / "list.csv.gz"
    packed.write_bytes(gzip.compress(HEADED.encode()))
    assert len(ward_lists.read(packed).wards) == 4
    with zipfile.ZipFile(tmp_path / "codepo_gb.zip", "w") as archive:
        archive.writestr("Data/CSV/ls.csv", BARE)
        archive.writestr("Doc/licence.csv", "no,postcodes\nhere,either\n")
    assert len(ward_lists.read(tmp_path / "codepo_gb.zip").wards) == 1
    assert len(ward_lists.read(a_file(tmp_path, HEADED), areas=["bd"]).wards) == 1


def test_each_bad_line_is_told_with_its_line_and_the_others_are_read(tmp_path: Path) -> None:
    found = ward_lists.read(a_file(tmp_path, "postcode,ward\nLS9 7AB,E05000001\nnowhere,E05000001\nLS8 3QD,Gipton\nLS9 7AB,E05000002\nLS14 6PA\n"))
    assert [f.line for f in found.faults] == [3, 4, 5, 6]
    assert found.faults[1].says == "ward: a ward's code is a letter and eight digits, like E05001420."
    assert list(found.wards.values()) == ["E05000001"]


@pytest.mark.parametrize(("text", "says"), [("postcode,district\nLS9 7AB,x\n", "ward"), ("ward,x\nE05000001,x\n", "postcode"), ("", "no postcode"), ("postcode,ward\n", "no postcode")])
def test_a_file_that_is_no_such_list_is_refused_in_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InvalidRecord, match=says):
        ward_lists.read(a_file(tmp_path, text))
    with pytest.raises(InvalidRecord, match="postcode area"):
        ward_lists.read(a_file(tmp_path, HEADED), areas=["QQ"])


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.csv.gz").write_bytes(gzip.compress(HEADED.encode() * 100)[:90])
    (tmp_path / "latin.csv").write_bytes(b"postcode,ward\nLS9 7AB,\xe9\n")
    for name in ("list.csv.gz", "latin.csv"):
        with pytest.raises(InvalidRecord, match="cannot be read"):
            ward_lists.read(tmp_path / name)


def test_wards_of_postcodes_are_known_once_a_list_is_brought_in(session: Session, tmp_path: Path) -> None:
    assert (wards.edition(session), wards.of_postcodes(session, ["LS9 7AB"])) == (0, {})
    bring(session, a_file(tmp_path, HEADED), {"E05000001": ("Mill Hill", "Leeds")})
    assert wards.of_postcodes(session, ["LS9 7AB", "LS8 3QD", "LS1 1AA", "nowhere"]) == {"LS9 7AB": "E05000001", "LS8 3QD": "E05000002"}
    assert wards.labels(session, ["E05000001", "E05000002"]) == {"E05000001": "Mill Hill", "E05000002": "Ward E05000002"}
    assert wards.outcodes(session, ["E05000001", "E05000003"]) == {"E05000001": ("LS9",), "E05000003": ("LS14",)}
    east, north = wards.middles(session, ["E05000001"])["E05000001"]
    assert 420_000 < east < 445_000
    assert 420_000 < north < 445_000
    with pytest.raises(NotAllowed):
        ward_lists.apply(session, ward_lists.Plan({}, {}, 0, {}, 0), file_name="x", by=Actor(kind="user", name="Jas", roles=frozenset({Role.ADMIN})), at=AT)


def test_two_wards_of_one_name_are_told_apart(session: Session, tmp_path: Path) -> None:
    bring(session, a_file(tmp_path, HEADED), {"E05000001": ("Central", "Leeds"), "E05000002": ("Central", "Bradford"), "E05000003": ("Central", None), "E05000009": ("Hill", None)})
    assert wards.labels(session, ["E05000001", "E05000002", "E05000003", "E05000009"]) == {
        "E05000001": "Central (Leeds)", "E05000002": "Central (Bradford)", "E05000003": "Central (E05000003)", "E05000009": "Hill",
    }


def test_a_new_edition_begins_only_where_a_known_postcode_changes_its_ward(session: Session, tmp_path: Path) -> None:
    assert bring(session, a_file(tmp_path, HEADED)).edition == 1
    assert bring(session, a_file(tmp_path, "postcode,ward\nLS9 7AD,E05000001\n")).edition == 1
    assert bring(session, a_file(tmp_path, "postcode,ward\nLS9 7AD,E05000002\n")).edition == 2
    assert wards.of_postcodes(session, ["LS9 7AB", "LS9 7AD"]) == {"LS9 7AB": "E05000001", "LS9 7AD": "E05000002"}


def test_names_come_with_the_list_or_later(session: Session, tmp_path: Path) -> None:
    names, faults = ward_lists.read_names(a_file(tmp_path, "WD25CD,WD25NM,LAD25NM\nE05000001,Mill Hill,Leeds\nnone,Here,\nE05000002,,\n", "names.csv"))
    assert names == {"E05000001": ("Mill Hill", "Leeds")}
    assert [f.line for f in faults] == [3, 4]
    bring(session, a_file(tmp_path, HEADED))
    made = ward_lists.plan(session, ward_lists.Found(), names)
    assert (made.named, made.changes) == (1, True)
    ward_lists.apply(session, made, file_name="names.csv", by=SYSTEM, at=AT)
    assert wards.labels(session, ["E05000001"]) == {"E05000001": "Mill Hill"}
    assert not ward_lists.plan(session, ward_lists.Found(), names).changes
    with pytest.raises(InvalidRecord, match="code and name"):
        ward_lists.read_names(a_file(tmp_path, "x,y\n", "names.csv"))


@pytest.fixture
def command(tmp_path: Path, sealing_keys: list[str]) -> Callable[..., Result]:
    """Run `kith import postcodes` with a database of its own."""
    url = f"sqlite:///{tmp_path / 'kith.sqlite3'}"
    engine = db.open_engine(url)
    schema.migrate(engine)
    engine.dispose()
    environment = {"KITH_DATABASE_URL": url, "KITH_SECRET_KEY": "a secret of these tests, at least 32 letters", "KITH_SEALING_KEYS": sealing_keys[0], "KITH_BASE_URL": "http://kith.example"}
    return lambda *words, **more: CliRunner().invoke(main, ["import", "postcodes", *map(str, words)], env=environment, **more)


def test_the_command_plans_first_and_brings_in_what_was_said_yes_to(command: Callable[..., Result], tmp_path: Path) -> None:
    path = a_file(tmp_path, HEADED + "nowhere,1,E05000001\n")
    names = a_file(tmp_path, "code,name\nE05000001,Mill Hill\n", "names.csv")
    told = json.loads(command(path, "--names", names, "--json").output)
    assert {k: v for k, v in told.items() if k != "refused"} == {"new": 4, "moved": 0, "same": 0, "without_ward": 1, "wards": 4, "names": 1}
    assert [r["line"] for r in told["refused"]] == [7]
    refused = command(path, input="n\n")
    assert "4 postcodes new" in refused.output
    assert "list.csv line 7: postcode: " in refused.output
    assert "Done" not in refused.output
    assert json.loads(command(path, "--plan-only", "--json").output)["new"] == 4
    assert "Done" in command(path, "--names", names, "--yes").output
    assert json.loads(command(path, "--names", names, "--json").output)["same"] == 4
    assert "1 in another ward than before" in command(a_file(tmp_path, "postcode,ward\nLS9 7AB,E05000003\n"), "--plan-only").output


def test_the_command_says_in_one_line_what_it_cannot_read(command: Callable[..., Result], tmp_path: Path) -> None:
    for words, status in (((a_file(tmp_path, "a,b\n1,2\n"), "--yes"), 1), ((), 2), ((tmp_path / "none.csv",), 2), ((a_file(tmp_path, HEADED, "h.csv"), "--area", "QQ"), 1)):
        result = command(*words)
        assert result.exit_code == status
        assert "Traceback" not in result.output
