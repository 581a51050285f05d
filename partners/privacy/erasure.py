"""Erasing: every row about a family or a child goes, from tables, queue and disk, and goes again when a backup is brought back.

What was released to a head stays as it is: it holds counts that name nobody. The audit keeps random ids without what they stood for.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Engine, Table, delete, event, select, text, update
from sqlalchemy.orm import Session

from partners.families.agreements import Agreement
from partners.families.families import Child, Family
from partners.foundation import audit, ledger
from partners.foundation.actors import SYSTEM, Actor
from partners.foundation.db import BUSY_TIMEOUT_MS, Base
from partners.foundation.errors import Conflict, NotFound
from partners.foundation.ledger import Line
from partners.foundation.sealing import SealedJson
from partners.privacy import holds, requests, whereabouts
from partners.privacy.requests import Decision, Kind, RightsRequest
from partners.referrals.moves import LIVE
from partners.referrals.referrals import Referral


@dataclass(frozen=True)
class Erased:
    """How many rows went, by table."""

    rows: dict[str, int]

    @property
    def total(self) -> int:
        """How many rows went in all."""
        return sum(self.rows.values())


@dataclass(frozen=True)
class Replayed:
    """What was done again after a backup was brought back."""

    erased: int = 0
    withdrawn: int = 0


def would_go(session: Session, request: RightsRequest, *, by: Actor) -> dict[str, int]:
    """Return how many rows of each table would go, for a person to see first."""
    requests.get(session, request.id, by=by)
    if request.family_id is None:
        return {}
    found = whereabouts.find(session, *_root(request))
    return {name: len(ids) for name, ids in found.rows.items()}


def _root(request: RightsRequest) -> tuple[str, list[uuid.UUID]]:
    if request.child_id is not None:
        return "children", [request.child_id]
    return "families", [i for i in [request.family_id] if i is not None]


def erase(session: Session, request: RightsRequest, *, by: Actor, at: datetime) -> Erased:
    """Erase what a request asks for, once two people have looked at it. The request stays, without anybody's name.

    Raises:
        Conflict: the checks are not made, the same person decides, or an introduction still goes on: end it first, so that the
            partner is asked to delete what it was told.
        OnHold: the records are held.
    """
    requests.require_ready(request, Kind.ERASURE, by=by)
    if request.family_id is None:
        raise NotFound("family")
    holds.require_none(session, request.family_id)
    kind, ids = _root(request)
    found = whereabouts.find(session, kind, ids)
    going_on = [part for part in whereabouts.parts(found.rows.get("referrals", set())) if session.scalar(select(Referral.id).where(Referral.id.in_(part), Referral.state.in_(LIVE)).limit(1))]
    if going_on:
        raise Conflict("An introduction still goes on. End it first: the partner is then asked to delete what it was told.")
    requests.close(session, request, Decision.DONE, None, by=by, at=at)
    request_id = request.id
    gone = _erase(session, kind, ids, at=at)
    # The id itself is not in the audit: the ledger's line is all that can be checked later.
    audit.record(session, "rights:erased", ("rights_request", request_id), by=by, at=at, rows=gone.total, what=kind)
    return gone


def erase_families(session: Session, ids: Collection[uuid.UUID], *, at: datetime) -> Erased:
    """Erase families, for a room that has the right to: the schedule. Held ones are refused. Raises OnHold."""
    for family_id in ids:
        holds.require_none(session, family_id)
    return _erase(session, "families", list(ids), at=at)


def _erase(session: Session, root: str, ids: list[uuid.UUID], *, at: datetime) -> Erased:
    for record_id in ids:
        ledger.note(session, "erased", record_id, at=at)
    gone = remove(session, whereabouts.find(session, root, ids))
    _clear_the_disk_after(session)
    return gone


def remove(session: Session, found: whereabouts.Found) -> Erased:
    """Empty what is loosened, then delete every row, those that point before those that are pointed to."""
    session.flush()
    for (name, column), keys in found.loose.items():
        table = Base.metadata.tables.get(name)
        if table is not None:
            nothing = {column: None} | {c: _nothing(table, c) for c in whereabouts.LOOSENED[name, column]}
            for part in whereabouts.parts(keys):
                session.execute(update(table).where(table.c[column].in_(part)).values(nothing))
    counts: dict[str, int] = {}
    for table in reversed(found.tables()):
        (key,) = table.primary_key.columns
        for part in whereabouts.parts(found.rows[table.name]):
            done: Any = session.execute(delete(table).where(key.in_(part)))
            counts[table.name] = counts.get(table.name, 0) + done.rowcount
    session.expire_all()
    return Erased({name: n for name, n in counts.items() if n})


def _nothing(table: Table, column: str) -> Any:
    kind = table.c[column]
    if kind.nullable:
        return None
    if isinstance(kind.type, JSON | SealedJson):
        return {} if column == "checks" else []
    return ""


def _clear_the_disk_after(session: Session) -> None:
    engine = session.get_bind().engine
    if engine.dialect.name == "sqlite" and not session.info.get("clears_the_disk"):
        session.info["clears_the_disk"] = True
        event.listen(session, "after_commit", lambda _session: checkpoint(engine))


def checkpoint(engine: Engine) -> bool:
    """Move what SQLite's write-ahead log holds into the database, whose freed pages are overwritten, and empty the log. Returns whether it could be done now."""
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA busy_timeout=500")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.close()
        return not busy
    finally:
        raw.close()


def wipe(engine: Engine) -> bool:
    """Write the database anew without what was erased: `kith tick` does it after an erasure, outside any transaction. Returns whether it was done."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("VACUUM FULL"))
            return True
        cursor = connection.connection.cursor()
        cursor.execute("VACUUM")
        cursor.close()
    return checkpoint(engine)


def to_wipe(session: Session) -> list[RightsRequest]:
    """Return the erasures after which the disk was not written anew yet."""
    return list(session.scalars(select(RightsRequest).where(RightsRequest.kind == Kind.ERASURE, RightsRequest.decision == Decision.DONE, RightsRequest.wiped_at.is_(None))).unique())


def note_wiped(session: Session, *, at: datetime) -> None:
    """Write down that the disk was written anew after every erasure so far."""
    for request in to_wipe(session):
        request.wiped_at = at
    session.flush()


def replay(session: Session, lines: Iterable[Line], *, at: datetime) -> Replayed:
    """Do again, in a database that came from a backup, what its ledger does not know: families erased and agreements withdrawn since.

    A hold does not stop it: what was erased was erased before.
    """
    every = list(dict.fromkeys(lines))
    erased = 0
    for root, model in (("children", Child), ("families", Family)):
        ids = ledger.matching(every, "erased", session.scalars(select(model.id)))
        if ids:
            remove(session, whereabouts.find(session, root, ids))
            erased += len(ids)
    withdrawn = ledger.matching(every, "withdrawn", session.scalars(select(Agreement.id).where(Agreement.withdrawn_at.is_(None))))
    for agreement in session.scalars(select(Agreement).where(Agreement.id.in_(withdrawn))):
        agreement.withdrawn_at = at
        audit.record(session, "agreement:withdrawn", ("agreement", agreement.id), by=SYSTEM, at=at, again=True)
    ledger.keep(session, every)
    if erased or withdrawn:
        audit.record(session, "backup:replayed", by=SYSTEM, at=at, erased=erased, withdrawn=len(withdrawn))
    session.flush()
    return Replayed(erased, len(withdrawn))
