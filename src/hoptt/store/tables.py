"""The tables of rooms and scheduled meetings, as the newest migration leaves them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

rooms = Table(
    "rooms",
    metadata,
    Column("slug", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("entry", String(16), nullable=False),
    Column("password_hash", Text),
    Column("muted_until_allowed", Boolean, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("lobby_capacity", Integer, nullable=False),
    Column("doors_before_s", Integer, nullable=False),
    Column("ad_hoc", String(16), nullable=False),
    Column("name_rule", Text, nullable=False),  # JSON, so that a rule may grow without a migration
)

meetings = Table(
    "meetings",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("room", String(64), ForeignKey("rooms.slug", ondelete="CASCADE"), nullable=False),
    Column("title", Text, nullable=False),
    # Times are milliseconds since 1970, as on the wire.
    Column("starts_ms", Integer),  # NULL: nobody scheduled it
    Column("ends_ms", Integer),
    Column("entry", String(16)),  # NULL: as the room
    Column("password_hash", Text),  # NULL: as the room
    Column("opened_ms", Integer),
    Column("closed_ms", Integer),
    Column("cause", String(16)),
    Index("meetings_of_room", "room", "closed_ms"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("meeting", String(40), ForeignKey("meetings.id", ondelete="CASCADE"), nullable=False),
    Column("place", Integer, nullable=False),  # in the list: the protocol order
    Column("role", String(16), nullable=False),
    Column("bridge_point", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Index("invitations_of_meeting", "meeting", "place"),
)
