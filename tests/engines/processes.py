"""Processes of browsers: what they see of this machine, and that they end."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.support.wait import WebDriverWait


def surroundings(folder: Path, **more: str) -> dict[str, str]:
    """Environment variables for a browser that keeps what it keeps in ``folder``.

    With a home of its own it works for users who have none; and Firefox refuses to run as root
    in the home of somebody else. Without a bus no daemon is started that nobody would end.
    """
    own = {name: str(folder) for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")}
    own |= {"XDG_CACHE_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    alone = {"DBUS_SESSION_BUS_ADDRESS": "disabled:", "NO_AT_BRIDGE": "1"}
    return dict(os.environ) | own | alone | {"GSETTINGS_BACKEND": "memory"} | more


def running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that have not ended. (Who ended and was not waited for has ended.)"""
    found = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


@contextmanager
def ending(started: subprocess.Popen[Any], ask: Callable[[], object]) -> Iterator[None]:
    """Sees to it that a process, and all that it started, have ended at the end.

    :param ask: asks them to end; who has not after ten seconds is killed.
    """
    top = psutil.Process(started.pid)
    try:
        yield
    finally:
        family = [top]
        with suppress(psutil.NoSuchProcess):
            family += top.children(recursive=True)
        try:
            ask()
        finally:
            _wait_or_kill(family)
            started.wait()


def _wait_or_kill(family: list[psutil.Process]) -> None:
    wait = WebDriverWait(family, 10, 0.02)
    with suppress(TimeoutException):
        wait.until(lambda _: not running(family))
    for process in running(family):
        with suppress(psutil.NoSuchProcess):
            process.kill()
