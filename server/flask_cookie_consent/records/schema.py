"""The tables of the record store, for any database that SQLAlchemy knows.

A site with migrations of its own can include :data:`metadata` in its Alembic ``target_metadata``;
otherwise ``flask consent records migrate`` runs ours.

Entries of three kinds end in the log (:mod:`.log.sealing`): records of choices, snapshots of what
was shown, and purges. Each has a column ``leaf``: its place in the Merkle tree, ``NULL`` until it
is sealed.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

metadata = MetaData()

#: Record ids: compared byte by byte, so that their order is that of time.
ID = String(22).with_variant(String(22, collation="C"), "postgresql")

#: One row for each choice, never changed but for ``leaf``. No address, no user agent, no account.
records = Table(
    "consent_records",
    metadata,
    # Milliseconds since 1970 in base 36, then chance: see choice.new_id().
    Column("id", ID, primary_key=True),
    # Of the choice: seconds since 1970.
    Column("time", BigInteger, nullable=False),
    # When the server stored it: milliseconds since 1970.
    Column("stored", BigInteger, nullable=False),
    # A name of choice.METHODS, or "other".
    Column("method", String(16), nullable=False),
    # Whether JavaScript made the choice; else a plain form.
    Column("scripted", Boolean, nullable=False),
    # Whether the browser sent a signal (Global Privacy Control) with it.
    Column("signal", Boolean, nullable=False),
    # Runs of service tokens, three characters each; the snapshot's policy says whose.
    Column("granted", Text, nullable=False),
    Column("refused", Text, nullable=False),
    # Name of what the visitor's page showed; NULL if it did not say.
    Column("snapshot", String(64)),
    Column("language", String(35), nullable=False),
    Column("regime", String(64), nullable=False),
    # Path of the page, without its query; NULL if the browser did not say.
    Column("page", Text),
    # Id of the record before, of the same visitor, if that one had an id.
    Column("previous", ID),
    # Makes the leaf of the tree say nothing about the record once both are purged.
    Column("salt", LargeBinary(16), nullable=False),
    Column("leaf", BigInteger, index=True),
)

#: Ids from browsers whose clock is plainly wrong, and the ids that their records got instead: so
#: that a choice sent twice is still stored once.
corrected_ids = Table(
    "consent_corrected_ids",
    metadata,
    Column("given", ID, primary_key=True),
    Column("id", ID, nullable=False, index=True),  # by which a purge finds them
)

#: What visitors saw, by the name that stands in records.
snapshots = Table(
    "consent_snapshots",
    metadata,
    Column("name", String(64), primary_key=True),
    # When it was first stored: milliseconds since 1970.
    Column("stored", BigInteger, nullable=False),
    Column("language", String(35), nullable=False),
    Column("regime", String(64), nullable=False),
    # JSON: policy and texts; the name is its hash.
    Column("content", Text, nullable=False),
    # JSON: the pages as they were rendered, and the hashes of the scripts.
    Column("documents", Text, nullable=False),
    Column("leaf", BigInteger, index=True),
)

#: What was deleted by rule: the leaves whose records are gone.
purges = Table(
    "consent_purges",
    metadata,
    Column("id", ID, primary_key=True),
    # Milliseconds since 1970.
    Column("time", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    # Ranges, both ends included: "0-99,105,200-299".
    Column("leaves", Text, nullable=False),
    Column("leaf", BigInteger, index=True),
)

#: One row: how many leaves the tree has. Whoever seals or purges locks it first.
log = Table(
    "consent_log",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
)

#: Hashes of the tree, 256 in a row of bytes: see merkle.Tiles.
tiles = Table(
    "consent_tiles",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

#: Signed heads of the tree.
heads = Table(
    "consent_heads",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    # Milliseconds since 1970.
    Column("time", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    # A C2SP checkpoint.
    Column("note", Text, nullable=False),
)

#: How many sealed records there are of each kind, for reports that need not count them.
totals = Table(
    "consent_totals",
    metadata,
    # Of the choice, UTC: days since 1970.
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("snapshot", String(64), primary_key=True),  # "" if the page did not say
    Column("language", String(35), primary_key=True),
    Column("regime", String(64), primary_key=True),
    Column("method", String(16), primary_key=True),
    # "" in the row that counts the choices themselves.
    Column("category", String(64), primary_key=True),
    # Of the services of that category that were answered: "yes" to all, "no" to all, "some".
    Column("answer", String(4), primary_key=True),
    # Whether the records have been purged since.
    Column("purged", Boolean, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
