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


#: For ``Popen``: the process leads a session, by which :func:`ending` knows all that it starts.
OWN_SESSION: dict[str, Any] = {"start_new_session": True}


@contextmanager
def ending(started: subprocess.Popen[Any], ask: Callable[[], object]) -> Iterator[None]:
    """Sees to it that a process, and all that it started, have ended at the end.

    Parents do not tell who belongs to it: a browser's processes lose theirs while it ends.

    :param started: leads a session (:data:`OWN_SESSION`).
    :param ask: asks them to end; who has not after ten seconds is killed.
    """
    assert os.getsid(started.pid) == started.pid, "it was not started with OWN_SESSION"
    try:
        yield
    finally:
        try:
            ask()
        finally:
            _wait_or_kill(started)


def _wait_or_kill(started: subprocess.Popen[Any]) -> None:
    def ended(_: object) -> bool:
        # Who has ended stays in the list until somebody waits for it.
        started.poll()
        return not _members(started.pid)

    with suppress(TimeoutException):
        WebDriverWait(None, 10, 0.02).until(ended)
    while left := _members(started.pid):
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, 1)
        started.poll()
    started.wait()


def _members(session: int) -> list[psutil.Process]:
    """Those of a session that run."""

    def belongs(pid: int) -> bool:
        with suppress(OSError):
            return os.getsid(pid) == session
        return False

    found = []
    for pid in filter(belongs, psutil.pids()):
        with suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(pid))
    return running(found)
