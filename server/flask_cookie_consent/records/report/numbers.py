"""Numbers and names as a report writes them."""

from __future__ import annotations

from ...policy.model import Category
from ...ui.messages import SOURCE_LANGUAGE, Texts
from .plots import grouped

#: Stands in for a small number, and for one from which a small one could be worked out. Were they
#: told apart, more could be worked out from both.
HIDDEN = "hidden"

#: What the page is written in.
_ENGLISH = Texts(SOURCE_LANGUAGE)

PERCENT = "\N{NARROW NO-BREAK SPACE}%"


def count_text(number: int, hidden: bool) -> str:
    """A number of choices, or what stands in for it."""
    return HIDDEN if hidden else grouped(number)


def percent(part: float, whole: float) -> str:
    """A share with one decimal."""
    return f"{100 * part / whole:.1f}{PERCENT}"


def named(id: str) -> str:
    """The title of a category, of its id: our own English one, or the id in words."""
    return _ENGLISH.category_title(Category(id))
