"""Small groups are not shown, nor do they follow from the sums beside them.

Cells that are small are hidden, and then others until no small one follows from the rest: what
statistical offices call primary and secondary cell suppression (Hundepool et al., *Statistical
Disclosure Control*, 2012, chapter 4). A cell of nobody is shown, and all that are hidden look the
same, so that a reader knows of each that it is at least 1.

What this holds: with the sums of a table and such cells, more than one number is possible for each
small one. It does not keep those numbers far apart, nor from readers who know more: other tables
of the same choices, or how cells are picked.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Collection, Hashable, Iterable, Mapping
from enum import Enum
from typing import Final, TypeVar

Key = TypeVar("Key", bound=Hashable)
Cell = tuple[Hashable, Hashable]
"""Its row and its column."""


class _Sum(Enum):
    SUM = "sum"


#: The row or the column that has the sums of the others.
SUM: Final = _Sum.SUM

_OUTSIDE = object()


def apart_and_together(
    sizes: Mapping[Key, int], smallest: int, alone: Collection[Key] | None = None
) -> tuple[list[Key], list[Key]]:
    """The groups that may be shown each, largest first, and those that may only as one.

    :param sizes: how many choices each group has; their sum may be shown too.
    :param smallest: choices that a group must have to be shown.
    :param alone: the groups to show each; by default all.
    """
    ranked = sorted((key for key in sizes if sizes[key]), key=lambda k: (-sizes[k], str(k)))
    apart = [k for k in ranked if sizes[k] >= smallest and (alone is None or k in alone)]
    together = [k for k in ranked if k not in apart]
    # One small group alone would be what the others lack of the sum.
    while together and apart and not _many(together, sizes, smallest):
        together.insert(0, apart.pop())
    return apart, together


def _many(keys: list[Key], sizes: Mapping[Key, int], smallest: int) -> bool:
    return (len(keys) > 1 or sizes[keys[0]] >= smallest) and (
        sum(sizes[key] for key in keys) >= smallest
    )


def hide(
    cells: Mapping[Cell, int],
    smallest: int,
    given: Collection[Cell] = (),
    *,
    columns: bool = True,
) -> set[Cell] | None:
    """The cells of a table to hide; ``None`` if a small one follows even when only those of nobody
    are shown. It does not when these are hidden too, if it is less than the sums that are known.

    :param cells: by row and column. Of each row and column the sum is known: it stands in the
        row or column :data:`SUM`, or elsewhere on the page.
    :param smallest: what a cell must be to be shown.
    :param given: cells to hide in any case. No cell of :data:`SUM` is hidden beside these and
        small ones.
    :param columns: whether sums of columns are known too.
    """
    table = _Table(cells, smallest, columns)
    table.hidden = table.small | {cell for cell in given if cells[cell]}
    for cell in sorted(table.small, key=lambda cell: (cells[cell], str(cell))):
        # Hiding more never uncovers what is covered already.
        if not (table.leave_open(cell) and table.fill_up(cell)):
            return None
    return table.hidden


class _Table:
    """Cells as arcs between their row and their column: what flows in at one flows out at another.

    A small cell can be another number just if one can be added to or taken from all hidden cells
    of a directed circle with it, none of which becomes less than 1: then all sums stay (Gusfield,
    *A Graph Theoretic Approach to Statistical Data Security*, SIAM J. Comput. 17, 1988).
    """

    def __init__(self, cells: Mapping[Cell, int], smallest: int, columns: bool) -> None:
        self.cells = cells
        self.smallest = smallest
        self.small = {cell for cell, number in cells.items() if 0 < number < smallest}
        self.hidden: set[Cell] = set()
        self.ends: dict[Cell, tuple[Hashable, Hashable]] = {}
        self.lines: dict[Hashable, list[Cell]] = {}
        for cell in cells:
            row = ("row", cell[0])
            column = ("column", cell[1]) if columns else _OUTSIDE
            # What others add up to flows the other way.
            self.ends[cell] = (column, row) if SUM in cell else (row, column)
            for end in (row, column):
                self.lines.setdefault(end, []).append(cell)

    def leave_open(self, cell: Cell) -> bool:
        """Hides what is least, so that ``cell`` can be another number; whether it can."""
        start, end = self.ends[cell]
        ways = [self._way(end, start, cell)]
        if self.cells[cell] > 1:
            ways.append(self._way(start, end, cell))
        found = [way for way in ways if way is not None]
        if found:
            self.hidden.update(min(found, key=self._cost))
        return bool(found)

    def _cost(self, way: Iterable[Cell]) -> int:
        return sum(self.cells[cell] for cell in way if cell not in self.hidden)

    def _way(self, start: Hashable, goal: Hashable, without: Cell) -> tuple[Cell, ...] | None:
        """The cells to change by one so that one more flows from ``start`` to ``goal``: those that
        cost least to hide."""
        count = itertools.count()  # for order among equals
        ways: list[tuple[int, int, Hashable, tuple[Cell, ...]]] = [(0, next(count), start, ())]
        done: set[Hashable] = set()
        while ways:
            cost, _, here, way = heapq.heappop(ways)
            if here == goal:
                return way
            if here in done:
                continue
            done.add(here)
            for cell in self.lines[here]:
                first, last = self.ends[cell]
                there = last if here == first else first
                can_change = here == first or self.cells[cell] > 1
                if cell != without and there not in done and can_change and self._can_hide(cell):
                    more = self._cost([cell])
                    heapq.heappush(ways, (cost + more, next(count), there, (*way, cell)))
        return None

    def fill_up(self, cell: Cell) -> bool:
        """Hides cells beside ``cell`` until, together, they are not small; whether it can."""
        for end in (("row", cell[0]), ("column", cell[1])):
            line = self.lines.get(end, [])
            while not self._enough(cell, line):
                free = [c for c in line if c not in self.hidden and self._can_hide(c)]
                if not free:
                    return False
                self.hidden.add(min(free, key=lambda c: (self.cells[c], str(c))))
        return True

    def _can_hide(self, cell: Cell) -> bool:
        return cell in self.hidden or (self.cells[cell] > 0 and SUM not in cell)

    def _enough(self, cell: Cell, line: list[Cell]) -> bool:
        hidden = self.hidden.intersection(line)
        if not hidden or any((SUM in other) != (SUM in cell) for other in hidden):
            return True  # the sum is hidden itself
        return sum(self.cells[other] for other in hidden) >= self.smallest
