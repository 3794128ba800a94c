"""How Alembic runs our migrations: on the connection that it is given (see ``..engine``)."""

from __future__ import annotations

from alembic import context

from flask_cookie_consent.records.schema import metadata

VERSION_TABLE = "consent_records_version"

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
