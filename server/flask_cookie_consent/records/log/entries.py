"""The three kinds of entries that end in the log, and the hash of each that is sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from heapq import merge
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...proof.record import FIELDS, entry_hasher
from ..schema import purges, records, snapshots


class Entry(NamedTuple):
    """A sealed row, as far as the log knows it."""

    leaf: int
    kind: str
    id: str
    """Its key: the name of a snapshot."""
    stored: int
    """Milliseconds since 1970."""
    hash: bytes
    """Of what the row says now."""


@dataclass(frozen=True)
class Source:
    """One kind of entries, and the table that they are in."""

    kind: str
    """``choice``, ``snapshot`` or ``purge``, as the sealed bytes say it."""
    noun: str
    """For people."""
    table: sa.Table
    stored: sa.Column[int]
    fields: tuple[str, ...]
    """The columns to read, the key first."""
    hash: Callable[[Sequence[Any]], bytes]
    """The leaf hash of a row that has these columns first."""
    chunk: int = 2000
    """How many rows to hold in memory at once."""

    @property
    def key(self) -> sa.Column[str]:
        found: sa.Column[str] = self.table.c[self.fields[0]]
        return found

    @property
    def columns(self) -> list[sa.Column[Any]]:
        return [self.table.c[name] for name in self.fields]

    def sealed(self, connection: Connection) -> Iterator[Entry]:
        """Every row that says it is sealed, in the order of leaves. In constant memory."""
        leaf = self.table.c.leaf
        query = sa.select(*self.columns, leaf).where(leaf.is_not(None)).order_by(leaf)
        kind, hash_ = self.kind, self.hash
        stored = self.fields.index(self.stored.name)
        for row in connection.execute(query, execution_options={"yield_per": self.chunk}):
            yield Entry(row[-1], kind, row[0], row[stored], hash_(row))


_choice_hash = entry_hasher("choice", FIELDS)
_purge_hash = entry_hasher("purge", ("id", "time", "reason", "leaves"))
_snapshot_hash = entry_hasher(
    "snapshot", ("name", "stored", "language", "regime", "content", "documents")
)


def _hash_choice(row: Sequence[Any]) -> bytes:
    return _choice_hash(row[: len(FIELDS)], row[len(FIELDS)])


def _hash_purge(row: Sequence[Any]) -> bytes:
    return _purge_hash(row[:4], b"")


def _hash_snapshot(row: Sequence[Any]) -> bytes:
    # Pages are long: their hashes stand for them.
    content, documents = (sha256(text.encode()).hexdigest() for text in row[4:6])
    return _snapshot_hash((*row[:4], content, documents), b"")


#: In the order in which they are sealed: a record comes after what its visitor saw.
SOURCES = (
    Source(
        "snapshot",
        "snapshot",
        snapshots,
        snapshots.c.stored,
        ("name", "stored", "language", "regime", "content", "documents"),
        _hash_snapshot,
        chunk=20,  # whole pages
    ),
    Source(
        "purge", "purge", purges, purges.c.time, ("id", "time", "reason", "leaves"), _hash_purge
    ),
    Source("choice", "record", records, records.c.stored, (*FIELDS, "salt"), _hash_choice),
)


def sealed_entries(connection: Connection) -> Iterator[Entry]:
    """Every row of any kind that says it is sealed, in the order of leaves."""
    return merge(*(source.sealed(connection) for source in SOURCES), key=itemgetter(0))
