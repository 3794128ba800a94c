"""Receipts: what a visitor gets to keep of a choice, with the proof that it was sealed.

Format and terms: :mod:`...proof.statement`; ``docs/receipts.md`` says how anybody checks one.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...proof.merkle import Tree
from ...proof.record import Record
from ...proof.statement import FORMAT, Publisher, Unsealed, make_statement
from ..log.sealing import tree
from ..schema import heads, records, snapshots


class NoSuchHead(LookupError):
    """No receipt can be made for a head: there is none of that size, or the record was sealed
    after it."""


def make_receipt(
    connection: Connection,
    id: str,
    *,
    site: Publisher,
    now: int,
    lifetimes: Mapping[str, int] | None = None,
    head_size: int | None = None,
) -> dict[str, Any] | None:
    """The receipt of one choice, ready for JSON; ``None`` if there is no such record.

    Whoever knows the id of a record may have its receipt: it is for the caller to take it from the
    visitor's own cookie.

    :param connection: one that sees one state of the store (:func:`..engine.reading`).
    :param now: seconds since 1970.
    :param lifetimes: how long a choice holds in seconds, by regime, where a regime has its own.
    :param head_size: proves against the head over that many leaves, for who has seen that one
        published; else against the newest.
    :raises NoSuchHead: if that is not possible.
    """
    row = _one(connection, records, records.c.id == id)
    if row is None:
        return None
    record = Record.from_row(row)
    before = _one(connection, records, records.c.id == record.previous)
    shown = _one(connection, snapshots, snapshots.c.name == record.snapshot)
    parts = [part for part in (row, before, shown) if part]
    head = _head(connection, [part["leaf"] for part in parts], head_size)
    if head is None and head_size is not None:
        raise NoSuchHead(f"there is no head over {head_size} leaves that has the record {id}")
    log = tree(connection, head["size"]) if head else None
    unsealed = Unsealed(site, (lifetimes or {}).get(record.regime), now)
    statement = make_statement(
        record,
        Record.from_row(before) if before else None,
        json.loads(shown["content"]) if shown else None,
        unsealed,
    )
    proof = {
        "format": FORMAT,
        "sealed": head is not None,
        "choice": _part(_choice_entry(row), row, log),
        "before": before and _part(_choice_entry(before), before, log),
        "shown": shown
        and {**_part(snapshot_entry(shown), shown, log), "content": shown["content"]},
        "head": head["note"] if head else None,
        "unsealed": asdict(unsealed),
    }
    return {**statement, "proof": proof}


def _part(entry: dict[str, Any], row: dict[str, Any], tree: Tree | None) -> dict[str, Any]:
    """An entry, and the way from it to the root once that is sealed."""
    if tree is None:
        return {"entry": entry, "leaf": None, "path": None}
    path = [b64encode(step).decode() for step in tree.inclusion_proof(row["leaf"])]
    return {"entry": entry, "leaf": row["leaf"], "path": path}


def _choice_entry(row: dict[str, Any]) -> dict[str, Any]:
    """What is hashed of a record (:meth:`...proof.record.Record.leaf`)."""
    return {**Record.from_row(row).to_dict(), "kind": "choice", "salt": row["salt"].hex()}


def snapshot_entry(row: dict[str, Any]) -> dict[str, Any]:
    """What is hashed of a snapshot; hashes stand for its long texts."""
    fields = {name: row[name] for name in ("name", "stored", "language", "regime")}
    texts = {name: sha256(row[name].encode()).hexdigest() for name in ("content", "documents")}
    return {**fields, **texts, "kind": "snapshot", "salt": ""}


def _one(
    connection: Connection, table: sa.Table, which: sa.ColumnElement[bool]
) -> dict[str, Any] | None:
    row = connection.execute(sa.select(table).where(which)).first()
    return row._asdict() if row else None


def _head(
    connection: Connection, leaves: list[int | None], size: int | None
) -> dict[str, Any] | None:
    """The newest head that has all these leaves, or the one of a size; ``None`` if there is none,
    or if something is not sealed yet."""
    sealed = [leaf for leaf in leaves if leaf is not None]
    if len(sealed) < len(leaves):
        return None
    query = sa.select(heads).where(heads.c.size > max(sealed))
    if size is not None:
        query = query.where(heads.c.size == size)
    row = connection.execute(query.order_by(heads.c.size.desc()).limit(1)).first()
    return row._asdict() if row else None
