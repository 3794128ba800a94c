"""The gate: which cookies of the site's own responses may leave it.

The application goes on setting cookies as it always did. A cookie passes if its service may run
for the visitor; one that was refused, or not asked about yet, is taken out of the response. What
the policy does not declare is reported, taken out, or an error, as the site wants it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias, get_args

from werkzeug.http import parse_date

from ..http.caching import Headers
from ..policy import Policy, Service
from ..policy.declared import DeclaredCookies

Undeclared: TypeAlias = Literal["report", "drop", "raise"]
UNDECLARED: tuple[Undeclared, ...] = get_args(Undeclared)

#: A cookie may outlive what is declared by this many seconds before it is reported: clocks differ,
#: and a month has 28 to 31 days.
LEEWAY = 3 * 24 * 60 * 60

_MAX_AGE = re.compile(r"-?[0-9]+")


class UndeclaredCookie(RuntimeError):
    """A response sets a cookie that the policy does not declare (``undeclared="raise"``)."""


@dataclass(frozen=True, slots=True)
class CookieReport:
    """Something about a cookie that the policy does not say."""

    name: str
    """Of the cookie."""
    where: str
    """The endpoint whose response set it, or the path, percent-encoded."""
    problem: str
    """``undeclared``, or ``outlives``: it is declared to live less long."""


class _Known(NamedTuple):
    """What there is to know about a ``Set-Cookie`` header but its value."""

    name: str
    rule: tuple[Service | None, float | None] | None
    """Of a declared cookie the service to ask, if there is one, and how many seconds it may live,
    if that is known."""
    max_age: float | None
    expires: float | None


class Gate:
    """Lets cookies pass, or not.

    :param undeclared: what becomes of a cookie that the policy does not declare: ``"report"``
        (it passes; logged once, and sent as a signal), ``"drop"`` (it does not pass) or
        ``"raise"`` (:exc:`UndeclaredCookie`, for tests).
    :param report: is told each problem once.
    :param declared: the policy's cookies, where they are at hand already.
    :raises ValueError: if ``undeclared`` is something else.
    """

    def __init__(
        self,
        policy: Policy,
        undeclared: Undeclared,
        report: Callable[[CookieReport], None],
        declared: DeclaredCookies | None = None,
    ) -> None:
        if undeclared not in UNDECLARED:
            raise ValueError(
                f"undeclared: found {undeclared!r}; allowed: {', '.join(map(repr, UNDECLARED))}"
            )
        self._undeclared = undeclared
        self._report = report
        self._reported: set[tuple[str, str]] = set()
        self._optional = policy.tokens
        self._declared = declared or DeclaredCookies(policy)
        # Bounded: names may come from visitors. A site's cookies share few patterns of attributes,
        # those with a date aside.
        self._known = lru_cache(1024)(self._find)

    def screen(
        self,
        headers: Headers,
        allows: Callable[[str], bool],
        where: Callable[[], str],
        passed: Collection[str] = (),
    ) -> tuple[Headers, bool]:
        """The headers that may leave, and whether an optional cookie is among them.

        :param allows: whether the visitor allows a service, by id.
        :param where: says what made the response, for a report.
        :param passed: what an app mounted in this one has let through by a policy of its own.
        """
        kept: Headers = []
        optional = False
        for header in headers:
            if header[0].lower() != "set-cookie" or header[1] in passed:
                kept.append(header)
                continue
            service = self._service_to_ask(header[1], where)
            if service is None:
                kept.append(header)
            elif service and allows(service.id):
                kept.append(header)
                optional = True
        return kept, optional

    def _service_to_ask(
        self, cookie: str, where: Callable[[], str]
    ) -> Service | Literal[False] | None:
        """The optional service whose answer decides; ``None``: passes; ``False``: does not."""
        pair, _, attributes = cookie.partition(";")
        name, rule, lifetime, expires = self._known(pair.partition("=")[0], attributes)
        if lifetime is None and expires is not None:
            lifetime = expires - time.time()
        if lifetime is not None and lifetime <= 0:
            return None  # a deletion
        if rule is None:
            self._tell(name, where, "undeclared")
            if self._undeclared == "raise":
                raise UndeclaredCookie(
                    f"{where()} sets the cookie {name!r}, which no service of the policy "
                    "declares; add it to the cookies of its service"
                )
            return False if self._undeclared == "drop" else None
        service, longest = rule
        if lifetime is not None and longest is not None and lifetime > longest + LEEWAY:
            self._tell(name, where, "outlives")
        return service

    def _find(self, name: str, attributes: str) -> _Known:
        name = name.strip()
        found = self._declared.find(name)
        rule = None
        if found:
            service, declared = found[0]
            longest = 0 if declared.lifetime.kind == "session" else declared.lifetime.longest
            rule = service if service.id in self._optional else None, longest
        return _Known(name, rule, *_lifetimes(attributes))

    def _tell(self, name: str, where: Callable[[], str], problem: str) -> None:
        if (name, problem) not in self._reported and len(self._reported) < 1000:
            self._reported.add((name, problem))
            self._report(CookieReport(name, where(), problem))


def _lifetimes(attributes: str) -> tuple[float | None, float | None]:
    """Max-Age in seconds, and Expires in seconds since 1970, as far as they are there.

    As browsers read it (RFC 6265, 5.2 and 5.3), since what is no deletion to them must not pass
    as one: ``Max-Age`` comes before ``Expires``, the last of several counts, and a ``Max-Age``
    that is not digits alone is none.
    """
    max_age = expires = None
    for attribute in attributes.split(";"):
        key, _, value = attribute.partition("=")
        key = key.strip().lower()
        if key == "max-age" and _MAX_AGE.fullmatch(value.strip(" \t")):
            max_age = float(value)  # not int(), which raises where there are thousands of digits
        elif key == "expires":
            expires = value
    try:
        moment = parse_date(expires)
    except OverflowError:  # of years and zones that are too large, which it lets through
        moment = None
    return max_age, moment.timestamp() if moment else None
