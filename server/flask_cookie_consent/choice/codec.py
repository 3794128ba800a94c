"""The consent cookie: one visitor's answer as a short text, written and read.

The same codec stands in ``banner/js/core/choice.js``; ``tests/choice_vectors.json`` holds both to
one behaviour, and ``docs/cookie.md`` describes the format for other programs::

    1sc.t8x3kq.Qx3b_9.pLm.mid3k2x1q8z0w4t7c1v5n2
    |||  |      |      |   `- id of the record of proof (only while something is granted,
    |||  |      |      |      or while the server has not confirmed yet)
    |||  |      |      `- tokens of the services that were refused, or objected to
    |||  |      `- tokens of the services that were granted
    |||  `- time of the choice, seconds since 1970 in base 36
    ||`- ``c``: confirmed by the server; a digit: how often the browser has reported it since
    |`- how it was made (METHODS; a capital letter: by a plain form, without JavaScript)
    `- version of the format

A value that is malformed, expired or from the future reads as no choice, never as an error.
"""

from __future__ import annotations

import re
import secrets
import time as clock
from functools import lru_cache
from string import ascii_letters, digits
from typing import NamedTuple

#: A browser's clock may be this many seconds ahead of ours.
SKEW = 24 * 60 * 60

#: How many tokens fit into a cookie beside the other fields: RFC 6265bis stops at 4096 bytes of
#: name and value.
MAX_TOKENS = 1300

#: How a choice can be made, by the letter that stands for it in the cookie.
METHODS = {"a": "accept", "r": "reject", "s": "save", "e": "embed", "g": "gpc", "o": "override"}
_LETTERS = {name: letter for letter, name in METHODS.items()}

#: Stands in the place of the number of reports once the server has confirmed the choice.
_CONFIRMED = "c"

_TIME = re.compile(r"[0-9a-z]{1,8}")
_RUN = re.compile(r"(?:[A-Za-z0-9_-]{3})*")
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_STAMP = re.compile(r"[0-9a-z]{8}")
_ID = re.compile(r"[A-Za-z0-9_-]{22}")


def split_tokens(run: str) -> tuple[str, ...]:
    """The three-character tokens of which ``run`` is made."""
    return tuple(run[i : i + 3] for i in range(0, len(run), 3))


def new_id(milliseconds: int | None = None) -> str:
    """A new record id that sorts by time: eight characters of milliseconds since 1970 and
    fourteen of chance (72 bits), all in base 36. The same information as a UUIDv7 (RFC 9562)."""
    stamp = int(clock.time() * 1000) if milliseconds is None else milliseconds
    return _base36(stamp) + "".join(secrets.choice(_BASE36) for _ in range(14))


def milliseconds_id(milliseconds: int) -> str:
    """What every id made at that time or later is not less than: milliseconds since 1970."""
    return _base36(max(milliseconds, 0)).rjust(8, "0")


def id_time(id: str) -> int | None:
    """When a record id was made, by the clock of who made it: milliseconds since 1970; ``None`` if
    it does not say."""
    return int(id[:8], 36) if _STAMP.match(id) else None


def is_id(text: object) -> bool:
    """Whether ``text`` has the form of a record id."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


class Choice(NamedTuple):
    """What one visitor answered, when and how.

    ``granted`` and ``refused`` are runs of three-character service tokens
    (:func:`..policy.policy.token`); a service in neither was not asked about, or is exempt and was
    not objected to. Tokens that the present policy does not know are kept: they belong to an
    older or a newer state of the site.
    """

    time: int
    """Seconds since 1970, UTC."""
    method: str
    """How it was made: ``accept``, ``reject``, ``save``, ``embed``, ``gpc`` or ``override`` (which
    knows of the browser's signal). A single letter is that of a newer version."""
    granted: str = ""
    refused: str = ""
    id: str | None = None
    scripted: bool = True
    """Whether JavaScript made the choice (else a plain form did)."""
    reports: int = 0
    """How often the browser has reported it, while the server has not confirmed it."""
    confirmed: bool = False
    """Whether the server has set this cookie itself."""

    @property
    def known_method(self) -> str:
        """:attr:`method`, or ``other`` where this version does not know it."""
        return self.method if self.method in _LETTERS else "other"

    def in_force(self, lifetime: int, now: int) -> bool:
        """Whether the choice holds at ``now``: it is younger than ``lifetime``, and not of the
        future by more than clocks differ. All in seconds."""
        return now - lifetime < self.time <= now + SKEW

    def confirm(self, *, keep_id: bool) -> Choice:
        """The choice as the server answers it.

        A refusal keeps no id in the browser, whatever ``keep_id`` says: nothing of a visitor
        who granted nothing may be recognisable (GDPR Art. 5(1)(c)).
        """
        id = self.id if keep_id and self.granted else None
        return self._replace(confirmed=True, reports=0, id=id)

    def encode(self) -> str:
        """The cookie value.

        :raises ValueError: if :attr:`method` is none.
        """
        letter = _LETTERS.get(self.method, self.method)
        if len(letter) != 1:
            raise ValueError(f"method: found {self.method!r}; allowed: {', '.join(_LETTERS)}")
        state = _CONFIRMED if self.confirmed else self.reports
        fields = [
            f"1{letter if self.scripted else letter.upper()}{state}",
            _base36(self.time),
            self.granted,
            self.refused,
        ]
        if self.id:
            fields.append(self.id)
        return ".".join(fields)


def decode(value: str) -> Choice | None:
    """The choice that a cookie value says, whatever its age; ``None`` if it says none."""
    head, *fields = value.split(".", 4)
    meaning = _MEANINGS.get(head)
    if meaning is None or len(fields) < 3 or not _TIME.fullmatch(fields[0]):
        return None
    runs = _runs(fields[1], fields[2])
    id_ = fields[3] if len(fields) == 4 else None
    if runs is None or not (id_ is None or is_id(id_)):
        return None
    method, scripted, reports, confirmed = meaning
    return Choice(int(fields[0], 36), method, runs[0], runs[1], id_, scripted, reports, confirmed)


def _meaning(letter: str, state: str) -> tuple[str, bool, int, bool]:
    """The method, whether a script made the choice, the reports, and whether it is confirmed."""
    method = letter.lower()
    confirmed = state == _CONFIRMED
    return METHODS.get(method, method), method == letter, 0 if confirmed else int(state), confirmed


#: What each first field says.
_MEANINGS = {
    f"1{letter}{state}": _meaning(letter, state)
    for letter in ascii_letters
    for state in (_CONFIRMED, *digits)
}


@lru_cache(256)  # few patterns of answers are most of what visitors bring, and a run can be long
def _runs(granted: str, refused: str) -> tuple[str, str] | None:
    """Both runs, without the grants of what is refused too: the most restrictive answer counts.
    ``None`` if one of them is no run."""
    if not (_RUN.fullmatch(granted) and _RUN.fullmatch(refused)):
        return None
    if granted and refused:
        no = frozenset(split_tokens(refused))
        granted = "".join(token for token in split_tokens(granted) if token not in no)
    return granted, refused


class CookieReader:
    """Finds the choice in a ``Cookie`` header.

    :param name: name of the consent cookie: letters, digits, ``_`` and ``-``.
    :param lifetime: how long a choice holds, in seconds from the choice.
    """

    def __init__(self, name: str, lifetime: int) -> None:
        self.name = name
        self.lifetime = lifetime
        self._needle = f"{name}="

    def values(self, header: str) -> list[str]:
        """Every value of the consent cookie in ``header``: browsers keep twins with other paths
        or domains, or in another partition, and send them all."""
        needle = self._needle
        before, *rest = header.split(needle)
        if not rest:
            return []
        if len(rest) == 1:  # nearly always: without taking the header apart
            before = before.rstrip(" \t")
            if before and before[-1] != ";":
                return []  # the end of another cookie's name
            return [rest[0].partition(";")[0]]
        parts = (part.lstrip(" \t") for part in header.split(";"))
        return [part[len(needle) :] for part in parts if part.startswith(needle)]

    def has_twins(self, header: str) -> bool:
        """Whether ``header`` has several consent cookies. Another program's cookie of that name
        is none."""
        return header.count(self._needle) > 1 and len(self.choices(header)) > 1

    def choices(self, header: str) -> list[Choice]:
        """What every consent cookie in ``header`` says, whatever its age."""
        return [found for value in self.values(header) if (found := decode(value)) is not None]

    def may_refuse(self, header: str) -> bool:
        """Whether a choice in ``header`` may refuse anything: one quick look, for every request."""
        needle = self._needle
        start = header.find(needle)
        while start >= 0:
            end = header.find(";", start)
            # Nearly every value that refuses nothing ends with the dot before what it refuses.
            if header[end - 1 if end >= 0 else -1] != ".":
                value = header[start:] if end < 0 else header[start:end]
                if value.split(".", 4)[3:4] != [""]:
                    return True
            if end < 0:
                break
            start = header.find(needle, end)
        return False

    def read(self, header: str, now: int) -> Choice | None:
        """The choice in force at ``now`` (seconds since 1970), or ``None``."""
        values = self.values(header)
        if len(values) == 1:  # nearly always
            only = decode(values[0])
            return only if only is not None and only.in_force(self.lifetime, now) else None
        found = [c for c in self.choices(header) if c.in_force(self.lifetime, now)]
        return merge(*found) if found else None


def merge(first: Choice, *others: Choice) -> Choice:
    """What several consent cookies of one visitor say together.

    Twins exist when paths, domains or partitions differ, and nobody can tell which one the
    visitor meant: per service the most restrictive answer counts, and the earlier time. How
    the choice was made is taken from the first, which has the longest path (RFC 6265, 5.4).
    """
    if not others:
        return first
    # All at once, not two by two: a header may hold hundreds, and their runs would be gone through
    # again for each.
    refused = dict.fromkeys(split_tokens("".join([first.refused, *(o.refused for o in others)])))
    granted = [t for t in split_tokens(first.granted) if t not in refused]
    for other in others:
        theirs = set(split_tokens(other.granted))
        granted = [t for t in granted if t in theirs]
    return first._replace(
        time=min(first.time, *(other.time for other in others)),
        granted="".join(granted),
        refused="".join(refused),
    )


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _BASE36[rest] + digits
    return digits or "0"
