"""Choices are kept whatever server runs the site, and however it forks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_cookie_consent.records import schema
from flask_cookie_consent.records.engine import make_engine

from .servers import AMPLE, Server, gunicorn, post, uwsgi, visit

fcntl = pytest.importorskip("fcntl", reason="these servers fork, which Windows does not")

#: Seconds that a choice waits for its record, and that visitors wait longer than that at most.
WAIT, MARGIN = 10.0, 10.0

SERVERS: dict[str, Callable[[], list[str]]] = {
    "gunicorn": lambda: gunicorn("--preload"),
    "gunicorn-gthread": lambda: gunicorn("--preload", "--worker-class", "gthread"),
    "gunicorn-gevent": lambda: gunicorn("--preload", "--worker-class", "gevent"),
    "uwsgi": uwsgi,
    "uwsgi-lazy": lambda: uwsgi("--lazy-apps"),
    "uwsgi-enable-threads": lambda: uwsgi("--enable-threads"),
    "uwsgi-enable-threads-lazy": lambda: uwsgi("--enable-threads", "--lazy-apps"),
    "uwsgi-threads": lambda: uwsgi("--threads", "4"),
}


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
@pytest.mark.parametrize("name", SERVERS)
def test_every_choice_is_answered_in_time_and_kept(name: str, warm: bool, tmp_path: Path) -> None:
    """``warm``: the app was used before the server forked."""
    store = f"sqlite:///{tmp_path}/consent.db"
    with Server(SERVERS[name](), store, wait=WAIT, warm=warm) as server:
        server.wait_until_it_answers()
        answers = visit(server.port, 8, clients=1, timeout=WAIT + MARGIN)
        answers |= visit(server.port, 16, clients=4, timeout=WAIT + MARGIN)
    assert Counter(answers.values()) == {204: 24}
    with make_engine(store, tmp_path, AMPLE).connect() as connection:
        kept = set(connection.execute(sa.select(schema.records.c.id)).scalars())
    assert set(answers) <= kept


@contextmanager
def database_locked(file: Path) -> Iterator[None]:
    with make_engine(f"sqlite:///{file}", file.parent, AMPLE).begin():
        yield


@contextmanager
def queue_locked(file: Path) -> Iterator[None]:
    """As by a process that was stopped while it was its turn."""
    with open(f"{file}-queue", "w") as queue:
        fcntl.flock(queue, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize("lock", [database_locked, queue_locked])
@pytest.mark.parametrize("name", ["gunicorn-gthread", "gunicorn-gevent", "uwsgi"])
def test_a_store_that_is_locked_holds_nobody_up_for_long(
    name: str, lock: Callable[[Path], AbstractContextManager[None]], tmp_path: Path
) -> None:
    file = tmp_path / "consent.db"
    with Server(SERVERS[name](), f"sqlite:///{file}", wait=1) as server:
        server.wait_until_it_answers()
        with lock(file):
            pending = visit(server.port, 6, clients=3, timeout=1 + MARGIN)
        assert Counter(pending.values()) == {202: 6}
        for id in pending:
            confirm(server.port, id)


def confirm(port: int, id: str) -> None:
    """Sends a choice until it is confirmed, as browsers do at each page view."""
    deadline = time.monotonic() + AMPLE
    while post(port, id, 1 + MARGIN) != 204:
        assert time.monotonic() < deadline, "it stays pending"
        time.sleep(0.1)
