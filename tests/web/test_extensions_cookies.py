"""Beside extensions that set cookies, headers or encodings of their own (H7)."""

from __future__ import annotations

import gzip
import re
import warnings
from pathlib import Path
from typing import Any

import brotli
import pytest
from cachelib.file import FileSystemCache
from flask import Flask, session
from flask_compress import Compress
from flask_login import LoginManager, UserMixin, login_user
from flask_session import Session
from flask_talisman import Talisman
from werkzeug.test import TestResponse

from flask_cookie_consent import Policy, consent, flask_login_remember, flask_session
from tests.forms import forms_of
from tests.site import REFUSED, make_app, policy, services, site_of, visit

HTTPS = "https://localhost/"


def declaring(*more: Any) -> Policy:
    """The usual policy, with ``more`` in the place of its session."""
    return policy(services=[*services()[1:], *more])


def cookie_names(response: TestResponse) -> list[str]:
    return sorted(c.partition("=")[0] for c in response.headers.getlist("Set-Cookie"))


# -- Flask-Talisman ---------------------------------------------------------------------------

NONCES = {"default-src": "'self'", "script-src": "'self'", "style-src": "'self'"}


def strict(**options: Any) -> Flask:
    """An app under Talisman's defaults, which are strict, with nonces for inline code."""
    app = make_app(**options)
    Talisman(
        app,
        content_security_policy=NONCES,
        content_security_policy_nonce_in=["script-src", "style-src"],
    )
    return app


@pytest.mark.parametrize("path", ["/", "/consent/preferences", "/consent/policy"])
def test_inline_code_has_the_nonce_that_talisman_allows(path: str) -> None:
    response = strict().test_client().get(path, base_url=HTTPS)
    [nonce] = set(re.findall("'nonce-([^']+)'", response.headers["Content-Security-Policy"]))
    inline = re.findall(r"<(?:style|script)(?! src| type)[^>]*>", response.text)
    assert inline
    assert all(f'nonce="{nonce}"' in tag for tag in inline)


def test_talismans_default_policy_needs_no_inline_code() -> None:
    app = make_app(inline=False)
    Talisman(app)
    page = app.test_client().get("/", base_url=HTTPS).text
    assert "<style" not in page
    assert not re.search("<script(?! src)", page)


def test_a_choice_is_taken_over_https_and_its_cookie_is_secure() -> None:
    client = strict().test_client()
    [form] = forms_of(client.get("/", base_url=HTTPS).text)
    fields = {**dict(form.hidden), **dict(form.button("accept"))}
    answer = client.post(form.action, data=fields, base_url=HTTPS)
    assert answer.status_code == 303
    assert "Secure" in answer.headers["Set-Cookie"]


def test_talismans_headers_are_on_our_files_too() -> None:
    response = strict().test_client().get("/consent/banner.js", base_url=HTTPS)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "Strict-Transport-Security" in response.headers


# -- Flask-Login ------------------------------------------------------------------------------


def with_login(policy_: Policy) -> Flask:
    app = make_app(policy_=policy_, undeclared="drop")
    manager = LoginManager(app)

    @manager.user_loader
    def load(id_: str) -> UserMixin:
        user = UserMixin()
        user.id = id_
        return user

    app.add_url_rule("/in", "in", lambda: str(login_user(load("1"), remember=True)))
    return app


def test_the_remember_cookie_passes_where_it_is_declared() -> None:
    app = with_login(declaring(flask_session(), flask_login_remember()))
    response = app.test_client().get("/in", headers=visit(policy(), **REFUSED))
    assert cookie_names(response) == ["remember_token", "session"]


def test_the_remember_cookie_is_dropped_where_it_is_not() -> None:
    app = with_login(declaring(flask_session()))
    assert cookie_names(app.test_client().get("/in")) == ["session"]


# -- Flask-Session ----------------------------------------------------------------------------


def with_stored_session(folder: Path, policy_: Policy) -> Flask:
    app = make_app(policy_=policy_, undeclared="drop")
    app.config.update(
        SESSION_TYPE="cachelib",
        SESSION_CACHELIB=FileSystemCache(str(folder)),
        SESSION_PERMANENT=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Flask-Session's own
        Session(app)

    def count() -> str:
        session["visits"] = session.get("visits", 0) + 1
        return str(session["visits"])

    app.add_url_rule("/count", "count", count)
    app.add_url_rule("/both", "both", lambda: f"{session.get('visits')} {consent.allows('ads')}")
    return app


def test_a_session_kept_on_the_server_lives_where_its_cookie_is_declared(tmp_path: Path) -> None:
    client = with_stored_session(tmp_path, declaring(flask_session())).test_client()
    assert [client.get("/count").text for _ in range(2)] == ["1", "2"]
    client.post("/consent/choice", data={"answer": "accept"})
    assert client.get("/both").text == "2 True"


def test_a_session_kept_on_the_server_is_undeclared_like_any_cookie(tmp_path: Path) -> None:
    client = with_stored_session(tmp_path, policy()).test_client()
    assert [client.get("/count").text for _ in range(2)] == ["1", "1"]


# -- Flask-Compress ---------------------------------------------------------------------------


def compressed(path: str, encodings: str, **options: Any) -> TestResponse:
    app = make_app("<p>Open data</p>" * 100, **options)
    Compress(app)
    return app.test_client().get(path, headers={"Accept-Encoding": encodings})


def plain(response: TestResponse) -> bytes:
    """The body as a browser reads it: every encoding that the header names taken off once."""
    body = response.data
    for encoding in reversed(response.headers.get("Content-Encoding", "").split(",")):
        body = {"": bytes, "br": brotli.decompress, "gzip": gzip.decompress}[encoding](body)
    return body


@pytest.mark.parametrize("encodings", ["br", "gzip", "identity"])
@pytest.mark.parametrize(
    "path", ["/", "/consent/banner.js", "/consent/state.css", "/consent/dialog"]
)
def test_every_answer_is_compressed_once(path: str, encodings: str) -> None:
    bare = make_app("<p>Open data</p>" * 100).test_client()
    response = compressed(path, encodings)
    assert plain(response) == bare.get(path, headers={"Accept-Encoding": "identity"}).data
    if path != "/consent/state.css":  # too short to be worth it
        assert response.headers.get("Content-Encoding", "identity") == encodings


def test_our_files_are_the_same_bytes_with_and_without_it() -> None:
    app = make_app()
    name = site_of(app).assets.core.name
    headers = {"Accept-Encoding": "br"}
    ours = app.test_client().get(f"/consent/{name}", headers=headers)
    theirs = compressed(f"/consent/{name}", "br")
    assert (theirs.data, theirs.headers["ETag"]) == (ours.data, ours.headers["ETag"])


def test_an_encoding_that_only_it_knows_still_gives_the_script() -> None:
    response = compressed("/consent/banner.js", "deflate, gzip;q=0")
    assert response.status_code == 200
    assert "Accept-Encoding" in response.headers["Vary"]
    assert response.headers["Content-Encoding"] == "deflate"


def test_an_answer_for_one_visitor_stays_so_when_compressed() -> None:
    headers = compressed("/consent/dialog", "br").headers
    assert "no-store" in headers["Cache-Control"]
    assert {"Cookie", "Accept-Encoding"} <= set(headers["Vary"].split(", "))
