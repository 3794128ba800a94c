"""Real browsers on real servers.

``browser`` is headless Chromium, one per test worker, clean for every test. ``serve`` puts any
WSGI app on a free port. ``third_party`` is a second origin that sets cookies and counts.
"""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
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
    # Names with domains above them, for cookies with a Domain; nothing leaves this machine.
    "--host-resolver-rules=MAP *.merival.example 127.0.0.1",
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


def start_chromium(profile: Path, *flags: str) -> webdriver.Chrome:
    """A headless Chromium, with more ``flags`` than every test has."""
    options = webdriver.ChromeOptions()
    for flag in (*CHROMIUM_FLAGS, *flags, f"--user-data-dir={profile}"):
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
        driver = start_chromium(tmp_path_factory.mktemp("chromium"))
    except (WebDriverException, OSError) as error:
        pytest.fail(NO_BROWSER.format(error=error), pytrace=False)
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


def _new_tab(driver: webdriver.Chrome) -> None:
    """Leaves one new tab: throttling, blocked URLs and injected scripts end with their tab."""
    old = driver.window_handles
    driver.switch_to.new_window("tab")
    new = driver.current_window_handle
    for handle in old:
        driver.switch_to.window(handle)
        driver.close()
    driver.switch_to.window(new)


@pytest.fixture
def newcomer(chromium: webdriver.Chrome) -> Callable[[], Visitor]:
    """A function that makes the browser a clean one, in the middle of a test too."""

    def start() -> Visitor:
        _new_tab(chromium)
        visitor = Visitor(chromium)
        visitor.reset()
        return visitor

    return start


@pytest.fixture
def browser(newcomer: Callable[[], Visitor], request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A visitor with a clean browser: no cookies, no storage, no cache, a desktop window, and the
    wide face unless the test is one of :data:`.layer.in_each_face`."""
    visitor = newcomer()
    face = getattr(request, "param", "wide")
    if face != "wide":
        visitor.draw_with(face)
    yield visitor
    # Before the servers of this test end, whose pages may still be running.
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


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """For servers with https: a certificate of our own making."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    command = f"{openssl} req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1".split()
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    subprocess.run([*command, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    return context


@pytest.fixture
def trusting(browser: Visitor) -> Iterator[Visitor]:
    """A visitor whose browser takes any certificate."""
    browser.cdp("Security.setIgnoreCertificateErrors", ignore=True)
    yield browser
    browser.cdp("Security.setIgnoreCertificateErrors", ignore=False)


@pytest.fixture
def serve_https(
    trusting: Visitor, serve: Callable[..., Server], tls: ssl.SSLContext
) -> Callable[..., Server]:
    """The same as ``serve``, by https, with a browser that takes the certificate."""
    return partial(serve, tls=tls)


@pytest.fixture
def third_party(serve: Callable[..., Server]) -> Iterator[ThirdParty]:
    """A second origin that sets a cookie with every answer and keeps a log of requests."""
    app = ThirdParty()
    app.server = serve(app)
    yield app
    app.release()


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """A virtual screen for browsers that have no headless mode, as a value for ``DISPLAY``."""
    xvfb = shutil.which("Xvfb")
    if not xvfb:
        pytest.skip("Xvfb is not installed (xvfb)")
    # Xvfb picks a free number and writes it once it takes connections.
    read, write = os.pipe()
    process = subprocess.Popen(
        [xvfb, "-displayfd", str(write), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb ended before it gave a display"
        yield f":{number}"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def webkit(screen: str) -> Iterator[webdriver.WebKitGTK]:
    """WebKitGTK where it is installed. A new one for every test, since that is the only way to be
    rid of all cookies: WebDriver deletes those of the present page only. It starts in 0.5 s."""
    driver_path = shutil.which("WebKitWebDriver")
    browser = next(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"), None)
    if not (driver_path and browser):
        pytest.skip("WebKitGTK is not installed (webkit2gtk-driver)")
    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(browser)
    options.add_argument("--automation")
    # For the driver's process, which starts the browser.
    variables = {"DISPLAY": screen, "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
    service = WebKitService(driver_path, port=_free_port(), env=os.environ | variables)
    driver = webdriver.WebKitGTK(options, service)
    yield driver
    driver.quit()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
