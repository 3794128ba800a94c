"""The gate: which cookies of the site's own responses may leave it.

The application goes on setting cookies as it always did. A cookie passes if its service may run
for the visitor; one that was refused, or not asked about yet, is taken out of the response. What
the policy does not declare is reported, taken out, or an error, as the site wants it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping
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
    is_declared: bool
    service: Service | None
    """The optional service that declares it."""
    longest: float | None
    """How many seconds it may live, if the policy says so."""
    lifetime: float | None
    """How many seconds it is set to live, if it says so in seconds."""
    expires: float | None
    """When it is set to expire, in seconds since 1970, if that is what counts."""
    is_settled: bool = False
    """Whether :attr:`to_ask` is the answer at any time, and there is nothing to report."""
    to_ask: Service | None = None
    """The optional service whose answer decides; ``None``: it passes."""

    def problem(self, lifetime: float | None) -> str | None:
        """What the policy does not say of a cookie that lives so many seconds."""
        if _is_deletion(lifetime):
            return None
        if not self.is_declared:
            return "undeclared"
        if lifetime is None or self.longest is None or lifetime <= self.longest + LEEWAY:
            return None
        return "outlives"


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
        allowed: Mapping[str, bool],
        where: Callable[[], str],
        passed: Collection[str] = (),
    ) -> tuple[Headers, bool]:
        """The headers that may leave, and whether an optional cookie is among them.

        :param allowed: for every service, by its id, whether the visitor allows it.
        :param where: says what made the response, for a report.
        :param passed: what an app mounted in this one has let through by a policy of its own.
        """
        kept: Headers = []
        optional = False
        for header in headers:
            name, value = header
            if len(name) != 10 or name.lower() != "set-cookie" or value in passed:
                kept.append(header)
                continue
            pair, _, attributes = value.partition(";")
            known = self._known(pair.partition("=")[0], attributes)
            service = known.to_ask if known.is_settled else self._service_to_ask(known, where)
            if service is None:
                kept.append(header)
            elif service and allowed[service.id]:
                kept.append(header)
                optional = True
        return kept, optional

    def _service_to_ask(
        self, known: _Known, where: Callable[[], str]
    ) -> Service | Literal[False] | None:
        """The optional service whose answer decides; ``None``: passes; ``False``: does not."""
        lifetime = known.lifetime
        if known.expires is not None:
            lifetime = known.expires - time.time()
        problem = known.problem(lifetime)
        if problem is not None:
            self._tell(known.name, where, problem)
        if problem == "undeclared":
            if self._undeclared == "raise":
                raise UndeclaredCookie(
                    f"{where()} sets the cookie {known.name!r}, which no service of the policy "
                    "declares; add it to the cookies of its service"
                )
            return False if self._undeclared == "drop" else None
        return None if _is_deletion(lifetime) else known.service

    def _find(self, name: str, attributes: str) -> _Known:
        name = name.strip()
        found = self._declared.find(name)
        service = longest = None
        if found:
            service, declared = found[0]
            longest = 0 if declared.lifetime.kind == "session" else declared.lifetime.longest
            if service.id not in self._optional:
                service = None
        known = _Known(name, bool(found), service, longest, *_lifetimes(attributes))
        if known.expires is not None or known.problem(known.lifetime) is not None:
            return known
        to_ask = None if _is_deletion(known.lifetime) else service
        return known._replace(is_settled=True, to_ask=to_ask)

    def _tell(self, name: str, where: Callable[[], str], problem: str) -> None:
        if (name, problem) not in self._reported and len(self._reported) < 1000:
            self._reported.add((name, problem))
            self._report(CookieReport(name, where(), problem))


def _is_deletion(lifetime: float | None) -> bool:
    return lifetime is not None and lifetime <= 0


def _lifetimes(attributes: str) -> tuple[float | None, float | None]:
    """``Max-Age`` in seconds; without one ``Expires``, in seconds since 1970.

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
    if max_age is not None:
        return max_age, None
    try:
        moment = parse_date(expires)
    except OverflowError:  # of years and zones that are too large, which it lets through
        moment = None
    return None, moment.timestamp() if moment else None
