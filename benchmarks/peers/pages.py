"""Puts what was measured into the documentation."""

from __future__ import annotations

from pathlib import Path

_TOP = Path(__file__).parents[2]
_BEGIN, _END = "<!-- peers -->\n", "<!-- /peers -->\n"


def replace(path: str, text: str) -> None:
    """Puts ``text`` between the marks of a page."""
    page = _TOP / path
    before, begin, rest = page.read_text("utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"{path} has no {_BEGIN.strip()} with {_END.strip()} after it")
    page.write_text(f"{before}{begin}\n{text}\n\n{end}{after}", "utf-8")
