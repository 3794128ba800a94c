"""What the store has about one snapshot, read and proven."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...proof.checkpoint import BadNote, Verifier, open_note
from ...proof.merkle import Tree, leaf_hash
from ...proof.record import canonical, snapshot_name
from ...proof.verify import verify_inclusion
from .. import queries
from ..log.sealing import Head, heads_since, read_tile
from ..schema import records, snapshots, totals
from .receipts import snapshot_entry

#: The pages of a snapshot, by their names in its documents.
PAGES = ("first_layer", "preferences", "policy")


class CannotPack(ValueError):
    """There is nothing to prove with, or nowhere to write it. The message says what to do."""


@dataclass(frozen=True)
class ProvenHead:
    """A signed head, and the way to it from the leaf of the snapshot."""

    head: Head
    path: list[bytes]

    @property
    def day(self) -> str:
        return queries.utc(self.head.time / 1000)[:10]

    @property
    def file(self) -> str:
        return f"heads/{self.day}-{self.head.size}.txt"


@dataclass(frozen=True)
class Use:
    """How many records name a snapshot, deleted ones too."""

    number: int
    purged: int
    first: str | None
    """Day of the first choice, UTC, by the visitors' clocks."""
    last: str | None


@dataclass(frozen=True)
class Evidence:
    """What the store has about one snapshot."""

    row: Mapping[str, Any]
    documents: Mapping[str, Any]
    heads: list[ProvenHead]
    """The first that has the snapshot, the first of each later day, and the newest."""
    use: Use
    history: list[dict[str, Any]]
    """All snapshots of the site, the oldest first."""
    verifier: Verifier

    @property
    def pages(self) -> dict[str, str]:
        return {name: page for name in PAGES if (page := self.documents[name]) is not None}


def find_evidence(connection: Connection, name: str, verifier: Verifier) -> Evidence:
    """What the store has about the snapshot ``name``, proven by heads that ``verifier`` believes.

    :param connection: one that sees one state of the store (:func:`..engine.reading`).
    :raises CannotPack: if there is no such snapshot, if it is not sealed, or if it, or the log,
        was changed since.
    """
    row = queries.snapshot(connection, name)
    if row is None:
        raise CannotPack(
            f"there is no snapshot {name!r}: flask consent records list names those of records"
        )
    if snapshot_name(row["content"]) != name:
        raise CannotPack(f"the snapshot {name} was changed: its content has another name")
    proven = list(_proven_heads(connection, row, verifier))
    if not proven:
        raise CannotPack(f"the snapshot {name} is not sealed yet: flask consent records seal")
    return Evidence(
        row,
        json.loads(row["documents"]),
        proven,
        _use(connection, name),
        list(_history(connection)),
        verifier,
    )


def _proven_heads(
    connection: Connection, row: Mapping[str, Any], verifier: Verifier
) -> Iterator[ProvenHead]:
    leaf = row["leaf"]
    if leaf is None:
        return
    hash_ = leaf_hash(canonical(snapshot_entry(dict(row))))
    tile = lru_cache(1024)(partial(read_tile, connection))  # heads have most of them in common
    for head in one_a_day(heads_since(connection, leaf)):
        try:
            signed = open_note(head.note, verifier)
            path = Tree(signed.size, tile).inclusion_proof(leaf)
        except (BadNote, ValueError) as error:
            raise CannotPack(
                f"the head over {head.size} leaves: {error}; flask consent records verify"
            ) from error
        if not verify_inclusion(hash_, leaf, signed.size, path, signed.root):
            raise CannotPack(
                f"the snapshot {row['name']} is not what was sealed as leaf {leaf} of "
                f"{signed.size}: flask consent records verify"
            )
        yield ProvenHead(head, path)


def one_a_day(heads: Iterable[Head]) -> Iterator[Head]:
    """The first head of each day, and the newest."""
    day = taken = head = None
    for head in heads:
        if day != (day := queries.utc(head.time / 1000)[:10]):
            taken = head
            yield head
    if head is not None and head is not taken:
        yield head


def _use(connection: Connection, name: str) -> Use:
    """From the totals, which have what is sealed, and the records that are not sealed yet."""
    purged = sa.case((totals.c.purged, totals.c.number), else_=0)
    sealed = connection.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(totals.c.number), 0),
            sa.func.coalesce(sa.func.sum(purged), 0),
            sa.func.min(totals.c.day),
            sa.func.max(totals.c.day),
        ).where(totals.c.snapshot == name, totals.c.category == "", totals.c.number > 0)
    ).one()
    time = records.c.time
    tail = connection.execute(
        sa.select(sa.func.count(), sa.func.min(time), sa.func.max(time)).where(
            records.c.leaf.is_(None), records.c.snapshot == name
        )
    ).one()
    days = [day for day in sealed[2:] if day is not None]
    days += [seconds // (24 * 60 * 60) for seconds in tail[1:] if seconds is not None]
    return Use(
        number=int(sealed[0]) + tail[0],
        purged=int(sealed[1]),
        first=_day(min(days)) if days else None,
        last=_day(max(days)) if days else None,
    )


def _day(number: int) -> str:
    return str((datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(number)).date())


def _history(connection: Connection) -> Iterator[dict[str, Any]]:
    names = ("name", "language", "regime", "stored", "leaf", "content")
    query = sa.select(*(snapshots.c[name] for name in names))
    query = query.order_by(snapshots.c.stored, snapshots.c.name)
    for row in connection.execute(query, execution_options={"yield_per": 20}):
        yield {
            "snapshot": row.name,
            "stored": queries.utc(row.stored / 1000),
            "language": row.language,
            "regime": row.regime,
            "policy_version": json.loads(row.content)["policy"].get("version"),
            "leaf": row.leaf,
        }
