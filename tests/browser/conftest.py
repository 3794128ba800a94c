"""Real browsers on real servers.

``browser`` is headless Chromium, one per test worker, clean for every test. ``serve`` puts any
WSGI app on a free port. ``third_party`` is a second origin that sets cookies and counts.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service as ChromeService
from selenium.webdriver.webkitgtk.service import Service as WebKitService

from .visitor import Visitor
from .world import Server, ThirdParty

CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-device-scale-factor=1",
)

NO_BROWSER = (
    "No Chromium with a matching chromedriver could be started. On Debian or Ubuntu: "
    "apt-get install chromium chromium-driver. The error was: {error}"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def _chromium(profile: Path) -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    names = ("chromium", "chromium-browser", "google-chrome")
    binary = next(filter(None, map(shutil.which, names)), None)
    if binary:
        options.binary_location = binary
    driver = shutil.which("chromedriver")
    return webdriver.Chrome(options, ChromeService(driver) if driver else ChromeService())


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One Chromium for all tests of a worker."""
    try:
        driver = _chromium(tmp_path_factory.mktemp("chromium"))
    except (WebDriverException, OSError) as error:
        pytest.fail(NO_BROWSER.format(error=error), pytrace=False)
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


@pytest.fixture
def browser(chromium: webdriver.Chrome) -> Iterator[Visitor]:
    """A visitor with a clean browser: no cookies, no storage, no cache, a desktop window."""
    visitor = Visitor(chromium)
    visitor.reset()
    yield visitor
    visitor.reset()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """A function that serves a WSGI app until the test ends: ``serve(app).url``."""
    servers: list[Server] = []

    def start(app: Any, **options: Any) -> Server:
        servers.append(Server(app, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def third_party(serve: Callable[..., Server]) -> Iterator[ThirdParty]:
    """A second origin that sets a cookie with every answer and keeps a log of requests."""
    app = ThirdParty()
    app.server = serve(app)
    yield app
    app.release()


@pytest.fixture(scope="session")
def webkit_driver() -> Iterator[webdriver.WebKitGTK]:
    """One WebKitGTK under a virtual screen of its own, where it is installed."""
    driver_path, xvfb = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browser = next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"), None)
    if not (driver_path and xvfb and browser):
        pytest.skip("WebKitGTK is not installed (webkit2gtk-driver, xvfb)")
    read, write = os.pipe()
    screen = subprocess.Popen(
        [xvfb, "-displayfd", str(write), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        display = pipe.readline().strip()
    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(browser)
    options.add_argument("--automation")
    # The variables are for the driver's process, which starts the browser.
    before = os.environ.get("DISPLAY")
    os.environ["DISPLAY"] = f":{display}"
    os.environ["WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS"] = "1"
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        driver = webdriver.WebKitGTK(options, WebKitService(driver_path, port=port))
        yield driver
        driver.quit()
    finally:
        screen.terminate()
        screen.wait()
        if before is None:
            del os.environ["DISPLAY"]
        else:
            os.environ["DISPLAY"] = before


@pytest.fixture
def webkit(webkit_driver: webdriver.WebKitGTK) -> webdriver.WebKitGTK:
    """WebKitGTK without cookies of earlier tests."""
    webkit_driver.get("about:blank")
    return webkit_driver
