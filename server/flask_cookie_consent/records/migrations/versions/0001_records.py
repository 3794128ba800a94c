"""The first tables. (They stand here once more, since a migration must not change when the
schema does.)"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String(22).with_variant(sa.String(22, collation="C"), "postgresql")


def upgrade() -> None:
    # On PostgreSQL, if the site wants it: name, least id, and what all ids are less than.
    partitions: list[tuple[str, str, str]] = context.config.attributes.get("partitions", [])
    op.create_table(
        "consent_records",
        sa.Column("id", ID, primary_key=True),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("stored", sa.BigInteger, nullable=False),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("scripted", sa.Boolean, nullable=False),
        sa.Column("signal", sa.Boolean, nullable=False),
        sa.Column("granted", sa.Text, nullable=False),
        sa.Column("refused", sa.Text, nullable=False),
        sa.Column("snapshot", sa.String(64)),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("regime", sa.String(64), nullable=False),
        sa.Column("page", sa.Text),
        sa.Column("previous", ID),
        sa.Column("salt", sa.LargeBinary(16), nullable=False),
        sa.Column("leaf", sa.BigInteger),
        postgresql_partition_by="RANGE (id)" if partitions else None,
    )
    if partitions:
        op.execute("CREATE TABLE consent_records_default PARTITION OF consent_records DEFAULT")
    for name, low, high in partitions:
        of = f"PARTITION OF consent_records FOR VALUES FROM ('{low}') TO ('{high}')"
        op.execute(f"CREATE TABLE {name} {of}")
    op.create_table(
        "consent_corrected_ids",
        sa.Column("given", ID, primary_key=True),
        sa.Column("id", ID, nullable=False),
    )
    op.create_table(
        "consent_snapshots",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("stored", sa.BigInteger, nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("regime", sa.String(64), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("documents", sa.Text, nullable=False),
        sa.Column("leaf", sa.BigInteger),
    )
    op.create_table(
        "consent_purges",
        sa.Column("id", ID, primary_key=True),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("leaves", sa.Text, nullable=False),
        sa.Column("leaf", sa.BigInteger),
    )
    op.create_table(
        "consent_tiles",
        sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "consent_heads",
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "consent_totals",
        sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("snapshot", sa.String(64), primary_key=True),
        sa.Column("language", sa.String(35), primary_key=True),
        sa.Column("regime", sa.String(64), primary_key=True),
        sa.Column("method", sa.String(16), primary_key=True),
        sa.Column("category", sa.String(64), primary_key=True),
        sa.Column("answer", sa.String(4), primary_key=True),
        sa.Column("purged", sa.Boolean, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
    for table in ("records", "snapshots", "purges"):
        op.create_index(f"ix_consent_{table}_leaf", f"consent_{table}", ["leaf"])
    op.create_index("ix_consent_corrected_ids_id", "consent_corrected_ids", ["id"])
    log = op.create_table(
        "consent_log",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(log, [{"id": 1, "size": 0}])


def downgrade() -> None:
    for name in (
        "log",
        "totals",
        "heads",
        "tiles",
        "purges",
        "snapshots",
        "corrected_ids",
        "records",
    ):
        op.drop_table(f"consent_{name}")
