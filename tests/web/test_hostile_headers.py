"""Nothing that a visitor sends makes a header, or a line of the log, of its own (H4)."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from email.utils import formatdate
from typing import Any

import pytest
from flask import Flask, Response, render_template_string
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import create_environ, run_wsgi_app

from flask_cookie_consent import UndeclaredCookie, cookie_reported, requires_consent
from flask_cookie_consent.choice.codec import CookieReader
from flask_cookie_consent.enforcement.gate import CookieReport, Gate
from tests.fuzz import oracle
from tests.site import ACCEPTED, app_with, choice, get, make_app, policy, site_of, visit

LOGGER = "flask_cookie_consent"
POLICY = policy()
LIFETIME = int(POLICY.lifetime.total_seconds())

each = settings(deadline=None, max_examples=150)

#: What ends a line, moves a cursor, or turns the direction of reading, somewhere.
CONTROLS = st.sampled_from(
    [*map(chr, range(32)), "\x7f", "\x85", "\u2028", "\u2029", "\u202e", ";"]
)
NAMES = st.lists(CONTROLS | st.text(max_size=3) | st.just("zz"), max_size=6).map("".join)
LATIN = st.text(st.characters(max_codepoint=255), max_size=30)

#: For every service, that it is not allowed.
NOTHING: dict[str, bool] = defaultdict(bool)


# -- The gate ---------------------------------------------------------------------------------


def screened(cookie: str, undeclared: Any = "report") -> tuple[list[str], list[CookieReport]]:
    """The ``Set-Cookie`` values that pass, where nothing is allowed, and what is reported."""
    reports: list[CookieReport] = []
    gate = Gate(POLICY, undeclared, reports.append)
    kept, _ = gate.screen([("Set-Cookie", cookie)], NOTHING, lambda: "/page")
    return [value for _, value in kept], reports


@each
@given(NAMES)
@example("zz\r\nX-Zz: 1")
@example("zz\nWARNING a line of its own")
def test_no_name_of_a_cookie_makes_a_line_of_the_log(name: str) -> None:
    app = make_app()
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[assignment, method-assign]
    logging.getLogger(LOGGER).addHandler(handler)
    try:
        gate = site_of(app).gate
        gate.screen([("Set-Cookie", f"{name}=1")], NOTHING, lambda: "page")
    finally:
        logging.getLogger(LOGGER).removeHandler(handler)
    assert all(record.getMessage().isprintable() for record in records)


@each
@given(NAMES)
@example("zz\r\nX-Zz: 1")
def test_no_name_of_a_cookie_makes_a_line_of_an_error(name: str) -> None:
    with pytest.raises(UndeclaredCookie) as caught:
        screened(f"zz{name}=1", "raise")
    assert str(caught.value).isprintable()


@each
@given(st.binary(min_size=1).map(lambda raw: raw.decode("latin-1")))
@example("\nWARNING a line of its own")
@example("\x1b[2J")
def test_no_path_makes_a_line_of_the_log(path: str) -> None:
    """Where a page is missing there is no endpoint, and a report names the path instead."""
    app = make_app()
    said: list[str] = []

    @app.after_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie("mystery", "1")
        return response

    def receive(sender: Any, report: CookieReport) -> None:
        said.append(report.where)

    environ = create_environ("/")
    environ["PATH_INFO"] = f"/missing/{path}"
    with cookie_reported.connected_to(receive):
        run_wsgi_app(app.wsgi_app, environ)
    assert len(said) == 1
    assert said[0].isprintable()


@each
@given(LATIN)
def test_the_gate_passes_a_cookie_as_it_is_or_not_at_all(cookie: str) -> None:
    assert screened(cookie)[0] in ([], [cookie])


@pytest.mark.parametrize(
    "attributes",
    [
        "Max-Age=0; Max-Age=99",
        "Max-Age=+0",
        "Max-Age=-1_0",
        "Max-Age=0x",
        "Max-Age=",
        "Max-Age=0\xa0",
        "Expires=Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Expires=Mon, 01 Jan 2030 00:00:00 +99999999999999999999",
        f"Max-Age={'9' * 5000}",
        f"Expires={formatdate(0)}; Max-Age=99",
    ],
)
def test_what_browsers_do_not_take_for_a_deletion_is_none(attributes: str) -> None:
    assert screened(f"_ad_1=1; {attributes}")[0] == []


@pytest.mark.parametrize(
    "attributes",
    ["Max-Age=99; Max-Age=0", "Max-Age= -10 ", "max-age=0; Max-Age=x", f"Expires={formatdate(0)}"],
)
def test_what_browsers_take_for_a_deletion_is_one(attributes: str) -> None:
    assert len(screened(f"_ad_1=1; {attributes}")[0]) == 1


# -- Headers of ours --------------------------------------------------------------------------


def sound(response: Any) -> bool:
    """Whether no header has anything that a header may not have."""
    return all(f"{name}{value}".isascii() and value.isprintable() for name, value in response)


def hostile(cookie: str, path: str = "/page", **environ: str) -> tuple[str, Any]:
    """Status and headers of a page that reads consent and sets an optional cookie."""

    def page() -> Response:
        response = Response(render_template_string("{{ consent.given }}"))
        response.set_cookie("_ad_1", "1")
        return response

    app = app_with(page)
    made = create_environ("/page") | {"HTTP_COOKIE": cookie, "PATH_INFO": path} | environ
    _, status, headers = run_wsgi_app(app.wsgi_app, made)
    return status, headers


@each
@given(st.lists(LATIN | NAMES.filter(str.isascii), min_size=2, max_size=4))
def test_no_value_of_a_cookie_makes_a_header(values: list[str]) -> None:
    status, headers = hostile("; ".join(f"consent={value}" for value in values))
    assert status == "200 OK"
    assert sound(headers)


TWINS = visit(POLICY, **ACCEPTED)["Cookie"] + "; " + visit(POLICY, **ACCEPTED)["Cookie"]


@pytest.mark.parametrize(
    "host", ["a..b", "x" * 70 + ".example", ".example", "xn--a.b", "a.", "\xe9.b"]
)
def test_twins_are_settled_whatever_the_host_is(host: str) -> None:
    """Flask answers 400 itself, and what a hook sets there passes the gate too."""
    app = make_app()
    app.after_request(lambda response: response.set_cookie("_ad_1", "1") or response)
    environ = create_environ("/") | {"HTTP_COOKIE": TWINS, "HTTP_HOST": host}
    _, status, headers = run_wsgi_app(app.wsgi_app, environ)
    assert status < "500"
    assert sound(headers)


def test_twins_of_a_long_path_are_expired_within_what_browsers_read() -> None:
    cookies = hostile(TWINS, "/page")[1].getlist("Set-Cookie")
    assert any("Path=/page;" in f"{cookie};" for cookie in cookies)
    app = make_app()
    app.after_request(lambda response: response.set_cookie("_ad_1", "1") or response)
    environ = create_environ("/") | {"HTTP_COOKIE": TWINS, "PATH_INFO": "/a" + "/" + "x" * 5000}
    cookies = run_wsgi_app(app.wsgi_app, environ)[2].getlist("Set-Cookie")
    assert any("Path=/a;" in f"{cookie};" for cookie in cookies)
    assert all(len(cookie) < 1200 for cookie in cookies)


def test_what_twins_say_together_fits_into_a_cookie() -> None:
    runs = ["".join(f"{n:03x}" for n in range(start, start + 900)) for start in (0, 1000)]
    now = choice(POLICY).encode().split(".")[1]
    cookie = "; ".join(f"consent=1sc.{now}..{run}" for run in runs)
    cookies = hostile(cookie)[1].getlist("Set-Cookie")
    kept = [value.partition(";")[0] for value in cookies if "Max-Age=0" not in value]
    assert len(kept) == 1
    assert len(kept[0]) <= 4096


@pytest.mark.parametrize("host", ["xn--a.b", "xn--.example", "localhost", "", "[::1"])
@pytest.mark.parametrize("path", ["/gated", "/gated/a%2Fb", "/gated/\xc3\xa9?", "//gated"])
def test_a_page_that_needs_consent_is_answered_whatever_the_host_is(host: str, path: str) -> None:
    app = make_app()
    view = requires_consent("ads")(lambda rest="": "shown")
    app.add_url_rule("/gated", "gated", view)
    app.add_url_rule("/gated/<path:rest>", "below", view)
    environ = create_environ("/") | {"HTTP_HOST": host, "PATH_INFO": path}
    _, status, _ = run_wsgi_app(app.wsgi_app, environ)
    assert status < "500"


# -- Answers to a choice ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "options"),
    [
        (303, {"data": {"answer": "accept"}}),
        (204, {"json": {"answer": "accept"}}),
        (400, {"data": {"allow": "ads"}}),
        (403, {"data": {"answer": "accept"}, "headers": {"Sec-Fetch-Site": "cross-site"}}),
        (413, {"data": {"answer": "x" * 5000}}),
        (415, {"data": "answer=accept", "content_type": "text/plain"}),
        (422, {"data": {"answer": "maybe"}}),
    ],
)
def test_no_cache_keeps_an_answer_to_a_choice(status: int, options: dict[str, Any]) -> None:
    """H2: a refusal too, which Flask or the site renders."""
    response = make_app().test_client().post("/consent/choice", **options)
    assert response.status_code == status
    assert response.headers["Cache-Control"] == "private, no-store"


def test_a_site_that_answers_errors_itself_keeps_no_choice_either() -> None:
    app: Flask = make_app()
    app.register_error_handler(422, lambda error: ("own page", 422))
    response = app.test_client().post("/consent/choice", data={"answer": "maybe"})
    assert response.text == "own page"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Cache-Control" not in get(app, path="/consent/missing").headers


# -- What a Cookie header allows --------------------------------------------------------------

APP = make_app()
NOW = int(time.time())
TOKENS = st.lists(st.sampled_from([*POLICY.tokens.values(), "AAA"]), max_size=6).map("".join)


def value(head: str, age: int, granted: str, refused: str, end: str) -> str:
    """A consent cookie's value, sound or nearly so."""
    made = choice(POLICY, time_=NOW - age).encode().split(".")[1]
    return f"{head}.{made}.{granted}.{refused}{end}"


VALUES = st.builds(
    value,
    st.sampled_from(["1sc", "1A0", "1g5", "2sc", "1s-", "1\xe9c"]),
    st.sampled_from([0, 1000, LIFETIME - 5000, LIFETIME + 5000, -80000, -90000]),
    TOKENS,
    TOKENS,
    st.sampled_from(["", "." + "x" * 22, "." + "x" * 21, ".", " ", '"', "a"]),
)
COOKIES = st.lists(
    st.builds(
        "{}={}".format, st.sampled_from(["consent"] * 4 + ["a", " consent", "xconsent"]), VALUES
    )
    | LATIN,
    max_size=5,
)


@settings(deadline=None, max_examples=500)
@given(COOKIES, st.sampled_from(["; ", ";", " ; ", ";\t", ","]))
def test_the_server_reads_what_the_format_says(cookies: list[str], between: str) -> None:
    """Held to an implementation of ``docs/cookie.md`` that shares no code with the server."""
    header = between.join(cookies)
    rules = site_of(APP).rules
    allowed = rules.allowed(CookieReader("consent", LIFETIME).read(header, NOW))
    asking = {rules.token[s.id]: s.id for s in rules.opt_in}
    exempt = {rules.token[s.id]: s.id for s in rules.opt_out}
    ids = {id_ for id_ in (*asking.values(), *exempt.values()) if allowed[id_]}
    assert ids == oracle.allowed(header, NOW, asking, exempt)
