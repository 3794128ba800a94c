"""What a ``Cookie`` header may allow at most, and whether an address stays on the site.

Written from ``docs/cookie.md`` and the URL standard alone, slow and plain, and sharing no code
with the server: the two can only agree by both being right, or both wrong in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
BASE64URL = LETTERS + "0123456789-_"
DAY = 24 * 60 * 60
LIFETIME = 182 * DAY


@dataclass
class Answer:
    """What one consent cookie says."""

    time: int
    letter: str
    granted: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)


def read_value(value: str) -> Answer | None:
    """What a cookie value says, or ``None`` if it has not the form."""
    parts = value.split(".")
    if len(parts) not in (4, 5):
        return None
    head, time, granted, refused = parts[:4]
    if len(head) != 3 or head[0] != "1" or head[1] not in LETTERS or head[2] not in "c0123456789":
        return None
    if not 1 <= len(time) <= 8 or any(c not in BASE36 for c in time):
        return None
    runs = []
    for run in (granted, refused):
        if len(run) % 3 or any(c not in BASE64URL for c in run):
            return None
        runs.append({run[i] + run[i + 1] + run[i + 2] for i in range(0, len(run), 3)})
    if len(parts) == 5 and (len(parts[4]) != 22 or any(c not in BASE64URL for c in parts[4])):
        return None
    seconds = 0
    for digit in time:
        seconds = seconds * 36 + BASE36.index(digit)
    return Answer(seconds, head[1], *runs)


def answers(header: str, now: int) -> list[Answer]:
    """What the consent cookies of a ``Cookie`` header say that are in force. A clock that ticks
    between the server's look and ours makes a second's difference; none are on that edge."""
    found = []
    for part in header.split(";"):
        while part[:1] in (" ", "\t"):
            part = part[1:]
        if part[:8] == "consent=":
            answer = read_value(part[8:])
            if answer and now - LIFETIME < answer.time <= now + DAY:
                found.append(answer)
    return found


def allowed(header: str, now: int, asking: dict[str, str], exempt: dict[str, str]) -> set[str]:
    """Ids of the services that a header allows, of those that need consent (``asking``) and of
    those that visitors can object to (``exempt``): both by token."""
    said = answers(header, now)
    refused = {token for answer in said for token in answer.refused}
    ids = {exempt[token] for token in exempt if token not in refused}
    for token, id_ in asking.items():
        if said and token not in refused and all(token in answer.granted for answer in said):
            ids.add(id_)
    return ids


def overrides(header: str, now: int) -> bool:
    """Whether a choice was made by somebody who knew that Global Privacy Control counts."""
    said = answers(header, now)
    return bool(said) and said[0].letter in "oO"


def stays_here(location: str, scheme: str, host: str) -> bool:
    """Whether a browser that follows ``location`` stays at ``scheme://host``.

    As browsers read an address: what is no printable character at the ends goes, tabs and line
    ends go wherever they are, and a backslash is a slash.
    """
    if any(c < " " or c > "~" for c in location):
        return False  # stricter than a browser: none of these has a reason to be there
    plain = location.strip(" ").replace("\\", "/")
    short = host.removesuffix(":443" if scheme == "https" else ":80")
    heres = (f"{scheme}://{name}/".lower() for name in (host, short) if name and "@" not in name)
    if plain.lower().startswith(tuple(heres)):
        return True
    if plain[:2] == "//":
        return False
    before = plain.partition("/")[0].partition("?")[0].partition("#")[0]
    return ":" not in before
