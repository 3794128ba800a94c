"""``consent``: what the visitor of the current request allows.

Whatever is asked of it marks the response as one that depends on the visitor
(:mod:`.wsgi` adds the headers), so that no cache shows one visitor's page to another. Flask's
own session has missed two ways of reading (CVE-2023-30861, CVE-2026-27205); here every public
name goes through :meth:`Consent._read`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, cast

from flask import Response, after_this_request, current_app, has_request_context, request
from werkzeug.local import LocalProxy

from .caching import Headers, depend_on_visitor, keeps_visitors_apart
from .choice import Choice
from .policy import Service

if TYPE_CHECKING:
    from .edition import Edition
    from .rules import Rules
    from .site import Site

#: Key of ``app.extensions`` under which the app's :class:`~.extension.CookieConsent` stands.
EXTENSION_KEY = "cookie_consent"

#: Key of ``app.extensions`` under which the app's sites stand: a :class:`~.site.Site` for each
#: :class:`~.extension.CookieConsent`.
SITES_KEY = "cookie_consent.sites"

#: Key of the WSGI environment under which the request's exchanges stand: one for each
#: :class:`~.extension.CookieConsent` that sees it, since apps are mounted in each other. It is one
#: dictionary, which shallow copies of the environment share (PEP 3333 allows middleware to copy).
EXCHANGES = "flask_cookie_consent"

#: Key in that dictionary: the headers that a layer has let through. An app mounted in another has
#: its own policy, and what that allows is no business of the outer one's.
PASSED = "passed"


_MEANT = (
    "write consent.allows('statistics') to ask whether a service or a category may run, and "
    "consent.given to ask whether the visitor has chosen at all"
)


class UnknownName(KeyError):
    """Neither a service nor a category of the policy has this id.

    :param kind: what the name would have to be the id of.
    """

    def __init__(self, name: object, known: list[str], kind: str = "service or category") -> None:
        super().__init__(name)
        self.name = name
        self.known = known
        self.kind = kind

    def __str__(self) -> str:
        return (
            f"there is no {self.kind} {self.name!r} in the policy; "
            f"the ids are: {', '.join(self.known)}"
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

    The layer (:mod:`.wsgi`) makes it, and acts on what it holds when the headers leave.
    """

    consent: Consent | None = None
    """Made when it is first wanted: most requests never want it."""
    sent: Headers | None = None
    """The headers of a response that is on its way already, and for which nothing asked."""
    edition: Edition | None = None
    """What the visitor sees, where regimes differ by visitor."""
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

    def __init__(self, site: Site) -> None:
        self.site = site


def exchange_of(site: Site, environ: dict[str, Any]) -> Exchange:
    """The :class:`Exchange` of a request, as ``site`` sees it."""
    exchanges = environ.get(EXCHANGES)
    if exchanges is None:
        exchanges = environ[EXCHANGES] = {}
    found = exchanges.get(site.owner)
    if found is None:
        found = exchanges[site.owner] = Exchange(site)
        if has_request_context():
            # The layer did not see this environment: there is none, or middleware has made the
            # app another environment. Flask's own hook then has to keep the response private.
            after_this_request(_mark)
    return cast("Exchange", found)


def _mark(response: Response) -> Response:
    for exchange in request.environ[EXCHANGES].values():
        consent = exchange.consent if isinstance(exchange, Exchange) else None
        if consent is not None and consent.was_read:
            headers = depend_on_visitor(list(response.headers), exchange.site.vary)
            response.headers.clear()
            response.headers.extend(headers)
    return response


class Consent:
    """What one visitor allows, for the length of one request."""

    __slots__ = (
        "_allowed",
        "_choice",
        "_counts",
        "_environ",
        "_refuses",
        "_rules",
        "_site",
        "adopted",
        "sent",
        "was_read",
    )

    # What these are is known once the choice is read.
    _choice: Choice | None
    _counts: Choice | None
    _refuses: bool
    _rules: Rules

    def __init__(self, site: Site, environ: dict[str, Any], sent: Headers | None = None) -> None:
        self._site = site
        self._environ = environ
        self._allowed: Mapping[str, bool] | None = None
        self.sent = sent
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
        allowed = self._allowed if self.was_read and self._allowed is not None else self._read()
        try:
            return allowed[name]
        except (KeyError, TypeError):
            raise UnknownName(name, sorted(allowed)) from None

    @property
    def given(self) -> bool:
        """Whether there is a choice in force, whatever it says."""
        self._read()
        return self._choice is not None

    @property
    def choice(self) -> Choice | None:
        """The choice in force as it stands in the cookie."""
        self._read()
        return self._choice

    @property
    def granted(self) -> frozenset[str]:
        """Ids of the services that this visitor has granted."""
        return self._rules.ids(self.choice.granted) if self.choice else frozenset()

    @property
    def refused(self) -> frozenset[str]:
        """Ids of the services that this visitor has refused, or objected to."""
        return self._rules.ids(self.choice.refused) if self.choice else frozenset()

    @property
    def unasked(self) -> tuple[Service, ...]:
        """The services that the first layer is about and that have no answer yet."""
        self._read()
        return self._rules.unasked(self._counts)

    def missing(self, name: str) -> tuple[Service, ...]:
        """The services that stand in the way of ``allows(name)``.

        :raises UnknownName: if the policy has no such service or category.
        """
        if self.allows(name):
            return ()
        return self._rules.missing(name, self._counts)

    @property
    def time(self) -> datetime | None:
        """When the choice was made (UTC); ``None`` without one."""
        self._read()
        choice = self._choice
        return datetime.fromtimestamp(choice.time, timezone.utc) if choice else None

    @property
    def method(self) -> str | None:
        """How it was made: ``accept``, ``reject``, ``save``, ...; ``None`` without a choice."""
        self._read()
        return self._choice.method if self._choice else None

    @property
    def signal(self) -> bool:
        """Whether the browser sends a signal that refuses the sale or sharing of data, such as
        Global Privacy Control. What it refuses is refused in :meth:`allows` already."""
        self._read()
        return self._refuses

    def cache_key(self) -> str:
        """A short key, the same for all visitors who allow the same: for Flask-Caching's
        ``make_cache_key`` or a CDN's custom key. It says what is allowed, nothing else.

        ``Vary: Cookie`` alone would split a cache by every visitor.
        """
        allowed = self._read()
        optional = self._rules.token
        names = ",".join(name for name in optional if allowed[name])
        return hashlib.sha256(names.encode()).hexdigest()[:16]

    # -- The ways of reading that Python offers ---------------------------------------------

    def __contains__(self, name: object) -> bool:
        return self.allows(cast("str", name))

    def __iter__(self) -> Iterator[str]:
        """The ids of all services that may run."""
        allowed = self._read()
        return iter([s.id for s in self._rules.policy.services if allowed[s.id]])

    # Both would be true of a visitor who has refused everything, or count what is necessary:
    # whoever writes `if consent` means one of the two things that the error names.
    def __len__(self) -> int:
        raise TypeError(f"consent has no length; {_MEANT}")

    def __bool__(self) -> bool:
        raise TypeError(f"consent is neither true nor false; {_MEANT}")

    def __eq__(self, other: object) -> bool:
        allowed = self._read()
        return allowed == other._read() if isinstance(other, Consent) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.cache_key())

    def __repr__(self) -> str:
        return f"<Consent {', '.join(self) or 'to nothing'}>"

    # -- For the package itself -------------------------------------------------------------

    def note_read(self) -> None:
        """Notes that the response depends on this visitor."""
        self._read()

    def _read(self) -> Mapping[str, bool]:
        """Reads the choice once, and notes that the response depends on it."""
        if not self.was_read:
            if self.sent is not None and not keeps_visitors_apart(self.sent):
                raise LateRead
            self.was_read = True
        return self.load()

    def load(self) -> Mapping[str, bool]:
        """What is allowed, read without a note: for the gate, which takes a refused cookie out
        of a response and so leaves nothing of the visitor in it."""
        if self._allowed is None:
            site = self._site
            self._rules = site.rules
            self._refuses = site.has_signal(self._environ)
            choice = site.source.read(self._environ)
            if site.regimes is not None:
                self._rules = site.edition_for(self._environ).rules
            if site.regimes is not None or site.has_last_word:
                # A choice may hold for longer in another regime, and another source may not look.
                lifetime = self._rules.lifetime
                if choice is not None and not choice.in_force(lifetime, int(time.time())):
                    choice = None
            self._take(choice)
            del self._environ  # which holds this: the two would wait for the garbage collector
        return cast("Mapping[str, bool]", self._allowed)

    @property
    def pattern(self) -> tuple[str, str, str]:
        """The same for all visitors who allow the same; read without a note."""
        self.load()
        counts = self._counts
        answers = (counts.granted, counts.refused) if counts else ("", "")
        return (*answers, self._rules.regime.id)

    def may_run(self, id: str) -> bool:
        """Whether a service is allowed, read without a note."""
        return self.load()[id]

    def _take(self, choice: Choice | None) -> None:
        self._choice = choice
        self._counts = self._rules.honour(choice) if self._refuses else choice
        self._allowed = self._rules.allowed(self._counts)

    def opts_in_again(self, choice: Choice) -> bool:
        """Whether ``choice`` takes back an opt-out, where that takes two steps."""
        self.load()
        return self._rules.opts_in_again(self._counts, choice)

    def refuses(self) -> bool:
        """Whether the visitor, or a signal of the browser, refuses anything; read without a
        note."""
        self.load()
        return self._counts is not None and bool(self._counts.refused)

    def adopt(self, choice: Choice) -> None:
        """From here on, ``choice`` counts for this request: it is the one just made."""
        self.load()
        self._take(choice)
        self.adopted = True

    @property
    def counts(self) -> tuple[Rules, Choice | None]:
        """The rules that this visitor is under, and the choice that counts: the one in force, as
        far as no signal overrides it. Read without a note."""
        self.load()
        return self._rules, self._counts


def current_site() -> Site:
    """The :class:`~.site.Site` of the current app, or of the host asked for.

    :raises RuntimeError: if the app has none, or none for the host.
    """
    app = current_app
    extension = app.extensions.get(EXTENSION_KEY)
    if extension is None:
        raise RuntimeError(
            f"app {app.name!r} has no CookieConsent; "
            "call app.register_blueprint(CookieConsent(policy))"
        )
    if (of := getattr(extension, "of", None)) is not None:  # one for each host
        extension = of(request.environ)
    return cast("Site", app.extensions[SITES_KEY][extension])


def consent_of(site: Site, environ: dict[str, Any]) -> Consent:
    """The :class:`Consent` of the visitor who makes a request."""
    exchange = exchange_of(site, environ)
    if exchange.consent is None:
        exchange.consent = Consent(site, environ, exchange.sent)
    return exchange.consent


def current_exchange() -> Exchange:
    """The :class:`Exchange` of the current request."""
    return exchange_of(current_site(), request.environ)


def current_consent() -> Consent:
    """The :class:`Consent` of the current request."""
    environ = request._get_current_object().environ  # type: ignore[attr-defined]
    return consent_of(current_site(), environ)


#: What the visitor of the current request allows; like ``flask.request``, only in a request.
consent: Consent = LocalProxy(current_consent)  # type: ignore[assignment]
