"""The tables of the peers, and what is asked of ours."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

from flask_cookie_consent.commands.look import served

from .. import chromium, devtools
from ..table import table, verdict
from . import packages, pages, visit
from .site import make_app
from .subjects import ALONE, FLOOR, OURS, SUBJECTS, TAG, Subject
from .visit import Found

ROUNDS = 5

#: Budgets: script time as a multiple of the floor's, ms until the click is answered.
SCRIPT, ANSWER = 1.5, 24

_HEAD = (
    "subject",
    "first kB",
    "requests",
    "banner ms",
    "script ms",
    "layout ms",
    "INP ms",
    "LCP ms",
    "<LCP element",
    "long tasks",
    "CLS",
)


def report(rounds: int = ROUNDS, write: bool = False) -> str:
    """Measures, and gives the table; puts it into the documentation too, with ``write``."""
    for package in packages.VERSIONS:
        packages.folder(package)
    found = {subject.name: Found() for subject in SUBJECTS}
    with served(make_app()) as url, devtools.page() as page:
        visit.prepare(page)
        release = str(page.send("Browser.getVersion")["product"]).replace("/", " ")
        for run in range(rounds + 1):  # the first one warms up, and does not count
            for number, subject in enumerate(SUBJECTS):
                kept = found[subject.name] if run else Found()
                visit.measure(page, f"{url}/{number}/", subject, kept)
    printed = _printed(found, rounds, release)
    if write:
        pages.replace("docs/costs.md", f"```text\n{printed}```")
        pages.replace("README.md", _markdown(found, rounds, release))
    return printed


def _printed(found: dict[str, Found], rounds: int, release: str) -> str:
    return table(
        f"First visit and a click that accepts: {release}, {chromium.CPU}x CPU, 1.6 Mbit/s, "
        f"{chromium.LATENCY_MS} ms, {visit.WIDTH}x{visit.HEIGHT}; medians of {rounds}",
        _HEAD,
        [_row(subject, found[subject.name], found[ALONE.name]) for subject in SUBJECTS],
        "first kB, requests: beyond the page alone; compressed, without headers. script, layout:",
        f"until {visit.IDLE:g} s after the page has loaded. long tasks: of over 50 ms, in a visit",
        "and its click; in brackets the longest of all. CLS: worst run.",
        f"{date.today()}; {_machine()}; load {os.getloadavg()[0]:.1f}.",
        *(f"{verdict(not holds, 0):6}  {what}" for what, holds in _goals(found).items()),
    )


def _markdown(found: dict[str, Found], rounds: int, release: str) -> str:
    """The short table of README.md, with how it came about."""
    lines = [
        "| | first visit | requests | banner seen after | script time | click answered after |",
        "|---|---|---|---|---|---|",
    ]
    units = (" kB", "", " ms", " ms", " ms")
    for subject in SUBJECTS:
        name, *cells = _row(subject, found[subject.name], found[ALONE.name])
        # All but the time of layout, up to the answer to a click.
        shown = [name, *map(_with_unit, (*cells[:4], cells[5]), units)]
        if subject is OURS:
            shown = [f"**{cell}**" for cell in shown]
        lines.append(f"| {' | '.join(shown)} |")
    return "\n".join(
        [
            *lines,
            "",
            f"`python -m benchmarks peers` on {date.today()}: {release} at {visit.WIDTH} x "
            f"{visit.HEIGHT} with a processor",
            f"{chromium.CPU} times slower, 1.6 Mbit/s and {chromium.LATENCY_MS} ms of delay; "
            f"medians of {rounds} visits; bytes by brotli.",
        ]
    )


def _with_unit(cell: str, unit: str) -> str:
    return cell if cell == "-" else f"{cell}{unit}"


def _row(subject: Subject, found: Found, alone: Found) -> tuple[str, ...]:
    is_banner = subject is not ALONE
    longest = max((ms for tasks in found.tasks for ms in tasks), default=0)
    return (
        _named(subject),
        f"{(median(found.size) - median(alone.size)) / 1000:.1f}" if is_banner else "-",
        f"{median(found.requests) - median(alone.requests):.0f}",
        f"{median(found.banner):.0f}" if is_banner else "-",
        f"{median(found.script):.1f}",
        f"{median(found.layout):.1f}",
        f"{median(found.answer):.0f}" if is_banner else "-",
        f"{median(found.lcp):.0f}",
        ", ".join(element for element, _ in Counter(found.lcp_element).most_common()),
        f"{median(map(len, found.tasks)):g}" + (f" ({longest:.0f})" if longest else ""),
        f"{max(found.shift):.3g}",
    )


def _named(subject: Subject) -> str:
    return " ".join(filter(None, (subject.name, packages.VERSIONS.get(subject.package))))


def _goals(found: dict[str, Found]) -> dict[str, bool]:
    """What is asked of ours, and whether it holds."""
    floor = median(found[FLOOR.name].script)
    asked: dict[str, Callable[[Found], bool]] = {
        f"script time at most {SCRIPT} x that of the floor": lambda f: (
            median(f.script) <= SCRIPT * floor
        ),
        f"INP at most {ANSWER} ms": lambda f: median(f.answer) <= ANSWER,
        "no long task (median)": lambda f: median(map(len, f.tasks)) == 0,
        "CLS 0": lambda f: max(f.shift) == 0,
        "LCP element not of the banner": lambda f: "banner" not in f.lcp_element,
    }
    ours = (OURS, TAG)
    return {
        f"{s.name}: {what}": holds(found[s.name]) for s in ours for what, holds in asked.items()
    }


def _machine() -> str:
    """What the figures hold for."""
    try:
        said = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text("utf-8"))
    except OSError:
        said = None
    return f"{said[1] if said else 'unknown processor'}, {os.cpu_count()} cores"
