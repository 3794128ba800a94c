"""Commands of an app, run as in a shell."""

from __future__ import annotations

import inspect
from typing import Any

from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo

from flask_cookie_consent.commands.group import consent

#: Click before 8.2 has to be told to keep standard error apart.
_MIXED = "mix_stderr" in inspect.signature(CliRunner).parameters


def run(app: Flask, *arguments: str, **options: Any) -> Result:
    """What ``flask ARGUMENTS`` does with ``app``: ``stdout`` and ``stderr`` are kept apart."""
    runner = app.test_cli_runner(**({"mix_stderr": False} if _MIXED else {}))
    group, *others = arguments
    assert group == "consent"
    return runner.invoke(
        consent,
        others,
        obj=ScriptInfo(create_app=lambda: app),
        prog_name="flask consent",
        **options,
    )
