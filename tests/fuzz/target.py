"""The site that is fuzzed: pages that read consent and set cookies, and what it logs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from io import StringIO
from typing import Any, NamedTuple

from flask import Flask, Response, jsonify, request

from flask_cookie_consent import consent, requires_consent

from ..site import extension_of, make_app, site_of
from .requests import Input

OPTIONAL = {"_ins": "insight", "_ad_1": "ads", "vid": "video", "_pk_id.1": "matomo"}


class Answer(NamedTuple):
    """How the site answered one input."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    log: list[str]


class _Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


class Target:
    """A site of its own, with a clean memory of what it has reported."""

    def __init__(self) -> None:
        self.app = _app()
        rules = site_of(self.app).rules
        tokens = rules.token
        self.asking = {tokens[s.id]: s.id for s in rules.opt_in}
        self.exempt = {tokens[s.id]: s.id for s in rules.opt_out}
        #: Ids of what Global Privacy Control refuses.
        self.sale = {s.id for s in rules.sale}
        self._log = _Log()
        self._errors = StringIO()
        for name in (None, "flask_cookie_consent", self.app.name):
            logger = logging.getLogger(name)
            logger.handlers = [self._log] if name is None else []
            logger.propagate = True

    def answer(self, made: Input) -> Answer:
        """The answer to one input; whatever the app raises comes out."""
        said: list[Any] = []

        def start(
            status: str, headers: list[tuple[str, str]], *exc_info: Any
        ) -> Callable[[bytes], Any]:
            said[:] = [status, headers]
            return said.append

        self._log.lines = []
        self._errors.seek(0)
        self._errors.truncate()
        chunks = self.app.wsgi_app(made.for_wsgi(self._errors), start)
        try:
            body = b"".join(chunks)
        finally:
            if hasattr(chunks, "close"):
                chunks.close()
        written = self._errors.getvalue()
        return Answer(int(said[0][:3]), said[1], body, self._log.lines + [written] * bool(written))


def _app() -> Flask:
    app = make_app()
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.wsgi_app = extension_of(app).wsgi(_Middleware(app.wsgi_app))  # type: ignore[method-assign]

    @app.get("/site")
    def site() -> Response:
        response: Response = jsonify(
            sorted(id_ for id_ in OPTIONAL.values() if consent.allows(id_))
        )
        for name in OPTIONAL:
            response.set_cookie(name, _hostile())
        response.set_cookie("mystery", _hostile())
        return response

    @app.get("/reads")
    def reads() -> str:
        return str(consent.given)

    @app.get("/needs-ads")
    @requires_consent("ads")
    def needs_ads() -> str:
        return "ads"

    @app.after_request
    def set_everywhere(response: Response) -> Response:
        if request.endpoint != "site":
            response.set_cookie("_ad_1", "1")
            response.set_cookie("mystery-of-a-missing-page", "1")
        return response

    return app


def _hostile() -> str:
    value = request.query_string[:200] + request.headers.get("Cookie", "")[:200].encode("latin-1")
    return value.decode("latin-1")


class _Middleware:
    """Sets a cookie whose name is the request's query, as a careless site might, but for what
    servers refuse in a header."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        name = environ["QUERY_STRING"][:80].translate({0: "", 10: "", 13: ""})

        def start(status: str, headers: list[tuple[str, str]], *exc: Any) -> Any:
            more = [("Set-Cookie", f"{name}=1")] if name else []
            return start_response(status, [*headers, *more], *exc)

        answered: Iterable[bytes] = self._app(environ, start)
        return answered
