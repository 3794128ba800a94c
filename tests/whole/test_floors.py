"""The lowest versions that the package admits: what ``make test-lowest`` installs."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.floors import floors, project

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "server" / "flask_cookie_consent"
#: Imported only where the site itself has it.
OF_THE_SITE = {"flask-babel", "pytest"}


def imported() -> set[str]:
    """The distributions that the package imports, wherever it does."""
    modules: set[str] = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                modules.add(node.module.partition(".")[0])
    # Each has the name of its module.
    return set(map(canonicalize_name, modules - {*sys.stdlib_module_names, PACKAGE.name}))


def test_everything_that_is_imported_has_a_lowest_version() -> None:
    stated = {canonicalize_name(name) for name in floors(project())}
    assert imported() - OF_THE_SITE <= stated


def test_what_an_extra_brings_has_a_lowest_version_too() -> None:
    extras: dict[str, list[str]] = project()["optional-dependencies"]
    lines = [line for extra in extras.values() for line in extra]
    wanted = {Requirement(line).name for line in lines} - {project()["name"]}
    assert {"Brotli", "maxminddb", "selenium", "SQLAlchemy"} <= wanted <= set(floors(project()))


@pytest.mark.parametrize("line", ["Flask", "Flask==3.0", "Flask<4", "Flask>=3,>=3.1"])
def test_a_dependency_without_a_lowest_version_is_an_error(line: str) -> None:
    wrong: dict[str, Any] = {"name": "x", "dependencies": [line], "optional-dependencies": {}}
    with pytest.raises(ValueError, match=r"^pyproject\.toml: 'Flask.*write 'Flask>='"):
        floors(wrong)
