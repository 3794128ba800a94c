"""What other code can listen to."""

from __future__ import annotations

from dataclasses import dataclass

from blinker import Namespace

from .codec import Choice

_signals = Namespace()

#: Sent by the app, with ``event`` (a :class:`ChoiceEvent`), whenever a visitor has chosen. A
#: report that a browser repeats is sent again: ``event.choice.id`` tells.
choice_made = _signals.signal("choice-made")

#: Sent by the app, with ``report`` (a :class:`~..enforcement.gate.CookieReport`), the first time a
#: response sets a cookie that the policy does not declare, or that outlives what it declares.
cookie_reported = _signals.signal("cookie-reported")


@dataclass(frozen=True, slots=True)
class ChoiceEvent:
    """One choice of one visitor, as the server took it."""

    choice: Choice
    """As it stands in the cookie, with its record id, time and method."""
    previous: Choice | None
    """What the request's own cookie said. A script has written the new choice there already."""
    granted: frozenset[str]
    """Ids of the services granted."""
    refused: frozenset[str]
    """Ids of the services refused, or objected to."""
    language: str
    """Of what the visitor read."""
    snapshot: str | None
    """Name of the snapshot that the visitor's page showed, if it said one."""
    previous_id: str | None
    """Record id of the choice before, if there was one with an id."""
    page: str | None
    """Path of the page where the choice was made, if the browser said it."""
