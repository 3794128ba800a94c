"""Whatever fails in the store, a choice is pending and a page is shown; the log says why, and
nothing about visitors."""

from __future__ import annotations

import errno
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from flask_cookie_consent.records import snapshots, writer
from flask_cookie_consent.records.store import Records, Store
from tests.records.test_commands import consent
from tests.records.test_keeping import make_site, rows, scripted, send, shown, submit
from tests.site import site_of

PAGES = ("/", "/consent/preferences", "/consent/policy", "/consent/banner.js")

Arrange = Callable[[Path, pytest.MonkeyPatch], str]


def fail(error: Exception) -> Callable[..., Any]:
    def failing(*_: Any, **__: Any) -> Any:
        raise error

    return failing


# -- What the store raises --------------------------------------------------------------------

RAISED = [
    RuntimeError("cannot release un-acquired lock"),
    OSError(errno.EROFS, "Read-only file system", "/srv/instance"),
    ImportError("no driver"),
    KeyError("granted"),
    sa.exc.TimeoutError("no connection is free"),
]


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", ["keep", "remember", "knows"])
def test_whatever_the_store_raises_no_answer_is_a_fault(
    name: str,
    error: Exception,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(Store, name, fail(error))
    app = make_site("sqlite:///consent.db", tmp_path)
    app.testing = False
    client = app.test_client()
    assert {client.get(page).status_code for page in PAGES} == {200}
    snapshot = shown(client)
    for _ in range(3):
        expected = 202 if name == "keep" else 204
        assert send(client, scripted(), snapshot=snapshot).status_code == expected
        assert submit(client, "accept", snapshot=snapshot).status_code == 303
    assert client.get("/consent/state.css").status_code == 200
    (said,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert str(error.args[-1] if not isinstance(error, OSError) else error.strerror) in said


def test_a_system_without_room_for_a_thread_leaves_a_choice_pending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_site("sqlite:///consent.db", tmp_path)
    app.testing = False
    monkeypatch.setattr(threading.Thread, "start", fail(RuntimeError("can't start new thread")))
    client = app.test_client()
    assert client.get("/").status_code == 200
    choice = scripted()
    assert send(client, choice).status_code == 202
    monkeypatch.undo()
    assert send(client, choice).status_code == 204


def test_a_snapshot_that_cannot_be_rendered_keeps_no_record_waiting(
    engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(snapshots, "_documents", fail(ValueError("a template of the site's")))
    client = make_site(engine, tmp_path).test_client()
    choice = scripted()
    assert send(client, choice, snapshot=shown(client)).status_code == 204
    assert [row["id"] for row in rows(engine)] == [choice.id]
    assert caplog.text.count("a template of the site's") == 1


# -- What the log says ------------------------------------------------------------------------

BREAKING = {
    "no table": {
        "sqlite": ["DROP TABLE consent_records"],
        "postgresql": ["DROP TABLE consent_records CASCADE"],
    },
    "a constraint": {
        "sqlite": [
            "CREATE TRIGGER no BEFORE INSERT ON consent_records "
            "BEGIN SELECT RAISE(ABORT, 'not here'); END"
        ],
        "postgresql": ["ALTER TABLE consent_records ADD CHECK (page IS NULL) NOT VALID"],
    },
    "a trigger that talks": {
        "sqlite": [
            "CREATE TRIGGER no BEFORE INSERT ON consent_records "
            "BEGIN SELECT CAST(abs(-9223372036854775808) AS TEXT); END"
        ],
        "postgresql": [
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no %% here, nor %%', NEW.page, NEW.id; END $$",
            "CREATE TRIGGER no BEFORE INSERT ON consent_records FOR EACH ROW EXECUTE FUNCTION no()",
        ],
    },
    "a value that does not fit": {
        "sqlite": [
            "CREATE TRIGGER no BEFORE INSERT ON consent_records "
            "BEGIN INSERT INTO nowhere VALUES (NEW.page); END"
        ],
        "postgresql": [
            "ALTER TABLE consent_records ALTER COLUMN page TYPE integer USING NULL",
        ],
    },
}


@pytest.mark.parametrize("own_engine", [False, True], ids=["our engine", "the site's engine"])
@pytest.mark.parametrize("what", BREAKING)
def test_the_log_of_a_store_that_fails_says_why_and_nothing_about_visitors(
    what: str,
    own_engine: bool,
    engine: Engine,
    store_url: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store: Any = sa.create_engine(store_url) if own_engine else store_url
    client = make_site(Records(store, wait=30), tmp_path).test_client()
    submit(client, "reject")
    with engine.begin() as connection:
        for statement in BREAKING[what][engine.dialect.name]:
            connection.exec_driver_sql(statement)
    client.environ_base["HTTP_REFERER"] = "http://localhost/user/jane.doe@example.org/orders"
    choice = scripted()
    answers = [send(client, choice).status_code, submit(client, "reject").status_code]
    assert answers[1] == 303
    said = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said
    for line in said:
        assert "\n" not in line
        assert choice.id is not None
        for secret in (choice.id, "jane", "INSERT", "parameters", "\\x", "b'"):
            assert secret not in line
    if own_engine:
        store.dispose()


def test_a_command_says_no_values_either(engine: Engine, store_url: str, tmp_path: Path) -> None:
    app = make_site(Records(store_url, wait=30), tmp_path)
    submit(app.test_client(), "reject")
    (row,) = rows(engine)
    with engine.begin() as connection:
        cascade = "" if engine.dialect.name == "sqlite" else " CASCADE"
        connection.exec_driver_sql(f"DROP TABLE consent_records{cascade}")
    result = consent(app, "records", "show", row["id"])
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "flask consent records migrate" in result.stderr
    assert row["id"] not in result.stderr
    assert "SELECT" not in result.stderr


def test_options_do_not_show_the_password_of_their_store() -> None:
    assert "secret" not in repr(Records("postgresql+psycopg://site:secret@db/site"))


# -- A store that cannot be opened ------------------------------------------------------------


def no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """(The super-user may write everywhere, so a file stands in the way.)"""
    (tmp_path / "instance").write_text("")
    return "sqlite:///consent.db"


def a_folder_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "instance" / "consent.db").mkdir(parents=True)
    return "sqlite:///consent.db"


def another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "consent.db").write_text("no database " * 1000)
    return "sqlite:///consent.db"


def no_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    return "postgresql+psycopg://site:secret@127.0.0.1:9/site"


def no_dialect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return "postgres://site:secret@127.0.0.1:9/site"


def no_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return "site:secret@127.0.0.1/consent"


def no_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return "postgresql+psycopg://127.0.0.1:secret/consent"


def no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return "postgresql+psycopg://site:secret@127.0.0.1:9/site?password=secret"


#: How a store is made one that cannot be opened, and what has to be said of it.
UNUSABLE: dict[Arrange, str] = {
    no_folder: r"instance.*(cannot be made|Not a directory)",
    a_folder_in_its_place: r"consent\.db.*is a folder",
    another_file: r"consent\.db.*not a database",
    no_driver: r"psycopg.*pip install 'flask-cookie-consent\[postgresql\]'",
    no_dialect: r"postgres.*URL",
    no_url: r"URL.*allowed",
    no_port: r"URL.*allowed",
    no_server: r"127\.0\.0\.1.*refused",
}

unusable = pytest.mark.parametrize("arrange", UNUSABLE, ids=lambda arrange: arrange.__name__)


@pytest.fixture
def client(arrange: Arrange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Of a site whose store cannot be opened."""
    app = make_site(Records(arrange(tmp_path, monkeypatch), wait=5), tmp_path / "instance")
    app.testing = False
    return app.test_client()


@unusable
def test_a_choice_is_pending_and_a_receipt_not_to_be_had_now(
    client: FlaskClient, arrange: Arrange, caplog: pytest.LogCaptureFixture
) -> None:
    assert {client.get(page).status_code for page in PAGES} == {200}
    assert send(client, scripted()).status_code == 202
    assert submit(client, "accept").status_code == 303
    assert client.get("/consent/preferences").status_code == 200
    assert client.get("/consent/receipt").status_code == 503
    assert re.search(UNUSABLE[arrange], caplog.text)
    assert "secret" not in caplog.text


COMMANDS = [
    "records status",
    "records list",
    "records export",
    "records show m00000000000000000000a",
    "records migrate",
    "records seal",
    "records head",
    "records purge --older-than '3 years' --yes",
    "records rebuild",
    "report",
]


@unusable
def test_every_command_ends_in_one_line_that_says_what_is_wrong(
    client: FlaskClient, arrange: Arrange
) -> None:
    for command in COMMANDS:
        result = consent(client.application, *shlex.split(command))
        assert isinstance(result.exception, SystemExit), (command, result.exception)
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1), (command, result.stderr)
        assert re.search(UNUSABLE[arrange], result.stderr), (command, result.stderr)
        assert "secret" not in result.output


def no_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on some network file systems."""
    error = OSError(errno.ENOLCK, "No locks available")
    monkeypatch.setattr("fcntl.flock", fail(error))


def no_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "consent.db-queue").unlink()
    (tmp_path / "consent.db-queue").mkdir()


@pytest.mark.parametrize("hinder", [no_locks, no_queue])
def test_writers_that_cannot_queue_up_are_a_store_that_is_down(
    hinder: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = make_site("sqlite:///consent.db", tmp_path)
    assert send(app.test_client(), scripted()).status_code == 204
    hinder(tmp_path, monkeypatch)
    assert send(app.test_client(), scripted()).status_code == 202
    assert "consent.db-queue" in caplog.text
    result = consent(app, "records", "seal")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.output
    assert "consent.db-queue" in result.stderr


@pytest.mark.parametrize("command", ["records seal", "records head --key", "records verify"])
def test_a_key_that_cannot_be_read_is_said_in_one_line(command: str, tmp_path: Path) -> None:
    app = make_site("sqlite:///consent.db", tmp_path)
    submit(app.test_client(), "reject")
    (tmp_path / "consent-records.pem").mkdir()
    result = consent(app, *shlex.split(command))
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.output
    assert "consent-records.pem" in result.stderr


def test_tables_of_a_newer_release_are_said_in_one_line(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE consent_records_version SET version_num = '9999'")
    result = consent(make_site(engine, tmp_path), "records", "migrate")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.output
    assert "9999" in result.stderr


def test_a_store_that_can_be_opened_again_gets_what_was_pending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "FIRST_PAUSE", 0.001)
    file = tmp_path / "instance"
    file.write_text("")
    app = make_site("sqlite:///consent.db", file)
    choices = [scripted() for _ in range(3)]
    assert {send(app.test_client(), choice).status_code for choice in choices} == {202}
    file.unlink()
    store = site_of(app).store
    assert store is not None
    while store.writer.waiting or store.writer.failure:
        threading.Event().wait(0.002)
    assert {row["id"] for row in rows(store.engine)} == {choice.id for choice in choices}


# -- Processes and threads --------------------------------------------------------------------

SITE = """
import ctypes, os, sys
from pathlib import Path
from tests.records.test_keeping import make_site, rows, scripted, send
from tests.site import site_of
from flask_cookie_consent.records.store import Records
folder = Path(sys.argv[1])
app = make_site(Records("sqlite:///consent.db", wait=10), folder)
def choose():
    client = app.test_client()
    return client.get("/").status_code, send(client, scripted()).status_code
"""

FORKING = """
assert choose() == (200, 204)
child = ctypes.PyDLL(None).fork()   # as servers in C fork: no hook of Python's is called
if child == 0:
    os._exit(0 if choose() == (200, 204) else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert choose() == (200, 204)
assert len(rows(site_of(app).store.engine)) == 3
"""

PATCHING = """
if "used" in sys.argv:
    assert choose() == (200, 204)
from gevent import monkey
monkey.patch_all()
import gevent
found = [gevent.spawn(choose) for _ in range(6)]
gevent.joinall(found)
assert {greenlet.value for greenlet in found} == {(200, 204)}, found
"""


def run(script: str, *arguments: str) -> None:
    command = [sys.executable, "-W", "ignore", "-c", SITE + script, *arguments]
    subprocess.run(command, check=True, timeout=120)


@pytest.mark.skipif(sys.platform == "win32", reason="this system does not fork")
def test_a_process_that_was_forked_without_a_word_to_python_keeps_choices(tmp_path: Path) -> None:
    run(FORKING, str(tmp_path))


@pytest.mark.parametrize("used", ["unused", "used"])
def test_an_app_whose_threads_are_replaced_later_keeps_choices(used: str, tmp_path: Path) -> None:
    run(PATCHING, str(tmp_path), used)
