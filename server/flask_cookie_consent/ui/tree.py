"""Markup as a tree of ``[tag, attributes, ...children]``.

A script builds it with ``createElement`` and ``setAttribute``, which no
Content-Security-Policy and no Trusted Types policy forbids, as they do with markup as text.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any, TypeAlias

Node: TypeAlias = "str | list[Any]"

#: What HTML collapses; other spaces, such as those of French punctuation, stay.
_WHITE_SPACE = re.compile("[ \t\n\r\f]+")

_VOID = frozenset({"input", "br", "img", "hr", "link", "meta"})


def parse(markup: str) -> list[Node]:
    """The nodes of ``markup``, with runs of white space made one space and those between two
    tags kept only where they part words."""
    parser = _Parser()
    parser.feed(markup)
    parser.close()
    return [node for node in parser.root[2:] if not isinstance(node, str) or node.strip()]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root: list[Any] = ["", {}]
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = [tag, {name: value or "" for name, value in attrs}]
        self._open[-1].append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        text = _WHITE_SPACE.sub(" ", data)
        if text == " " and (self._open[-1][0] != "div" or len(self._open[-1]) == 2):
            return
        self._open[-1].append(text)
