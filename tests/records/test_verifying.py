"""Verifying: whatever somebody does to the tables shows, the first row first."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from flask_cookie_consent.proof.checkpoint import Checkpoint, Signer, sign
from flask_cookie_consent.proof.merkle import append
from flask_cookie_consent.records import schema
from flask_cookie_consent.records.log.entries import SOURCES
from flask_cookie_consent.records.log.findings import Finding
from flask_cookie_consent.records.log.purging import purge
from flask_cookie_consent.records.log.sealing import seal
from flask_cookie_consent.records.log.totals import rebuild_totals
from flask_cookie_consent.records.log.verifying import verify

from .rows import change, now_ms, query, record, snapshot, store, store_some

SIGNER = Signer.generate("example.org/consent")
HOUR = 60 * 60 * 1000
SIZE = 300  # more than a tile

records, tiles, heads = schema.records, schema.tiles, schema.heads


def findings(engine: Engine, *notes: str) -> list[Finding]:
    return list(verify(engine, SIGNER.verifier, heads=notes))


def kinds(engine: Engine, *notes: str) -> list[tuple[str, int | None]]:
    return [(finding.kind, finding.leaf) for finding in findings(engine, *notes)]


@pytest.fixture
def log(engine: Engine) -> Engine:
    """A log with heads at 100 and 300 leaves; leaf 0 is a snapshot, 1 to 299 are records."""
    store(engine, snapshot())
    store_some(engine, 99)
    seal(engine, SIGNER)
    store_some(engine, SIZE - 100)
    seal(engine, SIGNER, batch=64)
    return engine


def at(leaf: int) -> sa.ColumnElement[bool]:
    return records.c.leaf == leaf


def notes(engine: Engine) -> list[str]:
    return [row.note for row in query(engine, sa.select(heads).order_by(heads.c.size))]


def test_an_untouched_log_has_no_findings(log: Engine) -> None:
    store_some(log, 3)  # not sealed
    done: list[int] = []
    assert list(verify(log, SIGNER.verifier, heads=notes(log), progress=done.append)) == []
    assert sum(done) == SIZE


def test_an_empty_log_has_no_findings(engine: Engine) -> None:
    assert findings(engine) == []


@pytest.mark.parametrize(
    ("leaf", "values"),
    [
        (1, {"granted": "zzz"}),
        (150, {"page": "/x"}),
        (255, {"salt": bytes(16)}),
        (256, {"scripted": ~records.c.scripted}),
        (299, {"id": "edited"}),
    ],
)
def test_an_edited_record_is_named(log: Engine, leaf: int, values: dict[str, object]) -> None:
    change(log, sa.update(records).where(at(leaf)).values(values))
    found = findings(log)[0]
    assert (found.kind, found.leaf) == ("edited", leaf)
    row = query(log, sa.select(records.c.id).where(at(leaf)))[0]
    assert found.id == row.id


def test_an_edited_snapshot_is_named(log: Engine) -> None:
    change(log, sa.update(schema.snapshots).values(documents='{"/": "<p>Other</p>"}'))
    assert findings(log) == [Finding("edited", 0, "snap1", "the snapshot is not what was sealed")]


def test_an_edited_purge_is_named(log: Engine) -> None:
    ids = [row.id for row in query(log, sa.select(records.c.id).where(records.c.leaf < 9))]
    purge(log, ids=ids, reason="asked for")
    seal(log, SIGNER)
    assert kinds(log) == []
    change(log, sa.update(schema.purges).values(reason="other"))
    assert kinds(log) == [("edited", SIZE)]
    change(log, sa.update(schema.purges).values(leaves="what"))
    assert kinds(log)[:2] == [("edited", SIZE), ("removed", 1)]


def test_a_removed_purge_takes_its_leaves_along(log: Engine) -> None:
    purge(log, before_ms=now_ms() + HOUR, reason="all")
    seal(log, SIGNER)
    assert kinds(log) == []
    change(log, sa.delete(schema.purges))
    assert findings(log)[0][:3] == ("removed", 1, None)
    assert [f.text for f in findings(log) if f.kind == "removed"] == [
        f"leaves 1 to {SIZE}: the rows are gone, and no purge has deleted them"
    ]


def test_removed_records_are_named_together(log: Engine) -> None:
    change(log, sa.delete(records).where(at(50) | (records.c.leaf.between(250, 260)) | at(299)))
    found = [f for f in findings(log) if f.kind == "removed"]
    assert [f.leaf for f in found] == [50, 250, 299]
    assert found[1].text.startswith("leaves 250 to 260:")


def test_a_sealed_record_that_pretends_not_to_be_is_missed(log: Engine) -> None:
    change(log, sa.update(records).where(at(7)).values(leaf=None))
    assert kinds(log)[0] == ("removed", 7)


def test_swapped_leaves_are_both_named(log: Engine) -> None:
    case = sa.case((records.c.leaf == 20, 30), else_=20)
    change(log, sa.update(records).where(at(20) | at(30)).values(leaf=case))
    assert kinds(log) == [("edited", 20), ("edited", 30)]


@pytest.mark.parametrize("leaf", [-1, SIZE, SIZE + 1000])
def test_an_inserted_record_beyond_the_log_is_named(log: Engine, leaf: int) -> None:
    [id_] = store(log, record(leaf=leaf))
    found = findings(log)[0]
    assert found[:3] == ("inserted", leaf, id_)


def test_an_inserted_record_with_the_leaf_of_another_one_is_named(log: Engine) -> None:
    [id_] = store(log, record(leaf=77))
    found = findings(log)
    assert found[0].leaf == 77
    assert id_ in [finding.id for finding in found]
    assert "inserted" in [finding.kind for finding in found]


def test_a_backdated_record_is_named_before_and_after_it_is_sealed(log: Engine) -> None:
    [id_] = store(log, record(stored=now_ms() - HOUR))
    assert [f[:3] for f in findings(log)] == [("inserted", None, id_)]
    seal(log, SIGNER)
    assert [f[:3] for f in findings(log)] == [("inserted", SIZE, id_)]


def test_a_record_that_waited_for_its_first_head_is_not_backdated(engine: Engine) -> None:
    store_some(engine, 5, now_ms() - HOUR)
    seal(engine, SIGNER)
    assert kinds(engine) == []


def test_the_time_of_a_head_cannot_be_changed_to_hide_that(log: Engine) -> None:
    store(log, record(stored=now_ms() - HOUR))
    change(log, sa.update(heads).values(time=now_ms() - 2 * HOUR))
    assert [f.kind for f in findings(log)] == ["head", "head"]


def test_a_purged_record_that_is_there_again_is_named(log: Engine) -> None:
    row = query(log, sa.select(records).where(at(40)))[0]._mapping
    purge(log, ids=[row["id"]], reason="asked for")
    store(log, dict(row))
    assert findings(log)[0][:3] == ("returned", 40, row["id"])


@pytest.mark.parametrize("number", [0, 1])
def test_an_edited_tile_of_leaves_is_told_from_edited_rows(log: Engine, number: int) -> None:
    tile = (tiles.c.level == 0) & (tiles.c.number == number)
    hashes = query(log, sa.select(tiles.c.hashes).where(tile))[0].hashes
    change(log, sa.update(tiles).where(tile).values(hashes=bytes(32) + hashes[32:]))
    assert findings(log) == [
        Finding(
            "tile", number * 256, None, f"tile (0, {number}) of the tree was edited, not the rows"
        )
    ]


def test_an_edited_tile_above_the_leaves_is_named(log: Engine) -> None:
    change(log, sa.update(tiles).where(tiles.c.level == 1).values(hashes=bytes(32)))
    found = findings(log)
    assert [f[:2] for f in found] == [("tile", 0)]
    assert "tile (1, 0)" in found[0].text
    change(log, sa.delete(tiles).where(tiles.c.level == 1))
    assert kinds(log) == [("tile", 0)]


@pytest.mark.parametrize(
    ("spoil", "leaf"),
    [
        (sa.delete(tiles).where(tiles.c.level == 0, tiles.c.number == 0), 0),
        (sa.delete(tiles).where(tiles.c.level == 0, tiles.c.number == 1), 256),
        (sa.update(tiles).where(tiles.c.number == 1).values(hashes=bytes(32)), 256),
        (sa.update(schema.log).values(size=2**40), SIZE // 256 * 256),
    ],
)
def test_a_tile_that_is_missing_or_cut_is_named(
    log: Engine, spoil: sa.Executable, leaf: int
) -> None:
    change(log, spoil)
    assert kinds(log)[0] == ("tile", leaf)


def test_a_row_and_its_tile_edited_together_contradict_the_head(log: Engine) -> None:
    """Whoever edits everything but the heads is found by these."""
    change(log, sa.update(records).where(at(120)).values(granted="zzz"))
    source = SOURCES[-1]
    row = query(log, sa.select(*source.columns).where(at(120)))[0]
    tile = query(log, sa.select(tiles).where(tiles.c.level == 0, tiles.c.number == 0))[0].hashes
    tile = tile[: 120 * 32] + source.hash(row) + tile[121 * 32 :]
    _, changed = append(0, lambda *_: b"", [tile[i : i + 32] for i in range(0, len(tile), 32)])
    for (level, number), hashes in changed.items():
        where = (tiles.c.level == level) & (tiles.c.number == number)
        change(log, sa.update(tiles).where(where).values(hashes=hashes))
    found = [f for f in findings(log) if f.kind != "totals"]
    assert [f.kind for f in found] == ["head"]
    assert "300 leaves has another root" in found[0].text


def test_a_log_cut_short_is_named(log: Engine) -> None:
    change(log, sa.update(schema.log).values(size=200))
    found = kinds(log)
    assert found[:1] == [("inserted", 200)]
    assert ("head", None) in found


def forged(size: int, root: bytes, signer: Signer = SIGNER) -> str:
    return sign(Checkpoint(signer.name, size, root), signer)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (lambda note: {"root": bytes(32)}, "does not say what its note says"),
        (lambda note: {"note": note.replace("300", "301")}, "signature .* is wrong"),
        (lambda note: {"note": "what"}, "no signatures"),
        (lambda note: {"note": forged(300, bytes(32))}, "does not say what its note says"),
        (
            lambda note: {"root": bytes(32), "note": forged(300, bytes(32))},
            "300 leaves has another root",
        ),
        (
            lambda note: {"note": forged(300, bytes(32), Signer.generate(SIGNER.name))},
            "not signed by a known key",
        ),
    ],
)
def test_a_forged_head_is_named(
    log: Engine, values: Callable[[str], dict[str, object]], text: str
) -> None:
    last = heads.c.size == SIZE
    change(log, sa.update(heads).where(last).values(values(notes(log)[-1])))
    found = findings(log)
    assert found[0].kind == "head"
    assert any(re.search(text, f.text) for f in found)


def test_a_log_without_any_head_is_named(log: Engine) -> None:
    change(log, sa.delete(heads))
    assert [f.text for f in findings(log)] == ["no head covers the 300 leaves: seal again"]


def test_exported_heads_show_that_the_log_was_rewritten(engine: Engine) -> None:
    store_some(engine, 20)
    seal(engine, SIGNER)
    [note] = notes(engine)
    assert kinds(engine, note) == []
    for table in schema.metadata.sorted_tables:
        if table is not schema.log:
            change(engine, sa.delete(table))
    change(engine, sa.update(schema.log).values(size=0))
    assert [f.text for f in findings(engine, note)] == [
        "the exported head over 20 leaves is no longer extended: the log has only 0"
    ]
    store_some(engine, 30)
    seal(engine, SIGNER)
    assert kinds(engine) == []
    found = findings(engine, note)
    assert [f.kind for f in found] == ["head"]
    assert "exported head over 20 leaves has another root" in found[0].text


def test_an_exported_head_that_is_not_ours_is_named(log: Engine) -> None:
    other = Signer.generate("example.net/consent")
    key = Checkpoint("example.net/consent", 5, bytes(32))
    found = findings(log, sign(key, other), sign(key, SIGNER), "")
    assert [f.text.split(":")[0] for f in found] == [f"exported head {n}" for n in (1, 2, 3)]
    assert "another log" in found[1].text


def test_heads_by_an_earlier_key_are_believed_if_it_is_known(log: Engine) -> None:
    new = Signer.generate(SIGNER.name)
    store_some(log, 1)
    seal(log, new)
    assert list(verify(log, new.verifier, SIGNER.verifier)) == []
    assert kinds(log) == [("head", None)]


def test_changed_totals_are_named_until_they_are_rebuilt(log: Engine) -> None:
    change(log, sa.update(schema.totals).values(number=schema.totals.c.number + 1))
    [found] = findings(log)
    assert found.kind == "totals"
    assert "rebuild" in found.text
    rebuild_totals(log)
    assert kinds(log) == []


def test_changed_totals_of_purged_records_are_named(log: Engine) -> None:
    purge(log, before_ms=now_ms() + HOUR, reason="all")
    change(log, sa.delete(schema.totals).where(schema.totals.c.purged))
    assert [f.text for f in findings(log)] == [
        "the totals of purged records say 0, the log says 299; they cannot be counted again"
    ]


def test_a_log_without_its_size_is_named(log: Engine) -> None:
    change(log, sa.delete(schema.log))
    assert [f.kind for f in findings(log)] == ["tile"]
