"""Firefox, by WebDriver BiDi (https://www.w3.org/TR/webdriver-bidi/), which it speaks by itself."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from selenium.webdriver.common.keys import Keys
from websockets.sync.client import ClientConnection, connect

from .visitor import EngineVisitor

#: Seconds that a command may take, and the start of Firefox, on a machine that has much to do.
_PATIENCE = 30
_PATIENCE_AT_START = 120


class BidiError(Exception):
    """What Firefox says instead of a result."""


class Session:
    """Commands go out, results come back."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._last = 0

    def start(self) -> None:
        """Begins the session, once Firefox is ready."""
        self._send("session.new", {"capabilities": {}}, _PATIENCE_AT_START)

    def __call__(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of a command.

        :raises BidiError: if there is none.
        :raises TimeoutError: after half a minute.
        """
        return self._send(method, parameters, _PATIENCE)

    def _send(self, method: str, parameters: dict[str, Any], patience: float) -> dict[str, Any]:
        self._last += 1
        command = {"id": self._last, "method": method, "params": parameters}
        self._connection.send(json.dumps(command))
        while True:
            answer = json.loads(self._connection.recv(timeout=patience))
            # An answer that came too late for whoever waited for it is nobody's.
            if answer.get("id") == self._last:
                break
        if answer["type"] == "error":
            raise BidiError(f"{method}: {answer['error']}: {answer['message']}")
        result: dict[str, Any] = answer["result"]
        return result


@contextmanager
def open_session(address: str) -> Iterator[Session]:
    """A session with a Firefox that listens at ``address``."""
    # Without pings: whoever is too busy to answer them would lose the session.
    with connect(
        f"{address}/session", max_size=None, open_timeout=_PATIENCE_AT_START, ping_interval=None
    ) as connection:
        session = Session(connection)
        session.start()
        yield session


class FirefoxVisitor(EngineVisitor):
    """A visitor with a jar, a cache and tabs of their own ("user context")."""

    passing = (BidiError,)

    def __init__(self, session: Session) -> None:
        self._session = session
        made = session("browser.createUserContext", acceptInsecureCerts=True)
        self._jar: str = made["userContext"]
        self._tabs: list[str] = []
        self.open_tab()

    def leave(self) -> None:
        """Closes all tabs and forgets everything."""
        self._session("browser.removeUserContext", userContext=self._jar)

    def get(self, url: str) -> None:
        self._session("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def reload(self) -> None:
        self._session("browsingContext.reload", context=self._tab, wait="complete")

    def back(self) -> None:
        self._session("browsingContext.traverseHistory", context=self._tab, delta=-1)

    def js(self, expression: str, *arguments: Any) -> Any:
        # As JSON, which spares us the types of the protocol.
        value = self._evaluate(
            f"(async () => JSON.stringify((await ({expression})) ?? null))()", arguments
        )
        return json.loads(value["value"])

    def press(self, *keys: str) -> None:
        values = [getattr(Keys, key.upper(), key) for key in keys]
        actions = [{"type": f"key{way}", "value": v} for v in values for way in ("Down", "Up")]
        self._act({"type": "key", "id": "keyboard", "actions": actions})

    def _click(self, finder: str, *arguments: Any) -> bool:
        found = self._evaluate(finder, arguments)
        if found["type"] != "node":
            return False
        element = {"type": "element", "element": {"sharedId": found["sharedId"]}}
        move = {"type": "pointerMove", "x": 0, "y": 0, "origin": element}
        press = [{"type": way, "button": 0} for way in ("pointerDown", "pointerUp")]
        self._act({"type": "pointer", "id": "mouse", "actions": [move, *press]})
        return True

    @property
    def cookies(self) -> dict[str, dict[str, Any]]:
        partition = {"type": "context", "context": self._tab}
        found = self._session("storage.getCookies", partition=partition)["cookies"]
        # Where two answers at once delete a cookie, Firefox may keep what the second one said, as
        # one that has expired: no server and no script gets it.
        now = time.time()
        return {
            cookie["name"]: cookie | {"value": cookie["value"]["value"]}
            for cookie in found
            if cookie.get("expiry", now + 1) > now
        }

    def open_tab(self) -> None:
        made = self._session("browsingContext.create", type="tab", userContext=self._jar)
        self._tab: str = made["context"]
        self._tabs.append(self._tab)

    def go_to_tab(self, number: int) -> None:
        self._tab = self._tabs[number]
        self._session("browsingContext.activate", context=self._tab)

    def _evaluate(self, expression: str, arguments: tuple[Any, ...]) -> dict[str, Any]:
        """The value of an expression that sees ``arguments``, or what its promise comes to."""
        answer = self._session(
            "script.callFunction",
            functionDeclaration=(
                "function (json) { return (function () { return "
                f"{expression} }})(...JSON.parse(json)) }}"
            ),
            awaitPromise=True,
            target={"context": self._tab},
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
        )
        if answer["type"] == "exception":
            raise BidiError(answer["exceptionDetails"]["text"])
        result: dict[str, Any] = answer["result"]
        return result

    def _act(self, source: dict[str, Any]) -> None:
        self._session("input.performActions", context=self._tab, actions=[source])
