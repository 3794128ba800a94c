"""What reading `consent` does to a response, and what not reading it leaves alone (H2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, render_template_string, stream_with_context

from flask_cookie_consent import LateRead, UnknownName, consent
from tests.site import ACCEPTED, REFUSED, app_with, get, make_app, policy, visit

# -- What reading does to the response --------------------------------------------------------


def ask_for_a_typo() -> None:
    with pytest.raises(UnknownName):
        consent.allows("typo")


READINGS: dict[str, Callable[[], Any]] = {
    "allows": lambda: consent.allows("ads"),
    "given": lambda: consent.given,
    "choice": lambda: consent.choice,
    "granted": lambda: consent.granted,
    "refused": lambda: consent.refused,
    "unasked": lambda: consent.unasked,
    "missing": lambda: consent.missing("ads"),
    "time": lambda: consent.time,
    "method": lambda: consent.method,
    "cache_key": lambda: consent.cache_key(),
    "in": lambda: "ads" in consent,
    "not in": lambda: "ads" not in consent,
    "iteration": lambda: list(consent),
    "==": lambda: consent == consent,
    "== something else": lambda: consent == 1,
    "!=": lambda: consent != 1,
    "repr": lambda: repr(consent),
    "str": lambda: str(consent),
    "format": lambda: f"{consent}",
    "hash": lambda: hash(consent),
    "an unknown name": ask_for_a_typo,
    "the proxied object": lambda: list(consent._get_current_object()),  # type: ignore[attr-defined]
    "a template": lambda: render_template_string("{% if consent.given %}{% endif %}"),
}


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_whoever_reads_consent_gets_a_private_response(reading: Callable[[], Any]) -> None:
    """H2. Flask's session missed two ways (CVE-2023-30861, CVE-2026-27205)."""
    headers = get(app_with(lambda: f"{reading()}"[:0])).headers
    assert (headers["Vary"], headers["Cache-Control"]) == ("Cookie, Sec-GPC", "private")


def test_reading_before_the_view_counts() -> None:
    """H2"""
    app = app_with(lambda: "page")
    app.before_request(lambda: consent.given and None)
    assert get(app).headers["Vary"] == "Cookie, Sec-GPC"


def test_reading_after_the_view_counts() -> None:
    """H2"""
    app = app_with(lambda: "page")

    @app.after_request
    def read(response: Response) -> Response:
        assert not consent.given
        return response

    assert get(app).headers["Vary"] == "Cookie, Sec-GPC"


def test_reading_in_a_view_that_fails_counts() -> None:
    """H2: an error page can be kept by a cache too."""
    app = app_with(lambda: f"{consent.given}{1 / 0}")
    response = get(app)
    assert response.status_code == 500
    assert response.headers["Vary"] == "Cookie, Sec-GPC"


def test_one_visitors_reading_does_not_mark_the_next_response() -> None:
    app = app_with(lambda: str(consent.given))
    client = app.test_client()
    client.get("/page")
    assert "Vary" not in client.get("/").headers


@pytest.mark.parametrize(
    ("control", "marked"),
    [
        ("public", "private"),
        ("public, max-age=60", "max-age=60, private"),
        ("max-age=60, s-maxage=600", "max-age=60, private"),
        ("s-maxage=600, proxy-revalidate, must-revalidate", "must-revalidate, private"),
        ("no-cache", "no-cache, private"),
        ("no-store", "no-store"),
        ("private, max-age=5", "private, max-age=5"),
        ("PUBLIC, S-MaxAge=5", "private"),
        ('private="X-Name", s-maxage=5', "private"),
        ("stale-while-revalidate=30", "stale-while-revalidate=30, private"),
    ],
)
def test_a_reading_page_with_its_own_cache_control_stays_out_of_shared_caches(
    control: str, marked: str
) -> None:
    """H2"""
    page = app_with(lambda: (str(consent.given), {"Cache-Control": control}))
    found = get(page).headers.getlist("Cache-Control")
    assert [sorted(line.split(", ")) for line in found] == [sorted(marked.split(", "))]


@pytest.mark.parametrize(
    ("vary", "marked"),
    [
        ("Accept-Encoding", "Accept-Encoding, Cookie, Sec-GPC"),
        ("Accept-Encoding, cookie", "Accept-Encoding, cookie, Sec-GPC"),
        ("COOKIE", "COOKIE, Sec-GPC"),
        ("*", "*"),
        ("X-Cookie", "X-Cookie, Cookie, Sec-GPC"),
    ],
)
def test_a_reading_page_with_its_own_vary_keeps_it(vary: str, marked: str) -> None:
    """H2"""
    page = app_with(lambda: (str(consent.given), {"Vary": vary}))
    assert get(page).headers.getlist("Vary") == [marked]


def test_several_vary_lines_become_one() -> None:
    """H2"""

    def view() -> Response:
        response = Response(str(consent.given))
        response.headers.add("Vary", "Accept")
        response.headers.add("Vary", "Origin")
        return response

    assert get(app_with(view)).headers.getlist("Vary") == ["Accept, Origin, Cookie, Sec-GPC"]


# -- Not reading ------------------------------------------------------------------------------


def test_a_page_that_does_not_read_consent_is_as_without_us() -> None:
    """H2"""
    bare = Flask("bare")
    view = lambda: ("page", {"Cache-Control": "public, max-age=60", "X-Own": "1"})  # noqa: E731
    bare.add_url_rule("/page", "page", view)
    ours, plain = get(app_with(view), visit(policy(), **ACCEPTED)), get(bare)
    assert (ours.data, list(ours.headers)) == (plain.data, list(plain.headers))


@pytest.mark.parametrize("said", [{}, ACCEPTED, REFUSED])
def test_a_page_with_the_banner_has_the_same_bytes_for_every_visitor(said: Any) -> None:
    """H2, Q2"""
    app = make_app()
    stranger, visitor = get(app, path="/"), get(app, visit(policy(), **said), path="/")
    assert (visitor.data, list(visitor.headers)) == (stranger.data, list(stranger.headers))


EMBED = "{% call consent_embed('video', title='A film') %}<iframe></iframe>{% endcall %}"


@pytest.mark.parametrize("call", ["consent_banner()", "consent_link()", "consent_policy()", EMBED])
def test_what_our_template_functions_give_can_be_cached(call: str) -> None:
    """H2"""
    markup = call if "%" in call else f"{{{{ {call} }}}}"
    headers = get(app_with(lambda: render_template_string(markup))).headers
    assert not {"Vary", "Cache-Control"} & set(headers.keys())


# -- Streaming --------------------------------------------------------------------------------


def streaming(
    first: Callable[[], Any], headers: dict[str, str] | None = None
) -> Callable[[], Response]:
    """A view that does ``first`` and reads consent while its body is on its way."""

    def view() -> Response:
        first()

        @stream_with_context
        def body() -> Iterator[str]:
            yield "start "
            yield str(consent.allows("ads"))

        return Response(body(), headers=headers)

    return view


def test_a_streamed_page_may_read_consent_that_its_view_has_read() -> None:
    response = get(app_with(streaming(lambda: consent.given)), visit(policy(), **ACCEPTED))
    assert (response.text, response.headers["Vary"]) == ("start True", "Cookie, Sec-GPC")


def test_a_first_reading_while_streaming_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(LateRead, match="read it before"):
        _ = get(app_with(streaming(lambda: None))).text


def test_every_reading_while_streaming_is_an_error_not_only_the_first() -> None:
    """Who catches the error must not be let through at the second try."""

    def view() -> Response:
        @stream_with_context
        def body() -> Iterator[str]:
            yield "start"
            with pytest.raises(LateRead):
                _ = consent.given
            with pytest.raises(LateRead):
                _ = consent.given
            yield " end"

        return Response(body())

    assert get(app_with(view)).text == "start end"


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "private"},
        {"Cache-Control": "max-age=0, No-Store"},
        {"Vary": "Accept, Cookie"},
        {"Vary": "*"},
    ],
)
def test_a_streamed_page_that_is_private_already_may_read_consent_late(
    headers: dict[str, str],
) -> None:
    assert get(app_with(streaming(lambda: None, headers))).text == "start False"


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": 'private="X-Name"'},
        {"Vary": "X-Cookie-Theme"},
        {"Cache-Control": "max-age=60", "Vary": "Accept"},
    ],
)
def test_a_streamed_page_that_a_shared_cache_may_keep_may_not(headers: dict[str, str]) -> None:
    with pytest.raises(LateRead):
        _ = get(app_with(streaming(lambda: None, headers))).text


@pytest.mark.parametrize("name", ["CDN-Cache-Control", "Surrogate-Control"])
def test_what_speaks_to_shared_caches_only_is_dropped_from_a_reading_page(name: str) -> None:
    """H2"""
    page = app_with(lambda: (str(consent.given), {name: "max-age=60"}))
    assert name not in get(page).headers
