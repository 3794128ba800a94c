"""Starts Firefox and WebKitGTK. (Chromium: :mod:`tests.browser.chromium`.)"""

from __future__ import annotations

import os
import queue
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.webkitgtk.service import Service

from .absent import is_absent
from .bidi import Session, open_session
from .processes import OWN_SESSION, ending, surroundings

#: Nothing is asked of the world outside at the start. (Firefox sets more by itself when it is
#: driven.)
_PREFERENCES = """
user_pref("app.normandy.enabled", false);
user_pref("browser.startup.page", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("nimbus.rollouts.enabled", false);
user_pref("app.shield.optoutstudies.enabled", false);
user_pref("toolkit.telemetry.enabled", false);
"""


@contextmanager
def firefox(folder: Path) -> Iterator[Session]:
    """A headless Firefox whose profile is in ``folder``; ends it."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        is_absent("Firefox", "firefox-esr", "firefox-esr")
    profile = folder / "profile"
    profile.mkdir()
    (profile / "user.js").write_text(_PREFERENCES)
    process = subprocess.Popen(
        [program, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", profile],
        env=surroundings(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        **OWN_SESSION,
    )
    with ending(process, process.terminate), open_session(_address(process)) as session:
        yield session


def _address(process: subprocess.Popen[str]) -> str:
    """Where Firefox listens, as it says by itself."""
    found: queue.Queue[str | None] = queue.Queue()
    said: list[str] = []

    def read() -> None:
        # To the end: a full pipe would stop it.
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if match := re.search(r"WebDriver BiDi listening on (ws://\S+)", line):
                found.put(match[1])
        found.put(None)

    threading.Thread(target=read, daemon=True).start()
    try:
        address = found.get(timeout=120)
    except queue.Empty:
        address = None
    assert address, f"Firefox does not listen. It said:\n{''.join(said)}"
    return address


@contextmanager
def webkit(folder: Path, display: str) -> Iterator[webdriver.WebKitGTK]:
    """A WebKitGTK on the screen ``display``, which keeps what it keeps in ``folder``; ends it."""
    driver_path = shutil.which("WebKitWebDriver")
    browser = next(Path("/usr/lib").glob("*/webkit*gtk-*/MiniBrowser"), None)
    if driver_path is None or browser is None:
        is_absent("WebKitGTK", "WebKitWebDriver or its MiniBrowser", "webkit2gtk-driver xvfb")
    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(browser)
    options.add_argument("--automation")
    options.set_capability("acceptInsecureCerts", True)
    # For the driver's process, which starts the browser.
    more = {"DISPLAY": display, "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
    # No test looks at pixels, and drawing by software is a quarter of the work.
    more["WEBKIT_DISABLE_COMPOSITING_MODE"] = "1"
    service = Service(
        driver_path, port=_free_port(), env=surroundings(folder, **more), popen_kw=dict(OWN_SESSION)
    )
    driver = webdriver.WebKitGTK(options, service)
    with ending(service.process, driver.quit):
        yield driver


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def screen() -> Iterator[str]:
    """A virtual screen for browsers that have no headless mode, as a value for ``DISPLAY``."""
    xvfb = shutil.which("Xvfb")
    if xvfb is None:
        is_absent("WebKitGTK", "Xvfb", "webkit2gtk-driver xvfb")
    # Xvfb picks a free number and writes it once it takes connections.
    read, write = os.pipe()
    process = subprocess.Popen(
        [xvfb, "-displayfd", str(write), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
        **OWN_SESSION,
    )
    os.close(write)
    with ending(process, process.terminate), os.fdopen(read) as pipe:
        number = pipe.readline().strip()
        assert number, "Xvfb ended before it gave a display"
        yield f":{number}"
