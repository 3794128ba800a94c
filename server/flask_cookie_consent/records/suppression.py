"""Small groups are not shown, nor can what they are be worked out from the sums beside them.

Cells that are small are hidden, and then others until no hidden one follows from the rest: what
statistical offices call primary and secondary cell suppression (Hundepool et al., *Statistical
Disclosure Control*, 2012, chapter 4). A cell of nobody is shown.
"""

from __future__ import annotations

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
        while (line := table.uncovered(cell)) is not None:
            more = table.next_to_hide(cell, line)
            if more is None:
                return None
            table.hidden.add(more)
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

    def uncovered(self, cell: Cell) -> list[Cell] | None:
        """``None`` if a hidden cell cannot be worked out; else the cells of which to hide one."""
        ends = self.ends[cell]
        for end in ends:
            if end is not _OUTSIDE and not self._vague(cell, self.lines[end]):
                return self.lines[end]
        if self._on_a_circle(cell):
            return None
        lonely = [self.lines[end] for end in ends if self._hidden_in(end) == {cell}]
        return lonely[0] if lonely else self.lines[ends[0]] + self.lines[ends[1]]

    def next_to_hide(self, cell: Cell, line: list[Cell]) -> Cell | None:
        """The smallest cell of ``line``, or else of either line of ``cell``, best one in a line
        where something is hidden already."""
        for among in (line, [c for end in self.ends[cell] for c in self.lines[end]]):
            free = [c for c in among if self.cells[c] and c not in self.hidden and SUM not in c]
            if free:
                return min(free, key=lambda c: (self._new_lines(c), self.cells[c], str(c)))
        return None

    def _hidden_in(self, end: Hashable) -> set[Cell]:
        return self.hidden.intersection(self.lines[end])

    def _new_lines(self, cell: Cell) -> int:
        return sum(not self._hidden_in(end) for end in self.ends[cell])

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

    def _on_a_circle(self, cell: Cell) -> bool:
        start, goal = self.ends[cell]
        reached, edge = {start}, [start]
        while edge:
            for other in self._hidden_in(edge.pop()) - {cell}:
                new = set(self.ends[other]) - reached
                reached |= new
                edge += new
        return goal in reached
