"""No page that a test looks at depends on the fonts of the machine."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable

import pytest
from flask import Flask

from flask_cookie_consent.ui.messages import Texts, languages
from tests.fonts import FACES, OTHERS, environment
from tests.site import make_app

from .layer import in_each_face
from .visitor import Visitor
from .world import Server

Serve = Callable[..., Server]

#: Generic families, and some that machines have and sites name.
FAMILIES = (
    "system-ui", "sans-serif", "serif", "monospace", "cursive", "fantasy", "math", "ui-rounded",
    "Arial", "Georgia", "Roboto", "Verdana", "'Segoe UI'", "'DejaVu Serif'", "'Noto Sans CJK JP'",
)  # fmt: skip

#: Characters that are drawn as one that no face has.
BOXES = """(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 48, height: 48 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.font = "24px system-ui";
  const drawn = (character) => {
    pen.clearRect(0, 0, 48, 48);
    pen.fillText(character, 8, 32);
    return pen.getImageData(0, 0, 48, 48).data.join("");
  };
  const box = drawn("\\uE000");
  return [...arguments[0]].filter((character) => drawn(character) == box).join("");
})()"""


def families(browser: Visitor, selector: str = "body *") -> set[str]:
    """The families of the faces that the text of some elements is drawn with."""
    browser.cdp("DOM.enable")
    browser.cdp("CSS.enable")
    root = browser.cdp("DOM.getDocument")["root"]["nodeId"]
    nodes = browser.cdp("DOM.querySelectorAll", nodeId=root, selector=selector)["nodeIds"]
    return {
        font["familyName"]
        for node in nodes
        for font in browser.cdp("CSS.getPlatformFontsForNode", nodeId=node)["fonts"]
    }


def written() -> Flask:
    """A site whose page has text in every one of :data:`FAMILIES`, and in every language."""
    app = Flask("written")
    lines = [f'<p class="latin" style="font-family: {family}">Text' for family in FAMILIES]
    lines += [f"<p lang={code}>{Texts(code)('accept_all')}" for code in languages()]
    page = f"<!doctype html><meta charset=utf-8><title>Page</title>{''.join(lines)}"
    app.add_url_rule("/", "page", lambda: page)
    return app


def characters() -> str:
    """All that the texts of any language are written with, but spaces and joiners."""
    texts = {c for code in languages() for c in repr(Texts(code).as_dict())}
    return "".join(sorted(c for c in texts if c.isprintable() and not c.isspace()))


def test_no_page_sees_a_font_of_the_machine(browser: Visitor, serve: Serve) -> None:
    browser.get(serve(written()).url)
    assert families(browser, ".latin") == {FACES["wide"]}
    assert families(browser) == {FACES["wide"], *OTHERS}


def test_every_character_of_every_language_has_a_face(browser: Visitor, serve: Serve) -> None:
    """The boxes that stand for what is lacking are as wide in any language."""
    browser.get(serve(written()).url)
    assert len(characters()) > 1000
    assert browser.js(BOXES, "a\ue001") == "\ue001"
    lacking = browser.js(BOXES, characters())
    assert lacking == "", f"no face has {lacking}; tests/faces/README.md says how to make them anew"


@in_each_face
def test_first_layer_preferences_and_pages_are_drawn_with_the_face_that_is_asked_for(
    browser: Visitor, serve: Serve, request: pytest.FixtureRequest
) -> None:
    face = {FACES[request.node.callspec.params["browser"]]}
    site = serve(make_app("<main>Text</main>"))
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    assert families(browser, "#fcc, #fcc *, main") == face
    browser.click("Customise")
    browser.until(lambda: browser.dialog)
    assert families(browser, "#fcc-dialog, #fcc-dialog *") == face
    browser.get(f"{site.url}/consent/policy")
    assert families(browser) == face


@pytest.mark.parametrize("face", FACES)
def test_every_browser_that_is_started_with_it_gets_the_face(face: str) -> None:
    """As fontconfig says, which Firefox and WebKitGTK ask too."""
    match = shutil.which("fc-match")
    if match is None:
        pytest.skip("fontconfig's tools are not installed (fontconfig)")
    for family in ("system-ui", "sans-serif", "monospace", "Arial"):
        found = subprocess.check_output(
            [match, "-f", "%{family[0]}", family], env=environment(face)
        )
        assert found.decode() == FACES[face], json.dumps(family)
