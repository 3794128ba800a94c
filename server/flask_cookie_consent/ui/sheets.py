"""Style sheets in parts, as ``banner/sheets.py`` has taken them apart: no site parses CSS."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from .bundles import bundle


class Dark(NamedTuple):
    """A rule that holds in the dark."""

    selectors: str
    declarations: str


#: A style sheet: texts as they are, and rules that hold in the dark.
Sheet: TypeAlias = "tuple[str | Dark, ...]"


@cache
def _described() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bundle("look.json"))
    return found


@cache
def sheet(name: str) -> Sheet:
    """A built style sheet, by the name of its file."""
    css = bundle(name)
    parts: list[str | Dark] = []
    done = 0
    for start, selectors, selectors_end, own, own_end, end in _described()["dark"].get(name, ()):
        parts += [css[done:start], Dark(css[selectors:selectors_end], css[own:own_end])]
        done = end
    return tuple(part for part in (*parts, css[done:]) if part)


def layer_properties(name: str) -> list[tuple[bool, str]]:
    """The custom properties that a sheet gives the first layer: whether they hold in the dark
    alone, and the declarations."""
    return [(is_dark, own) for is_dark, own in _described()["layer"][name]]


def backgrounds(theme: str) -> tuple[str, str]:
    """A theme's own background, in the light and in the dark."""
    light, dark = _described()["backgrounds"][theme]
    return light, dark


#: When a style sheet is dark: as the visitor prefers it or the site's own switch says it; never;
#: always.
Scheme: TypeAlias = Literal["auto", "light", "dark"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)


def written(
    parts: Iterable[str | Dark], attribute: str | None = None, scheme: Scheme = "auto"
) -> str:
    """The text of a style sheet.

    :param attribute: of ``<html>``, by which a site's own switch says ``light`` or ``dark``, alone
        or among other words: it counts more than what the browser prefers.
    :param scheme: one of :data:`SCHEMES`.
    """
    return "".join(p if isinstance(p, str) else _dark(p, attribute, scheme) for p in parts)


def _dark(rule: Dark, attribute: str | None, scheme: Scheme) -> str:
    selectors, declarations = rule
    if scheme == "light":
        return ""
    if scheme == "dark":
        return f"{selectors}{{{declarations}}}"
    if attribute is None:
        return f"@media(prefers-color-scheme:dark){{{selectors}{{{declarations}}}}}"
    # The switch must not make a rule count more than what a theme says after it.
    return (
        f"@media(prefers-color-scheme:dark){{:where(:root:not([{attribute}~=light])) "
        f":is({selectors}){{{declarations}}}}}"
        f":where(:root[{attribute}~=dark]) :is({selectors}){{{declarations}}}"
    )
