"""Erasing: after it no word, no row and no byte of a family is left, another's are untouched, holds beat it, and a restore does it again."""

from __future__ import annotations

import json
import string
import uuid
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, String, delete, func, literal_column, select
from sqlalchemy.orm import Session, sessionmaker

from partners.families import agreements, families
from partners.families.agreements import Agreement
from partners.families.families import Child, Family
from partners.foundation import audit, db, ledger, schema
from partners.foundation.db import Base, open_engine
from partners.foundation.errors import Conflict, NotAllowed, NotFound
from partners.foundation.ledger import LedgerEntry
from partners.foundation.sealing import new_key
from partners.impact.releases import Release
from partners.privacy import erasure, held, holds, requests, whereabouts
from partners.privacy.requests import Kind, RightsRequest, Who
from tests.integration.privacy.conftest import AT, Kept, a_family, a_school, an_offer, close
from web.cli import main

LATER = AT + timedelta(days=50)
ANSWERS = {"identity": "seen the passport", "responsibility": "on the birth certificate", "must_not_know": "looked: nobody on it"}


def asked(session: Session, place: SimpleNamespace, family: Family, kind: Kind = Kind.ERASURE, child: Child | None = None) -> RightsRequest:
    """A request that is checked, so that another person can decide it."""
    made = requests.make(session, family, kind, who=Who.PARENT, name="Amira", child=child, words="All of it, please.", by=place.flo, at=LATER)
    return requests.check(session, made, ANSWERS, by=place.flo, at=LATER)


def everything(session: Session) -> str:
    """Every row of every table but the audit, unsealed, as text."""
    session.flush()
    return "\n".join(repr(tuple(row)) for table in Base.metadata.sorted_tables if table.name != "audit_events" for row in session.execute(select(table)))


def raw(session: Session, family: Family) -> set[str]:
    """What of a family stands in the database as it is written there: sealed texts, random ids, words in the open."""
    found = whereabouts.find(session, "families", [family.id])
    written = set()
    for table in found.tables():
        (key,) = table.primary_key.columns
        for row in session.execute(select(*[literal_column(f'"{c.name}"').cast(String) for c in table.columns]).select_from(table).where(key.in_(found.rows[table.name]))):
            written |= {str(v) for v in row if v is not None and len(str(v)) >= 30 and str(v)[0] in string.ascii_letters + string.digits}
    return written


def test_no_word_is_left_in_any_table_and_anothers_are(session: Session, place: SimpleNamespace) -> None:
    mine, other = (a_family(session, place, place.partner, mark) for mark in ("qza", "qzb"))
    close(session, mine, at=LATER)
    gone, ids = list(mine.words.values()), whereabouts.find(session, "families", [mine.family.id]).every_id()
    assert [w for w in gone if w not in everything(session)] == []
    request = asked(session, place, mine.family)
    done = erasure.erase(session, request, by=place.dsl, at=LATER)
    left = everything(session)
    assert [w for w in (*gone, "Amira", *ANSWERS.values()) if w in left] == []
    assert [i for i in ids if i in left or uuid.UUID(i).hex in left] == []
    assert [w for w in other.words.values() if w not in left] == []
    assert done.total >= 20
    assert (request.family_id, request.decision, request.name, request.checks) == (None, requests.Decision.DONE, None, {})
    assert audit.verify(session) == []


def test_one_child_goes_and_the_family_stays(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    close(session, kept, at=LATER)
    first, second = kept.family.children
    erasure.erase(session, asked(session, place, kept.family, child=first), by=place.dsl, at=LATER)
    left = everything(session)
    assert [kept.words[n] in left for n in ("said", "outcome", "inside", "alsosaid", "first")] == [False, False, False, True, True]
    assert [c.id for c in session.get_one(Family, kept.family.id).children] == [second.id]


def test_two_people_look_at_it_and_only_a_lead_decides(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    close(session, kept, at=LATER)
    unchecked = requests.make(session, kept.family, Kind.ERASURE, who=Who.PARENT, by=place.flo, at=LATER)
    with pytest.raises(Conflict, match="First check"):
        erasure.erase(session, unchecked, by=place.dsl, at=LATER)
    for who in (place.flo, place.admin, place.head):
        with pytest.raises(NotAllowed):
            erasure.erase(session, unchecked, by=who, at=LATER)
    with pytest.raises(NotFound):
        erasure.erase(session, unchecked, by=a_school(session, "Dale Primary").dsl, at=LATER)
    own = requests.make(session, kept.family, Kind.ERASURE, who=Who.PARENT, by=place.dsl, at=LATER)
    requests.check(session, own, ANSWERS, by=place.flo, at=LATER)
    with pytest.raises(Conflict, match="Two people"):
        erasure.erase(session, own, by=place.dsl, at=LATER)
    erasure.erase(session, own, by=place.other_dsl, at=LATER)


def test_an_introduction_that_goes_on_is_ended_first(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    request = asked(session, place, kept.family)
    with pytest.raises(Conflict, match="still goes on"):
        erasure.erase(session, request, by=place.dsl, at=LATER)
    assert session.get(Family, kept.family.id) is not None


def test_a_hold_beats_erasing_until_it_is_lifted(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    close(session, kept, at=LATER)
    request = asked(session, place, kept.family)
    with pytest.raises(NotAllowed):
        holds.place(session, kept.family, reason="a court asked", owner="Sam", review_on=LATER.date() + timedelta(days=30), by=place.flo, at=LATER)
    hold = holds.place(session, kept.family, reason="a court asked", owner="Sam", review_on=LATER.date() + timedelta(days=30), by=place.dsl, at=LATER)
    with pytest.raises(holds.OnHold):
        erasure.erase(session, request, by=place.dsl, at=LATER)
    with pytest.raises(holds.OnHold):
        erasure.erase_families(session, [kept.family.id], at=LATER)
    assert [f.value for f in held.gather(session, kept.family).facts() if "court" in f.value] == []
    holds.lift(session, hold, by=place.dsl, at=LATER)
    family_id = kept.family.id
    erasure.erase(session, request, by=place.dsl, at=LATER)
    assert session.get(Family, family_id) is None


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_hold_has_a_day_to_look_again_within_a_year(session: Session, place: SimpleNamespace, days: int) -> None:
    kept = families.add(session, initials="ZQ", by=place.flo, at=AT)
    with pytest.raises(ValueError, match="within the next year"):
        holds.place(session, kept, reason="a court asked", owner="Sam", review_on=AT.date() + timedelta(days=days), by=place.dsl, at=AT)


def test_what_was_released_to_a_head_stays_as_it_was(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    close(session, kept, at=LATER)
    session.add(Release(id=uuid.uuid4(), school_id=place.school.id, ends_on=AT.date(), made_at=AT, changed_families=40, parameters={}, document='{"families": 40}', sha256="d"))
    before = [(r.document, r.sha256) for r in session.scalars(select(Release))]
    erasure.erase(session, asked(session, place, kept.family), by=place.dsl, at=LATER)
    assert [(r.document, r.sha256) for r in session.scalars(select(Release))] == before


def test_no_byte_is_left_in_the_file_or_its_log(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with db.session_factory(engine)() as session:
        here: Any = a_school(session, "Hill Primary")
        kept = a_family(session, here, an_offer(session), "qza")
        close(session, kept, at=LATER)
        request = asked(session, here, kept.family)
        session.commit()
        secrets = raw(session, kept.family)
        assert len(secrets) > 30

        def left() -> set[str]:
            files = b"".join(f.read_bytes() for f in path.parent.glob("kith.sqlite3*") if not f.name.endswith(".ledger"))
            return {s for s in secrets if s.encode() in files}

        assert len(left()) > 30
        known_in_the_audit = {s for s in secrets if s in repr([(e.subject_id, e.actor_id, e.facts) for e in session.scalars(select(audit.AuditEvent))]).replace("-", "") or s in repr([(e.subject_id, e.facts) for e in session.scalars(select(audit.AuditEvent))])}
        erasure.erase(session, request, by=here.dsl, at=LATER)
        session.commit()
    assert erasure.wipe(engine)
    assert left() - known_in_the_audit == set()
    engine.dispose()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_was_kept_nothing_is_left(sqlite_once: sessionmaker[Session], data: st.DataObject) -> None:
    """A row in any tables about a family, with words of its own in every column that takes words, and the same for another family: one goes, one stays."""
    with sqlite_once() as session:
        names = sorted(whereabouts.reached() - {"families"})
        chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=12, unique=True))
        marks = ("goesqz", "staysqz")
        ids = {mark: _rows(session, chosen, mark) for mark in marks}
        before = everything(session)
        assert all(m in before for m in marks)
        erasure.remove(session, whereabouts.find(session, "families", [ids["goesqz"]]))
        left = everything(session)
        assert "goesqz" not in left
        assert left.count("staysqz") == before.count("staysqz")
        session.rollback()


@pytest.fixture(scope="module")
def sqlite_once(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One database that is never committed to."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('erasing') / 'kith.sqlite3'}")
    schema.migrate(engine)
    yield db.session_factory(engine)
    engine.dispose()


def _rows(session: Session, chosen: list[str], mark: str) -> uuid.UUID:
    """Put a row in each chosen table, and in each that it points to, with the mark in every text."""
    from tests.reliability.test_upgrades import _value

    made: dict[str, Any] = {}
    about = whereabouts.reached()  # what these point to besides (schools, partners) is nobody's and stays

    def put(name: str) -> Any:
        if name in made:
            return made[name]
        table = Base.metadata.tables[name]
        row: dict[str, Any] = {}
        for column in table.columns:
            keys = {k.column.table.name for k in column.foreign_keys} or ({whereabouts.NAMED[column.name]} if column.name in whereabouts.NAMED else set())
            if (name, column.name) in whereabouts.ANY:
                row[column.name] = put("families")
            elif keys and keys != {name}:
                row[column.name] = put(next(iter(keys)))
            elif column.nullable and not hasattr(column.type, "impl") and not isinstance(column.type, String):
                continue
            else:
                value = _value(table, column, made)
                length = getattr(column.type, "length", None)
                word = f"{mark if name in about else ''}{uuid.uuid4().hex[:8]}"
                row[column.name] = word[: length or 40] if value == "word" and (length or 99) >= len(mark) else value
        (key,) = [c.name for c in table.primary_key.columns][:1]
        session.execute(table.insert().values(row))
        made[name] = row[key]
        return made[name]

    for name in chosen:
        put(name)
    found: uuid.UUID = put("families")
    return found


def test_a_restore_erases_and_withdraws_again(sqlite_url: str, sealing_keys: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"KITH_DATABASE_URL": sqlite_url, "KITH_SECRET_KEY": "u3Jw9cT1x7Lq5Rb2Vn8Ym4Kd6Pf0Hs-Zg", "KITH_SEALING_KEYS": ",".join(sealing_keys), "KITH_BACKUP_KEY": new_key()}.items():
        monkeypatch.setenv(name, value)
    file, path = tmp_path / "kith.backup", Path(sqlite_url.removeprefix("sqlite:///"))
    engine = open_engine(sqlite_url)
    with db.session_factory(engine)() as session:
        here: Any = a_school(session, "Hill Primary")
        partner = an_offer(session)
        gone, stays = (a_family(session, here, partner, mark) for mark in ("qza", "qzb"))
        close(session, gone, at=LATER)
        request = asked(session, here, gone.family)
        session.commit()
        assert CliRunner().invoke(main, ["backup", "--to", str(file)]).exit_code == 0
        agreement_id = agreements.of_family(session, stays.family, by=here.flo)[0].id
        agreements.withdraw(session, agreements.get(session, agreement_id), by=here.flo, at=LATER)
        erasure.erase(session, request, by=here.dsl, at=LATER)
        session.commit()
    engine.dispose()
    book = path.with_name(path.name + ".ledger")
    assert [line.split(" ")[0] for line in book.read_text().splitlines()] == ["withdrawn", "erased"]
    assert book.stat().st_mode & 0o777 == 0o600
    for lost in path.parent.glob("kith.sqlite3*"):
        if lost != book:
            lost.unlink()  # the machine is lost; the ledger was on another disk
    back = CliRunner().invoke(main, ["restore", "--from", str(file), "--json"])
    assert back.exit_code == 0, back.output
    told = json.loads(back.stdout)
    assert (told["erased"], told["withdrawn"], told["faults"]) == (1, 1, [])
    again = open_engine(sqlite_url, must_exist=True)
    with db.session_factory(again)() as session:
        left = everything(session)
        assert [w for w in gone.words.values() if w in left] == []
        assert [w for w in stays.words.values() if w not in left] == []
        assert session.get_one(Agreement, agreement_id).withdrawn_at is not None
        assert session.scalar(select(func.count()).select_from(LedgerEntry)) == 2
        assert audit.verify(session) == []
    again.dispose()
    once_more = CliRunner().invoke(main, ["restore", "--from", str(file), "--force", "--json"])
    assert json.loads(once_more.stdout)["erased"] == 1


def test_a_line_that_was_cut_short_or_lost_is_written_again(engine: Engine, session: Session, place: SimpleNamespace, tmp_path: Path) -> None:
    ledger.use_path(tmp_path / "book")
    try:
        family = families.add(session, initials="ZQ", by=place.flo, at=AT)
        ledger.note(session, "erased", family.id, at=AT)
        assert not (tmp_path / "book").exists()  # what did not succeed is in no file
        session.commit()
        (line,) = ledger.read(tmp_path / "book")
        assert line.is_about(family.id)
        assert str(family.id) not in (tmp_path / "book").read_text()
        (tmp_path / "book").write_text("erased 12")
        assert ledger.mirror(session) == 1
        session.execute(delete(LedgerEntry))
        assert ledger.matching(ledger.read(tmp_path / "book"), "erased", [family.id, uuid.uuid4()]) == {family.id}
    finally:
        ledger.use_path(None)


def test_what_did_not_succeed_is_in_no_ledger(session: Session, place: SimpleNamespace, tmp_path: Path) -> None:
    ledger.use_path(tmp_path / "book")
    try:
        kept: Kept = a_family(session, place, place.partner, "qza")
        session.commit()
        erasure.erase_families(session, [kept.family.id], at=LATER)
        session.rollback()
        session.commit()
        assert ledger.read(tmp_path / "book") == []
        assert session.get(Family, kept.family.id) is not None
    finally:
        ledger.use_path(None)
