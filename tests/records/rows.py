"""Rows to store, and an owner's look at what is sealed."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from flask_cookie_consent.choice.codec import new_id
from flask_cookie_consent.records import schema
from flask_cookie_consent.records.engine import insert_new

CATEGORIES = {"aaa": "statistics", "bbb": "statistics", "ccc": "marketing"}


def now_ms() -> int:
    return int(time.time() * 1000)


def snapshot(name: str = "snap1", stored: int | None = None) -> dict[str, Any]:
    services = [{"token": token, "category": name} for token, name in CATEGORIES.items()]
    return {
        "name": name,
        "stored": now_ms() if stored is None else stored,
        "language": "de",
        "regime": "opt-in",
        "content": json.dumps({"policy": {"services": services}}),
        "documents": json.dumps({"/": "<p>Ünïcode</p>"}),
    }


def record(seed: int = 0, stored: int | None = None, **fields: Any) -> dict[str, Any]:
    """A record, the same for the same seed but for its id and times."""
    chance = random.Random(seed)
    stored = now_ms() if stored is None else stored
    answers: dict[str, list[str]] = {"granted": [], "refused": []}
    for token in CATEGORIES:
        answers[chance.choice(["granted", "refused"])].append(token)
    return {
        "id": new_id(stored),
        "time": stored // 1000,
        "stored": stored,
        "method": chance.choice(["accept", "reject", "save"]),
        "scripted": chance.random() < 0.9,
        "signal": chance.random() < 0.1,
        "granted": "".join(answers["granted"]),
        "refused": "".join(answers["refused"]),
        "snapshot": chance.choice(["snap1", "snap1", None]),
        "language": "de",
        "regime": "opt-in",
        "page": chance.choice(["/", "/ü\"'\\\n", None]),
        "previous": None,
        "salt": chance.randbytes(16),
        **fields,
    }


def store(engine: Engine, *rows: dict[str, Any]) -> list[str]:
    """Stores snapshots and records; the keys, as they were given."""
    with engine.begin() as connection:
        for row in rows:
            table = schema.records if "id" in row else schema.snapshots
            insert_new(connection, table, [row])
    return [row.get("id") or row["name"] for row in rows]


def store_some(engine: Engine, number: int, stored: int | None = None) -> list[str]:
    """Stores records, with a millisecond between them; their ids in order."""
    start = now_ms() if stored is None else stored
    rows = [record(i, start + i) for i in range(number)]
    with engine.begin() as connection:
        insert_new(connection, schema.records, rows)
    return [row["id"] for row in rows]


def query(engine: Engine, statement: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
    with engine.connect() as connection:
        return connection.execute(statement).all()


def change(engine: Engine, *statements: sa.Executable) -> None:
    """What somebody with access to the database does."""
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)
