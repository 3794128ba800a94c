"""Takes from CLDR (by Babel) what the texts need of each language: how it writes dates and lists.

The result is small and committed, so that no site has to install Babel for it.
"""

from __future__ import annotations

import json

from babel import Locale

from .catalogues import LOCALE, sources

FILE = LOCALE / "cldr.json"

#: What ends a sentence, where that is not a full stop. (CLDR does not say it.)
STOPS = {"ja": "。", "zh-Hans": "。", "zh-Hant": "。", "hi": "।", "bn": "।", "th": ""}


def build_cldr() -> bytes:
    """The content of :data:`FILE`."""
    tags = ["en", *(path.parent.parent.name.replace("_", "-") for path in sources())]
    data = {tag: _data(tag) for tag in sorted(tags)}
    lines = [
        f"{json.dumps(tag)}: {json.dumps(found, ensure_ascii=False)}" for tag, found in data.items()
    ]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


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
