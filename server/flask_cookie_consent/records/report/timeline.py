"""How many choices there were over time, and how they were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from . import plots
from .figures import Spans, day_of
from .numbers import count_text, percent
from .plots import MONTHS, Stack, grouped, short_day
from .suppression import SUM, Cell, apart_and_together, hide

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
_UNTOLD = "untold"


def timeline(by_day: Mapping[tuple[int, str], int], smallest: int) -> dict[str, Any]:
    """The names that the template knows.

    :param by_day: choices by day (since 1970) and method; at least ``smallest``.
    """
    sizes: Counter[str] = Counter()
    for (_, method), n in by_day.items():
        sizes[method] += n
    total = sum(sizes.values())
    apart, together = apart_and_together(sizes, smallest)
    names = {m: _METHODS.get(m, m) for m in [*_METHODS, *sorted(apart)] if m in apart}
    if together:
        names[_TOGETHER] = "Others, together"
        sizes[_TOGETHER] = sum(sizes[method] for method in together)
    methods = [(m, name, grouped(sizes[m]), percent(sizes[m], total)) for m, name in names.items()]
    refused = count_text(sizes["reject"], "reject" in together)
    days: Counter[date] = Counter()
    for (day, _), n in by_day.items():
        days[day_of(day)] += n
    spans = Spans.over(days, smallest)
    stacks, table = _over_time(spans, by_day, names, smallest)
    untold = any(_UNTOLD in (stack.pieces or {}) for stack in stacks)
    names = names | {_UNTOLD: "Not told apart"} if untold else names
    return {
        "methods": methods,
        "untold": untold,
        "hidden_bars": any(stack.pieces is None for stack in stacks),
        "refused": percent(sizes["reject"], total) if "reject" in apart else refused,
        "unit": spans.unit,
        "bars": {size: plots.bars(spans, stacks, names, size) for size in plots.WIDTHS},
        "table": table,
    }


def _over_time(
    spans: Spans, by_day: Mapping[tuple[int, str], int], names: Mapping[str, str], smallest: int
) -> tuple[list[Stack], list[tuple[str, list[str]]]]:
    """What each bar says, and each row of the table."""
    cells: dict[Cell, int] = {(i, m): 0 for i in range(len(spans.starts)) for m in (*names, SUM)}
    for (day, method), n in by_day.items():
        i = int(spans.index(day_of(day)))
        cells[i, method if method in names else _TOGETHER] += n
        cells[i, SUM] += n
    hidden = _hidden(cells, smallest)
    stacks, table = [], []
    for i, start in enumerate(spans.starts):
        title = _span_name(start, spans.unit)
        texts = [count_text(cells[i, m], (i, m) in hidden) for m in (*names, SUM)]
        pieces: dict[str, int] | None = None
        if (i, SUM) not in hidden:
            pieces = {m: cells[i, m] for m in names if cells[i, m] and (i, m) not in hidden}
            if untold := cells[i, SUM] - sum(pieces.values()):
                pieces[_UNTOLD] = untold
        stacks.append(Stack(f"{title}: {texts[-1]}", pieces))
        table.append((title, texts))
    return stacks, table


def _hidden(cells: Mapping[Cell, int], smallest: int) -> set[Cell]:
    """Of all spans and methods, and the sums of the spans, those that are not shown."""
    sums: dict[Cell, int] = {("all", row): n for (row, column), n in cells.items() if column == SUM}
    small_spans = hide(sums, smallest, columns=False)
    spans = {row for _, row in (sums if small_spans is None else small_spans)}
    given = {cell for cell, n in cells.items() if n and cell[0] in spans}
    hidden = hide(cells, smallest, given)
    if hidden is None:
        return given | {cell for cell in cells if cell[1] != SUM and cells[cell[0], SUM]}
    return hidden


def _span_name(start: date, unit: str) -> str:
    if unit == "month":
        return f"{MONTHS[start.month - 1]} {start.year}"
    return f"{'Week of ' if unit == 'week' else ''}{short_day(start)} {start.year}"
