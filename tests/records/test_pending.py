"""A store that is down never stands in the way, and nothing acknowledged is lost (P3, R52)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from flask_cookie_consent.proof.record import Record
from flask_cookie_consent.records import writer
from flask_cookie_consent.records.engine import make_engine
from flask_cookie_consent.records.inserting import WriteRequest
from flask_cookie_consent.records.store import Records
from tests.records.test_keeping import cookie_of, make_site, rows, scripted, send, submit
from tests.site import policy, run, site_of

ALL = run(policy(), ["insight", "ads", "video"])


class Down:
    """A store that can be cut off."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_down = True
        sa.event.listen(engine, "begin", self._refuse)

    def _refuse(self, connection: Any) -> None:
        if self.is_down:
            raise sa.exc.OperationalError("INSERT", {}, OSError("the server is gone"))


@pytest.fixture
def down(engine: Engine) -> Down:
    return Down(engine)


@pytest.fixture
def client(down: Down, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setattr(writer, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(writer, "LONGEST_PAUSE", 0.01)
    app = make_site(Records(down.engine, wait=30), tmp_path)

    @app.get("/allowed")
    def allowed() -> dict[str, bool]:
        from flask_cookie_consent import consent

        return {"ads": consent.allows("ads")}

    yield app.test_client()
    down.is_down = False
    settle(app.test_client())


def settle(client: FlaskClient) -> None:
    """Waits until all that waited is written: one thread writes in order."""
    store = site_of(client.application).store
    assert store is not None
    while store.writer.waiting or store.writer.failure:
        time.sleep(0.002)


def test_the_choice_holds_and_the_answer_says_that_its_record_is_pending(
    client: FlaskClient, down: Down
) -> None:
    response = send(client, scripted())
    assert (response.status_code, response.get_json()) == (202, {"record": "pending"})
    assert "no-store" in response.headers["Cache-Control"]
    assert client.get("/allowed").get_json() == {"ads": True}
    assert client.get("/").status_code == 200


def test_a_pending_choice_is_not_confirmed_and_keeps_its_id_until_it_is(
    client: FlaskClient, down: Down
) -> None:
    refusal = scripted(granted="", refused=ALL)
    pending = cookie_of(send(client, refusal))
    assert (pending.confirmed, pending.id) == (False, refusal.id)
    down.is_down = False
    settle(client)
    confirmed = cookie_of(send(client, refusal._replace(reports=1)))
    assert (confirmed.confirmed, confirmed.id) == (True, None)
    assert [row["id"] for row in rows(down.engine)] == [refusal.id]


def test_what_this_process_could_not_store_it_stores_later(client: FlaskClient, down: Down) -> None:
    choices = [scripted() for _ in range(5)]
    for choice in choices:
        send(client, choice)
    down.is_down = False
    settle(client)
    assert {row["id"] for row in rows(down.engine)} == {choice.id for choice in choices}


def test_a_form_without_a_script_goes_back_and_its_visitor_is_not_asked_again(
    client: FlaskClient, down: Down
) -> None:
    response = submit(client, "accept", next="/somewhere")
    assert (response.status_code, response.headers["Location"]) == (303, "/somewhere")
    assert client.get("/allowed").get_json() == {"ads": True}
    assert "#fcc" not in client.get("/consent/state.css").text


def test_a_pending_choice_of_a_form_is_sent_again_by_the_style_sheet(
    down: Down, client: FlaskClient, tmp_path: Path
) -> None:
    """Another process answers: this one's memory may be gone."""
    pending = cookie_of(submit(client, "accept"))
    assert not pending.confirmed
    down.is_down = False
    settle(client)
    with down.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM consent_records")
    answer = client.get("/consent/state.css")
    assert cookie_of(answer).confirmed
    assert [row["id"] for row in rows(down.engine)] == [pending.id]
    assert "Set-Cookie" not in client.get("/consent/state.css").headers


def test_ten_thousand_submissions_of_one_choice_are_one_record(
    client: FlaskClient, down: Down
) -> None:
    down.is_down = False
    choice = scripted()
    store = site_of(client.application).store
    assert store is not None
    send(client, choice)
    record = Record.from_row(rows(down.engine)[0])
    for _ in range(9_999):
        store.writer.add(WriteRequest(record))
    settle(client)
    assert len(rows(down.engine)) == 1


def test_a_locked_database_is_a_store_that_is_down(tmp_path: Path) -> None:
    """Another program may hold SQLite's lock for as long as it likes."""
    client = make_site(Records("sqlite:///consent.db", wait=0.2), tmp_path).test_client()
    submit(client, "accept")
    with make_engine("sqlite:///consent.db", tmp_path, 5).begin():
        assert send(client, scripted()).status_code == 202


def test_a_file_that_cannot_be_written_is_a_store_that_is_down(tmp_path: Path) -> None:
    (tmp_path / "consent.db").mkdir()
    client = make_site("sqlite:///consent.db", tmp_path).test_client()
    assert send(client, scripted()).status_code == 202
    assert client.get("/").status_code == 200


def test_a_full_disk_is_a_store_that_is_down_until_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite says of a limit of its own what it says of a full disk."""
    monkeypatch.setattr(writer, "FIRST_PAUSE", 0.001)
    engine = make_engine("sqlite:///consent.db", tmp_path, 5)
    client = make_site(Records(engine, wait=30), tmp_path).test_client()
    submit(client, "accept")
    room = 1_000_000
    pages = "PRAGMA page_count"

    @sa.event.listens_for(engine, "begin")
    def limit(connection: Any) -> None:
        used = connection.exec_driver_sql(pages).scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {used + room}")

    room = 0
    answers = [send(client, scripted(), snapshot="x" * 64) for _ in range(100)]
    kept = [cookie_of(a).id for a in answers if a.status_code == 204]
    assert {a.status_code for a in answers} == {202, 204}
    assert client.get("/").status_code == 200
    assert {id for id in kept if id} <= {row["id"] for row in rows(engine)}
    room = 1_000_000
    settle(client)
    assert len(rows(engine)) == 101


def test_a_pool_without_a_free_connection_is_a_store_that_is_down(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "FIRST_PAUSE", 0.001)
    small = sa.create_engine(
        engine.url, poolclass=sa.pool.QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.05
    )
    client = make_site(Records(small, wait=30), tmp_path).test_client()
    taken = small.connect()
    assert send(client, scripted()).status_code == 202
    taken.close()
    settle(client)
    assert len(rows(engine)) == 1
    small.dispose()


def test_a_clock_that_is_set_back_loses_nothing(
    client: FlaskClient, down: Down, monkeypatch: pytest.MonkeyPatch
) -> None:
    down.is_down = False
    now = time.time_ns()
    for back in (0, 2, 400):
        monkeypatch.setattr(time, "time_ns", lambda back=back: now - back * 86_400_000_000_000)
        monkeypatch.setattr(time, "time", lambda: time.time_ns() / 1e9)
        assert send(client, scripted()).status_code == 204
    assert len(rows(down.engine)) == 3


def test_a_server_that_is_not_there_is_a_store_that_is_down(tmp_path: Path) -> None:
    store = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    client = make_site(Records(store, wait=5), tmp_path).test_client()
    assert send(client, scripted()).status_code == 202
    assert client.get("/").status_code == 200
