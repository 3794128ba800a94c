"""Numbers and names as a report writes them."""

from __future__ import annotations

from .plots import grouped

#: Stands in for a number from which a small one could be worked out.
HIDDEN = "not shown"

PERCENT = "\N{NARROW NO-BREAK SPACE}%"


def few(smallest: int) -> str:
    """Stands in for the number of a small group."""
    return f"fewer than {smallest}"


def count_text(number: int, hidden: bool, smallest: int) -> str:
    """A number of choices, or what stands in for it."""
    if not hidden:
        return grouped(number)
    return few(smallest) if number < smallest else HIDDEN


def percent(part: float, whole: float) -> str:
    """A share with one decimal."""
    return f"{100 * part / whole:.1f}{PERCENT}"


def named(id: str) -> str:
    """The id of a category as a heading."""
    return id[:1].upper() + id[1:]
