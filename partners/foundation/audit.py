"""Audit: who did what, when. Rows are added, each holds the hash of the one before, and none holds free text.

Rows whose time is over are ended in runs. Each run leaves an anchor: an event of its own, at the end of the chain, that says from which number to which
it went, how many they were, and the hashes before and after it. Anchors are never ended, so the chain of what remains can be followed over every gap.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Connection, Integer, String, Table, delete, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from partners.foundation.actors import Actor
from partners.foundation.db import Base

FIRST_HASH = "0" * 64
_CHAIN_LOCK = 4_711_001  # the key of the advisory lock that orders the chain on PostgreSQL
_WRITTEN = "audit_written"  # in a session: the transaction that wrote the last event, and its number and hash
ENDED = "audit:ended"  # an anchor
_CODE = re.compile(r"[A-Za-z0-9_:.,+/-]{0,80}")


class AuditEvent(Base):
    """One thing that happened. `facts` holds ids, codes and numbers only."""

    __tablename__ = "audit_events"

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[str | None] = mapped_column(String(36))
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject_kind: Mapped[str | None] = mapped_column(String(40))
    subject_id: Mapped[str | None] = mapped_column(String(36), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


_TABLE = cast(Table, AuditEvent.__table__)


def _digest(event: Any) -> str:
    content = [
        event.seq, event.previous_hash, event.at.isoformat(timespec="microseconds"), event.actor_kind, event.actor_id, event.action,
        event.subject_kind, event.subject_id, event.facts,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode("utf-8")).hexdigest()


def _refuse_free_text(value: Any, name: str) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_free_text(inner, f"{name}.{key}")
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_free_text(inner, name)
    elif isinstance(value, str) and not _CODE.fullmatch(value):
        raise ValueError(f"the audit keeps ids and codes, not words: '{name}' is free text")


def _head(session: Session) -> tuple[int, str]:
    """Return the number and the hash of the last event: as this transaction left it, where it wrote the last, since nobody else may write meanwhile."""
    written_in, seq, last_hash = session.info.get(_WRITTEN, (None, 0, FIRST_HASH))
    if written_in is not None and written_in is _innermost(session):
        return seq, last_hash
    last = session.execute(select(AuditEvent.seq, AuditEvent.hash).order_by(AuditEvent.seq.desc()).limit(1)).first()
    return (last.seq, last.hash) if last else (0, FIRST_HASH)


def _innermost(session: Session) -> object:
    """Return the transaction, or the savepoint in it, that a write belongs to now: a new one each time, so that what was rolled back is not remembered."""
    return session.get_nested_transaction() or session.get_transaction()


def head_hash(session: Session) -> str:
    """Return the hash of the last event: kept elsewhere, it shows that the end was not cut off."""
    return _head(session)[1]


def record(
    session: Session, action: str, subject: tuple[str, uuid.UUID | str] | None = None, *, by: Actor, at: datetime, **facts: Any
) -> AuditEvent:
    """Add one event to the chain, in the transaction of what it tells about.

    Raises:
        ValueError: a fact that is not an id, a code or a number: words about people do not belong here.
    """
    _refuse_free_text(facts, action)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
    actor_id = by.user_id or by.referral_id or by.organisation_id or by.family_id
    seq, previous_hash = _head(session)
    event = AuditEvent(
        seq=seq + 1, at=at.astimezone(UTC), actor_kind=by.kind, actor_id=str(actor_id) if actor_id else None, action=action,
        subject_kind=subject[0] if subject else None, subject_id=str(subject[1]) if subject else None, facts=facts,
        previous_hash=previous_hash, hash="",
    )
    event.hash = _digest(event)
    session.flush()
    session.execute(insert(_TABLE), {name: getattr(event, name) for name in _TABLE.columns.keys()})  # noqa: SIM118 - a table's columns are no mapping
    session.info[_WRITTEN] = (_innermost(session), event.seq, event.hash)
    return event


def record_refusal(
    sessions: sessionmaker[Session], action: str, subject: tuple[str, uuid.UUID | str] | None = None, *, by: Actor, at: datetime, **facts: Any
) -> None:
    """Add the event of a refusal in a transaction of its own, because rolling back the refused one would erase it too.

    Call it once the refused transaction is rolled back: on SQLite there is one writer at a time, and it would wait for itself.
    """
    with sessions.begin() as session:
        record(session, action, subject, by=by, at=at, **facts)


@dataclass(frozen=True)
class Run:
    """Events that follow each other without a gap, ended together: the first and last number, and the hashes before the first and of the last."""

    first: int
    last: int
    previous_hash: str
    hash: str

    @property
    def count(self) -> int:
        """How many they were."""
        return self.last - self.first + 1


def end_run(session: Session, run: Run, *, by: Actor, at: datetime) -> AuditEvent:
    """Delete one run of events and leave its anchor, in one transaction. The database lets go only of what an anchor names.

    Raises:
        ValueError: the run is not there as it is described, or an anchor is among it.
    """
    rows = session.execute(select(AuditEvent.seq, AuditEvent.action, AuditEvent.previous_hash, AuditEvent.hash).where(AuditEvent.seq.between(run.first, run.last)).order_by(AuditEvent.seq)).all()
    if len(rows) != run.count or rows[0].previous_hash != run.previous_hash or rows[-1].hash != run.hash or any(row.action == ENDED for row in rows):
        raise ValueError(f"events {run.first} to {run.last} are not a run that can be ended")
    anchor = record(session, ENDED, by=by, at=at, first=run.first, last=run.last, count=run.count, previous_hash=run.previous_hash, hash=run.hash)
    session.execute(delete(AuditEvent).where(AuditEvent.seq.between(run.first, run.last)).execution_options(synchronize_session=False))
    return anchor


def anchors(session: Session) -> dict[int, Run]:
    """Return the runs that were ended, by the number of their first event."""
    found = {}
    for facts in session.scalars(select(AuditEvent.facts).where(AuditEvent.action == ENDED)):
        run = Run(facts["first"], facts["last"], facts["previous_hash"], facts["hash"])
        if facts["count"] == run.count:
            found[run.first] = run
    return found


def verify(session: Session, *, known_head: str | None = None) -> list[str]:
    """Return the faults of the chain, one sentence each; none means that no row was changed, swapped or taken out of the middle.

    A gap is right only where anchors on the chain cover it from end to end, hashes and count. An anchor is an event like any other: one that was
    changed or taken away is noticed itself, and so is the gap that it covered.

    Rows cut off the end leave a whole, shorter chain. Only `known_head`, a head hash kept elsewhere (each backup holds one),
    shows that: it has to be found on the chain, or at the end of a run that was ended.
    """
    faults, before, previous, seen = [], 0, FIRST_HASH, known_head in (None, FIRST_HASH)
    # Columns and not objects, so that what is judged is what the database holds now and never what this session remembers.
    try:
        ended = anchors(session)
        seen = seen or any(run.hash == known_head for run in ended.values())
        for event in session.execute(select(*AuditEvent.__table__.columns).order_by(AuditEvent.seq)).yield_per(1000):
            while before + 1 in ended and ended[before + 1].previous_hash == previous:
                run = ended.pop(before + 1)
                before, previous = run.last, run.hash
            if event.previous_hash != previous or event.seq != before + 1:
                faults.append(f"event {event.seq} does not follow the one before it")
            if event.hash != _digest(event):
                faults.append(f"event {event.seq} was changed")
            before, previous = event.seq, event.hash
            seen = seen or event.hash == known_head
        faults += [f"events {run.first} to {run.last} were ended, and the chain does not fit round them" for run in ended.values()]
    except (ValueError, TypeError, AttributeError, KeyError):
        faults.append(f"an event after {before} cannot be read")
    if not seen:
        faults.append("the end of the chain was cut off: a head that was kept elsewhere is not on it")
    return faults


# An event may be deleted only once an anchor names its number, and an anchor never.
SQLITE_TRIGGERS = (
    "CREATE TRIGGER IF NOT EXISTS audit_no_update BEFORE UPDATE ON audit_events BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    "CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON audit_events WHEN OLD.action = 'audit:ended' OR NOT EXISTS ("
    "SELECT 1 FROM audit_events a WHERE a.action = 'audit:ended' AND OLD.seq BETWEEN json_extract(a.facts, '$.first') AND json_extract(a.facts, '$.last')) "
    "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
)
POSTGRESQL_TRIGGERS = (
    "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$",
    "CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OR TRUNCATE ON audit_events "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    "CREATE OR REPLACE FUNCTION audit_refuse_delete() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN IF OLD.action = 'audit:ended' OR NOT EXISTS (SELECT 1 FROM audit_events a WHERE a.action = 'audit:ended' "
    "AND OLD.seq BETWEEN (a.facts->>'first')::bigint AND (a.facts->>'last')::bigint) "
    "THEN RAISE EXCEPTION 'the audit is append-only'; END IF; RETURN OLD; END $$",
    "CREATE OR REPLACE TRIGGER audit_no_delete BEFORE DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION audit_refuse_delete()",
)


def protect(connection: Connection) -> None:
    """Make the database itself refuse to change or delete an audit row."""
    for statement in SQLITE_TRIGGERS if connection.dialect.name == "sqlite" else POSTGRESQL_TRIGGERS:
        connection.execute(text(statement))
