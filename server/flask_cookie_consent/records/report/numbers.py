"""Numbers and names as a report writes them."""

from __future__ import annotations

from ...policy.model import Category
from ...ui.messages import SOURCE_LANGUAGE, Texts

#: The report shows multiples of this many choices.
ROUNDING = 5

#: The least rounded number of choices of which a share is shown: of 5, every share would be 0 or
#: 100 %.
SHARED = 2 * ROUNDING

#: Stands in for a share of fewer.
TOO_FEW = "too few"

#: What the page is written in.
_ENGLISH = Texts(SOURCE_LANGUAGE)

PERCENT = "\N{NARROW NO-BREAK SPACE}%"


def rounded(number: int) -> int:
    """The multiple of 5 that is nearest to a number of choices, at most 2 away.

    So nobody sees what one or two people chose. Statistical offices call this conventional
    rounding (Hundepool et al., *Statistical Disclosure Control*, 2012, chapter 5). It is plain, and
    it is not perfect: numbers that belong together, such as parts and their sum, or reports of
    several periods, can tell more than each of them.
    """
    return (number + ROUNDING // 2) // ROUNDING * ROUNDING


def grouped(number: int) -> str:
    """A number with thin spaces between its thousands (ISO 80000-1, 7.3.1)."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def count_text(number: int) -> str:
    """A number of choices, rounded."""
    return grouped(rounded(number))


def share_text(part: int, whole: int) -> str:
    """The share of some choices in others, with one decimal: that of the rounded numbers."""
    if rounded(whole) < SHARED:
        return TOO_FEW
    return f"{100 * rounded(part) / rounded(whole):.1f}{PERCENT}"


def named(id: str) -> str:
    """The title of a category, of its id: our own English one, or the id in words."""
    return _ENGLISH.category_title(Category(id))
