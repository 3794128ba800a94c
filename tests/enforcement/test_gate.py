"""The gate on Set-Cookie (B1, B3; R19, R26, R30)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, redirect, send_file, session
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from flask_cookie_consent import Cookie, Exemption, Service, UndeclaredCookie, cookie_reported
from tests.site import ACCEPTED, REFUSED, make_app, policy, services, site_of, visit

#: What the views of these tests set: necessary, exempt, optional twice, undeclared.
ALL = ("sessionid", "_pk_id.7.ab", "_ins", "_ad_1", "mystery")


def app_setting(*cookies: str, **options: Any) -> Flask:
    """An app whose ``/sets`` sets ``cookies`` (names, or whole ``Set-Cookie`` values)."""
    app = make_app(**options)

    @app.get("/sets")
    def sets() -> Response:
        response = Response("done")
        for cookie in cookies:
            response.headers.add("Set-Cookie", cookie if "=" in cookie else f"{cookie}=1; Path=/")
        return response

    return app


def names(response: Any) -> list[str]:
    """The names of the cookies that a response sets, and does not delete."""
    cookies = response.headers.getlist("Set-Cookie")
    return [c.partition("=")[0] for c in cookies if "Max-Age=0" not in c]


def sent(app: Flask, path: str = "/sets", **said: Any) -> Any:
    """The response to a visitor who has said that."""
    headers = visit(policy(), **said) if said else {}
    return app.test_client(use_cookies=False).get(path, headers=headers)


def test_before_a_choice_only_what_needs_none_passes() -> None:
    assert names(sent(app_setting(*ALL))) == ["sessionid", "_pk_id.7.ab", "mystery"]


def test_what_was_accepted_passes() -> None:
    assert names(sent(app_setting(*ALL), **ACCEPTED)) == list(ALL)


def test_what_was_refused_or_objected_to_does_not() -> None:
    assert names(sent(app_setting(*ALL), **REFUSED)) == ["sessionid", "mystery"]


def test_a_deletion_always_passes() -> None:
    deletions = (
        "_ad_1=; Max-Age=0; Path=/",
        "_ins=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/",
        "mystery=; max-age=-1",
    )
    passed = sent(app_setting(*deletions, undeclared="drop"), **REFUSED)
    assert passed.headers.getlist("Set-Cookie") == list(deletions)


def test_a_response_that_sets_an_optional_cookie_is_one_visitors() -> None:
    """H2: whichever way it goes out; one that does not set it can be kept by any cache."""
    accepted = sent(app_setting("_ad_1"), **ACCEPTED)
    assert accepted.headers["Vary"] == "Cookie, Sec-GPC"
    assert accepted.headers["Cache-Control"] == "private"
    for other in (sent(app_setting("_ad_1")), sent(app_setting("sessionid"))):
        assert "Vary" not in other.headers
        assert "Cache-Control" not in other.headers


def test_the_session_that_flask_writes_last_is_seen() -> None:
    app = make_app(undeclared="drop")
    app.add_url_rule("/in", "in", lambda: session.update(user=1) or "in")
    app.config["SESSION_COOKIE_NAME"] = "_ad_session"
    assert names(sent(app, "/in", **REFUSED)) == []
    assert names(sent(app, "/in", **ACCEPTED)) == ["_ad_session"]


@pytest.mark.parametrize("way", ["redirect", "error", "stream", "file", "not modified"])
def test_no_kind_of_response_goes_round_the_gate(way: str) -> None:
    app = make_app()

    def made() -> Response:
        if way == "redirect":
            return redirect("/")  # type: ignore[return-value]
        if way == "error":
            return Response("broken", 500)
        if way == "stream":
            return Response(part for part in ("a", "b"))
        if way == "not modified":
            return Response(status=304)
        return send_file(__file__)

    @app.get("/any")
    def any_() -> Response:
        response = made()
        response.set_cookie("_ad_1", "1")
        return response

    assert names(sent(app, "/any", **REFUSED)) == []
    assert names(sent(app, "/any", **ACCEPTED)) == ["_ad_1"]


def test_mounted_applications_pass_the_gate_too() -> None:
    app = make_app()

    def other(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("set-cookie", "_ad_1=1"), ("SET-COOKIE", "sessionid=1")])
        return iter([b"other"])

    extension = app.extensions["cookie_consent"]
    app.wsgi_app = extension.wsgi(DispatcherMiddleware(app.wsgi_app, {"/other": other}))  # type: ignore[method-assign]
    response = sent(app, "/other", **REFUSED)
    assert names(response) == ["sessionid"]


def test_on_its_own_post_the_new_choice_counts() -> None:
    app = make_app()

    @app.after_request
    def adverts(response: Response) -> Response:
        response.set_cookie("_ad_1", "1")
        return response

    client = app.test_client()
    asked = {"asked": site_of(app).rules.asked_tokens}
    assert "_ad_1" in names(client.post("/consent/choice", data={"answer": "accept", **asked}))
    assert "_ad_1" not in names(client.post("/consent/choice", data={"answer": "reject"}))


def test_an_exact_name_counts_before_a_pattern_and_necessary_ones_first() -> None:
    own = [
        *services(),
        Service("Tracker", category="marketing", cookies=[Cookie("s*", purpose="Tracks")]),
        Service("Cart", category="necessary", cookies=[Cookie("shop_*", purpose="Your cart")]),
    ]
    app = app_setting("sessionid", "shop_cart", "spy", policy_=policy(services=own))
    assert names(app.test_client().get("/sets")) == ["sessionid", "shop_cart"]


def test_an_undeclared_cookie_is_reported_once_with_what_set_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = app_setting("mystery")
    reports = []
    with (
        cookie_reported.connected_to(lambda _, report: reports.append(report), app),
        caplog.at_level(logging.WARNING),
    ):
        assert names(sent(app)) == names(sent(app)) == ["mystery"]
    assert [(r.name, r.where, r.problem) for r in reports] == [("mystery", "sets", "undeclared")]
    assert "'mystery'" in caplog.text


def test_an_undeclared_cookie_can_be_dropped_or_be_an_error() -> None:
    assert names(sent(app_setting("mystery", undeclared="drop"), **ACCEPTED)) == []
    with pytest.raises(UndeclaredCookie, match="sets sets the cookie 'mystery'"):
        sent(app_setting("mystery", undeclared="raise"))
    with pytest.raises(ValueError, match="allowed: 'report', 'drop', 'raise'"):
        make_app(undeclared="ignore")


@pytest.mark.parametrize(
    ("cookie", "reported"),
    [
        ("_ad_1=1; Max-Age=7776000", False),  # 90 days, as declared
        ("_ad_1=1; Max-Age=31536000", True),
        ("_ad_1=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT", True),
        ("_ad_1=1", False),
        ("vid=1; Max-Age=31536000", True),  # declared for the session
        ("_ad_1=1; Max-Age=many; Expires=whenever", False),
    ],
)
def test_a_cookie_that_outlives_what_is_declared_is_reported(cookie: str, reported: bool) -> None:
    """R30, R31"""
    app = app_setting(cookie)
    found: list[str] = []
    with cookie_reported.connected_to(lambda _, report: found.append(report.problem), app):
        sent(app, **ACCEPTED)
    assert found == (["outlives"] if reported else [])


def test_many_made_up_names_are_not_remembered_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    app = make_app()
    app.add_url_rule("/set/<n>", "set", lambda n: ("", {"Set-Cookie": f"made-up-{n}=1"}))
    client = app.test_client(use_cookies=False)
    for n in range(1100):
        client.get(f"/set/{n}")
    assert len(caplog.records) == 1000


def test_a_setting_that_the_visitor_asked_for_is_kept_before_a_choice() -> None:
    """A language or a theme, set by a click: the policy says so, and visitors read why."""
    theme = Service(
        "Theme",
        category="functional",
        exempt=Exemption("You chose it yourself, by a click"),
        cookies=[Cookie("theme", purpose="Remembers the theme", duration="1 year")],
    )
    site = policy(services=[*services(), theme])
    app = app_setting("theme", "vid", policy_=site)
    client = app.test_client(use_cookies=False)
    assert names(client.get("/sets")) == ["theme"]
    assert "You chose it yourself, by a click" in client.get("/consent/policy").text
    objected = visit(site, refused=["theme"])
    assert names(client.get("/sets", headers=objected)) == []
