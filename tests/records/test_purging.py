"""Purging: what is deleted is gone, and the rest can be verified."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from flask_cookie_consent.proof.checkpoint import Signer
from flask_cookie_consent.records import schema
from flask_cookie_consent.records.log.purging import purge
from flask_cookie_consent.records.log.ranges import leaf_ranges, merged, parse_ranges
from flask_cookie_consent.records.log.sealing import seal
from flask_cookie_consent.records.log.verifying import verify

from .rows import change, query, record, snapshot, store, store_some

SIGNER = Signer.generate("example.org/consent")
DAY = 24 * 60 * 60 * 1000


def kept(engine: Engine) -> list[str]:
    return [row.id for row in query(engine, sa.select(schema.records.c.id).order_by("id"))]


def noted(engine: Engine) -> list[tuple[str, str]]:
    table = schema.purges.c
    rows = query(engine, sa.select(table.reason, table.leaves).order_by(table.id))
    return [(row.reason, row.leaves) for row in rows]


def choices(engine: Engine, *, purged: bool) -> int:
    table = schema.totals.c
    rows = query(engine, sa.select(table).where(table.purged == purged, table.category == ""))
    return sum(row.number for row in rows)


def sound(engine: Engine) -> bool:
    return list(verify(engine, SIGNER.verifier)) == []


def test_records_older_than_a_time_go_in_batches(engine: Engine) -> None:
    now = 1_700_000_000_000
    store_some(engine, 10, now - DAY)
    young = store_some(engine, 5, now)
    seal(engine, SIGNER)
    done: list[int] = []
    gone = purge(engine, before_ms=now, reason="too old", batch=4, progress=done.append)
    assert (gone, done) == (10, [4, 4, 2])
    assert kept(engine) == young
    assert noted(engine) == [("too old", "0-3"), ("too old", "4-7"), ("too old", "8-9")]
    assert sound(engine)


def test_a_purge_is_sealed_itself(engine: Engine) -> None:
    ids = store_some(engine, 5)
    seal(engine, SIGNER)
    purge(engine, ids=ids[1:3], reason="asked for")
    assert sound(engine)
    head = seal(engine, SIGNER)
    assert head
    assert head.size == 6
    assert query(engine, sa.select(schema.purges.c.leaf)) == [(5,)]
    assert sound(engine)


def test_records_go_by_id_and_unknown_ids_are_passed_over(engine: Engine) -> None:
    ids = store_some(engine, 9)
    seal(engine, SIGNER)
    wanted = [ids[0], ids[1], ids[2], ids[5], ids[8], ids[8], "0" * 22]
    assert purge(engine, ids=wanted, reason="asked for") == 5
    assert kept(engine) == [ids[i] for i in (3, 4, 6, 7)]
    assert noted(engine) == [("asked for", "0-2,5,8")]
    assert purge(engine, ids=wanted, reason="asked for") == 0
    assert purge(engine, reason="nothing") == 0
    assert len(noted(engine)) == 1


def test_what_was_not_sealed_simply_goes(engine: Engine) -> None:
    sealed = store_some(engine, 2)
    seal(engine, SIGNER)
    purge(engine, ids=[*sealed[:1], *store_some(engine, 3)], reason="test")
    assert noted(engine) == [("test", "0")]
    assert choices(engine, purged=True) == 1
    seal(engine, SIGNER)
    assert sound(engine)


def test_totals_remember_what_was_purged(engine: Engine) -> None:
    now = 1_700_000_000_000
    store(engine, snapshot())
    store_some(engine, 20, now - DAY)
    store_some(engine, 7, now)
    seal(engine, SIGNER)
    table = schema.totals
    key = [c for c in table.primary_key.columns if c.name != "purged"]
    sums = sa.select(*key, sa.func.sum(table.c.number)).group_by(*key).order_by(*key)
    before = query(engine, sums)
    assert choices(engine, purged=False) == 27
    purge(engine, before_ms=now, reason="too old")
    assert (choices(engine, purged=False), choices(engine, purged=True)) == (7, 20)
    assert query(engine, sums) == before
    assert sound(engine)


def test_corrected_ids_go_with_their_records(engine: Engine) -> None:
    first, second = store_some(engine, 2)
    rows = [{"given": "g1", "id": first}, {"given": "g2", "id": second}]
    change(engine, sa.insert(schema.corrected_ids).values(rows))
    purge(engine, ids=[first], reason="asked for")
    assert query(engine, sa.select(schema.corrected_ids)) == [("g2", second)]


def test_a_time_in_seconds_is_refused(engine: Engine) -> None:
    store(engine, record())
    with pytest.raises(ValueError, match="milliseconds"):
        purge(engine, before_ms=1_800_000_000, reason="too old")
    assert len(kept(engine)) == 1


@given(st.sets(st.integers(0, 300)) | st.sets(st.integers(0, 2**63 - 1)))
def test_ranges_say_the_same_numbers(numbers: set[int]) -> None:
    ranges = parse_ranges(leaf_ranges(numbers))
    assert sum(last - first + 1 for first, last in ranges) == len(numbers)
    assert all(any(first <= n <= last for first, last in ranges) for n in numbers)
    assert merged(reversed(ranges)) == ranges


def test_ranges_read_as_the_documentation_says() -> None:
    assert leaf_ranges([105, *range(299, 199, -1), *range(100)]) == "0-99,105,200-299"
    assert leaf_ranges([]) == ""


@pytest.mark.parametrize(
    "text", ["x", "5-", "-5", "5-4", "5-5", "1,1", "3,1", "1,2", "1-3,4", "01", "1,", " 1", "٣"]
)
def test_what_are_no_ranges_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="range"):
        parse_ranges(text)
