"""The harness itself: what it lacks it says, and it leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from flask import Flask, Response

from tests.browser.chromium import start_chromium

from . import starting
from .bidi import FirefoxVisitor
from .processes import ending, running

ROOT = Path(__file__).parents[2]


@pytest.fixture
def site(serve: Any) -> Any:
    app = Flask("harness")

    @app.get("/")
    def index() -> Response:
        answer = Response('<!doctype html><title>Site</title><link rel="icon" href="data:,">')
        answer.set_cookie("open", "1")
        answer.set_cookie("closed", "1", httponly=True)
        return answer

    return serve(app)


@pytest.mark.parametrize("time", ["first", "second"])
def test_somebody_new_is_not_known_and_cookies_that_no_script_sees_are_seen(visitor, site, time):
    visitor.get(site.url)
    assert "cookie" not in site.requests("/")[0].headers
    assert visitor.js("[document.cookie, localStorage.length]") == ["open=1", 0]
    assert {name: c["httpOnly"] for name, c in visitor.cookies.items()} == {
        "open": False, "closed": True,
    }  # fmt: skip
    visitor.js("(localStorage.mess = 1)")


# -- Processes --------------------------------------------------------------------------------


@contextmanager
def _chromium(folder: Path) -> Iterator[None]:
    driver = start_chromium(folder)
    with ending(driver.service.process, driver.quit):
        yield


@contextmanager
def _firefox(folder: Path) -> Iterator[None]:
    with starting.firefox(folder) as session:
        FirefoxVisitor(session)
        yield


@contextmanager
def _webkit(folder: Path) -> Iterator[None]:
    with starting.screen() as display, starting.webkit(folder, display):
        yield


STARTING = {"chromium": _chromium, "firefox": _firefox, "webkit": _webkit}


def test_no_process_is_left(engine: str, tmp_path: Path) -> None:
    """Not even where a test has failed."""

    def sessions() -> dict[psutil.Process, int]:
        found = psutil.Process().children(recursive=True)
        return {process: os.getsid(process.pid) for process in found}

    others = set(sessions().values())  # browsers of other tests, which start processes all the time
    started: set[psutil.Process] = set()
    with pytest.raises(ZeroDivisionError), STARTING[engine](tmp_path):  # noqa: PT012
        started = {process for process, session in sessions().items() if session not in others}
        raise ZeroDivisionError
    assert len(started) >= 3
    assert running(list(started)) == []


# -- Engines that are not there ---------------------------------------------------------------

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_without_engines(tmp_path: Path) -> Run:
    """A function that runs a test in Firefox and in WebKit where neither is installed."""

    def run(**variables: str) -> subprocess.CompletedProcess[str]:
        file = f"{ROOT}/tests/engines/test_harness.py"
        tests = [f"{file}::test_no_process_is_left[{name}]" for name in ("firefox", "webkit")]
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *tests],
            cwd=ROOT,
            env={k: v for k, v in os.environ.items() if k != "ENGINES"}
            | {"PATH": str(tmp_path)}
            | variables,
            capture_output=True,
            text=True,
        )

    return run


ADVICE = (
    "Firefox was not tried, since this machine lacks firefox-esr. "
    "Install it: apt-get install firefox-esr",
    "WebKitGTK was not tried, since this machine lacks Xvfb. "
    "Install it: apt-get install webkit2gtk-driver xvfb",
)


def test_an_engine_that_is_missing_is_named_at_the_end(run_without_engines: Run) -> None:
    done = run_without_engines()
    assert done.returncode == 0, done.stdout
    assert "2 skipped" in done.stdout
    lines = done.stdout.splitlines()
    assert [line for line in lines if line in ADVICE] == list(ADVICE)


def test_an_engine_that_is_missing_fails_where_all_are_asked_for(run_without_engines: Run) -> None:
    done = run_without_engines(ENGINES="all")
    assert done.returncode == 1
    assert "2 failed" in done.stdout
    for advice in ADVICE:
        assert f"{advice}. (ENGINES=all asks for every engine.)" in done.stdout
