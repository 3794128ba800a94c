"""Whole requests, made from a seed and a number."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from . import pieces
from .bodies import Bodies
from .cookies import Cookies

#: A request is made from ``seed * SPAN + number``.
SPAN = 10**12

PATHS = (
    *("/site",) * 6,
    *("/", "/needs-ads", "/nothing-here", "/consent/preferences", "/consent/dialog"),
    *("/consent/policy", "/consent/policy.json", "/consent/state.css", "/consent/banner.js"),
    *("/consent/choice", "/consent", "/consent/", "//consent/policy", "/consent//policy"),
    *("/consent/page-0.css", "/consent/banner-.js", "/consent/--.js", "//evil.example/%2f.."),
)
LANGUAGES = (
    "fr",
    "en-GB,en;q=0.5",
    "*",
    "fr;q=0",
    "zz",
    "a" * 500,
    "fr;q=zz",
    ",,,;;;",
    "en" + ",fr" * 300,
)


@dataclass(frozen=True)
class Input:
    """One request, ready for a WSGI callable."""

    number: int
    environ: dict[str, Any]
    body: bytes

    def for_wsgi(self, errors: Any) -> dict[str, Any]:
        """A fresh environment."""
        return {**self.environ, "wsgi.input": BytesIO(self.body), "wsgi.errors": errors}

    def __str__(self) -> str:
        said = {k: v for k, v in self.environ.items() if not k.startswith("wsgi.")}
        return f"{said!r:.1500}\n  body {self.body!r:.500}"


class Requests:
    """Makes requests to the site of :mod:`.target`."""

    def __init__(self, seed: int, tokens: list[str], now: int) -> None:
        self._seed = seed
        self._cookies = Cookies(tokens, now)
        self._bodies = Bodies(self._cookies)

    def make(self, number: int) -> Input:
        """The request of this number."""
        random = Random(self._seed * SPAN + number)
        path = self._path(random)
        method = random.choices(("GET", "HEAD", "POST", "OPTIONS", "PUT"), (90, 3, 3, 2, 2))[0]
        body, headers = b"", self._headers(random)
        if path == "/consent/choice" and random.random() < 0.95:
            method = "POST"
        if method in ("POST", "PUT"):
            body, headers["CONTENT_TYPE"], headers["CONTENT_LENGTH"] = self._bodies.body(random)
        scheme = "https" if random.random() < 0.2 else "http"
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "/mount" if random.random() < 0.05 else "",
            "PATH_INFO": unquote_to_bytes(path.encode("utf-8", "surrogatepass")).decode("latin-1"),
            "QUERY_STRING": pieces.as_header(self._query(random)),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "443" if scheme == "https" else "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": scheme,
            "wsgi.version": (1, 0),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        return Input(
            number, {**environ, **{k: pieces.as_header(v) for k, v in headers.items()}}, body
        )

    def _path(self, random: Random) -> str:
        kind = random.random()
        if kind < 0.3:
            return "/consent/choice"
        if kind < 0.85:
            return random.choice(PATHS)
        if kind < 0.93:
            return "/consent/" + quote(
                pieces.text(random).encode("utf-8", "surrogatepass"), safe="/"
            )
        return "/" + quote(pieces.text(random).encode("utf-8", "surrogatepass"), safe="/%\\")

    def _query(self, random: Random) -> str:
        pairs = []
        for _ in range(random.choice((0, 0, 1, 1, 2))):
            name = random.choice(
                ("next", "next", "language", "v", "name", "x", pieces.text(random))
            )
            value = pieces.target(random) if name == "next" else pieces.text(random)
            raw = value.encode("utf-8", "surrogatepass")
            pairs.append(f"{name}={quote(raw) if random.random() < 0.8 else raw.decode('latin-1')}")
        return "&".join(pairs)

    def _headers(self, random: Random) -> dict[str, str]:
        headers = {"HTTP_HOST": "localhost"}
        if random.random() < 0.1:
            headers["HTTP_HOST"] = random.choice(pieces.HOSTS)
            if random.random() < 0.1:
                del headers["HTTP_HOST"]
        if random.random() < 0.9:
            headers["HTTP_COOKIE"] = self._cookies.header(random)
        if random.random() < 0.3:
            headers["HTTP_REFERER"] = pieces.target(random)
        if random.random() < 0.3:
            sites = (
                "same-origin",
                "none",
                "same-origin",
                "cross-site",
                "same-site",
                pieces.text(random),
            )
            headers["HTTP_SEC_FETCH_SITE"] = random.choice(sites)
        if random.random() < 0.2:
            origins = ("http://localhost", "https://localhost", "null", "", "http://localhost.evil")
            headers["HTTP_ORIGIN"] = random.choice((*origins, pieces.text(random)))
        if random.random() < 0.2:
            headers["HTTP_ACCEPT_LANGUAGE"] = random.choice((*LANGUAGES, pieces.text(random)))
        if random.random() < 0.15:
            kinds = ("application/json", "text/html", "*/*", "a/b;q=zz", "/", "x", "text/html;q=0")
            headers["HTTP_ACCEPT"] = random.choice((*kinds, pieces.text(random)))
        if random.random() < 0.15:
            self._rare(random, headers)
        return headers

    def _rare(self, random: Random, headers: dict[str, str]) -> None:
        names = ("X_FORWARDED_HOST", "X_FORWARDED_PREFIX", "X_FORWARDED_PROTO", "X_FORWARDED_FOR")
        more = (
            "SEC_GPC",
            "ACCEPT_ENCODING",
            "IF_NONE_MATCH",
            "IF_MODIFIED_SINCE",
            "RANGE",
            "IF_RANGE",
        )
        for name in random.sample((*names, *more, "USER_AGENT", "X_HTTP_METHOD_OVERRIDE"), 3):
            sound = random.choice(("1", "gzip", "br;q=0", '"x"', "*", "bytes=0-1", "https"))
            headers[f"HTTP_{name}"] = sound if random.random() < 0.4 else pieces.text(random)
