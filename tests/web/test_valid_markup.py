"""What pages of a site carry is valid HTML: a rule for each fault that the Nu checker found."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.site import get, make_app
from tests.web.test_embeds import call

BODY = f"<main>{call()}{{{{ consent_policy() }}}}</main>"
OURS = ("/", "/consent/preferences", "/consent/policy", "/consent/dialog", "/consent/first-layer")
DELIVERIES: dict[str, Any] = {"inline": {}, "files": {"inline": False}, "reopen": {"reopen": "end"}}


class _Elements(HTMLParser):
    """Each start tag with its attributes, and the tags that it stands in."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), tuple(self._open)))
        if tag not in ("meta", "link", "input", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


def elements(path: str, delivery: str) -> Any:
    parser = _Elements()
    parser.feed(get(make_app(BODY, **DELIVERIES[delivery]), path=path).text)
    parser.close()
    return parser.found


each_page = pytest.mark.parametrize("path", OURS)
each_delivery = pytest.mark.parametrize("delivery", DELIVERIES)


@each_page
@each_delivery
def test_a_data_block_has_no_address(path: str, delivery: str) -> None:
    """HTML, 4.12.1: a script of a type that is no script's has no ``src``."""
    blocks = [a for tag, a, _ in elements(path, delivery) if tag == "script" and "type" in a]
    assert not [a for a in blocks if "src" in a]


@each_page
def test_without_inline_code_no_style_stands_in_the_body(path: str) -> None:
    found = elements(path, "files")
    assert not [tag for tag, _, above in found if tag == "style" and "body" in above]


@each_page
@each_delivery
def test_no_form_stands_in_a_form(path: str, delivery: str) -> None:
    found = elements(path, delivery)
    assert not [tag for tag, _, above in found if tag == "form" and "form" in above]
    assert path in ("/consent/policy",) or [tag for tag, _, _ in found if tag == "form"]


def test_a_font_of_a_style_names_inherit_for_everything_or_for_nothing() -> None:
    """CSS: ``font: 700 1em inherit`` is no declaration, and dropped."""
    for delivery in DELIVERIES:
        page = get(make_app(BODY, **DELIVERIES[delivery]), path="/").text
        files = re.findall(r'href="(/consent/[^"]+\.css)"', page)
        css = page + "".join(get(make_app(BODY, inline=False), path=f).text for f in files)
        fonts = re.findall(r"font:([^;}]+)", css)
        assert not [font for font in fonts if "inherit" in font and font.strip() != "inherit"]
