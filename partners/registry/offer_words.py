"""The words of each offer that a search reads, written again in the transaction that changes the offer, its organisation or its place.

A withheld place gives none: neither its name, address and postcode nor those same words in the offer's own name and description.
SQLite indexes the rows with FTS5 and PostgreSQL with a tsvector; both follow the table by themselves, within the transaction.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, ForeignKey, String, Table, Text, delete, event, inspect, insert, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from partners.foundation.db import Base

# The facts whose change changes the words, by table. A relationship stands beside its column: either may be what was set.
READ = {
    "offers": ("name", "description", "needs", "area", "organisation_id", "organisation", "place_id", "place", "archived_at"),
    "organisations": ("name", "archived_at"),
    "places": ("name", "address", "postcode", "withheld"),
}
AT_ONCE = 400  # judgement, November 2026: SQLite takes 999 values in a statement
_WORD = re.compile(r"[^\W_]+")
_SECURE_DELETE_SINCE = (3, 42)  # Source: https://www.sqlite.org/fts5.html, 'The secure-delete Configuration Option'


class OfferWords(Base):
    """The words of one offer that is in lists, without case and accents. An archived offer, or organisation, has no row."""

    __tablename__ = "offer_words"
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    offer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("offers.id", ondelete="CASCADE"), index=True, unique=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    codes: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(800))
    partner: Mapped[str] = mapped_column(String(800))
    place: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)


def words_of(written: str) -> list[str]:
    """Return the words of a text in lower case, without accents or marks."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", written.casefold()) if not unicodedata.combining(c))
    return _WORD.findall(plain)


_COLUMNS = ("codes", "name", "partner", "place", "body")
_NEW, _OLD = (", ".join(f"{row}.{c}" for c in _COLUMNS) for row in ("new", "old"))
_FORGET = f"INSERT INTO offer_index (offer_index, rowid, {', '.join(_COLUMNS)}) VALUES ('delete', old.id, {_OLD});"  # noqa: S608 (no word of anybody's is in it)
_LEARN = f"INSERT INTO offer_index (rowid, {', '.join(_COLUMNS)}) VALUES (new.id, {_NEW});"  # noqa: S608
SQLITE_INDEX = (
    f"CREATE VIRTUAL TABLE offer_index USING fts5({', '.join(_COLUMNS)}, content='offer_words', content_rowid='id', "
    "tokenize=\"porter unicode61 remove_diacritics 2 tokenchars '_'\", prefix='2 3')",
    f"CREATE TRIGGER offer_index_learn AFTER INSERT ON offer_words BEGIN {_LEARN} END",
    f"CREATE TRIGGER offer_index_forget AFTER DELETE ON offer_words BEGIN {_FORGET} END",
    f"CREATE TRIGGER offer_index_change AFTER UPDATE ON offer_words BEGIN {_FORGET} {_LEARN} END",
)
# Each word as it stands, for beginnings of words, and its English stem.
_VECTOR = " || ".join(
    f"setweight(to_tsvector('{language}'::regconfig, {column}), '{weight}')"
    for column, weight in (("name", "A"), ("partner", "B"), ("place", "B"), ("body", "D")) for language in ("simple", "english")
)
POSTGRESQL_INDEX = (
    f"ALTER TABLE offer_words ADD COLUMN offer_index tsvector GENERATED ALWAYS AS ({_VECTOR} || array_to_tsvector(string_to_array(codes, ' '))) STORED",
    "CREATE INDEX offer_index_words ON offer_words USING gin (offer_index)",
)


def make_index(connection: Connection) -> None:
    """Make the index of the table, in the way of its database. The table is there and empty."""
    sqlite = connection.dialect.name == "sqlite"
    for statement in SQLITE_INDEX if sqlite else POSTGRESQL_INDEX:
        connection.exec_driver_sql(statement)
    if sqlite and sqlite3.sqlite_version_info >= _SECURE_DELETE_SINCE:
        # A word taken out is gone from the file too, as `PRAGMA secure_delete` has it for rows.
        connection.exec_driver_sql("INSERT INTO offer_index (offer_index, rank) VALUES ('secure-delete', 1)")


def drop_index(connection: Connection) -> None:
    """Drop what stands beside the table; PostgreSQL's goes with it."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DROP TABLE IF EXISTS offer_index")


@event.listens_for(OfferWords.__table__, "after_create")
def _with_its_index(_table: Table, connection: Connection, **_: Any) -> None:
    make_index(connection)


@event.listens_for(OfferWords.__table__, "before_drop")
def _without_its_index(_table: Table, connection: Connection, **_: Any) -> None:
    drop_index(connection)


def _row(found: Any) -> dict[str, Any]:
    """Return the row of one offer."""
    name, body = words_of(found.name), words_of(found.description)
    where = words_of(f"{found.place_name or ''} {found.address or ''} {found.postcode or ''}")
    joined = words_of((found.postcode or "").replace(" ", ""))
    if found.withheld:
        secret = {*where, *joined}
        name, body, place = [w for w in name if w not in secret], [w for w in body if w not in secret], []
    else:
        place = [*where, *joined, *words_of(" ".join(map(str, (found.area or {}).get("prefixes", ()))))]
    return {
        "offer_id": found.id, "organisation_id": found.organisation_id, "codes": " ".join(found.needs or ()), "name": " ".join(name),
        "partner": " ".join(words_of(found.partner)), "place": " ".join(place), "body": " ".join(body),
    }


def write(connection: Connection, offer_ids: Iterable[uuid.UUID]) -> None:
    """Write the words of these offers again, from what the database holds now."""
    tables = Base.metadata.tables
    offers, organisations, places = tables["offers"], tables["organisations"], tables["places"]
    query = (
        select(
            offers.c.id, offers.c.organisation_id, offers.c.name, offers.c.description, offers.c.needs, offers.c.area, organisations.c.name.label("partner"),
            places.c.name.label("place_name"), places.c.address, places.c.postcode, places.c.withheld,
        ).join(organisations, organisations.c.id == offers.c.organisation_id).outerjoin(places, places.c.id == offers.c.place_id)
        .where(offers.c.archived_at.is_(None), organisations.c.archived_at.is_(None))
    )
    ids = sorted(set(offer_ids))
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        connection.execute(delete(OfferWords.__table__).where(OfferWords.offer_id.in_(some)))  # type: ignore[arg-type]
        rows = [_row(found) for found in connection.execute(query.where(offers.c.id.in_(some)))]
        if rows:
            connection.execute(insert(OfferWords.__table__), rows)  # type: ignore[arg-type]


def write_all(connection: Connection) -> None:
    """Write the words of every offer again."""
    connection.execute(text("DELETE FROM offer_words"))
    write(connection, connection.scalars(select(Base.metadata.tables["offers"].c.id)).all())


def _changed(session: Session, table: str) -> set[uuid.UUID]:
    """Return the ids of records of a table that this flush adds or changes in a fact that is read here."""
    found = set()
    for record in (*session.new, *session.dirty):
        if getattr(record, "__tablename__", "") == table:
            facts = inspect(record).attrs
            if any(facts[name].history.has_changes() for name in READ[table]):
                found.add(record.id)
    return found


@event.listens_for(Session, "after_flush")
def _keep_true(session: Session, _context: Any) -> None:
    """Write the words again of whatever a flush changed, before its transaction can end."""
    ids, organisations, places = (_changed(session, table) for table in READ)
    if not (ids or organisations or places):
        return
    connection, offers = session.connection(), Base.metadata.tables["offers"]
    for some in (organisations, places):
        column = offers.c.organisation_id if some is organisations else offers.c.place_id
        listed = sorted(some)
        for start in range(0, len(listed), AT_ONCE):
            ids.update(connection.scalars(select(offers.c.id).where(or_(column.in_(listed[start : start + AT_ONCE])))))
    write(connection, ids)
