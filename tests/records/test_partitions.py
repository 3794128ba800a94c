"""Partitions on PostgreSQL: each month has its own, and old ones are dropped."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Engine, make_url

from flask_cookie_consent.choice.codec import new_id
from flask_cookie_consent.proof.checkpoint import Signer
from flask_cookie_consent.records import partitions, schema
from flask_cookie_consent.records.engine import VERSION_TABLE, make_engine, migrate
from flask_cookie_consent.records.log.purging import purge
from flask_cookie_consent.records.log.sealing import seal
from flask_cookie_consent.records.log.verifying import verify
from flask_cookie_consent.records.partitions import make_months
from flask_cookie_consent.records.store import Records
from tests.records.conftest import WAIT
from tests.records.rows import change, now_ms, query, record, snapshot, store
from tests.records.test_commands import consent, output
from tests.records.test_keeping import make_site, shown, submit

SIGNER = Signer.generate("example.org/consent")
TABLE = "consent_records"
LOCKED = "LOCK TABLE consent_records IN ROW EXCLUSIVE MODE"  # as whoever inserts


def ms(year: int, month: int, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=timezone.utc).timestamp() * 1000)


def made_at(moment: int, seed: int = 0) -> dict[str, Any]:
    """A record whose id and time are of a month, and which is stored today."""
    return record(seed, id=new_id(moment), time=moment // 1000)


def store_some(engine: Engine, number: int, moment: int) -> list[str]:
    """Stores records, with a millisecond between them; their ids in order."""
    return store(engine, *(made_at(moment + i, i) for i in range(number)))


@pytest.fixture
def url(postgresql: str) -> Iterator[str]:
    """URL of an empty database of one test."""
    name = f"test_{secrets.token_hex(6)}"
    server = make_url(postgresql)
    admin = sa.create_engine(server.set(database="template1"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield server.set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def empty(url: str, tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(url, tmp_path, WAIT)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(empty: Engine) -> Engine:
    """Tables with partitions, of March to May 2026 too."""
    migrate(empty, partitioned=True)
    assert make_months(empty, ms(2026, 3)).problems == []
    return empty


def names(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [partition.name for partition in partitions.existing(connection)]


def places(engine: Engine) -> dict[str, str]:
    """By id, the partition that a record lies in."""
    statement = "SELECT id, tableoid::regclass::text FROM consent_records"
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.exec_driver_sql(statement)}


def sound(engine: Engine) -> bool:
    return list(verify(engine, SIGNER.verifier)) == []


def month_names(*starts: datetime) -> list[str]:
    return [f"{TABLE}_{start:%Y_%m}" for start in starts]


def coming() -> list[str]:
    """The names of the partitions of this and the next two months."""
    first = datetime.now(timezone.utc).replace(day=1)
    second = (first + timedelta(days=32)).replace(day=1)
    return month_names(first, second, (second + timedelta(days=32)).replace(day=1))


@contextmanager
def inserting(engine: Engine, *moments: int) -> Iterator[list[str]]:
    """Stores records of these times all along, in a thread; their ids, complete at the end."""
    ids: list[str] = []
    failures: list[Exception] = []
    stop, begun = threading.Event(), threading.Event()

    def work() -> None:
        try:
            while not stop.is_set():
                for moment in moments:
                    ids.extend(store(engine, made_at(moment, len(ids))))
                begun.set()
        except Exception as error:
            failures.append(error)
            begun.set()

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait()
    try:
        yield ids
    finally:
        stop.set()
        thread.join()
    assert failures == []


# -- Making them ------------------------------------------------------------------------------


def test_the_first_tables_have_partitions_of_this_and_the_next_two_months(empty: Engine) -> None:
    migrate(empty, partitioned=True)
    assert names(empty) == coming()


def test_records_lie_in_the_partition_of_their_month(engine: Engine) -> None:
    moments = [ms(2026, 3), ms(2026, 4) - 1, ms(2026, 4), ms(2026, 5, 31), ms(2026, 6) - 1]
    ids = store(engine, *(made_at(moment) for moment in moments))
    at = places(engine)
    assert [at[id][-2:] for id in ids] == ["03", "03", "04", "05", "05"]


def test_a_record_of_a_month_without_partition_is_stored_all_the_same(engine: Engine) -> None:
    ids = store(engine, *(made_at(ms(year, 1)) for year in (1999, 2025, 2055)))
    assert places(engine) == dict.fromkeys(ids, f"{TABLE}_default")


def test_a_record_that_is_sent_again_is_stored_once(engine: Engine) -> None:
    for moment in (ms(2026, 4), ms(2025, 1)):
        row = made_at(moment)
        store(engine, row, row)
    assert len(places(engine)) == 2


def test_months_that_are_there_are_not_made_again(engine: Engine) -> None:
    assert make_months(engine, ms(2026, 4)) == ([f"{TABLE}_2026_06"], [])
    assert make_months(engine, ms(2026, 4)) == ([], [])


def test_the_months_of_a_year_follow_one_another(engine: Engine) -> None:
    for month in range(1, 13, 3):
        make_months(engine, ms(2031, month))
    with engine.connect() as connection:
        found = [p for p in partitions.existing(connection) if "_2031_" in p.name]
    assert len(found) == 12
    assert [p.low for p in found[1:]] == [p.high for p in found[:-1]]


def test_a_month_with_records_in_the_default_partition_is_left_there(engine: Engine) -> None:
    (id,) = store(engine, made_at(ms(2031, 2)))
    made = make_months(engine, ms(2031, 1))
    assert made.names == [f"{TABLE}_2031_01", f"{TABLE}_2031_03"]
    assert "consent_records_2031_02" in made.problems[0]
    assert places(engine)[id] == f"{TABLE}_default"


def test_a_table_without_partitions_is_left_alone(empty: Engine) -> None:
    migrate(empty)
    assert make_months(empty) == ([], [])
    assert names(empty) == []


def test_choices_are_stored_while_partitions_are_made(engine: Engine) -> None:
    with inserting(engine, ms(2026, 4), ms(2025, 1)) as ids:
        for year in range(2031, 2036):
            assert make_months(engine, ms(year, 1)).problems == []
    assert set(ids) == set(places(engine))


def test_who_uses_the_default_partition_is_not_kept_waiting(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "PAUSES", ())
    monkeypatch.setattr(partitions, "LOCK_TIMEOUT", "20ms")
    with engine.begin() as reader:
        reader.execute(sa.select(schema.records)).all()
        made = make_months(engine, ms(2031, 1))
    assert made.names == []
    assert "lock timeout" in made.problems[0]
    assert len(make_months(engine, ms(2031, 1)).names) == 3


def test_what_a_site_migrates_itself_is_not_different(engine: Engine) -> None:
    with engine.connect() as connection:
        options = {"include_name": partitions.include_name, "version_table": VERSION_TABLE}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []


# -- Dropping them ----------------------------------------------------------------------------


def noted(engine: Engine) -> list[str]:
    rows = query(engine, sa.select(schema.purges.c.leaves).order_by(schema.purges.c.id))
    return [row.leaves for row in rows]


def choices(engine: Engine, *, purged: bool) -> int:
    table = schema.totals.c
    number = sa.select(table.number).where(table.purged == purged, table.category == "")
    rows = query(engine, number)
    return sum(row.number for row in rows)


def test_months_before_the_cut_are_dropped_and_the_rest_goes_in_batches(engine: Engine) -> None:
    store(engine, snapshot())
    old = store_some(engine, 2, ms(2025, 7))  # in the default partition
    store_some(engine, 30, ms(2026, 3, 9))
    store_some(engine, 20, ms(2026, 4, 9))
    store_some(engine, 4, ms(2026, 5, 9))
    young = store_some(engine, 6, ms(2026, 5, 11))
    seal(engine, SIGNER)
    done: list[int] = []
    gone = purge(engine, before_ms=ms(2026, 5, 10), reason="old", batch=10, progress=done.append)
    assert (gone, done) == (56, [30, 20, 6])
    assert sorted(places(engine)) == young
    assert old[0] not in places(engine)
    assert names(engine)[0] == f"{TABLE}_2026_05"
    assert (choices(engine, purged=False), choices(engine, purged=True)) == (6, 56)
    assert sound(engine)
    seal(engine, SIGNER)
    assert sound(engine)


def test_a_dropped_month_leaves_what_purging_its_records_leaves(engine: Engine) -> None:
    """The totals and leaves of one month, purged by id, and of another with the same choices,
    dropped: the leaves of both are in pieces."""
    store(engine, snapshot())
    for month in (3, 4):
        store_some(engine, 10, ms(2026, month, 9))
        store_some(engine, 3, ms(2026, 5, 9))
        seal(engine, SIGNER)
        store_some(engine, 10, ms(2026, month, 8))
        seal(engine, SIGNER)
    table = schema.totals.c
    key = [c for c in schema.totals.primary_key.columns if c.name not in ("day", "purged")]
    sums = sa.select(*key, sa.func.sum(table.number)).where(table.purged).group_by(*key)
    april = [id for id, name in places(engine).items() if name.endswith("2026_04")]
    purge(engine, ids=april, reason="by id")
    one = query(engine, sums.order_by(*key))
    purge(engine, before_ms=ms(2026, 4), reason="dropped")
    both = query(engine, sums.order_by(*key))
    assert [(*row[:-1], row[-1] * 2) for row in one] == [tuple(row) for row in both]
    assert noted(engine) == ["24-33,37-46", "1-10,14-23"]
    assert sound(engine)


def test_what_was_not_sealed_is_dropped_without_a_note(engine: Engine) -> None:
    store_some(engine, 5, ms(2026, 3))
    seal(engine, SIGNER)
    store_some(engine, 3, ms(2026, 3, 2))
    store_some(engine, 4, ms(2026, 4))
    assert purge(engine, before_ms=ms(2026, 5), reason="old") == 12
    assert noted(engine) == ["0-4"]
    assert choices(engine, purged=True) == 5
    assert sound(engine)


def test_an_empty_month_is_dropped_too(engine: Engine) -> None:
    assert purge(engine, before_ms=ms(2026, 5), reason="old") == 0
    assert names(engine)[0] == f"{TABLE}_2026_05"
    assert noted(engine) == []


def test_corrected_ids_go_with_their_month(engine: Engine) -> None:
    ids = store(engine, made_at(ms(2026, 3, 31)), made_at(ms(2026, 4)))
    rows = [{"given": f"g{i}", "id": id} for i, id in enumerate(ids)]
    change(engine, sa.insert(schema.corrected_ids).values(rows))
    purge(engine, before_ms=ms(2026, 4), reason="old")
    assert [row.given for row in query(engine, sa.select(schema.corrected_ids))] == ["g1"]


def test_choices_are_stored_while_months_are_dropped(engine: Engine) -> None:
    for month in range(1, 13, 3):
        make_months(engine, ms(2025, month))
    old = [store_some(engine, 20, ms(2025, month, 9)) for month in range(1, 13)]
    seal(engine, SIGNER)
    with inserting(engine, ms(2026, 4), now_ms()) as ids:
        assert purge(engine, before_ms=ms(2026, 1), reason="old") == sum(map(len, old))
    assert set(places(engine)) == set(ids)
    seal(engine, SIGNER)
    assert sound(engine)


def test_a_month_that_is_in_use_is_purged_in_batches(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(partitions, "PAUSES", (0,))
    monkeypatch.setattr(partitions, "LOCK_TIMEOUT", "20ms")
    store_some(engine, 9, ms(2026, 3))
    seal(engine, SIGNER)
    with engine.begin() as other:
        other.exec_driver_sql(LOCKED)
        assert purge(engine, before_ms=ms(2026, 4), reason="old", batch=5) == 9
    assert places(engine) == {}
    assert "consent_records_2026_03 cannot be dropped" in caplog.text
    assert noted(engine) == ["0-4", "5-8"]
    assert sound(engine)
    purge(engine, before_ms=ms(2026, 4), reason="old")
    assert names(engine)[0] == f"{TABLE}_2026_04"


# -- Converting a table -----------------------------------------------------------------------


def test_a_table_without_partitions_gets_some(empty: Engine) -> None:
    migrate(empty)
    now = ms(2026, 4, 15)
    ids = store_some(empty, 5, ms(2026, 3))
    seal(empty, SIGNER)
    with empty.begin() as connection:
        connection.exec_driver_sql("GRANT SELECT ON consent_records TO PUBLIC")
    assert partitions.convert(empty, now)
    assert not partitions.convert(empty, now)
    assert make_months(empty, now).names == [f"{TABLE}_2026_05", f"{TABLE}_2026_06"]
    ids += store(empty, *(made_at(ms(2026, month, 20)) for month in (4, 5, 9)))
    until = f"{TABLE}_until_2026_04"
    expected = [until] * 6 + [f"{TABLE}_2026_05", f"{TABLE}_default"]
    assert places(empty) == dict(zip(ids, expected, strict=True))
    test_what_a_site_migrates_itself_is_not_different(empty)
    grants = sa.text("SELECT has_table_privilege('public', 'consent_records', 'SELECT')")
    with empty.connect() as connection:
        assert connection.execute(grants).scalar()
    seal(empty, SIGNER)
    assert sound(empty)
    purge(empty, before_ms=ms(2026, 5), reason="old")
    assert names(empty)[0] == f"{TABLE}_2026_05"
    assert sound(empty)


def test_choices_are_stored_while_a_table_gets_partitions(empty: Engine) -> None:
    migrate(empty)
    with inserting(empty, now_ms()) as ids:
        assert partitions.convert(empty)
    assert set(places(empty)) == set(ids)


def test_the_last_day_of_a_month_leaves_room_for_clocks_that_are_ahead(empty: Engine) -> None:
    migrate(empty)
    store(empty, made_at(ms(2026, 5, 1)))
    partitions.convert(empty, ms(2026, 4, 30))
    assert names(empty) == [f"{TABLE}_until_2026_05"]


# -- A site -----------------------------------------------------------------------------------


def test_a_site_with_partitions(url: str, empty: Engine, tmp_path: Path) -> None:
    app = make_site(Records(url, origin="example.org/consent", partitions=True, wait=30), tmp_path)
    client = app.test_client()
    name = shown(client)
    for answer in ("accept", "reject", "accept"):
        submit(client, answer, snapshot=name, language="en")
    assert set(places(empty).values()) == {coming()[0]}
    make_months(empty, ms(2024, 1))
    store_some(empty, 7, ms(2024, 1, 5))
    assert "11 entries" in output(app, "records", "seal")
    id = next(reversed(places(empty)))
    assert len(output(app, "records", "list").splitlines()) == 10
    assert len(output(app, "records", "export").splitlines()) == 10
    output(app, "records", "show", id, "--out", str(tmp_path))
    with empty.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {coming()[2]}")
    said = output(app, "records", "purge", "--older-than", "1 year", "--yes")
    assert said == f"made the partition {coming()[2]}\ndeleted 7 records\n"
    assert names(empty) == coming()
    output(app, "records", "verify")
    assert "purged           7" in output(app, "records", "status")


def test_a_site_that_had_none_is_told_how_to_get_them(
    url: str, empty: Engine, tmp_path: Path
) -> None:
    migrate(empty)
    app = make_site(Records(url, partitions=True, wait=30), tmp_path)
    submit(app.test_client(), "accept")
    assert "migrate --partitions" in consent(app, "records", "seal").stderr
    assert "has partitions now" in output(app, "records", "migrate", "--partitions")
    assert consent(app, "records", "seal").stderr == ""
    output(app, "records", "verify")


def test_other_databases_have_none(tmp_path: Path) -> None:
    for other in ("sqlite:///consent.db", make_engine("sqlite://", tmp_path, 1)):
        with pytest.raises(ValueError, match=r"partitions.*'sqlite'.*'postgresql'"):
            Records(other, partitions=True)
    app: Any = make_site("sqlite:///consent.db", tmp_path)
    assert consent(app, "records", "migrate", "--partitions").exit_code == 2
    output(app, "records", "migrate")
