"""What verifying finds."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

#: ``edited``: a row is not what was sealed. ``removed``: a row is gone that no purge has deleted.
#: ``inserted``: a row is there that was not when it says. ``returned``: a purged one is there
#: again. ``tile``, ``head``, ``totals``: these do not fit the rows.
FindingKind: TypeAlias = Literal[
    "edited", "removed", "inserted", "returned", "tile", "head", "totals"
]

#: By how much the clocks of servers may differ, in milliseconds.
SLACK = 10 * 60 * 1000

BACKDATED = (
    "says that it was stored before the head that does not cover it: it was put in later, or a "
    "clock was wrong"
)


class Finding(NamedTuple):
    """One thing that is wrong in the store."""

    kind: FindingKind
    leaf: int | None
    """The first leaf that it is about."""
    id: str | None
    """Of the row."""
    text: str
    """What is wrong, in a sentence."""
