"""Several sites on one server, one policy each: ``CookieConsent(policy, host=...)``."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from flask import Flask, render_template_string
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client, TestResponse, create_environ, run_wsgi_app

from flask_cookie_consent import Cookie, CookieConsent, Policy, Service, consent
from flask_cookie_consent.testing import (
    assert_cookies_allowed,
    consent_client,  # noqa: F401  # a fixture, as `pytest_plugins` would bring it
)
from tests.forms import forms_of
from tests.site import extension_of, get, make_app

A, B, NONE = "http://a.example/", "http://b.example/", "http://none.example/"


def selling(name: str) -> Policy:
    """A policy with one service, whose id and cookie have that name."""
    cookies = [Cookie(name, purpose="Sells", duration="session")]
    return Policy([Service(name, category="marketing", cookies=cookies)], controller=name)


def empty() -> Flask:
    return Flask("sites", host_matching=True, static_host="a.example")


def sites(proxy: bool = False, **options: Any) -> Flask:
    """An app with the sites a.example and b.example; pages answer on every host."""
    app = empty()
    if proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_host=1)  # type: ignore[method-assign]
    app.register_blueprint(CookieConsent(selling("apples"), host="a.example", **options))
    app.register_blueprint(CookieConsent(selling("bread"), host="B.example", **options))

    def page(host: str) -> str:
        return render_template_string("{{ consent_banner() }}{{ consent_link() }}")

    def names(host: str) -> str:
        return ",".join(s.id for s in consent.unasked)

    def sets(host: str) -> tuple[str, list[tuple[str, str]]]:
        return "", [("Set-Cookie", "apples=1"), ("Set-Cookie", "bread=1")]

    for path, view in {"/": page, "/names": names, "/sets": sets}.items():
        app.add_url_rule(path, view.__name__, view, host="<host>")
    return app


def set_cookies(response: TestResponse) -> list[str]:
    return [c.partition("=")[0] for c in response.headers.getlist("Set-Cookie")]


@pytest.mark.parametrize(("host", "name"), [(A, "apples"), (B, "bread")])
def test_each_host_asks_about_its_own_services(host: str, name: str) -> None:
    client = sites().test_client()
    assert client.get("/names", base_url=host).text == name
    data = client.get("/consent/policy.json", base_url=host).json
    assert [s["id"] for s in data["services"]] == [name, "consent"]
    [other] = {"apples", "bread"} - {name}
    page = client.get("/", base_url=host).text
    assert name in page
    assert other not in page


@pytest.mark.parametrize("host", [A, B])
def test_all_that_a_page_names_is_on_its_own_host(host: str) -> None:
    client = sites().test_client()
    [form] = forms_of(client.get("/", base_url=host).text)
    assert form.action == "/consent/choice"
    fields = {**dict(form.hidden), **dict(form.button("accept"))}
    answer = client.post(form.action, data=fields, base_url=host)
    assert (answer.status_code, set_cookies(answer)) == (303, ["consent"])
    assert client.get("/names", base_url=host).text == ""


def test_a_choice_on_one_host_says_nothing_on_another() -> None:
    client = sites().test_client()
    client.post("/consent/choice", data={"answer": "accept"}, base_url=A)
    assert client.get("/names", base_url=A).text == ""
    assert client.get("/names", base_url=B).text == "bread"


def test_the_gate_of_the_host_that_was_asked_for_counts() -> None:
    client = sites(undeclared="drop").test_client()
    assert set_cookies(client.get("/sets", base_url=A)) == []
    client.post("/consent/choice", data={"answer": "accept"}, base_url=A)
    assert set_cookies(client.get("/sets", base_url=A)) == ["apples"]
    assert set_cookies(client.get("/sets", base_url=B)) == []


def test_a_page_that_reads_consent_is_marked_on_every_host() -> None:
    client = sites().test_client()
    for host in (A, B):
        headers = client.get("/names", base_url=host).headers
        assert (headers.getlist("Vary"), headers["Cache-Control"]) == (
            ["Cookie, Sec-GPC"],
            "private",
        )
        assert "Vary" not in client.get("/", base_url=host).headers


def test_a_host_that_none_serves_passes_untouched() -> None:
    response = sites(undeclared="drop").test_client().get("/sets", base_url=NONE)
    assert set_cookies(response) == ["apples", "bread"]


@pytest.mark.parametrize("path", ["/names", "/"])
def test_where_none_serves_a_host_reading_consent_is_a_clear_error(path: str) -> None:
    app = sites()
    app.testing = True
    with pytest.raises(RuntimeError, match=r"serves the host 'none\.example'.*a\.example, b\.ex"):
        app.test_client().get(path, base_url=NONE)


def test_nothing_of_ours_answers_on_other_hosts() -> None:
    assert sites().test_client().get("/consent/policy", base_url=NONE).status_code == 404


@pytest.mark.parametrize("host", ["a.example", "b.example"])
def test_behind_a_proxy_the_host_that_visitors_see_counts(host: str) -> None:
    headers = {"X-Forwarded-Host": host}
    answer = get(sites(proxy=True, undeclared="drop"), headers, "/names")
    assert (answer.text, answer.headers["Vary"]) == (
        "apples" if host == "a.example" else "bread",
        "Cookie, Sec-GPC",
    )
    assert set_cookies(get(sites(proxy=True, undeclared="drop"), headers, "/sets")) == []


def test_nothing_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "flask_cookie_consent"):
        sites().test_client().get("/names", base_url=A)
    assert not caplog.records


def test_a_layer_put_outermost_works_as_the_one_inside() -> None:
    app = sites()
    for extension in app.extensions["cookie_consent"].by_host.values():
        app.wsgi_app = extension.wsgi(app.wsgi_app)  # type: ignore[method-assign]
    plain = sites().test_client().get("/names", base_url=B)
    wrapped = app.test_client().get("/names", base_url=B)
    assert (wrapped.text, list(wrapped.headers)) == (plain.text, list(plain.headers))


def test_mounted_in_an_app_with_a_policy_of_its_own_theirs_counts() -> None:
    outer = make_app(undeclared="drop")
    mounted = DispatcherMiddleware(outer.wsgi_app, {"/in": sites(undeclared="drop")})
    client = Client(extension_of(outer).wsgi(mounted))
    assert client.get("/in/names", base_url=A).text == "apples"
    client.post("/in/consent/choice", data={"answer": "accept"}, base_url=A)
    assert client.get("/in/names", base_url=A).text == ""
    assert set_cookies(client.get("/in/sets", base_url=A)) == ["apples"]


@pytest.mark.parametrize("host", ["", "a b", "a.example:x", "[::1", "é", "a.example.", "A.EXAMPLE"])
@pytest.mark.parametrize("path", ["/sets", "/consent/policy"])
def test_no_host_header_breaks_anything(path: str, host: str) -> None:
    # Not by the test client: that of Werkzeug before 3.1.6 cannot read such hosts itself.
    environ = create_environ(path) | {"HTTP_HOST": host}
    status = int(run_wsgi_app(sites(), environ)[1].split()[0])
    assert status in ((200,) if host == "A.EXAMPLE" else (200, 400, 404))


def test_a_test_client_can_have_chosen_on_one_of_the_hosts(
    consent_client: Any,  # noqa: F811
) -> None:
    client = consent_client("everything", host="b.example")
    assert client.get("/names", base_url=B).text == ""
    response = client.get("/names", base_url=A)
    assert response.text == "apples"
    assert_cookies_allowed(response, client.application)


@pytest.fixture
def app() -> Flask:
    return sites()


# -- What cannot be ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"), [(None, None), (None, "a.example"), ("a.example", None)]
)
def test_two_of_which_one_has_no_host_are_an_error(first: Any, second: Any) -> None:
    app = empty()
    app.register_blueprint(CookieConsent(selling("apples"), host=first))
    again = CookieConsent(selling("bread"), host=second, name="second")
    with pytest.raises(RuntimeError, match=r"already.*one for each host: CookieConsent\(policy, h"):
        app.register_blueprint(again)


def test_two_for_one_host_are_an_error() -> None:
    again = CookieConsent(selling("c"), host="A.example", name="second")
    with pytest.raises(RuntimeError, match=r"already for 'a\.example'"):
        sites().register_blueprint(again)


def test_an_app_that_does_not_tell_hosts_apart_is_an_error() -> None:
    with pytest.raises(RuntimeError, match=r"Flask\(\.\.\., host_matching=True"):
        make_app(host="a.example")


@pytest.mark.parametrize("host", ["https://a.example", "a.example/", "", "*", "bücher.example", 1])
def test_what_is_no_host_is_an_error(host: Any) -> None:
    with pytest.raises(ValueError, match=r"host: found .* allowed: a host such as"):
        CookieConsent(selling("apples"), host=host)
