"""Charts as inline SVG, made on the server: no script, nothing to wait for, nothing to allow.

Places are percentages of a fluid ``<svg>`` without a ``viewBox``, so that shapes stretch with the
page and texts keep their size. Colours and type are in ``portal.css``; style attributes would
need an exception in the Content-Security-Policy.
"""

from __future__ import annotations

import math

from markupsafe import Markup

from .datasets import DataSet
from .texts import number, text

#: Height of one row of a bar chart, in CSS pixels.
ROW = 46


def chart(dataset: DataSet, language: str) -> Markup:
    """The chart of a data set's page. The table under it says the same in words."""
    draw = _bars if dataset.chart == "bars" else _plot
    return draw(dataset, language)


def sparkline(dataset: DataSet) -> Markup:
    """The shape of the data, without axes: decoration, hidden from screen readers."""
    top = max(dataset.values) * 1.15
    if dataset.chart == "line":
        last = len(dataset.values) - 1
        shape = _area([(100 * i / last, 100 * v / top) for i, v in enumerate(dataset.values)])
    else:
        shape = _columns(dataset.values, top, unit="")
    return Markup(
        '<svg class="spark" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        "{}</svg>"
    ).format(shape)


def ticks(top: float) -> list[float]:
    """Round values from 0 to at least ``top``, at most six."""
    rough = top / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough)
    return [step * i for i in range(math.ceil(top / step) + 1)]


# -- Over time: a line or columns -------------------------------------------------------------


def _plot(dataset: DataSet, language: str) -> Markup:
    scale = ticks(max(dataset.values))
    shapes = _line if dataset.chart == "line" else _columns
    return Markup('<svg class="plot" role="img" aria-label="{}">{}{}{}</svg>').format(
        _caption(dataset, language),
        _axis(scale, language),
        shapes(dataset.values, scale[-1]),
        _marks(dataset, scale[-1], language),
    )


def _axis(scale: list[float], language: str) -> Markup:
    return Markup("").join(
        Markup(
            '<line class="grid" x1="0" x2="100%" y1="{0}%" y2="{0}%"/>'
            '<text class="tick" x="0" y="{0}%" dx="-10" dy=".32em">{1}</text>'
        ).format(_n(100 - 100 * value / scale[-1]), number(value, language))
        for value in scale
    )


def _line(values: tuple[float, ...], top: float) -> Markup:
    """A line in a box of its own, since a path knows no percentages."""
    points = [(100 * (i + 0.5) / len(values), 100 * v / top) for i, v in enumerate(values)]
    return Markup(
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%">{}</svg>'
    ).format(_area(points))


def _area(points: list[tuple[float, float]]) -> Markup:
    """A line through points, counted from the lower left corner, and the area under it."""
    path = "M" + "L".join(f"{_n(x)} {_n(100 - y)}" for x, y in points)
    return Markup('<path class="area" d="{0}V100H{1}Z"/><path class="line" d="{0}"/>').format(
        path, _n(points[0][0])
    )


def _columns(values: tuple[float, ...], top: float, unit: str = "%") -> Markup:
    band = 100 / len(values)
    return Markup("").join(
        Markup(
            '<rect class="bar" x="{x}{u}" y="{y}{u}" width="{width}{u}" height="{height}{u}"/>'
        ).format(
            u=unit,
            x=_n((i + 0.2) * band),
            y=_n(100 - 100 * value / top),
            width=_n(0.6 * band),
            height=_n(100 * value / top),
        )
        for i, value in enumerate(values)
    )


def _marks(dataset: DataSet, top: float, language: str) -> Markup:
    """What lies over the shapes: for each band its label, a tooltip, and the value, which is
    shown at the peak and wherever the pointer is."""
    count = len(dataset.values)
    peak = dataset.values.index(max(dataset.values))
    return Markup("").join(
        Markup(
            '<g class="mark{peak}"><title>{label}: {value}</title>'
            '<rect class="hit" x="{left}%" width="{width}%" height="100%"/>'
            '<circle cx="{x}%" cy="{y}%" r="4"/>'
            '<text class="value" x="{x}%" y="{y}%" dy="-10">{value}</text></g>'
            '<text class="label{odd}" x="{x}%" y="100%" dy="20">{label}</text>'
        ).format(
            peak=" peak" if i == peak else "",
            odd=" odd" if i % 2 else "",
            label=label,
            value=number(value, language),
            left=_n(100 * i / count),
            width=_n(100 / count),
            x=_middle(i, count),
            y=_n(100 - 100 * value / top),
        )
        for i, (label, value) in enumerate(dataset.rows(language))
    )


# -- In ranks: bars ---------------------------------------------------------------------------


def _bars(dataset: DataSet, language: str) -> Markup:
    top = max(dataset.values)
    rows = [
        Markup(
            '<text class="name" x="0" y="{text}">{label}</text>'
            '<text class="amount" x="100%" y="{text}">{value}</text>'
            '<rect class="track" y="{bar}" width="100%" height="8" rx="4"/>'
            '<rect class="bar" y="{bar}" width="{width}%" height="8" rx="4"/>'
        ).format(
            label=label,
            value=number(value, language),
            text=i * ROW + 14,
            bar=i * ROW + 22,
            width=_n(100 * value / top),
        )
        for i, (label, value) in enumerate(dataset.rows(language))
    ]
    return Markup('<svg class="bars" role="img" aria-label="{}" height="{}">{}</svg>').format(
        _caption(dataset, language), len(rows) * ROW - 14, Markup("").join(rows)
    )


# -- Words and numbers ------------------------------------------------------------------------


def _caption(dataset: DataSet, language: str) -> str:
    return text("chart", language, title=dataset.title[language], unit=dataset.unit[language])


def _middle(index: int, count: int) -> str:
    """The middle of a band, in percent."""
    return _n(100 * (index + 0.5) / count)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
