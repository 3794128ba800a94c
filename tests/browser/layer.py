"""What holds for the first layer wherever it stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from allpairspy import AllPairs

from tests.fonts import FACES

#: For tests of what lies where: all others run with the wide face alone.
in_each_face = pytest.mark.parametrize("browser", FACES, indirect=True)


def with_each_face_and(**axes: Iterable[Any]) -> pytest.MarkDecorator:
    """As :data:`in_each_face`, for tests with parameters of their own: any two values of two
    ``axes``, and any value with either face, meet in one test."""
    cases = AllPairs([list(FACES), *map(list, axes.values())])
    return pytest.mark.parametrize(("browser", *axes), list(cases), indirect=["browser"])


def fits(browser: Any, width: int, height: int, share: float) -> None:
    """Asserts that the banner covers at most ``share`` of the window's height, that it lies inside
    the window, and that its two buttons are as large as each other and whole (F1, F4, R87)."""
    box, accept, reject = browser.js(_BOXES)
    assert box["height"] <= height * share + 0.5, (width, height, box["height"])
    assert box["left"] >= 0
    assert box["right"] <= width
    assert (accept["width"], accept["height"]) == (reject["width"], reject["height"])
    for button in (accept, reject):
        assert box["top"] <= button["top"]
        assert button["bottom"] <= box["bottom"]
        assert not button["is_cut_off"]


#: The first layer and its two buttons: where they are, and whether any of the text is cut off.
_BOXES = """["#fcc", "#fcc button"].flatMap((s) => [...document.querySelectorAll(s)].map((el) => ({
  ...el.getBoundingClientRect().toJSON(), is_cut_off: el.scrollWidth > el.clientWidth,
})))"""
