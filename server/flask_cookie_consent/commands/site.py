"""The site that a command is about: that of the app, or the one that ``--host`` names."""

from __future__ import annotations

import click
from flask import current_app

from ..site import Site
from ..web.installed import EXTENSION_KEY, Hosts, installed_in

_HOST = "flask_cookie_consent.host"


def note_host(context: click.Context, host: str | None) -> None:
    """Remembers what ``--host`` says, for the commands below."""
    context.meta[_HOST] = host


def site_here() -> Site:
    """The site of the current app.

    :raises click.ClickException: if the app has none, or several and ``--host`` names none of them.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    host = click.get_current_context().meta.get(_HOST)
    found = app.extensions.get(EXTENSION_KEY)
    if isinstance(found, Hosts):
        known = ", ".join(found.by_host)
        if host is None:
            raise click.ClickException(f"this app has several sites; say --host, one of: {known}")
        if host.lower() not in found.by_host:
            raise click.ClickException(f"--host: found {host!r}; allowed: {known}")
    elif host is not None and found is not None:
        raise click.ClickException("this app has one site, for every host; leave --host out")
    try:
        return installed_in(
            app, {"HTTP_HOST": (host or "").lower(), "wsgi.url_scheme": "http"}
        ).site
    except RuntimeError as error:
        raise click.ClickException(str(error)) from error
