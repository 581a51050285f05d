"""The audit: nothing is changed, swapped, taken out or cut off without being found, and the database itself refuses to try."""

# ruff: noqa: S311 (chance here only varies the tests)
from __future__ import annotations

import random
import threading
import uuid
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import Engine, Table, delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, sessionmaker

from partners.foundation import audit
from partners.foundation.actors import SYSTEM, Actor, Role
from partners.foundation.audit import AuditEvent
from tests.integration.foundation.conftest import NOW

EVENTS = 24
TABLE = cast(Table, AuditEvent.__table__)


def some_history(session: Session) -> None:
    """Record a day of events by several people."""
    for n in range(EVENTS):
        by = Actor(kind="user", name="Sam", user_id=uuid.UUID(int=n % 3), roles=frozenset({Role.FLO})) if n % 4 else SYSTEM
        audit.record(
            session, f"need:{'opened' if n % 2 else 'settled'}", ("need", uuid.UUID(int=n)) if n % 5 else None, by=by,
            at=NOW + timedelta(minutes=n), code=f"food_{n}", fields=["name", "phone"], count=n,
        )


def unprotect(session: Session) -> None:
    """Take the triggers away, as somebody with the database's own password could."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("DROP TRIGGER audit_no_update"))
        session.execute(text("DROP TRIGGER audit_no_delete"))
    else:
        session.execute(text("ALTER TABLE audit_events DISABLE TRIGGER ALL"))


def test_an_untouched_chain_has_no_faults(session: Session) -> None:
    assert audit.verify(session) == []
    some_history(session)
    assert audit.verify(session, known_head=audit.head_hash(session)) == []
    assert list(session.scalars(select(AuditEvent.seq).order_by(AuditEvent.seq))) == list(range(1, EVENTS + 1))


def test_an_event_says_who_what_and_when_by_ids_only(session: Session) -> None:
    subject = uuid.uuid4()
    audit.record(session, "family:read", ("family", subject), by=Actor(kind="user", name="Sam Hill", user_id=uuid.UUID(int=7)), at=NOW)
    session.commit()
    row = session.execute(select(TABLE)).one()
    assert (row.action, row.subject_kind, row.subject_id, row.actor_id, row.at) == ("family:read", "family", str(subject), str(uuid.UUID(int=7)), NOW)
    assert "Sam" not in str(row)


@pytest.mark.parametrize("fact", ["the mother is ill", "Sam@example.org", "line\nbreak", {"note": "was late"}, ["ok", "not ok"], "x" * 81])
def test_free_text_is_refused(session: Session, fact: Any) -> None:
    with pytest.raises(ValueError, match="ids and codes"):
        audit.record(session, "need:opened", by=SYSTEM, at=NOW, fact=fact)
    assert audit.head_hash(session) == audit.FIRST_HASH


@pytest.mark.parametrize("statement", [
    update(TABLE).values(action="other"), update(TABLE).where(TABLE.c.seq == 3).values(facts={}), delete(TABLE), delete(TABLE).where(TABLE.c.seq == EVENTS),
])
def test_the_database_refuses_to_change_or_delete_an_event(sessions: sessionmaker[Session], statement: Any) -> None:
    with sessions.begin() as session:
        some_history(session)
    with sessions() as session, pytest.raises(DatabaseError, match="append-only"):
        session.execute(statement)
    with sessions() as session:
        assert audit.verify(session) == []
        assert len(session.scalars(select(AuditEvent.seq)).all()) == EVENTS


def edit(session: Session, chance: random.Random) -> str:
    seq = chance.randint(1, EVENTS)
    column = chance.choice(["at", "actor_kind", "actor_id", "action", "subject_kind", "subject_id", "facts", "previous_hash", "hash", "seq"])
    now = session.execute(select(TABLE.c[column]).where(TABLE.c.seq == seq)).scalar_one()
    value: Any
    if column == "at":
        value = now + timedelta(microseconds=chance.randint(1, 10**9))
    elif column == "facts":
        value = dict(now)
        value[chance.choice([*value, "more"])] = chance.choice([None, -1, "rent", []])
    elif column == "seq":
        value = EVENTS + chance.randint(1, 50)
    elif column.endswith("hash"):
        place = chance.randrange(64)
        value = now[:place] + ("0" if now[place] != "0" else "1") + now[place + 1:]
    else:
        value = None if now is not None and column not in ("actor_kind", "action") and chance.random() < 0.3 else "other"
        value = "another" if value == now else value
    session.execute(update(TABLE).where(TABLE.c.seq == seq).values({column: value}))
    return f"{column} of {seq} from {now!r} to {value!r}"


def take_out(session: Session, chance: random.Random) -> str:
    seq = chance.randint(1, EVENTS - 1)
    session.execute(delete(TABLE).where(TABLE.c.seq == seq))
    return f"{seq} taken out"


def swap(session: Session, chance: random.Random) -> str:
    one, two = chance.sample(range(1, EVENTS + 1), 2)
    for old, new in ((one, 1000), (two, one), (1000, two)):
        session.execute(update(TABLE).where(TABLE.c.seq == old).values(seq=new))
    return f"{one} and {two} swapped"


def forge(session: Session, chance: random.Random) -> str:
    """Change a row and give it the hash that fits: no key is needed for that, but the next row still tells."""
    seq = chance.randint(1, EVENTS)
    event = session.get_one(AuditEvent, seq, populate_existing=True)
    session.execute(update(TABLE).where(TABLE.c.seq == seq).values(action="forged"))
    session.refresh(event)
    session.execute(update(TABLE).where(TABLE.c.seq == seq).values(hash=audit._digest(event)))
    return f"{seq} forged"


def slip_in(session: Session, chance: random.Random) -> str:
    """Copy a row to the end, with its hashes as they were."""
    seq = chance.randint(1, EVENTS)
    row = session.execute(select(TABLE).where(TABLE.c.seq == seq)).one()._asdict()
    session.execute(insert(TABLE).values(row | {"seq": EVENTS + 1}))
    return f"{seq} slipped in at the end"


def take_out_and_close_the_gap(session: Session, chance: random.Random) -> str:
    seq = chance.randint(1, EVENTS - 1)
    session.execute(delete(TABLE).where(TABLE.c.seq == seq))
    for later in range(seq + 1, EVENTS + 1):
        session.execute(update(TABLE).where(TABLE.c.seq == later).values(seq=later - 1))
    return f"{seq} taken out, the rest moved up"


def cut_off(session: Session, chance: random.Random) -> str:
    last = chance.randint(0, EVENTS - 1)
    session.execute(delete(TABLE).where(TABLE.c.seq > last))
    return f"cut off after {last}"


def test_five_hundred_tamperings_are_all_found(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        some_history(session)
        known_head = audit.head_hash(session)
        unprotect(session)
    chance, missed = random.Random(20261124), []
    by_kind: dict[str, int] = {}
    for n in range(500):
        tamper = (edit, edit, forge, take_out, swap, slip_in, take_out_and_close_the_gap, cut_off)[n % 8]
        with sessions() as session:
            what = tamper(session, chance)
            by_kind[tamper.__name__] = by_kind.get(tamper.__name__, 0) + 1
            if not audit.verify(session, known_head=known_head):
                missed.append(what)
            if tamper is cut_off:
                # Without a head kept elsewhere nobody could know: that is why every backup holds one.
                assert audit.verify(session) == []
            session.rollback()
    assert missed == []
    assert min(by_kind.values()) >= 60
    with sessions() as session:
        assert audit.verify(session, known_head=known_head) == []


def test_a_row_made_unreadable_is_a_fault_and_not_a_crash(session: Session) -> None:
    some_history(session)
    unprotect(session)
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("UPDATE audit_events SET facts = 'not json' WHERE seq = 5"))
    else:
        session.execute(text("UPDATE audit_events SET facts = '5' WHERE seq = 5"))
    assert audit.verify(session)


def test_events_changed_behind_a_session_that_remembers_them_are_found(session: Session) -> None:
    some_history(session)
    remembered = session.scalars(select(AuditEvent)).all()
    unprotect(session)
    session.execute(text("UPDATE audit_events SET action = 'other' WHERE seq = 5"))
    assert audit.verify(session)
    assert len(remembered) == EVENTS


def test_what_a_savepoint_or_a_transaction_takes_back_is_not_followed(sessions: sessionmaker[Session]) -> None:
    """The chain goes on from what the database holds: also where events inside a savepoint were taken back, or kept, and after a rollback."""
    chance = random.Random(11)
    with sessions() as session:
        kept = 0
        for _ in range(60):
            way = chance.choice(("plain", "kept", "taken back", "rolled back", "committed"))
            if way in ("kept", "taken back"):
                point = session.begin_nested()
                for _ in range(chance.randint(0, 2)):
                    audit.record(session, "need:opened", by=SYSTEM, at=NOW)
                    kept += way == "kept"
                (point.commit if way == "kept" else point.rollback)()
            elif way == "plain":
                audit.record(session, "need:opened", by=SYSTEM, at=NOW)
                kept += 1
            else:
                before = audit.verify(session)
                assert before == []
                session.commit()
                if way == "rolled back":
                    audit.record(session, "need:opened", by=SYSTEM, at=NOW)
                    session.rollback()
        assert audit.verify(session) == []
        assert list(session.scalars(select(AuditEvent.seq).order_by(AuditEvent.seq))) == list(range(1, kept + 1))


def test_many_writers_at_once_make_one_chain(sessions: sessionmaker[Session]) -> None:
    problems: list[Exception] = []

    def write(writer: int) -> None:
        try:
            for n in range(12):
                with sessions.begin() as session:
                    audit.record(session, "need:opened", by=SYSTEM, at=NOW, writer=writer, n=n)
        except DatabaseError as error:
            problems.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with sessions() as session:
        assert audit.verify(session) == []
        assert len(session.scalars(select(AuditEvent.seq)).all()) == 96


def test_order_is_the_sequence_also_when_the_clock_goes_back(session: Session) -> None:
    clock: list[datetime] = [NOW, NOW - timedelta(hours=1), NOW - timedelta(hours=2)]
    for at in clock:
        audit.record(session, "clock:looked", by=SYSTEM, at=at)
    assert audit.verify(session) == []
    assert list(session.scalars(select(AuditEvent.at).order_by(AuditEvent.seq))) == clock


def test_a_refusal_is_kept_though_what_was_refused_is_rolled_back(engine: Engine, sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        audit.record(session, "family:changed", by=SYSTEM, at=NOW)
        session.rollback()
    audit.record_refusal(sessions, "refused:family:change", ("family", uuid.UUID(int=1)), by=SYSTEM, at=NOW, status=403)
    with sessions() as session:
        assert [event.action for event in session.scalars(select(AuditEvent))] == ["refused:family:change"]
        assert audit.verify(session) == []
