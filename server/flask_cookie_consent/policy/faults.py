"""What is said of a policy that cannot be used, and the rules that a single value is held to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from reprlib import Repr
from typing import NamedTuple

from ..i18n.text import is_lazy, is_several
from .durations import Duration
from .model import MAX_ID

#: No browser keeps a cookie longer (RFC 6265bis; measured in Chromium and Firefox).
MAX_LIFETIME = timedelta(days=400)

#: The consent cookie's name goes with every request, and shares 4096 bytes with its value (RFC
#: 6265bis), of which the value may need 4000.
MAX_COOKIE_NAME = 64

_repr = Repr()
_repr.maxstring = _repr.maxother = 80


class PolicyWarning(UserWarning):
    """Something in a policy that works, but that a site should know of."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a policy.

    :param path: the object, by its place and name: ``services[2] 'Matomo' cookies[0] '_pk_id*'``;
        ``policy`` for the policy itself.
    :param field: the argument that is wrong: ``category``.
    :param found: what stands there, shortened if it is long.
    :param allowed: what may stand there, or what to do.
    """

    path: str
    field: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.path}: {self.field}: found {self.found}; allowed: {self.allowed}"


class PolicyError(ValueError):
    """A policy cannot be used. Raised once, with every fault it has.

    :param faults: all of them, in the order of the policy.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        count = len(self.faults)
        title = f"the policy has {count} fault{'' if count == 1 else 's'}:"
        return "\n  ".join([title, *map(str, self.faults)])


def show(value: object) -> str:
    """``value`` for a message: short, and with its type where that may be what is wrong."""
    if value is None or isinstance(value, (str, timedelta)):
        return _repr.repr(value)
    return f"{_repr.repr(value)} ({type(value).__name__})"


class Rule(NamedTuple):
    """What one value must be: a test that never raises, and how to say it."""

    holds: Callable[[object], bool]
    allowed: str


def broken(thing: object, path: str, rules: Mapping[str, Rule]) -> Iterator[Fault]:
    """A fault for each field of ``thing`` that breaks its rule."""
    for field, rule in rules.items():
        value = getattr(thing, field)
        if not rule.holds(value):
            yield Fault(path, field, show(value), rule.allowed)


def broken_elements(thing: object, path: str, rules: Mapping[str, Rule]) -> Iterator[Fault]:
    """A fault for each field of ``thing`` that is no sequence, and for each element in one that
    breaks its rule."""
    for field, rule in rules.items():
        values = getattr(thing, field)
        if not isinstance(values, tuple):
            yield Fault(path, field, show(values), f"a list; each element: {rule.allowed}")
            continue
        for position, value in enumerate(values):
            if not rule.holds(value):
                yield Fault(path, f"{field}[{position}]", show(value), rule.allowed)


def is_text(value: object) -> bool:
    """A ``str`` that can be sent: one with half a surrogate pair cannot be encoded."""
    return isinstance(value, str) and (value.isascii() or not _SURROGATE.search(value))


def is_filled(value: object) -> bool:
    """A text that says something."""
    return isinstance(value, str) and is_text(value) and bool(value.strip())


def one_of(*values: str) -> Rule:
    """One of a few texts."""
    return Rule(lambda value: isinstance(value, str) and value in values, ", ".join(values))


def pattern(expression: str, allowed: str) -> Rule:
    """A text that fits a regular expression as a whole."""
    fits = re.compile(expression).fullmatch
    return Rule(lambda value: isinstance(value, str) and fits(value) is not None, allowed)


def translatable(rule: Rule) -> Rule:
    """What ``rule`` says, or a text by language, or a lazy one. (What is in the languages is looked
    at by :func:`wording_faults`.)"""
    return Rule(lambda value: rule.holds(value) or is_several(value), rule.allowed)


def optional(rule: Rule) -> Rule:
    """``None``, or what ``rule`` says."""
    return Rule(lambda value: value is None or rule.holds(value), f"{rule.allowed} (or None)")


def _is_duration(value: object) -> bool:
    if isinstance(value, Duration):
        if value.kind == "text" and not (is_several(value.text) or is_text(value.text)):
            return False
        longest: object = value.longest  # whatever Duration.free() was given
        return longest is None or (isinstance(longest, int) and longest > 0)
    if isinstance(value, timedelta):
        return value > timedelta(0)
    if value is None or is_lazy(value):
        return True
    if isinstance(value, Mapping):
        return Duration.of(value).longest != 0
    return is_text(value) and Duration.of(value).longest != 0


def _is_lifetime(value: object) -> bool:
    return isinstance(value, timedelta) and timedelta(seconds=1) <= value <= MAX_LIFETIME


_SURROGATE = re.compile("[\ud800-\udfff]")
_LABEL = "[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*"

TEXT = Rule(is_text, "a text")
FILLED = Rule(is_filled, "a text that is not empty")
FLAG = Rule(lambda value: isinstance(value, bool), "True or False")
ID = pattern(
    rf"[a-z0-9][a-z0-9_-]{{0,{MAX_ID - 1}}}",
    f"an id of a-z, 0-9, '-' and '_', at most {MAX_ID} characters",
)
REGIME = pattern("[a-z][a-z0-9-]{0,15}", "a short lower-case code such as 'fr' or 'gb'")
LANGUAGE = pattern("[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*", "a language tag such as 'en' or 'pt-BR'")
DOMAIN = pattern(rf"\.?{_HOST}", "a domain such as 'example.org'")
# No control characters and no ";": it is written into a Set-Cookie header.
PATH = pattern(r"/[^\x00-\x1f\x7f;\s]*", "a path that begins with '/'")
ORIGIN = pattern(
    rf"https?://(\*\.)?{_HOST}(:[0-9]{{1,5}})?", "an origin such as 'https://cdn.example'"
)
# Nothing but http and https, so that no "javascript:" becomes a link.
URL = pattern(
    r"""[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#@\\"'<>`]+([/?#][^\s\\"<>`]*)?""",
    "an http or https URL",
)
DURATION = Rule(
    _is_duration, "a timedelta, a text or a Duration, longer than nothing, or None (not stated)"
)
DATE = Rule(lambda value: isinstance(value, date), "a datetime.date")
LIFETIME = Rule(_is_lifetime, f"a timedelta of 1 second to {MAX_LIFETIME.days} days")
# The token of RFC 9110 without "*", which would be a pattern where the cookie is listed.
# Of the prefixes that browsers give a meaning (RFC 6265bis, 4.1.3), whatever the case, only
# "__Host-": they take the others from scripts never, or not on plain http.
COOKIE_NAME = pattern(
    rf"(?=.{{1,{MAX_COOKIE_NAME}}}\Z)"
    r"(?:__Host-(?!(?i:http-))|(?!(?i:__(?:host|http|secure)-)))[A-Za-z0-9_-]+",
    # Fewer than RFC 6265 allows: the name stands in a script and in regular expressions.
    "a cookie name of ASCII letters, digits, _ and -, of the prefixes '__...-' only '__Host-', "
    f"at most {MAX_COOKIE_NAME} characters",
)
# Browsers keep no cookie for a top-level domain, nor one with the Domain of an address.
SHARED_DOMAIN = pattern(
    rf"(?!.*\.[0-9]+\Z)\.?{_LABEL}(?:\.{_LABEL})+",
    "a domain such as 'example.org', whose hosts share the choice",
)


def prefix_with_domain(policy: object) -> Iterator[Fault]:
    """The prefix says that one host alone has set the cookie; a Domain takes that back."""
    name, domain = getattr(policy, "cookie_name", None), getattr(policy, "cookie_domain", None)
    if isinstance(name, str) and name.startswith("__Host-") and domain is not None:
        allowed = "None with a cookie_name that begins with '__Host-', or another name"
        yield Fault("policy", "cookie_domain", show(domain), allowed)
