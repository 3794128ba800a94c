"""Alembic's scripts for the tables in :mod:`..schema`."""
