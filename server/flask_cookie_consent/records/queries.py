"""What is asked of the records: some of them, one of them, and how they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..choice.codec import SKEW, milliseconds_id, split_tokens
from .schema import heads, log, purges, records, snapshots, totals


@dataclass(frozen=True)
class Filter:
    """Which records."""

    since: date | None = None
    """From the first moment of this day on, UTC."""
    until: date | None = None
    """To the last moment of this day, UTC."""
    method: str | None = None
    snapshot: str | None = None
    version: str | None = None
    """Of the policy that the visitor was shown."""


def find(
    connection: Connection, wanted: Filter, *, newest_first: bool = False, limit: int | None = None
) -> Iterator[Mapping[str, Any]]:
    """The records that ``wanted`` describes, in the order of their ids; read bit by bit."""
    query = sa.select(records).where(*_conditions(connection, wanted))
    query = query.order_by(records.c.id.desc() if newest_first else records.c.id)
    if limit is not None:
        query = query.limit(limit)
    result = connection.execution_options(yield_per=1000).execute(query)
    for row in result:
        yield row._asdict()


def _conditions(connection: Connection, wanted: Filter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    # Ids sort by the browser's clock, which may differ from ours by a day: they narrow the search,
    # the time decides.
    if wanted.since is not None:
        start = _seconds(wanted.since)
        conditions += [
            records.c.time >= start,
            records.c.id >= milliseconds_id((start - SKEW) * 1000),
        ]
    if wanted.until is not None:
        end = _seconds(wanted.until) + 24 * 60 * 60
        conditions += [records.c.time < end, records.c.id < milliseconds_id((end + SKEW) * 1000)]
    if wanted.method is not None:
        conditions.append(records.c.method == wanted.method)
    if wanted.snapshot is not None:
        conditions.append(records.c.snapshot == wanted.snapshot)
    if wanted.version is not None:
        names = [
            name
            for name, content in connection.execute(
                sa.select(snapshots.c.name, snapshots.c.content)
            )
            if str(json.loads(content)["policy"]["version"]) == wanted.version
        ]
        conditions.append(records.c.snapshot.in_(names))
    return conditions


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), timezone.utc).timestamp())


def one(connection: Connection, id: str) -> Mapping[str, Any] | None:
    """The record with an id."""
    query = sa.select(records).where(records.c.id == id)
    found = connection.execute(query).mappings().one_or_none()
    return None if found is None else dict(found)


def snapshot(connection: Connection, name: str | None) -> Mapping[str, Any] | None:
    """The snapshot with a name."""
    query = sa.select(snapshots).where(snapshots.c.name == name)
    found = connection.execute(query).mappings().one_or_none()
    return None if found is None else dict(found)


class Readable:
    """Says records in words: ids of services instead of tokens, times as people write them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._services = lru_cache(256)(self._find_services)

    def record(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A record as an export has it."""
        ids = self._services(row["snapshot"])
        return {
            "id": row["id"],
            "time": utc(row["time"]),
            "stored": utc(row["stored"] / 1000),
            "method": row["method"],
            "scripted": bool(row["scripted"]),
            "signal": bool(row["signal"]),
            # A token that the snapshot does not know is of an older or newer state of the site.
            "granted": [ids.get(token, token) for token in split_tokens(row["granted"])],
            "refused": [ids.get(token, token) for token in split_tokens(row["refused"])],
            "snapshot": row["snapshot"],
            "language": row["language"],
            "regime": row["regime"],
            "page": row["page"],
            "previous": row["previous"],
            "leaf": row["leaf"],
        }

    def _find_services(self, name: str | None) -> dict[str, str]:
        found = snapshot(self._connection, name)
        if found is None:
            return {}
        return {s["token"]: s["id"] for s in json.loads(found["content"])["policy"]["services"]}


def utc(seconds: float) -> str:
    """A time in ISO 8601."""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.isoformat(timespec="milliseconds" if seconds % 1 else "seconds")


@dataclass(frozen=True)
class Status:
    """How the store is."""

    sealed: int
    unsealed: int
    purged: int
    leaves: int
    newest: str | None
    """When the newest record was stored."""
    oldest_unsealed: str | None
    head_size: int
    head_time: str | None
    snapshots: int
    purges: int


def status(connection: Connection) -> Status:
    """How the store is; in no more time with many records than with few."""
    choices = sa.select(sa.func.coalesce(sa.func.sum(totals.c.number), 0)).where(
        totals.c.category == ""
    )
    tail = connection.execute(
        sa.select(sa.func.count(), sa.func.min(records.c.stored)).where(records.c.leaf.is_(None))
    ).one()
    newest = connection.execute(
        sa.select(records.c.stored).order_by(records.c.id.desc()).limit(1)
    ).scalar()
    head = connection.execute(
        sa.select(heads.c.size, heads.c.time).order_by(heads.c.size.desc()).limit(1)
    ).one_or_none()
    return Status(
        sealed=int(connection.execute(choices.where(~totals.c.purged)).scalar_one()),
        purged=int(connection.execute(choices.where(totals.c.purged)).scalar_one()),
        unsealed=tail[0],
        leaves=connection.execute(sa.select(log.c.size)).scalar_one(),
        newest=None if newest is None else utc(newest / 1000),
        oldest_unsealed=None if tail[1] is None else utc(tail[1] / 1000),
        head_size=head.size if head else 0,
        head_time=utc(head.time / 1000) if head else None,
        snapshots=_count(connection, snapshots),
        purges=_count(connection, purges),
    )


def _count(connection: Connection, table: sa.Table) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
