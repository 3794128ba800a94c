"""Seals what is stored: every entry gets a leaf in the Merkle tree, and the tree a signed head.

Whoever seals or purges first locks the one row of the log. Nothing else does, so that choices are
stored meanwhile; hashes are made before.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ...proof.checkpoint import Checkpoint, Signer, sign
from ...proof.merkle import Tree, append
from ...proof.verify import verify_consistency
from ..engine import number, put, reading, writing
from ..schema import heads, log, tiles
from . import totals
from .entries import SOURCES, Source

#: Called with the number of rows just done.
Progress = Callable[[int], object]


class Head(NamedTuple):
    """A signed head, as it is stored."""

    size: int
    time: int
    """Milliseconds since 1970."""
    root: bytes
    note: str
    """The C2SP checkpoint, signed: to be published as it is."""


class NotContinued(RuntimeError):
    """The tree does not continue its newest head, and so must not get another one."""


class _Overtaken(Exception):
    """Another one has sealed or purged since the rows were read."""


def seal(
    engine: Engine, signer: Signer, *, batch: int = 1000, progress: Progress | None = None
) -> Checkpoint | None:
    """Seals every entry that is not sealed yet, and signs a head over all.

    Several may seal at once, and any may die at any time: what one has left, the next one does.

    :param signer: signs the head; its name is the tree's origin.
    :param batch: how many entries to write in one transaction at most; never more than 2000.
    :param progress: called with the number of entries just sealed.
    :return: the new head; ``None`` if there was nothing that no head covers.
    :raises NotContinued: if the tables were changed by other means so that a new head would
        contradict the newest one.
    """
    while True:
        with reading(engine) as connection:
            found = _read(connection, batch)
            if not found.hashes:
                newest = latest_head(connection)
                break
        try:
            with writing(engine) as connection:
                _write(connection, found)
        except _Overtaken:
            continue
        if progress is not None:
            progress(len(found.hashes))
    if found.size == (newest.size if newest else 0):
        return None
    with writing(engine) as connection:
        return _sign(connection, signer)


def tree(connection: Connection, size: int) -> Tree:
    """The tree as it was with ``size`` leaves."""
    return Tree(size, partial(read_tile, connection))


def read_tile(connection: Connection, level: int, number: int) -> bytes:
    """The hashes that a tile holds; none if there is no such tile."""
    query = sa.select(tiles.c.hashes).where(tiles.c.level == level, tiles.c.number == number)
    found: bytes | None = connection.execute(query).scalar()
    return found or b""


def latest_head(connection: Connection) -> Head | None:
    """The head over the most leaves; ``None`` as long as there is none."""
    row = connection.execute(_HEADS.order_by(heads.c.size.desc()).limit(1)).first()
    return Head(*row) if row else None


def heads_since(connection: Connection, size: int = 0) -> Iterator[Head]:
    """The heads over more than ``size`` leaves, the smallest first: what to publish next."""
    query = _HEADS.where(heads.c.size > size).order_by(heads.c.size)
    for row in connection.execute(query, execution_options={"yield_per": 1000}):
        yield Head(*row)


_HEADS = sa.select(*(heads.c[name] for name in Head._fields))


def lock_log(connection: Connection) -> int:
    """Makes others wait who seal or purge, until the end of the transaction; the log's size."""
    size: int = connection.execute(sa.select(log.c.size).with_for_update()).scalar_one()
    return size


@dataclass
class _Batch:
    size: int  # of the log before
    keys: list[tuple[Source, list[str]]]
    hashes: list[bytes]  # in the order of the keys
    counted: Counter[totals.Kind]


def _read(connection: Connection, limit: int) -> _Batch:
    """The next entries to seal."""
    size = connection.execute(sa.select(log.c.size)).scalar_one()
    batch = _Batch(size, [], [], Counter())
    for source in SOURCES:
        room = min(limit - len(batch.hashes), source.chunk)
        leaf = source.table.c.leaf
        # By the index on leaves, whose order is the one that they were stored in, more or less.
        query = sa.select(*source.columns).where(leaf.is_(None)).order_by(leaf).limit(room)
        rows = sorted(connection.execute(query), key=lambda row: str(row[0]))
        batch.keys.append((source, [row[0] for row in rows]))
        batch.hashes += map(source.hash, rows)
        if source.kind == "choice":
            categories = totals.categories_by_snapshot(connection)
            batch.counted = totals.count((row._mapping for row in rows), categories)
        if len(rows) == room:  # there may be more of them, which come before the others
            break
    return batch


def _write(connection: Connection, batch: _Batch) -> None:
    """Writes what sealing a batch changes, unless somebody was quicker."""
    move = sa.update(log).where(log.c.size == batch.size)
    size = batch.size + len(batch.hashes)
    if connection.execute(move.values(size=size)).rowcount != 1:
        raise _Overtaken
    try:
        _, changed = append(batch.size, partial(read_tile, connection), batch.hashes)
    except ValueError as error:
        raise NotContinued(f"{error}: {_BY_HAND}") from error
    leaf = batch.size
    for source, keys in batch.keys:
        if keys:
            if number(connection, source.table, source.key, keys, leaf) != len(keys):
                raise _Overtaken  # one was purged
            leaf += len(keys)
    rows = [{"level": at[0], "number": at[1], "hashes": changed[at]} for at in sorted(changed)]
    put(connection, tiles, rows)
    totals.add(connection, batch.counted)


def _sign(connection: Connection, signer: Signer) -> Checkpoint | None:
    """Signs the present state of the tree, unless that is done."""
    size = lock_log(connection)
    newest = latest_head(connection)
    if newest and newest.size == size:
        return None
    now = tree(connection, size)
    try:
        head = Checkpoint(signer.name, size, now.root())
        proof = now.consistency_proof(newest.size) if newest else []
    except ValueError as error:  # the newest head is larger, or a tile is short
        raise NotContinued(f"{error}: {_BY_HAND}") from error
    if newest and not verify_consistency(newest.size, size, newest.root, head.root, proof):
        raise NotContinued(
            f"the newest head, over {newest.size} leaves, has other ones: {_BY_HAND}"
        )
    row = {"size": size, "time": int(time.time() * 1000), "root": head.root}
    connection.execute(sa.insert(heads), {**row, "note": sign(head, signer)})
    return head


_BY_HAND = "tables were changed or restored by hand; verify the records; nothing is sealed"
