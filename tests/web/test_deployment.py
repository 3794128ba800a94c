"""Where a site may stand: behind a proxy, on a subdomain, below a path, beside other apps (H7)."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask import Flask, render_template_string
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client, TestResponse

from flask_cookie_consent import Cookie, CookieConsent, Policy, Service, consent
from tests.forms import forms_of
from tests.site import ACCEPTED, extension_of, get, make_app, policy, visit

PROXY = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "data.example.org",
    "X-Forwarded-Prefix": "/portal",
}


# -- Behind a proxy ---------------------------------------------------------------------------


def fixed(app: Any) -> Any:
    return ProxyFix(app, x_proto=1, x_host=1, x_prefix=1)


def behind_a_proxy(*, before: bool) -> Flask:
    """A site with ProxyFix put around the app before or after our blueprint is registered."""
    app = Flask("site")
    if before:
        app.wsgi_app = fixed(app.wsgi_app)  # type: ignore[method-assign]
    app.register_blueprint(CookieConsent(policy()))
    if not before:
        app.wsgi_app = fixed(app.wsgi_app)  # type: ignore[method-assign]
    app.add_url_rule("/page", "page", lambda: render_template_string("{{ consent_banner() }}"))
    app.add_url_rule("/ads", "ads", lambda: str(consent.allows("ads")))
    return app


either_way = pytest.mark.parametrize("before", [True, False], ids=["before", "after"])


@either_way
def test_a_choice_behind_a_proxy_is_taken_and_its_cookie_is_secure(before: bool) -> None:
    client = behind_a_proxy(before=before).test_client()
    [form] = forms_of(client.get("/page", headers=PROXY).text)
    assert form.action == "/portal/consent/choice"
    headers = {**PROXY, "Origin": "https://data.example.org"}
    answer = client.post("/consent/choice", data={"answer": "accept"}, headers=headers)
    assert (answer.status_code, answer.location) == (303, "/portal/")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Path=/;" in answer.headers["Set-Cookie"]


@either_way
def test_twins_behind_a_proxy_are_settled_for_the_host_that_visitors_see(before: bool) -> None:
    value = visit(policy(), **ACCEPTED)["Cookie"]
    headers = {**PROXY, "Cookie": f"{value}; {value}"}
    cookies = get(behind_a_proxy(before=before), headers, "/ads").headers.getlist("Set-Cookie")
    assert any("Domain=data.example.org" in c for c in cookies)
    assert any("Path=/portal/ads" in c for c in cookies)
    assert all("Secure" in c for c in cookies)


@either_way
def test_proxy_fix_is_no_middleware_to_warn_about(before: bool, caplog: Any) -> None:
    """It sets no header, so nothing is missed."""
    with caplog.at_level(logging.WARNING, "flask_cookie_consent"):
        get(behind_a_proxy(before=before))
    assert not caplog.records


# -- On a subdomain ---------------------------------------------------------------------------


def on_subdomains() -> Flask:
    """Pages on ``www``, consent on ``consent``, of one SERVER_NAME."""
    app = Flask("site", subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    app.register_blueprint(CookieConsent(policy()), subdomain="consent")
    view = "{{ consent_banner() }}"
    app.add_url_rule("/page", "page", lambda: render_template_string(view), subdomain="www")
    app.add_url_rule("/ads", "ads", lambda: str(consent.allows("ads")), subdomain="www")
    return app


def test_a_blueprint_on_a_subdomain_is_named_in_full_by_pages_elsewhere() -> None:
    page = on_subdomains().test_client().get("/page", base_url="https://www.example.org/").text
    assert 'action="https://consent.example.org/consent/choice"' in page
    assert 'src="https://consent.example.org/consent/banner-' in page


def test_a_blueprint_on_a_subdomain_answers_there_only() -> None:
    client = on_subdomains().test_client()
    found = [
        client.get("/consent/policy", base_url=f"https://{host}.example.org/").status_code
        for host in ("consent", "www")
    ]
    assert found == [200, 404]


def test_all_of_a_site_may_be_on_one_subdomain() -> None:
    app = Flask("site", subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    app.register_blueprint(CookieConsent(policy()), subdomain="www")
    view = "{{ consent_banner() }}"
    app.add_url_rule("/page", "page", lambda: render_template_string(view), subdomain="www")
    client = app.test_client()
    www = "https://www.example.org/"
    [form] = forms_of(client.get("/page", base_url=www).text)
    assert form.action == "/consent/choice"
    answer = client.post(form.action, data={"answer": "reject"}, base_url=www)
    assert (answer.status_code, answer.location) == (303, "/")


# -- Below a path -----------------------------------------------------------------------------


def test_a_server_that_sets_script_name_is_enough() -> None:
    """As Apache's WSGIScriptAlias and uWSGI's mount do."""
    client = Client(make_app())
    environ = {"SCRIPT_NAME": "/portal"}
    [form] = forms_of(client.get("/", environ_overrides=environ).text)
    assert form.action == "/portal/consent/choice"
    answer = client.post("/consent/choice", data={"answer": "accept"}, environ_overrides=environ)
    assert answer.location == "/portal/"


def test_application_root_alone_moves_nothing_in_a_request() -> None:
    """Flask uses it for addresses made outside requests, and for the session's path."""
    app = make_app()
    app.config["APPLICATION_ROOT"] = "/portal"
    assert 'action="/consent/choice"' in Client(app).get("/").text


# -- Async views ------------------------------------------------------------------------------


def test_an_async_view_reads_consent_and_shows_the_banner() -> None:
    app = make_app()

    @app.get("/page")
    async def page() -> str:
        return render_template_string("{{ consent.allows('ads') }}{{ consent_banner() }}")

    response = get(app, visit(policy(), **ACCEPTED))
    assert response.text.startswith("True")
    assert response.headers["Vary"] == "Cookie, Sec-GPC"


# -- Beside other apps ------------------------------------------------------------------------


def selling(name: str, category: str, cookie: str) -> Flask:
    """An app with one service, whose page ``/`` sets that service's cookie."""
    service = Service(name, category=category, cookies=[Cookie(cookie, purpose="Sells")])
    app = Flask(name)
    extension = CookieConsent(Policy([service], controller="Us"), undeclared="drop")
    app.register_blueprint(extension)
    app.add_url_rule("/", "index", lambda: ("", {"Set-Cookie": f"{cookie}=1"}))
    app.add_url_rule("/other", "other", lambda: ("", {"Set-Cookie": "unknown=1"}))
    return app


def shop_in_portal(category: str = "necessary", middleware: Any = None) -> Client:
    """One app mounted in another, the outer one's layer around both."""
    outer, inner = selling("Portal", "necessary", "portal"), selling("Shop", category, "shop")
    mounted: Any = DispatcherMiddleware(outer.wsgi_app, {"/shop": inner})
    return Client(extension_of(outer).wsgi(middleware(mounted) if middleware else mounted))


def names(response: TestResponse) -> list[str]:
    return [c.partition("=")[0] for c in response.headers.getlist("Set-Cookie")]


def test_a_mounted_apps_own_policy_counts_for_its_cookies() -> None:
    """D14: the outer policy does not know them."""
    assert names(shop_in_portal().get("/shop/")) == ["shop"]
    assert names(shop_in_portal().get("/")) == ["portal"]


def test_a_mounted_app_lets_pass_no_more_than_its_own_policy_allows() -> None:
    client = shop_in_portal("marketing")
    assert [names(client.get(path)) for path in ("/shop/", "/shop/other")] == [[], []]


def test_what_middleware_adds_around_a_mounted_app_passes_the_outer_gate() -> None:
    def middleware(app: Any) -> Any:
        def wrapped(environ: Any, start_response: Any) -> Any:
            def start(status: str, headers: Any, *rest: Any) -> Any:
                more = [("Set-Cookie", "portal=1"), ("Set-Cookie", "unknown=1")]
                return start_response(status, [*headers, *more], *rest)

            return app(environ, start)

        return wrapped

    assert names(shop_in_portal(middleware=middleware).get("/shop/")) == ["shop", "portal"]


def test_a_choice_made_in_a_mounted_app_is_its_own() -> None:
    client = shop_in_portal("marketing")
    answer = client.post("/shop/consent/choice", data={"answer": "accept"})
    assert names(answer) == ["consent"]
    assert names(client.get("/shop/")) == ["shop"]
