"""Choices are kept whatever server runs the site, and however it forks."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_cookie_consent.records import schema
from flask_cookie_consent.records.engine import make_engine

from .servers import AMPLE, Server, gunicorn, uwsgi, visit

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these servers fork")

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
