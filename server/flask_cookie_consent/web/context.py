"""``consent``: what the visitor of the current request allows.

Whatever is asked of it marks the response as one that depends on the visitor
(:mod:`.layer` adds the headers), so that no cache shows one visitor's page to another. Flask's
own session has missed two ways of reading (CVE-2023-30861, CVE-2026-27205); here every public
name goes through :meth:`Consent._read`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

from flask import Response, after_this_request, has_request_context, request
from werkzeug.local import LocalProxy

from ..choice.codec import Choice
from ..choice.permissions import Permissions
from ..http.caching import Headers, depend_on_visitor, keeps_visitors_apart
from ..policy import Service
from .installed import Installed, current_installed

if TYPE_CHECKING:
    from ..site import Site
    from ..ui.notice import Notice

#: Key of the WSGI environment under which the request's exchanges stand: one for each
#: :class:`~..extension.CookieConsent` that sees it, since apps are mounted in each other. It is one
#: dictionary, which shallow copies of the environment share (PEP 3333 allows middleware to copy).
EXCHANGES = "flask_cookie_consent"

#: Key in that dictionary: the headers that a layer has let through. An app mounted in another has
#: its own policy, and what that allows is no business of the outer one's.
PASSED = "passed"

_MEANT = (
    "write consent.allows('statistics') to ask whether a service or a category may run, and "
    "consent.given to ask whether the visitor has chosen at all"
)


class LateRead(RuntimeError):
    """Consent was first read when the response's headers were already on their way."""

    def __init__(self) -> None:
        super().__init__(
            "consent was first read while the response was already being streamed, too late "
            "to keep it out of shared caches; read it before: "
            "`allowed = consent.allows(...)` in the view, and pass `allowed` on"
        )


class Exchange:
    """One request and its response, as far as a site's parts have to tell each other.

    The layer (:mod:`.layer`) makes it, and acts on what it holds when the headers leave.
    """

    consent: Consent | None = None
    """Made when it is first wanted: most requests never want it."""
    sent: Headers | None = None
    """The headers of a response that is on its way already, and for which nothing asked."""
    notice: Notice | None = None
    """What the visitor is shown, where regimes differ by visitor."""
    constant: str | None = None
    """The ETag of a file that is the same for everybody, if that is what our view answers."""
    is_choice: bool = False
    """Whether it carries a choice."""
    body: bytes | None = None
    """Of a choice: kept, because the app may read the stream before our view does."""
    taken: bool = False
    """Whether our view has seen the choice."""
    fault: str | None = None
    """Why our view refused the choice."""

    def __init__(self, installed: Installed) -> None:
        self.installed = installed
        self.site: Site = installed.site

    def answered_by(self, installed: Installed) -> None:
        """Notes which site answers: a layer around several apps learns it from the app."""
        self.installed = installed
        self.site = installed.site

    def consent_for(self, environ: dict[str, Any]) -> Consent:
        """The :class:`Consent` of the visitor who makes the request."""
        if self.consent is None:
            self.consent = Consent(self, environ)
        return self.consent


def exchange_of(installed: Installed, environ: dict[str, Any]) -> Exchange:
    """The :class:`Exchange` of a request, as a site sees it."""
    exchanges = environ.get(EXCHANGES)
    if exchanges is None:
        exchanges = environ[EXCHANGES] = {}
    owner = installed.site.owner
    found = exchanges.get(owner)
    if found is None:
        found = exchanges[owner] = Exchange(installed)
        if has_request_context():
            # The layer did not see this environment: there is none, or middleware has made the
            # app another environment. Flask's own hook then has to keep the response private.
            after_this_request(_mark)
    return cast("Exchange", found)


def notice_of(exchange: Exchange, environ: dict[str, Any]) -> Notice:
    """What the visitor who makes a request is shown. The site's own function is asked once."""
    site = exchange.site
    if site.regimes is None:
        return site.notice
    if exchange.notice is None:
        exchange.notice = site.notice_for(environ)
    return exchange.notice


def _mark(response: Response) -> Response:
    for exchange in request.environ[EXCHANGES].values():
        consent = exchange.consent if isinstance(exchange, Exchange) else None
        if consent is not None and consent.was_read:
            headers = depend_on_visitor(list(response.headers), exchange.site.vary)
            response.headers.clear()
            response.headers.extend(headers)
    return response


class Consent:
    """What one visitor allows, for the length of one request.

    :class:`~..choice.permissions.Permissions`, and whether anything asked for them.
    """

    __slots__ = ("_environ", "_exchange", "_permissions", "adopted", "sent", "was_read")

    def __init__(self, exchange: Exchange, environ: dict[str, Any]) -> None:
        self._exchange: Exchange | None = exchange
        self._environ: dict[str, Any] | None = environ
        self._permissions: Permissions | None = None
        self.sent = exchange.sent
        """The headers of a response that is on its way already, and for which nothing asked."""
        self.was_read = False
        """Whether anything asked: the response then depends on the visitor."""
        self.adopted = False
        """Whether the choice was made by this very request."""

    # -- What a site asks -------------------------------------------------------------------

    def allows(self, name: str) -> bool:
        """Whether a service or a category may run for this visitor.

        A service may when it is necessary, granted, or exempt and not objected to. A category
        may when every service in it that needs consent is granted; if none does, when none of
        its exempt services is objected to.

        :param name: id of a service or of a category.
        :raises UnknownName: if the policy has neither; the error lists the ids there are.
        """
        permissions = self._permissions
        if permissions is None or not self.was_read:
            permissions = self._read()
        return permissions.allows(name)

    @property
    def given(self) -> bool:
        """Whether there is a choice in force, whatever it says."""
        return self._read().choice is not None

    @property
    def choice(self) -> Choice | None:
        """The choice in force as it stands in the cookie."""
        return self._read().choice

    @property
    def granted(self) -> frozenset[str]:
        """Ids of the services that this visitor has granted."""
        return self._read().granted

    @property
    def refused(self) -> frozenset[str]:
        """Ids of the services that this visitor has refused, or objected to."""
        return self._read().refused

    @property
    def unasked(self) -> tuple[Service, ...]:
        """The services that the first layer is about and that have no answer yet."""
        return self._read().unasked

    def missing(self, name: str) -> tuple[Service, ...]:
        """The services that stand in the way of ``allows(name)``.

        :raises UnknownName: if the policy has no such service or category.
        """
        return self._read().missing(name)

    @property
    def time(self) -> datetime | None:
        """When the choice was made (UTC); ``None`` without one."""
        choice = self._read().choice
        return datetime.fromtimestamp(choice.time, timezone.utc) if choice else None

    @property
    def method(self) -> str | None:
        """How it was made: ``accept``, ``reject``, ``save``, ...; ``None`` without a choice."""
        choice = self._read().choice
        return choice.known_method if choice else None

    @property
    def signal(self) -> bool:
        """Whether the browser sends a signal that refuses the sale or sharing of data, such as
        Global Privacy Control. What it refuses is refused in :meth:`allows` already."""
        return self._read().signal

    def cache_key(self) -> str:
        """A short key, the same for all visitors who allow the same: for Flask-Caching's
        ``make_cache_key`` or a CDN's custom key. It says what is allowed, nothing else.

        ``Vary: Cookie`` alone would split a cache by every visitor.
        """
        return self._read().cache_key()

    # -- The ways of reading that Python offers ---------------------------------------------

    def __contains__(self, name: object) -> bool:
        return self.allows(cast("str", name))

    def __iter__(self) -> Iterator[str]:
        """The ids of all services that may run."""
        return iter(self._read().running)

    # Both would be true of a visitor who has refused everything, or count what is necessary:
    # whoever writes `if consent` means one of the two things that the error names.
    def __len__(self) -> int:
        raise TypeError(f"consent has no length; {_MEANT}")

    def __bool__(self) -> bool:
        raise TypeError(f"consent is neither true nor false; {_MEANT}")

    def __eq__(self, other: object) -> bool:
        allowed = self._read().allowed
        return allowed == other._read().allowed if isinstance(other, Consent) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.cache_key())

    def __repr__(self) -> str:
        return f"<Consent {', '.join(self) or 'to nothing'}>"

    # -- For the package itself -------------------------------------------------------------

    def note_read(self) -> None:
        """Notes that the response depends on this visitor."""
        self._read()

    def _read(self) -> Permissions:
        """Reads the choice once, and notes that the response depends on it."""
        if not self.was_read:
            if self.sent is not None and not keeps_visitors_apart(self.sent):
                raise LateRead
            self.was_read = True
        return self.permissions

    @property
    def permissions(self) -> Permissions:
        """What is allowed, read without a note: for the gate, which takes a refused cookie out
        of a response and so leaves nothing of the visitor in it."""
        if self._permissions is None:
            exchange, environ = cast("Exchange", self._exchange), self._environ
            assert environ is not None
            site = exchange.site
            notice = None if site.regimes is None else notice_of(exchange, environ)
            self._permissions = site.permissions(environ, notice)
            # Both hold this: they would wait for the garbage collector.
            self._exchange = self._environ = None
        return self._permissions

    def adopt(self, choice: Choice) -> None:
        """From here on, ``choice`` counts for this request: it is the one just made."""
        self._permissions = self.permissions.after(choice)
        self.adopted = True


def current_exchange() -> Exchange:
    """The :class:`Exchange` of the current request."""
    return exchange_of(current_installed(), request.environ)


def current_consent() -> Consent:
    """The :class:`Consent` of the current request."""
    environ = request._get_current_object().environ  # type: ignore[attr-defined]
    return exchange_of(current_installed(), environ).consent_for(environ)


def current_notice() -> Notice:
    """What the visitor of the current request is shown."""
    return notice_of(current_exchange(), request.environ)


#: What the visitor of the current request allows; like ``flask.request``, only in a request.
consent: Consent = LocalProxy(current_consent)  # type: ignore[assignment]
