"""The lowest versions that ``pyproject.toml`` admits, as a constraints file for pip:
``python -m tools.floors``.

Printed are those of what the package needs and of what its extras need, not of what its own
development needs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:  # comes with pytest
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent


def project() -> dict[str, Any]:
    """The table ``[project]`` of this project's ``pyproject.toml``."""
    said: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return said


def floors(project: dict[str, Any]) -> dict[str, str]:
    """The lowest version of each dependency, by its name.

    :param project: the table ``[project]`` of a ``pyproject.toml``.
    :raises ValueError: for a dependency that does not say ``>=`` once.
    """
    extras = project["optional-dependencies"]
    every = _requirements([project["dependencies"], *(extras[name] for name in sorted(extras))])
    return {one.name: _floor(one) for one in every if one.name != project["name"]}


def _requirements(lists: Iterable[list[str]]) -> Iterable[Requirement]:
    return (Requirement(line) for lines in lists for line in lines)


def _floor(requirement: Requirement) -> str:
    found = [s.version for s in requirement.specifier if s.operator == ">="]
    if len(found) != 1:
        raise ValueError(
            f"pyproject.toml: {str(requirement)!r} states no lowest version; "
            f"write '{requirement.name}>=' and the first version with which the tests pass"
        )
    return found[0]


def main() -> None:
    for name, version in floors(project()).items():
        print(f"{name}=={version}")


if __name__ == "__main__":
    main()
