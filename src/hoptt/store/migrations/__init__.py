"""Migrations of the database of rooms and meetings (alembic)."""
