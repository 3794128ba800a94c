"""Whatever a visitor sends is answered, and never comes back as markup (H4)."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from flask import Flask, render_template_string
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse, create_environ, run_wsgi_app

from flask_cookie_consent import Choice, Service, consent
from tests.site import choice, make_app, many_services, policy

MARKUP = "\"'><script>evil()</script>"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

each = settings(deadline=None, max_examples=150)


def site() -> Flask:
    """An app with one page that shows all there is to read."""
    app = make_app()
    everything = "{{ consent_banner() }}{{ consent_policy() }}{{ consent|list }}{{ consent.time }}"
    app.add_url_rule("/all/", "all", lambda: render_template_string(everything))
    app.add_url_rule("/<path:rest>", "any", lambda rest: str(consent.given))
    return app


APP = site()

#: Two consent cookies in one header.
TWINS = f"consent={choice(policy()).encode()}; " * 2
PAGES = (
    *("/", "/all/", "/consent/preferences", "/consent/dialog", "/consent/policy"),
    *("/consent/policy.json", "/consent/state.css", "/consent/banner.js"),
)


def send(path: str, method: str = "GET", **options: Any) -> TestResponse:
    """The answer, which is never an error of the server and never has our markup raw."""
    client = APP.test_client(use_cookies=False)
    response = client.open(path, method=method, **options)
    assert response.status_code < 500
    assert "<script>evil" not in response.text
    return response


def header(value: bytes) -> str:
    """As WSGI gives a header's bytes; servers refuse line ends and NUL themselves."""
    return value.decode("latin-1").translate(dict.fromkeys(b"\r\n\0", " "))


HEADERS = st.one_of(
    st.binary(),
    st.text().map(str.encode),
    st.sampled_from([MARKUP.encode(), b"\xff\xfe", b"[::1", b"a" * 5000, b";" * 500, b"=;,"]),
)


def around(values: st.SearchStrategy[bytes]) -> st.SearchStrategy[str]:
    """A ``Cookie`` header in which ``values`` stand as the consent cookie's, once or twice."""
    places = st.sampled_from(["{}", "consent={}", "a=b; consent={}; consent={}", "consent=1{}"])
    return st.builds(lambda place, value: place.replace("{}", header(value)), places, values)


# -- Headers ----------------------------------------------------------------------------------


@each
@given(st.sampled_from(PAGES), around(HEADERS))
def test_any_bytes_in_the_cookies_are_answered(path: str, cookie: str) -> None:
    assert send(path, headers={"Cookie": cookie}).status_code == 200


@each
@given(around(HEADERS))
def test_a_choice_can_be_made_whatever_the_cookies_are(cookie: str) -> None:
    data = {"answer": "save", "allow": "ads"}
    response = send("/consent/choice", "POST", data=data, headers={"Cookie": cookie})
    assert response.status_code == 303


NAMES = (
    *("Accept", "Accept-Language", "Accept-Encoding", "Referer", "If-None-Match", "Range"),
    *("If-Modified-Since", "Sec-GPC", "X-Forwarded-Prefix", "User-Agent"),
)


@each
@given(st.sampled_from(PAGES), st.sampled_from(NAMES), HEADERS)
def test_any_bytes_in_a_header_are_answered(path: str, name: str, value: bytes) -> None:
    send(path, headers={name: header(value)})


@each
@given(st.sampled_from(["Referer", "Origin", "Sec-Fetch-Site", "Content-Type"]), HEADERS)
def test_any_bytes_in_a_header_of_a_choice_are_answered(name: str, value: bytes) -> None:
    headers = {"Content-Type": FORM, name: header(value)}
    send("/consent/choice", "POST", data="answer=accept", headers=headers)


HOSTS = ["a..b", ".", "-", "x" * 300, "é.example", "[::1]", "[", "[::1", "a:b", "_", "xn--a.b", "@"]
CHOICE = Choice(1, "accept", "AAA").encode()


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("cookie", ["", f"consent={CHOICE}; consent={CHOICE}"], ids=["", "twins"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_any_host_is_answered(host: str, cookie: str, method: str) -> None:
    """A server that names no host of its own passes on what it is told."""
    path = "/consent/choice" if method == "POST" else "/all/"
    environ = create_environ(path, method=method, data="answer=accept", content_type=FORM)
    environ |= {"HTTP_HOST": header(host.encode()), "HTTP_COOKIE": cookie}
    environ |= {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_REFERER": "http://localhost/"}
    _, status, _ = run_wsgi_app(APP, environ)  # a client of the tests would read the host itself
    assert status < "500"


@each
@given(st.binary(min_size=1))
def test_any_path_of_a_visitor_with_twins_is_answered(path: bytes) -> None:
    """The paths of twins that are expired go into headers."""
    cookies = {"Cookie": TWINS}
    response = send(f"/x{quote_from_bytes(path)}", headers=cookies)
    for name, value in response.headers:
        assert f"{name}{value}".isprintable()


def test_twins_below_a_path_beyond_ascii_are_expired_at_that_path() -> None:
    """As browsers name it: its UTF-8, percent-encoded once."""
    response = send("/donn%C3%A9es", headers={"Cookie": TWINS})
    cookies = response.headers.getlist("Set-Cookie")
    assert any("Path=/donn%C3%A9es" in cookie.split("; ") for cookie in cookies)


# -- Queries ----------------------------------------------------------------------------------


@each
@given(
    st.sampled_from(PAGES),
    st.sampled_from(["language", "next", "other"]),
    st.text() | st.just(MARKUP) | st.just("/" + MARKUP),
)
def test_any_query_is_answered(path: str, name: str, value: str) -> None:
    send(path, query_string={name: value.encode("utf-8", "surrogatepass").decode("latin-1")})


@each
@given(st.sampled_from(PAGES), st.binary())
def test_any_bytes_as_a_query_are_answered(path: str, query: bytes) -> None:
    send(path, environ_overrides={"QUERY_STRING": header(query)})


@each
@given(st.binary())
def test_any_name_of_a_file_is_answered(name: bytes) -> None:
    send(f"/consent/{quote_from_bytes(name)}")


# -- Bodies -----------------------------------------------------------------------------------

FIELDS = ("choice", "answer", "allow", "asked", "snapshot", "language", "previous", "next")
VALUES = st.one_of(
    st.text(),
    st.sampled_from(
        [
            *(
                "accept",
                "reject",
                "save",
                "add",
                "embed",
                "ads",
                "fr",
                CHOICE,
                f"1s0.zzzzzzzz.{'abc' * 400}.",
            ),
            *(
                CHOICE,
                MARKUP,
                f"/{MARKUP}",
                "\0",
                "\ud800",
                "a" * 3000,
                "{0}",
                "%s",
                "%00",
                "1" * 5000,
            ),
        ]
    ),
)
BODIES = st.dictionaries(st.sampled_from(FIELDS), VALUES)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(VALUES, inner, max_size=4),
    max_leaves=8,
)


@each
@given(BODIES)
def test_any_form_is_answered(fields: dict[str, str]) -> None:
    pairs = "&".join(
        f"{name}={quote_from_bytes(value.encode('utf-8', 'surrogatepass'))}"
        for name, value in fields.items()
    )
    send("/consent/choice", "POST", data=pairs, content_type=FORM)


@each
@given(st.sampled_from([FORM, JSON, "text/plain", "multipart/form-data; boundary=x"]), st.binary())
def test_any_bytes_as_a_body_are_answered(kind: str, body: bytes) -> None:
    send("/consent/choice", "POST", data=body, content_type=kind)


@each
@given(BODIES | st.dictionaries(st.sampled_from(FIELDS), ANY_JSON) | ANY_JSON)
@example({"answer": "save", "allow": ["\ud800"]})
@example({"answer": "save", "allow": [MARKUP]})
@example({"answer": "accept", "asked": "\ud800\ud800\ud800"})
@example({"answer": "accept", "next": "\ud800", "snapshot": "\ud800", "language": "\ud800"})
@example({"answer": "accept", "previous": "\u0660" * 22})
def test_any_json_is_answered(data: Any) -> None:
    send("/consent/choice", "POST", data=json.dumps(data), content_type=JSON)


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 20_000, "1" * 3000, "NaN", '"\\ud800"'])
def test_hostile_json_is_answered(body: str) -> None:
    assert send("/consent/choice", "POST", data=body, content_type=JSON).status_code in (400, 413)


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "99999999999999999999", "", " 3 "])
def test_a_wrong_content_length_is_answered(length: str) -> None:
    environ = {"CONTENT_LENGTH": length}
    options: dict[str, Any] = {"content_type": FORM, "environ_overrides": environ}
    send("/consent/choice", "POST", data="answer=accept", **options)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("answer", ["accept", "save", "maybe"])
def test_no_field_of_a_form_comes_back_as_markup(field: str, answer: str) -> None:
    send("/consent/choice", "POST", data={"answer": answer, field: MARKUP})


# -- The cookie that is set -------------------------------------------------------------------


def tokens(start: int, count: int) -> str:
    return "".join(f"{number:03x}" for number in range(start, start + count))


@pytest.mark.parametrize(
    "data",
    [
        {"choice": f"1a0.zzzzzz.{tokens(0, 999)}.{tokens(1000, 999)}.{'x' * 22}"},
        {"answer": "accept", "asked": tokens(0, 999)},
        {"answer": "reject", "asked": tokens(0, 999)},
    ],
    ids=["a script's", "accepted", "rejected"],
)
def test_no_choice_makes_a_cookie_that_browsers_do_not_keep(data: dict[str, str]) -> None:
    """H1: 4096 bytes of name and value, whatever is sent, and whatever there was before."""
    app = make_app(policy_=policy(services=many_services(500)))
    client = app.test_client(use_cookies=False)
    before = Choice(10**9 * 2, "accept", tokens(2000, 990), tokens(3000, 300)).encode()
    headers = {"Cookie": f"consent={before}"}
    response = client.post("/consent/choice", data=data, headers=headers)
    for cookie in response.headers.getlist("Set-Cookie"):
        assert len(cookie.partition(";")[0]) - 1 <= 4096


def test_many_patterns_of_answers_do_not_fill_the_memory() -> None:
    """A visitor may invent choices without end; what is remembered of them is bounded."""
    from flask_cookie_consent.choice.rules import PATTERNS, Rules

    rules = Rules(policy(services=[Service("A", category="marketing", purpose="a")]))

    def kept_after(numbers: range) -> int:
        for number in numbers:
            made = Choice(1, "save", granted=f"{number:03x}")
            rules.allowed(made)
            rules.unasked(made)
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        full = kept_after(range(PATTERNS))
        assert kept_after(range(PATTERNS, 8 * PATTERNS)) < 2 * full
    finally:
        tracemalloc.stop()
