"""Deletes records by age or by id, and notes in the log which leaves they had."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Collection, Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from ...choice.codec import milliseconds_id, new_id
from .. import partitions
from ..engine import among, reading, writing
from ..schema import corrected_ids, purges, records
from . import totals
from .ranges import leaf_ranges
from .sealing import Progress, lock_log

logger = logging.getLogger("flask_cookie_consent")


def purge(
    engine: Engine,
    *,
    before_ms: int | None = None,
    ids: Collection[str] = (),
    reason: str,
    batch: int = 1000,
    progress: Progress | None = None,
) -> int:
    """Deletes records, and says how many.

    What is left of a sealed one is the hash in its leaf, which says nothing without the salt that
    is deleted with the record, and its part in the totals. Each batch is one transaction, and
    leaves an entry in the log, so that the rest can still be verified. A partition all of whose
    records are too old is dropped instead, unless the table is in use for too long.

    :param before_ms: delete records with ids older than this: milliseconds since 1970.
    :param ids: delete these records; ids that are not there are passed over.
    :param reason: stands in the log for good, so it should name no person.
    :param batch: how many records to delete in one transaction.
    :param progress: called with the number of records just deleted.
    :raises ValueError: if ``before_ms`` is before June 1972, or 2059 or later, when ids do not sort
        by time.
    """
    cut = None if before_ms is None else _cut(before_ms)
    gone = 0 if cut is None else _drop_partitions(engine, cut, reason, progress)
    for condition in _conditions(cut, ids, batch):
        after = ""
        while True:
            with writing(engine) as connection:
                deleted = _delete(connection, condition & (records.c.id > after), reason, batch)
            gone += len(deleted)
            if deleted and progress is not None:
                progress(len(deleted))
            if len(deleted) < batch:
                break
            after = deleted[-1]
    return gone


def note(connection: Connection, leaves: str, counted: Counter[totals.Kind], reason: str) -> None:
    """Notes that sealed records are gone, in the transaction that deletes them. The caller has
    locked the log.

    :param leaves: that they had, as :mod:`.ranges` writes them.
    :param counted: how many of each kind they were.
    """
    now = int(time.time() * 1000)
    row = {"id": new_id(now), "time": now, "reason": reason, "leaves": leaves}
    connection.execute(sa.insert(purges), row)
    totals.add(connection, counted, less=True)
    totals.add(connection, counted, purged=True)


def _cut(before_ms: int) -> str:
    if not 36**7 <= before_ms < 36**8:
        raise ValueError(f"no id can have the time {before_ms}: is it in milliseconds?")
    return milliseconds_id(before_ms)


def _conditions(
    cut: str | None, ids: Collection[str], batch: int
) -> Iterator[sa.ColumnElement[bool]]:
    if cut is not None:
        yield records.c.id < cut
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), batch):
        yield records.c.id.in_(wanted[start : start + batch])


def _delete(
    connection: Connection, condition: sa.ColumnElement[bool], reason: str, limit: int
) -> list[str]:
    """Deletes the first records that meet ``condition``; their ids, in order."""
    lock_log(connection)
    columns = [records.c[name] for name in ("id", "leaf", "time", *totals.COUNTED)]
    query = sa.select(*columns).where(condition).order_by(records.c.id).limit(limit)
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    if not ids:
        return ids
    connection.execute(sa.delete(records).where(among(connection, records.c.id, ids)))
    connection.execute(sa.delete(corrected_ids).where(among(connection, corrected_ids.c.id, ids)))
    # What is not sealed yet has no leaf, and was never counted.
    sealed = [row for row in rows if row.leaf is not None]
    if sealed:
        counted = totals.count(
            (row._mapping for row in sealed), totals.categories_by_snapshot(connection)
        )
        note(connection, leaf_ranges(row.leaf for row in sealed), counted, reason)
    return ids


def _drop_partitions(engine: Engine, cut: str, reason: str, progress: Progress | None) -> int:
    """Drops the partitions whose ids are all less than ``cut``; how many records they had."""
    with reading(engine) as connection:
        old = [p for p in partitions.existing(connection) if p.high <= cut]
    gone = 0
    for partition in old:
        try:
            with writing(engine) as connection:
                dropped = _drop(connection, partition, reason)
        except DBAPIError as error:
            text = "the partition %s cannot be dropped, its records are deleted one by one: %s"
            logger.warning(text, partition.name, error.orig)
            continue
        gone += dropped
        if dropped and progress is not None:
            progress(dropped)
    return gone


def _drop(connection: Connection, partition: partitions.Partition, reason: str) -> int:
    """Drops a partition; how many records it had."""
    lock_log(connection)  # nothing in it is sealed or purged from here on
    if partition not in partitions.existing(connection):
        return 0
    every = sa.select(sa.func.count()).select_from(records).where(partition.holds)
    number: int = connection.execute(every).scalar_one()
    if leaves := partitions.leaves(connection, partition):
        note(connection, leaves, _count(connection, partition), reason)
    corrected = (corrected_ids.c.id >= partition.low) & (corrected_ids.c.id < partition.high)
    connection.execute(sa.delete(corrected_ids).where(corrected))
    partitions.drop(connection, partition)  # last, since choices wait for it
    return number


def _count(connection: Connection, partition: partitions.Partition) -> Counter[totals.Kind]:
    """How many sealed records of each kind a partition has."""
    day = records.c.time // (24 * 60 * 60)
    columns = [records.c[name] for name in totals.COUNTED]
    query = sa.select(
        sa.func.min(records.c.time).label("time"), *columns, sa.func.count().label("number")
    )
    query = query.where(partition.holds, records.c.leaf.is_not(None)).group_by(day, *columns)
    categories = totals.categories_by_snapshot(connection)
    found: Counter[totals.Kind] = Counter()
    for row in connection.execute(query).all():
        for kind, one in totals.count([row._mapping], categories).items():
            found[kind] += one * row.number
    return found
