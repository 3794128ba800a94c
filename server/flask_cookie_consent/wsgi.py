"""The layer around ``app.wsgi_app``: what no hook of Flask sees, it does.

Flask saves its session after all ``after_request`` functions, and middleware adds headers later
still; ``start_response`` is where every header passes. Here cookies pass the gate, and leftovers
of what was refused are expired. A response that read consent, that sets an optional cookie or
that expires a refused one is marked as one that depends on its visitor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from flask import has_request_context, request

from .caching import Headers, depend_on_visitor
from .context import Consent, consent_of

if TYPE_CHECKING:
    from .extension import CookieConsent

StartResponse: TypeAlias = Callable[..., Any]
#: Key of the WSGI environment: the headers that a layer has let through. An app mounted in another
#: has its own policy, and what that allows is no business of the outer one's.
PASSED_KEY = "flask_cookie_consent.passed"

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
        if extension.key in environ:
            return self.app(environ, start_response)
        if not extension.started:
            extension.start()
        environ[extension.key] = None

        def start(status: str, headers: Headers, *exc_info: Any) -> Any:
            return start_response(status, self.finish(environ, headers), *exc_info)

        return self.app(environ, start)

    def finish(self, environ: dict[str, Any], headers: Headers) -> Headers:
        """The headers that leave, of those that the app made."""
        extension = self.extension
        found = environ[extension.key]
        consent = found if type(found) is Consent else None
        has_cookies = False
        for header in headers:
            if len(header[0]) == 10 and header[0].lower() == "set-cookie":
                has_cookies = True
                consent = consent_of(extension, environ)
                passed = environ.get(PASSED_KEY)
                headers, optional = extension.gate.screen(
                    headers,
                    consent.may_run,
                    partial(_where, environ),
                    _cookies(passed) if passed else (),
                )
                # Which optional cookies a response sets is one visitor's business.
                consent.was_read = consent.was_read or optional
                break
        cookies = environ.get("HTTP_COOKIE")
        if (
            cookies is not None
            and (
                extension.may_refuse(cookies)
                or "HTTP_SEC_GPC" in environ
                or (consent is not None and consent.adopted)
            )
            and (deletions := extension.clean_up(consent_of(extension, environ), environ))
        ):
            headers = [*headers, *deletions]
            consent = consent_of(extension, environ)
            consent.was_read = has_cookies = True
        sources = extension.sources
        if extension.csp_always and sources is not None and sources.apply_to(headers):
            consent = consent_of(extension, environ)
            consent.was_read = True
        if consent is not None and consent.was_read:
            if sources is not None:
                headers = sources.extend(headers, consent.may_run, consent.pattern)
            headers = depend_on_visitor(headers, extension.vary)
            if extension.cookie.has_twins(environ):
                has_cookies = True
                headers = extension.cookie.settle(environ, headers)
        elif consent is None:
            environ[extension.key] = headers
        else:
            consent.sent = headers
        if has_cookies:  # this app may be mounted in one with a layer of its own
            environ[PASSED_KEY] = headers
        return headers


def _cookies(headers: Iterable[tuple[str, str]]) -> set[str]:
    return {value for name, value in headers if name.lower() == "set-cookie"}


def _where(environ: dict[str, Any]) -> str:
    """What made a response, for a report: the endpoint, or the path where there is none.

    The path is percent-encoded: reports are logged, and a visitor's path may hold line ends.
    """
    endpoint = request.endpoint if has_request_context() else None
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return endpoint or quote(path, encoding="latin-1", errors="replace")
