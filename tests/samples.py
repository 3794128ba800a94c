"""The samples of a documentation page, laid out and run as a reader would.

A fenced block is a sample. One whose first line is a comment with a file name is that file
(``{# templates/index.html #}``, ``<!-- index.html -->``, ``// app.js``); blocks of Python are run
one after another, in one module.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Flask

DOCS = Path(__file__).parent.parent / "docs"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"(?:\{#|<!--|//|#) ([\w./-]+\.\w+)(?: #\}| -->)?\n")


def samples(page: str) -> list[tuple[str, str]]:
    """Language and code of each sample of ``page`` (``"howto/tags"``)."""
    return _BLOCK.findall((DOCS / f"{page}.md").read_text("utf-8"))


def lay_out(page: str, folder: Path, instead: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Writes the files of ``page`` into ``folder``, which must be the current one, runs its Python,
    and gives the names that it made.

    :param instead: what to write for parts of the samples: a server of the test's for a vendor's.
    """
    module: dict[str, Any] = {"__name__": "sample"}
    blocks = []
    for language, code in samples(page):
        for old, new in (instead or {}).items():
            code = code.replace(old, new)
        blocks.append((language, code))
    for language, code in blocks:
        if language != "python" and (found := _FILE.match(code)):
            file = folder / found[1]
            file.parent.mkdir(exist_ok=True)
            file.write_text(code, "utf-8")
    sys.modules.setdefault("dash", _dash())
    for language, code in blocks:
        if language == "python":
            exec(compile(code, f"docs/{page}.md", "exec"), module)
    return module


class _Dash:
    """As much of Dash as its sample touches. Dash itself would bring a hundred megabytes."""

    def __init__(self, name: str, index_string: str) -> None:
        self.server = Flask(name)
        page = re.sub(r"\{%\w+%\}", "", index_string)
        self.server.add_url_rule("/", "page", lambda: page)

    def callback(self, *_: Any) -> Callable[[Any], Any]:
        """The callback is the page ``/callback``."""

        def decorate(function: Any) -> Any:
            self.server.add_url_rule("/callback", "callback", lambda: function(None))
            return function

        return decorate


def _dash() -> ModuleType:
    fake: Any = ModuleType("dash")
    fake.Dash = _Dash
    fake.html = type("html", (), dict.fromkeys(("Div", "Button", "P"), lambda *_, **__: None))
    fake.Input = fake.Output = lambda *_: None
    return fake
