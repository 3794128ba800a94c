"""The house in one picture: which module of the package imports which, floor by floor.

    python -m tools.house            # writes docs/house.svg
    python -m tools.house --check    # fails if it is stale

A module imports from its own floor and from those below it, never from above, and there are no
cycles; tests/test_house.py holds that.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from html import escape
from pathlib import Path

import grimp

PACKAGE = "flask_cookie_consent"
PICTURE = Path(__file__).parents[1] / "docs" / "house.svg"

#: By floor, from the ground up: what it is, and its modules. A package stands for what is in it
#: and is not named itself.
FLOORS: tuple[tuple[str, str], ...] = (
    (
        "Plain Python: policy, choice, texts. No Flask.",
        "arguments checks choice colors declarations durations events faults formats languages "
        "model places policy records.merkle records.record signals source texts tree wording "
        "wording_faults",
    ),
    (
        "What a visitor gets and sends: rules, cookie, pages, bundles, gate, proof. No request.",
        "assets budget bundles caching cleaning cookie csp declared edition gate look looking "
        "measuring origin records regimes render rules site_texts submission text_commands twins",
    ),
    (
        "One request: the proxy, templates, routes, the layer around the app.",
        "choosing companions context embedding embeds files guard hosts proof replies routes site "
        "templating views wsgi",
    ),
    ("What wires all.", "cli extension"),
    ("What uses a finished site.", "preview testing"),
)

#: What a command imports only when it runs, from whatever floor.
LATER = {("cli", "preview"), ("cli", "records")}

_WIDTH, _BOX, _LINE, _TITLE, _GAP = 1200, 22, 44, 30, 10


def floors() -> dict[str, int]:
    """Every module's floor, from 0; names are without the package's."""
    return {name: floor for floor, (_, names) in enumerate(FLOORS) for name in names.split()}


def imports() -> dict[str, set[str]]:
    """What each module imports when it is imported or runs, type checking aside.

    :raises ValueError: if a module stands on no floor.
    """
    graph = grimp.build_graph(PACKAGE, exclude_type_checking_imports=True, cache_dir=None)
    known = floors()
    found: dict[str, set[str]] = {name: set() for name in known}
    for module in graph.modules - {PACKAGE}:  # the package itself only gives names to what is in it
        name = _place(module, known)
        modules = graph.find_modules_directly_imported_by(module) - {PACKAGE}
        others = {_place(other, known) for other in modules}
        found[name] |= {other for other in others - {name} if (name, other) not in LATER}
    return found


def _place(module: str, known: Mapping[str, int]) -> str:
    name = module.removeprefix(f"{PACKAGE}.")
    while name not in known:
        name, dot, _ = name.rpartition(".")
        if not dot:
            raise ValueError(f"{module} stands on no floor; name it in FLOORS, tools/house.py")
    return name


def upward(found: Mapping[str, Iterable[str]]) -> list[str]:
    """The imports that go up, which must not be."""
    known = floors()
    return sorted(
        f"{name} (floor {known[name] + 1}) imports {other} (floor {known[other] + 1})"
        for name, others in found.items()
        for other in others
        if known[other] > known[name]
    )


def picture() -> str:
    """The picture, as SVG.

    :raises graphlib.CycleError: if modules import each other in a circle.
    """
    found = imports()
    drawn = _reduced(found)
    places: dict[str, tuple[float, float]] = {}
    bands: list[str] = []
    top = 0
    for floor, lines in reversed(list(enumerate(_lines(found)))):
        height = _TITLE + _LINE * len(lines)
        bands.append(
            f'<rect class="f{floor % 2}" x="0" y="{top}" width="{_WIDTH}" height="{height}"/>'
            f'<text class="t" x="12" y="{top + 19}">{floor + 1}  {escape(FLOORS[floor][0])}</text>'
        )
        for number, line in enumerate(lines):
            _place_line(line, top + _TITLE + _LINE * number, drawn, places)
        top += height + _GAP
    arrows = [
        _arrow(places[name], places[other]) for name in places for other in sorted(drawn[name])
    ]
    boxes = [_box(name, *places[name], sorted(found[name])) for name in places]
    body = "\n".join([*bands, *arrows, *boxes])
    return _SVG.format(width=_WIDTH, height=top - _GAP, body=body)


def _lines(found: Mapping[str, set[str]]) -> list[list[list[str]]]:
    """By floor its lines, from the top down: what is imported stands below what imports it."""
    known = floors()
    depth: dict[str, int] = {}
    for name in TopologicalSorter(found).static_order():
        below = [depth[other] for other in found[name] if known[other] == known[name]]
        depth[name] = 1 + max(below, default=-1)
    result = []
    for floor in range(len(FLOORS)):
        names = sorted(name for name in known if known[name] == floor)
        levels = sorted({depth[name] for name in names}, reverse=True)
        result.append([[name for name in names if depth[name] == level] for level in levels])
    return result


def _reduced(found: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Without the imports that others imply: what remains can be drawn."""
    reach: dict[str, set[str]] = {}
    for name in TopologicalSorter(found).static_order():
        reach[name] = found[name].union(*(reach[other] for other in found[name]))
    return {
        name: {one for one in others if not any(one in reach[other] for other in others)}
        for name, others in found.items()
    }


def _place_line(
    line: Iterable[str],
    y: int,
    drawn: Mapping[str, set[str]],
    places: dict[str, tuple[float, float]],
) -> None:
    """Puts the modules of a line into ``places``, each as near below what imports it as it goes."""

    def above(name: str) -> float:
        over = [x for other, (x, _) in places.items() if name in drawn[other]]
        return sum(over) / len(over) if over else _WIDTH / 2

    line = sorted(line, key=lambda name: (above(name), name))
    gap = (_WIDTH - sum(map(_width, line))) / len(line)
    x = gap / 2 * (0.6 if y // _LINE % 2 else 1.4)  # not in one column, which would hide arrows
    for name in line:
        places[name] = (round(x + _width(name) / 2), y)
        x += _width(name) + gap


def _width(name: str) -> int:
    return 8 * len(name) + 14


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x, y), (to_x, to_y) = start, end
    y += _BOX
    return f'<path d="M{x} {y}C{x} {y + _BOX} {to_x} {to_y - _BOX} {to_x} {to_y}"/>'


def _box(name: str, x: float, y: float, found: Iterable[str]) -> str:
    width = _width(name)
    return (
        f"<g><title>{name} imports {', '.join(found) or 'nothing of ours'}</title>"
        f'<rect class="b" x="{x - width // 2}" y="{y}" width="{width}" height="{_BOX}" rx="4"/>'
        f'<text x="{x}" y="{y + 15}">{name}</text></g>'
    )


_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"
 font-family="ui-monospace,monospace" font-size="13" text-anchor="middle">
<title>The modules of flask_cookie_consent by floor, and what imports what</title>
<style>
svg{{background:#fff}}.f0{{fill:#eef3f8}}.f1{{fill:#f6f1e7}}.b{{fill:#fff;stroke:#456}}
text{{fill:#123}}.t{{text-anchor:start;font-weight:bold}}path{{fill:none;stroke:#456;opacity:.35}}
</style>
{body}
</svg>
"""


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="tools.house", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if it is stale")
    drawn = picture()
    if parser.parse_args().check:
        if drawn != PICTURE.read_text("utf-8"):
            sys.exit("docs/house.svg is stale; python -m tools.house")
    else:
        PICTURE.write_text(drawn, "utf-8")


if __name__ == "__main__":
    main()
