"""How people come to speak: the kind of a room's meetings, and what a meeting has otherwise (R17)."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add them. A room with an open floor was one for discussions."""
    op.execute("ALTER TABLE rooms ADD COLUMN floor TEXT NOT NULL DEFAULT '{}'")
    op.get_bind().exec_driver_sql(  # JSON has colons, which are no parameters
        """UPDATE rooms SET floor = '{"kind":"discussion","at_once":10}' WHERE NOT muted_until_allowed"""
    )
    op.execute("ALTER TABLE meetings ADD COLUMN muted_until_allowed BOOLEAN")
    op.execute("ALTER TABLE meetings ADD COLUMN floor TEXT")


def downgrade() -> None:
    """Take them away again."""
    with op.batch_alter_table("meetings") as table:
        table.drop_column("floor")
        table.drop_column("muted_until_allowed")
    with op.batch_alter_table("rooms") as table:
        table.drop_column("floor")
