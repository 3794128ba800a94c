"""Where the sites of an app stand: one :class:`~..site.Site`, or one for each host.

``Flask(..., host_matching=True)`` tells the sites of one app apart by the host that a request
asks for, and so does everything here. Which host that is, is looked at as late as possible:
ProxyFix, where it stands inside the layer, puts it right only on the way in.
"""

from __future__ import annotations

import re
from typing import Any, cast

from flask import Flask, current_app, request, url_for

from ..http.hosts import asked_host
from ..site import Site

#: Key of ``app.extensions`` under which the app's :class:`~..extension.CookieConsent` stands, or
#: the :class:`Hosts` where there are several.
EXTENSION_KEY = "cookie_consent"

#: Key of ``app.extensions`` under which the app's sites stand: an :class:`Installed` for each
#: :class:`~..extension.CookieConsent`.
SITES_KEY = "cookie_consent.sites"

_HOST = re.compile(r"[A-Za-z0-9_.-]+(:[0-9]{1,5})?")


class Installed:
    """A site in an app.

    :param endpoint: the name that the app knows our endpoints by, in front of theirs; empty in a
        layer around several apps, which learns from each of them which one answers.
    :param choice_path: the end of the address that takes choices.
    """

    def __init__(self, site: Site, endpoint: str = "", choice_path: str = "/choice") -> None:
        self.site = site
        self.endpoint = endpoint
        self._choice_path = choice_path
        self._has_warned = False

    @classmethod
    def in_app(cls, site: Site, app: Flask, endpoint: str) -> Installed:
        """The site, with what it takes from ``app``: catalogues, and the place of its records.

        :raises ValueError: if a catalogue is missing, or cannot be read.
        """
        rule = next(app.url_map.iter_rules(f"{endpoint}.choice")).rule
        site.open(app.root_path, app.instance_path, app.app_context)
        return cls(site, endpoint, rule.rpartition(">")[2])

    def base(self, *, external: bool = False) -> str:
        """The address under which the blueprint answers, as this request's pages see it.

        :param external: whether with scheme and host, for pages of other origins.
        """
        return url_for(f"{self.endpoint}.choice", _external=external).removesuffix("choice")

    def takes_choice(self, path: str) -> bool:
        """Whether a request for ``path`` goes to the address that takes choices, or to one that
        ends as it does: the app may be mounted somewhere."""
        return path.endswith(self._choice_path)

    def warns_of_walls(self) -> bool:
        """Whether the log says that something else answers for us: once, whoever asks."""
        first, self._has_warned = not self._has_warned, True
        return first


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
        self.by_host: dict[str, object] = {}

    def of(self, environ: dict[str, Any]) -> object:
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


def join(app: Flask, extension: object, host: str | None) -> None:
    """Makes ``extension`` the one of ``app``, or the one of ``host`` in it.

    :raises RuntimeError: if another is there already, or the app does not tell hosts apart.
    """
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


def installed_in(app: Flask, environ: dict[str, Any] | None = None) -> Installed:
    """The site of ``app`` that a request is for.

    :param environ: of the request; by default the current one's.
    :raises RuntimeError: if the app has none, or none for the host asked for.
    """
    extension = app.extensions.get(EXTENSION_KEY)
    if extension is None:
        raise RuntimeError(
            f"app {app.name!r} has no CookieConsent; "
            "call app.register_blueprint(CookieConsent(policy))"
        )
    if isinstance(extension, Hosts):
        extension = extension.of(request.environ if environ is None else environ)
    return cast("Installed", app.extensions[SITES_KEY][extension])


def current_installed() -> Installed:
    """The site of the current app that the current request is for.

    :raises RuntimeError: if the app has none, or none for the host asked for.
    """
    return installed_in(current_app._get_current_object())  # type: ignore[attr-defined]


def current_site() -> Site:
    """The :class:`~..site.Site` of :func:`current_installed`."""
    return current_installed().site
