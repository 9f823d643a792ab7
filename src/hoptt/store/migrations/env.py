"""Run by alembic: one connection, one transaction, given by `store/migrate.py`."""

from __future__ import annotations

from alembic import context

from hoptt.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
