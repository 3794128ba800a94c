"""Verifies the whole log: that no entry was edited, removed, or put in afterwards.

Rows, leaves, tiles and heads are read side by side, in the order of leaves, in constant memory
but for the ranges of purged leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from ...proof.checkpoint import Verifier
from ..engine import reading
from ..schema import log, purges
from ..schema import totals as totals_table
from . import totals
from .claims import Claims
from .entries import SOURCES
from .findings import BACKDATED, SLACK, Finding
from .ranges import merged, parse_ranges
from .sealing import Progress, latest_head
from .walking import Walk


def verify(
    engine: Engine,
    *verifiers: Verifier,
    heads: Iterable[str] = (),
    progress: Progress | None = None,
) -> Iterator[Finding]:
    """Everything that is wrong in the store; nothing if it is as it was sealed.

    Each row is held against its leaf, the leaves against every head, and the totals against the
    rows. What the owner of the key has rewritten and signed again shows only in ``heads``.

    :param verifiers: keys that may have signed heads; one for each that was ever in use.
    :param heads: notes that were exported: the log has to extend each.
    :param progress: called with the number of leaves just done.
    :return: findings about rows in the order of leaves, as they are found.
    """
    with reading(engine) as connection:
        size = connection.execute(sa.select(log.c.size)).scalar()
        if size is None:
            yield Finding("tile", None, None, "the log's one row, which has its size, is gone")
            return
        claims = Claims(connection, verifiers, heads)
        yield from claims.bad
        ranges, bad = _purged(connection)
        yield from bad
        yield from Walk(connection, size, claims, ranges).findings(progress)
        yield from _not_sealed(connection, size)
        yield from _totals(connection, sum(last - first + 1 for first, last in ranges))


def _purged(connection: Connection) -> tuple[list[tuple[int, int]], list[Finding]]:
    """The ranges of purged leaves."""
    query = sa.select(purges.c.id, purges.c.leaf, purges.c.leaves)
    ranges: list[tuple[int, int]] = []
    bad = []
    for row in connection.execute(query, execution_options={"yield_per": 1000}):
        found = _ranges(*row)
        if isinstance(found, Finding):
            bad.append(found)
        else:
            ranges += found
    return merged(ranges), bad


def _ranges(id_: str, leaf: int | None, leaves: str) -> list[tuple[int, int]] | Finding:
    try:
        return parse_ranges(leaves)
    except ValueError as error:
        return Finding("edited", leaf, id_, f"the purge was edited: {error}")


def _not_sealed(connection: Connection, size: int) -> Iterator[Finding]:
    """Rows that are not sealed, though older than the newest head."""
    newest = latest_head(connection)
    if newest is None:
        if size:
            yield Finding("head", None, None, f"no head covers the {size} leaves: seal again")
        return
    for source in SOURCES:
        query = sa.select(source.key).where(
            source.table.c.leaf.is_(None), source.stored < newest.time - SLACK
        )
        for id_ in connection.execute(query, execution_options={"yield_per": 1000}).scalars():
            yield Finding("inserted", None, id_, f"the {source.noun} {BACKDATED}")


def _totals(connection: Connection, purged: int) -> Iterator[Finding]:
    """Whether the totals are those of the records."""
    lacking = totals.missing(connection)
    if lacking:
        kind, number = min(lacking.items())
        yield Finding(
            "totals",
            None,
            None,
            f"{len(lacking)} totals are not what the records say, such as {tuple(kind)}, which "
            f"lacks {number}: rebuild them",
        )
    t = totals_table.c
    query = sa.select(sa.func.sum(t.number)).where(t.purged, t.category == "")
    told = int(connection.execute(query).scalar() or 0)
    if told != purged:
        text = f"the totals of purged records say {told}, the log says {purged}"
        yield Finding("totals", None, None, f"{text}; they cannot be counted again")
