"""Headless Chromium: how it starts, and how it becomes that of somebody new."""

from __future__ import annotations

import shutil
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from flask_cookie_consent.commands.chromium import find_browser, flags
from tests.engines.processes import OWN_SESSION

from .visitor import Visitor

FLAGS = (
    "--headless=new",
    "--no-sandbox",  # containers give ordinary users no way to have one
    "--disable-component-update",
    "--disable-sync",
    # Names with domains above them, for cookies with a Domain; nothing leaves this machine.
    "--host-resolver-rules=MAP *.merival.example 127.0.0.1",
)

NO_BROWSER = (
    "No Chromium with a matching chromedriver could be started. On Debian or Ubuntu: "
    "apt-get install chromium chromium-driver. The error was: {error}"
)


def start_chromium(profile: Path, *more: str) -> webdriver.Chrome:
    """A headless Chromium, with ``more`` flags than every test has.

    :raises WebDriverException: if there is none, or it does not start.
    """
    options = webdriver.ChromeOptions()
    for flag in (*flags(), *FLAGS, *more, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    if binary := find_browser():
        options.binary_location = binary
    # Selenium looks for a driver by itself where there is none.
    service = Service(shutil.which("chromedriver"), popen_kw=dict(OWN_SESSION))
    return webdriver.Chrome(options, service)


def somebody_new(driver: webdriver.Chrome) -> Visitor:
    """A visitor with no cookies, storage or cache, in the one tab that is left."""
    leave_one_tab(driver)
    return clean(driver)


def leave_one_tab(driver: webdriver.Chrome) -> None:
    """Leaves one new tab: throttling, blocked URLs, injected scripts and whatever else is emulated
    end with their tab, and so do the pages of the others."""
    old = driver.window_handles
    driver.switch_to.new_window("tab")
    for handle in old:
        # WebDriver's own way goes to each first, which takes as long as everything else here.
        driver.execute_cdp_cmd("Target.closeTarget", {"targetId": handle})


def clean(driver: webdriver.Chrome) -> Visitor:
    """A visitor with no cookies, storage or cache."""
    visitor = Visitor(driver)
    visitor.reset()
    return visitor
