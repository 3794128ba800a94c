"""Hosts: which one a request asks for, and which cookies it may have."""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import SecurityError
from werkzeug.wsgi import get_host

#: Browsers take a cookie with this prefix only with ``Secure``, ``Path=/`` and no ``Domain``, so
#: no other host can have set it (RFC 6265bis, 4.1.3.2).
HOST_PREFIX = "__Host-"


def plain_name(name: str) -> str:
    """The name for plain http, where browsers take no prefixed cookie."""
    return name.removeprefix(HOST_PREFIX)


def asked_host(environ: dict[str, Any]) -> str:
    """The host that a request asks for, in lower case, with its port if it is not the usual one;
    nothing where it says none, or none that can be."""
    try:
        return get_host(environ).lower()
    except SecurityError:  # of some versions of Werkzeug
        return ""


def host_name(environ: dict[str, Any]) -> str:
    """The same without the port."""
    host = asked_host(environ)
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def is_within(host: str, domain: str) -> bool:
    """Whether a cookie with ``Domain=domain`` is one that ``host`` may set (RFC 6265, 5.1.3)."""
    return host == domain or host.endswith(f".{domain}")
