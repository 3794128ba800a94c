"""Looks whether a built site asks anybody else for anything: python -m tools.site FOLDER.

Scripts, styles, fonts, pictures and frames have to be the site's own, as those who read about
consent have given none.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

_FOREIGN = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
_IN_CSS = re.compile(r"(?:url\(|@import)\s*[\"']?\s*((?:https?:)?//[^\"')\s]+)", re.IGNORECASE)

#: Attributes that make a browser load something. (A link to follow is ``<a href>``.)
_LOADS = {"src", "srcset", "poster", "data"}
#: Kinds of ``<link>`` that load nothing.
_IDLE = {"alternate", "author", "canonical", "help", "license", "next", "prev", "search"}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._in_style = tag == "style"
        loads = [value for name, value in values.items() if name in _LOADS]
        if tag in ("use", "image"):
            loads.append(values.get("href", ""))
        if tag == "link" and not set(values.get("rel", "").lower().split()) & _IDLE:
            loads.append(values.get("href", ""))
        self.found += [f"<{tag}> {value}" for value in loads if _FOREIGN.match(value)]
        self.found += _IN_CSS.findall(values.get("style", ""))
        # Material for MkDocs fetches what draws these from unpkg.com.
        if "mermaid" in values.get("class", "").split():
            self.found.append(f'<{tag} class="mermaid">')

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.found += _IN_CSS.findall(data)


def foreign(folder: Path) -> Iterator[str]:
    """What the pages and styles in ``folder`` load from elsewhere, with the file it stands in.

    :raises ValueError: if there is no page in it.
    """
    pages = sorted(folder.rglob("*.html"))
    if not pages:
        raise ValueError(f"there is no page in {folder}")
    for path in pages:
        page = _Page()
        page.feed(path.read_text("utf-8"))
        yield from (f"{path.relative_to(folder)}: {found}" for found in page.found)
    for path in sorted(folder.rglob("*.css")):
        found = _IN_CSS.findall(path.read_text("utf-8"))
        yield from (f"{path.relative_to(folder)}: {address}" for address in found)


if __name__ == "__main__":
    if faults := list(foreign(Path(sys.argv[1]))):
        sys.exit("The site asks others for these:\n" + "\n".join(faults))
