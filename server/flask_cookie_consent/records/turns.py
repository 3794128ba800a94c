"""The turns of those who write to one file of SQLite, over all processes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Engine

from .trouble import Unusable

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: Seconds between two looks whether it is a writer's turn, where it cannot wait in the system.
TURN = 0.002


@contextmanager
def queue(engine: Engine, patience: float | None = None) -> Iterator[None]:
    """Waits until it is this writer's turn, where there are turns.

    :param patience: for how many seconds; ``None``: until it comes.
    :raises Unusable: if it has not come by then, or the file that says whose turn it is cannot be
        opened or locked.
    """
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if fcntl is None or not file or file == ":memory:" or file.startswith("file:"):
        yield
        return
    name = f"{file}-queue"
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _no_turn(name, error) from error
    try:
        try:
            _lock(descriptor, patience)
        except OSError as error:
            raise _no_turn(name, error) from error
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, patience: float | None) -> None:
    """
    :raises OSError: if it cannot be locked; ``TimeoutError``, if not in time.
    """
    if patience is None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    # To wait in the system would stop every greenlet of this process.
    deadline = time.monotonic() + patience
    while not _has_locked(descriptor):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(TURN)


def _has_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _no_turn(name: str, error: OSError) -> Unusable:
    if isinstance(error, TimeoutError):
        return Unusable(f"{name}: another process holds its lock for too long; see which one")
    reason = error.strerror or type(error).__name__
    return Unusable(f"{name} cannot be locked: {reason}; {user()} has to be able to write it")


def user() -> str:
    """Who has to have access, in an error."""
    return f"the user {os.getuid()}" if hasattr(os, "getuid") else "the user that runs this"
