"""Which services of a policy declare a cookie: by its exact name, else by a pattern."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Literal, TypeAlias
from urllib.parse import quote

from ..http.hosts import plain_name
from ..http.places import PLAIN_IN_PATHS
from .model import Cookie, Service
from .policy import Policy

#: A cookie with the service that declares it.
Declaration: TypeAlias = "tuple[Service, Cookie]"


class DeclaredCookies:
    """The HTTP cookies of a policy, found by the name that a browser sends or a response sets."""

    def __init__(self, policy: Policy) -> None:
        self._exact: dict[str, list[Declaration]] = {}
        self._patterns: list[Declaration] = []
        for service, cookie in _by_need(policy):
            if "*" in cookie.name:
                self._patterns.append((service, cookie))
            else:
                self._exact.setdefault(cookie.name, []).append((service, cookie))
        if own := self._exact.get(policy.cookie_name):  # on plain http it has no prefix
            self._exact.setdefault(plain_name(policy.cookie_name), own)
        # Bounded: names may come from visitors.
        self.find = lru_cache(1024)(self._find)

    def _find(self, name: str) -> tuple[Declaration, ...]:
        """What the policy says of a cookie, necessary services first. Where the exact name is
        declared, patterns do not count."""
        exact = self._exact.get(name)
        if exact is not None:
            return tuple(exact)
        return tuple(found for found in self._patterns if found[1].matches(name))


def _by_need(policy: Policy) -> Iterator[Declaration]:
    """The declared HTTP cookies, those of necessary services first."""
    for necessary in (True, False):
        for service in policy.services:
            if (service.id not in policy.tokens) is necessary:
                for cookie in service.cookies:
                    if cookie.storage == "cookie":
                        yield service, cookie


def stated_places(
    cookies: Iterable[Cookie],
) -> tuple[list[str] | Literal[0], list[str] | Literal[0]]:
    """The domains and the paths that these declarations of one name state, in the form in which
    places are compared: domains in lower case and without a dot in front, paths without a slash at
    the end. Each is 0 where a declaration leaves it open, as ``Path=/`` does."""
    hosts: dict[str | None, None] = {}
    paths: dict[str | None, None] = {}
    for cookie in cookies:
        hosts[cookie.domain.lstrip(".").lower() if cookie.domain else None] = None
        paths[quote(cookie.path, safe=PLAIN_IN_PATHS + "%").rstrip("/") or None] = None
    return _all(hosts), _all(paths)


def _all(places: Collection[str | None]) -> list[str] | Literal[0]:
    found = [place for place in places if place is not None]
    return found if len(found) == len(places) else 0
