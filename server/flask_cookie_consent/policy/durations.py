"""How long a cookie lives, as policies say it: "13 months", "session", "up to 2 years".

A :class:`Duration` keeps a length as counted units, so that it can be said in any language, and
keeps what cannot be reckoned as the text it is.

Lengths in seconds follow one rule: a year has 365 days and a month is a twelfth of a year. So
12 months are exactly 1 year, and 13 months are 395.4 days (with months of 30 days they would be
390: fewer than any 13 months of the calendar have). Nothing here depends on the calendar.

Reading a text never raises and takes time linear in its length, of which only the first
:data:`MAX_TEXT` characters matter. English and French are understood; what is not understood is
free text, never a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Literal, TypeAlias, cast

from ..i18n.text import LazyText, Text, is_lazy, keep_wording

Unit = Literal["second", "minute", "hour", "day", "week", "month", "year"]
Kind = Literal["session", "persistent", "fixed", "text", "unknown"]
Part: TypeAlias = tuple[int, Unit]
Parts: TypeAlias = tuple[Part, ...]

DAY = 24 * 60 * 60
SECONDS: dict[Unit, int] = {
    "second": 1,
    "minute": 60,
    "hour": 60 * 60,
    "day": DAY,
    "week": 7 * DAY,
    "month": 365 * DAY // 12,
    "year": 365 * DAY,
}

#: A longer text is free text without a bound. The longest duration found in 22 published
#: policies has 75 characters.
MAX_TEXT = 120


@dataclass(frozen=True)
class Duration:
    """How long something stays on a visitor's device.

    Made by :meth:`parse`, :meth:`of` and :meth:`free` rather than by hand.

    :param kind: ``"session"`` (until the browser closes), ``"persistent"`` (no end),
        ``"fixed"`` (a length), ``"text"`` (said in the site's own words) or ``"unknown"``
        (not stated).
    :param parts: the length as counted units, largest first: ``((1, "year"), (4, "day"))``. A
        ``"text"`` that names one length loosely ("about 2 weeks") has it here too.
    :param text: the site's words, where ``kind`` is ``"text"``; else empty.
    :param at_most: an upper bound in seconds, ``None`` if there is none. Of a fixed duration its
        length; of a text what it says ("up to 2 years") or what the site gave beside it.
    :param bound: the bound that the site gave beside its text, as counted units; empty if there
        is none or the text says it itself, and need not be told twice.
    """

    kind: Kind
    parts: Parts = ()
    text: Text = ""
    at_most: int | None = None
    bound: Parts = ()

    def __post_init__(self) -> None:
        keep_wording(self, "text")

    @property
    def seconds(self) -> int | None:
        """The length in seconds, as far as one is named; ``None`` for a session, no end, a range
        or an upper bound alone."""
        return _reckon(self.parts) if self.parts else None

    @property
    def longest(self) -> int | None:
        """The most it can be in seconds as far as is known: the bound, else the length named."""
        return self.seconds if self.at_most is None else self.at_most

    @classmethod
    def parse(cls, text: str) -> Duration:
        """The duration that ``text`` says; free text if it is not understood. Never raises."""
        return _parse(text)

    @classmethod
    def of(cls, value: object) -> Duration:
        """The duration that a declaration means: a ``timedelta``, a text, a ``Duration`` or
        ``None``. Anything else, and a negative ``timedelta``, is unknown. Never raises.

        Texts by language that are all understood, and as one length, are that length. Otherwise
        they are free text, which lasts no longer than the longest of those that are understood. A
        lazy text is free text."""
        if isinstance(value, Duration):
            return value
        if isinstance(value, Mapping):
            return _of_texts(value)
        if is_lazy(value):
            return cls("text", text=cast("LazyText", value))
        if isinstance(value, str):
            return _parse(value)
        if isinstance(value, timedelta) and value >= timedelta(0):
            return _fixed(_parts_of(value))
        return cls("unknown")

    @classmethod
    def free(cls, text: Text, at_most: timedelta | str | None = None) -> Duration:
        """A duration in the site's own words, taken as they are::

            Duration.free("depends on the experiment", at_most="1 year")

        :param at_most: the longest it can be. A value that says no length is kept as it is, and
            is a fault of the policy that uses it; this method does not raise.
        """
        if at_most is None:
            return cls("text", text=text)
        bound = cls.of(at_most)
        if bound.kind != "fixed":
            return cls("text", text=text, at_most=cast("int", at_most))
        return cls("text", text=text, at_most=bound.seconds, bound=bound.parts)

    def to_dict(self) -> dict[str, object]:
        """As plain data: ``kind``, ``parts`` (lists of number and unit), ``text``, ``seconds``
        and ``at_most``."""
        return {
            "kind": self.kind,
            "parts": [list(part) for part in self.parts],
            "text": self.text,
            "seconds": self.seconds,
            "at_most": self.at_most,
        }

    def __str__(self) -> str:
        """In English, for messages to the site's owner; :meth:`parse` reads it back."""
        if self.kind == "fixed":
            return " ".join(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in self.parts)
        if self.kind == "text":
            if isinstance(self.text, Mapping):
                return str(next(iter(self.text.values()), ""))
            return str(self.text)
        return "" if self.kind == "unknown" else self.kind


#: How many days N months have at most, for N from 0 to 11: "6 months" are 181 to 184 days.
_MOST_DAYS = (0, 31, 62, 92, 123, 153, 184, 215, 245, 276, 306, 337)


def spoken(parts: Parts) -> Parts:
    """``parts`` in the unit in which a person would say them: 182 days are 6 months.

    Only a length of 60 days or more, given in days alone, is said otherwise: in years, where it has
    365 days for each (and up to a leap day for each four begun), else in months, up to two years,
    where it has 30 days for each (beside a whole year's 365), and no more than so many months can
    have. So 90 days are 3 months and 395 days are 13; 30, 100 and 400 days stay what they are.
    """
    if len(parts) != 1 or parts[0][1] != "day" or parts[0][0] < 60:
        return parts
    years, days = divmod(parts[0][0], 365)
    leap_days = -(-years // 4)
    if years and days <= leap_days:
        return ((years, "year"),)
    if years < 2:
        for months, most in enumerate(_MOST_DAYS):
            if 30 * months <= days <= most + leap_days and months:
                return ((12 * years + months, "month"),)
    return parts


def _reckon(parts: Parts) -> int:
    return sum(number * SECONDS[unit] for number, unit in parts)


def _fixed(parts: Parts) -> Duration:
    return Duration("fixed", parts=parts, at_most=_reckon(parts))


def _parts_of(length: timedelta) -> Parts:
    """``length`` in years (where it is exactly some), or in days, hours, minutes and seconds.

    Not in weeks or months: a site that writes ``timedelta(days=182)`` means 182 days. A part of
    a second counts as a whole one, so that no cookie outlives what is said of it.
    """
    rest = -(-length // timedelta(seconds=1))
    if rest and rest % SECONDS["year"] == 0:
        return ((rest // SECONDS["year"], "year"),)
    parts: list[Part] = []
    units: tuple[Unit, ...] = ("day", "hour", "minute", "second")
    for unit in units:
        number, rest = divmod(rest, SECONDS[unit])
        if number:
            parts.append((number, unit))
    return tuple(parts) or ((0, "second"),)


# -- Reading a text ---------------------------------------------------------------------------
#
# A text is folded (no capitals, no accents), cut into tokens, and each length in it ("1 year, 1
# month and 4 days") is replaced by one "#". What remains decides: a text is a fixed duration
# only if every other word is known to add nothing, a session only if every word is known. One
# unknown word makes it free text, since it may say "not".

#: Stands for a length among the words of a text.
_LENGTH = "#"

_UNIT_WORDS: dict[Unit, str] = {
    "second": "second seconds sec secs s seconde secondes",
    "minute": "minute minutes min mins mn",
    "hour": "hour hours hr hrs h heure heures",
    "day": "day days d jour jours j",
    "week": "week weeks wk wks w semaine semaines sem",
    "month": "month months mth mths mo mois",
    "year": "year years yr yrs y an ans annee annees",
}
_UNITS = {word: unit for unit, words in _UNIT_WORDS.items() for word in words.split()}
_RANK = {unit: rank for rank, unit in enumerate(SECONDS)}
_NUMBER_WORDS = (
    "a an one un une|two deux|three trois|four quatre|five cinq|six|seven sept|eight huit|"
    "nine neuf|ten dix|eleven onze|twelve douze|thirteen treize"
)
_NUMBERS = {
    word: number
    for number, words in enumerate(_NUMBER_WORDS.split("|"), start=1)
    for word in words.split()
}
_JOINTS = {",", "and", "et", "&"}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Words that say what kind of thing it is, and punctuation.
_THING = _words(
    "first third party cookie cookies http html key data storage local localstorage "
    ". , : ; ( ) - ' \""
)
#: Words that add nothing to a length: "expires after".
_PLAIN = _THING | _words(
    "persistent persistant permanent expire expires expired expiry expiration expiring after in "
    "for is it deleted removed stored kept lasts lifetime duration valid validity retention period "
    "of the apres dans pendant duree de vie conservation validite supprime conserve"
)
#: Words that make a length a loose one.
_LOOSE = _PLAIN | _words(
    "about around approximately approx ca circa roughly usually typically normally by default "
    "configurable environ generalement par defaut ~"
)
#: Words of a text that says "until the browser closes" in whichever way.
_SESSION = _PLAIN - {"persistent", "persistant", "permanent"} | _words(
    "session sessions per browser browsing navigateur window when once until till at you your user "
    "users visitor s quit quits close closes closed closing exit exits end ends ending only par a "
    "la le du des l jusqu fin fermeture ferme fermez quittez quand lorsque vous votre utilisateur "
    "navigation sera est"
)
_CLOSING = _words(
    "quit quits close closes closed closing exit exits fermeture ferme fermez quittez"
)
_BROWSER = frozenset({"browser", "navigateur", "window"})
_NO_END = re.compile(
    "persistent|persistante?s?|permanente?s?|permanently|unlimited|illimitee?|indefinite|"
    "indefinitely|forever|never|(it )?(never|does not) expires?|"
    "no (expiry|expiration|end)( date)?|"
    "until (you )?(it is )?(deleted?|cleared?|removed?)( it| by (you|the user))?|"
    "sans (expiration|limite)( de duree)?|n expire jamais"
)

_TO = "(to|-|\u2013|\u2014|or|a|ou)"  # with the two dashes
_UPPER_BOUND = re.compile(
    r"(^| )(up to|max|max \.|maximum|maximum of|at most|(no|not) (more|longer) than|under|within|"
    "less than|<|< =|≤|jusqu ' a|au plus|au maximum|maximum de|moins de) #|"
    "# (max|maximum|at most|or less|au plus|au maximum|ou moins)( |$)|"
    f"(#|[0-9]+) {_TO} #|(between|entre) (#|[0-9]+) (and|et) #"
)
#: Words that say that a length is not the longest, and signs that one was not read whole.
_NO_BOUND = re.compile(
    r"\b((?<!no )(?<!not )(more|longer)|least|minimum|beyond|over|half|demie?|renew\w*|extend\w*|"
    r"(no|not) less|(?<!ou )moins(?! de #)|(?<!au )plus)\b|[>≥]|"
    rf"(^| )(-[0-9]|[0-9]+[.,]|[0-9]+( |$)(?!({_TO}|and|et) #))"
)
_TOKEN = re.compile(r"(?<!\S)-[0-9]+|[0-9]+(?:[.,][0-9]+)*|[a-z]+|\S")


def _of_texts(texts: Mapping[str, str]) -> Duration:
    said = [_parse(text) for text in texts.values() if isinstance(text, str)]
    if said and said[0].kind != "text" and said.count(said[0]) == len(said):
        return said[0]
    known = [duration.longest for duration in said if duration.longest is not None]
    return Duration("text", text=texts, at_most=max(known, default=None))


@lru_cache(1024)  # a policy says the same few durations again and again
def _parse(text: str) -> Duration:
    if len(text) > MAX_TEXT:
        return Duration("text", text=text)
    words, lengths = _read(_TOKEN.findall(_fold(text)))
    if not words:
        return Duration("text", text=text) if text.strip() else Duration("unknown")
    if not lengths:
        return _without_length(text, words)
    if len(lengths) == 1:
        others = set(words) - {_LENGTH}
        if others <= _PLAIN:
            return _fixed(lengths[0])
        if others <= _LOOSE:
            return Duration("text", parts=lengths[0], text=text)
    rest = " ".join(words)
    if _UPPER_BOUND.search(rest) and not _NO_BOUND.search(rest):
        return Duration("text", text=text, at_most=max(map(_reckon, lengths)))
    return Duration("text", text=text)


def _fold(text: str) -> str:
    """Without capitals and accents, and with plain spaces and apostrophes."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("\u2019", "'"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).replace("#", "")


def _without_length(text: str, words: list[str]) -> Duration:
    found = set(words)
    browser_closes = found & _CLOSING and found & _BROWSER
    if found <= _SESSION and (browser_closes or found & {"session", "sessions"}):
        return Duration("session")
    if _NO_END.fullmatch(" ".join(word for word in words if word not in _THING)):
        return Duration("persistent")
    return Duration("text", text=text)


def _read(tokens: list[str]) -> tuple[list[str], list[Parts]]:
    """``tokens`` with each length replaced by "#", and the lengths."""
    words: list[str] = []
    lengths: list[Parts] = []
    position = 0
    while position < len(tokens):
        part, used = _part_at(tokens, position)
        position += used
        if part is None:
            words.append(tokens[position - 1])
        elif _ends_with_length(words) and _RANK[part[1]] < _RANK[lengths[-1][-1][1]]:
            while words[-1] in _JOINTS:
                words.pop()
            lengths[-1] = (*lengths[-1], part)
        else:
            words.append(_LENGTH)
            lengths.append((part,))
    return words, lengths


def _part_at(tokens: list[str], position: int) -> tuple[Part | None, int]:
    """The number with its unit that begins at ``position``, and how many tokens were read."""
    number = _number(tokens[position])
    hyphen = tokens[position + 1 : position + 2] == ["-"]  # "30-day"
    used = 3 if hyphen else 2
    unit_word = "".join(tokens[position + used - 1 : position + used])
    unit = _UNITS.get(unit_word)
    # One letter is a unit after digits only: "a s" is no second.
    if number is None or unit is None or (len(unit_word) == 1 and tokens[position].isalpha()):
        return None, 1
    return (number, unit), used


def _number(token: str) -> int | None:
    if token.isascii() and token.isdigit():
        # Longer numbers are no lengths of anybody's cookie, and would grow without bound.
        return int(token) if len(token) <= 6 else None
    return _NUMBERS.get(token)


def _ends_with_length(words: list[str]) -> bool:
    """Whether ``words`` end with a length and at most ", and"."""
    for word in words[:-4:-1]:
        if word not in _JOINTS:
            return word == _LENGTH
    return False
