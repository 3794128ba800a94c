"""The store of consent records: where it is, and how choices get into it."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from pathlib import Path

from sqlalchemy.engine import URL, Connection, Engine

from ..choice.codec import SKEW, id_time, new_id
from ..proof.record import Record
from ..ui.notice import Notice
from . import threads
from .engine import make_engine, parsed_url, reading
from .inserting import Inserter, MakeSnapshot, WriteRequest
from .snapshots import snapshot_row
from .trouble import Unfit, Unusable, describe, place
from .writer import InlineWriter, Writer

logger = logging.getLogger("flask_cookie_consent")


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
    :param partitions: whether the table of records has a partition for each month, so that
        purging old records is quick: PostgreSQL only. Decides when the tables are first made;
        later, ``flask consent records migrate --partitions`` does it.
    :raises ValueError: if ``wait``, ``retention``, ``origin`` or ``partitions`` cannot be.
    """

    store: str | URL | Engine = field(default="sqlite:///consent.db", repr=False)
    wait: float = 1.0
    retention: timedelta | None = None
    key: str | Path = "consent-records.pem"
    origin: str = "consent-records"
    receipts: bool = True
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
        if self.partitions and (name := self._database()) != "postgresql":
            raise ValueError(f"partitions: found a store in {name!r}; allowed: 'postgresql'")

    def _database(self) -> str:
        if isinstance(self.store, Engine):
            return self.store.dialect.name
        try:
            return parsed_url(self.store).get_backend_name()
        except Unusable as error:
            raise ValueError(f"store: {error}") from None


class _Access:
    """What one process has of a store, and no other one may use.

    :param inherits: whether the site's engine may hold connections of the process that this one
        was forked from.
    """

    def __init__(self, records: Records, folder: Path, *, inherits: bool) -> None:
        self._records = records
        self._folder = folder
        self._engine: Engine | None = None
        #: Names of the snapshots that are stored, or wait in memory until they are.
        self.known: set[str] = set()
        if inherits and isinstance(records.store, Engine):
            records.store.dispose(close=False)
        run_on = threads.run_on()
        # Where threads stop with their request, an attempt has to end before.
        self._wait = records.wait if run_on else records.wait / 4
        inserter = Inserter(
            self.engine,
            partitioned=records.partitions,
            patience=None if run_on and not threads.are_green() else self._wait,
        )
        self.writer: Writer[WriteRequest] = (Writer if run_on else InlineWriter)(
            inserter.insert, unfit=(Unfit,), wait=records.wait
        )

    def engine(self) -> Engine:
        store = self._records.store
        if isinstance(store, Engine):
            return store
        if self._engine is None:
            made = make_engine(store, self._folder, self._wait)
            # Of two threads at once both get the same one, without a lock that could be held for
            # long.
            self._engine = self.__dict__.setdefault("_first_engine", made)
        return self._engine


class Store:
    """An app's way to the records.

    Every process that the server forks has an access of its own, which is made when it is first
    needed: connections, threads and locks of the parent stay the parent's. So it is where gevent
    or the like replace the threads of a process that has begun to use the store.

    :param folder: the app's instance folder.
    """

    def __init__(self, records: Records, folder: str | Path) -> None:
        self.records = records
        self.folder = Path(folder)
        self._made_in = os.getpid()
        # Accesses of a parent stay in it: to collect them could close what is the parent's.
        self._accesses: dict[tuple[int, object], _Access] = {}
        self._reported: set[tuple[type[BaseException], str]] = set()

    def _access(self) -> _Access:
        kind = threads.kind()
        found = self._accesses.get(kind)
        if found is None:
            inherits = kind[0] != self._made_in
            made = _Access(self.records, self.folder, inherits=inherits)
            found = self._accesses.setdefault(kind, made)
        return found

    @property
    def engine(self) -> Engine:
        """The engine; a connection is made when one is first needed.

        :raises Unusable: if there can be none.
        """
        return self._access().engine()

    @property
    def writer(self) -> Writer[WriteRequest]:
        """What writes in this process."""
        return self._access().writer

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
        return snapshot in self._access().known

    def remember(self, snapshot: str, make: MakeSnapshot) -> None:
        """Stores what visitors see, soon."""
        access = self._access()
        if snapshot not in access.known:
            # Rendered once, however often it is tried.
            access.writer.add(WriteRequest(snapshot=cache(make)))
            access.known.add(snapshot)

    def keep_shown(self, notice: Notice, language: str, base: str) -> None:
        """Keeps what ``notice`` shows in a language, unless that is kept already. If that fails, a
        line in the log says so: the page is shown all the same.

        :param base: the address under which the blueprint answers.
        """
        name = notice.renderer.snapshot(language)
        try:
            if not self.knows(name):
                self.remember(name, partial(snapshot_row, notice, language, base))
        except Exception as error:
            self.report("what visitors see cannot be kept as a snapshot", error)

    def keep(self, record: Record, lifetime: int) -> str | None:
        """Stores one choice, once, however often it comes.

        :param lifetime: how many seconds a choice holds. An id that says another time than one
            within it comes from a wrong clock, and is replaced.
        :return: the id of the record, now durable; ``None``: it is pending.
        """
        entry = WriteRequest(record, salt=secrets.token_bytes(16))
        now = time.time_ns() // 1_000_000
        said = id_time(record.id)
        if said is None or not now - lifetime * 1000 <= said <= now + SKEW * 1000:
            entry.given, entry.id = record.id, new_id(now)
        return entry.id if self.writer.write(entry) else None

    def report(self, what: str, error: Exception) -> None:
        """Logs what failed, and why, once for each place in the code."""
        kind = (type(error), place(error))
        if kind not in self._reported:
            self._reported.add(kind)
            logger.error("%s: %s", what, describe(error))
