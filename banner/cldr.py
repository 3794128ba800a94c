"""Takes from CLDR (by Babel) what the texts need of each language: how it writes dates and lists,
and what it calls countries.

The result is small and committed, so that no site has to install Babel for it.
"""

from __future__ import annotations

import json

from babel import Locale

from .catalogues import LOCALE, sources

FILE = LOCALE / "cldr.json"
COUNTRIES = LOCALE / "countries.tsv"

#: Territories of CLDR that are neither a country of ISO 3166 nor a place where data goes: parts of
#: countries with a code of their own, the euro area, the United Nations, and codes for tests.
NO_COUNTRIES = frozenset(
    ["AC", "CP", "CQ", "DG", "EA", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"]
)

#: What ends a sentence, where that is not a full stop. (CLDR does not say it.)
STOPS = {"ja": "。", "zh-Hans": "。", "zh-Hant": "。", "hi": "।", "bn": "।", "th": ""}


def build_cldr() -> bytes:
    """The content of :data:`FILE`."""
    data = {tag: _data(tag) for tag in _tags()}
    lines = [
        f"{json.dumps(tag)}: {json.dumps(found, ensure_ascii=False)}" for tag, found in data.items()
    ]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def build_countries() -> bytes:
    """The content of :data:`COUNTRIES`: a line of codes, then a line for each language, which
    begins with its tag. The European Union and Kosovo are among them.

    Plain text, since the wheel compresses it, and since compressed bytes differ from one version
    of a library to the next.
    """
    codes = sorted(set(Locale("en").territories) - NO_COUNTRIES)
    codes = [code for code in codes if len(code) == 2]
    lines = [["", *codes]]
    for tag in _tags():
        names = Locale.parse(tag, sep="-").territories
        lines.append([tag, *(names[code] for code in codes)])
    return "".join("\t".join(line) + "\n" for line in lines).encode()


def _tags() -> list[str]:
    return sorted(["en", *(path.parent.parent.name.replace("_", "-") for path in sources())])


def _data(tag: str) -> dict[str, object]:
    locale = Locale.parse(tag, sep="-")
    lists = locale.list_patterns["standard"]
    months = locale.months["format"]["wide"]
    return {
        "list": [lists["2"], lists["start"], lists["middle"], lists["end"]],
        # Years are those of the common era, as everywhere in these texts.
        "date": locale.date_formats["long"].pattern.replace("G ", ""),
        "months": [months[number] for number in range(1, 13)],
        "stop": STOPS.get(tag, "."),
    }
