"""Whereabouts: every row that is about a family or a child, found by following the tables' own pointers, so that a new table is never forgotten.

What is found here is what a family is shown, and what is erased. A table that points to a family only beside its own subject is loosened, not taken.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Column, Table, select
from sqlalchemy.orm import Session

from partners.foundation.db import Base

# A column of one of these names points to that table, whether or not the database holds it to it.
NAMED = {"family_id": "families", "child_id": "children", "need_id": "needs", "referral_id": "referrals", "agreement_id": "agreements"}
# Columns that hold the id of any record about a family.
ANY = (("drafts", "subject_id"),)
# Rows that stay when the family goes: the pointer is emptied, and the columns named with it. All of them may be empty in the database.
LOOSENED: dict[tuple[str, str], tuple[str, ...]] = {
    ("exchange_parties", "family_give_id"): ("name",),  # an exchange between partners, in which a family gave something
    ("handovers", "family_give_id"): ("says", "check_first"),
    ("complaints", "family_id"): ("words", "wanted", "name", "contact", "acknowledged_how", "ended_words"),
    ("rights_requests", "family_id"): ("name", "contact", "words", "child_id", "checks", "decided_words", "extended_because", "paused_because", "lifted_words"),
    ("rights_requests", "child_id"): (),
}
MANY = 400  # ids in one question; SQLite takes 32,766


@dataclass
class Found:
    """The rows about somebody: keys by table, in an order in which each table comes after those it points to."""

    rows: dict[str, set[uuid.UUID]] = field(default_factory=dict)
    loose: dict[tuple[str, str], set[uuid.UUID]] = field(default_factory=dict)

    def tables(self) -> list[Table]:
        """Return the tables that hold any of the rows, those pointed to first."""
        return [t for t in Base.metadata.sorted_tables if self.rows.get(t.name)]

    def every_id(self) -> set[str]:
        """Return the id of every row, as text."""
        return {str(i) for ids in self.rows.values() for i in ids}


def pointers() -> list[tuple[Column[uuid.UUID], str]]:
    """Return each column that points to another table's rows, with that table: by a foreign key, or by its name."""
    found = []
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            keys = {k.column.table.name for k in column.foreign_keys}
            target = next(iter(keys), NAMED.get(column.name))
            if target is not None and target != table.name:
                found.append((column, target))
    return found


def reached(root: str = "families") -> set[str]:
    """Return the names of the tables that can hold rows about a family: those that point to it, and what points to those."""
    known, links = {root} | {table for table, _ in ANY}, pointers()
    while True:
        more = {c.table.name for c, target in links if target in known and (c.table.name, c.name) not in LOOSENED} - known
        if not more:
            return known
        known |= more


def find(session: Session, root: str, ids: Collection[uuid.UUID]) -> Found:
    """Return every row about these families (`root` is "families") or children ("children")."""
    found, links = Found({root: set(ids)}), pointers()
    waiting = [(root, set(ids))]
    while waiting:
        target, keys = waiting.pop()
        for column, to in links:
            if to != target:
                continue
            table, pair = column.table, (column.table.name, column.name)
            if pair in LOOSENED:
                found.loose.setdefault(pair, set()).update(keys)
                continue
            fresh = _keys(session, table, column, keys) - found.rows.get(table.name, set())
            if fresh:
                found.rows.setdefault(table.name, set()).update(fresh)
                waiting.append((table.name, fresh))
    every = {i for keys in found.rows.values() for i in keys}
    for name, column_name in ANY:
        table = Base.metadata.tables[name]
        found.rows[name] = _keys(session, table, table.c[column_name], every)
    return found


def _keys(session: Session, table: Table, column: Column[uuid.UUID], ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    (key,) = table.primary_key.columns
    return {i for part in parts(ids) for i in session.scalars(select(key).where(column.in_(part)))}


def parts(ids: Iterable[uuid.UUID]) -> list[list[uuid.UUID]]:
    """Return ids in lists that one question may ask for."""
    every = sorted(ids)
    return [every[n : n + MANY] for n in range(0, len(every), MANY)]
