"""What tests cite can be read: each id of a requirement stands in docs/requirements.md."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: In the brackets of a docstring, or at its start: ``F1``, ``R94``, ``D14``.
_CITED = re.compile(r"[(\"; ,]((?:[FBWPLSHAQI][1-9]|R[1-9][0-9]{0,2}|D[1-9][0-9]?)\b)(?=[;:,).\"])")


def test_every_requirement_that_a_test_names_is_on_the_page() -> None:
    page = (ROOT / "docs" / "requirements.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    known = {id for row in rows for id in re.findall(r"\w+", row.split("|")[1])}
    cited = {
        id
        for path in (ROOT / "tests").rglob("*.py")
        for docstring in re.findall(r'"""(.*?)"""', path.read_text("utf-8"), re.DOTALL)
        for id in _CITED.findall(f'"{docstring}"')
    }
    assert len(cited) > 60
    assert cited - known == set()
