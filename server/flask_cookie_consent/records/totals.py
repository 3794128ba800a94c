"""How many choices of each kind there are: counted once, when records are sealed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..choice import split_tokens
from .engine import add_up
from .schema import snapshots, totals

_DAY = 24 * 60 * 60


class Kind(NamedTuple):
    """What records are counted by: the key of the table but for ``purged``."""

    day: int
    """Of the choice, UTC: days since 1970."""
    snapshot: str
    language: str
    regime: str
    method: str
    category: str
    """Empty in the row that counts the choices themselves."""
    answer: str
    """``yes`` to all services of the category that were answered, ``no`` to all, or ``some``."""


#: By service token, the category, as a snapshot has them.
CategoryOf = Mapping[str, str]


def categories_by_snapshot(connection: Connection) -> Callable[[str | None], CategoryOf]:
    """A function that gives the categories of a snapshot, by its name; none of an unknown one."""

    @lru_cache(256)
    def find(name: str | None) -> CategoryOf:
        if name is None:
            return {}
        query = sa.select(snapshots.c.content).where(snapshots.c.name == name)
        content = connection.execute(query).scalar()
        if content is None:
            return {}
        return {s["token"]: s["category"] for s in json.loads(content)["policy"]["services"]}

    return find


def count(
    rows: Iterable[Mapping[str, Any]], categories: Callable[[str | None], CategoryOf]
) -> Counter[Kind]:
    """How many of each kind are among ``rows`` of the table of records."""
    found: Counter[Kind] = Counter()
    for row in rows:
        first = Kind(
            row["time"] // _DAY,
            row["snapshot"] or "",
            row["language"],
            row["regime"],
            row["method"],
            "",
            "",
        )
        found[first] += 1
        category_of = categories(row["snapshot"])
        for category, answer in _answers(row["granted"], row["refused"], category_of).items():
            found[first._replace(category=category, answer=answer)] += 1
    return found


def add(
    connection: Connection, counted: Counter[Kind], *, purged: bool = False, less: bool = False
) -> None:
    """Adds ``counted`` to the table, or takes it away."""
    sign = -1 if less else 1
    rows = [
        {**kind._asdict(), "purged": purged, "number": sign * number}
        for kind, number in sorted(counted.items())  # in one order, so that two never deadlock
    ]
    for start in range(0, len(rows), 500):
        add_up(connection, totals, rows[start : start + 500])


def _answers(granted: str, refused: str, category_of: CategoryOf) -> dict[str, str]:
    answers: dict[str, str] = {}
    for run, answer in ((granted, "yes"), (refused, "no")):
        for token in split_tokens(run):
            category = category_of.get(token)
            if category is not None and answers.setdefault(category, answer) != answer:
                answers[category] = "some"
    return answers
