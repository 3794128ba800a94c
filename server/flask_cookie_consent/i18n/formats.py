"""How a language writes dates and lists and what it calls countries, after CLDR
(``locale/cldr.json`` and ``locale/countries.tsv``, made from it by ``banner/cldr.py``)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import TypedDict

from .languages import direction

FILE = Path(__file__).parent / "locale" / "cldr.json"
COUNTRIES = FILE.with_name("countries.tsv")

#: Codes that ISO 3166 keeps for a country that has another.
_SAME_COUNTRY = {"UK": "GB"}

#: A field of a date's pattern, or text in quotes (Unicode Technical Standard 35, part 4).
_FIELD = re.compile(r"'((?:[^']|'')*)'|(d+|M+|y+)")


class _Data(TypedDict):
    list: list[str]
    date: str
    months: list[str]
    stop: str


class Formats:
    """The formats of one language.

    :param language: one that there is a catalogue for. A catalogue that a site has put there itself
        has the formats of English.
    """

    def __init__(self, language: str) -> None:
        formats = _load()
        self._rtl = direction(language) == "rtl"
        self._language = language if language in formats else "en"
        self._data = formats.get(language) or formats["en"]
        self.stop = self._data["stop"]
        """What ends a sentence."""

    def list(self, items: Sequence[str]) -> str:
        """``items`` as a list: "one, two, and three".

        From right to left each stands by itself: names in Latin letters would else run together
        in an order of their own (Unicode Standard Annex 9, isolates).
        """
        if self._rtl:
            items = [f"\u2068{item}\u2069" for item in items]
        if len(items) < 2:
            return "".join(items)
        two, start, middle, end = self._data["list"]
        if len(items) == 2:
            return _fill(two, *items)
        text = _fill(end, items[-2], items[-1])
        for item in reversed(items[1:-2]):
            text = _fill(middle, item, text)
        return _fill(start, items[0], text)

    def country(self, text: str) -> str:
        """The name of the country whose ISO 3166 code ``text`` is ("US"). What is no code, such as
        a name, is as it is."""
        return self._countries.get(_SAME_COUNTRY.get(text, text), text)

    @cached_property
    def _countries(self) -> dict[str, str]:
        # Read where a country is named first: most languages never are.
        with COUNTRIES.open(encoding="utf-8") as lines:
            _, *codes = next(lines).rstrip("\n").split("\t")
            for line in lines:
                tag, *names = line.rstrip("\n").split("\t")
                if tag == self._language:
                    return dict(zip(codes, names, strict=True))
        return {}

    def date(self, day: date) -> str:
        """A date in words: "24 November 2026"."""

        def field(match: re.Match[str]) -> str:
            quoted, letters = match.groups()
            if letters is None:
                return quoted.replace("''", "'") or "'"
            if letters[0] == "y":
                return str(day.year)
            number = day.day if letters[0] == "d" else day.month
            if len(letters) > 2:
                return self._data["months"][number - 1]
            return str(number).rjust(len(letters), "0")

        return _FIELD.sub(field, self._data["date"])


def _fill(pattern: str, first: str, second: str) -> str:
    before, _, rest = pattern.partition("{0}")
    between, _, after = rest.partition("{1}")
    return f"{before}{first}{between}{second}{after}"


@cache
def _load() -> dict[str, _Data]:
    data: dict[str, _Data] = json.loads(FILE.read_text("utf-8"))
    return data
