"""A first visit in a throttled Chromium: the same page without anything, with
``consent_banner()`` and with the script tag alone, in turn."""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from selenium import webdriver
from selenium.webdriver.common.by import By

from flask_cookie_consent.commands.look import served

from . import chromium
from .pages import BANNER, EMPTY, PARTS, TAG, TAG_WORK, WATCH, make_app
from .table import table, verdict

RUNS = 9

#: Budgets: requests on a first visit, ms of the longest answer to a click, ms of a long task.
REQUESTS, ANSWER, LONG = 1, 200, 50


@dataclass
class Page:
    """What was measured of one page, by run."""

    size: list[float] = field(default_factory=list)
    requests: list[float] = field(default_factory=list)
    fcp: list[float] = field(default_factory=list)
    banner: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    script: list[float] = field(default_factory=list)
    shift: list[float] = field(default_factory=list)
    longest: list[float] = field(default_factory=list)
    lcp: Counter[str] = field(default_factory=Counter)


@dataclass
class Click:
    """What was measured of clicking "Accept all", by run."""

    answer: list[float] = field(default_factory=list)
    longest: list[float] = field(default_factory=list)


def report() -> str:
    """Measures, and gives the tables."""
    pages = {name: Page() for name in PARTS}
    clicks = {name: Click() for name in (BANNER, TAG)}
    with served(make_app()) as url, chromium.chromium() as browser:
        chromium.prepare(browser, WATCH)
        release = str(browser.capabilities["browserVersion"])
        for run in range(RUNS + 1):  # the first one warms up, and does not count
            for number, name in enumerate(PARTS):
                _visit(browser, f"{url}/{number}", Page() if run == 0 else pages[name])
                if name in clicks:
                    click = Click() if run == 0 else clicks[name]
                    _click(browser, f"{url}/{number}/tags", click)
    return f"{_pages(pages, release)}\n{_clicks(clicks)}"


def _visit(browser: webdriver.Chrome, url: str, page: Page) -> None:
    chromium.open_new(browser, url)
    script = chromium.script_ms(browser)
    found = browser.execute_script("return found")
    requests, size = chromium.traffic(browser)
    page.size.append(size)
    page.requests.append(requests)
    page.fcp.append(found["fcp"])
    page.banner.append(found["banner"])
    page.late.append(found["banner"] - found["fcp"])
    page.script.append(script)
    page.shift.append(found["shift"])
    page.longest.append(max((duration for _, duration in found["tasks"]), default=0))
    page.lcp[found["lcp"]] += 1


def _click(browser: webdriver.Chrome, url: str, click: Click) -> None:
    chromium.open_new(browser, url)
    start = browser.execute_script("return performance.now()")
    browser.find_element(By.CSS_SELECTOR, "#fcc button[value=accept]").click()
    chromium.until(lambda: browser.execute_script("return ran.length == 10"))
    time.sleep(0.3)
    found = browser.execute_script("return found")
    click.answer.append(max((ms for _, id_, ms in found["events"] if id_), default=0))
    click.longest.append(max((ms for at, ms in found["tasks"] if at > start), default=0))


def _pages(pages: dict[str, Page], release: str) -> str:
    empty = pages[EMPTY]
    rows = []
    for name, page in pages.items():
        is_ours = page is not empty
        rows.append(
            (
                name,
                _middle(page.size),
                f"+{_difference(page.size, empty.size)}" if is_ours else "",
                f"+{_difference(page.requests, empty.requests)}" if is_ours else "",
                _middle(page.fcp),
                _middle(page.banner) if is_ours else "",
                f"{statistics.median(page.late):+.0f}" if is_ours else "",
                f"{statistics.median(page.script):.1f}",
                f"{max(page.shift):.3f}",
                f"{_middle(page.longest)} ({max(page.longest):.0f})",
                ", ".join(page.lcp),
            )
        )
    head = (
        "page",
        "bytes",
        "ours",
        "requests",
        "FCP ms",
        "banner ms",
        "after FCP",
        "script ms",
        "shift",
        "long task",
        "<LCP element",
    )
    title = (
        f"First visit: Chromium {release}, {chromium.CPU}x CPU, 1.6 Mbit/s, "
        f"{chromium.LATENCY_MS} ms, {chromium.WIDTH}x{chromium.HEIGHT}; medians of {RUNS} runs"
    )
    ours = pages[BANNER]
    checks = {
        f"requests: {REQUESTS}": _difference(ours.requests, empty.requests) <= REQUESTS,
        "banner with the first contentful paint": statistics.median(ours.late) <= 0,
        "layout shift: 0": max(max(page.shift) for page in pages.values()) == 0,
        f"no task over {LONG} ms (median)": all(
            statistics.median(page.longest) <= LONG for page in (ours, pages[TAG])
        ),
        "LCP not in the banner": not any("banner" in p.lcp for p in pages.values()),
    }
    return table(
        title,
        head,
        rows,
        "bytes: as sent, with headers; the page by brotli -q 5. shift: worst run. long task:",
        f"the longest one over {LONG} ms, 0 if there is none, in brackets that of the worst run.",
        f"Load of the machine: {os.getloadavg()[0]:.1f}.",
        *(f"{verdict(not holds, 0):6}  {what}" for what, holds in checks.items()),
    )


def _clicks(clicks: dict[str, Click]) -> str:
    rows = [
        (
            name,
            _middle(click.answer),
            f"{max(click.answer):.0f}",
            str(ANSWER),
            verdict(statistics.median(click.answer), ANSWER),
            f"{max(click.longest):.0f}",
        )
        for name, click in clicks.items()
    ]
    head = ("Accept all", "event ms", "worst", "budget", "<", "longest task")
    return table(
        f"Click with ten gated tags, each {TAG_WORK} ms of work (5 inline, 5 with src)", head, rows
    )


def _middle(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.0f}"


def _difference(mine: Sequence[float], theirs: Sequence[float]) -> int:
    return round(statistics.median(mine) - statistics.median(theirs))
