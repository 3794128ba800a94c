"""What must hold for every answer."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

from .. import test_redirects
from . import oracle
from .requests import Input
from .target import OPTIONAL, Answer, Target

#: How our markup looks when it comes back as such. Bodies and headers are searched in lower case.
RAW = (b"<svg/onload", b'" zzattr="', b"</script><svg")
_HOST = re.compile(r"(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
_ADDRESS = re.compile(r'(?:href|action|src|formaction)="([^"]*)"')
_ELSEWHERE = {test_redirects.POLICY_OF_ADS, "data:,"}


def breaks(target: Target, made: Input, answer: Answer) -> list[str]:
    """What is wrong with ``answer``, in words; nothing if all holds."""
    checks = (_status, _headers, _location, _markup, _log, _choice, _granted)
    return [said for check in checks for said in check(target, made, answer)]


def _status(target: Target, made: Input, answer: Answer) -> Iterator[str]:
    if not 200 <= answer.status < 500:
        yield f"status {answer.status}"


def _headers(target: Target, made: Input, answer: Answer) -> Iterator[str]:
    for name, value in answer.headers:
        both = f"{name}: {value}"
        if any(c in both for c in "\r\n\0") or not _is_latin(both):
            yield f"the header {both!r}"
        if not name.isascii() or not name or any(c in name for c in ' :="'):
            yield f"a header's name {name!r}"
        if name.lower() == "x-zz":
            yield "a header that the input made"
        if name.lower() != "set-cookie" and _is_raw(value.encode("latin-1", "replace")):
            yield f"raw markup in {both!r}"
        if (
            name.lower() == "set-cookie"
            and value.startswith("consent=")
            and len(value) > 4096 + 200
        ):
            yield f"a consent cookie of {len(value)} characters"


def _is_latin(value: str) -> bool:
    return all(c <= "\xff" for c in value)


def _is_raw(value: bytes) -> bool:
    lower = value.lower()
    return any(raw in lower for raw in RAW)


def _location(target: Target, made: Input, answer: Answer) -> Iterator[str]:
    scheme = made.environ["wsgi.url_scheme"]
    host = made.environ.get("HTTP_HOST", "localhost")
    if answer.status == 308 and not _HOST.fullmatch(host):
        return  # Flask's own redirect to a tidy path; it names no host where there is none
    for name, value in answer.headers:
        if name.lower() == "location" and not oracle.stays_here(value, scheme, host):
            yield f"Location {value!r}"


def _markup(target: Target, made: Input, answer: Answer) -> Iterator[str]:
    if _is_raw(answer.body):
        yield f"raw markup in the body {answer.body[:3000]!r}"
    kind = dict(answer.headers).get("Content-Type", "")
    if kind.startswith("text/html") and answer.status in (200, 403):
        for address in set(_ADDRESS.findall(answer.body.decode())) - _ELSEWHERE:
            if not test_redirects.is_here(address):
                yield f"a link to {address!r}"


def _log(target: Target, made: Input, answer: Answer) -> Iterator[str]:
    for line in answer.log:
        if not line.isprintable():
            yield f"a log line {line!r}"


def _choice(target: Target, made: Input, answer: Answer) -> Iterator[str]:
    environ = made.environ
    if environ["REQUEST_METHOD"] != "POST" or environ["PATH_INFO"] != "/consent/choice":
        return
    headers = dict(answer.headers)
    if answer.status == 400 and not _is_routed(environ.get("HTTP_HOST", "localhost")):
        return  # Flask's own answer: no route, so none of ours
    if "no-store" not in headers.get("Cache-Control", ""):
        yield f"a choice is answered {answer.status} without no-store"
    set_ = [v for n, v in answer.headers if n == "Set-Cookie" and v.startswith("consent=")]
    taken = [v for v in set_ if "Max-Age=0" not in v]
    if answer.status in (204, 303):
        if len(taken) != 1 or oracle.read_value(taken[0][8:].partition(";")[0]) is None:
            yield f"a choice is confirmed by {set_!r}"
        if environ.get("HTTP_SEC_FETCH_SITE", "none") not in ("none", "same-origin"):
            yield "a choice is taken from elsewhere"


def _is_routed(host: str) -> bool:
    """Whether Werkzeug takes ``host`` for one, and so looks at the path at all."""
    try:
        host.partition(":")[0].encode("idna")
    except UnicodeError:
        return False
    return True


def _granted(target: Target, made: Input, answer: Answer) -> Iterator[str]:
    """Nothing is allowed that the cookie does not grant, whichever way it shows."""
    if made.environ["PATH_INFO"] == "/consent/choice":
        return  # what was just answered counts there
    cookie = made.environ.get("HTTP_COOKIE", "")
    now = int(time.time())
    may = oracle.allowed(cookie, now, target.asking, target.exempt)
    signals = made.environ.get("HTTP_SEC_GPC", "").split(",")
    if "1" in [signal.strip() for signal in signals] and not oracle.overrides(cookie, now):
        may -= target.sale
    passed = {
        OPTIONAL[v.partition("=")[0]]
        for n, v in answer.headers
        if n.lower() == "set-cookie" and v.partition("=")[0] in OPTIONAL and "Max-Age=0" not in v
    }
    if not passed <= may:
        yield f"cookies of {passed - may} pass, allowed at most {may}"
    is_get = made.environ["REQUEST_METHOD"] == "GET"
    if made.environ["PATH_INFO"] == "/site" and is_get and answer.status == 200:
        said = set(json.loads(answer.body))
        if said != may:
            yield f"the page says {said}, the cookie {may}"
        if passed != said:
            yield f"cookies of {passed} pass, the page says {said}"
    shown = made.environ["PATH_INFO"] == "/needs-ads" and answer.status == 200 and is_get
    if shown and "ads" not in may:
        yield "a page that needs consent is shown"
