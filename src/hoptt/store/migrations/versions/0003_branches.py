"""Rows of an invitation list belong to a branch of bridge points."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add it. Rows that were there belong to none."""
    op.execute("ALTER TABLE invitations ADD COLUMN branch TEXT NOT NULL DEFAULT ''")


def downgrade() -> None:
    """Take it away again (for tests; an installation goes back by its backup)."""
    op.execute("ALTER TABLE invitations DROP COLUMN branch")
