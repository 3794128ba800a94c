"""Chromium through its DevTools protocol, with nothing between.

Whoever measures decides which domains are on. ``Runtime`` is not: with it, V8 notes where a script
stands when it reads ``document.cookie``, and parses its functions anew for that, milliseconds which
no visitor pays.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.request import urlopen

from websockets.sync.client import ClientConnection, connect

from . import chromium

#: How long one answer may take, in seconds.
_PATIENCE = 60


class Page:
    """The page of a Chromium: takes commands, keeps events."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._sent = 0
        self.events: list[dict[str, Any]] = []

    def send(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Sends a command, and gives its answer."""
        self._sent += 1
        message = {"id": self._sent, "method": command, "params": arguments}
        self._connection.send(json.dumps(message))
        while (answer := self._next()).get("id") != self._sent:
            self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{command}: {answer['error']['message']}")
        return dict(answer["result"])

    def until(self, event: str) -> None:
        """Waits until an event was sent, since :attr:`events` was emptied."""
        while not any(found.get("method") == event for found in self.events):
            self.events.append(self._next())

    def listen(self, seconds: float) -> None:
        """Does nothing for so long, but to keep what happens."""
        end = time.monotonic() + seconds
        with suppress(TimeoutError):
            while (left := end - time.monotonic()) > 0:
                self.events.append(self._next(left))

    def value(self, expression: str) -> Any:
        """What an expression gives in the page."""
        answer = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def _next(self, seconds: float = _PATIENCE) -> dict[str, Any]:
        return dict(json.loads(self._connection.recv(seconds)))


@contextmanager
def page() -> Iterator[Page]:
    """A headless Chromium's only page, until the block ends."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        arguments = [*chromium.command(profile), "--remote-debugging-port=0", "about:blank"]
        process = subprocess.Popen(
            arguments, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        try:
            with connect(_address(process), max_size=None) as connection:
                yield Page(connection)
        finally:
            process.terminate()
            process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    """Of the page, which Chromium tells on its standard error where to ask for."""
    assert process.stderr
    said = next(filter(None, (re.search(r"ws://([^/]+)/", line) for line in process.stderr)), None)
    if said is None:
        raise RuntimeError("Chromium does not start")
    with urlopen(f"http://{said[1]}/json") as answer:
        targets = json.load(answer)
    return str(next(t["webSocketDebuggerUrl"] for t in targets if t["type"] == "page"))
