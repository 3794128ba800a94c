"""Docstrings for the reference: what reStructuredText marks is said in Markdown, and the comment
``#:`` above a name is its docstring."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import griffe

_ROLE = re.compile(r":\w+:`~?\.*(?:[\w.]*\.)?(\w+)`")


class Markdown(griffe.Extension):
    """An extension of mkdocstrings' reader (mkdocs.yml names this file)."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Changes the docstring of one module, class, function or name."""
        if obj.docstring is None and obj.is_attribute:
            obj.docstring = _comment(obj)
        if obj.docstring:
            text = _ROLE.sub(r"`\1`", obj.docstring.value)
            text = text.replace(":warns ", ":raises ")  # the parser knows no warnings
            obj.docstring.value = re.sub(r"::$", ":", text, flags=re.MULTILINE)


def _comment(obj: griffe.Object) -> griffe.Docstring | None:
    if not isinstance(obj.filepath, Path):  # a package without a file of its own
        return None
    lines = obj.lines_collection[obj.filepath]
    end = start = (obj.lineno or 1) - 1
    while start and lines[start - 1].lstrip().startswith("#:"):
        start -= 1
    text = "\n".join(line.lstrip()[3:] for line in lines[start:end])
    return griffe.Docstring(text, parent=obj) if text else None
