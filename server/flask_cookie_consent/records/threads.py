"""Which threads a process has: what must not be shared with another one, and what can be relied
on."""

from __future__ import annotations

import os
import sys
import threading


def kind() -> tuple[int, object]:
    """Names this process and its kind of threads; locks, threads and connections from another one
    are of no use here.

    Servers fork after the app was made and used, and not all of them tell Python (uWSGI does not).
    gevent and eventlet replace the locks of a process that has already made some.
    """
    return os.getpid(), threading.Lock


def are_green() -> bool:
    """Whether gevent, eventlet or the like have replaced threads: what blocks one of them then
    blocks all."""
    return type(threading.Lock()).__module__ != "_thread"


def run_on() -> bool:
    """Whether threads run while no request is answered.

    uWSGI before 2.0.27 stops them wherever they are, unless it is told ``enable-threads`` or
    ``threads``.
    """
    # Not imported: that might find a file of the site's that is called so.
    uwsgi = sys.modules.get("uwsgi")
    return are_green() or bool(getattr(uwsgi, "has_threads", True))
