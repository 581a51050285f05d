"""How Alembic runs here: on a connection that `partners.foundation.schema` opened and locked."""

from __future__ import annotations

from alembic import context

from partners.foundation.db import Base
from partners.foundation.schema import is_mapped, load_models

load_models()
connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=False, include_name=is_mapped)
with context.begin_transaction():
    context.run_migrations()
