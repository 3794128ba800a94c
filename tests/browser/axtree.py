"""The accessibility tree as Chromium gives it to a screen reader, by DevTools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .visitor import Visitor

#: Text is its element's, and how it is laid out is said by nobody.
_PIECES = {"StaticText", "InlineTextBox", "ListMarker", "LineBreak", "none", "generic"}


@dataclass(frozen=True)
class Node:
    """What is said of one element."""

    role: str
    name: str
    description: str
    state: dict[str, Any]

    @property
    def said(self) -> tuple[str, str]:
        return self.role, self.name


def _query(browser: Visitor, selector: str, **wanted: str) -> list[dict[str, Any]]:
    root = browser.cdp("DOM.getDocument", depth=0)["root"]["nodeId"]
    found = browser.cdp("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
    assert found, f"no element {selector}"
    listed = browser.cdp("Accessibility.queryAXTree", nodeId=found, **wanted)["nodes"]
    return [raw for raw in listed if not raw["ignored"]]


def _text(raw: dict[str, Any], key: str) -> str:
    return str(raw.get(key, {}).get("value", ""))


def nodes(browser: Visitor, selector: str = "body") -> list[Node]:
    """All that is exposed at and below the first element that fits, in the order of the page."""
    return [
        Node(
            _text(raw, "role"),
            _text(raw, "name"),
            _text(raw, "description"),
            {p["name"]: p["value"].get("value") for p in raw.get("properties", ())},
        )
        for raw in _query(browser, selector)
        if _text(raw, "role") not in _PIECES
    ]


def of_role(browser: Visitor, selector: str, *roles: str) -> list[tuple[str, str]]:
    """Role and name of the nodes that have one of ``roles``."""
    return [node.said for node in nodes(browser, selector) if node.role in roles]


def named(browser: Visitor, role: str, name: str, selector: str = "body") -> Node:
    """The one node of this role with exactly this name."""
    listed = nodes(browser, selector)
    found = [node for node in listed if node.said == (role, name)]
    assert len(found) == 1, ((role, name), [node.said for node in listed])
    return found[0]


def read(browser: Visitor, selector: str) -> str:
    """What a screen reader reads there from beginning to end."""
    return "".join(_text(raw, "name") for raw in _query(browser, selector, role="StaticText"))
