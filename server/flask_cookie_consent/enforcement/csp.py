"""A Content-Security-Policy that follows consent: a second line of defence, should a template
forget to gate a tag.

The site's own header names no optional service. On a response for a visitor who allows some, the
header gains the origins that these services declare, and no others. (W3C, Content Security Policy
Level 3.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import lru_cache
from typing import Literal, TypeAlias, get_args

from ..http.caching import Headers
from ..policy import Policy, Service

#: On which responses the header is changed.
Follow: TypeAlias = Literal["read", "always", "off"]
FOLLOW: tuple[Follow, ...] = get_args(Follow)

_HEADERS = {"content-security-policy", "content-security-policy-report-only"}

#: The directives that an origin may serve, each with those that stand in for it where it is
#: missing (CSP 3, section 6.8.3). Something that is under none of them is not restricted.
_FALLBACKS: Mapping[str, tuple[str, ...]] = {
    "script-src": ("default-src",),
    "style-src": ("default-src",),
    "img-src": ("default-src",),
    "font-src": ("default-src",),
    "media-src": ("default-src",),
    "connect-src": ("default-src",),
    "frame-src": ("child-src", "default-src"),
}

#: Where one of these is there, it counts instead of the directive that it refines.
_REFINED = ("script-src-elem", "style-src-elem")

#: What browsers read a policy of. They pass over a directive with anything else in it, and
#: Python's ``split`` would part it where they do not.
_READABLE = re.compile(r"[\t -~]*")

#: How many patterns of answers are remembered with their origins.
_PATTERNS = 256

_Directives: TypeAlias = "dict[str, list[str]]"


class ConsentedSources:
    """Adds the origins of what a visitor allows to a response's Content-Security-Policy."""

    def __init__(self, policy: Policy) -> None:
        self._services: tuple[Service, ...] = tuple(s for s in policy.services if s.origins)
        self._origins: dict[Hashable, tuple[str, ...]] = {}
        # Few headers, and few patterns of answers. (A header with a nonce differs each time; then
        # the work is done anew.)
        self._extended = lru_cache(256)(_extended)

    def apply_to(self, headers: Headers) -> bool:
        """Whether these are headers of a page on which what a visitor allows makes a difference:
        scripts, styles and pictures have nothing to load."""
        found = {name.lower(): value for name, value in headers}
        page = found.get("content-type", "text/html").startswith("text/html")
        return bool(self._services) and page and not _HEADERS.isdisjoint(found)

    def extend(
        self, headers: Headers, allows: Callable[[str], bool], pattern: Hashable = None
    ) -> Headers:
        """``headers`` with the origins of the services that ``allows`` lets run.

        :param pattern: the same for all visitors of whom ``allows`` says the same.
        """
        if not self._services or all(name.lower() not in _HEADERS for name, _ in headers):
            return headers
        origins = self._origins.get(pattern) if pattern else None
        if origins is None:
            found = (o for s in self._services if allows(s.id) for o in s.origins)
            origins = tuple(dict.fromkeys(found))
            if pattern and len(self._origins) < _PATTERNS:
                self._origins[pattern] = origins
        if not origins:
            return headers
        return [
            (name, self._extended(value, origins) if name.lower() in _HEADERS else value)
            for name, value in headers
        ]


def _extended(header: str, origins: tuple[str, ...]) -> str:
    """One header. Each of several policies in it, between commas, has to allow a source."""
    if not _READABLE.fullmatch(header):
        return header
    return ",".join(_extended_policy(policy, origins) for policy in header.split(","))


def _extended_policy(policy: str, origins: tuple[str, ...]) -> str:
    directives = _parse(policy)
    gained = {name: _with(sources, origins) for name, sources in _affected(directives)}
    if not gained:
        return policy
    parts = []
    for text in policy.split(";"):
        name = text.strip().split(None, 1)[0].lower() if text.strip() else ""
        # Only the first of a name counts, for browsers too.
        parts.append(f" {name} {gained.pop(name)}" if name in gained else text)
    parts += [f" {name} {sources}" for name, sources in gained.items()]
    return ";".join(part for part in parts if part.strip()).lstrip()


def _parse(policy: str) -> _Directives:
    directives: _Directives = {}
    for text in policy.split(";"):
        name, *sources = text.split() or [""]
        if name:
            directives.setdefault(name.lower(), sources)
    return directives


def _affected(directives: _Directives) -> Iterator[tuple[str, list[str]]]:
    """The directives that need the origins, each with the sources that count for it now."""
    for name, fallbacks in _FALLBACKS.items():
        found = next((d for d in (name, *fallbacks) if d in directives), None)
        if found is not None:
            yield name, directives[found]
    for name in _REFINED:
        if name in directives:
            yield name, directives[name]


def _with(sources: list[str], origins: tuple[str, ...]) -> str:
    kept = [source for source in sources if source.lower() != "'none'"]
    return " ".join(dict.fromkeys((*kept, *origins)))
