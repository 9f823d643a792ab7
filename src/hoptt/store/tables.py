"""The tables of rooms, meetings, units and accounts, as the newest migration leaves them."""

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
    Column("unit", String(64), ForeignKey("units.slug")),  # NULL: of the installation
    Column("owner", String(40), ForeignKey("accounts.id")),
    Column("second_seat", String(16), nullable=False, server_default="take_over"),
    Column("floor", Text, nullable=False, server_default="{}"),  # JSON: how turns are given
    Index("rooms_of_unit", "unit"),
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
    Column("muted_until_allowed", Boolean),  # NULL: as the room
    Column("floor", Text),  # JSON; NULL: as the room
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
    Column("account", String(40), ForeignKey("accounts.id")),
    Column("branch", Text, nullable=False, server_default=""),  # of bridge points; empty: none
    Index("invitations_of_meeting", "meeting", "place"),
    Index("invitations_of_account", "account"),
)

units = Table(
    "units",
    metadata,
    Column("slug", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("parent", String(64), ForeignKey("units.slug")),  # NULL: at the top
    Column("disabled", Boolean, nullable=False),
    Column("created_ms", Integer, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("bridge_point", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("unit_shown", Text, nullable=False),  # as meetings show it; `unit` is the place in the tree
    Column("unit", String(64), ForeignKey("units.slug")),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text),  # NULL: none yet, so nobody signs in
    Column("second_factor", Text),  # encrypted
    Column("second_factor_step", Integer, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_ms", Integer, nullable=False),
    Index("accounts_of_unit", "unit"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(64), primary_key=True),  # the hash of what the cookie carries
    Column("account", String(40), ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("started_ms", Integer, nullable=False),
    Column("seen_ms", Integer, nullable=False),
    Index("sessions_of_account", "account", "started_ms"),
)

known_browsers = Table(
    "known_browsers",
    metadata,
    Column("account", String(40), ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("browser", String(40), primary_key=True),  # its pseudonym
    Column("seen_ms", Integer, nullable=False),
)
