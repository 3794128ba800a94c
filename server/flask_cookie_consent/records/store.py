"""The store of consent records: where it is, and how choices get into it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import DataError, IntegrityError

from ..choice import SKEW, id_time, new_id
from .engine import make_engine, reading
from .inserting import Entry, Inserter, MakeSnapshot
from .writer import Writer, in_forked_process


@dataclass(frozen=True)
class Records:
    """How consent records are kept: ``CookieConsent(policy, records=Records(...))``.

    :param store: URL of a database (SQLAlchemy's), or an engine of the site's own. A relative path
        of SQLite lies in the app's instance folder.
    :param wait: how many seconds a choice waits for its record at most. After that it holds all
        the same, the answer says that the record is pending, and it is tried again.
    :param retention: how long a record is kept; what is older, ``flask consent records purge``
        deletes. ``None``: until it is told how old.
    :param key: file of the key that signs tree heads (PEM); made when it is first needed. A
        relative path lies in the instance folder.
    :param origin: names the log in tree heads, and must not change: as a rule the site's host.
    :param receipts: whether visitors can fetch the receipt of their own choice.
    :param smallest_group: reports show no group of fewer choices.
    :param partitions: whether the table of records has a partition for each month, so that
        purging old records is quick: PostgreSQL only. Decides when the tables are first made;
        later, ``flask consent records migrate --partitions`` does it.
    :raises ValueError: if ``wait``, ``retention``, ``origin``, ``smallest_group`` or
        ``partitions`` cannot be.
    """

    store: str | URL | Engine = "sqlite:///consent.db"
    wait: float = 1.0
    retention: timedelta | None = None
    key: str | Path = "consent-records.pem"
    origin: str = "consent-records"
    receipts: bool = True
    smallest_group: int = 10
    partitions: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.wait <= 60:
            raise ValueError(f"wait: found {self.wait!r}; allowed: more than 0, at most 60 seconds")
        if self.retention is not None and self.retention <= timedelta(0):
            raise ValueError(f"retention: found {self.retention!r}; allowed: a time above 0")
        if not self.origin or set(self.origin) & set(" +\t\n\r"):
            raise ValueError(
                f"origin: found {self.origin!r}; allowed: a name without spaces and plus signs, "
                "such as 'www.example.org/consent'"
            )
        if self.smallest_group < 1:
            raise ValueError(f"smallest_group: found {self.smallest_group!r}; allowed: 1 or more")
        if self.partitions and (name := self._database()) != "postgresql":
            raise ValueError(f"partitions: found a store in {name!r}; allowed: 'postgresql'")

    def _database(self) -> str:
        if isinstance(self.store, Engine):
            return self.store.dialect.name
        return make_url(self.store).get_backend_name()


class Store:
    """One process's way to the records.

    :param folder: the app's instance folder.
    """

    def __init__(self, records: Records, folder: str | Path) -> None:
        self.records = records
        self.folder = Path(folder)
        self._known: set[str] = set()
        self._inserter = Inserter(lambda: self.engine, partitioned=records.partitions)
        self.writer: Writer[Entry] = Writer(
            self._inserter.insert,
            unfit=(DataError, IntegrityError, UnicodeError),
            wait=records.wait,
        )
        in_forked_process(self._leave_parent)

    @cached_property
    def engine(self) -> Engine:
        """The engine; a connection is made when one is first needed."""
        store = self.records.store
        if isinstance(store, Engine):
            return store
        return make_engine(store, self.folder, self.records.wait)

    @property
    def key_file(self) -> Path:
        """Where the key is that signs tree heads."""
        return self.folder / self.records.key

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for a request that reads, for no longer than requests may wait."""
        with reading(self.engine) as connection:
            if self.engine.dialect.name == "postgresql":
                limit = int(self.records.wait * 1000)
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {limit}")
            yield connection

    def knows(self, snapshot: str) -> bool:
        """Whether this process has stored, or is about to store, a snapshot."""
        return snapshot in self._known

    def remember(self, snapshot: str, make: MakeSnapshot) -> None:
        """Stores what visitors see, soon."""
        if snapshot not in self._known:
            self._known.add(snapshot)
            self.writer.add(Entry(None, make))

    def keep(self, row: dict[str, Any], lifetime: int) -> str | None:
        """Stores one choice, once, however often it comes.

        :param row: the record without ``stored``.
        :param lifetime: how many seconds a choice holds. An id that says another time than one
            within it comes from a wrong clock, and is replaced.
        :return: the id of the record, now durable; ``None``: it is pending.
        """
        record = {**row, "salt": secrets.token_bytes(16)}
        entry = Entry(record)
        now = time.time_ns() // 1_000_000
        said = id_time(record["id"])
        if said is None or not now - lifetime * 1000 <= said <= now + SKEW * 1000:
            entry.given, record["id"] = record["id"], new_id(now)
        return record["id"] if self.writer.write(entry) else None

    def _leave_parent(self) -> None:
        """Lets go of the connections of the process that this one was forked from."""
        self._inserter.forget_connection()
        if "engine" in self.__dict__:
            self.engine.dispose(close=False)
