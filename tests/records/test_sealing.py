"""Sealing: every entry gets a leaf, every state of the log a head that continues the last."""

from __future__ import annotations

import threading
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from flask_cookie_consent.proof.checkpoint import Signer, open_note
from flask_cookie_consent.proof.record import FIELDS, entry_hasher
from flask_cookie_consent.records import schema
from flask_cookie_consent.records.engine import reading
from flask_cookie_consent.records.log import sealing
from flask_cookie_consent.records.log.purging import purge
from flask_cookie_consent.records.log.sealing import (
    NotContinued,
    heads_since,
    latest_head,
    seal,
    tree,
)
from flask_cookie_consent.records.log.verifying import verify
from tests.proof.oracles import Roots, entry_hash, record_leaf

from .rows import change, query, record, snapshot, store, store_some

SIGNER = Signer.generate("example.org/consent")


def leaves(engine: Engine, table: sa.Table = schema.records) -> dict[str, int | None]:
    key = next(iter(table.primary_key.columns))
    return {row[0]: row[1] for row in query(engine, sa.select(key, table.c.leaf).order_by(key))}


def sound(engine: Engine) -> bool:
    return list(verify(engine, SIGNER.verifier)) == []


def test_every_entry_gets_a_leaf_snapshots_first_and_records_in_the_order_of_ids(
    engine: Engine,
) -> None:
    late, early = record(1, 2_000_000_000_000), record(2, 1_900_000_000_000)
    store(engine, late, early, snapshot())
    seal(engine, SIGNER)
    assert leaves(engine, schema.snapshots) == {"snap1": 0}
    assert leaves(engine) == {early["id"]: 1, late["id"]: 2}


def test_no_record_is_sealed_before_what_its_visitor_saw(engine: Engine) -> None:
    names = store(engine, *(snapshot(f"s{i}") for i in range(45)))
    store(engine, *(record(i, snapshot=names[i]) for i in range(45)))
    seal(engine, SIGNER)
    shown, chosen = leaves(engine, schema.snapshots), leaves(engine)
    assert set(shown.values()) == set(range(45))
    assert set(chosen.values()) == set(range(45, 90))


def test_the_head_is_the_root_over_what_the_rows_say(engine: Engine) -> None:
    rows = [record(i) for i in range(20)]
    shown = snapshot()
    store(engine, shown, *rows)
    head = seal(engine, SIGNER)
    roots = Roots()
    hashed = {n: sha256(shown[n].encode()).hexdigest() for n in ("content", "documents")}
    roots.push(entry_hash("snapshot", {**shown, **hashed}))
    for row in sorted(rows, key=lambda row: str(row["id"])):
        roots.push(record_leaf(row))
    assert head is not None
    assert (head.origin, head.size, head.root) == ("example.org/consent", 21, roots.root())
    with reading(engine) as connection:
        stored = latest_head(connection)
        assert tree(connection, 21).root() == head.root
    assert stored is not None
    assert open_note(stored.note, SIGNER.verifier) == head


def test_nothing_new_makes_no_head(engine: Engine) -> None:
    assert seal(engine, SIGNER) is None
    store_some(engine, 3)
    assert seal(engine, SIGNER)
    assert seal(engine, SIGNER) is None
    assert len(query(engine, sa.select(schema.heads))) == 1


def test_heads_follow_each_other(engine: Engine) -> None:
    sizes = []
    for number in (3, 300, 1):
        store_some(engine, number)
        head = seal(engine, SIGNER)
        assert head
        sizes.append(head.size)
    with reading(engine) as connection:
        assert [head.size for head in heads_since(connection)] == sizes == [3, 303, 304]
        assert [head.size for head in heads_since(connection, 3)] == [303, 304]
    assert sound(engine)


def test_what_is_stored_meanwhile_is_sealed_too_and_progress_counts_all(engine: Engine) -> None:
    store_some(engine, 10)
    done: list[int] = []

    def progress(number: int) -> None:
        if not done:
            store_some(engine, 5)
        done.append(number)

    head = seal(engine, SIGNER, batch=4, progress=progress)
    assert head
    assert head.size == sum(done) == 15
    assert max(done) == 4


def test_choices_are_stored_while_a_sealer_is_at_work(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time, and batches are short")
    with engine.begin() as connection:
        sealing.lock_log(connection)
        store_some(engine, 1)
    assert len(leaves(engine)) == 1


def test_several_at_once_seal_everything_once(engine: Engine) -> None:
    store(engine, snapshot())
    store_some(engine, 300)
    errors: list[BaseException] = []
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        try:
            seal(engine, SIGNER, batch=25)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sorted(leaf or 0 for leaf in leaves(engine).values()) == list(range(1, 301))
    assert sound(engine)
    with reading(engine) as connection:
        head = latest_head(connection)
    assert head
    assert head.size == 301


@pytest.mark.parametrize("after", [1, 3])
def test_who_dies_between_batches_leaves_nothing_broken(engine: Engine, after: int) -> None:
    store_some(engine, 30)
    done: list[int] = []

    def dying(number: int) -> None:
        done.append(number)
        if len(done) == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seal(engine, SIGNER, batch=10, progress=dying)
    head = seal(engine, SIGNER, batch=10)
    assert head
    assert head.size == 30
    assert sound(engine)


def meanwhile(engine: Engine, act: Callable[[], object]) -> None:
    """Lets something happen once: after the next connection is done, which reads a batch, and
    before another one writes it."""
    acts = iter([act])

    @sa.event.listens_for(engine, "checkin")
    def returned(*_: object) -> None:
        next(acts, lambda: None)()


def test_a_record_purged_while_it_is_sealed_leaves_no_gap(engine: Engine) -> None:
    ids = store_some(engine, 10)
    meanwhile(engine, lambda: purge(engine, ids=[ids[4]], reason="asked for"))
    head = seal(engine, SIGNER)
    assert head
    assert head.size == 9
    assert sound(engine)


def test_a_sealer_that_was_overtaken_starts_again(engine: Engine) -> None:
    store_some(engine, 10)
    meanwhile(engine, lambda: [seal(engine, SIGNER), store_some(engine, 2)])
    head = seal(engine, SIGNER)
    assert head
    assert head.size == 12
    assert sound(engine)


@pytest.mark.parametrize("size", [3, 256])
def test_a_head_that_contradicts_the_last_one_is_not_signed(engine: Engine, size: int) -> None:
    store_some(engine, size)
    seal(engine, SIGNER)
    change(engine, sa.update(schema.tiles).values(hashes=bytes(32 * min(size, 256))))
    store_some(engine, 1)
    with pytest.raises(NotContinued, match="verify the records"):
        seal(engine, SIGNER)
    assert [head.size for head in query(engine, sa.select(schema.heads))] == [size]


def test_a_log_older_than_its_heads_is_not_signed(engine: Engine) -> None:
    store_some(engine, 3)
    seal(engine, SIGNER)
    change(engine, sa.update(schema.log).values(size=2))
    with pytest.raises(NotContinued):
        seal(engine, SIGNER)


def test_what_is_not_sealed_is_found_by_an_index(engine: Engine) -> None:
    statements: list[str] = []

    @sa.event.listens_for(engine, "before_cursor_execute")
    def note(_1: object, _2: object, statement: str, *_3: object) -> None:
        statements.append(statement)

    seal(engine, SIGNER)
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL uses no index on tables this small")
    selects = [s for s in statements if "leaf IS NULL" in s]
    assert len(selects) == 3
    with engine.connect() as connection:
        for statement in selects:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (10, 0)).all()
            assert ["USING INDEX ix_consent_" in row.detail for row in plan] == [True], plan


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUE = st.one_of(TEXT, st.integers(), st.booleans(), st.none())


@given(st.lists(VALUE, min_size=len(FIELDS), max_size=len(FIELDS)), st.binary(max_size=20))
def test_the_quick_hash_of_an_entry_is_the_plain_one(values: list[Any], salt: bytes) -> None:
    plain = entry_hash("choice", dict(zip(FIELDS, values, strict=True)), salt)
    assert entry_hasher("choice", FIELDS)(values, salt) == plain
