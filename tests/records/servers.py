"""Real servers with a site that keeps records, and visitors who choose there."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from urllib.parse import urlencode

from flask import Flask, render_template_string

from flask_cookie_consent import Choice, CookieConsent
from flask_cookie_consent.choice.codec import new_id
from flask_cookie_consent.i18n.languages import languages
from flask_cookie_consent.records.store import Records

from ..site import policy, run

#: Seconds for anything that has to happen at all.
AMPLE = 30.0

HEADERS = {
    "Sec-Fetch-Site": "same-origin",
    "Content-Type": "application/x-www-form-urlencoded",
}


def make_app() -> Flask:
    """What the servers serve: ``RECORDS`` says where records are kept, ``WAIT`` how many seconds a
    choice waits for its own; with ``WARM`` the app answers before it is handed to the server."""
    app = Flask("site")
    records = Records(os.environ["RECORDS"], wait=float(os.environ["WAIT"]))
    app.register_blueprint(CookieConsent(policy(), records=records))

    @app.get("/")
    def home() -> str:
        return render_template_string("{{ consent_banner() }}")

    if "WARM" in os.environ:
        client = app.test_client()
        client.get("/")
        client.post("/consent/choice", data=body(new_id()), headers=HEADERS)
    return app


def body(id: str) -> str:
    """What the script sends of a choice with this id."""
    tokens = run(policy(), ["insight", "ads", "video"])
    choice = Choice(int(time.time()), "accept", tokens, "", id)
    return urlencode({"choice": choice.encode(), "language": "en"})


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class Server:
    """A server with several workers, in a process group of its own.

    :param command: what starts it, but for its port, which stands as ``{port}``.
    """

    def __init__(
        self, command: Iterable[str], store: str, *, wait: float = 2, warm: bool = False
    ) -> None:
        self.port = free_port()
        self._command = [part.format(port=self.port) for part in command]
        self._environment = os.environ | {"RECORDS": store, "WAIT": str(wait)}
        if warm:
            self._environment["WARM"] = "1"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            self._command, env=self._environment, start_new_session=True
        )

    def wait_until_it_answers(self) -> None:
        """Waits for the first connection that is taken."""
        deadline = time.monotonic() + AMPLE
        while not self._answers():
            assert self.process.poll() is None, f"{self._command} has ended"
            assert time.monotonic() < deadline, f"{self._command} does not answer"
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), AMPLE).close()
        except ConnectionRefusedError:
            return False
        return True

    def kill(self) -> None:
        """Kills the whole group, at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(AMPLE)

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()


def gunicorn(*options: str, app: str = "tests.records.servers:make_app()") -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", app, "--bind", "127.0.0.1:{port}"),
        *("--log-level", "critical", "--workers", "2", *options),
    ]


def uwsgi(*options: str) -> list[str]:
    """
    :raises AssertionError: if it is not installed.
    """
    program = Path(sys.executable).with_name("uwsgi")
    assert program.exists(), f"uWSGI is not there for this Python: {program}; pip install pyuwsgi"
    return [
        *(str(program), "--http-socket", "127.0.0.1:{port}", "--need-app", "--die-on-term"),
        *("--module", "tests.records.servers:make_app()", "--master", "--processes", "2"),
        *("--disable-logging", *options),
    ]


def post(port: int, id: str, timeout: float) -> int:
    """Sends a choice; the status of the answer.

    :raises TimeoutError: if there is none in so many seconds.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("POST", "/consent/choice", body(id), HEADERS)
        return connection.getresponse().status
    finally:
        connection.close()


def get(port: int, path: str, timeout: float) -> int:
    """The status of a page."""
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def visit(port: int, number: int, *, clients: int, timeout: float) -> dict[str, int]:
    """Several visitors look at a page, each in another language, and choose, ``number`` times in
    all; what each choice was answered, by its id."""
    ask = itertools.cycle(languages())

    def one(id: str) -> int:
        page = f"/consent/preferences?language={next(ask)}"
        assert get(port, page, timeout) == 200
        return post(port, id, timeout)

    ids = [new_id() for _ in range(number)]
    with ThreadPoolExecutor(clients) as pool:
        return dict(zip(ids, pool.map(one, ids), strict=True))
