"""How many consented, by category: of all choices, by language, and by what pages showed."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...policy.model import STANDARD_CATEGORIES
from ..schema import snapshots
from . import plots
from .figures import ANSWERS, Figures, Group, day_of, wilson
from .numbers import HIDDEN, PERCENT, count_text, named, percent
from .plots import MONTHS, Row, grouped
from .suppression import Cell, apart_and_together, hide

#: How many languages, and pages, are shown each; the smaller ones are shown together.
_MOST = {"languages": 12, "pages": 24}

#: Stands in for a rate.
NOT_ASKED = "not asked"

_K = TypeVar("_K", bound=Hashable)
_Hidden = dict[str, set[str]]
"""By category, the answers whose number is not shown."""
_Page = tuple[str | None, str | None]
"""Language and snapshot; ``None`` for those that are shown together."""


@dataclass(frozen=True)
class Part:
    """One proportion, or why there is none: what the page shows of a group in a category."""

    name: str
    cells: dict[str, str]
    """Each of ``ANSWERS``, as text."""
    answered: str
    rate: str
    interval: str
    row: Row

    @property
    def hides(self) -> bool:
        """Whether some number is hidden."""
        return HIDDEN in self.cells.values()


@dataclass(frozen=True)
class Panel:
    """The rates of one category: a plot and its table."""

    category: str
    parts: list[Part]
    plots: dict[str, plots.Dots]


class Rates:
    """What a report shows of who consented to what.

    :param smallest: choices that a group must have to be shown.
    """

    def __init__(self, connection: Connection, figures: Figures, smallest: int) -> None:
        self.figures = figures
        self.smallest = smallest
        self.all = Group.of(figures.shown.values())
        self.categories = _in_order(connection, {category for category, _ in self.all.answers})
        self.languages, self.pages = self._groups()
        self.snapshots = _said_of(connection, [name for _, name in self.pages if name])

    def view(self) -> dict[str, Any]:
        """The names that the template knows."""
        overall = self._hide({None: self.all}, {})
        of_languages = self._hide(self.languages, overall[None])
        of_pages: dict[_Page, _Hidden] = {}
        for language, hidden in of_languages.items():
            inside = {key: page for key, page in self.pages.items() if key[0] == language}
            of_pages |= self._hide(inside, hidden)
        pages = [self._page(i + 1, key) for i, key in enumerate(self.pages)]
        names = dict(zip(self.pages, (page["label"] for page in pages), strict=True))
        languages = {key: _language(key) for key in self.languages}
        rates = [self._part(named(c), self.all, c, overall[None][c]) for c in self.categories]
        return {
            "overall": rates,
            "overall_plots": _dot_plots(rates, (0, 100)),
            "by_language": self._panels(self.languages, of_languages, languages),
            "languages": [
                (languages[key], grouped(group.choices), percent(group.choices, self.all.choices))
                for key, group in self.languages.items()
            ],
            "by_page": self._panels(self.pages, of_pages, names),
            "pages": pages,
        }

    # -- Groups -----------------------------------------------------------------------------

    def _groups(self) -> tuple[dict[str | None, Group], dict[_Page, Group]]:
        """Languages, and in each what its pages showed: large enough, the rest as ``None``."""
        shown = self.figures.shown
        largest = sorted(shown, key=lambda key: (-shown[key].choices, key))
        by_language: dict[str, list[tuple[str, str]]] = {}
        for key in largest:
            by_language.setdefault(key[0], []).append(key)
        sizes = {k: sum(shown[key].choices for key in keys) for k, keys in by_language.items()}
        most = sorted(sizes, key=lambda k: (-sizes[k], k))[: _MOST["languages"]]
        apart, together = apart_and_together(sizes, self.smallest, most)
        members: dict[str | None, list[str]] = {language: [language] for language in apart}
        if together:
            members[None] = together
        languages: dict[str | None, Group] = {}
        pages: dict[_Page, Group] = {}
        for language, names in members.items():
            inside = {key: shown[key] for name in names for key in by_language[name]}
            languages[language] = Group.of(inside.values())
            pages |= self._in_language(language, inside, largest[: _MOST["pages"]])
        order = sorted(pages, key=lambda k: (not k[1], k[1] is None, min(pages[k].days), str(k)))
        return languages, {key: pages[key] for key in order}

    def _in_language(
        self,
        language: str | None,
        inside: Mapping[tuple[str, str], Group],
        largest: Sequence[tuple[str, str]],
    ) -> dict[_Page, Group]:
        # Within each language: else what is missing of a language would be its small page.
        sizes: dict[str, Group] = {}
        for (_, snapshot), group in inside.items():
            sizes[snapshot] = Group.of([group, sizes.get(snapshot, Group())])
        names = [snapshot for key in largest if key in inside for snapshot in key[1:]]
        apart, together = apart_and_together(
            {name: group.choices for name, group in sizes.items()}, self.smallest, names
        )
        found: dict[_Page, Group] = {(language, name): sizes[name] for name in apart}
        if together:
            found[language, None] = Group.of(sizes[name] for name in together)
        return found

    def _hide(self, groups: Mapping[_K, Group], above: _Hidden) -> dict[_K, _Hidden]:
        """By group and category, the answers whose number is not shown.

        :param above: the same of all ``groups`` as one.
        """
        found: dict[_K, _Hidden] = {key: {} for key in groups}
        for category in self.categories:
            cells: dict[Cell, int] = {
                (key, answer): number
                for key, group in groups.items()
                for answer, number in group.answered(category).items()
            }
            hidden = hide(cells, self.smallest, columns=bool(above))
            sums_hidden = above[category] if above else set()
            if hidden is None or sums_hidden:
                # With sums that are hidden in part, two tables could tell more than each.
                told = {a for a in ANSWERS if not any(cells[key, a] for key in groups)}
                hidden = {cell for cell in cells if cell[1] not in told - sums_hidden}
            if len(groups) == 1 and above:
                hidden = {(key, answer) for key in groups for answer in sums_hidden}
            for key in groups:
                found[key][category] = {a for a in ANSWERS if (key, a) in hidden}
        return found

    # -- What is shown of them --------------------------------------------------------------

    def _part(self, name: str, group: Group, category: str, hidden: set[str]) -> Part:
        numbers = group.answered(category)
        answered = group.choices - numbers["none"]
        rate = interval = HIDDEN
        row = Row(name, None, 0, 0, HIDDEN)
        if not answered and "none" not in hidden:
            rate = interval = NOT_ASKED
            row = row._replace(text=rate)
        elif not hidden & {"yes", "none"}:
            low, high = wilson(numbers["yes"], answered)
            rate, interval = percent(numbers["yes"], answered), f"{low:.1%} to {high:.1%}"
            interval = interval.replace("%", PERCENT)
            row = Row(name, numbers["yes"] / answered, low, high, rate)
        cells = {a: count_text(n, a in hidden) for a, n in numbers.items()}
        shown = HIDDEN if "none" in hidden else grouped(answered)
        return Part(name, cells, shown, rate, interval, row)

    def _panels(
        self, groups: Mapping[_K, Group], hidden: Mapping[_K, _Hidden], names: Mapping[_K, str]
    ) -> list[Panel]:
        by_category = {
            category: [
                self._part(names[key], group, category, hidden[key][category])
                for key, group in groups.items()
            ]
            for category in self.categories
        }
        scale = plots.common_scale(part.row for parts in by_category.values() for part in parts)
        return [
            Panel(named(category), parts, _dot_plots(parts, scale))
            for category, parts in by_category.items()
        ]

    def _page(self, number: int, key: _Page) -> dict[str, Any]:
        language, name = key
        group = self.pages[key]
        start, end = day_of(min(group.days)), day_of(max(group.days))
        said = self.snapshots.get(name or "", {})
        month = f"{MONTHS[start.month - 1]} {start.year}"
        return {
            "number": number,
            "label": f"{number}. {_language(language)}, {'others' if name is None else month}",
            "name": name,
            "language": _language(language),
            "regime": said.get("regime", "–"),
            "version": said.get("version", "–"),
            "first": start,
            "last": end,
            "choices": grouped(group.choices),
        }


def _dot_plots(parts: Sequence[Part], scale: tuple[int, int]) -> dict[str, plots.Dots]:
    rows = [part.row for part in parts if part.row.text != NOT_ASKED]
    return {size: plots.dots(rows, size, scale) for size in plots.WIDTHS}


def _language(language: str | None) -> str:
    return "others" if language is None else language or "not stated"


def _in_order(connection: Connection, categories: set[str]) -> list[str]:
    """As the newest policy that was shown has them; others as most policies do, then by name."""
    s = snapshots.c
    newest = sa.select(s.content).order_by(s.stored.desc(), s.name).limit(1)
    content = connection.execute(newest).scalar()
    policy = {} if content is None else json.loads(content)["policy"]
    known = [c["id"] for c in policy.get("categories", ())]
    known += [c.id for c in STANDARD_CATEGORIES]
    rank = {id: number for number, id in reversed([*enumerate(known)])}
    return sorted(categories, key=lambda id: (rank.get(id, len(known)), id))


def _said_of(connection: Connection, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """What the page says of snapshots, by name."""
    s = snapshots.c
    query = sa.select(s.name, s.regime, s.content).where(s.name.in_(names))
    return {
        name: {
            "regime": regime,
            "version": str(json.loads(content)["policy"].get("version", "–")),
        }
        for name, regime, content in connection.execute(query)
    }
