"""The schema: made and moved forward by migrations, under a lock, by `kith init`; never when a server starts."""

from __future__ import annotations

import importlib
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from partners.foundation.errors import NotReady

# The rooms that map tables; named, not imported, because the foundation knows nothing of the rooms above it.
MODEL_ROOMS = (
    "partners.foundation.audit", "partners.foundation.outbox", "partners.foundation.users", "partners.foundation.sign_ins", "partners.foundation.second_steps", "partners.foundation.wards",
    "partners.registry.organisations", "partners.registry.offers", "partners.registry.offer_words", "partners.registry.do_not_list", "partners.families.schools", "partners.families.families",
    "partners.families.needs", "partners.families.requirements", "partners.families.agreements", "partners.families.questionnaires", "partners.families.own_pages", "partners.matching.suggestions",
    "partners.registry.partnerships", "partners.registry.asks", "partners.families.gives", "partners.matching.exchanges",
    "partners.matching.groups", "partners.matching.gap_asks", "partners.registry.events", "partners.registry.bringing", "partners.matching.giving_out",
    "partners.registry.importing.origins", "partners.registry.importing.uploads", "partners.registry.duplicates", "partners.families.directories",
    "partners.referrals.referrals", "partners.referrals.replies", "partners.referrals.outcomes",
    "partners.impact.releases", "partners.impact.asks", "partners.impact.trusts", "partners.impact.trust_releases", "partners.impact.stories", "partners.impact.school_data.pupils", "partners.impact.school_data.files",
    "partners.referrals.reminders", "partners.referrals.cover", "partners.referrals.withdrawals", "partners.referrals.check_ins", "partners.referrals.family_links", "partners.referrals.text_replies", "partners.referrals.notes", "partners.families.quick_notes", "partners.families.drafts",
    "partners.registry.papers", "partners.referrals.thanks", "partners.registry.checks", "partners.registry.terms", "partners.registry.edits", "partners.registry.proposals", "partners.registry.tasks", "partners.registry.contacts",
    "partners.foundation.ledger", "partners.privacy.complaints", "partners.privacy.holds", "partners.privacy.requests", "partners.privacy.subject_access", "partners.privacy.schedule", "partners.privacy.retention", "partners.privacy.breaches", "partners.privacy.emergencies",
)
_MIGRATION_LOCK = 4_711_002


def load_models() -> None:
    """Import every room that maps a table, so that the metadata is whole."""
    for room in MODEL_ROOMS:
        importlib.import_module(room)


def is_mapped(name: str | None, _kind: str, _parents: object) -> bool:
    """Whether something found in a database is for the models to say. The index of offers' words is not: each database has its own way."""
    return not (name or "").startswith("offer_index")


def config() -> Config:
    """Return where Alembic finds the migrations."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    return made


def migrate(engine: Engine) -> None:
    """Bring the database up to the newest schema. Two at once is safe: the second waits, then finds nothing to do."""
    load_models()
    settings = config()
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # SQLite changes a table by copying it and dropping the old one, which must not take the rows that point to it along.
            # The setting counts only outside a transaction; the transaction that follows takes the write lock at once.
            _sqlite_foreign_keys(connection, "OFF")
        try:
            with connection.begin():
                if engine.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
                settings.attributes["connection"] = connection
                command.upgrade(settings, "head")
                if engine.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first() is not None:
                    raise NotReady("The new schema would leave rows that point nowhere. Nothing was changed.")
        finally:
            if engine.dialect.name == "sqlite":
                _sqlite_foreign_keys(connection, "ON")


def _sqlite_foreign_keys(connection: Connection, state: str) -> None:
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys={state}")
    cursor.close()


def current(engine: Engine) -> str | None:
    """Return the revision a database is at, or None for an empty one."""
    with engine.execution_options(reading=True).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current(engine: Engine) -> bool:
    """Whether the database has the newest schema."""
    return current(engine) == ScriptDirectory.from_config(config()).get_current_head()


def require_current(engine: Engine) -> None:
    """Raise NotReady unless the database has the newest schema: a missing database is never quietly made anew."""
    if not is_current(engine):
        raise NotReady("The database is empty or older than this version. Run: kith init")
