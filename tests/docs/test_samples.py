"""Every sample of the documentation is what it says: it runs, or what it names is there."""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
import sys
import warnings
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import pytest
from flask import Flask

from benchmarks import sizes
from flask_cookie_consent import CookieConsent
from flask_cookie_consent.commands.group import consent

from .samples import LANGUAGES, PAGES, TOP, Sample, run, samples, write

#: Programs that are not ours.
OTHERS = {"pybabel"}


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_fenced_and_of_a_known_language(page: str) -> None:
    """One of another, or of none, would never be tried."""
    unknown = [f"{s.place}: {s.language!r}" for s in samples(page) if s.language not in LANGUAGES]
    assert not unknown, f"none of {', '.join(sorted(LANGUAGES))}: {unknown}"


@pytest.mark.parametrize("page", PAGES)
def test_python_runs_in_order_without_a_warning(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(samples(page), tmp_path)


TESTED = [page for page in PAGES if any(s.file == "conftest.py" for s in samples(page))]


@pytest.mark.parametrize("page", TESTED)
def test_tests_with_a_conftest_pass(page: str, tmp_path: Path) -> None:
    write(samples(page), tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=."]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True)
    assert found.returncode == 0, found.stdout.decode()


def of(language: str) -> list[Any]:
    """The samples of a language, as parameters that name their place."""
    found = [sample for page in PAGES for sample in samples(page) if sample.language == language]
    return [pytest.param(sample, id=sample.place) for sample in found]


@pytest.mark.parametrize("sample", of("json"))
def test_json_is_json(sample: Sample) -> None:
    json.loads(sample.code)


@pytest.mark.parametrize("sample", of("css"))
def test_custom_properties_are_known_to_our_style(sample: Sample) -> None:
    ours = "".join(path.read_text("utf-8") for path in (TOP / "banner" / "css").rglob("*.css"))
    named = re.findall(r"--fcc-[\w-]+", sample.code)
    assert [name for name in named if f"var({name}" not in ours] == []


def test_the_policy_as_data_is_as_its_page_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = samples("docs/http.md")
    [shown] = [json.loads(sample.code) for sample in found if sample.language == "json"]
    app = Flask("site")
    app.register_blueprint(CookieConsent(run(found, tmp_path)["policy"]))
    data = app.test_client().get("/consent/policy.json").json
    data["categories"] = [c for c in data["categories"] if c["id"] == "statistics"]
    data["services"] = [s for s in data["services"] if s["id"] == "insight"]
    assert data == shown


def test_the_sizes_on_the_page_of_costs_are_those_that_the_benchmark_prints() -> None:
    """To three in a hundred: any change of a text moves them by some bytes."""
    printed = sizes.report()
    page = (TOP / "docs" / "costs.md").read_text("utf-8").partition("## In the browser")[0]
    shown = re.findall(r"^\| (.+?) \|( \d.*)$", page, re.MULTILINE)
    assert shown
    for name, cells in shown:
        [row] = re.findall(rf"^{re.escape(name)}  +(.*)$", printed, re.MULTILINE)
        assert numbers(cells) == pytest.approx(numbers(row), rel=0.03), name


def numbers(text: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", text)]


@pytest.mark.parametrize("sample", of("text"))
def test_text_is_no_python_that_ought_to_run(sample: Sample) -> None:
    with pytest.raises(SyntaxError):
        ast.parse(sample.code)


@pytest.mark.parametrize("sample", of("sh"))
def test_commands_and_their_options_exist(sample: Sample) -> None:
    for line in sample.code.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        if words[:2] == ["flask", "--app"]:
            del words[1:3]
        if words[:2] == ["flask", "consent"]:
            parse(consent, words[2:])
        elif words[0] == "make":
            assert_make(words[1:])
        elif words[:2] == ["pip", "install"]:
            assert_installable(words[2:])
        elif words[:2] == ["python", "-m"]:
            assert words[2] == "pip" or find_spec(words[2]), f"there is no module {words[2]}"
        else:
            assert words[0] in OTHERS, f"{sample.place}: what is {words[0]!r}?"


def parse(group: click.Command, words: list[str]) -> None:
    """Reads a command line as click does, and runs nothing."""
    context = None
    while isinstance(group, click.Group):
        context = click.Context(group, parent=context, info_name=group.name)
        name, command, words = group.resolve_command(context, words)
        assert command is not None, name
        group = command
    values = [word.strip("[]") for word in words if word != "..."]  # [HEAD ...]: may be left out
    with ExitStack() as stack:
        for parameter in group.params:
            if isinstance(parameter.type, (click.File, click.Path)):  # need not be there
                stack.enter_context(patch.object(parameter, "type", click.STRING))
        group.make_context(group.name, values, parent=context, resilient_parsing=False)


def assert_make(words: list[str]) -> None:
    makefile = (TOP / "Makefile").read_text("utf-8")
    for word in words:
        name, is_variable, _ = word.partition("=")
        pattern = rf"^{name} \?=|\$\({name}\)" if is_variable else rf"^{name}:"
        assert re.search(pattern, makefile, re.MULTILINE), f"make knows no {word!r}"


def assert_installable(words: list[str]) -> None:
    project = (TOP / "pyproject.toml").read_text("utf-8")
    for word in words:
        extras = re.fullmatch(r"flask-cookie-consent(?:\[([\w,]+)\])?", word)
        if extras:
            for extra in filter(None, (extras[1] or "").split(",")):
                assert re.search(rf"^{extra} = \[", project, re.MULTILINE), f"no extra {extra!r}"
