"""Twins of the consent cookie: found, settled into one, and the others expired.

A browser keeps cookies of one name apart by path, domain and partition (RFC 6265, 5.3), and
sends all that match without saying which is which. They come from older set-ups of a site, or
from a neighbour on a parent domain.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from werkzeug.http import dump_cookie

#: So many attributes' combinations are expired at most: headers must stay small.
MAX_DELETIONS = 20

#: Browsers ignore an attribute that is longer (RFC 6265bis, 5.6).
MAX_ATTRIBUTE = 1024


def deletions(name: str, host: str, path: str, *, secure: bool) -> list[str]:
    """``Set-Cookie`` values that expire every twin of the host-only cookie with ``Path=/``.

    :param host: of the request, without a port.
    :param path: of the request: twins with a path are seen below it only.
    :param secure: whether the request came by https, where partitioned twins can exist.
    """
    found = [
        dump_cookie(name, max_age=0, expires=0, path=path_, domain=domain, secure=secure)
        for path_, domain in _places(host, path)
    ][:MAX_DELETIONS]
    if secure:
        found.append(
            dump_cookie(name, max_age=0, expires=0, secure=True, samesite="None", partitioned=True)
        )
    return found


def _places(host: str, path: str) -> Iterator[tuple[str, str | None]]:
    for domain in _domains(host):
        yield "/", domain
    parts = path.split("/")
    for end in range(2, len(parts) + 1):
        prefix = "/".join(parts[:end])
        if len(prefix) > MAX_ATTRIBUTE:
            break
        if prefix != "/":
            yield prefix, None
            if not prefix.endswith("/"):
                yield f"{prefix}/", None


def _domains(host: str) -> Iterator[str]:
    """The domains that a cookie for ``host`` may name. Browsers refuse public suffixes."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        if not _is_name(host):
            return
        labels = host.split(".")
        for start in range(len(labels) - 1):
            yield ".".join(labels[start:])


def _is_name(host: str) -> bool:
    """Whether ``host`` can be a domain: a ``Host`` header may have labels that are empty, or too
    long, and Werkzeug raises on them."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True
