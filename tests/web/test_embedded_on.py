"""A static site on another origin carries our script tag: ``embedded_on``."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.test import TestResponse

from flask_cookie_consent import CookieConsent
from tests.site import ACCEPTED, make_app, policy, site_of, visit

HERE = "https://flask.example/"
STATIC = "https://static.example"
EVIL = "https://evil.example"
CROSS = {"Origin": STATIC, "Sec-Fetch-Site": "cross-site"}


def site(**options: Any) -> Flask:
    return make_app(**{"embedded_on": [STATIC]} | options)


def ask(
    path: str, origin: str | None = STATIC, method: str = "GET", app: Flask | None = None
) -> TestResponse:
    client = (app or site()).test_client()
    headers = {} if origin is None else {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
    return client.open(f"/consent/{path}", method=method, headers=headers, base_url=HERE)


def choose(app: Flask, headers: dict[str, str] | None = None, base_url: str = HERE) -> TestResponse:
    client = app.test_client(use_cookies=False)
    form = {"answer": "accept"}
    return client.post("/consent/choice", data=form, headers=headers, base_url=base_url)


def cors(response: TestResponse) -> dict[str, str]:
    return {k: v for k, v in response.headers if k.lower().startswith(("access-", "cross-"))}


ROUTES = ("banner.js", "dialog", "preferences", "policy", "policy.json", "state.css")


@pytest.mark.parametrize("path", ROUTES)
def test_pages_of_the_listed_origin_may_read_what_we_answer(path: str) -> None:
    response = ask(path)
    assert response.headers["Access-Control-Allow-Origin"] == STATIC
    assert response.headers["Access-Control-Allow-Credentials"] == "true"


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("origin", [EVIL, "null", f"{STATIC}.evil.example", f"{STATIC}:444", None])
def test_others_may_not(path: str, origin: str | None) -> None:
    assert not [name for name in cors(ask(path, origin)) if name.startswith("Access-")]


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("origin", [STATIC, EVIL, None])
def test_caches_keep_the_answers_for_different_origins_apart(path: str, origin: Any) -> None:
    assert "Origin" in ask(path, origin).headers["Vary"]


def test_script_tags_elsewhere_may_load_the_files() -> None:
    """They send no Origin, and a page may ask for the header (COEP)."""
    app = site()
    for name in ("banner.js", site_of(app).assets.more.name):
        found = ask(name, None, app=app).headers["Cross-Origin-Resource-Policy"]
        assert found == "cross-origin"
    assert "Cross-Origin-Resource-Policy" not in ask("dialog", app=app).headers


def test_a_choice_of_the_listed_origin_is_taken() -> None:
    answer = choose(site(), CROSS)
    assert answer.status_code == 303
    assert answer.headers["Access-Control-Allow-Origin"] == STATIC
    assert choose(site(), {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_it_needs_no_csrf_token_either() -> None:
    app = site()
    CSRFProtect(app)
    assert choose(app, CROSS).status_code == 303


def test_a_refused_request_can_be_read_too() -> None:
    """So that a developer sees the reason, not a failure of CORS."""
    client = site().test_client()
    answer = client.post("/consent/choice", data={"answer": "?"}, headers=CROSS, base_url=HERE)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (422, STATIC)


@pytest.mark.parametrize("automatic", [True, False])
def test_a_preflight_is_answered(automatic: bool) -> None:
    app = Flask("site")
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = automatic
    app.register_blueprint(CookieConsent(policy(), embedded_on=[STATIC]))
    headers = {
        **CROSS,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = app.test_client().options("/consent/choice", headers=headers, base_url=HERE)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type"
    assert not [name for name in cors(ask("choice", EVIL, "OPTIONS")) if name.startswith("Access-")]


def test_the_confirming_cookie_is_one_of_the_embedding_sites_partition() -> None:
    [cookie] = choose(site(), CROSS).headers.getlist("Set-Cookie")
    assert {"SameSite=None", "Secure", "Partitioned", "Path=/"} <= set(cookie.split("; "))


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://flask.example"}])
def test_on_our_own_pages_it_stays_as_it_was(headers: dict[str, str]) -> None:
    [cookie] = choose(site(), headers).headers.getlist("Set-Cookie")
    assert "SameSite=Lax" in cookie
    assert "Partitioned" not in cookie


def test_for_origins_that_are_only_trusted_it_stays_as_it_was() -> None:
    app = make_app(trusted_origins=[STATIC])
    answer = choose(app, CROSS)
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]
    assert not cors(answer)


def test_on_plain_http_there_are_no_partitions() -> None:
    [cookie] = choose(site(), CROSS, "http://localhost/").headers.getlist("Set-Cookie")
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_the_host_prefix_goes_with_it() -> None:
    app = site(policy_=policy(cookie_name="__Host-consent"))
    cookie = choose(app, CROSS).headers["Set-Cookie"]
    assert cookie.startswith("__Host-consent=")
    assert "Partitioned" in cookie


def test_below_one_domain_it_is_the_shared_cookie() -> None:
    """The same site: no partition, and no second cookie beside the one of the script."""
    shared = policy(cookie_domain="city.example")
    app = make_app(policy_=shared, embedded_on=["https://static.city.example"])
    headers = {"Origin": "https://static.city.example", "Sec-Fetch-Site": "same-site"}
    answer = choose(app, headers, "https://flask.city.example/")
    [cookie] = [c for c in answer.headers.getlist("Set-Cookie") if "Max-Age=0" not in c]
    assert {"SameSite=Lax", "Domain=city.example"} <= set(cookie.split("; "))
    assert "Partitioned" not in cookie


def test_the_dialog_names_addresses_on_our_origin() -> None:
    """It becomes a part of their page."""

    def addresses(origin: str | None) -> set[str]:
        found = re.findall(r'(?:href|action)="([^"#]+)"', ask("dialog", origin).text)
        return set(found) - {"https://ads.example/privacy"}

    assert addresses(STATIC)
    assert all(address.startswith(f"{HERE}consent/") for address in addresses(STATIC))
    assert all(address.startswith("/consent/") for address in addresses(None))


def test_the_dialog_shows_what_the_visitor_has_chosen() -> None:
    headers = {**CROSS, **visit(policy(), **ACCEPTED)}
    client = site().test_client(use_cookies=False)
    found = [
        client.get("/consent/dialog", headers=h, base_url=HERE).text.count("checked")
        for h in (headers, CROSS)
    ]
    assert found[0] > found[1]


def test_without_the_option_nothing_is_different() -> None:
    for path in ROUTES:
        response = ask(path, app=make_app())
        assert not cors(response)
        assert "Origin" not in response.headers.get("Vary", "")


@pytest.mark.parametrize(
    "origin",
    [
        *("https://a.example/", "*", "https://*.example", "a.example", "https://A.example", ""),
        *("https://a.example:443", "http://a.example:80", "null", "ftp://a.example"),
        *("https://a.example/path", "https://a.example?q", "https://user@a.example", None, 1),
    ],
)
def test_what_is_no_origin_is_an_error_at_start_up(origin: Any) -> None:
    with pytest.raises(ValueError, match=r"embedded_on: found .* allowed: origins in full"):
        site(embedded_on=["https://ok.example", origin])


def test_one_text_is_no_list() -> None:
    with pytest.raises(ValueError, match="allowed: a list of origins"):
        site(embedded_on=STATIC)


@pytest.mark.parametrize("origin", ["https://a.example:8443", "http://localhost:8000"])
def test_a_port_belongs_to_an_origin(origin: str) -> None:
    headers = ask("dialog", origin, app=site(embedded_on=[origin])).headers
    assert headers["Access-Control-Allow-Origin"] == origin


def test_an_origin_outside_the_cookies_domain_is_an_error_at_start_up() -> None:
    with pytest.raises(ValueError, match=r"cannot write a cookie for .* 'city\.example'"):
        site(policy_=policy(cookie_domain="city.example"))
