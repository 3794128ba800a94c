"""The layer around ``app.wsgi_app``: what no hook of Flask sees, it does.

Flask saves its session after all ``after_request`` functions, and middleware adds headers later
still; ``start_response`` is where every header passes. Here a response that read consent is
marked as one that depends on its visitor. (The gate on ``Set-Cookie`` belongs here too.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from werkzeug.datastructures import ResponseCacheControl
from werkzeug.http import dump_header, parse_cache_control_header

from .context import ENVIRON_KEY, Consent

if TYPE_CHECKING:
    from .extension import CookieConsent

Headers: TypeAlias = "list[tuple[str, str]]"
StartResponse: TypeAlias = Callable[..., Any]
WSGIApp: TypeAlias = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class ConsentLayer:
    """WSGI middleware for one :class:`~.extension.CookieConsent`.

    Idempotent: where two layers of one extension are stacked, only the outer one works.
    """

    def __init__(self, app: WSGIApp, extension: CookieConsent) -> None:
        self.app = app
        self.extension = extension

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        extension = self.extension
        found = environ.get(ENVIRON_KEY)
        if found is not None and found._extension is extension:
            return self.app(environ, start_response)
        if not extension.started:
            extension.start()
        consent = environ[ENVIRON_KEY] = Consent(extension, environ)

        def start(status: str, headers: Headers, *exc_info: Any) -> Any:
            if consent.was_read:
                headers = depend_on_visitor(headers)
                if extension.reader.has_twins(environ.get("HTTP_COOKIE", "")):
                    headers = extension.settle_twins(environ, consent.choice, headers)
            else:
                consent._sent = headers
            return start_response(status, headers, *exc_info)

        return self.app(environ, start)


def depend_on_visitor(headers: Headers) -> Headers:
    """``headers`` with ``Vary: Cookie``, and ``private`` where a shared cache could keep it."""
    vary: list[str] = []
    control: list[str] = []
    rest: Headers = []
    for header in headers:
        name = header[0].lower()
        if name == "vary":
            vary.append(header[1])
        elif name == "cache-control":
            control.append(header[1])
        else:
            rest.append(header)
    rest.append(("Vary", _vary_by_cookie(", ".join(vary)) if vary else "Cookie"))
    rest.append(("Cache-Control", _private(", ".join(control)) if control else "private"))
    return rest


def _vary_by_cookie(vary: str) -> str:
    names = [name.strip().lower() for name in vary.split(",")]
    if "cookie" in names or "*" in names:
        return vary
    return f"{vary}, Cookie" if vary else "Cookie"


def _private(control: str) -> str:
    parsed = parse_cache_control_header(control, None, ResponseCacheControl)
    if parsed.no_store or parsed.private:
        return control
    for directive in ("public", "s-maxage", "proxy-revalidate"):
        parsed.pop(directive, None)
    return ", ".join(filter(None, (dump_header(parsed), "private")))
