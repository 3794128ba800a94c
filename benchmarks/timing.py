"""Times WSGI apps beside each other, so that what else the machine does meets all alike.

Every round times each subject once, in random order, for a short block of requests; what is
compared is the difference *within* a round, in CPU time. The rounds are spread over several
processes, since where a process happens to place its objects makes twins differ by some tenths
of a microsecond.
"""

from __future__ import annotations

import gc
import math
import random
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: Requests in a block: some 10 ms, too short for most disturbances.
BLOCK = 256
WARM_UP = 32

PROCESSES = 8
ROUNDS = 30


@dataclass
class Subject:
    """One app, with the requests it is sent over and over, each a fresh copy."""

    name: str
    app: WSGI
    requests: Sequence[dict[str, Any]]
    sent: int = 0

    def run(self) -> float:
        """Times one block: µs of CPU per request. Nothing waits here, so that only what other
        processes take is left out."""
        gc.collect()
        gc.disable()  # or one subject pays for what another has left behind
        try:
            for _ in range(WARM_UP):
                _answer(self.app, self._next())
            start = time.process_time_ns()
            for _ in range(BLOCK):
                _answer(self.app, self._next())
            end = time.process_time_ns()
        finally:
            gc.enable()
        return (end - start) / BLOCK / 1000

    def check(self) -> None:
        """Raises if the app does not answer 200: an error may be quick, and look good."""
        for environ in self.requests:
            answers: list[str] = []
            b"".join(self.app(environ.copy(), lambda status, *_, to=answers: to.append(status)))
            if answers != ["200 OK"]:
                raise RuntimeError(f"{self.name} answers {answers}")

    def _next(self) -> dict[str, Any]:
        """A request as a server hands it over: just read, so that the processor has it at hand.
        (Making it is timed too, for all subjects alike.)"""
        self.sent += 1
        environ = self.requests[self.sent % len(self.requests)].copy()
        cookies = environ.get("HTTP_COOKIE", "")
        environ["HTTP_COOKIE"] = cookies[:1] + cookies[1:]
        if not cookies:
            del environ["HTTP_COOKIE"]
        return environ


@dataclass
class Times:
    """What was measured of one subject: µs per request, by process and round."""

    name: str
    by_process: list[list[float]] = field(default_factory=list)

    @property
    def all(self) -> list[float]:
        return [time for times in self.by_process for time in times]

    @property
    def median(self) -> float:
        return statistics.median(self.all)

    def over(self, other: Times) -> Difference:
        """How much more this takes than ``other``, both in the same rounds."""
        return Difference(
            [
                statistics.median(a - b for a, b in zip(mine, theirs, strict=True))
                for mine, theirs in zip(self.by_process, other.by_process, strict=True)
            ]
        )


@dataclass
class Difference:
    """The median differences of two subjects, by process."""

    values: list[float]

    @property
    def mean(self) -> float:
        return statistics.mean(self.values)

    @property
    def error(self) -> float:
        """The standard error of the mean, from the spread between processes."""
        return statistics.stdev(self.values) / math.sqrt(len(self.values))


def measure(make: Callable[[], Sequence[Subject]]) -> list[Times]:
    """The times of the subjects that ``make`` gives, called anew in each process."""
    found: list[Times] = []
    context = get_context("spawn")
    for _ in range(PROCESSES):
        with context.Pool(1) as pool:  # one after another: they would disturb each other
            names, times = pool.apply(_measure_here, (make,))
        found = found or [Times(name) for name in names]
        for subject, more in zip(found, times, strict=True):
            subject.by_process.append(more)
    return found


def _measure_here(make: Callable[[], Sequence[Subject]]) -> tuple[list[str], list[list[float]]]:
    subjects = make()
    for subject in subjects:
        subject.check()
        subject.run()
    gc.collect()
    gc.freeze()
    times: list[list[float]] = [[] for _ in subjects]
    order = list(zip(subjects, times, strict=True))
    for _ in range(ROUNDS):
        random.shuffle(order)
        for subject, found in order:
            found.append(subject.run())
    return [subject.name for subject in subjects], times


def _answer(app: WSGI, environ: dict[str, Any]) -> None:
    """What a WSGI server does with one request, but for the sockets."""
    body = app(environ, _start_response)
    for _ in body:
        pass
    if (close := getattr(body, "close", None)) is not None:
        close()


def _start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
    pass
