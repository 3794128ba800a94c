"""Deletes records by age or by id, and notes in the log which leaves they had."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ..choice import milliseconds_id, new_id
from . import totals
from .engine import among, writing
from .ranges import leaf_ranges
from .schema import corrected_ids, purges, records
from .sealing import Progress, lock_log


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
    leaves an entry in the log, so that the rest can still be verified.

    :param before_ms: delete records with ids older than this: milliseconds since 1970.
    :param ids: delete these records; ids that are not there are passed over.
    :param reason: stands in the log for good, so it should name no person.
    :param batch: how many records to delete in one transaction.
    :param progress: called with the number of records just deleted.
    :raises ValueError: if ``before_ms`` is before June 1972, or 2059 or later, when ids do not sort
        by time.
    """
    gone = 0
    for condition in _conditions(before_ms, ids, batch):
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


def note(
    connection: Connection, leaves: Iterable[int], counted: Counter[totals.Kind], reason: str
) -> None:
    """Notes that sealed records are gone, in the transaction that deletes them. The caller has
    locked the log.

    :param leaves: that they had.
    :param counted: how many of each kind they were.
    """
    now = int(time.time() * 1000)
    row = {"id": new_id(now), "time": now, "reason": reason, "leaves": leaf_ranges(leaves)}
    connection.execute(sa.insert(purges), row)
    totals.add(connection, counted, less=True)
    totals.add(connection, counted, purged=True)


def _conditions(
    before_ms: int | None, ids: Collection[str], batch: int
) -> Iterator[sa.ColumnElement[bool]]:
    if before_ms is not None:
        if not 36**7 <= before_ms < 36**8:
            raise ValueError(f"no id can have the time {before_ms}: is it in milliseconds?")
        yield records.c.id < milliseconds_id(before_ms)
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
        note(connection, [row.leaf for row in sealed], counted, reason)
    return ids
