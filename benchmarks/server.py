"""µs per request through the WSGI callable, without sockets: ours beside bare Flask apps and
beside Flask-Consent 0.0.3, in the same rounds; and what a large policy costs."""

from __future__ import annotations

import math
import os
import platform
from functools import partial
from importlib.metadata import version

from . import subjects as apps
from .policies import accepted, made_up, portal, rejected
from .table import table, verdict
from .timing import PROCESSES, ROUNDS, Subject, Times, measure

BARE, BARE_SENT = "bare Flask app", "bare Flask app, cookies sent"
COOKIES, COOKIES_SENT = "bare, request.cookies", "bare, request.cookies, cookies sent"
OURS, OURS_SENT = "ours, consent not read", "ours, consent not read, cookies sent"
READING, READING_SENT = "ours, allows()", "ours, allows(), cookies sent"

SETTING, GATED = (f"{whose}, three cookies set, cookies sent" for whose in ("bare", "ours"))

#: What a request may cost over what answers the same requests, as a share of what
#: ``request.cookies`` costs in the same run: that holds on slow and on quick machines.
BUDGETS = {
    GATED: (SETTING, 1.0, (COOKIES_SENT, BARE_SENT)),
    OURS: (BARE, 0.25, (COOKIES_SENT, BARE_SENT)),
    OURS_SENT: (BARE_SENT, 0.25, (COOKIES_SENT, BARE_SENT)),
    READING: (BARE, 1.0, (COOKIES, BARE)),
    READING_SENT: (BARE_SENT, 1.0, (COOKIES_SENT, BARE_SENT)),
}

#: What the gate looks at: a necessary cookie, one by its name, one by a pattern.
THREE = ("sessionid", "_ins", "_ad_7")

#: How much more the hooks may cost with many services than with few.
GROWTH, FEW, MANY = 1.2, 4, 500


def subjects() -> list[Subject]:
    """All that is timed."""
    policy = portal()
    plain, sent = apps.environs(), apps.with_choices(partial(accepted, policy))
    refused = apps.with_choices(lambda seconds: rejected(policy, seconds))
    peer_sent = apps.peer_cookies()
    found = [
        Subject(BARE, apps.bare(), plain),
        Subject("  its twin (noise)", apps.bare(), plain),
        Subject(BARE_SENT, apps.bare(), sent),
        Subject("two empty hooks", apps.two_hooks(), plain),
        Subject(OURS, apps.ours(policy), plain),
        Subject(OURS_SENT, apps.ours(policy), sent),
        Subject(COOKIES, apps.bare_reading(), plain),
        Subject(COOKIES_SENT, apps.bare_reading(), sent),
        Subject(READING, apps.ours_reading(policy, "statistics"), plain),
        Subject(READING_SENT, apps.ours_reading(policy, "statistics"), sent),
        Subject("ours, not read, refused, cookies sent", apps.ours(policy), refused),
        Subject(SETTING, apps.setting_cookies(THREE), sent),
        Subject(GATED, apps.setting_cookies(THREE, policy), sent),
        Subject("Flask-Consent, not asked", apps.peer(), plain),
        Subject("Flask-Consent, not asked, cookies sent", apps.peer(), peer_sent),
        Subject("Flask-Consent, asked, cookies sent", apps.peer_reading(), peer_sent),
    ]
    for size in (FEW, MANY):
        large = made_up(size, 4)
        full = apps.with_choices(partial(accepted, large))
        found += [
            Subject(_large(size, "bare"), apps.bare(), full),
            Subject(_large(size, "not read"), apps.ours(large), full),
            Subject(_large(size, "allows()"), apps.ours_reading(large, "statistics"), full),
            Subject(
                _large(size, "gate"), apps.setting_cookies(("c0_0", "c1_1", "c2_2"), large), full
            ),
        ]
    return found


def report() -> str:
    """Measures, and gives the tables."""
    found = {times.name: times for times in measure(subjects)}
    head = ("request", "median", "min-max", "over bare", "<budget", "<")
    return "\n".join(
        [
            table(
                "Server: µs per request (policy of 8 services)",
                head,
                [_row(times, found) for times in found.values()],
                f"Python {platform.python_version()}, Flask {version('flask')}, Werkzeug "
                f"{version('werkzeug')}; {PROCESSES} processes of {ROUNDS} interleaved rounds.",
                "'over bare': mean over processes of the median difference within rounds, ± its "
                f"standard error. Load of the machine: {os.getloadavg()[0]:.1f}.",
                "'budget': at most so many times what request.cookies costs in the same run.",
            ),
            _growth(found),
        ]
    )


def _row(times: Times, found: dict[str, Times]) -> tuple[str, ...]:
    over = times.over(found[BARE])
    asked = holds = ""
    if times.name in BUDGETS:
        reference, most, (reading, bare) = BUDGETS[times.name]
        more, unit = times.over(found[reference]), found[reading].over(found[bare])
        ratio = more.mean / unit.mean
        error = math.hypot(more.error, ratio * unit.error) / unit.mean
        asked = f"{most:g} x over {reference}"
        holds = f"{verdict(ratio, most, error)}: {ratio:.2f} ±{error:.2f}"
    return (
        times.name,
        f"{times.median:.2f}",
        f"{min(times.all):.1f}-{max(times.all):.1f}",
        "" if times.name == BARE else f"{over.mean:+.2f} ±{over.error:.2f}",
        asked,
        holds,
    )


def _growth(found: dict[str, Times]) -> str:
    rows = []
    for how in ("not read", "allows()", "gate"):
        small, large = (found[_large(size, how)] for size in (FEW, MANY))
        # Over an app that gets the same cookies: carrying a longer header costs it too.
        before, after = (
            times.over(found[_large(size, "bare")]) for times, size in ((small, FEW), (large, MANY))
        )
        growth = after.mean - before.mean
        error = math.hypot(before.error, after.error)
        holds = verdict(growth, (GROWTH - 1) * before.mean, error)
        cells = (
            f"{before.mean:.2f}",
            f"{after.mean:.2f}",
            f"{after.mean / before.mean:.2f}x",
            f"{GROWTH}x",
        )
        rows.append((how, *cells, holds, f"{large.median / small.median:.2f}x"))
    sizes = (f"{FEW} services", f"{MANY} services")
    head = ("µs of the hooks", *sizes, "ratio", "budget", "<", "whole request")
    return table(f"Growth: {MANY} services x 4 cookies, all accepted", head, rows)


def _large(size: int, how: str) -> str:
    return f"{size} services, {how}"
