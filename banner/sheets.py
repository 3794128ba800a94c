"""What ``ui/look.py`` needs to know of the built style sheets, so that no site parses CSS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

#: Which file has it.
NAME = "look.json"

#: How a rule that holds in the dark begins, and the rule: one in each block.
_DARK = re.compile(r"@media\s?\(prefers-color-scheme:\s?dark\)\{([^{}]+)\{([^{}]*)\}\}")

#: A theme's own background: its last two are those in the light and in the dark.
_BACKGROUND = re.compile(r"--fcc-background,\s?(#[0-9a-f]+)\)")

#: A rule about the first layer, perhaps about more with it, and perhaps in the dark.
_OF_LAYER = re.compile(
    r"(@media\s?\(prefers-color-scheme:\s?dark\)\{)?(?<![^{}])#fcc(?:,#fcc-dialog,\.fcc-page)?\{([^{}]*)\}"
)


def describe(folder: Path, themes: Iterable[str]) -> str:
    """The content of :data:`NAME`, for the style sheets in ``folder``.

    :raises ValueError: if a sheet has a block for the dark with more than one rule.
    """
    texts = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.css"))}
    own = {theme: texts.get(f"theme-{theme}.css", "") for theme in ("plain", *themes)}
    found = {
        "dark": {name: places for name, css in texts.items() if (places := _dark(name, css))},
        "layer": {name: _of_layer(css) for name, css in texts.items() if _has_layer(name)},
        "backgrounds": {
            theme: _BACKGROUND.findall(texts["first.css"] + css)[-2:] for theme, css in own.items()
        },
    }
    return json.dumps(found, separators=(",", ":")) + "\n"


def _dark(name: str, css: str) -> list[list[int]]:
    """Where the blocks for the dark are: each begins, has its selectors, its declarations, and
    ends."""
    found = list(_DARK.finditer(css))
    if len(found) != css.count("prefers-color-scheme"):
        raise ValueError(f"{name}: a block for the dark has to have one rule")
    return [[m.start(), *m.span(1), *m.span(2), m.end()] for m in found]


def _has_layer(name: str) -> bool:
    return name == "first.css" or name.startswith(("place-", "theme-"))


def _of_layer(css: str) -> list[list[object]]:
    """The custom properties of the first layer: whether in the dark, and the declarations."""
    found: list[list[object]] = []
    for media, declarations in _OF_LAYER.findall(css):
        own = ";".join(d for d in declarations.split(";") if d.startswith("--"))
        if own:
            found.append([bool(media), own])
    return found
