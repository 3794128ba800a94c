"""Where a visitor's choice is read from.

By default it is our own cookie (:class:`~.cookie.ConsentCookie`); another source (a signed-in
visitor's stored choice, the cookie of another consent manager) is an object with the one method
of :class:`ChoiceSource`.

The scripts of a page read our cookie. So the server writes what another source says into it, on
every page with the banner and on every response that reads consent; where the source knows no
choice, it deletes the cookie. A source that knows only some visitors has to answer for the others
as well, by the cookie for instance.
"""

from __future__ import annotations

from typing import Any, Protocol

from .codec import Choice


class ChoiceSource(Protocol):
    """Finds the choice of the visitor who makes a request."""

    def read(self, environ: dict[str, Any]) -> Choice | None:
        """The choice in force, or ``None``: no consent.

        :param environ: the request's WSGI environment.
        """
        ...
