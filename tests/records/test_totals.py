"""Totals: what is counted when records are sealed."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from flask_cookie_consent.proof.checkpoint import Signer
from flask_cookie_consent.records import schema
from flask_cookie_consent.records.log.sealing import seal
from flask_cookie_consent.records.log.totals import Kind, add, rebuild_totals

from .rows import change, query, record, snapshot, store, store_some

SIGNER = Signer.generate("example.org/consent")
DAY = 20_000
TIME = DAY * 24 * 60 * 60


def numbers(engine: Engine) -> dict[tuple[str, str, str], int]:
    table = schema.totals.c
    rows = query(engine, sa.select(table).where(table.number != 0))
    return {(row.method, row.category, row.answer): row.number for row in rows}


def test_choices_are_counted_once_and_answers_by_category(engine: Engine) -> None:
    store(engine, snapshot())
    for granted, refused in [("aaabbbccc", ""), ("aaa", "bbbccc"), ("aaazzz", "bbb")]:
        row = record(time=TIME, method="save", snapshot="snap1", granted=granted, refused=refused)
        store(engine, row)
    seal(engine, SIGNER)
    seal(engine, SIGNER)
    assert numbers(engine) == {
        ("save", "", ""): 3,
        ("save", "statistics", "yes"): 1,
        ("save", "statistics", "some"): 2,
        ("save", "marketing", "yes"): 1,
        ("save", "marketing", "no"): 1,
    }


def test_a_record_without_a_snapshot_counts_as_a_choice_alone(engine: Engine) -> None:
    for name in (None, "unknown"):
        store(engine, record(time=TIME + 5, method="accept", snapshot=name, granted="aaa"))
    seal(engine, SIGNER)
    rows = query(engine, sa.select(schema.totals).order_by("snapshot"))
    assert [(row.day, row.snapshot, row.category, row.number) for row in rows] == [
        (DAY, "", "", 1),
        (DAY, "unknown", "", 1),
    ]


def test_a_rebuild_restores_what_was_changed_and_leaves_the_rest(engine: Engine) -> None:
    store(engine, snapshot())
    store_some(engine, 50)
    seal(engine, SIGNER)
    store_some(engine, 5)
    table = schema.totals
    with engine.begin() as connection:
        add(connection, Counter({Kind(1, "", "", "", "old", "", ""): 4}), purged=True)
    right = query(engine, sa.select(table).order_by(*table.primary_key.columns))
    assert rebuild_totals(engine) == 0
    change(
        engine,
        sa.update(table).where(table.c.category == "statistics").values(number=99),
        sa.delete(table).where(table.c.category == "marketing"),
        sa.insert(table).values(
            **Kind(1, "", "", "", "x", "", "")._asdict(), purged=False, number=3
        ),
    )
    done: list[int] = []
    assert rebuild_totals(engine, done.append) > 2
    assert sum(done) == 50
    assert query(engine, sa.select(table).order_by(*table.primary_key.columns)) == right
