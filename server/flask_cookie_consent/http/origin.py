"""Origins: whether a request that changes something comes from the site itself, where it may
return, and which other origins a site may name.

The rule is that of Go's ``http.CrossOriginProtection``: browsers say by ``Sec-Fetch-Site`` where
a request comes from (Safari 16.4, Chrome 76, Firefox 90); older ones send ``Origin`` with every
POST; what sends neither is no browser, and no visitor is signed in there.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from werkzeug import Request

from .hosts import is_within

#: As browsers write an ``Origin`` header.
_ORIGIN = re.compile(r"https?://(?:[a-z0-9_.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")


def is_same_origin(request: Request, trusted: Collection[str]) -> bool:
    """Whether ``request`` was sent by a page of this site or of a trusted origin.

    :param trusted: origins such as ``"https://www.example.org"``.
    """
    origin = request.headers.get("Origin")
    if origin is not None and origin in trusted:
        return True
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        # A form under `Referrer-Policy: no-referrer` has `Origin: null`, but says same-origin.
        return site in ("same-origin", "none")
    return origin is None or origin.lower() == f"{request.scheme}://{request.host}".lower()


def safe_path(target: str | None, request: Request) -> str | None:
    """The path and query of ``target`` if it is an address of this site, else ``None``.

    Only a path is ever given back, so that no redirect leaves the site, whatever ``target`` is
    (``//evil.example``, ``\\\\evil.example``, ``javascript:``, control characters).
    """
    if not target or len(target) > 2000 or not target.isascii() or not target.isprintable():
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    here = (request.scheme, request.host)
    if (parts.scheme or parts.netloc) and (parts.scheme, parts.netloc) != here:
        return None
    path = parts.path or "/"
    if not path.startswith("/") or path.startswith("//") or "\\" in target:
        return None
    return f"{path}?{parts.query}" if parts.query else path


def checked_origins(origins: Collection[str], domain: str | None) -> frozenset[str]:
    """``origins``, each as browsers send it.

    :param domain: of the consent cookie: all pages then write it for that domain.
    :raises ValueError: if one of them is no origin, or is one that cannot share the cookie.
    """
    if isinstance(origins, str):
        raise ValueError(f"embedded_on: found the text {origins!r}; allowed: a list of origins")
    for origin in origins:
        if not _is_origin(origin):
            raise ValueError(
                f"embedded_on: found {origin!r}; allowed: origins in full and in lower case, such "
                "as 'https://www.example.org', without a path, without the ports 80 and 443"
            )
        if domain and not is_within(urlsplit(origin).hostname or "", domain):
            raise ValueError(
                f"embedded_on: found {origin!r}, whose pages cannot write a cookie for the "
                f"policy's cookie_domain {domain!r}; allowed: hosts of that domain, or a "
                "policy without cookie_domain"
            )
    return frozenset(origins)


def _is_origin(origin: object) -> bool:
    if not isinstance(origin, str) or not _ORIGIN.fullmatch(origin):
        return False
    return not origin.endswith({"http": ":80", "https": ":443"}[origin.partition(":")[0]])
