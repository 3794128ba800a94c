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
from .figures import Figures, Group, day_of, interval
from .numbers import PERCENT, SHARED, TOO_FEW, count_text, named, rounded, share_text
from .plots import MONTHS, Row

#: How many languages, and pages, are shown each; the smaller ones are shown together.
_MOST = {"languages": 12, "pages": 24}

#: Stands in for a rate.
NOT_ASKED = "not asked"

_K = TypeVar("_K", bound=Hashable)
_Page = tuple[str, str]
"""Language and snapshot."""


@dataclass(frozen=True)
class Proportion:
    """One proportion, or why there is none: what the page shows of a group in a category."""

    name: str
    cells: dict[str, str]
    """Each of ``ANSWERS``, as text."""
    answered: str
    interval: str
    row: Row


@dataclass(frozen=True)
class Panel:
    """The rates of one category: a plot and its table."""

    category: str
    parts: list[Proportion]
    plots: dict[str, plots.Dots]


class Rates:
    """What a report shows of who consented to what."""

    def __init__(self, connection: Connection, figures: Figures) -> None:
        self.all = Group.of(figures.shown.values())
        self.categories = _in_order(connection, {category for category, _ in self.all.answers})
        by_language: dict[str, list[Group]] = {}
        for (language, _), group in figures.shown.items():
            by_language.setdefault(language, []).append(group)
        of_languages = {language: Group.of(groups) for language, groups in by_language.items()}
        self.languages = _largest(of_languages, _MOST["languages"])
        pages = _largest(figures.shown, _MOST["pages"])
        order = sorted(pages, key=lambda k: (k is None, min(pages[k].days), str(k)))
        self.pages = {key: pages[key] for key in order}
        self.snapshots = _said_of(connection, [key[1] for key in order if key])

    def view(self) -> dict[str, Any]:
        """The names that the template knows."""
        languages = [(_language(key), group) for key, group in self.languages.items()]
        pages = [self._page(i + 1, key) for i, key in enumerate(self.pages)]
        labels = [page["label"] for page in pages]
        rates = [_part(named(category), self.all, category) for category in self.categories]
        return {
            "overall": rates,
            "overall_plots": _dot_plots(rates, (0, 100)),
            "by_language": self._panels(languages),
            "languages": [
                (name, count_text(group.choices), share_text(group.choices, self.all.choices))
                for name, group in languages
            ],
            "by_page": self._panels([*zip(labels, self.pages.values(), strict=True)]),
            "pages": pages,
        }

    def _panels(self, groups: Sequence[tuple[str, Group]]) -> list[Panel]:
        by_category = {
            category: [_part(name, group, category) for name, group in groups]
            for category in self.categories
        }
        scale = plots.common_scale(part.row for parts in by_category.values() for part in parts)
        return [
            Panel(named(category), parts, _dot_plots(parts, scale))
            for category, parts in by_category.items()
        ]

    def _page(self, number: int, key: _Page | None) -> dict[str, Any]:
        language, name = key or (None, None)
        group = self.pages[key]
        start, end = day_of(min(group.days)), day_of(max(group.days))
        said = self.snapshots.get(name or "", {})
        label = f"{_language(language)}, {MONTHS[start.month - 1]} {start.year}"
        return {
            "number": number,
            "label": f"{number}. {'others' if key is None else label}",
            "name": name,
            "language": "–" if key is None else _language(language),
            "regime": said.get("regime", "–"),
            "version": said.get("version", "–"),
            "first": start,
            "last": end,
            "choices": count_text(group.choices),
        }


def _largest(groups: Mapping[_K, Group], most: int) -> dict[_K | None, Group]:
    """The ``most`` largest groups, the largest first. The others are one, under ``None``, and so
    are those whose number rounds to 0.
    """
    ranked = sorted(groups, key=lambda key: (-rounded(groups[key].choices), str(key)))
    apart = [key for key in ranked if rounded(groups[key].choices)][:most]
    found: dict[_K | None, Group] = {key: groups[key] for key in apart}
    others = Group.of(group for key, group in groups.items() if key not in found)
    if others.choices:
        found[None] = others
    return found


def _part(name: str, group: Group, category: str) -> Proportion:
    numbers = group.answered(category)
    answered = group.choices - numbers["none"]
    yes, whole = rounded(numbers["yes"]), rounded(answered)
    row = Row(name, None, 0, 0, TOO_FEW if answered else NOT_ASKED)
    ends = row.text
    if whole >= SHARED:
        low, high = interval(yes, whole)
        row = Row(name, yes / whole, low, high, share_text(numbers["yes"], answered))
        ends = f"{low:.1%} to {high:.1%}".replace("%", PERCENT)
    cells = {answer: count_text(number) for answer, number in numbers.items()}
    return Proportion(name, cells, count_text(answered), ends, row)


def _dot_plots(parts: Sequence[Proportion], scale: tuple[int, int]) -> dict[str, plots.Dots]:
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
