"""Twins of the consent cookie: found, settled into one, and the others expired.

A browser keeps cookies of one name apart by path, domain and partition (RFC 6265, 5.3), and
sends all that match without saying which is which. They come from older set-ups of a site, or
from a neighbour on a parent domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from werkzeug.http import dump_cookie

from ..choice.cookie import ConsentCookie
from ..http.budget import fitting, size_of
from ..http.caching import Headers
from ..http.hosts import host_name
from ..http.places import domains, paths


def deletions(
    name: str,
    host: str,
    path: str,
    *,
    secure: bool,
    keep: str | None = None,
    on_domains: bool = True,
) -> list[str]:
    """``Set-Cookie`` values that expire every twin of the cookie with ``Path=/``.

    :param host: of the request, without a port.
    :param path: of the request, as WSGI has it: twins with a path are seen below it only.
    :param secure: whether the request came by https, where partitioned twins can exist.
    :param keep: ``Domain`` of the one that remains; by default it is the host-only one.
    :param on_domains: whether those with a ``Domain`` are this site's at all.
    """
    if name.startswith("__Host-"):
        places: Sequence[tuple[str, str | None]] = []  # browsers keep it at one place only
    else:
        hosts = (None, *domains(host)) if on_domains else (None,)
        at_root = [("/", domain) for domain in hosts if domain != keep]
        below = [(p, domain) for p in paths(path) if p != "/" for domain in hosts]
        places = [*at_root, *below]
    found = [
        dump_cookie(name, max_age=0, expires=0, path=path_, domain=domain, secure=secure)
        for path_, domain in places
    ]
    if secure:
        found.append(
            dump_cookie(name, max_age=0, expires=0, secure=True, samesite="None", partitioned=True)
        )
    return found


def settle(cookie: ConsentCookie, environ: dict[str, Any], headers: Headers, room: int) -> Headers:
    """``headers`` with what makes one consent cookie of several: twins are expired, and the one
    that remains says what they said together, unless the response sets a new one already.

    :param room: for the header lines, in bytes. Twins that do not fit are expired with a later
        response.
    """
    form = cookie.form_for(environ)
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    own: list[str] = []
    choice = cookie.read(environ)
    if choice is not None and not cookie.is_set(environ, headers):
        choice = cookie.fitted(choice)
        own.append(cookie.dump(environ, form, choice))
        if size_of(own) > room:
            own = [cookie.dump(environ, form, cookie.known(choice))]
    if size_of(own) > room:
        return headers
    twins = deletions(
        form.name,
        host_name(environ),
        path,
        secure=environ["wsgi.url_scheme"] == "https",
        keep=form.domain,
        on_domains=form.domain is not None or cookie.are_own(environ),
    )
    # First, as some programs do not tell cookies of one name apart.
    cookies = [*fitting(twins, room - size_of(own)), *own]
    return [*(("Set-Cookie", value) for value in cookies), *headers]
