"""Rooms, scheduled meetings, invitations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "rooms",
        sa.Column("slug", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("entry", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("muted_until_allowed", sa.Boolean, nullable=False),
        sa.Column("capacity", sa.Integer, nullable=False),
        sa.Column("lobby_capacity", sa.Integer, nullable=False),
        sa.Column("doors_before_s", sa.Integer, nullable=False),
        sa.Column("ad_hoc", sa.String(16), nullable=False),
        sa.Column("name_rule", sa.Text, nullable=False),
    )
    op.create_table(
        "meetings",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("room", sa.String(64), sa.ForeignKey("rooms.slug", ondelete="CASCADE"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("starts_ms", sa.Integer),
        sa.Column("ends_ms", sa.Integer),
        sa.Column("entry", sa.String(16)),
        sa.Column("password_hash", sa.Text),
        sa.Column("opened_ms", sa.Integer),
        sa.Column("closed_ms", sa.Integer),
        sa.Column("cause", sa.String(16)),
    )
    op.create_index("meetings_of_room", "meetings", ["room", "closed_ms"])
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("meeting", sa.String(40), sa.ForeignKey("meetings.id", ondelete="CASCADE"), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("bridge_point", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
    )
    op.create_index("invitations_of_meeting", "invitations", ["meeting", "place"])


def downgrade() -> None:
    """Go back to nothing."""
    op.drop_table("invitations")
    op.drop_table("meetings")
    op.drop_table("rooms")
