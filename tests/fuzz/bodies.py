"""Bodies of ``POST choice``: forms and JSON, sound and not, under right and wrong headers."""

from __future__ import annotations

import json
from random import Random
from typing import Any
from urllib.parse import quote

from . import pieces
from .cookies import Cookies

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
FIELDS = ("choice", "answer", "allow", "asked", "snapshot", "language", "previous", "next")
TYPES = (
    *(FORM, JSON, f"{FORM}; charset=utf-8", f"{FORM}; charset=utf-16", f"{JSON}; charset=latin-1"),
    *("text/plain", "multipart/form-data; boundary=x", "", "application/JSON", "application/json;"),
    *("application/ld+json", "application/x-www-form-urlencoded, application/json", pieces.MARKUP),
)
IDS = ("insight", "ads", "video", "matomo", "session", "statistics", "nobody")


class Bodies:
    """Makes bodies with their ``Content-Type`` and ``Content-Length``."""

    def __init__(self, cookies: Cookies) -> None:
        self._cookies = cookies

    def body(self, random: Random) -> tuple[bytes, str, str]:
        """Body, media type and length as said."""
        as_json = random.random() < 0.5
        if random.random() < 0.08:
            body = self._strange(random)
        else:
            body = self._json(random) if as_json else self._form(random)
        if random.random() < 0.15:
            body = pieces.mutate(random, body.decode("latin-1")).encode("latin-1", "replace")
        kind = (JSON if as_json else FORM) if random.random() < 0.85 else random.choice(TYPES)
        length = str(len(body))
        if random.random() < 0.08:
            lies = (
                "-1",
                "x",
                "",
                "0",
                "1e3",
                "9" * 20,
                " 3 ",
                "+5",
                "٣",
                "4096",
                "4097",
                "1" * 5000,
            )
            length = random.choice((*lies, str(len(body) + 1), str(max(len(body) - 3, 0))))
        return body, kind, length

    def _fields(self, random: Random) -> list[tuple[str, str]]:
        fields: list[tuple[str, str]] = []
        if random.random() < 0.4:
            fields.append(("choice", self._cookies.value(random)))
        if random.random() < 0.7:
            answers = ("accept", "reject", "save", "add", "embed", "ACCEPT", pieces.text(random))
            fields.append(("answer", random.choice(answers)))
        fields += [("allow", id_) for id_ in random.choices(IDS, k=random.choice((0, 0, 1, 2, 5)))]
        if random.random() < 0.3:
            fields.append(("next", pieces.target(random)))
        if random.random() < 0.2:
            fields.append(("asked", self._cookies.run(random)))
        more = random.choices(FIELDS, k=random.choice((0, 0, 0, 1, 2)))
        fields += [(name, pieces.text(random)) for name in more]
        random.shuffle(fields)
        return fields

    def _form(self, random: Random) -> bytes:
        between = "&" if random.random() < 0.95 else random.choice((";", "&&", "=", "\n"))
        pairs = []
        for name, value in self._fields(random):
            raw = value.encode("utf-8", "surrogatepass")
            pairs.append(f"{name}={quote(raw) if random.random() < 0.9 else raw.decode('latin-1')}")
        return between.join(pairs).encode("latin-1")

    def _json(self, random: Random) -> bytes:
        data: dict[str, Any] = {}
        for name, value in self._fields(random):
            data[name] = [*data.get(name, []), value] if name == "allow" else value
        if random.random() < 0.15:
            odd: tuple[Any, ...] = (
                None,
                1,
                1.5,
                True,
                [],
                {},
                [[]],
                [1],
                {"a": {"b": [None]}},
                ["\ud800"],
                10**30,
            )
            data[random.choice(FIELDS)] = random.choice(odd)
        dumped = json.dumps(data, ensure_ascii=random.random() < 0.7)
        encoding = (
            "utf-8" if random.random() < 0.9 else random.choice(("utf-16", "utf-32", "utf-8-sig"))
        )
        return dumped.encode(encoding, "surrogatepass")

    def _strange(self, random: Random) -> bytes:
        return random.choice(
            (
                random.randbytes(random.randrange(200)),
                b"[" * 4000,
                b'{"a":' * 800,
                b"9" * 4000,
                b"NaN",
                b'"\\ud800"',
                b'{"answer":"save","allow":' + b"[" * 1500 + b"]" * 1500 + b"}",
                b"&" * 4000,
                b"answer=accept&" * 290,
                b"allow=%ff&answer=save",
                b"a" * random.choice((4095, 4096, 4097, 9000)),
            )
        )
