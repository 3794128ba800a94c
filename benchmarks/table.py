"""Plain tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

HOLDS = "holds"
MISSED = "MISSED"
UNCLEAR = "within noise"


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], *notes: str) -> str:
    """``rows`` under ``head``: the first column and those whose head starts with ``<`` are
    aligned left, the others right."""
    left = [i == 0 or name.startswith("<") for i, name in enumerate(head)]
    lines = [[name.lstrip("<") for name in head], *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join(
            cell.ljust(width) if is_left else cell.rjust(width)
            for cell, width, is_left in zip(line, widths, left, strict=True)
        ).rstrip()
        for line in lines
    ]
    rule = "-" * max(map(len, text))
    return "\n".join([title, rule, text[0], rule, *text[1:], rule, *notes, ""])


def verdict(found: float, budget: float, error: float = 0) -> str:
    """Whether ``found``, known with this standard error, is within ``budget``."""
    if found <= budget:
        return HOLDS
    return MISSED if found > budget + 2 * error else UNCLEAR
