"""How many choices of each kind there are: counted once, when records are sealed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ...choice.codec import split_tokens
from ..engine import add_up, reading, writing
from ..schema import log, records, snapshots, totals

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

#: What of a record decides how it is counted, beside its day.
COUNTED = ("snapshot", "language", "regime", "method", "granted", "refused")
_counted = itemgetter(*COUNTED)


def categories_by_snapshot(connection: Connection) -> Callable[[str | None], CategoryOf]:
    """A function that gives the categories of a snapshot, by its name; none of an unknown one."""

    @lru_cache(256)
    def find(name: str | None) -> CategoryOf:
        if name is None:
            return {}
        query = sa.select(snapshots.c.content).where(snapshots.c.name == name)
        content = connection.execute(query).scalar()
        return {} if content is None else _categories(content)

    return find


@lru_cache(32)
def _categories(content: str) -> CategoryOf:
    return {s["token"]: s["category"] for s in json.loads(content)["policy"]["services"]}


def count(
    rows: Iterable[Mapping[Any, Any]], categories: Callable[[str | None], CategoryOf]
) -> Counter[Kind]:
    """How many of each kind are among ``rows`` of the table of records."""
    # Few differ in what is counted, and answers take long to go through.
    alike = Counter((row["time"] // _DAY, *_counted(row)) for row in rows)
    return _by_kind(((*key, number) for key, number in alike.items()), categories)


def _by_kind(
    groups: Iterable[Iterable[Any]], categories: Callable[[str | None], CategoryOf]
) -> Counter[Kind]:
    """The numbers of each kind, out of groups of records: day, :data:`COUNTED`, number."""
    found: Counter[Kind] = Counter()
    for day, snapshot, language, regime, method, granted, refused, number in groups:
        of = (day, snapshot or "", language, regime, method)
        found[Kind(*of, "", "")] += number
        for category, answer in _answers(granted, refused, categories(snapshot)).items():
            found[Kind(*of, category, answer)] += number
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


def missing(
    connection: Connection, progress: Callable[[int], object] | None = None
) -> Counter[Kind]:
    """What the totals lack of what the sealed records say; negative where they say too much.

    What has been purged cannot be counted again, and is left out.

    :param progress: called with the number of records just counted.
    """
    day = sa.cast(records.c.time, sa.BigInteger) // _DAY
    columns = [day, *(records.c[name] for name in COUNTED)]
    query = sa.select(*columns, sa.func.count()).where(records.c.leaf.is_not(None))
    groups = connection.execute(query.group_by(*columns), execution_options={"yield_per": 1000})
    found = _by_kind(_told(groups, progress), categories_by_snapshot(connection))
    stored = sa.select(*(totals.c[name] for name in Kind._fields), totals.c.number)
    for *kind, number in connection.execute(stored.where(~totals.c.purged)):
        found[Kind(*kind)] -= number
    return Counter({kind: number for kind, number in found.items() if number})


def _told(
    groups: Iterable[Sequence[Any]], progress: Callable[[int], object] | None
) -> Iterator[Sequence[Any]]:
    for group in groups:
        yield group
        if progress is not None:
            progress(group[-1])


def rebuild_totals(engine: Engine, progress: Callable[[int], object] | None = None) -> int:
    """Puts the totals right where they are not what the sealed records say, and says in how many
    places. Records may be stored, sealed and purged meanwhile; but run one rebuild at a time.

    Totals of purged records stay: those records cannot be counted again.

    :param progress: called with the number of records just counted.
    """
    with reading(engine) as connection:
        lacking = missing(connection, progress)
    # What others add or take away meanwhile is right on top of either state, so that what was
    # found lacking can be added later.
    with writing(engine) as connection:
        connection.execute(sa.select(log.c.size).with_for_update())
        add(connection, lacking)
        connection.execute(sa.delete(totals).where(totals.c.number == 0))
    return len(lacking)


def _answers(granted: str, refused: str, category_of: CategoryOf) -> dict[str, str]:
    answers: dict[str, str] = {}
    for run, answer in ((granted, "yes"), (refused, "no")):
        for token in split_tokens(run):
            category = category_of.get(token)
            if category is not None and answers.setdefault(category, answer) != answer:
                answers[category] = "some"
    return answers
