"""Sets of leaves as text: ``0-99,105,200-299``, both ends included."""

from __future__ import annotations

import re
from collections.abc import Iterable

_RANGE = re.compile(r"(0|[1-9][0-9]{0,18})(?:-([1-9][0-9]{0,18}))?", re.ASCII)


def leaf_ranges(numbers: Iterable[int]) -> str:
    """The text that says ``numbers``, in whatever order they come."""
    return ",".join(
        str(first) if first == last else f"{first}-{last}"
        for first, last in merged((number, number) for number in numbers)
    )


def parse_ranges(text: str) -> list[tuple[int, int]]:
    """The ranges that a text says, each by its first and last number.

    :raises ValueError: if it is no text that :func:`leaf_ranges` writes.
    """
    found: list[tuple[int, int]] = []
    for part in text.split(",") if text else []:
        match = _RANGE.fullmatch(part)
        first = int(match[1]) if match else 0
        last = int(match[2] or first) if match else -1
        if first > last or (match and match[2] and first == last):
            raise ValueError(f"{part[:50]!r} is no range of leaves")
        if found and first <= found[-1][1] + 1:
            raise ValueError(f"the range {part!r} should be one with those before it")
        found.append((first, last))
    return found


def merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same numbers in as few ranges as possible, in order."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found
