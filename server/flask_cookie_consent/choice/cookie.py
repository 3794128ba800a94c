"""The consent cookie as browsers keep it: how it is named, where it holds, how it is set.

A policy says one name and perhaps a ``Domain``. Not every request can have them: browsers take
no ``__Host-`` cookie over plain http, and no ``Domain`` from a host outside it (a laptop, a
preview under another name). There the cookie has its plain form, so that a site under
development works as the real one does.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.http import dump_cookie

from ..http.caching import Headers
from ..http.hosts import host_name, is_within, plain_name
from .codec import Choice, CookieReader, split_tokens

if TYPE_CHECKING:
    from .rules import Rules


class Form(NamedTuple):
    """One form of the consent cookie."""

    name: str
    domain: str | None = None

    @property
    def attributes(self) -> str:
        """Where it holds, as a script writes it behind the value."""
        return f"path=/;domain={self.domain}" if self.domain else "path=/"

    @property
    def alone(self) -> str:
        """What a script writes to expire one from before the site had a ``Domain``; nothing where
        there is none."""
        return f"{self.name}=;path=/;max-age=0" if self.domain else ""


class ConsentCookie:
    """The consent cookie of one policy; also the usual :class:`~.sources.ChoiceSource`.

    :param lifetime: how many seconds a choice holds; where regimes differ, the longest time.
    """

    def __init__(self, rules: Rules, lifetime: int) -> None:
        policy = rules.policy
        self._fit = rules.fit
        self._tokens = frozenset(rules.service_of)
        self.lifetime = lifetime
        name, domain = policy.cookie_name, policy.cookie_domain
        #: As the policy says it, and as it is where that cannot be.
        self.form = Form(name, domain.lstrip(".").lower() if domain else None)
        self.plain = Form(plain_name(name))
        self.prefixed = self.plain.name != name
        #: The plain name stands in the prefixed one.
        self._needle = f"{self.plain.name}="
        self._reader = CookieReader(name, self.lifetime)
        self._plain_reader = CookieReader(self.plain.name, self.lifetime)
        #: Whether the choice in a ``Cookie`` header may refuse anything: one look, for every
        #: request. (The plain name stands in the prefixed one.)
        self.may_refuse = self._plain_reader.may_refuse

    @property
    def forms(self) -> tuple[Form, ...]:
        """Every form there is: one, or two."""
        return tuple(dict.fromkeys((self.form, self.plain)))

    def form_for(self, environ: dict[str, Any]) -> Form:
        """The form that the browser which sent a request keeps."""
        domain = self.form.domain
        if self.prefixed:
            possible = environ["wsgi.url_scheme"] == "https"
        else:
            possible = domain is None or is_within(host_name(environ), domain)
        return self.form if possible else self.plain

    def reader(self, environ: dict[str, Any]) -> CookieReader:
        """What finds the cookie in a request. On https a prefixed name is the only one that
        counts: any subdomain, and anybody on plain http, can set the other."""
        if self.prefixed and environ["wsgi.url_scheme"] != "https":
            return self._plain_reader
        return self._reader

    def read(self, environ: dict[str, Any]) -> Choice | None:
        """The choice in force, or ``None``."""
        header: str | None = environ.get("HTTP_COOKIE")
        return self.reader(environ).read(header, int(time.time())) if header else None

    def has_twins(self, environ: dict[str, Any]) -> bool:
        """Whether a request has several consent cookies."""
        header = environ.get("HTTP_COOKIE")
        if header is None or header.count(self._needle) < 2:  # nearly always: by one look
            return False
        return self.reader(environ).has_twins(header)

    def set(self, environ: dict[str, Any], choice: Choice, *, embedded: bool = False) -> list[str]:
        """``Set-Cookie`` values that make ``choice`` the one in the browser.

        :param embedded: whether a page of another site asks: browsers then keep at most a cookie
            in a partition of that site's own (CHIPS). With a ``Domain`` it is the same site.
        """
        form = self.form_for(environ)
        cookies = [self.dump(environ, form, choice, embedded=embedded and not form.domain)]
        if form.domain:
            # One from before the site had a Domain would stay, and count too. First, as some
            # programs do not tell the two apart.
            cookies.insert(0, dump_cookie(form.name, max_age=0, expires=0, path="/"))
        return cookies

    def is_set(self, environ: dict[str, Any], headers: Headers) -> bool:
        """Whether a response sets the cookie already."""
        start = f"{self.form_for(environ).name}="
        return any(
            name.lower() == "set-cookie" and value.startswith(start) for name, value in headers
        )

    def expire(self, environ: dict[str, Any], *, embedded: bool = False) -> list[str]:
        """``Set-Cookie`` values that take the cookie from the browser.

        :param embedded: whether a page of another site asks, as in :meth:`set`.
        """
        form = self.form_for(environ)
        secure = environ["wsgi.url_scheme"] == "https"
        if embedded and secure and not form.domain:
            return [
                dump_cookie(
                    form.name, max_age=0, expires=0, secure=True, samesite="None", partitioned=True
                )
            ]
        places = dict.fromkeys((None, form.domain))
        return [
            dump_cookie(form.name, max_age=0, expires=0, path="/", domain=domain, secure=secure)
            for domain in places
        ]

    def fitted(self, choice: Choice) -> Choice:
        """``choice`` as far as browsers keep it in one cookie: twins may refuse more together."""
        granted, refused = self._fit(*map(split_tokens, (choice.granted, choice.refused)))
        return choice._replace(granted=granted, refused=refused)

    def known(self, choice: Choice) -> Choice:
        """``choice`` without what this policy knows nothing of."""
        granted, refused = (
            "".join(token for token in split_tokens(run) if token in self._tokens)
            for run in (choice.granted, choice.refused)
        )
        return choice._replace(granted=granted, refused=refused)

    def are_own(self, environ: dict[str, Any]) -> bool:
        """Whether no consent cookie of a request answers for services that this site has not: it
        would be a neighbour's, who has the domain above."""
        found = self.reader(environ).choices(environ.get("HTTP_COOKIE", ""))
        return all(self._tokens.issuperset(split_tokens(c.granted + c.refused)) for c in found)

    def dump(
        self, environ: dict[str, Any], form: Form, choice: Choice, *, embedded: bool = False
    ) -> str:
        """The ``Set-Cookie`` value of ``choice``, for what remains of its life."""
        age = int(time.time()) - choice.time
        secure = environ["wsgi.url_scheme"] == "https"
        partitioned = embedded and secure  # there is none on plain http
        return dump_cookie(
            form.name,
            choice.encode(),
            max_age=max(self.lifetime - age, 0),
            path="/",
            domain=form.domain,
            secure=secure,
            samesite="None" if partitioned else "Lax",
            partitioned=partitioned,
        )
