"""The body of a choice, kept before anything in the app can read it."""

from __future__ import annotations

from io import BufferedReader, BytesIO, RawIOBase
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wsgi import get_input_stream

from .context import Exchange
from .submission import max_body


def keep_body(exchange: Exchange, environ: dict[str, Any]) -> None:
    """Reads the body of a choice, and puts a copy in its place: hooks of the app that look for a
    token in every form may read it before our view does, and replace ``request.form`` too."""
    limit = max_body(exchange.site.rules)
    try:
        if int(environ.get("CONTENT_LENGTH") or 0) > limit:
            return  # our view refuses it by this header
        stream = get_input_stream(environ)
        exchange.body = body = stream.read(limit + 1)
    except (ValueError, OSError, HTTPException):  # no length, or the visitor went away
        exchange.body = body = b""
    # A longer one may be for an address of the app's own that ends as ours does.
    whole = len(body) <= limit
    environ["wsgi.input"] = BytesIO(body) if whole else BufferedReader(_Again(body, stream))


class _Again(RawIOBase):
    """A stream of which the beginning has been read: it comes once more, then the rest."""

    def __init__(self, beginning: bytes, rest: Any) -> None:
        self._beginning = BytesIO(beginning)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._beginning.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)
