"""What other code can listen to."""

from __future__ import annotations

from dataclasses import dataclass

from blinker import Namespace

from .choice import Choice

#: Sent by the app, with ``event`` (a :class:`ChoiceEvent`), whenever a visitor has chosen. A
#: report that a browser repeats is sent again: ``event.choice.id`` tells.
choice_made = Namespace().signal("choice-made")


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
