"""Pages of other origins that carry our script tag: what they may ask of this server (CORS).

The origins are listed by the site; nothing is given to others. The protocol is that of the Fetch
standard (https://fetch.spec.whatwg.org/#http-cors-protocol).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from flask import Response, request

from .context import current_site
from .cookie import Form, is_within

#: As browsers write an ``Origin`` header.
_ORIGIN = re.compile(r"https?://(?:[a-z0-9_.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")

#: What a ``<script>`` on a page of another origin loads.
_FILES = ("tag", "asset", "embed_script")


def checked_origins(origins: Collection[str], form: Form) -> frozenset[str]:
    """``origins``, each as browsers send it.

    :param form: of the consent cookie: with a ``Domain``, all pages write it for that domain.
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
        if form.domain and not is_within(urlsplit(origin).hostname or "", form.domain):
            raise ValueError(
                f"embedded_on: found {origin!r}, whose pages cannot write a cookie for the "
                f"policy's cookie_domain {form.domain!r}; allowed: hosts of that domain, or a "
                "policy without cookie_domain"
            )
    return frozenset(origins)


def _is_origin(origin: object) -> bool:
    if not isinstance(origin, str) or not _ORIGIN.fullmatch(origin):
        return False
    return not origin.endswith({"http": ":80", "https": ":443"}[origin.partition(":")[0]])


def is_embedded() -> bool:
    """Whether the request was made by a page of an origin that may embed us."""
    return request.headers.get("Origin") in current_site().embedded_on


def share(response: Response) -> Response:
    """Lets pages of the listed origins read what our routes answer."""
    headers = response.headers
    response.vary.add("Origin")
    if (request.endpoint or "").rpartition(".")[2] in _FILES:
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if is_embedded():
        headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        headers["Access-Control-Allow-Credentials"] = "true"
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = "GET, POST"
            headers["Access-Control-Allow-Headers"] = "Content-Type"
            headers["Access-Control-Max-Age"] = "600"
    return response
