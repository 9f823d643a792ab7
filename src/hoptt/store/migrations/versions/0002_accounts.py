"""Units, accounts, their sessions; rooms belong to a unit and an account, rows of an invitation list to an account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ADDED = (
    # in one statement: SQLite adds no foreign key to a table that is there, and takes one with a new column
    "ALTER TABLE rooms ADD COLUMN unit VARCHAR(64) REFERENCES units(slug)",
    "ALTER TABLE rooms ADD COLUMN owner VARCHAR(40) REFERENCES accounts(id)",
    "ALTER TABLE rooms ADD COLUMN second_seat VARCHAR(16) NOT NULL DEFAULT 'take_over'",
    "ALTER TABLE invitations ADD COLUMN account VARCHAR(40) REFERENCES accounts(id)",
)


def upgrade() -> None:
    """Add them. Rooms that were there belong to no unit."""
    op.create_table(
        "units",
        sa.Column("slug", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("parent", sa.String(64), sa.ForeignKey("units.slug")),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_ms", sa.Integer, nullable=False),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("login", sa.String(64), nullable=False, unique=True),
        sa.Column("bridge_point", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("unit_shown", sa.Text, nullable=False),
        sa.Column("unit", sa.String(64), sa.ForeignKey("units.slug")),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("second_factor", sa.Text),
        sa.Column("second_factor_step", sa.Integer, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_ms", sa.Integer, nullable=False),
    )
    op.create_index("accounts_of_unit", "accounts", ["unit"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(40), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("started_ms", sa.Integer, nullable=False),
        sa.Column("seen_ms", sa.Integer, nullable=False),
    )
    op.create_index("sessions_of_account", "sessions", ["account", "started_ms"])
    op.create_table(
        "known_browsers",
        sa.Column("account", sa.String(40), sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("browser", sa.String(40), primary_key=True),
        sa.Column("seen_ms", sa.Integer, nullable=False),
    )
    for statement in ADDED:
        op.execute(statement)
    op.create_index("rooms_of_unit", "rooms", ["unit"])
    op.create_index("invitations_of_account", "invitations", ["account"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("invitations_of_account", "invitations")
    op.drop_index("rooms_of_unit", "rooms")
    with op.batch_alter_table("invitations") as table:
        table.drop_column("account")
    with op.batch_alter_table("rooms") as table:
        table.drop_column("second_seat")
        table.drop_column("owner")
        table.drop_column("unit")
    op.drop_table("known_browsers")
    op.drop_table("sessions")
    op.drop_table("accounts")
    op.drop_table("units")
