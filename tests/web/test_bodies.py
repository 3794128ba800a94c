"""A choice is kept, whatever else in the app has read what the browser sent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask, Response, redirect, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client, TestResponse, create_environ, run_wsgi_app

from flask_cookie_consent import choice_made
from tests.site import choice, make_app, policy, run

ALLOW = ["insight", "video"]


def replace_the_form() -> None:
    """As SearXNG does on every request."""
    request.form = dict(request.form.items())  # type: ignore[misc,assignment]


HOOKS: dict[str, Callable[[], Any]] = {
    "nothing": lambda: None,
    "form": lambda: request.form.get("token"),
    "values": lambda: request.values.get("token"),
    "data": lambda: request.get_data(),
    "data, not kept": lambda: request.get_data(cache=False),
    "json": lambda: request.get_json(silent=True),
    "files": lambda: request.files,
    "the stream": lambda: request.stream.read(),
    "the stream, in part": lambda: request.stream.read(5),
    "the form, replaced": replace_the_form,
    "the server's own stream": lambda: request.environ["wsgi.input"].read(),
}


def save_by_form(client: Client) -> TestResponse:
    return client.post("/consent/choice", data={"answer": "save", "allow": ALLOW})


def save_by_script(client: Client) -> TestResponse:
    return client.post("/consent/choice", data={"choice": saved()})


def save_by_json(client: Client) -> TestResponse:
    return client.post("/consent/choice", json={"choice": saved()})


def saved() -> str:
    refused = ["matomo", "ads"]
    return choice(policy(), granted=ALLOW, refused=refused, state="0").encode()


SENDERS = {
    "form": (save_by_form, 303),
    "script": (save_by_script, 204),
    "json": (save_by_json, 204),
}


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("hook", HOOKS)
def test_a_choice_is_kept_whatever_has_read_the_body_before(hook: str, sender: str) -> None:
    app = make_app()
    app.before_request(lambda: (HOOKS[hook](), None)[1])
    send, status = SENDERS[sender]
    client = app.test_client()
    assert send(client).status_code == status
    kept = client.get_cookie("consent")
    assert kept is not None
    assert f".{run(policy(), ALLOW)}." in kept.value


@pytest.mark.parametrize("sender", SENDERS)
def test_what_reads_the_body_finds_it_whole(sender: str) -> None:
    app = make_app()
    seen: list[bytes] = []
    app.before_request(lambda: seen.append(request.get_data()))
    SENDERS[sender][0](app.test_client())
    [body] = seen
    assert b"allow=video" in body or saved().encode() in body


def test_a_choice_of_an_app_that_is_mounted_somewhere_is_kept() -> None:
    inner = make_app(url_prefix="/privacy")
    inner.before_request(lambda: request.form and None)
    client = Client(DispatcherMiddleware(Flask("outer"), {"/shop": inner}))
    answer = client.post("/shop/privacy/choice", data={"answer": "accept"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/shop/")


def test_a_choice_under_a_prefix_with_a_variable_is_kept() -> None:
    app = make_app(url_prefix="/<lang>/consent")
    app.before_request(lambda: request.form and None)

    @app.url_value_preprocessor
    def take(endpoint: str | None, values: dict[str, Any] | None) -> None:
        (values or {}).pop("lang", None)

    @app.url_defaults
    def give(endpoint: str, values: dict[str, Any]) -> None:
        values.setdefault("lang", "fr")

    answer = app.test_client().post("/fr/consent/choice", data={"answer": "accept"})
    assert answer.status_code == 303


def test_middleware_between_the_layer_and_the_app_may_have_read_the_form() -> None:
    """A path that the layer does not know: what Flask has kept of the body counts."""
    app = make_app()
    inner = app.wsgi_app

    def renamed(environ: dict[str, Any], start_response: Any) -> Any:
        environ["PATH_INFO"] = environ["PATH_INFO"].replace("/elsewhere", "/consent/choice")
        return inner(environ, start_response)

    app.before_request(lambda: request.form and None)
    app.wsgi_app = app.extensions["cookie_consent"].wsgi(renamed)  # type: ignore[method-assign]
    assert app.test_client().post("/elsewhere", data={"answer": "accept"}).status_code == 303


def chunked(app: Flask, body: bytes) -> TestResponse:
    """As a server hands on a body whose length nobody said."""
    client = app.test_client()
    stream = BytesIO(body)
    return client.post(
        "/consent/choice",
        input_stream=stream,
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"wsgi.input_terminated": True},
    )


@pytest.mark.parametrize("hook", HOOKS)
def test_a_choice_whose_length_nobody_said_is_kept(hook: str) -> None:
    app = make_app()
    app.before_request(lambda: (HOOKS[hook](), None)[1])
    assert chunked(app, b"answer=accept").status_code == 303


def test_a_body_that_is_too_long_is_not_read_to_its_end() -> None:
    app = make_app()
    assert chunked(app, b"answer=accept&x=" + b"a" * 100_000).status_code == 413
    stream = BytesIO(b"answer=accept&x=" + b"a" * 100_000)
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/consent/choice",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": "100016",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": stream,
    }
    _, status, _ = run_wsgi_app(app.wsgi_app, environ)
    assert status.startswith("413")
    assert stream.tell() == 0


def test_a_long_body_for_an_address_that_only_looks_like_ours_arrives_whole() -> None:
    def poll(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [str(len(environ["wsgi.input"].read())).encode()]

    layer = make_app().extensions["cookie_consent"].wsgi(poll)
    answer = Client(layer).post(
        "/poll/choice",
        input_stream=BytesIO(b"a" * 100_000),
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.text == "100000"


# -- What the log says ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "headers", "status", "said"),
    [
        ({"x": "y"}, {}, 400, "a choice needs the field"),
        ({"answer": "perhaps"}, {}, 422, "`answer` is none of"),
        ({"answer": "save", "allow": "a\nb"}, {}, 422, "unknown services: a\\nb"),
        ({"answer": "accept"}, {"Origin": "https://evil.example"}, 403, "own pages only"),
        ({"x": "a" * 9000}, {}, 413, "data value transmitted exceeds"),
    ],
)
def test_a_choice_that_is_not_taken_leaves_a_line_in_the_log(
    data: dict[str, str],
    headers: dict[str, str],
    status: int,
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = make_app().test_client()
    assert client.post("/consent/choice", data=data, headers=headers).status_code == status
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert f"a choice is lost: answered with {status}" in record.message
    assert said in record.message
    assert "\n" not in record.message


@pytest.mark.parametrize("answer", [403, 302])
def test_a_hook_that_answers_in_our_place_is_named_in_the_log(
    answer: int, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app()

    @app.before_request
    def wall() -> Any:
        return redirect("/login") if answer == 302 else Response("no token", 403)

    app.test_client().post("/consent/choice", data={"answer": "accept"})
    [record] = caplog.records
    assert f"answered it with {answer} before the consent view" in record.message
    assert "request.blueprint is 'cookie_consent'" in record.message


@pytest.mark.parametrize("status", [200, 404])
def test_an_address_of_the_apps_own_that_ends_as_ours_does_is_none_of_our_business(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app()
    if status == 200:
        app.add_url_rule("/api/consent/choice", "api", lambda: "taken", methods=["POST"])
    assert app.test_client().post("/api/consent/choice").status_code == status
    assert caplog.records == []


def test_a_request_without_a_path_is_answered() -> None:
    """PEP 3333 lets a server leave an empty one out."""
    environ = create_environ("/", method="POST")
    del environ["PATH_INFO"]

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return []

    layer = make_app().extensions["cookie_consent"].wsgi(app)
    assert run_wsgi_app(layer, environ)[1] == "200 OK"


def test_a_choice_that_is_taken_leaves_none(caplog: pytest.LogCaptureFixture) -> None:
    app = make_app()
    events: list[Any] = []
    with choice_made.connected_to(lambda sender, event: events.append(event), app):
        for send, _ in SENDERS.values():
            send(app.test_client())
    assert len(events) == 3
    assert caplog.records == []
