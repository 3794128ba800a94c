"""Where a visitor's choice is read from.

By default it is our own cookie; another source (a signed-in visitor's stored choice, the cookie
of another consent manager) is an object with the one method of :class:`ChoiceSource`.
"""

from __future__ import annotations

import time
from typing import Any, Protocol

from .choice import Choice, CookieReader


class ChoiceSource(Protocol):
    """Finds the choice of the visitor who makes a request."""

    def read(self, environ: dict[str, Any]) -> Choice | None:
        """The choice in force, or ``None``: no consent.

        :param environ: the request's WSGI environment.
        """
        ...


class CookieSource:
    """Reads the choice from the consent cookie of the request."""

    def __init__(self, reader: CookieReader) -> None:
        self._reader = reader

    def read(self, environ: dict[str, Any]) -> Choice | None:
        header: str | None = environ.get("HTTP_COOKIE")
        return self._reader.read(header, int(time.time())) if header else None
