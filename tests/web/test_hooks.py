"""`consent` in an app: where it can be read, what it says, and the signal of a choice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Response, render_template_string
from jinja2 import DictLoader
from werkzeug.test import TestResponse

from flask_cookie_consent import (
    UNITED_STATES,
    Choice,
    ChoiceEvent,
    UnknownName,
    choice_made,
    consent,
)
from flask_cookie_consent.choice.codec import decode
from tests.site import (
    ACCEPTED,
    REFUSED,
    app_with,
    choice,
    extension_of,
    get,
    make_app,
    policy,
    run,
    visit,
)

# -- Where it can be read ---------------------------------------------------------------------


def test_a_view_sees_what_the_visitor_allows() -> None:
    app = app_with(lambda: str(consent.allows("ads")))
    answers = [get(app, visit(policy(), **said)).text for said in (ACCEPTED, REFUSED)]
    assert answers == ["True", "False"]


def test_a_template_sees_what_the_visitor_allows() -> None:
    app = app_with(lambda: render_template_string("{{ consent.allows('ads') }}"))
    assert get(app, visit(policy(), **ACCEPTED)).text == "True"


def test_an_imported_macro_sees_what_the_visitor_allows() -> None:
    """Imported macros see no context, only globals."""
    app = app_with(
        lambda: render_template_string("{% from 'm.html' import ads %}{{ ads() }}"),
    )
    macro = "{% macro ads() %}{{ consent.allows('ads') }}{{ consent_link() }}{% endmacro %}"
    app.jinja_loader = DictLoader({"m.html": macro})
    assert get(app, visit(policy(), **ACCEPTED)).text.startswith("True<a ")


def test_a_before_request_function_sees_what_the_visitor_allows() -> None:
    app = app_with(lambda: "page")
    app.before_request(lambda: f"early: {consent.allows('ads')}")
    assert get(app, visit(policy(), **ACCEPTED)).text == "early: True"


def test_a_request_context_without_a_server_sees_what_the_visitor_allows() -> None:
    """As in a site's own tests."""
    with make_app().test_request_context(headers=visit(policy(), **ACCEPTED)):
        assert consent.allows("ads")


def test_outside_a_request_consent_says_that_there_is_none() -> None:
    with pytest.raises(RuntimeError, match="request context"):
        consent.allows("ads")


def test_an_app_without_the_extension_says_what_to_do() -> None:
    app = Flask("bare")
    with app.test_request_context(), pytest.raises(RuntimeError, match="register_blueprint"):
        consent.allows("ads")


def test_what_was_chosen_when_and_how_can_be_read() -> None:
    made = choice(policy(), granted=["ads"], refused=["insight"], letter="S", time_=None)
    headers = {"Cookie": f"consent={made.encode()}"}
    with make_app().test_request_context(headers=headers):
        found = consent.granted, consent.refused, consent.method
        assert found == ({"ads"}, {"insight"}, "save")
        assert consent.time is not None
        assert consent.time.timestamp() == made.time
        assert [s.id for s in consent.unasked] == ["video"]


def test_without_a_choice_there_is_nothing_to_read() -> None:
    with make_app().test_request_context():
        found = consent.given, consent.choice, consent.time, consent.method
        assert found == (False, None, None, None)


def test_consent_as_a_collection_is_what_may_run() -> None:
    headers = visit(policy(), granted=["ads"], refused=["insight", "video", "matomo"])
    with make_app().test_request_context(headers=headers):
        assert list(consent) == ["session", "ads", "consent"]
        assert len(list(consent)) == 3
        assert "ads" in consent
        assert "insight" not in consent


@pytest.mark.parametrize("read", [bool, len, lambda c: not c, lambda c: c or None])
@pytest.mark.parametrize("answers", [None, ACCEPTED, REFUSED])
def test_consent_is_no_truth_value_and_the_error_says_what_to_ask(
    read: Callable[[Any], Any], answers: dict[str, Any] | None
) -> None:
    """It was true of visitors who had refused everything."""
    headers = visit(policy(), **answers) if answers else {}
    said = r"consent\.allows\('statistics'\).*consent\.given"
    context = make_app().test_request_context(headers=headers)
    with context, pytest.raises(TypeError, match=said):
        read(consent)


def test_a_template_that_asks_for_the_truth_of_consent_fails() -> None:
    with make_app().test_request_context(headers=visit(policy(), **REFUSED)):
        for template in ("{% if consent %}yes{% endif %}", "{{ consent|length }}"):
            with pytest.raises(TypeError, match="allows"):
                render_template_string(template)
        loop = "{% for id in consent %}{{ loop.index }}{{ id }} {% endfor %}"
        assert render_template_string(loop) == "1session 2consent "


@pytest.mark.parametrize("name", ["typo", "", "Ads", None, 1, ["ads"]])
def test_an_unknown_name_is_an_error_that_lists_the_known_ones(name: Any) -> None:
    with make_app().test_request_context(), pytest.raises(UnknownName) as caught:
        consent.allows(name)
    for known in policy().names:
        assert known in str(caught.value)


@pytest.mark.parametrize("ask", ["missing", "__contains__"])
def test_an_unknown_name_is_an_error_whatever_is_asked(ask: str) -> None:
    with make_app().test_request_context(), pytest.raises(UnknownName, match="typo"):
        getattr(consent, ask)("typo")


@pytest.mark.parametrize("name", ["session", "necessary", "matomo"])
def test_nothing_stands_in_the_way_of_what_is_allowed(name: str) -> None:
    with make_app().test_request_context():
        assert consent.missing(name) == ()


@pytest.mark.parametrize("name", ["ads", "marketing"])
def test_what_stands_in_the_way_is_told(name: str) -> None:
    with make_app().test_request_context():
        assert [s.id for s in consent.missing(name)] == ["ads"]


# -- The key for caches -----------------------------------------------------------------------


def key(**answers: Any) -> str:
    with make_app().test_request_context(headers=visit(policy(), **answers)):
        return consent.cache_key()


def test_visitors_who_allow_the_same_share_a_cache_key() -> None:
    """Time, method, id and answers that change nothing are not in it."""
    keys = {
        key(**ACCEPTED),
        key(**ACCEPTED, letter="a", state="3", id_="x" * 22),
        key(granted=["video", "ads", "insight", "matomo"]),
    }
    assert len(keys) == 1


def test_visitors_who_allow_something_else_have_another_cache_key() -> None:
    assert len({key(**ACCEPTED), key(**REFUSED), key(), key(granted=["ads"])}) == 4


def test_the_cache_key_tells_nothing_but_what_is_allowed() -> None:
    assert key(**ACCEPTED).isalnum()


# -- Where the choice comes from ---------------------------------------------------------------


class Members:
    """A source that knows its visitors by another header, and never looks at a cookie."""

    def read(self, environ: dict[str, Any]) -> Choice | None:
        if environ.get("HTTP_X_MEMBER") == "7":
            return choice(policy(), **ACCEPTED)
        return None


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [({"X-Member": "7"}, "True"), ({"X-Member": "8"}, "False"), ({}, "False")],
)
def test_a_choice_may_come_from_another_source(headers: dict[str, str], allowed: str) -> None:
    """D12"""
    app = app_with(lambda: str(consent.allows("ads")), source=Members())
    assert get(app, headers).text == allowed


def test_another_source_is_the_only_one() -> None:
    """D12"""
    app = app_with(lambda: str(consent.allows("ads")), source=Members())
    assert get(app, visit(policy(), **ACCEPTED)).text == "False"


class Account:
    """A source that knows one visitor's answer, whatever their cookie says."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def read(self, environ: dict[str, Any]) -> Choice | None:
        return choice(policy(), **self.answers) if self.answers else None


def consent_cookies(response: TestResponse) -> list[str]:
    return [c for c in response.headers.getlist("Set-Cookie") if c.startswith("consent=")]


@pytest.mark.parametrize("path", ["/", "/page"])
def test_the_cookie_is_kept_to_what_another_source_says(path: str) -> None:
    """The scripts of a page believe the cookie."""
    app = app_with(lambda: str(consent.allows("ads")), source=Account(**REFUSED))
    client = app.test_client()
    client.set_cookie("consent", choice(policy(), **ACCEPTED).encode())
    response = client.get(path)
    [kept] = consent_cookies(response)
    assert f"..{run(policy(), REFUSED['refused'])}" in kept
    assert "private" in response.headers["Cache-Control"]
    assert consent_cookies(client.get(path)) == []  # said once


def test_the_cookie_goes_where_another_source_knows_no_choice() -> None:
    app = app_with(lambda: str(consent.allows("ads")), source=Account())
    [gone] = consent_cookies(get(app, visit(policy(), **ACCEPTED)))
    assert "Max-Age=0" in gone
    assert consent_cookies(get(app)) == []


def test_what_a_view_sets_itself_is_the_last_word() -> None:
    app = make_app(source=Account(**ACCEPTED))

    @app.get("/page")
    def page() -> Response:
        assert consent.given
        response = Response("page")
        extension_of(app).set_choice_cookie(response, choice(policy(), **REFUSED))
        return response

    [kept] = consent_cookies(get(app, visit(policy(), **REFUSED)))
    assert f"..{run(policy(), REFUSED['refused'])}" in kept


def test_a_choice_of_another_source_that_is_too_old_is_none() -> None:
    old = int(time.time()) - 200 * 24 * 60 * 60
    app = app_with(lambda: str(consent.given), source=Account(**ACCEPTED, time_=old))
    assert get(app).text == "False"
    assert consent_cookies(get(app)) == []


@pytest.mark.parametrize("id_", ["short", "x" * 22, None])
def test_what_another_source_says_is_set_once_whatever_its_form(id_: str | None) -> None:
    app = app_with(lambda: str(consent.given), source=Account(**ACCEPTED, id_=id_))
    client = app.test_client()
    assert len(consent_cookies(client.get("/page"))) == 1
    assert consent_cookies(client.get("/page")) == []


def test_a_page_of_another_site_gets_the_servers_word_in_its_own_partition() -> None:
    origin = "https://other.example"
    app = app_with(lambda: str(consent.given), source=Account(**REFUSED), embedded_on=[origin])
    client = app.test_client(use_cookies=False)
    headers = {**visit(policy(), **ACCEPTED), "Origin": origin}
    answer = client.get("/consent/dialog", base_url="https://www.example.org", headers=headers)
    [kept] = consent_cookies(answer)
    assert "Partitioned" in kept


class DoNotTrack:
    def refuses(self, environ: dict[str, Any]) -> bool:
        return environ.get("HTTP_DNT") == "1"


def test_the_answer_to_a_script_that_clears_leaves_the_choice_alone() -> None:
    """Its choice may be on its way to us still, and the answer to that came first."""
    app = make_app(signals=[DoNotTrack()])
    headers = {**visit(policy(), **ACCEPTED, state="0"), "DNT": "1"}
    answer = app.test_client(use_cookies=False).post("/consent/clear", headers=headers)
    assert consent_cookies(answer) == []


def test_without_scripts_a_signal_that_the_server_alone_sees_is_put_down() -> None:
    """Where nobody is asked its absence later is no consent (11 CCR 7025(c))."""
    app = make_app(signals=[DoNotTrack()], regime=UNITED_STATES)
    client = app.test_client()
    client.get("/", headers={"DNT": "1"})
    first = client.get_cookie("consent")
    assert first is not None
    assert first.value.startswith("1G0.")
    client.get("/consent/state.css", headers={"DNT": "1"})
    assert run(policy(), ["ads"]) in client.get_cookie("consent").value  # type: ignore[union-attr]


def test_a_signal_that_no_script_sees_is_written_into_the_cookie() -> None:
    app = make_app(signals=[DoNotTrack()])
    [kept] = consent_cookies(get(app, {**visit(policy(), **ACCEPTED), "DNT": "1"}, "/"))
    value = decode(kept.partition(";")[0].partition("=")[2])
    assert value is not None
    assert value.granted == run(policy(), ["insight", "video"])
    assert value.refused == run(policy(), ["ads"])
    assert consent_cookies(get(app, visit(policy(), **ACCEPTED), "/")) == []
    assert consent_cookies(get(app, {"DNT": "1"}, "/")) == []  # nothing that asks runs anyway


def test_the_browsers_own_signal_needs_no_cookie() -> None:
    """The scripts see Global Privacy Control themselves."""
    app = app_with(lambda: str(consent.allows("ads")))
    assert consent_cookies(get(app, {**visit(policy(), **ACCEPTED), "Sec-GPC": "1"})) == []


def test_a_choice_is_read_once_per_request() -> None:
    class Counting(Members):
        count = 0

        def read(self, environ: dict[str, Any]) -> Choice | None:
            self.count += 1
            return None

    source = Counting()
    get(app_with(lambda: f"{consent.given}{list(consent)}{'ads' in consent}", source=source))
    assert source.count == 1


# -- The signal -------------------------------------------------------------------------------


def event_of(data: dict[str, Any], headers: dict[str, str] | None = None) -> ChoiceEvent:
    """What the signal says about a choice that was sent as ``data``."""
    events: list[ChoiceEvent] = []

    def note(sender: Flask, event: ChoiceEvent) -> None:
        assert sender is app
        events.append(event)

    app = make_app()
    with choice_made.connected_to(note):
        response = app.test_client(use_cookies=False).post(
            "/consent/choice", data=data, headers=headers
        )
    assert response.status_code < 400
    assert len(events) == 1
    return events[0]


FORM = {
    "answer": "reject",
    "asked": run(policy(), ["insight", "ads", "video"]),
    "snapshot": "abcdefghijklmnop",
    "language": "fr",
}


def test_the_signal_tells_what_was_granted_and_refused_by_id() -> None:
    event = event_of({"answer": "save", "allow": "ads"})
    assert (event.granted, event.refused) == ({"ads"}, {"insight", "video", "matomo"})


def test_the_signal_tells_how_in_which_language_and_what_was_shown() -> None:
    """P1, decision 13"""
    event = event_of(FORM)
    found = event.choice.method, event.choice.scripted, event.language, event.snapshot
    assert found == ("reject", False, "fr", "abcdefghijklmnop")


def test_the_signal_of_a_refusal_has_an_id_for_its_record() -> None:
    """P1"""
    assert event_of(FORM).choice.id


def test_the_signal_tells_the_choice_before() -> None:
    """P1, decision 13"""
    before = choice(policy(), **ACCEPTED, id_="x" * 22)
    event = event_of(FORM, {"Cookie": f"consent={before.encode()}"})
    assert (event.previous, event.previous_id) == (before, "x" * 22)


def test_the_signal_keeps_the_id_that_the_browser_gave() -> None:
    """D13: a repeated report is known to be the same one."""
    made = choice(policy(), **ACCEPTED, state="1", id_="y" * 22)
    event = event_of({"choice": made.encode(), "previous": "x" * 22})
    assert (event.choice.id, event.previous_id) == ("y" * 22, "x" * 22)


def test_the_signal_tells_the_page_without_its_host() -> None:
    event = event_of(FORM, {"Referer": "http://localhost/data?page=2"})
    assert event.page == "/data?page=2"


def test_the_signal_never_tells_a_page_of_another_site() -> None:
    assert event_of(FORM, {"Referer": "https://evil.example/data"}).page is None
