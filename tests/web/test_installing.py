"""One blueprint in any set-up: prefixes, nesting, mounts, several apps, and the outermost layer."""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, render_template_string
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client

from flask_cookie_consent import CookieConsent, Service, consent
from flask_cookie_consent.web.context import exchange_of
from tests.forms import forms_of
from tests.site import (
    ACCEPTED,
    app_with,
    extension_of,
    get,
    installed_of,
    make_app,
    policy,
    visit,
)

BANNER = "{{ consent_banner() }}{{ consent_link() }}{{ consent_policy() }}"


def page() -> str:
    return render_template_string(BANNER)


def app_for(extension: CookieConsent, register: Callable[[Flask], Any] | None = None) -> Flask:
    """An app with ``extension``, whose page ``/page`` has all that templates can show."""
    app = Flask("site")
    if register:
        register(app)
    else:
        app.register_blueprint(extension)
    app.add_url_rule("/page", "page", page)
    app.add_url_rule("/ads", "ads", lambda: str(consent.allows("ads")))
    return app


def addresses(html: str) -> set[str]:
    """Every address that a page names."""
    return set(re.findall(r'(?:src|href|action)="([^"]+)"', html))


def assert_works(app: Any, at: str, prefix: str) -> None:
    """All that the page ``at`` names is there below ``prefix``, and a choice can be made."""
    client = Client(app)
    html = client.get(at).text
    found = {address for address in addresses(html) if address.startswith("/")}
    [form] = forms_of(html)
    assert found
    for address in found:
        assert address.startswith(prefix)
        if address != form.action:
            assert client.get(address).status_code == 200, address
    fields = {**dict(form.hidden), **dict(form.button("accept"))}
    response = client.post(form.action, data=fields, headers={"Referer": f"http://localhost{at}"})
    assert (response.status_code, response.location) == (303, at)


# -- Where it answers -------------------------------------------------------------------------


def test_it_answers_under_consent_by_default() -> None:
    assert_works(app_for(CookieConsent(policy())), "/page", "/consent/")


def test_it_answers_under_a_prefix_of_the_sites_own() -> None:
    assert_works(app_for(CookieConsent(policy(), url_prefix="/choose")), "/page", "/choose/")


def test_it_answers_under_a_prefix_given_when_registered() -> None:
    extension = CookieConsent(policy())
    app = app_for(extension, lambda app: app.register_blueprint(extension, url_prefix="/other"))
    assert_works(app, "/page", "/other/")


def test_init_app_does_the_same() -> None:
    extension = CookieConsent(policy())
    assert_works(app_for(extension, extension.init_app), "/page", "/consent/")


def test_it_can_be_nested_in_another_blueprint() -> None:
    """D14"""
    extension = CookieConsent(policy())
    outer = Blueprint("outer", __name__, url_prefix="/outer")
    outer.register_blueprint(extension)
    app = app_for(extension, lambda app: app.register_blueprint(outer))
    assert_works(app, "/page", "/outer/consent/")


def test_it_works_below_a_mount() -> None:
    """H7, APPLICATION_ROOT"""
    site = DispatcherMiddleware(Flask("root"), {"/shop": app_for(CookieConsent(policy()))})
    assert_works(site, "/shop/page", "/shop/consent/")


def test_it_works_behind_a_proxy_that_strips_a_prefix() -> None:
    """H7, ProxyFix: each visitor's page names the addresses that visitor can reach."""
    extension = CookieConsent(policy())
    app = app_for(extension)
    app.wsgi_app = extension.wsgi(ProxyFix(app.wsgi_app, x_prefix=1))  # type: ignore[method-assign]
    behind, plain = (get(app, headers).text for headers in ({"X-Forwarded-Prefix": "/s"}, {}))
    assert 'action="/s/consent/choice"' in behind
    assert 'action="/consent/choice"' in plain


def test_it_works_on_a_subdomain_of_a_server_name() -> None:
    """H7, SERVER_NAME"""
    app = app_for(CookieConsent(policy()))
    app.config["SERVER_NAME"] = "example.org"
    response = app.test_client().get("/page", base_url="http://example.org/")
    assert 'action="/consent/choice"' in response.text


# -- Several apps -----------------------------------------------------------------------------


def test_two_apps_of_one_process_have_their_own_policies() -> None:
    """D14"""
    other = policy(services=[Service("Ads", category="necessary", purpose="Pays")])
    apps = [app_for(CookieConsent(site)) for site in (policy(), other)]
    assert [get(app, path="/ads").text for app in apps] == ["False", "True"]


def test_one_app_mounted_in_another_has_its_own_policy() -> None:
    """D14: one active CookieConsent per request."""
    other = policy(services=[Service("Ads", category="necessary", purpose="Pays")])
    outer, inner = (app_for(CookieConsent(site)) for site in (policy(), other))
    mounted = DispatcherMiddleware(outer.wsgi_app, {"/in": inner})
    client = Client(extension_of(outer).wsgi(mounted))
    assert [client.get(path).text for path in ("/ads", "/in/ads")] == ["False", "True"]


def test_one_policy_can_serve_several_apps() -> None:
    shared = policy()
    apps = [app_for(CookieConsent(shared)) for _ in range(2)]
    answers = [get(app, visit(shared, **ACCEPTED), path="/ads").text for app in apps]
    assert answers == ["True", "True"]


def test_one_blueprint_can_be_registered_on_several_apps() -> None:
    """D14, app factories"""
    extension = CookieConsent(policy())
    for app in [app_for(extension), app_for(extension)]:
        assert_works(app, "/page", "/consent/")


def test_a_second_one_on_an_app_is_an_error_at_start_up() -> None:
    """D14"""
    app = make_app()
    with pytest.raises(RuntimeError, match="already"):
        app.register_blueprint(CookieConsent(policy(), name="second", url_prefix="/second"))


def test_a_second_one_of_the_same_name_is_an_error_too() -> None:
    app = make_app()
    with pytest.raises((RuntimeError, ValueError), match="already"):
        app.register_blueprint(CookieConsent(policy()))


@pytest.mark.parametrize("options", [{"placement": "top"}, {"texts": {"acept_all": "Yes"}}])
def test_a_wrong_option_is_an_error_at_start_up_that_names_the_right_ones(options: Any) -> None:
    with pytest.raises(ValueError, match=r"bar|accept_all"):
        CookieConsent(policy(), **options)


# -- The layer around the app -----------------------------------------------------------------


def late_header(app: Any, name: str, value: str) -> Any:
    """Middleware that sets a header on every response."""

    def middleware(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, (name, value)], *rest)

        result: Iterable[bytes] = app(environ, start)
        return result

    return middleware


def warnings_of(app: Flask, caplog: pytest.LogCaptureFixture) -> list[str]:
    """What is logged at the first two requests."""
    with caplog.at_level(logging.WARNING, "flask_cookie_consent"):
        get(app)
        get(app)
    return [record.getMessage() for record in caplog.records]


def test_middleware_around_the_layer_is_warned_about_once(caplog: Any) -> None:
    """D6"""
    app = make_app()
    app.wsgi_app = late_header(app.wsgi_app, "X", "1")  # type: ignore[method-assign]
    [message] = warnings_of(app, caplog)
    assert "wsgi(app.wsgi_app)" in message


def test_a_layer_put_outermost_is_no_reason_for_a_warning(caplog: Any) -> None:
    """D6"""
    app = make_app()
    wrapped = late_header(app.wsgi_app, "X", "1")
    app.wsgi_app = extension_of(app).wsgi(wrapped)  # type: ignore[method-assign]
    assert not warnings_of(app, caplog)


def test_nothing_is_warned_about_in_a_usual_app(caplog: Any) -> None:
    assert not warnings_of(make_app(), caplog)


def test_the_outermost_layer_sees_what_middleware_adds() -> None:
    """D6"""
    app = app_with(lambda: str(consent.given))
    wrapped = late_header(app.wsgi_app, "Cache-Control", "public")
    app.wsgi_app = extension_of(app).wsgi(wrapped)  # type: ignore[method-assign]
    assert get(app).headers.getlist("Cache-Control") == ["private"]


def test_the_layer_twice_is_as_the_layer_once() -> None:
    """D6"""
    app = app_with(lambda: str(consent.given))
    once = list(get(app).headers)
    app.wsgi_app = extension_of(app).wsgi(app.wsgi_app)  # type: ignore[method-assign]
    assert list(get(app).headers) == once


def test_the_layer_passes_on_write_and_exc_info() -> None:
    """D6: what WSGI (PEP 3333) lets an app do, it may do here."""
    seen: list[Any] = []

    def old_style(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])("written")
        start_response("500 Oops", [], ("a", "b", "c"))
        return []

    def start_response(status: str, headers: Any, *rest: Any) -> Any:
        seen.append((status, *rest))
        return seen.append

    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/"}
    extension_of(make_app()).wsgi(old_style)(environ, start_response)
    assert seen == [("200 OK",), "written", ("500 Oops", ("a", "b", "c"))]


def test_an_app_may_start_its_response_as_late_as_it_wants() -> None:
    """D6"""
    app = make_app()
    layer = extension_of(app).wsgi

    def late(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        assert not exchange_of(installed_of(app), environ).consent_for(environ).given
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"late"

    response = Client(layer(late)).get("/")
    assert (response.text, response.headers["Vary"]) == ("late", "Cookie, Sec-GPC")


class Middleware:
    """Middleware with something that others ask it for, as WhiteNoise and calibre-web's have."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.script_name = "/books"
        self.files: list[str] = []

    def add_files(self, folder: str) -> None:
        self.files.append(folder)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        return self.app(environ, start_response)


def test_what_middleware_below_the_layer_offers_stays_within_reach() -> None:
    app = Flask("site")
    app.wsgi_app = middleware = Middleware(app.wsgi_app)  # type: ignore[method-assign,assignment]
    app.register_blueprint(CookieConsent(policy()))
    wrapped: Any = app.wsgi_app
    assert wrapped.script_name == "/books"
    wrapped.add_files("static")
    wrapped.script_name = "/shelf"
    assert (middleware.files, middleware.script_name) == (["static"], "/shelf")
    assert not hasattr(wrapped, "prefix")
    with pytest.raises(AttributeError, match="prefix"):
        _ = wrapped.prefix


def test_a_layer_can_be_copied() -> None:
    layer = extension_of(make_app()).wsgi(lambda environ, start_response: [])
    assert copy.copy(layer).app is layer.app


def shallow(app: Any) -> Any:
    """Middleware that hands on a copy of the environment, as PEP 3333 allows."""
    return lambda environ, start_response: app(dict(environ), start_response)


def of_its_own(app: Any) -> Any:
    """Middleware that hands on an environment of its own making."""

    def call(environ: dict[str, Any], start_response: Any) -> Any:
        own = {k: v for k, v in environ.items() if not k.startswith("flask_cookie_consent")}
        return app(own, start_response)

    return call


@pytest.mark.parametrize("middleware", [shallow, of_its_own])
def test_a_page_that_read_consent_stays_private_when_the_environment_is_copied(
    middleware: Callable[[Any], Any],
) -> None:
    app = Flask("site")
    app.wsgi_app = middleware(app.wsgi_app)  # type: ignore[method-assign]
    app.register_blueprint(CookieConsent(policy()))

    @app.get("/page")
    def page() -> Response:
        headers = {"Cache-Control": "public, max-age=300"}
        return Response(str(consent.allows("ads")), headers=headers)

    @app.get("/still")
    def still() -> Response:
        return Response("still", headers={"Cache-Control": "public, max-age=300"})

    response = app.test_client().get("/page")
    assert "Cookie" in response.headers["Vary"]
    assert response.headers["Cache-Control"] == "max-age=300, private"
    assert "Vary" not in app.test_client().get("/still").headers


def test_what_was_refused_is_expired_when_the_environment_is_copied() -> None:
    app = Flask("site")
    app.wsgi_app = shallow(app.wsgi_app)  # type: ignore[method-assign]
    app.register_blueprint(CookieConsent(policy()))
    client = app.test_client(use_cookies=False)
    answer = client.post("/consent/choice", data={"answer": "reject"}, headers={"Cookie": "_ins=1"})
    gone = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("_ins=;")]
    assert gone
