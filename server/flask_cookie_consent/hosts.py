"""Several sites in one app, each with a policy of its own: one :class:`~.extension.CookieConsent`
per host.

``Flask(..., host_matching=True)`` tells the sites of one app apart by the host that a request
asks for, and so does everything here. Which host that is, is looked at as late as possible:
ProxyFix, where it stands inside the layer, puts it right only on the way in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Flask

from .caching import Headers
from .context import EXTENSION_KEY
from .cookie import asked_host
from .wsgi import ConsentLayer, WSGIApp

if TYPE_CHECKING:
    from collections.abc import Callable

    from .context import Exchange
    from .extension import CookieConsent
    from .site import Site

_HOST = re.compile(r"[A-Za-z0-9_.-]+(:[0-9]{1,5})?")


def checked_host(host: str | None) -> str | None:
    """``host`` in lower case.

    :raises ValueError: if it is no host.
    """
    if host is None:
        return None
    if not isinstance(host, str) or not _HOST.fullmatch(host):
        raise ValueError(
            f"host: found {host!r}; allowed: a host such as 'www.example.org', with its port if "
            "that is neither 80 nor 443, names beyond ASCII as 'xn--...'"
        )
    return host.lower()


class Hosts:
    """The extensions of one app by the host that they serve; stands in ``app.extensions``."""

    def __init__(self) -> None:
        self.by_host: dict[str, CookieConsent] = {}

    def of(self, environ: dict[str, Any]) -> CookieConsent:
        """The one for the host of a request.

        :raises RuntimeError: if none serves it.
        """
        host = asked_host(environ)
        if host not in self.by_host:
            raise RuntimeError(
                f"no CookieConsent serves the host {host!r}, so there is no consent to read; "
                f"there is one for: {', '.join(self.by_host)}"
            )
        return self.by_host[host]


def join(app: Flask, extension: CookieConsent) -> None:
    """Makes ``extension`` the one of ``app``, or the one of a host in it.

    :raises RuntimeError: if another is there already, or the app does not tell hosts apart.
    """
    host = extension.host
    if host is None:
        found = app.extensions.setdefault(EXTENSION_KEY, extension)
        if found is extension:
            return
    else:
        if not app.url_map.host_matching:
            raise RuntimeError(
                f"CookieConsent(..., host={host!r}) needs an app that tells hosts apart: "
                "Flask(..., host_matching=True, static_host=...)"
            )
        found = app.extensions.setdefault(EXTENSION_KEY, Hosts())
        if isinstance(found, Hosts) and found.by_host.setdefault(host, extension) is extension:
            return
    raise RuntimeError(
        f"app {app.name!r} has a CookieConsent already{f' for {host!r}' if host else ''}; one "
        "app has one policy, or one for each host: CookieConsent(policy, host='www.example.org')"
    )


class HostLayer(ConsentLayer):
    """The layer for one host: other hosts' responses pass it untouched."""

    def __init__(
        self, app: WSGIApp, site: Site, host: str, start: Callable[[], None] | None = None
    ) -> None:
        super().__init__(app, site, start)
        self._host = host

    def finish(
        self, exchange: Exchange, environ: dict[str, Any], status: str, headers: Headers
    ) -> Headers:
        """The headers that leave."""
        if asked_host(environ) != self._host:
            return headers
        return super().finish(exchange, environ, status, headers)
