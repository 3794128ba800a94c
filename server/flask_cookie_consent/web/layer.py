"""The layer around ``app.wsgi_app``: what no hook of Flask sees, it does.

Flask saves its session after all ``after_request`` functions, and middleware adds headers later
still; ``start_response`` is where every header passes. Here cookies pass the gate, and leftovers
of what was refused are expired. A response that read consent, that sets an optional cookie or
that expires a refused one is marked as one that depends on its visitor.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from flask import has_request_context, request

from ..enforcement.cleaning import Leftovers
from ..enforcement.twins import settle
from ..http.budget import room_beside, size_of
from ..http.caching import Headers, depend_on_visitor, same_for_everybody
from ..http.hosts import asked_host
from .body import keep_body
from .context import EXCHANGES, PASSED, Consent, Exchange
from .installed import Installed

if TYPE_CHECKING:
    from ..site import Site

logger = logging.getLogger("flask_cookie_consent")

StartResponse: TypeAlias = Callable[..., Any]
WSGIApp: TypeAlias = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class ConsentLayer:
    """WSGI middleware for one :class:`~..extension.CookieConsent`.

    Idempotent: where two layers of one extension are stacked, only the outer one works. Whatever
    else is asked of it, the app or the middleware below answers, as sites expect of
    ``app.wsgi_app``.

    :param start: called before the first request.
    """

    _OWN = frozenset({"app", "_installed", "_host", "_start"})

    def __init__(
        self, app: WSGIApp, installed: Installed, start: Callable[[], None] | None = None
    ) -> None:
        self.app = app
        self._installed = installed
        self._start = start

    def __getattr__(self, name: str) -> Any:
        if name in self._OWN:  # not set yet: a copy or a pickle is being made
            raise AttributeError(name)
        return getattr(self.app, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._OWN:
            super().__setattr__(name, value)
        else:
            setattr(self.app, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.app, name)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        installed = self._installed
        owner = installed.site.owner
        exchanges = environ.get(EXCHANGES)
        if exchanges is None:
            exchanges = environ[EXCHANGES] = {}
        elif owner in exchanges:
            # The outer layer may stand around several apps, and learns here which one answers.
            exchanges[owner].answered_by(installed)
            return self._pass(environ, start_response)
        exchange = exchanges[owner] = Exchange(installed)
        if environ["REQUEST_METHOD"] == "POST" and installed.takes_choice(
            environ.get("PATH_INFO", "")
        ):
            exchange.is_choice = True
            keep_body(exchange, environ)

        def start(status: str, headers: Headers, *exc_info: Any) -> Any:
            return start_response(
                status, self.finish(exchange, environ, status, headers), *exc_info
            )

        return self._pass(environ, start)

    def _pass(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if (start := self._start) is not None:
            self._start = None
            start()
        return self.app(environ, start_response)

    def finish(
        self, exchange: Exchange, environ: dict[str, Any], status: str, headers: Headers
    ) -> Headers:
        """The headers that leave, of those that the app made."""
        site = exchange.site
        if exchange.is_choice and exchange.installed.endpoint:  # else one of another app
            _note_failure(exchange, status)
        if exchange.constant is not None and _is_file(exchange, headers):
            return same_for_everybody(headers)
        for header in headers:
            if len(header[0]) == 10 and header[0].lower() == "set-cookie":
                return _Leaving(exchange, environ, headers, has_cookies=True).finish()
        if exchange.consent is None and not site.csp_always:
            # Nearly every response ends here: nobody asked, it sets no cookie, nothing is refused.
            cookies = environ.get("HTTP_COOKIE")
            if cookies is None or not _may_refuse(site, cookies, environ):
                exchange.sent = headers
                return headers
        return _Leaving(exchange, environ, headers, has_cookies=False).finish()


class HostLayer(ConsentLayer):
    """The layer for one host: other hosts' responses pass it untouched."""

    def __init__(
        self, app: WSGIApp, installed: Installed, host: str, start: Callable[[], None] | None = None
    ) -> None:
        super().__init__(app, installed, start)
        self._host = host

    def finish(
        self, exchange: Exchange, environ: dict[str, Any], status: str, headers: Headers
    ) -> Headers:
        """The headers that leave."""
        if asked_host(environ) != self._host:
            return headers
        return super().finish(exchange, environ, status, headers)


def _may_refuse(site: Site, cookies: str, environ: dict[str, Any]) -> bool:
    """Whether a visitor may refuse anything, by one look at the request."""
    return site.may_refuse(cookies) or "HTTP_SEC_GPC" in environ or not site.only_gpc


class _Leaving:
    """The headers of one response on their way out, step by step."""

    __slots__ = ("environ", "exchange", "has_cookies", "headers", "site")

    def __init__(
        self, exchange: Exchange, environ: dict[str, Any], headers: Headers, *, has_cookies: bool
    ) -> None:
        self.site = exchange.site
        self.exchange = exchange
        self.environ = environ
        self.headers = headers
        self.has_cookies = has_cookies

    def finish(self) -> Headers:
        if self.has_cookies:
            self._pass_gate()
        leftovers = self._find_leftovers()
        self._widen_csp()
        consent = self.exchange.consent
        if consent is None or not consent.was_read:
            self.exchange.sent = self.headers
            if consent is not None:
                consent.sent = self.headers
        else:
            self.headers = depend_on_visitor(self.headers, self.site.vary)
            self._settle_choice()
            if leftovers:
                self._expire(leftovers)
        if self.has_cookies:  # this app may be mounted in one with a layer of its own
            self.environ[EXCHANGES][PASSED] = self.headers
        return self.headers

    def _consent(self) -> Consent:
        return self.exchange.consent_for(self.environ)

    def _pass_gate(self) -> None:
        """Takes out the cookies that the visitor does not allow."""
        consent = self._consent()
        passed = self.environ[EXCHANGES].get(PASSED)
        self.headers, optional = self.site.gate.screen(
            self.headers,
            consent.permissions.allowed,
            partial(_where, self.environ),
            _cookies(passed) if passed else (),
        )
        # Which optional cookies a response sets is one visitor's business.
        consent.was_read = consent.was_read or optional

    def _find_leftovers(self) -> Leftovers | None:
        """What the visitor refuses and the browser has all the same."""
        site, environ = self.site, self.environ
        cookies = environ.get("HTTP_COOKIE")
        if cookies is None:
            return None
        consent = self.exchange.consent
        if consent is None:
            if not _may_refuse(site, cookies, environ):
                return None
            consent = self._consent()
        if not consent.permissions.refuses:
            return None
        # Nobody sets cookies for our own addresses: more names fit without their paths.
        ours = has_request_context() and request.blueprint == self.exchange.installed.endpoint
        found = site.leftovers(
            consent.permissions, environ, at_root=ours, elsewhere=consent.adopted
        )
        if found:
            consent.was_read = True
        return found

    def _widen_csp(self) -> None:
        """Lets the Content-Security-Policy name the origins of what the visitor allows."""
        site = self.site
        sources = site.sources
        if sources is None:
            return
        if site.csp_always and sources.apply_to(self.headers):
            self._consent().was_read = True
        consent = self.exchange.consent
        if consent is not None and consent.was_read:
            allowed = consent.permissions
            self.headers = sources.extend(self.headers, allowed.may_run, allowed.pattern)

    def _settle_choice(self) -> None:
        """Makes the browser's cookie one, and that one the server's word."""
        site, environ = self.site, self.environ
        if site.has_last_word and not self._has_word():
            found = site.last_word(self._consent().permissions, environ)
            if found and size_of(found) <= room_beside(self.headers):
                self.headers = [*self.headers, *(("Set-Cookie", value) for value in found)]
                self.has_cookies = True
        if site.cookie.has_twins(environ):
            self.has_cookies = True
            self.headers = settle(site.cookie, environ, self.headers, room_beside(self.headers))

    def _has_word(self) -> bool:
        """Whether the response says already what the choice is, or must leave it alone."""
        # Scripts ask to clear while their choice is still on its way to us, whose answer would be
        # overwritten by what the cookie said before.
        clear = f"{self.exchange.installed.endpoint}.clear"
        clears = has_request_context() and request.endpoint == clear
        is_set = self.site.cookie.is_set
        return self._consent().adopted or clears or is_set(self.environ, self.headers)

    def _expire(self, leftovers: Leftovers) -> None:
        room = room_beside(self.headers)
        found = self.site.cleaner.deletions(leftovers, room)
        self.headers = [*self.headers, *(("Set-Cookie", value) for value in found)]
        self.has_cookies = True


def _is_file(exchange: Exchange, headers: Headers) -> bool:
    """Whether these are the headers of the file that our view has answered with: the app may have
    put another response in its place, and one that read consent is for its visitor alone."""
    consent = exchange.consent
    return (consent is None or not consent.was_read) and any(
        name.lower() == "etag" and value == exchange.constant for name, value in headers
    )


def _note_failure(exchange: Exchange, status: str) -> None:
    """Logs that a choice was not taken, and why."""
    code = status.partition(" ")[0]
    if exchange.taken:
        if code >= "400":
            fault = ascii(exchange.fault)[:300]
            logger.warning("a choice is lost: answered with %s (%s)", code, fault)
    # An address of the app's own may end as ours does, and what it answers is none of our business.
    elif code not in ("303", "404") and code >= "300" and exchange.installed.warns_of_walls():
        logger.warning(
            "a choice is lost: something in the app answered it with %s before the consent view. "
            "Let requests pass where request.blueprint is %r",
            code,
            exchange.installed.endpoint,
        )


def _cookies(headers: Iterable[tuple[str, str]]) -> set[str]:
    return {value for name, value in headers if name.lower() == "set-cookie"}


def _where(environ: dict[str, Any]) -> str:
    """What made a response, for a report: the endpoint, or the path where there is none.

    The path is percent-encoded: reports are logged, and a visitor's path may hold line ends.
    """
    endpoint = request.endpoint if has_request_context() else None
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return endpoint or quote(path, encoding="latin-1", errors="replace")
