"""Where everything in a plot is, in pixels: templates/_plots.html draws it."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from .figures import Spans
from .numbers import grouped

#: Widths of a plot on a desktop and on paper, and on a phone.
WIDTHS = {"wide": 736, "narrow": 328}

#: Not those of the server's locale: the page is in English.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_TOP, _BOTTOM, _HEIGHT = 10, 38, 280
_LETTER = 6.4  # width of an average one, at the size of the text in plots
_LINE = 15


class Mark(NamedTuple):
    """A text at a place."""

    at: float
    text: str
    below: str = ""
    """A second line."""


class Box(NamedTuple):
    """A piece of a bar."""

    y: float
    height: float
    series: str


class Bar(NamedTuple):
    x: float
    width: float
    title: str
    boxes: list[Box]


class Leader(NamedTuple):
    """A label beside the last bar, and the piece that it names."""

    x: float
    piece: float
    y: float
    text: str


@dataclass(frozen=True)
class Bars:
    """A plot of stacked bars."""

    width: int
    height: int
    left: float
    right: float
    base: float
    values: list[Mark]
    dates: list[Mark]
    bars: list[Bar]
    leaders: list[Leader]


class Stack(NamedTuple):
    """What one bar says: a number for each series, from the bottom."""

    title: str
    pieces: Mapping[str, int]


def bars(spans: Spans, stacks: Sequence[Stack], names: Mapping[str, str], size: str) -> Bars:
    """Stacked bars over time.

    :param stacks: one for each span.
    :param names: of the series, written beside the last bar of a wide plot.
    :param size: one of :data:`WIDTHS`.
    """
    width, base = WIDTHS[size], _HEIGHT - _BOTTOM
    ticks = round_ticks(max((sum(s.pieces.values()) for s in stacks), default=0))
    left = max(len(grouped(t)) for t in ticks) * _LETTER + 10
    right: float = width - 4
    if size == "wide":
        right -= _LETTER * max(map(len, names.values()), default=0) + 22
    step = (right - left) / len(stacks)
    thick = min(step * 0.82 if step < 8 else step - 2, 40)
    scale = (base - _TOP) / ticks[-1]

    drawn = []
    for i, stack in enumerate(stacks):
        pieces, y = [], float(base)
        for series, number in stack.pieces.items():
            y -= number * scale
            pieces.append(Box(y, number * scale, series))
        x = left + i * step + (step - thick) / 2
        drawn.append(Bar(x, thick, stack.title, pieces))
    return Bars(
        width=width,
        height=_HEIGHT,
        left=left,
        right=right,
        base=base,
        values=[Mark(base - t * scale, grouped(t)) for t in ticks],
        dates=_dates(spans, left, step, 8 if size == "wide" else 5),
        bars=drawn,
        leaders=_leaders(drawn, names, base) if size == "wide" else [],
    )


def _leaders(drawn: Sequence[Bar], names: Mapping[str, str], base: float) -> list[Leader]:
    # The last span may have hardly begun, and have fewer pieces. Lines may cross it if it is thin.
    ends = drawn[-2:] if drawn[-1].width < 16 else drawn[-1:]
    last = max(reversed(ends), key=lambda bar: len(bar.boxes))
    if not last.boxes:
        return []
    found: list[Leader] = []
    highest = base
    for box in last.boxes:
        middle = box.y + box.height / 2
        highest = min(middle, highest)
        found.append(Leader(last.x + last.width, middle, highest, names[box.series]))
        highest -= _LINE
    # Many thin pieces on top must not push labels out of the plot.
    over = max(0.0, _TOP - found[-1].y)
    return [label._replace(y=label.y + over) for label in found]


def _dates(spans: Spans, left: float, step: float, most: int) -> list[Mark]:
    if spans.unit == "day" or (spans.unit == "week" and len(spans.starts) <= 2 * most):
        every = next(n for n in (1, 2, 7, 14, 28) if len(spans.starts) <= n * most)
        return [
            Mark(left + (i + 0.5) * step, short_day(day), str(day.year) if i == 0 else "")
            for i, day in enumerate(spans.starts)
            if i % every == 0
        ]
    first, last = spans.starts[0], spans.starts[-1]
    months = [
        date(n // 12, n % 12 + 1, 1)
        for n in range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    ]
    months = [m for m in months if m >= first]
    every = next((n for n in (1, 2, 3, 6) if len(months) <= n * most), 0)
    if not every:
        every = 12 * math.ceil(len(months) / 12 / most)
    kept = [m for m in months if (m.year * 12 + m.month - 1) % every == 0]
    half = 0.5 if spans.unit == "month" else 0.0
    marks = []
    for i, month in enumerate(kept):
        new_year = i == 0 or month.year != kept[i - 1].year
        at = left + (spans.index(month) + half) * step
        marks.append(Mark(at, MONTHS[month.month - 1], str(month.year) if new_year else ""))
    return marks


class Row(NamedTuple):
    """One proportion: its name, and the ends of its interval. Without a value, ``text`` says why
    there is none."""

    name: str
    value: float | None
    low: float
    high: float
    text: str


class Dot(NamedTuple):
    y: float
    name: str
    whole: str
    x: float | None
    low: float
    high: float
    text: str


@dataclass(frozen=True)
class Dots:
    """A plot of proportions with their intervals, one below the other."""

    width: int
    height: int
    left: float
    right: float
    base: float
    ticks: list[Mark]
    rows: list[Dot]


def common_scale(rows: Iterable[Row]) -> tuple[int, int]:
    """Between which percentages all intervals lie: full tens, at least 20 apart."""
    shown = [row for row in rows if row.value is not None]
    low = math.floor(min((row.low for row in shown), default=0) * 10) * 10
    high = math.ceil(max((row.high for row in shown), default=1) * 10) * 10
    if high - low < 20:
        low, high = max(low - 10, 0), min(high + 10, 100)
    return low, high


def dots(rows: Sequence[Row], size: str, between: tuple[int, int]) -> Dots:
    """Proportions with their intervals.

    :param between: the percentages at the ends of the axis.
    :param size: one of :data:`WIDTHS`.
    """
    width, line, top = WIDTHS[size], 28, 8
    most = 30 if size == "wide" else 17
    names = [_cut(row.name, most) for row in rows]
    left = min(max(map(text_width, names), default=0), most) * _LETTER + 16
    right = width - 72
    start, end = between
    step = next(n for n in (5, 10, 20, 25, 50) if end - start <= n * (4 if size == "narrow" else 8))

    def at(share: float) -> float:
        return left + (100 * share - start) / (end - start) * (right - left)

    base = top + line * len(rows)
    return Dots(
        width=width,
        height=base + 24,
        left=left,
        right=right,
        base=base,
        ticks=[Mark(at(t / 100), str(t)) for t in range(-(-start // step) * step, end + 1, step)],
        rows=[
            Dot(
                top + line * (i + 0.5),
                name,
                row.name,
                None if row.value is None else at(row.value),
                at(row.low),
                at(row.high),
                row.text,
            )
            for i, (row, name) in enumerate(zip(rows, names, strict=True))
        ],
    )


def round_ticks(highest: int) -> list[int]:
    """From 0 to ``highest`` or just above, a few round whole numbers where there are any."""
    step = 1
    for power in range(len(str(highest)) + 1):
        for lead in (1, 2, 5):
            step = lead * 10**power
            if highest <= 6 * step:
                return list(range(0, max(math.ceil(highest / step), 1) * step + 1, step))
    raise AssertionError(highest)


def short_day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]}"


def text_width(text: str) -> int:
    """How many average letters wide ``text`` is."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _cut(text: str, most: int) -> str:
    if text_width(text) <= most:
        return text
    while text_width(text) >= most:
        text = text[:-1]
    return text + "…"
