"""What the banner looks like in a real page, in figures, by a headless Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..ui.bundles import bundle
from .chromium import find_browser, flags

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

#: Seconds that a page has to show the banner, and the preferences.
TIMEOUT = 20.0

#: The deferred script has looked who is to be asked.
_DECIDED = "return document.readyState == 'complete' && !!window.cookieConsent"
#: Whether there is a way to the preferences; takes it.
_OPEN = "const link = document.querySelector('[data-fcc]'); link?.click(); return !!link"
_OPENED = "return !!document.querySelector('#fcc-dialog[open], #fcc-content')"
_MEASURE = bundle("measure.js") + "; return fccMeasure()"


class NoFigures(RuntimeError):
    """There is nothing to measure. The message says why, and what to do."""


@dataclass(frozen=True)
class Screen:
    """How a page is looked at.

    :param scheme: what the browser prefers: ``light`` or ``dark``.
    :param width: of the window, in CSS pixels.
    :param height: of the window, in CSS pixels.
    """

    scheme: str
    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.scheme} {self.width}"


SCREENS = tuple(Screen(s, w, h) for s in ("light", "dark") for w, h in ((360, 640), (1280, 800)))


def measure(
    url: str, screens: Iterable[Screen] = SCREENS, *, timeout: float = TIMEOUT
) -> list[dict[str, Any]]:
    """The figures of the first layer and of the preferences at ``url``, one for each screen: what
    ``fccMeasure()`` of ``banner/js/tools/measure.js`` says, for a visitor who has not chosen.

    :param timeout: seconds that a page has at most.
    :raises ImportError: if Selenium is not installed.
    :raises NoFigures: if no browser starts, the page does not open, or shows nothing of ours.
    """
    with _browser() as driver:
        driver.set_page_load_timeout(timeout)
        return [_look(driver, url, screen, timeout) for screen in screens]


def _look(driver: Chrome, url: str, screen: Screen, timeout: float) -> dict[str, Any]:
    from selenium.common.exceptions import TimeoutException, WebDriverException

    try:
        return _measured(driver, url, screen, timeout)
    except TimeoutException:
        raise NoFigures(
            f"{url} ({screen}): no script of the banner ran within {timeout:g} seconds; the page "
            "needs consent_banner() or the script tag, and a Content-Security-Policy that allows it"
        ) from None
    except WebDriverException as error:
        raise NoFigures(f"{url} ({screen}): {_first_line(error)}") from None


def _measured(driver: Chrome, url: str, screen: Screen, timeout: float) -> dict[str, Any]:
    from selenium.webdriver.support.wait import WebDriverWait

    size = {"width": screen.width, "height": screen.height}
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {**size, "deviceScaleFactor": 1, "mobile": screen.width < 600},
    )
    feature = {"name": "prefers-color-scheme", "value": screen.scheme}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    driver.get(url)
    wait = WebDriverWait(driver, timeout, 0.05)
    wait.until(lambda _: driver.execute_script(_DECIDED))
    first: dict[str, Any] = driver.execute_script(_MEASURE)
    if not driver.execute_script(_OPEN):
        if first["layer"] is None:
            raise NoFigures(f"{url}: neither the banner nor a consent_link() is to be seen")
        return first
    wait.until(lambda _: driver.execute_script(_OPENED))
    second: dict[str, Any] = driver.execute_script(_MEASURE)
    surfaces = {"layer": first["layer"], "dialog": second["dialog"]}
    faults = [fault for found in surfaces.values() if found for fault in found["faults"]]
    return {**first, **surfaces, "faults": faults}


@contextmanager
def _browser() -> Iterator[Chrome]:
    from selenium import webdriver
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    for flag in (*flags(), "--headless=new", "--hide-scrollbars"):
        options.add_argument(flag)
    if binary := find_browser():
        options.binary_location = binary
    try:
        driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
    except (WebDriverException, OSError) as error:
        raise NoFigures(
            f"no Chromium with a matching chromedriver could be started: {_first_line(error)}"
        ) from None
    try:
        yield driver
    finally:
        driver.quit()


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].removeprefix("Message: ")
