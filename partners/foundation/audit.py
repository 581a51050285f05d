"""Audit: who did what, when. Rows are only ever added, each holds the hash of the one before, and none holds free text."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Connection, Integer, String, Table, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from partners.foundation.actors import Actor
from partners.foundation.db import Base

FIRST_HASH = "0" * 64
_CHAIN_LOCK = 4_711_001  # the key of the advisory lock that orders the chain on PostgreSQL
_WRITTEN = "audit_written"  # in a session: the transaction that wrote the last event, and its number and hash
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


def verify(session: Session, *, known_head: str | None = None) -> list[str]:
    """Return the faults of the chain, one sentence each; none means that no row was changed, swapped or taken out of the middle.

    Rows cut off the end leave a whole, shorter chain. Only `known_head`, a head hash kept elsewhere (each backup holds one),
    shows that: it has to be found on the chain.
    """
    faults, before, previous, seen = [], 0, FIRST_HASH, known_head in (None, FIRST_HASH)
    # Columns and not objects, so that what is judged is what the database holds now and never what this session remembers.
    try:
        for event in session.execute(select(*AuditEvent.__table__.columns).order_by(AuditEvent.seq)).yield_per(1000):
            if event.previous_hash != previous or event.seq != before + 1:
                faults.append(f"event {event.seq} does not follow the one before it")
            if event.hash != _digest(event):
                faults.append(f"event {event.seq} was changed")
            before, previous = event.seq, event.hash
            seen = seen or event.hash == known_head
    except (ValueError, TypeError, AttributeError):
        faults.append(f"an event after {before} cannot be read")
    if not seen:
        faults.append("the end of the chain was cut off: a head that was kept elsewhere is not on it")
    return faults


SQLITE_TRIGGERS = (
    "CREATE TRIGGER IF NOT EXISTS audit_no_update BEFORE UPDATE ON audit_events BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
    "CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON audit_events BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END",
)
POSTGRESQL_TRIGGERS = (
    "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$",
    "CREATE OR REPLACE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
)


def protect(connection: Connection) -> None:
    """Make the database itself refuse to change or delete an audit row."""
    for statement in SQLITE_TRIGGERS if connection.dialect.name == "sqlite" else POSTGRESQL_TRIGGERS:
        connection.execute(text(statement))
