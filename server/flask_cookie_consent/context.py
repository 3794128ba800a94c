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

from flask import current_app, request
from werkzeug.local import LocalProxy

from .caching import Headers, keeps_visitors_apart
from .choice import Choice
from .policy import Service

if TYPE_CHECKING:
    from .extension import CookieConsent
    from .rules import Rules

#: Key of ``app.extensions`` under which the app's :class:`~.extension.CookieConsent` stands.
EXTENSION_KEY = "cookie_consent"


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


class Consent:
    """What one visitor allows, for the length of one request."""

    __slots__ = (
        "_allowed",
        "_choice",
        "_counts",
        "_environ",
        "_extension",
        "_refuses",
        "_rules",
        "adopted",
        "sent",
        "was_read",
    )

    # What these are is known once the choice is read.
    _choice: Choice | None
    _counts: Choice | None
    _refuses: bool
    _rules: Rules

    def __init__(
        self, extension: CookieConsent, environ: dict[str, Any], sent: Headers | None = None
    ) -> None:
        self._extension = extension
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

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return self.given

    def __eq__(self, other: object) -> bool:
        allowed = self._read()
        return allowed == other._read() if isinstance(other, Consent) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.cache_key())

    def __repr__(self) -> str:
        return f"<Consent {', '.join(self) or 'to nothing'}>"

    # -- For the package itself -------------------------------------------------------------

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
            extension = self._extension
            self._rules = extension.rules
            self._refuses = extension.has_signal(self._environ)
            choice = extension.source.read(self._environ)
            if extension.regimes is not None:
                self._rules = rules = extension.edition_for(self._environ).rules
                # A choice may hold for longer in another regime.
                if choice is not None and not choice.in_force(rules.lifetime, int(time.time())):
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


def current_extension() -> CookieConsent:
    """The :class:`~.extension.CookieConsent` of the current app, or of the host asked for.

    :raises RuntimeError: if the app has none, or none for the host.
    """
    extension = current_app.extensions.get(EXTENSION_KEY)
    if extension is None:
        raise RuntimeError(
            f"app {current_app.name!r} has no CookieConsent; "
            "call app.register_blueprint(CookieConsent(policy))"
        )
    if (of := getattr(extension, "of", None)) is not None:  # one for each host
        extension = of(request.environ)
    return cast("CookieConsent", extension)


def consent_of(extension: CookieConsent, environ: dict[str, Any]) -> Consent:
    """The :class:`Consent` of the visitor who makes a request.

    Made when it is first wanted: most requests never want it. Until then its place in the WSGI
    environment holds what the layer (:mod:`.wsgi`) knows: the headers that have been sent.
    """
    found = environ.get(extension.key)
    if type(found) is not Consent:
        found = environ[extension.key] = Consent(extension, environ, found)
    return found


def current_consent() -> Consent:
    """The :class:`Consent` of the current request."""
    environ = request._get_current_object().environ  # type: ignore[attr-defined]
    return consent_of(current_extension(), environ)


#: What the visitor of the current request allows; like ``flask.request``, only in a request.
consent: Consent = LocalProxy(current_consent)  # type: ignore[assignment]
