"""Engines that this machine lacks: with ``ENGINES=all`` a failure, otherwise said at the end."""

from __future__ import annotations

import os
from typing import Any, NoReturn

import pytest

_NOT_TRIED = "was not tried, since this machine lacks"


def is_absent(engine: str, what: str, packages: str) -> NoReturn:
    """Ends a test that needs an engine which is not installed.

    :param what: the program that was not found.
    :param packages: those of Debian that have it.
    """
    message = f"{engine} {_NOT_TRIED} {what}. Install it: apt-get install {packages}"
    if os.environ.get("ENGINES") == "all":
        pytest.fail(f"{message}. (ENGINES=all asks for every engine.)", pytrace=False)
    pytest.skip(message)


def say_what_was_not_tried(reporter: Any) -> None:
    """Prints one line for each engine whose tests were skipped."""
    reasons = {
        report.longrepr[2].removeprefix("Skipped: ")
        for report in reporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    }
    for reason in sorted(reason for reason in reasons if _NOT_TRIED in reason):
        reporter.write_line(reason, yellow=True)
