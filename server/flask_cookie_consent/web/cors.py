"""Pages of other origins that carry our script tag: what they may ask of this server (CORS).

The origins are listed by the site; nothing is given to others. The protocol is that of the Fetch
standard (https://fetch.spec.whatwg.org/#http-cors-protocol).
"""

from __future__ import annotations

from flask import Response, request

from .installed import current_site

#: What a ``<script>`` on a page of another origin loads.
_FILES = ("tag", "asset", "embed_script")


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
