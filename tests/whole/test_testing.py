"""The kit for the tests of sites, used as a site would."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from flask_cookie_consent import UnknownName, consent
from flask_cookie_consent.testing import (
    assert_cookies_allowed,
    consent_client,  # noqa: F401  # a fixture, as `pytest_plugins` would bring it
    consent_cookie,
)
from tests.site import make_app, policy

Client = Callable[..., FlaskClient]


@pytest.fixture
def app() -> Flask:
    app = make_app()
    app.add_url_rule("/asks", "asks", lambda: ",".join(consent))

    @app.get("/sets/<name>")
    def sets(name: str) -> Response:
        response = Response()
        response.set_cookie(name, "1")
        return response

    return app


@pytest.mark.parametrize(
    ("allow", "allowed"),
    [
        (None, "session,matomo,consent"),
        ("nothing", "session,consent"),
        ("everything", "session,matomo,insight,ads,video,consent"),
        (["statistics"], "session,matomo,insight,consent"),
        (["ads", "video"], "session,ads,video,consent"),
    ],
)
def test_a_client_has_chosen_what_one_says(
    consent_client: Client,  # noqa: F811
    allow: object,
    allowed: str,
) -> None:
    assert consent_client(allow).get("/asks").text == allowed


def test_an_unknown_name_is_told_with_those_there_are() -> None:
    with pytest.raises(UnknownName, match=r"'statistik'.*statistics"):
        consent_cookie(policy(), ["statistik"])


def test_the_cookie_is_one_that_a_browser_takes() -> None:
    cookie = consent_cookie(policy(), ["ads"])
    assert cookie["name"] == "consent"
    assert cookie["path"] == "/"
    assert cookie["value"].startswith("1sc.")


def test_what_a_response_sets_is_held_against_the_policy(
    app: Flask,
    consent_client: Client,  # noqa: F811
) -> None:
    client = consent_client("everything")
    for name in ("sessionid", "_ad_1"):
        assert_cookies_allowed(client.get(f"/sets/{name}"), app)
    with pytest.raises(AssertionError, match="/sets/mystery sets mystery: undeclared"):
        assert_cookies_allowed(client.get("/sets/mystery"), app)


def test_what_goes_round_the_gate_is_found(app: Flask, consent_client: Client) -> None:  # noqa: F811
    inner = app.wsgi_app

    def around(environ, start_response):
        def start(status, headers, *exc_info):
            return start_response(status, [*headers, ("Set-Cookie", "_ad_1=1")], *exc_info)

        return inner(environ, start)

    app.wsgi_app = around  # type: ignore[method-assign]
    with pytest.raises(AssertionError, match="_ad_1: refused or not asked about"):
        assert_cookies_allowed(consent_client("nothing").get("/"), app)
