"""The servers that tests run against."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from werkzeug.serving import WSGIRequestHandler, make_server


@dataclass(frozen=True)
class Seen:
    """One request, as a server saw it."""

    method: str
    path: str
    query: str
    headers: dict[str, str]


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


class Server:
    """A WSGI app on a free port of 127.0.0.1, in a thread.

    :param host: the name under which tests go there (``localhost`` is another site).
    :param tls: for https.
    """

    def __init__(self, app: Any, *, host: str = "127.0.0.1", tls: Any = None) -> None:
        self.app = app
        self.log: list[Seen] = []
        self._server = make_server(
            "127.0.0.1", 0, self._serve, threaded=True, request_handler=_Quiet, ssl_context=tls
        )
        self.port: int = self._server.server_port
        self.url = f"http{'s' if tls else ''}://{host}:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def _serve(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        headers = {
            name[5:].replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        self.log.append(
            Seen(environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], headers)
        )
        answer: Iterable[bytes] = self.app(environ, start_response)
        return answer

    def requests(self, path: str, method: str | None = None) -> list[Seen]:
        """The requests for ``path`` so far."""
        return [s for s in self.log if s.path == path and method in (None, s.method)]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@dataclass
class ThirdParty:
    """A provider's server. Its scripts note their name in ``window.ran``.

    ``/NAME.js`` runs; ``/NAME.js?hang`` answers only once :meth:`release` is called;
    ``/NAME.js?gone`` is 404; ``/NAME.js?throw`` throws; other paths are a pixel.
    """

    server: Any = None
    _open: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return str(self.server.url)

    @property
    def log(self) -> list[Seen]:
        return [seen for seen in self.server.log if seen.path != "/favicon.ico"]

    def release(self) -> None:
        """Lets everything that hangs go on."""
        self._open.set()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
        name = environ["PATH_INFO"].rpartition("/")[2].removesuffix(".js")
        if "hang" in query:
            self._open.wait(60)
        body = f"(window.ran ||= []).push({name!r});"
        if "throw" in query:
            body += "throw new Error('thrown by a third party');"
        status = "404 Not Found" if "gone" in query else "200 OK"
        headers = [
            ("Content-Type", "text/javascript"),
            ("Set-Cookie", f"third={name}; Path=/"),
            ("Access-Control-Allow-Origin", "*"),
        ]
        start_response(status, headers)
        return [body.encode()]
