"""The site of the documentation, and the links between its pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tools.site import foreign

from .samples import PAGES, TOP


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<script src="https://cdn.example/a.js"></script>', ["<script> https://cdn.example/a.js"]),
        ('<script src="//cdn.example/a.js"></script>', ["<script> //cdn.example/a.js"]),
        ('<link rel="stylesheet" href="https://f.example/c">', ["<link> https://f.example/c"]),
        ('<link rel="preconnect" href="https://f.example">', ["<link> https://f.example"]),
        ('<img srcset="https://i.example/a 2x">', ["<img> https://i.example/a 2x"]),
        ("<style>@import 'https://f.example/c';</style>", ["https://f.example/c"]),
        ('<p style="background:url(//i.example/p)">', ["//i.example/p"]),
        ('<pre class="mermaid">', ['<pre class="mermaid">']),
        ('<script src="a.js"></script><link rel="icon" href="i.png">', []),
        ('<a href="https://w3.org/">W3C</a><link rel="canonical" href="https://x.example/">', []),
    ],
)
def test_what_a_page_loads_from_elsewhere_is_found(
    tmp_path: Path, page: str, found: list[str]
) -> None:
    (tmp_path / "page.html").write_text(page)
    assert list(foreign(tmp_path)) == [f"page.html: {one}" for one in found]


def test_what_a_style_sheet_loads_from_elsewhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("")
    (tmp_path / "font.css").write_text("@font-face { src: url('https://f.example/a.woff2') }")
    assert list(foreign(tmp_path)) == ["font.css: https://f.example/a.woff2"]


def test_a_folder_without_pages_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no page"):
        list(foreign(tmp_path))


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_links_lead_to_files_and_headings_that_are_there(page: str) -> None:
    lost = []
    for link in _links(MarkdownIt().enable("table").parse((TOP / page).read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, heading = link.partition("#")
        target = (TOP / page).parent / name if name else TOP / page
        if not target.exists() or (heading and heading not in _headings(target)):
            lost.append(link)
    assert not lost


def _links(tokens: list[Token]) -> list[str]:
    found = []
    for token in tokens:
        found += [str(token.attrs[name]) for name in ("href", "src") if name in token.attrs]
        found += _links(token.children or [])
    return found


def _headings(page: Path) -> set[str]:
    """The anchors that a forge makes of a page's headings."""
    lines = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}
