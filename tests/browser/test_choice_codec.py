"""The consent cookie as ``banner/js/core/choice.js`` has it: the twin of ``choice/codec.py``.

``tests/choice_vectors.json`` holds both to one behaviour; random values look for the rest.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from banner.build import SCRIPTS
from banner.modules import read_module
from flask_cookie_consent.choice.codec import Choice, CookieReader, decode

ROOT = Path(__file__).resolve().parents[2]
NOW = 1_800_000_000
LIFE = 182 * 86400
RANDOM_VALUES = 3000

# Each case gets the module as the server would have filled it in, and its own clock.
PAGE = """<!doctype html><title>Codec</title><link rel="icon" href="data:,"><script>
const SOURCE = __SOURCE__;
const made = {};
const codec = ({name, life}) => made[name + life] ??= new Function(
  SOURCE.replaceAll("__NAME__", name).replaceAll("__LIFE__", life) +
    "; return { read, encode, newId, tokens };")();
const run = (item, task) => { Date.now = () => item.now * 1000 + 999; return task(codec(item)); };
</script>"""


@pytest.fixture
def codec(browser, serve):
    source = read_module(SCRIPTS, "core/choice").code
    page = PAGE.replace("__SOURCE__", json.dumps(source).replace("<", "\\u003c"))
    app = Flask("codec")
    app.add_url_rule("/", view_func=lambda: page)
    browser.get(serve(app).url)
    return browser


def read_all(codec, items: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
    """What the script reads in each of ``items``, in one call."""
    return list(
        codec.js(
            """arguments[0].map((item) => run(item, ({ read }) => {
              const c = read(item.cookie);
              if (!c.time) return c.yes.length + c.no.length ? "answers without a choice" : null;
              return { time: c.time, letter: c.letter, state: c.state, granted: c.yes,
                       refused: c.no, id: c.id ?? null };
            }))""",
            items,
        )
    )


def plain(choice: Choice | None) -> dict[str, Any] | None:
    """A Python choice in the same form."""
    if choice is None:
        return None
    letter, state = choice.encode()[1:3]
    return {
        "time": choice.time,
        "letter": letter,
        "state": state,
        "granted": [choice.granted[i : i + 3] for i in range(0, len(choice.granted), 3)],
        "refused": [choice.refused[i : i + 3] for i in range(0, len(choice.refused), 3)],
        "id": choice.id,
    }


def as_sets(read: dict[str, Any] | None) -> dict[str, Any] | None:
    """A choice without the order of its tokens, and without repetitions: they say nothing."""
    return read and {
        **read,
        "granted": sorted(set(read["granted"])),
        "refused": sorted(set(read["refused"])),
    }


def test_the_shared_vectors_hold(codec):
    """H4, W3: malformed, expired, future, twins, foreign cookies."""
    vectors = json.loads((ROOT / "tests/choice_vectors.json").read_text("utf-8"))
    found = read_all(codec, vectors)
    wrong = [
        (vector["why"], vector["expect"], got)
        for vector, got in zip(vectors, found, strict=True)
        if as_sets(got) != as_sets(vector["expect"])
    ]
    assert wrong == []


def test_what_the_vectors_say_is_written_the_same(codec):
    vectors = json.loads((ROOT / "tests/choice_vectors.json").read_text("utf-8"))
    encoded = [v for v in vectors if "encoded" in v]
    assert encoded
    written = codec.js(
        """arguments[0].map(({ expect: e, ...item }) => run(item, ({ encode }) => encode(
          { ...e, yes: e.granted, no: e.refused })))""",
        encoded,
    )
    assert written == [v["encoded"] for v in encoded]


def test_random_headers_read_the_same_in_both_languages(codec):
    """H4: in one batch; the seed is fixed, so that a failure can be repeated."""
    chance = random.Random(20)
    headers = [_header(chance) for _ in range(RANDOM_VALUES)]
    items = [{"cookie": h, "name": "consent", "now": NOW, "life": LIFE} for h in headers]
    reader = CookieReader("consent", LIFE)
    python = [as_sets(plain(reader.read(h, NOW))) for h in headers]
    script = [as_sets(c) for c in read_all(codec, items)]
    differences = [x for x in zip(headers, python, script, strict=True) if x[1] != x[2]]
    assert differences == []
    assert sum(c is not None for c in python) > RANDOM_VALUES / 10, "hardly any sound value"
    assert sum(c is None for c in python) > RANDOM_VALUES / 10, "hardly any malformed value"


def test_random_choices_are_written_the_same_and_read_back(codec):
    chance = random.Random(21)
    choices = [_choice(chance) for _ in range(500)]
    written = codec.js(
        """arguments[0].map((c) => run({ name: "consent", now: 0, life: 1 }, ({ encode }) =>
          encode({ ...c, yes: c.granted, no: c.refused })))""",
        [plain(c) for c in choices],
    )
    assert written == [c.encode() for c in choices]
    assert [decode(text) for text in written] == choices


def test_ids_are_those_of_the_server(codec):
    """P1: 22 characters, sorted by time, never twice."""
    ids = codec.js(
        """[...Array(200).keys()].map((i) =>
          run({ name: "consent", now: 1800000000 + i, life: 1 }, ({ newId }) => newId()))"""
    )
    assert ids == sorted(ids)
    assert len({i[8:] for i in ids}) == len(ids)
    for id_ in ids:
        value = decode(f"1a0.tro640.AAA..{id_}")
        assert value is not None
        assert value.id == id_


def _token(chance: random.Random) -> str:
    # Few tokens, so that twins share some.
    return chance.choice(["AAA", "b-9", "_cc", "ddd", "eE0"])


def _run(chance: random.Random, longest: int = 4) -> str:
    tokens = dict.fromkeys(_token(chance) for _ in range(chance.randrange(longest + 1)))
    return "".join(tokens)


def _choice(chance: random.Random) -> Choice:
    granted = _run(chance)
    taken = {granted[i : i + 3] for i in range(0, len(granted), 3)}
    refused = [t for t in (_run(chance, 1), _run(chance, 1)) if t and t not in taken]
    return Choice(
        chance.randrange(1, 36**8),
        chance.choice(["accept", "reject", "save", "embed", "gpc", "z"]),
        granted,
        "".join(dict.fromkeys(refused)),
        "".join(chance.choices("09azAZ_-", k=22)) if chance.random() < 0.5 else None,
        scripted=chance.random() < 0.6,
        **chance.choice([{"confirmed": True}, {"reports": chance.randrange(6)}]),
    )


def _header(chance: random.Random) -> str:
    cookies = [_cookie(chance) for _ in range(chance.choice([1, 1, 1, 2, 3]))]
    chance.shuffle(cookies)
    return chance.choice(["; ", "; ", ";", " ;\t"]).join(cookies)


def _cookie(chance: random.Random) -> str:
    if chance.random() < 0.15:
        return chance.choice(["a=b", "consent2=1ac.1.AAA.", "xconsent=1ac.1.AAA.", "", "consent"])
    age = chance.choice(
        [0, 1, LIFE - 1, LIFE, LIFE + 1, -86400, -86401, chance.randrange(2 * LIFE)]
    )
    choice = _choice(chance)._replace(time=NOW - age, granted=_run(chance), refused=_run(chance))
    value = choice.encode()
    if chance.random() < 0.4:  # damages it
        at = chance.randrange(len(value) + 1)
        junk = chance.choice(
            ["", ".", "c", "A", "é", " ", "=", '"', "%2E", "..", "\t", "٣", "\u2028"]
        )
        value = value[:at] + junk + value[at + chance.randrange(3) :]
    return f"consent={value}"
