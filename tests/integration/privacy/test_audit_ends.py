"""The audit's end: what is six years old goes by whole months and leaves an anchor, the chain of the rest is whole, and every other gap is noticed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import Table, delete, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from partners.foundation import audit, backups, db, ledger, schema
from partners.foundation.actors import SYSTEM
from partners.foundation.audit import ENDED, AuditEvent, Run
from partners.foundation.db import open_engine
from partners.foundation.sealing import new_key
from partners.privacy import erasure, holds, retention, schedule
from tests.integration.privacy.conftest import AT, a_family, a_school, an_offer

TABLE = cast(Table, AuditEvent.__table__)
OLD = datetime.fromisoformat("2019-03-05T09:00:00+00:00")
NOW = datetime.fromisoformat("2026-11-24T09:00:00+00:00")


def sign(session: Session, place: SimpleNamespace, **days: int) -> None:
    schedule.sign(session, place.school, signed_by="Dee Protector", signed_on=AT.date(), days=days, by=place.admin, at=AT)


def a_history(session: Session, place: SimpleNamespace, *, old: int = 30) -> None:
    """Give a school a chain that begins years ago: `old` events, one a day from 5 March 2019, before everything that the fixtures wrote."""
    kept = session.execute(select(TABLE).order_by(TABLE.c.seq)).all()
    unprotect(session)
    session.execute(delete(TABLE))
    session.info.clear()
    for n in range(old):
        audit.record(session, "need:opened", by=SYSTEM, at=OLD + timedelta(days=n), n=n)
    for row in kept:
        audit.record(session, row.action, (row.subject_kind, row.subject_id) if row.subject_id else None, by=SYSTEM, at=row.at, **row.facts)
    audit.protect(session.connection())
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ALTER TABLE audit_events ENABLE TRIGGER ALL"))


def unprotect(session: Session) -> None:
    """Take the triggers away, as somebody with the database's own password could."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER IF EXISTS audit_no_update"))
        session.execute(text("DROP TRIGGER IF EXISTS audit_no_delete"))
    else:
        session.execute(text("ALTER TABLE audit_events DISABLE TRIGGER ALL"))


def line(session: Session, place: SimpleNamespace, at: datetime = NOW) -> retention.Due:
    return next(d for d in retention.plan(session, place.school, at=at) if d.rule.code == "audit")


def numbers(session: Session) -> list[int]:
    return list(session.scalars(select(AuditEvent.seq).order_by(AuditEvent.seq)))


@pytest.fixture
def here(session: Session, place: SimpleNamespace) -> SimpleNamespace:
    """A school that has signed, whose audit begins in March 2019."""
    sign(session, place)
    a_history(session, place)
    session.flush()
    return place


def test_looking_counts_and_ending_leaves_an_anchor_and_a_whole_chain(session: Session, here: SimpleNamespace) -> None:
    first, thirtieth = (session.get_one(AuditEvent, n) for n in (1, 30))
    known = audit.head_hash(session)
    assert (line(session, here).count, line(session, here).days, numbers(session)[0]) == (30, 2192, 1)
    assert retention.carry_out(session, here.school, by=SYSTEM, at=NOW)["audit"] == 30
    assert numbers(session)[0] == 31
    anchor = session.scalars(select(AuditEvent).where(AuditEvent.action == ENDED)).one()
    assert anchor.facts == {"first": 1, "last": 30, "count": 30, "previous_hash": audit.FIRST_HASH, "hash": thirtieth.hash}
    assert (anchor.at, anchor.actor_kind, first.previous_hash) == (NOW, "system", audit.FIRST_HASH)
    assert audit.verify(session, known_head=known) == []
    assert audit.verify(session, known_head=thirtieth.hash) == []
    assert line(session, here).count == 0
    assert "audit" not in retention.carry_out(session, here.school, by=SYSTEM, at=NOW)
    audit.record(session, "clock:looked", by=SYSTEM, at=NOW)
    assert audit.verify(session) == []


def test_it_goes_by_whole_months_and_each_run_is_followed(session: Session, here: SimpleNamespace) -> None:
    after = datetime.fromisoformat("2025-04-15T09:00:00+00:00")  # 2,192 days before is 14 April 2019: March is over, April is not
    assert line(session, here, after - timedelta(days=20)).count == 0
    assert line(session, here, after).count == 27
    retention.carry_out(session, here.school, by=SYSTEM, at=after)
    retention.carry_out(session, here.school, by=SYSTEM, at=NOW)
    assert sorted((r.first, r.last) for r in audit.anchors(session).values()) == [(1, 27), (28, 30)]
    assert audit.verify(session) == []
    far = NOW + timedelta(days=4000)
    retention.carry_out(session, here.school, by=SYSTEM, at=far)
    assert session.scalars(select(AuditEvent.action).where(AuditEvent.at < far - timedelta(days=2300)).distinct()).all() == [ENDED]  # anchors are never ended
    assert audit.verify(session) == []


def test_nothing_ends_before_every_school_has_signed_and_the_longest_time_counts(session: Session, here: SimpleNamespace) -> None:
    there = a_school(session, "Dale Primary")
    assert line(session, here).count == 0
    sign(session, there, audit=4000)
    assert line(session, here).count == 0
    assert line(session, here, OLD + timedelta(days=4100)).count >= 30
    with pytest.raises(ValueError, match="from 366"):
        sign(session, there, audit=365)


def test_a_hold_keeps_what_is_about_the_family_and_no_more(session: Session, place: SimpleNamespace) -> None:
    kept = a_family(session, place, place.partner, "qza")
    sign(session, place)
    hold = holds.place(session, kept.family, reason="a court asked", owner="Sam", review_on=AT.date() + timedelta(days=300), by=place.dsl, at=AT)
    far = AT + timedelta(days=3000)
    about = {e.seq for e in session.scalars(select(AuditEvent)) if str(kept.family.id) in (e.subject_id, e.actor_id) or e.subject_id == str(kept.referral.id)}
    before = line(session, place, far)
    assert len(about) >= 5
    assert before.left >= len(about)
    retention.carry_out(session, place.school, by=SYSTEM, at=far)
    assert about <= set(numbers(session))
    assert len(audit.anchors(session)) >= 2
    assert audit.verify(session) == []
    holds.lift(session, hold, by=place.dsl, at=far)
    retention.carry_out(session, place.school, by=SYSTEM, at=far)
    assert not about & set(numbers(session))
    assert audit.verify(session) == []


def _no_anchor(session: Session) -> None:
    session.execute(delete(TABLE).where(TABLE.c.seq.in_((33, 34))))


def _at_the_start_too(session: Session) -> None:
    session.execute(delete(TABLE).where(TABLE.c.seq == 31))


def _anchor_taken_away(session: Session) -> None:
    session.execute(delete(TABLE).where(TABLE.c.action == ENDED))


def _anchor_says_more(session: Session) -> None:
    facts = session.scalars(select(AuditEvent.facts).where(AuditEvent.action == ENDED)).one()
    session.execute(update(TABLE).where(TABLE.c.action == ENDED).values(facts=facts | {"last": 31, "count": 31, "hash": session.get_one(AuditEvent, 31).hash}))
    session.execute(delete(TABLE).where(TABLE.c.seq == 31))


def _anchor_of_another_day(session: Session) -> None:
    session.execute(update(TABLE).where(TABLE.c.action == ENDED).values(at=NOW - timedelta(days=1)))


def _anchor_by_another(session: Session) -> None:
    session.execute(update(TABLE).where(TABLE.c.action == ENDED).values(actor_kind="user"))


def _changed_after(session: Session) -> None:
    session.execute(update(TABLE).where(TABLE.c.seq == 32).values(action="other"))


def _something_put_back(session: Session) -> None:
    session.execute(TABLE.insert().values(seq=30, at=OLD, actor_kind="system", action="need:opened", facts={}, previous_hash="0" * 64, hash="0" * 64))


def _false_anchor(session: Session) -> None:
    """A gap, and an anchor that does not fit it."""
    session.execute(delete(TABLE).where(TABLE.c.seq.in_((33, 34))))
    audit.record(session, ENDED, by=SYSTEM, at=NOW, first=33, last=34, count=2, previous_hash="0" * 64, hash=session.get_one(AuditEvent, 35).previous_hash)


@pytest.mark.parametrize("harm", [_no_anchor, _at_the_start_too, _anchor_taken_away, _anchor_says_more, _anchor_of_another_day, _anchor_by_another, _changed_after, _something_put_back, _false_anchor])
def test_every_other_gap_and_every_change_is_noticed(session: Session, here: SimpleNamespace, harm: Callable[[Session], None]) -> None:
    retention.carry_out(session, here.school, by=SYSTEM, at=NOW)
    audit.record(session, "clock:looked", by=SYSTEM, at=NOW)
    session.flush()
    assert audit.verify(session) == []
    unprotect(session)
    harm(session)
    session.expire_all()
    assert audit.verify(session) != []


def test_the_database_lets_go_of_nothing_that_no_anchor_names(session: Session, here: SimpleNamespace) -> None:
    retention.carry_out(session, here.school, by=SYSTEM, at=NOW)
    session.flush()
    for statement in (delete(TABLE), delete(TABLE).where(TABLE.c.seq == 31), delete(TABLE).where(TABLE.c.action == ENDED), update(TABLE).values(action="other")):
        attempt = session.begin_nested()
        with pytest.raises(DatabaseError, match="append-only"):
            session.execute(statement)
        attempt.rollback()
    assert audit.verify(session) == []


@pytest.mark.parametrize("run", [Run(1, 30, "1" * 64, ""), Run(1, 31, audit.FIRST_HASH, ""), Run(90, 2000, audit.FIRST_HASH, "")])
def test_a_run_that_is_not_there_as_it_is_described_is_not_ended(session: Session, here: SimpleNamespace, run: Run) -> None:
    with pytest.raises(ValueError, match="not a run"):
        audit.end_run(session, run, by=SYSTEM, at=NOW)
    assert numbers(session)[0] == 1


def test_a_backup_from_after_it_comes_back_whole_and_one_from_before_ends_again(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    key = new_key()
    with db.session_factory(engine)() as session:
        place = a_school(session, "Hill Primary")
        kept = a_family(session, place, an_offer(session), "qza")
        sign(session, place)
        a_history(session, place)
        session.commit()
        family_id, school_id = kept.family.id, place.school.id
    backups.backup(sqlite_url, tmp_path / "before", key=key, at=NOW)
    with db.session_factory(engine)() as session:
        school = session.get_one(type(place.school), school_id)
        assert retention.carry_out(session, school, by=SYSTEM, at=NOW)["audit"] == 30
        session.commit()
    backups.backup(sqlite_url, tmp_path / "after", key=key, at=NOW)
    with db.session_factory(engine)() as session:
        erasure.erase_families(session, [family_id], at=NOW)
        session.commit()
    engine.dispose()
    lines = ledger.read(ledger.path_for(sqlite_url))
    assert lines

    def replay(restored) -> None:  # type: ignore[no-untyped-def]
        with db.session_factory(restored).begin() as session:
            assert erasure.replay(session, lines, at=NOW).erased == 1

    for name, first, again in (("after", 31, None), ("before", 1, 30)):
        back = backups.restore(tmp_path / name, sqlite_url, key=key, at=NOW, force=True, replay=replay)
        assert back.faults == []
        engine = open_engine(sqlite_url)
        schema.require_current(engine)
        with db.session_factory(engine)() as session:
            assert numbers(session)[0] == first
            school = session.get_one(type(place.school), school_id)
            assert retention.carry_out(session, school, by=SYSTEM, at=NOW).get("audit") == again
            session.commit()
            assert audit.verify(session) == []
        engine.dispose()


def test_a_schedule_that_was_signed_before_the_audit_had_a_time_ends_nothing_of_it(session: Session, here: SimpleNamespace) -> None:
    signed = schedule.signed(session, here.school.id)
    assert signed is not None
    signed.days = {code: n for code, n in signed.days.items() if code != "audit"}
    session.flush()
    assert line(session, here).count == 0
