"""How many choices there were over time, and how they were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from . import plots
from .figures import Spans, day_of
from .numbers import count_text, rounded, share_text
from .plots import MONTHS, Stack, short_day

_METHODS = {
    "accept": "Accept all",
    "reject": "Reject all",
    "save": "Own selection",
    "embed": "At an embed",
    "gpc": "Privacy signal",
    "override": "Despite signal",
    "other": "Unknown",
}
_TOGETHER = "together"


def timeline(by_day: Mapping[tuple[int, str], int]) -> dict[str, Any]:
    """The names that the template knows.

    :param by_day: choices by day (since 1970) and method; at least one.
    """
    sizes: Counter[str] = Counter()
    days: Counter[date] = Counter()
    for (day, method), n in by_day.items():
        sizes[method] += n
        days[day_of(day)] += n
    total = sum(sizes.values())
    names = {m: _METHODS.get(m, m) for m in [*_METHODS, *sorted(sizes)] if rounded(sizes[m])}
    if together := sum(n for m, n in sizes.items() if m not in names):
        names[_TOGETHER] = "Others, together"
        sizes[_TOGETHER] = together
    spans = Spans.over(days)
    stacks, table = _over_time(spans, by_day, names)
    return {
        "methods": [
            (m, name, count_text(sizes[m]), share_text(sizes[m], total))
            for m, name in names.items()
        ],
        "refused": share_text(sizes["reject"], total),
        "unit": spans.unit,
        "bars": {size: plots.bars(spans, stacks, names, size) for size in plots.WIDTHS},
        "table": table,
    }


def _over_time(
    spans: Spans, by_day: Mapping[tuple[int, str], int], names: Mapping[str, str]
) -> tuple[list[Stack], list[tuple[str, list[str]]]]:
    """What each bar says, and each row of the table."""
    numbers: list[Counter[str]] = [Counter() for _ in spans.starts]
    for (day, method), n in by_day.items():
        i = int(spans.index(day_of(day)))
        numbers[i][method if method in names else _TOGETHER] += n
    stacks, table = [], []
    for start, found in zip(spans.starts, numbers, strict=True):
        title, total = _span_name(start, spans.unit), count_text(found.total())
        pieces = {m: rounded(found[m]) for m in names if rounded(found[m])}
        stacks.append(Stack(f"{title}: {total}", pieces))
        table.append((title, [*(count_text(found[m]) for m in names), total]))
    return stacks, table


def _span_name(start: date, unit: str) -> str:
    if unit == "month":
        return f"{MONTHS[start.month - 1]} {start.year}"
    return f"{'Week of ' if unit == 'week' else ''}{short_day(start)} {start.year}"
