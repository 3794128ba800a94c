"""The clean-up: cookies that a visitor does not allow any more are expired, wherever they live.

A browser deletes a cookie only if it is told the domain, path and partition that it was set with
(RFC 6265, 5.3), and it never tells a server those. So every place that the request allows is
named: the host alone and each domain above it, each path above the request's, with and without a
partition. Cookies of other paths come with a later request, and are expired then.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .cookie import host_name
from .declared import DeclaredCookies
from .places import domains, paths
from .policy import Cookie, Policy, Service

#: What the deletions of one response take at most, in bytes of its header: proxies hold a
#: response's header in a buffer of 4 or 8 kB, and answer 502 to a longer one.
MAX_BYTES = 4096

#: What is repeated from a request into a header: what a policy may name (see :mod:`.checks`).
_NAME = re.compile(r"[!#-+\--:?-\[\]-~]+")

#: ``Set-Cookie: `` and the end of the line.
_LINE = 14


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a request went, as far as it decides where its cookies can live."""

    host: str
    """Without a port."""
    path: str
    """As WSGI has it: decoded, in latin-1."""
    secure: bool
    """Whether it came by https: only there can cookies be partitioned (CHIPS)."""


class Cleaner:
    """Finds and expires what a visitor who has refused something does not allow."""

    def __init__(self, policy: Policy, declared: DeclaredCookies) -> None:
        self._declared = declared
        self._optional = policy.tokens
        self._is_optional = lru_cache(1024)(self._only_optional)  # bounded: visitors name them
        #: Cookies that a request for another path does not show, so that their names must do.
        self._elsewhere = [
            (service, cookie)
            for service in policy.services
            if service.id in policy.tokens
            for cookie in service.cookies
            if cookie.storage == "cookie" and "*" not in cookie.name and cookie.path != "/"
        ]

    def clean(
        self,
        environ: dict[str, Any],
        allowed: Mapping[str, bool],
        *,
        at_root: bool = False,
        elsewhere: bool = False,
    ) -> list[str]:
        """``Set-Cookie`` values for the response to a request of a visitor who refuses something.

        :param allowed: by service id, whether it may run.
        :param at_root: whether cookies of the request's own path need not be thought of.
        :param elsewhere: whether declared cookies of other paths are expired too, unseen.
        """
        names = self.leftovers(environ.get("HTTP_COOKIE", ""), allowed)
        if not names and not elsewhere:
            return []
        path = environ.get("SCRIPT_NAME", "") + ("" if at_root else environ.get("PATH_INFO", ""))
        visit = Visit(host_name(environ), path, environ["wsgi.url_scheme"] == "https")
        # What is unseen has this one occasion; the rest comes with the next request again.
        unseen = self.declared_elsewhere(allowed, visit, MAX_BYTES // 2) if elsewhere else []
        return unseen + self.deletions(names, visit, MAX_BYTES - _size(unseen))

    def leftovers(self, header: str, allowed: Mapping[str, bool]) -> list[str]:
        """The names of the cookies in a ``Cookie`` header that only services declare which may
        not run. What nobody declares is none of them.

        :param allowed: by service id, whether it may run.
        """
        find = self._declared.find
        return [
            name
            for name in self.optional(header)
            if not any(allowed[service.id] for service, _ in find(name))
        ]

    def optional(self, header: str) -> list[str]:
        """The names of the cookies in a ``Cookie`` header that only optional services declare."""
        is_optional = self._is_optional
        names = [part.partition("=")[0].strip() for part in header.split(";")]
        return list(dict.fromkeys(name for name in names if is_optional(name)))

    def _only_optional(self, name: str) -> bool:
        owners = self._declared.find(name)
        optional = bool(owners) and all(s.id in self._optional for s, _ in owners)
        return optional and _NAME.fullmatch(name) is not None

    def deletions(self, names: Sequence[str], visit: Visit, room: int = MAX_BYTES) -> list[str]:
        """``Set-Cookie`` values that expire the cookies called ``names`` wherever they can live.
        Each name is expired everywhere or not at all, and as many as there is room for.

        :param room: for the header lines, in bytes.
        """
        found: list[str] = []
        # What cannot be deleted (a Secure cookie, by http) must not stand in the way for ever.
        start = random.randrange(len(names)) if names else 0
        places = [(d, p) for p in paths(visit.path) for d in (None, *domains(visit.host))]
        for name in (*names[start:], *names[:start]):
            lines = list(_expired(name, places, visit.secure))
            room -= _size(lines)
            if room < 0:
                break
            found += lines
        return found

    def declared_elsewhere(
        self, allowed: Mapping[str, bool], visit: Visit, room: int = MAX_BYTES
    ) -> list[str]:
        """``Set-Cookie`` values that expire the declared cookies of services that may not run
        where a request for ``visit.path`` does not show whether they are there."""
        seen = set(paths(visit.path))
        found: list[str] = []
        for service, cookie in self._elsewhere:
            if allowed[service.id] or cookie.path in seen or self._is_shared(cookie, allowed):
                continue
            places = [(domain, cookie.path) for domain in (None, *domains(visit.host))]
            lines = list(_expired(cookie.name, places, visit.secure))
            if _size(lines) > room:
                break
            room -= _size(lines)
            found += lines
        return found

    def _is_shared(self, cookie: Cookie, allowed: Mapping[str, bool]) -> bool:
        """Whether a service that may run has a cookie of that name at the same path."""
        owners: Iterable[tuple[Service, Cookie]] = self._declared.find(cookie.name)
        return any(allowed[s.id] and other.path == cookie.path for s, other in owners)


def _expired(name: str, places: list[tuple[str | None, str]], secure: bool) -> Iterator[str]:
    for domain, path in places:
        where = f"{name}=; Max-Age=0; Path={path}" + (f"; Domain={domain}" if domain else "")
        yield where
        if secure:
            yield f"{where}; Secure; Partitioned"


def _size(lines: list[str]) -> int:
    return sum(len(line) + _LINE for line in lines)
