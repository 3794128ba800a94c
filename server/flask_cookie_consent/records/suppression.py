"""Small groups are not shown, nor can what they are be worked out from the sums beside them.

Cells that are small are hidden, and then others until no hidden one follows from the rest: what
statistical offices call primary and secondary cell suppression (Hundepool et al., *Statistical
Disclosure Control*, 2012, chapter 4). A cell of nobody is shown.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Collection, Hashable, Mapping
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
    """The cells of a table to hide; ``None`` if it cannot be shown safely with any cell in it.

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
        if not (table.close_circle(cell) and table.make_vague(cell)):
            return None
    return table.hidden


class _Table:
    """Cells as edges of a graph between their row and their column.

    Of hidden cells, just those follow from the sums that lie on no circle of hidden cells: along
    a circle one can add and take away in turn, and all sums stay (Gusfield, *A Graph Theoretic
    Approach to Statistical Data Security*, SIAM J. Comput. 17, 1988).
    """

    def __init__(self, cells: Mapping[Cell, int], smallest: int, columns: bool) -> None:
        self.cells = cells
        self.smallest = smallest
        self.small = {cell for cell, number in cells.items() if 0 < number < smallest}
        self.hidden: set[Cell] = set()
        self.ends: dict[Cell, tuple[Hashable, Hashable]] = {
            cell: (("row", cell[0]), ("column", cell[1]) if columns else _OUTSIDE) for cell in cells
        }
        self.lines: dict[Hashable, list[Cell]] = {}
        for cell, ends in self.ends.items():
            for end in ends:
                self.lines.setdefault(end, []).append(cell)

    def close_circle(self, cell: Cell) -> bool:
        """Hides what is least, so that ``cell`` is on a circle of hidden cells; whether it can."""
        start, goal = self.ends[cell]
        count = itertools.count()  # for order among equals
        ways: list[tuple[int, int, Hashable, tuple[Cell, ...]]] = [(0, next(count), start, ())]
        done: set[Hashable] = set()
        while ways:
            cost, _, here, way = heapq.heappop(ways)
            if here == goal:
                self.hidden.update(way)
                return True
            if here in done:
                continue
            done.add(here)
            for other in self.lines[here]:
                there = next(end for end in self.ends[other] if end != here)
                if other != cell and there not in done and self._can_hide(other):
                    more = 0 if other in self.hidden else self.cells[other]
                    heapq.heappush(ways, (cost + more, next(count), there, (*way, other)))
        return False

    def make_vague(self, cell: Cell) -> bool:
        """Hides cells beside ``cell`` until sums leave it open; whether it can."""
        for end in self.ends[cell]:
            line = self.lines[end]
            while end is not _OUTSIDE and not self._vague(cell, line):
                free = [c for c in line if c not in self.hidden and self._can_hide(c)]
                if not free:
                    return False
                self.hidden.add(min(free, key=lambda c: (self.cells[c], str(c))))
        return True

    def _can_hide(self, cell: Cell) -> bool:
        return cell in self.hidden or (self.cells[cell] > 0 and SUM not in cell)

    def _vague(self, cell: Cell, line: list[Cell]) -> bool:
        """Whether the sum of a line leaves more than one value for a small cell in it, and its
        hidden cells are not few together."""
        others = self.hidden.intersection(line) - {cell}
        if any((SUM in other) != (SUM in cell) for other in others):
            return True  # the sum is hidden itself
        total = sum(self.cells[other] for other in others) + self.cells[cell]
        most, least = self.smallest - 1, 1
        highest = min(most, total - sum(1 if o in self.small else self.smallest for o in others))
        if others <= self.small:
            least = max(least, total - most * len(others))
        # "Fewer than 2", where nobody is shown as 0, says 1 anyway.
        return total >= self.smallest and highest - least >= min(1, most - 1)
