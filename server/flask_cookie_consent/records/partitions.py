"""Partitions of the table of records on PostgreSQL: a month each, so that old ones can be dropped.

Ids start with their time, and a range of ids is a month, UTC, by the clock of whoever made the id.
What no month has room for lies in the default partition, so that a record is stored even if nobody
has made partitions for a long time; there it is found and purged like any other.

A site whose own Alembic includes our metadata passes ``include_name=partitions.include_name`` to
``context.configure``; else ``alembic check`` takes partitions for tables that have to go.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from ..choice.codec import SKEW, milliseconds_id
from .schema import records
from .trouble import describe

#: How many months have partitions in advance, the present one included.
AHEAD = 3

#: How long a change of the table waits for those who use it. Choices queue up behind it, so that
#: it has to be well below what they wait for: see store.Records.
LOCK_TIMEOUT = "300ms"

#: Seconds before trying again, each time that the table was in use.
PAUSES = (0.1, 0.2, 0.4, 0.8)

#: Names PostgreSQL's lock of whoever makes partitions.
_LOCK = 0x666364

_TABLE = records.name
_NAME = re.compile(rf"{_TABLE}_(\d+_\d\d|until_\d+_\d\d|default)")
_BOUNDS = re.compile(r"FOR VALUES FROM \((?:MINVALUE|'([^']*)')\) TO \('([^']*)'\)")


class Partition(NamedTuple):
    """Records by their ids."""

    name: str
    """As it stands in SQL: quoted, and with its schema, where it has to be."""
    low: str
    """The least id; empty if there is none."""
    high: str
    """What all ids are less than."""

    @property
    def holds(self) -> sa.ColumnElement[bool]:
        """The condition that a record is in it."""
        return (records.c.id >= self.low) & (records.c.id < self.high)


class Made(NamedTuple):
    """What :func:`make_months` has done."""

    names: list[str]
    """Partitions that are new."""
    problems: list[str]
    """Why others could not be made."""


def month(milliseconds: int) -> Partition:
    """The partition of the month of a time: milliseconds since 1970."""
    at = datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
    start = datetime(at.year, at.month, 1, tzinfo=timezone.utc)
    end = (start + timedelta(days=32)).replace(day=1)
    low, high = (milliseconds_id(int(t.timestamp() * 1000)) for t in (start, end))
    return Partition(f"{_TABLE}_{start:%Y_%m}", low, high)


def months(now: int) -> list[Partition]:
    """The partitions that there should be: of this month and the next ones.

    :param now: milliseconds since 1970.
    """
    found = [month(now)]
    while len(found) < AHEAD:
        found.append(month(int(found[-1].high, 36)))
    return found


def include_name(name: str | None, type_: str, parents: Mapping[str, Any]) -> bool:
    """For Alembic's ``include_name``: not the partitions, which come and go."""
    return not (type_ == "table" and name and _NAME.fullmatch(name))


def is_partitioned(connection: Connection) -> bool:
    """Whether the table of records has partitions."""
    if connection.dialect.name != "postgresql":
        return False
    kind = sa.text("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(:table)")
    return bool(connection.execute(kind, {"table": _TABLE}).scalar())


def existing(connection: Connection) -> list[Partition]:
    """All partitions but the default one, the oldest first; none of a table without."""
    if not is_partitioned(connection):
        return []
    query = sa.text(
        "SELECT oid::regclass::text, pg_get_expr(relpartbound, oid)"
        " FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = to_regclass(:table)"
    )
    rows = connection.execute(query, {"table": _TABLE})
    bounds = [(name, _BOUNDS.match(text)) for name, text in rows]
    found = [Partition(name, match[1] or "", match[2]) for name, match in bounds if match]
    return sorted(found, key=lambda partition: partition.low)


def make_months(engine: Engine, now: int | None = None) -> Made:
    """Makes the partitions of this and the next months, where they are not there yet. Choices are
    stored meanwhile.

    Does nothing to a table without partitions.

    :param now: milliseconds since 1970, if not the present.
    """
    made = Made([], [])
    with engine.connect() as connection:
        if not is_partitioned(connection):
            return made
    for wanted in months(int(time.time() * 1000) if now is None else now):
        _try(engine, wanted, made)
    return made


class _Occupied(Exception):
    """The default partition has records of that month."""


def _try(engine: Engine, wanted: Partition, made: Made) -> None:
    try:
        with engine.begin() as connection:
            if _make(connection, wanted):
                made.names.append(wanted.name)
    except (DBAPIError, _Occupied) as error:
        reason = describe(error) if isinstance(error, DBAPIError) else str(error)
        made.problems.append(
            f"{wanted.name} cannot be made, {_TABLE}_default takes its records: {reason}"
        )


def _make(connection: Connection, wanted: Partition) -> bool:
    """Makes a partition, and says whether it was not there yet."""
    _lock(connection)
    there = existing(connection)
    if any(p.low < wanted.high and wanted.low < p.high for p in there):
        return False
    # No partition has room for them, so that they are in the default one.
    if connection.execute(sa.select(records.c.id).where(wanted.holds).limit(1)).first():
        raise _Occupied("it has some already; they are purged from there")
    # Attached later, and not made in its place: that stops nobody but who uses the default one.
    _patiently(
        connection,
        f"CREATE TABLE {wanted.name} (LIKE {_TABLE} INCLUDING ALL)",
        f"ALTER TABLE {_TABLE} ATTACH PARTITION {wanted.name}"
        f" FOR VALUES FROM ('{wanted.low}') TO ('{wanted.high}')",
    )
    return True


def drop(connection: Connection, partition: Partition) -> None:
    """Drops a partition with all records in it. From here to the end of the transaction, choices
    wait.

    :raises sqlalchemy.exc.DBAPIError: if the table is in use for too long, or belongs to another
        role.
    """
    _patiently(connection, f"DROP TABLE {partition.name}")


def leaves(connection: Connection, partition: Partition) -> str:
    """The leaves of the sealed records in a partition, as :func:`.log.ranges.leaf_ranges` says
    them; the database counts, since there may be millions."""
    query = sa.text(
        "SELECT string_agg(CASE first WHEN last THEN first::text ELSE first || '-' || last END,"
        " ',' ORDER BY first) FROM (SELECT min(leaf) AS first, max(leaf) AS last FROM"
        # A leaf less its place among them is the same number all through a range.
        " (SELECT leaf, leaf - dense_rank() OVER (ORDER BY leaf) AS run FROM consent_records"
        " WHERE id >= :low AND id < :high AND leaf IS NOT NULL) AS leaves"
        " GROUP BY run) AS ranges"
    )
    found = connection.execute(query, {"low": partition.low, "high": partition.high}).scalar()
    return str(found or "")


def convert(engine: Engine, now: int | None = None) -> bool:
    """Gives partitions to a table of records without: all that is there stays together in one,
    which has room until the end of the month too; rights that were granted are granted again.

    Choices wait while PostgreSQL reads the table through once, some seconds for ten million
    records; those that cannot wait are pending, and stored afterwards.

    :param now: milliseconds since 1970, if not the present.
    :return: whether there was anything to do.
    :raises sqlalchemy.exc.DBAPIError: if the table is in use for too long, or belongs to another
        role; nothing has changed then.
    """
    # A browser's clock may be ahead, and its choice in the next month already.
    until = month((int(time.time() * 1000) if now is None else now) + 2 * SKEW * 1000)
    old = until.name.replace(_TABLE, f"{_TABLE}_until")
    with engine.begin() as connection:
        _lock(connection)
        if is_partitioned(connection):
            return False
        grants = connection.execute(_GRANTS).scalars().all()
        _patiently(
            connection,
            f"ALTER TABLE {_TABLE} RENAME TO {old}",
            f"ALTER INDEX {_TABLE}_pkey RENAME TO {old}_pkey",
            f"ALTER INDEX ix_{_TABLE}_leaf RENAME TO ix_{old}_leaf",
            f"CREATE TABLE {_TABLE} (LIKE {old} INCLUDING ALL EXCLUDING INDEXES)"
            " PARTITION BY RANGE (id)",
            f"ALTER TABLE {_TABLE} ADD PRIMARY KEY (id)",
            f"CREATE INDEX ix_{_TABLE}_leaf ON {_TABLE} (leaf)",
            f"ALTER TABLE {_TABLE} ATTACH PARTITION {old}"
            f" FOR VALUES FROM (MINVALUE) TO ('{until.high}')",
            f"CREATE TABLE {_TABLE}_default PARTITION OF {_TABLE} DEFAULT",
            *grants,
        )
    return True


_GRANTS = sa.text(
    "SELECT format('GRANT %s ON consent_records TO %s', privilege_type,"
    " CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)"
    " FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = to_regclass('consent_records')"
)


def _lock(connection: Connection) -> None:
    """Makes others wait who make partitions, until the end of the transaction."""
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _patiently(connection: Connection, *statements: str) -> None:
    """Changes the table when nobody is using it, without keeping others waiting for long."""
    for pause in PAUSES:
        if _try_now(connection, statements):
            return
        time.sleep(pause)
    _now(connection, statements)


def _try_now(connection: Connection, statements: Iterable[str]) -> bool:
    try:
        _now(connection, statements)
    except DBAPIError as error:
        if not _is_timeout(error):
            raise
        return False
    return True


def _now(connection: Connection, statements: Iterable[str]) -> None:
    with connection.begin_nested():
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        for statement in statements:
            connection.exec_driver_sql(statement)


def _is_timeout(error: DBAPIError) -> bool:
    # Of psycopg and of psycopg2: lock_not_available.
    states = (getattr(error.orig, name, None) for name in ("sqlstate", "pgcode"))
    return "55P03" in states
