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
from typing import Any, NamedTuple

from ..http.budget import fitting, size_of
from ..http.hosts import host_name
from ..http.places import domains, paths
from ..policy import Cookie, Policy, Service
from ..policy.declared import DeclaredCookies, stated_places

#: What is repeated from a request into a header: what a policy may name
#: (see :mod:`..policy.checks`).
_NAME = re.compile(r"[!#-+\--:?-\[\]-~]+")


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a request went, as far as it decides where its cookies can live."""

    host: str
    """Without a port."""
    path: str
    """As WSGI has it: decoded, in latin-1."""
    secure: bool
    """Whether it came by https: only there can cookies be partitioned (CHIPS)."""


class Leftovers(NamedTuple):
    """What a visitor refuses, and the browser has or may have all the same."""

    names: list[str]
    """Of cookies that came with the request."""
    unseen: list[Cookie]
    """Declared for other paths, so that this request does not show them."""
    visit: Visit


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

    def find(
        self,
        environ: dict[str, Any],
        allowed: Mapping[str, bool],
        *,
        at_root: bool = False,
        elsewhere: bool = False,
    ) -> Leftovers | None:
        """What a visitor who refuses something has all the same; ``None``: nothing.

        :param allowed: by service id, whether it may run.
        :param at_root: whether cookies of the request's own path need not be thought of.
        :param elsewhere: whether declared cookies of other paths are expired too, unseen.
        """
        names = self.leftovers(environ.get("HTTP_COOKIE", ""), allowed)
        path = environ.get("SCRIPT_NAME", "") + ("" if at_root else environ.get("PATH_INFO", ""))
        visit = Visit(host_name(environ), path, environ["wsgi.url_scheme"] == "https")
        unseen = list(self._unseen(allowed, visit)) if elsewhere else []
        return Leftovers(names, unseen, visit) if names or unseen else None

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

    def deletions(self, leftovers: Leftovers, room: int) -> list[str]:
        """``Set-Cookie`` values that expire ``leftovers`` wherever they can live, as many as there
        is room for. Each name is expired everywhere or not at all, unless it is too long for that.

        :param room: for the header lines, in bytes.
        """
        visit, names = leftovers.visit, leftovers.names
        # What is unseen has this one occasion; the rest comes with the next request again.
        unseen = _together(
            (self._expired(cookie.name, visit, [cookie.path]) for cookie in leftovers.unseen),
            room // 2,
        )
        # What cannot be deleted (a Secure cookie, by http) must not stand in the way for ever.
        start = random.randrange(len(names)) if names else 0
        within = list(paths(visit.path))
        seen = (self._expired(n, visit, within) for n in (*names[start:], *names[:start]))
        return unseen + _together(seen, room - size_of(unseen))

    def _expired(self, name: str, visit: Visit, within: Sequence[str]) -> list[str]:
        """``Set-Cookie`` values that expire the cookie ``name`` in every place where it can live.

        A place that the policy states is the only one, beside the host alone: on a parent domain,
        or on another path, a cookie of that name is a neighbour's.
        """
        own_hosts, own_paths = stated_places(cookie for _, cookie in self._declared.find(name))
        prefix = name[: name.find("-") + 1].lower()
        hosts = [None, *(d for d in domains(visit.host) if not own_hosts or d in own_hosts)]
        if prefix == "__host-":  # which browsers keep at one place only
            hosts, within = [None], ["/"]
        # Without it, browsers ignore what is said of such a name (RFC 6265bis, 4.1.3).
        secure = "; Secure" if prefix in ("__host-", "__secure-") else ""
        within = [path for path in within if not own_paths or path.rstrip("/") in own_paths]
        lines: list[str] = []
        for path in within:
            for domain in hosts:
                where = f"{name}=; Max-Age=0; Path={path}"
                where += f"; Domain={domain}" if domain else ""
                lines.append(where + secure)
                if visit.secure:
                    lines.append(f"{where}; Secure; Partitioned")
        return lines

    def _unseen(self, allowed: Mapping[str, bool], visit: Visit) -> Iterator[Cookie]:
        """The declared cookies of services that may not run where a request for ``visit.path``
        does not show whether they are there."""
        seen = set(paths(visit.path))
        for service, cookie in self._elsewhere:
            if not (allowed[service.id] or cookie.path in seen or self._is_shared(cookie, allowed)):
                yield cookie

    def _is_shared(self, cookie: Cookie, allowed: Mapping[str, bool]) -> bool:
        """Whether a service that may run has a cookie of that name at the same path."""
        owners: Iterable[tuple[Service, Cookie]] = self._declared.find(cookie.name)
        return any(allowed[s.id] and other.path == cookie.path for s, other in owners)


def _together(groups: Iterable[list[str]], room: int) -> list[str]:
    """As many of the groups as there is room for, each whole. Of one that is too long by itself,
    and so would never have its turn, a part is taken."""
    found: list[str] = []
    for lines in groups:
        room -= size_of(lines)
        if room < 0:
            return found or fitting(lines, room + size_of(lines))
        found += lines
    return found
