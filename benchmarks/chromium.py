"""A slow phone: headless Chromium with its CPU and its network throttled."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from flask_cookie_consent.commands.chromium import find_browser, flags

_FLAGS = ("--headless=new", "--disable-quic", "--disable-component-update", "--disable-sync")

#: A middling phone on a slow 4G network.
CPU, LATENCY_MS, DOWN, UP = 4, 150, 1.6e6 / 8, 0.75e6 / 8
WIDTH, HEIGHT = 360, 640


def command(profile: str) -> list[str]:
    """What starts a headless Chromium that keeps its things in the folder ``profile``."""
    binary = find_browser()
    if binary is None:
        raise FileNotFoundError("there is no Chromium on PATH")
    return [binary, *flags(), *_FLAGS, f"--user-data-dir={profile}"]


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """A headless Chromium, until the block ends."""
    with tempfile.TemporaryDirectory() as profile:
        binary, *arguments = command(profile)
        options = webdriver.ChromeOptions()
        for flag in arguments:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        options.binary_location = binary
        browser = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
        try:
            yield browser
        finally:
            browser.quit()


def cdp(browser: webdriver.Chrome, command: str, **arguments: Any) -> dict[str, Any]:
    """Sends a command of the DevTools protocol."""
    return dict(browser.execute_cdp_cmd(command, arguments))


def prepare(browser: webdriver.Chrome, script: str) -> None:
    """Throttles, and runs ``script`` in every page before its own."""
    throttle(partial(cdp, browser), script, WIDTH, HEIGHT)


def throttle(send: Callable[..., object], script: str, width: int, height: int) -> None:
    """Throttles the page that takes the commands which are sent, and runs ``script`` in every page
    before its own."""
    send("Network.enable")
    send("Performance.enable")
    send("Page.addScriptToEvaluateOnNewDocument", source=script)
    send(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=1,
        mobile=True,
    )
    send("Emulation.setCPUThrottlingRate", rate=CPU)
    send(
        "Network.emulateNetworkConditions",
        offline=False,
        latency=LATENCY_MS,
        downloadThroughput=DOWN,
        uploadThroughput=UP,
    )


def open_new(browser: webdriver.Chrome, url: str) -> None:
    """Opens ``url`` as somebody who was never there, and waits until all is quiet."""
    browser.get("about:blank")
    cdp(browser, "Network.clearBrowserCookies")
    cdp(browser, "Network.clearBrowserCache")
    _log(browser)
    browser.get(url)
    until(lambda: browser.execute_script("return document.readyState") == "complete")
    time.sleep(0.8)


def traffic(browser: webdriver.Chrome) -> tuple[int, int]:
    """The requests since the page was opened, and the bytes they brought, headers included."""
    return sent(json.loads(entry["message"])["message"] for entry in _log(browser))


def sent(events: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """The requests among these events of the page, and the bytes they brought, headers included."""
    requests, size = set(), 0
    for event in events:
        parameters = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            if parameters["request"]["url"].startswith("http"):
                requests.add(parameters["requestId"])
        elif event["method"] == "Network.loadingFinished":
            size += int(parameters["encodedDataLength"])
    return len(requests), size


def _log(browser: webdriver.Chrome) -> list[dict[str, Any]]:
    """What DevTools has logged since the last look."""
    return list(browser.get_log("performance"))  # type: ignore[no-untyped-call]


def script_ms(browser: webdriver.Chrome) -> float:
    """How long scripts have run in this page."""
    return metrics_ms(partial(cdp, browser), "ScriptDuration")


def metrics_ms(send: Callable[..., dict[str, Any]], *names: str) -> float:
    """How long the page has done these things, together."""
    metrics = send("Performance.getMetrics")["metrics"]
    return float(sum(m["value"] for m in metrics if m["name"] in names)) * 1000


def until(condition: Callable[[], Any], timeout: float = 20) -> Any:
    """Waits for ``condition``."""
    end = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError("the page did not become ready")
        time.sleep(0.02)
    return value
