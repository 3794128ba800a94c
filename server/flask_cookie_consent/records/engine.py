"""Where records are kept: an engine for a URL, and its tables in place."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL, Connection, Dialect, Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from . import partitions
from .trouble import Unusable, describe, shown_url
from .turns import queue, user

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "consent_records_version"

#: Names PostgreSQL's lock that one process holds while it makes the tables.
_LOCK = 0x666363


def parsed_url(url: str | URL) -> URL:
    """
    :raises Unusable: if ``url`` is none. The text does not have it: there may be a password in it.
    """
    try:
        return make_url(url)
    except (SQLAlchemyError, ValueError, TypeError):
        raise Unusable(
            "the URL of the store (records=) cannot be read; allowed: one of SQLAlchemy's, such as "
            "sqlite:///consent.db or postgresql+psycopg://user:password@host/database"
        ) from None


def make_engine(url: str | URL, folder: str | Path, wait: float) -> Engine:
    """An engine for ``url``.

    :param folder: in which a relative path of SQLite lies: the app's instance folder.
    :param wait: seconds that a statement may wait for a lock, or a connection for its server.
    :raises Unusable: if ``url`` is none, its driver is not installed, or the folder of its file is
        not there and cannot be made.
    """
    url = parsed_url(url)
    try:
        if url.get_backend_name() == "sqlite":
            return _sqlite(url, Path(folder), wait)
        options: dict[str, Any] = {}
        if url.get_backend_name() in ("postgresql", "cockroachdb"):
            options["connect_args"] = {"connect_timeout": max(2, math.ceil(wait))}
        return sa.create_engine(
            url,
            pool_pre_ping=True,
            pool_size=2,
            max_overflow=3,
            pool_timeout=wait,
            hide_parameters=True,
            **options,
        )
    except ImportError as error:
        raise Unusable(
            f"the driver of the store {shown_url(url)} is not installed "
            f"({describe_import(error)}); install it, for PostgreSQL by "
            "pip install 'flask-cookie-consent[postgresql]'"
        ) from error
    except (ArgumentError, TypeError, ValueError) as error:
        raise Unusable(
            f"the store {shown_url(url)} cannot be opened ({describe(error)}); correct the URL"
        ) from None


def describe_import(error: ImportError) -> str:
    """What is missing."""
    return f"there is no module {error.name}" if error.name else describe(error)


def _sqlite(url: URL, folder: Path, wait: float) -> Engine:
    path = url.database
    file = None
    if path and path != ":memory:" and not path.startswith("file:"):
        file = folder / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unusable(
                f"the folder {file.parent} of the store is not there and cannot be made: "
                f"{error.strerror}; make it, for {user()} to write in, or name another one"
            ) from error
        url = url.set(database=str(file))
    engine = sa.create_engine(
        url,
        connect_args={"timeout": wait, "check_same_thread": False},
        poolclass=sa.pool.QueuePool if path and path != ":memory:" else sa.pool.StaticPool,
        hide_parameters=True,
    )

    @sa.event.listens_for(engine, "do_connect")
    def connect(dialect: Dialect, record: object, args: Any, options: Any) -> Any:
        try:
            return _prepared(dialect.connect(*args, **options))
        except sqlite3.Error as error:
            # SQLite names no file.
            raise type(error)(f"{file or path}: {error}{_reason(file, error)}") from error

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("read_only")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _prepared(connection: Any) -> Any:
    """A new connection of SQLite, with our settings."""
    try:
        # Transactions are begun by `begin` above: sqlite3 would begin them late, as readers, and a
        # reader that becomes a writer fails at once where another one writes.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # what is purged leaves nothing in the file
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that writes.

    SQLite has one writer at a time, and others look again and again whether it has finished, with
    longer and longer pauses; here they queue up instead, and the next one starts at once.
    """
    with queue(engine), engine.begin() as connection:
        yield connection


def _reason(file: Path | None, error: sqlite3.Error) -> str:
    """Why a file of SQLite cannot be opened, and what helps."""
    if file is None:
        return ""
    if file.is_dir():
        return "; it is a folder: remove it, or name another file"
    if "unable to open" in str(error) or "readonly" in str(error):
        return f"; {user()} has to be able to write it, and its folder too"
    return ""


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for reading only, which sees one state of the store and stops no writer."""
    with engine.connect() as plain:
        level = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        connection = plain.execution_options(read_only=True, **level)
        with connection.begin():
            yield connection


def insert_new(connection: Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Inserts those of ``rows`` whose key is not there yet."""
    connection.execute(insert_for(connection.dialect, table).on_conflict_do_nothing(), rows)


def add_up(connection: Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Adds the ``number`` of each of ``rows`` to the row with its key, or inserts it."""
    insert = insert_for(connection.dialect, table)
    number = table.c.number + insert.excluded.number
    key = list(table.primary_key.columns)
    connection.execute(
        insert.on_conflict_do_update(index_elements=key, set_={"number": number}), rows
    )


def put(connection: Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Inserts ``rows``; those with a key that is there already take the place of what is."""
    insert = insert_for(connection.dialect, table)
    rest = {c.name: insert.excluded[c.name] for c in table.columns if not c.primary_key}
    key = list(table.primary_key.columns)
    connection.execute(insert.on_conflict_do_update(index_elements=key, set_=rest), rows)


def among(connection: Connection, column: sa.Column[str], keys: list[str]) -> Any:
    """The condition that ``column`` has one of many values."""
    if connection.dialect.name == "sqlite":
        return column.in_(keys)
    # As one parameter: a thousand take longer to send than to look up.
    return column == sa.func.any(sa.bindparam(None, keys, type_=sa.ARRAY(sa.String)))


def number(
    connection: Connection, table: sa.Table, key: sa.Column[str], keys: list[str], first: int
) -> int:
    """Sets ``leaf`` of the rows with these keys to ``first`` and on, where it is ``NULL``.

    :return: how many rows that were.
    """
    update = sa.update(table).where(table.c.leaf.is_(None))
    if connection.dialect.name == "sqlite":
        one = update.where(key == sa.bindparam("k")).values(leaf=sa.bindparam("n"))
        rows = [{"k": k, "n": first + i} for i, k in enumerate(keys)]
        return connection.execute(one, rows).rowcount
    given = sa.bindparam(None, keys, type_=sa.ARRAY(sa.String))
    each = sa.func.unnest(given).table_valued("k", with_ordinality="n").render_derived()
    every = update.where(key == each.c.k).values(
        leaf=each.c.n + sa.literal(first - 1, sa.BigInteger)
    )
    return connection.execute(every).rowcount


def insert_for(dialect: Dialect, table: sa.Table) -> Any:
    """An ``INSERT`` that can say ``ON CONFLICT``."""
    # The clause ON CONFLICT is the same in all databases that have it, but each dialect of
    # SQLAlchemy brings its own.
    if dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    return insert(table)


# -- Tables -------------------------------------------------------------------------------------


def version(connection: Connection) -> str | None:
    """The version of the tables; ``None`` where there are none."""
    options = {"version_table": VERSION_TABLE}
    return MigrationContext.configure(connection, opts=options).get_current_revision()


def newest_version() -> str | None:
    """The version of the tables that this release works with."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def migrate(
    engine: Engine, *, only_if_empty: bool = False, partitioned: bool = False
) -> str | None:
    """Brings the tables to the newest version, and says which that is.

    :param only_if_empty: whether to leave tables of an older version alone: whether to change
        them is for the site to decide.
    :param partitioned: whether the table of records gets partitions (:mod:`.partitions`), if it
        is made now; one that is there stays as it is. PostgreSQL only.
    """
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # two processes may start at once
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        found = version(connection)
        if found is None or not only_if_empty:
            config = _config()
            config.attributes["connection"] = connection
            if partitioned:
                config.attributes["partitions"] = partitions.months(int(time.time() * 1000))
            command.upgrade(config, "head")
            found = version(connection)
    return found


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
