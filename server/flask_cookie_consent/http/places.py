"""Where a cookie may live: the domains and paths that a browser keeps cookies of one name apart by
(RFC 6265, 5.3), as far as a request shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from ipaddress import ip_address
from urllib.parse import quote

from publicsuffixlist import PublicSuffixList

_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")

#: What browsers leave as it is in the path of an address; ``;`` would end a cookie's attribute.
PLAIN_IN_PATHS = "/:@!$&'()*+,=~"

#: Browsers ignore an attribute that is longer (RFC 6265bis, 5.6).
MAX_ATTRIBUTE = 1024

#: Cookies of deeper paths than this are rare, and every path costs a header for each domain.
MAX_PREFIXES = 8


@lru_cache(256)  # bounded: hosts come from visitors
def domains(host: str) -> tuple[str, ...]:
    """The domains that a cookie for ``host`` may name: itself and its parents, down to the one
    that was registered. Browsers refuse a public suffix, such as ``co.uk`` or ``github.io``.

    :param host: of the request, without a port.
    """
    host = host.lower().rstrip(".")
    if not _HOST.fullmatch(host) or _is_address(host):
        return ()
    registered = _suffixes().privatesuffix(host)
    if registered is None:
        return ()
    above = host.removesuffix(registered).rstrip(".")
    labels = above.split(".") if above else []
    return tuple(".".join([*labels[start:], registered]) for start in range(len(labels) + 1))


def paths(path: str) -> Iterator[str]:
    """The values of ``Path`` whose cookies are sent with a request for ``path``: ``/``, and
    each folder above with and without a slash at its end.

    :param path: as WSGI has it: decoded, in latin-1.
    """
    yield "/"
    parts = quote(path.encode("latin-1", "replace"), safe=PLAIN_IN_PATHS).split("/")
    for end in range(2, min(len(parts), MAX_PREFIXES) + 1):
        prefix = "/".join(parts[:end])
        if len(prefix) > MAX_ATTRIBUTE:
            return
        if prefix != "/":
            yield prefix
            if not prefix.endswith("/"):
                yield f"{prefix}/"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@cache
def _suffixes() -> PublicSuffixList:
    """The Public Suffix List, which takes 40 ms to read: only once something is deleted."""
    return PublicSuffixList()
