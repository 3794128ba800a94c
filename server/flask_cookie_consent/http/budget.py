"""How much a response's header may hold.

Proxies keep it in a buffer, and answer 502 to a longer one.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from .caching import Headers

#: A proxy's buffer in bytes, as nginx has it unless it is told otherwise (``proxy_buffer_size``:
#: one page of memory, which is 4 kB on most machines).
BUFFER = 4096

#: Bytes for what comes later: the status line, what the server adds (``Server``, ``Date``,
#: ``Connection``, ``Transfer-Encoding``), and headers of middleware around us.
RESERVE = 256

#: ``Set-Cookie: `` and the end of the line.
_COOKIE_LINE = 14


def size_of(cookies: Iterable[str]) -> int:
    """The bytes that these ``Set-Cookie`` values take in a header."""
    return sum(len(cookie) + _COOKIE_LINE for cookie in cookies)


def room_beside(headers: Headers) -> int:
    """The bytes that may still be added to ``headers``; 0 or less where there is no room.

    Where the app's own headers are longer than the smallest buffer, the proxy must have been given
    larger ones, whose sizes are whole pages.
    """
    used = sum(len(name) + len(value) + 4 for name, value in headers)
    pages = 1 + used // BUFFER
    return pages * BUFFER - RESERVE - used


def fitting(cookies: Sequence[str], room: int) -> list[str]:
    """As many of ``cookies`` as there is room for, beginning at one drawn by chance, so that each
    has its turn over some responses."""
    start = random.randrange(len(cookies)) if cookies else 0
    found: list[str] = []
    for cookie in (*cookies[start:], *cookies[:start]):
        room -= size_of([cookie])
        if room < 0:
            break
        found.append(cookie)
    return found
