"""The samples of a documentation page, as a reader would run them.

CONTRIBUTING.md ("Samples") says what a page may contain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

TOP = Path(__file__).parents[2]

#: Every page with samples, by its path from the top.
PAGES = sorted(
    str(path.relative_to(TOP))
    for path in (TOP / "README.md", TOP / "CONTRIBUTING.md", *(TOP / "docs").rglob("*.md"))
)

#: What becomes of the samples of each language. ``text`` is shown, and is no program.
LANGUAGES = {"python", "html", "jinja", "js", "css", "sh", "json", "text"}

_HIDDEN = re.compile(r"<!-- (\w+)\n(.*?)-->\s*", re.DOTALL)
_FILE = re.compile(r"(?:\{#|<!--|//|#) ([\w./-]+\.\w+)(?: #\}| -->)?\n")
# What a page loads from: the origin in the address of a script, frame, image or style sheet.
_LOADED = re.compile(r"<(?:script|iframe|img|link|video)\b[^>]*?(?:src|href)=\"(https?://[^/\"]+)/")


@dataclass(frozen=True)
class Sample:
    """One fenced block, or a comment that stands for one.

    :param line: of its first line of code in the page, from 1.
    :param hidden: whether it is a comment, which readers do not see.
    """

    page: str
    line: int
    language: str
    code: str
    hidden: bool = False

    @property
    def file(self) -> str | None:
        """The name of the file that it is, where its first line is a comment with one."""
        found = _FILE.match(self.code)
        return found and found[1]

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def samples(page: str) -> list[Sample]:
    """The samples of ``page``, in order. An indented block is one of no language."""
    tokens = MarkdownIt().parse((TOP / page).read_text("utf-8"))
    return [sample for token in tokens for sample in _sample(page, token)]


def _sample(page: str, token: Token) -> Iterable[Sample]:
    line = token.map[0] + 1 if token.map else 0
    if token.type == "code_block":
        yield Sample(page, line, "", token.content)
    elif token.type == "fence":
        yield Sample(page, line + 1, token.info.strip(), token.content)
    elif token.type == "html_block" and (found := _HIDDEN.fullmatch(token.content)):
        yield Sample(page, line + 1, found[1], found[2], hidden=True)


def elsewhere(page: str, url: str) -> list[Sample]:
    """The samples of ``page``, with ``url`` in the place of each origin that they load from."""
    found = samples(page)
    origins = {
        origin
        for sample in found
        if sample.language in ("html", "jinja")
        for origin in _LOADED.findall(sample.code)
    }
    for origin in origins:
        # What we serve ourselves is there already: /consent/banner.js of another host.
        pattern = re.compile(re.escape(origin) + r"(?![\w.-])(/consent/)?")
        found = [replace(s, code=pattern.sub(lambda match: match[1] or url, s.code)) for s in found]
    return found


def write(found: Iterable[Sample], folder: Path) -> None:
    """Writes the files among the samples into ``folder``; samples of one name make one file."""
    for sample in found:
        if sample.file:
            file = folder / sample.file
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a", encoding="utf-8") as text:
                text.write(sample.code)


def run(found: Iterable[Sample], folder: Path) -> dict[str, Any]:
    """Writes the files among the samples into ``folder``, runs the Python in order as one module,
    and gives the names that it made.

    :param folder: has to be the current one: it is where Flask looks for ``templates``.
    """
    module: dict[str, Any] = {"__name__": "sample"}
    found = list(found)
    write(found, folder)
    for sample in found:
        if sample.language == "python":
            # Lines count as in the page, so that a traceback leads there.
            code = "\n" * (sample.line - 1) + sample.code
            exec(compile(code, str(TOP / sample.page), "exec"), module)
    return module
