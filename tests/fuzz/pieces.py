"""What hostile inputs are made of, whichever part of a request they stand in."""

from __future__ import annotations

from random import Random

#: None of these may come back as markup, in a body or in a header.
MARKUP = '"><svg/onload=zz'
ATTRIBUTE = '" zzattr="1'
SCRIPT = "</script><svg/onload=zz>"
STYLE = "</style><svg/onload=zz>"
TEMPLATE = "{{zz()}}${zz}%(zz)s{0.__class__}"

TEXTS = (
    *(MARKUP, ATTRIBUTE, SCRIPT, STYLE, TEMPLATE, "javascript:zz()", "zz\r\nX-Zz: 1", "zz\nzz"),
    *("\0", "\x1b[2J", "\u2028", "\ud800", "\x85", "\xa0", "é", "ⓔ", "／", "\u202e", "\ufeff"),
    *("", " ", "%00", "%0d%0aX-Zz:1", "%", "%zz", "1" * 400, "a" * 3000, "-1", "null", "[]", "../"),
    "zz=1; Max-Age=" + "9" * 5000,
    "zz=1; Expires=Mon, 01 Jan " + "9" * 20 + " 00:00:00 GMT",
    *("en", "fr", "fr-FR", "zz-ZZ", "*", "en;q=zz", "en;q=0", "en;q=1e999"),
)

TARGETS = (
    *("/", "/site", "/consent/preferences", "/other?a=1&b=2", "/other#zz", "?a", "#a", "other"),
    *(
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
    ),
    *("/\r\n/evil.example", "\x01//evil.example", " //evil.example", "https:evil.example"),
    *("https:/evil.example", "https:///evil.example", "http://localhost.evil.example/"),
    *("http://localhost@evil.example/", "http://localhost:80@evil.example/", "http://localhost/"),
    *("http://localhost//evil.example", "http://localhost/\\evil.example", "//localhost/x"),
    *("http://localhost\\@evil.example", "http://[::1", "http://localhost/x?y=" + MARKUP),
    *("javascript:zz()", "java\tscript:zz()", "data:text/html,zz", "/%2f%2fevil.example"),
    *("/.//evil.example", "/..//evil.example", "/;//evil.example", "//@evil.example", "/@evil"),
    *("//／evil.example", "/\u3000/evil.example", "http:\\\\evil.example", "HTTP://LOCALHOST/x"),
    *("/" + MARKUP, "/?" + ATTRIBUTE, "/" + "x" * 3000),
)

HOSTS = (
    *(
        "localhost",
        "localhost",
        "localhost:80",
        "localhost:8080",
        "data.example.org",
        "evil.example",
    ),
    *(
        "",
        ".",
        "a..b",
        "-",
        "[::1]",
        "[::1]:80",
        "[",
        "[::1",
        "a:b",
        "a:b:c",
        "_",
        "@",
        "a@b",
        "a b",
    ),
    *("x" * 300, "x" * 70 + ".example", "xn--a.b", "xn--.example", "127.0.0.1", "LOCALHOST", "a."),
    *(
        "é.example",
        ".example.org",
        "a/b",
        "a\\b",
        "a?b",
        "a#b",
        "a%b",
        MARKUP,
        "a;b",
        "a,b",
        "a\tb",
    ),
    *("a." * 60 + "b", "localhost:99999999", "localhost:", ":80", "1.2.3", "0x7f.1"),
)


def noise(random: Random, longest: int = 40) -> str:
    """Characters at random, as a header carries them (latin-1), often of few kinds."""
    length = random.randrange(longest)
    if random.random() < 0.5:
        return random.randbytes(length).decode("latin-1")
    kinds = random.choice(
        ("=;, \t", 'abc.-_="', "0123456789", "\x00\x01\x1f\x7f\x85\xa0\xff", "/\\:@.")
    )
    return "".join(random.choices(kinds, k=length))


def text(random: Random) -> str:
    """A hostile text."""
    what = random.random()
    if what < 0.5:
        return random.choice(TEXTS)
    if what < 0.65:
        return random.choice(TARGETS)
    if what < 0.8:
        return noise(random)
    return mutate(random, random.choice(TEXTS))


def target(random: Random) -> str:
    """An address to lead a visitor to."""
    what = random.random()
    if what < 0.6:
        return random.choice(TARGETS)
    if what < 0.8:
        return mutate(random, random.choice(TARGETS))
    parts = (
        "/",
        "\\",
        ":",
        "@",
        "evil.example",
        "localhost",
        "http",
        "\t",
        "?",
        "#",
        "%2f",
        ".",
        ";",
    )
    return "".join(random.choices(parts, k=random.randrange(1, 9)))


def mutate(random: Random, value: str) -> str:
    """``value`` with one to three damages: cut, doubled, swapped, or with something in it."""
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(value) + 1)
        end = min(at + random.randrange(1, 6), len(value))
        value = random.choice(
            (
                value[:at],
                value[at:],
                value[:at] + value[end:],
                value[:end] + value[at:],
                value[:at] + value[at:end].swapcase() + value[end:],
                value[:at] + noise(random, 4) + value[at:],
                value[:at] + random.choice((";", "=", ".", " ", '"', "&", "%", "\t")) + value[end:],
            )
        )
    return value


def as_header(value: str) -> str:
    """``value`` as a server passes a header on: latin-1, and without what ends a line (servers
    refuse those themselves)."""
    raw = value.encode("utf-8", "surrogatepass") if any(c > "\xff" for c in value) else None
    found = raw.decode("latin-1") if raw is not None else value
    return found.translate({0: " ", 10: " ", 13: " "})
