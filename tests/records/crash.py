"""Kills servers at random moments while visitors choose, and looks what is left::

    python -m tests.records.crash --rounds 200 --store sqlite
    python -m tests.records.crash --rounds 200 --store postgresql

After each round every choice that was acknowledged has to be there exactly once, and the log has
to verify. Every other round on PostgreSQL kills the database as well.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from flask_cookie_consent.choice.codec import new_id
from flask_cookie_consent.proof.checkpoint import Signer
from flask_cookie_consent.records import schema
from flask_cookie_consent.records.engine import make_engine, migrate
from flask_cookie_consent.records.log.sealing import seal
from flask_cookie_consent.records.log.verifying import verify

from .servers import AMPLE, HEADERS, Server, body, gunicorn

VISITORS = 6


def check(engine: Engine, signer: Signer, acknowledged: set[str]) -> None:
    """Seals, verifies, and looks for what was acknowledged."""
    seal(engine, signer)
    findings = list(verify(engine, signer.verifier))
    assert not findings, findings[:3]
    with engine.connect() as connection:
        kept = connection.execute(sa.select(schema.records.c.id)).scalars().all()
    assert len(kept) == len(set(kept))
    lost = acknowledged - set(kept)
    assert not lost, f"{len(lost)} acknowledged choices are gone: {sorted(lost)[:3]}"


@dataclass
class Visitors:
    """Threads that make choices as quickly as they can, until told to stop."""

    port: int
    acknowledged: set[str] = field(default_factory=set)
    pending: int = 0
    _answered: threading.Event = field(default_factory=threading.Event)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Visitors:
        self._threads = [threading.Thread(target=self._choose) for _ in range(VISITORS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(AMPLE)

    def wait_until_answered(self) -> None:
        """Waits until the server is at work."""
        assert self._answered.wait(AMPLE), "the server does not answer"

    def _choose(self) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=AMPLE)
        while not self._stopped.is_set():
            id = new_id()
            try:
                connection.request("POST", "/consent/choice", body(id), HEADERS)
                answer = connection.getresponse()
                answer.read()
            except (OSError, HTTPException):
                connection.close()
                self._stopped.wait(0.01)
                continue
            assert answer.status in (202, 204), answer.status
            self._answered.set()
            if answer.status == 204:
                self.acknowledged.add(id)
            else:
                self.pending += 1


class SQLite:
    """A file; it cannot be killed."""

    can_be_killed = False

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder}/consent.db"

    def stop(self) -> None:
        pass


class PostgreSQL:
    """A server of its own."""

    can_be_killed = True

    def __init__(self, folder: Path) -> None:
        from .postgres import start_postgres

        self._folder = folder / "postgresql"
        self._server: Any = start_postgres(self._folder)
        self._family: list[psutil.Process] = []
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")

    def kill(self) -> None:
        """Kills the postmaster; its children see that and end."""
        postmaster = psutil.Process(self._server.get_pid())
        self._family = [postmaster, *postmaster.children(recursive=True)]
        postmaster.kill()

    def start(self) -> None:
        """Starts it again on what it has left on the disk."""
        deadline = time.monotonic() + AMPLE
        while any(map(_lives, self._family)):
            assert time.monotonic() < deadline, "the database's processes do not end"
            time.sleep(0.02)
        # Where nobody collects dead processes, as in a container, the postmaster is taken for one
        # that lives.
        for file in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (self._folder / file).unlink(missing_ok=True)
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        self._server.cleanup()


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


STORES = {"sqlite": SQLite, "postgresql": PostgreSQL}


@contextmanager
def store_of(kind: str) -> Iterator[Any]:
    """A store in a folder of its own. (Its path is short: a socket lies in it.)"""
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        os.chmod(folder, 0o755)
        store = STORES[kind](Path(folder))
        try:
            yield store
        finally:
            store.stop()


def rounds(kind: str, number: int, seed: int) -> tuple[int, int]:
    """Runs so many rounds; says how many choices were acknowledged, and how many were pending.

    :raises AssertionError: if anything acknowledged is lost or twice there, or the log is broken.
    """
    chance = random.Random(seed)
    acknowledged: set[str] = set()
    pending = 0
    with store_of(kind) as store:
        engine = make_engine(store.url, ".", AMPLE)
        migrate(engine)
        signer = Signer.generate("crash")
        # As its configuration this module is imported once, before the workers fork: each makes an
        # app of its own still, but need not import everything.
        options = ("--worker-class", "gthread", "--threads", "4")
        command = gunicorn(*options, "--config", "python:tests.records.crash")
        with Server(command, store.url) as server:
            for n in range(number):
                with Visitors(server.port) as visitors:
                    visitors.wait_until_answered()
                    time.sleep(chance.uniform(0, 0.4))  # the moment is what is tried
                    if store.can_be_killed and n % 2:
                        store.kill()
                        time.sleep(chance.uniform(0, 0.2))
                    server.kill()
                acknowledged |= visitors.acknowledged
                pending += visitors.pending
                if store.can_be_killed and n % 2:
                    store.start()
                    engine.dispose()
                server.start()
                check(engine, signer, acknowledged)
        engine.dispose()
    return len(acknowledged), pending


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--store", choices=STORES, default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    kept, waiting = rounds(options.store, options.rounds, options.seed)
    print(
        f"{options.store}: {options.rounds} rounds (seed {options.seed}), {kept} choices "
        f"acknowledged, each there once; {waiting} said to be pending; the log verifies"
    )
