"""How a group of entries gets into the tables: on one connection, by one statement."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from ..proof.record import FIELDS, Record
from . import schema
from .engine import insert_for, insert_new, migrate
from .trouble import Unfit, describe
from .turns import queue

logger = logging.getLogger("flask_cookie_consent")

#: A function that makes the row of a snapshot: not needed where the store has it.
MakeSnapshot = Callable[[], dict[str, Any]]


@dataclass(slots=True)
class WriteRequest:
    """What one request has to store."""

    record: Record | None = None
    snapshot: MakeSnapshot | None = None
    salt: bytes = b""
    """Of the record, when it is sealed."""
    given: str | None = None
    """The record's id from a browser whose clock is wrong; it gets another one then."""
    id: str = ""
    """The one under which the record is stored."""

    def __post_init__(self) -> None:
        if self.record is not None:
            self.id = self.record.id


class Inserter:
    """Inserts entries in groups.

    A connection of its own and a statement that is compiled once for each size of a group: what a
    pool and an ``INSERT`` of SQLAlchemy do besides would take half of the time of a commit.

    :param partitioned: whether tables that are made here have partitions.
    :param patience: seconds to wait for this process's turn, where writers queue up; ``None``:
        until it comes.
    """

    def __init__(
        self,
        engine: Callable[[], Engine],
        *,
        partitioned: bool = False,
        patience: float | None = None,
    ) -> None:
        self._engine = engine
        self._partitioned = partitioned
        self._patience = patience
        self._connection: Connection | None = None
        self._is_ready = False
        self._statement = lru_cache(64)(self._compile)

    def insert(self, entries: Sequence[WriteRequest]) -> None:
        """Inserts ``entries`` that are not there yet; returns when all are durable.

        :raises Unfit: if no store would take one of them.
        """
        try:
            self._insert(entries)
        except DBAPIError as error:
            # The server was started anew, or has dropped a connection that was long idle: that is
            # no reason yet to keep anybody waiting.
            if not error.connection_invalidated:
                raise
            self._insert(entries)

    def _insert(self, entries: Sequence[WriteRequest]) -> None:
        engine = self._engine()
        if not self._is_ready:
            migrate(engine, only_if_empty=True, partitioned=self._partitioned)
            self._is_ready = True
        shown = {row["name"]: row for entry in entries if (row := _shown(entry))}
        connection = self._connection = self._connection or _connect(engine)
        try:
            with queue(engine, self._patience), connection.begin():
                self._insert_rows(connection, list(shown.values()), entries)
        except BaseException:
            self._connection = None
            connection.invalidate()
            connection.close()
            raise

    def _insert_rows(
        self, connection: Connection, shown: list[dict[str, Any]], entries: Sequence[WriteRequest]
    ) -> None:
        try:
            if shown:
                insert_new(connection, schema.snapshots, shown)
            for entry in entries:
                if entry.given is not None:
                    entry.id = _corrected(connection, entry.given, entry.id)
            if records := [entry for entry in entries if entry.record is not None]:
                self._insert_records(connection, records)
        except (DataError, IntegrityError, UnicodeError) as error:
            # Here alone: whatever else raises them, no entry is at fault.
            raise Unfit(describe(error)) from error

    def _insert_records(self, connection: Connection, entries: list[WriteRequest]) -> None:
        compiled = self._statement(len(entries))
        stored = time.time_ns() // 1_000_000
        values: dict[str, Any] = {}
        for n, entry in enumerate(entries):
            values |= {f"{name}_m{n}": getattr(entry.record, name) for name in FIELDS}
            values |= {f"id_m{n}": entry.id, f"stored_m{n}": stored}
            values |= {f"salt_m{n}": entry.salt, f"leaf_m{n}": None}
        order = compiled.positiontup  # type: ignore[attr-defined]
        connection.exec_driver_sql(
            compiled.string, tuple(values[name] for name in order) if order else values
        )

    def _compile(self, number: int) -> Compiled:
        table = schema.records
        rows = [
            {c.name: sa.bindparam(f"{c.name}_m{n}", type_=c.type) for c in table.columns}
            for n in range(number)
        ]
        engine = self._engine()
        insert = insert_for(engine.dialect, table).values(rows).on_conflict_do_nothing()
        return insert.compile(dialect=engine.dialect)  # type: ignore[no-any-return]


def _shown(entry: WriteRequest) -> dict[str, Any] | None:
    """The row of the snapshot that an entry brings. One that cannot be made must not keep the
    records of others waiting."""
    if entry.snapshot is None:
        return None
    try:
        return entry.snapshot()
    except Exception as error:
        entry.snapshot = None
        logger.error("what visitors see cannot be kept as a snapshot: %s", describe(error))
        return None


def _connect(engine: Engine) -> Connection:
    """A connection on which every statement is a transaction, which saves two round trips to a
    server: a group is one statement, and what may stand before it (a snapshot, a corrected id) does
    no harm without it. SQLite has no round trips, and has to be told that we are going to write."""
    connection = engine.connect()
    if engine.dialect.name == "sqlite":
        return connection
    return connection.execution_options(isolation_level="AUTOCOMMIT")


def _corrected(connection: Connection, given: str, id: str) -> str:
    """The id of the record for an id that cannot be: always the same one."""
    table = schema.corrected_ids
    insert_new(connection, table, [{"given": given, "id": id}])
    return str(connection.execute(sa.select(table.c.id).where(table.c.given == given)).scalar_one())
