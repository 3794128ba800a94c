"""What headers say about caches, and how a response is kept out of shared ones (RFC 9111)."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from werkzeug.http import dump_header, parse_dict_header

Headers: TypeAlias = "list[tuple[str, str]]"

#: Directives that let a shared cache keep a response, or speak to shared caches only.
_SHARED = ("public", "s-maxage", "proxy-revalidate")

#: Headers that some shared caches heed instead of Cache-Control (RFC 9213); dropped.
_FOR_SHARED_CACHES = {"cdn-cache-control", "surrogate-control"}


def depend_on_visitor(headers: Headers, by: tuple[str, ...] = ("Cookie",)) -> Headers:
    """``headers`` with ``Vary`` by the request headers ``by``, and ``private`` where a shared
    cache could keep it."""
    vary: list[str] = []
    control: list[str] = []
    rest: Headers = []
    for header in headers:
        name = header[0].lower()
        if name == "vary":
            vary.append(header[1])
        elif name == "cache-control":
            control.append(header[1])
        elif name not in _FOR_SHARED_CACHES:
            rest.append(header)
    rest.append(("Vary", _vary_by(by, ", ".join(vary))))
    rest.append(("Cache-Control", _private(", ".join(control)) if control else "private"))
    return rest


def same_for_everybody(headers: Headers) -> Headers:
    """``headers`` of a file that is the same for everybody, without what hooks of the app have
    added for this visitor: a cookie, and a ``Vary`` that would have browsers and caches fetch the
    file anew whenever any cookie changes."""
    kept: Headers = []
    for name, value in headers:
        if name.lower() == "vary":
            names = [part.strip() for part in value.split(",")]
            value = ", ".join(part for part in names if part.lower() != "cookie")
            if not value:
                continue
        elif name.lower() == "set-cookie":
            continue
        kept.append((name, value))
    return kept


def keeps_visitors_apart(headers: Headers) -> bool:
    """Whether no shared cache shows one visitor's response with ``headers`` to another."""
    for name, value in headers:
        name = name.lower()
        if name == "vary" and _varies_by_cookie(value):
            return True
        if name == "cache-control" and _is_private(_directives(value)):
            return True
    return False


def _varies_by_cookie(vary: str) -> bool:
    names = {name.strip().lower() for name in vary.split(",")}
    return bool(names & {"cookie", "*"})


@lru_cache(64)  # a site's responses share few values
def _vary_by(by: tuple[str, ...], vary: str) -> str:
    names = {name.strip().lower() for name in vary.split(",")}
    if "*" in names:
        return vary
    return ", ".join(filter(None, (vary, *(n for n in by if n.lower() not in names))))


def _directives(control: str) -> dict[str, str | None]:
    return {name.lower(): value for name, value in parse_dict_header(control).items()}


def _is_private(directives: dict[str, str | None]) -> bool:
    # With a value, `private` is about some headers only.
    return "no-store" in directives or directives.get("private", "") is None


@lru_cache(64)
def _private(control: str) -> str:
    directives = _directives(control)
    if _is_private(directives):
        return control
    for name in (*_SHARED, "private"):
        directives.pop(name, None)
    return dump_header(directives | {"private": None})
