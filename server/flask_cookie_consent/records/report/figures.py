"""The numbers of a report, as the totals and the unsealed records have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import sqrt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..log.totals import COUNTED, Kind, categories_by_snapshot, count
from ..schema import records, totals
from .numbers import ROUNDING

EPOCH = date(1970, 1, 1)
_SECONDS = 24 * 60 * 60

#: What a choice can say to a category; ``none`` where its page did not ask, or is not known.
ANSWERS = ("yes", "some", "no", "none")

#: Choices that a bar over time should stand for at least: rounding can be a quarter of fewer.
_BAR = 10


@dataclass
class Group:
    """Choices that have something in common."""

    choices: int = 0
    days: set[int] = field(default_factory=set)
    """The first and the last one are among them: days since 1970."""
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By category and answer."""

    @classmethod
    def of(cls, groups: Iterable[Group]) -> Group:
        """All of ``groups`` as one."""
        one = cls()
        for group in groups:
            one.choices += group.choices
            one.days |= group.days
            one.answers.update(group.answers)
        return one

    def answered(self, category: str) -> dict[str, int]:
        """The number of each of :data:`ANSWERS`; their sum is that of all choices."""
        found = {answer: self.answers[category, answer] for answer in ANSWERS}
        found["none"] = self.choices - sum(found.values())
        return found


@dataclass
class Figures:
    """What a report is made of."""

    by_day: Counter[tuple[int, str]] = field(default_factory=Counter)
    """Choices by day (since 1970) and method."""
    shown: dict[tuple[str, str], Group] = field(default_factory=dict)
    """By language and snapshot; of pages that said what they showed, if that is known."""

    def add(
        self, language: str, snapshot: str, category: str, answer: str, days: set[int], number: int
    ) -> None:
        group = self.shown.setdefault((language, snapshot), Group())
        if category:
            group.answers[category, answer] += number
        else:
            group.choices += number
            group.days |= days


def read_figures(connection: Connection, since: date | None, until: date | None) -> Figures:
    """The figures of all choices in a period, both ends included, UTC; purged ones too.

    Takes no longer with many sealed records than with few.
    """
    figures = Figures()
    first = None if since is None else (since - EPOCH).days
    last = None if until is None else (until - EPOCH).days
    t = totals.c
    within = [t.number != 0, *_between(t.day, first, last)]
    number = sa.func.sum(t.number)
    key = (t.language, t.snapshot, t.category, t.answer)
    days = (sa.func.min(t.day), sa.func.max(t.day))
    answers = sa.select(*key, *days, number).where(*within).group_by(*key)
    for language, snapshot, category, answer, start, end, n in connection.execute(answers):
        figures.add(language, snapshot, category, answer, {start, end}, int(n))
    unsealed = _unsealed(connection, first, last)
    for kind, n in unsealed.items():
        figures.add(kind.language, kind.snapshot, kind.category, kind.answer, {kind.day}, n)

    asked = {snapshot for (_, snapshot), group in figures.shown.items() if group.answers}
    figures.shown = {key: group for key, group in figures.shown.items() if key[1] in asked}
    by_day = sa.select(t.day, t.method, number).where(t.category == "", *within)
    for day, method, n in connection.execute(by_day.group_by(t.day, t.method)):
        figures.by_day[day, method] += int(n)
    for kind, n in unsealed.items():
        if not kind.category:
            figures.by_day[kind.day, kind.method] += n
    return figures


def day_of(number: int) -> date:
    """A day, of its number since 1970."""
    return EPOCH + timedelta(number)


def _unsealed(connection: Connection, first: int | None, last: int | None) -> Counter[Kind]:
    columns = (records.c[name] for name in ("time", *COUNTED))
    query = sa.select(*columns).where(
        records.c.leaf.is_(None),
        *_between(records.c.time, first, last, unit=_SECONDS),
    )
    rows = connection.execute(query, execution_options={"yield_per": 1000}).mappings()
    return count(rows, categories_by_snapshot(connection))


def _between(
    column: sa.Column[Any], first: int | None, last: int | None, unit: int = 1
) -> list[sa.ColumnElement[bool]]:
    """Conditions for a column that counts from 1970 in ``unit``-ths of a day."""
    conditions: list[sa.ColumnElement[bool]] = []
    if first is not None:
        conditions.append(column >= first * unit)
    if last is not None:
        conditions.append(column < (last + 1) * unit)
    return conditions


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion (E. B. Wilson, *Probable Inference*, JASA 22, 1927):
    unlike the usual one it holds for few, and near 0 and 1.

    :raises ZeroDivisionError: if ``whole`` is 0.
    """
    z = 1.959964
    p, square = part / whole, z * z / whole
    middle = p + square / 2
    half = z * sqrt(p * (1 - p) / whole + square / (4 * whole))
    # Rounding must not take it past the ends.
    low = 0.0 if part == 0 else (middle - half) / (1 + square)
    high = 1.0 if part == whole else (middle + half) / (1 + square)
    return low, high


def interval(part: int, whole: int) -> tuple[float, float]:
    """The least lower and the greatest upper end that :func:`wilson` gives of numbers of choices
    that round to ``part`` and ``whole``: what chance and rounding can move lies between them.

    :param whole: at least 5.
    """
    # Both ends grow with the part, and fall as the whole grows.
    off = ROUNDING // 2
    low, _ = wilson(max(part - off, 0), whole + off)
    _, high = wilson(min(part + off, whole - off), whole - off)
    return low, high


@dataclass(frozen=True)
class Spans:
    """Days, weeks or months one after another, each of one bar."""

    unit: str
    starts: list[date]

    @classmethod
    def over(cls, by_day: Mapping[date, int]) -> Spans:
        """Those from the first day to the last one: of the shortest unit that makes no more than
        about 60, and of those with choices no more than a quarter with fewer than ``_BAR``.

        :param by_day: choices.
        """
        first, last = min(by_day), max(by_day)
        days = (last - first).days + 1
        for unit, longest in (("day", 45), ("week", 61 * 7)):
            numbers: Counter[date] = Counter()
            for day, n in by_day.items():
                numbers[_start(day, unit)] += n
            found = [n for n in numbers.values() if n]
            if days <= longest and 4 * sum(n < _BAR for n in found) <= len(found):
                break
        else:
            unit = "month"
        starts = [_start(first, unit)]
        while (following := _next(starts[-1], unit)) <= last:
            starts.append(following)
        return cls(unit, starts)

    def index(self, day: date) -> float:
        """Where a day is, counted in spans from the first start."""
        first = self.starts[0]
        if self.unit == "month":
            return 12 * (day.year - first.year) + day.month - first.month
        return (day - first).days / (7 if self.unit == "week" else 1)


def _start(day: date, unit: str) -> date:
    if unit == "month":
        return day.replace(day=1)
    return day - timedelta(day.weekday()) if unit == "week" else day


def _next(start: date, unit: str) -> date:
    if unit == "month":
        return (start + timedelta(31)).replace(day=1)
    return start + timedelta(7 if unit == "week" else 1)
