"""What a long ``Cookie`` header costs beside a short one: time that grows no faster than it."""

from __future__ import annotations

import time
from typing import Any

from .cookies import base36
from .requests import Input, Requests
from .target import Target

SIZE = 4096
#: A header of :data:`SIZE` may cost this many times what a short one costs.
LIMIT = 20


def shapes(tokens: list[str], now: int) -> dict[str, str]:
    """Headers by name, each about :data:`SIZE` long but the first."""
    time_ = base36(now)
    sound = f"consent=1ac.{time_}.{tokens[0]}.{tokens[1]}"
    runs = [f"{number:03x}" for number in range(SIZE // 3)]
    twin = [f"consent=1ac.{time_}..{a}" for a in runs]
    return {
        "short": sound,
        "many twins": _filled(f"{sound}; "),
        "twins with tokens of their own": "; ".join(twin)[:SIZE],
        "twins with long runs": "; ".join(
            f"consent=1ac.{time_}.{''.join(runs[:150])}.{''.join(runs[i : i + 150])}"
            for i in range(4)
        ),
        "many tokens granted": f"consent=1ac.{time_}.{''.join(runs[:-20])}.",
        "many tokens in both": f"consent=1ac.{time_}.{''.join(runs[:660])}.{''.join(runs[:660])}",
        "many `consent=`": _filled("consent="),
        "no separators": _filled("x"),
        "one long name, then the cookie": _filled("x", SIZE - len(sound)) + sound,
        "many separators": _filled(";"),
        "many small cookies": _filled("a=b; "),
        "many spaces": f"{_filled(' ', SIZE - len(sound))}{sound}",
        "dots": f"consent={_filled('.')}",
    }


def _filled(piece: str, size: int = SIZE) -> str:
    return (piece * (size // len(piece) + 1))[:size]


def measure() -> bool:
    """Prints a table; whether every shape keeps to :data:`LIMIT`."""
    target = Target()
    tokens = [*target.asking, *target.exempt]
    headers = shapes(tokens, int(time.time()))
    site = {
        "PATH_INFO": "/reads",
        "REQUEST_METHOD": "GET",
        "QUERY_STRING": "",
        "HTTP_HOST": "localhost",
    }
    base = {k: v for k, v in Requests(0, tokens, 0).make(0).environ.items() if "HTTP_" not in k}
    cost = {
        name: _cost(target, Input(0, {**base, **site, "HTTP_COOKIE": header}, b""))
        for name, header in headers.items()
    }
    print(f"\n{'a page that reads consent, by Cookie header':48}{'bytes':>8}{'µs':>10}{'times':>8}")
    for name, seconds in cost.items():
        times = seconds / cost["short"]
        print(f"{name:48}{len(headers[name]):8}{seconds * 1e6:10.0f}{times:8.1f}")
    return all(seconds <= LIMIT * cost["short"] for seconds in cost.values())


def _cost(target: Target, made: Any, rounds: int = 7, repeats: int = 60) -> float:
    """Seconds for one request: the best of ``rounds``, since the machine does other things."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(repeats):
            target.answer(made)
        best = min(best, (time.perf_counter() - start) / repeats)
    return best
