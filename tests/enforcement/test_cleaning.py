"""What was refused is expired, wherever it lives (W2; R34, R38, R71)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask, Response
from hypothesis import given
from hypothesis import strategies as st

from flask_cookie_consent import Cookie, Service
from flask_cookie_consent.http.places import domains, paths
from tests.site import ACCEPTED, REFUSED, extension_of, make_app, policy, services, visit

HOST = "https://data.example.org/"
LIMIT = 4096

Place = tuple[str, str, "str | None", bool]


def site() -> Flask:
    """An app with a page in a folder, and one that a shared cache may keep."""
    app = make_app()
    app.add_url_rule("/shop/cart", "cart", lambda: "cart")

    @app.get("/public")
    def public() -> Response:
        return Response("public", headers={"Cache-Control": "public, max-age=60"})

    return app


def ask(
    app: Flask,
    path: str = "/",
    cookies: str = "",
    said: dict[str, Any] | None = None,
    url: str = HOST,
    **options: Any,
) -> Any:
    """The response to a visitor with ``cookies`` who has ``said`` something (refused, if
    nothing is given)."""
    headers = visit(extension_of(app).policy, **(REFUSED if said is None else said))
    headers["Cookie"] += f"; {cookies}" if cookies else ""
    client = app.test_client(use_cookies=False)
    return client.open(path, base_url=url, headers=headers, **options)


def expired(response: Any) -> set[Place]:
    """What a response expires: name, path, domain, partitioned."""
    found = set()
    for cookie in response.headers.getlist("Set-Cookie"):
        if "Max-Age=0" in cookie:
            path = re.search(r"; Path=([^;]*)", cookie)
            domain = re.search(r"; Domain=([^;]*)", cookie)
            assert path
            name = cookie.partition("=")[0]
            found.add((name, path[1], domain and domain[1], "Partitioned" in cookie))
    return found


def names(response: Any) -> set[str]:
    return {place[0] for place in expired(response)}


def size(response: Any) -> int:
    lines = [c for c in response.headers.getlist("Set-Cookie") if "Max-Age=0" in c]
    return sum(len(f"Set-Cookie: {line}\r\n") for line in lines)


def test_a_refused_cookie_is_expired_in_every_place_that_the_request_allows() -> None:
    found = expired(ask(site(), "/shop/cart", "_ins=1"))
    places = ["/", "/shop", "/shop/", "/shop/cart", "/shop/cart/"]
    hosts = [None, "data.example.org", "example.org"]
    assert found == {("_ins", p, d, apart) for p in places for d in hosts for apart in (0, 1)}


def test_by_http_there_are_no_partitions() -> None:
    found = expired(ask(site(), "/", "_ins=1", url="http://data.example.org/"))
    assert found == {("_ins", "/", d, False) for d in (None, "data.example.org", "example.org")}


def test_names_that_fit_a_pattern_are_expired_by_their_own_names() -> None:
    assert names(ask(site(), cookies="_ad_1=x; _ad=y; _pk_id.7.ab=z")) == {
        "_ad_1",
        "_ad",
        "_pk_id.7.ab",
    }


def test_necessary_undeclared_and_allowed_cookies_are_left_alone() -> None:
    cookies = "sessionid=1; mystery=2; _ins=3; vid=4; _ad_1=5"
    said = {"granted": ["insight"], "refused": ["ads"]}
    assert names(ask(site(), cookies=cookies, said=said)) == {"_ad_1", "vid"}


@pytest.mark.parametrize("said", [ACCEPTED, {"granted": ["ads"]}])
def test_where_nothing_is_refused_nothing_is_expired(said: dict[str, Any]) -> None:
    assert names(ask(site(), cookies="_ins=1; vid=2; _ad_1=3", said=said)) == set()


def test_before_a_choice_nothing_is_expired() -> None:
    response = site().test_client().get("/", headers={"Cookie": "_ins=1; vid=2"})
    assert response.headers.getlist("Set-Cookie") == []


def test_a_name_that_an_allowed_service_declares_too_stays() -> None:
    shared = Service(
        "Shared",
        category="functional",
        cookies=[Cookie("_ins", purpose="Also uses it", path="/shop"), Cookie("s*", purpose="x")],
    )
    app = make_app(policy_=policy(services=[*services(), shared]))
    said = {"granted": ["shared"], "refused": ["insight", "ads", "video"]}
    assert names(ask(app, cookies="_ins=1; s1=2", said=said)) == set()
    said = {"granted": ["insight"], "refused": ["shared"]}
    assert names(ask(app, cookies="_ins=1; s1=2; sessionid=3", said=said)) == {"s1"}


def test_the_choices_own_answer_expires_what_came_with_it() -> None:
    app = site()
    for body in ({"answer": "reject"}, {"answer": "save", "allow": ["insight"]}):
        response = ask(app, "/consent/choice", "_ad_1=1; vid=2", {}, method="POST", data=body)
        assert names(response) == {"_ad_1", "vid"}
        assert {place[1] for place in expired(response)} == {"/"}


def test_the_choices_own_answer_expires_declared_cookies_of_other_paths() -> None:
    """At once: the request does not say whether they are there."""
    deep = Service(
        "Shop",
        category="marketing",
        cookies=[
            Cookie("basket", purpose="Counts", path="/shop", http_only=True),
            Cookie("b_*", purpose="Counts", path="/shop"),
        ],
    )
    app = make_app(policy_=policy(services=[*services(), deep]))
    response = ask(app, "/consent/choice", "", {}, method="POST", data={"answer": "reject"})
    hosts = (None, "data.example.org", "example.org")
    assert expired(response) == {("basket", "/shop", d, apart) for d in hosts for apart in (0, 1)}
    kept = {"answer": "save", "allow": ["shop"]}
    assert not expired(ask(app, "/consent/choice", "", {}, method="POST", data=kept))


def test_cookies_of_other_paths_have_room_beside_very_many() -> None:
    """The choice's own answer is the only occasion for what no request shows."""
    basket = Cookie("basket", purpose="Counts", path="/shop")
    deep = Service("Shop", category="marketing", cookies=[basket])
    app = make_app(policy_=policy(services=[*services(), deep]))
    jar = "; ".join(f"_ad_{number}=1" for number in range(100))
    response = ask(app, "/consent/choice", jar, {}, method="POST", data={"answer": "reject"})
    assert ("basket", "/shop", None, False) in expired(response)
    assert len(names(response)) > 1
    assert size(response) <= LIMIT


def test_a_page_that_expires_something_is_no_page_for_shared_caches() -> None:
    app = site()
    response = ask(app, "/public", "_ins=1")
    assert names(response) == {"_ins"}
    assert response.headers["Vary"] == "Cookie, Sec-GPC"
    assert "private" in response.headers["Cache-Control"]
    assert ask(app, "/public").headers["Cache-Control"] == "public, max-age=60"


def test_headers_stay_under_4_kb_and_the_rest_follows() -> None:
    """200 cookies at once: each response expires some, until none is left."""
    app = site()
    left = {f"_ad_{number}" for number in range(200)}
    rounds = 0
    while left:
        jar = "; ".join(f"{name}=1" for name in sorted(left))
        response = ask(app, "/consent/clear", jar, method="POST")
        assert response.get_json()["left"] == len(left)
        assert size(response) <= LIMIT
        gone = names(response)
        assert gone
        left -= gone
        rounds += 1
    assert rounds <= 40


def test_what_cannot_be_expired_does_not_stand_in_the_way_for_ever() -> None:
    """A cookie that comes back each time does not keep the others from their turn."""
    app = site()
    jar = "; ".join(f"_ad_{number}=1" for number in range(60))
    seen: set[str] = set()
    for _ in range(200):
        seen |= names(ask(app, "/", jar))
    assert len(seen) == 60


def test_clearing_says_nothing_of_visitors_who_refused_nothing() -> None:
    response = ask(site(), "/consent/clear", "_ins=1", ACCEPTED, method="POST")
    assert response.get_json()["left"] == 0
    assert "no-store" in response.headers["Cache-Control"]
    assert site().test_client().get("/consent/clear").status_code == 405


def test_a_site_can_do_without_the_offer_to_reload() -> None:
    offered = ask(make_app(), "/consent/clear?language=fr", method="POST").get_json()
    assert offered["reload"] == "Recharger la page"
    assert ask(make_app(offer_reload=False), "/consent/clear", method="POST").get_json() == {
        "left": 0
    }


def test_without_javascript_the_style_sheet_of_the_first_layer_expires_too() -> None:
    assert names(ask(site(), "/consent/state.css", "_ins=1")) == {"_ins"}


def test_names_that_no_policy_can_declare_are_never_repeated() -> None:
    hostile = "_ad_\x01=1; _ad_<svg>=2; _ad_\xe9=3; _ad_ok=4"
    assert names(ask(site(), cookies=hostile)) == {"_ad_ok"}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("a.data.example.org", ("a.data.example.org", "data.example.org", "example.org")),
        ("shop.example.co.uk", ("shop.example.co.uk", "example.co.uk")),
        ("city.github.io", ("city.github.io",)),
        ("github.io", ()),
        ("co.uk", ()),
        ("EXAMPLE.org.", ("example.org",)),
        ("localhost", ()),
        ("127.0.0.1", ()),
        ("[::1]", ()),
        ("", ()),
        ("ex ample.org", ()),
    ],
)
def test_domains_go_down_to_the_registered_one(host: str, expected: tuple[str, ...]) -> None:
    assert domains(host) == expected


@given(st.text(max_size=80))
def test_no_host_and_no_path_makes_more_than_an_attribute(text: str) -> None:
    for domain in domains(text):
        assert re.fullmatch(r"[a-z0-9_.-]+", domain)
    for path in paths(f"/{text}"):
        assert re.fullmatch(r"/[!#-:<-~]*", path)


# -- Neighbours -------------------------------------------------------------------------------


def neighbours(**places: Any) -> Flask:
    """The shop of a domain on which others have cookies of the same names."""
    cookie = Cookie("_trk", purpose="Counts visits", duration="1 year", **places)
    insight = Service("Insight", category="statistics", provider="Us", cookies=[cookie])
    app = make_app(policy_=policy(services=[insight]))
    app.add_url_rule("/<path:path>", "any", lambda path: "page")
    return app


def places_of(app: Flask, path: str = "/") -> set[tuple[str, str | None]]:
    said = {"refused": ["insight"]}
    found = expired(ask(app, path, "_trk=1", said, "http://shop.example.org/"))
    return {(where, domain) for _, where, domain, _ in found}


def test_a_cookie_whose_place_is_not_stated_is_expired_on_every_domain() -> None:
    hosts = [None, "shop.example.org", "example.org"]
    assert places_of(neighbours()) == {("/", host) for host in hosts}


@pytest.mark.parametrize("domain", ["shop.example.org", ".shop.example.org", "SHOP.example.org"])
def test_a_cookie_of_one_host_is_left_on_the_domain_above_it(domain: str) -> None:
    found = places_of(neighbours(domain=domain))
    assert found == {("/", None), ("/", "shop.example.org")}


def test_a_cookie_of_the_whole_domain_is_expired_there_and_on_the_host_alone() -> None:
    assert places_of(neighbours(domain="example.org")) == {("/", None), ("/", "example.org")}


def test_a_cookie_of_one_path_is_left_on_the_others() -> None:
    found = places_of(neighbours(path="/shop/", domain="shop.example.org"), "/shop/cart")
    hosts = [None, "shop.example.org"]
    assert found == {(path, host) for path in ("/shop", "/shop/") for host in hosts}


def test_one_declaration_without_a_place_opens_all() -> None:
    cookies = [
        Cookie("_t*", purpose="Counts", duration="1 year", domain="shop.example.org"),
        Cookie("_*k", purpose="Counts", duration="1 year"),
    ]
    insight = Service("Insight", category="statistics", provider="Us", cookies=cookies)
    assert ("/", "example.org") in places_of(make_app(policy_=policy(services=[insight])))


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("__Host-trk", {("/", None)}),
        ("__Secure-trk", {("/", None), ("/", "shop.example.org"), ("/", "example.org")}),
    ],
)
def test_a_prefixed_name_is_expired_as_browsers_want_it(
    name: str, places: set[tuple[str, str | None]]
) -> None:
    """They ignore what is said of it without ``Secure`` (RFC 6265bis, 4.1.3)."""
    cookie = Cookie(name, purpose="Counts visits", duration="1 year")
    insight = Service("Insight", category="statistics", provider="Us", cookies=[cookie])
    app = make_app(policy_=policy(services=[insight]))
    said = {"refused": ["insight"]}
    response = ask(app, "/", f"{name}=1", said, "https://shop.example.org/")
    assert {(path, domain) for _, path, domain, _ in expired(response)} == places
    lines = [c for c in response.headers.getlist("Set-Cookie") if c.startswith(name)]
    assert all("; Secure" in line for line in lines)


def test_a_stated_path_beyond_ascii_is_the_one_that_browsers_name() -> None:
    found = places_of(neighbours(path="/café"), "/caf%C3%A9/cart")
    assert {path for path, _ in found} == {"/caf%C3%A9", "/caf%C3%A9/"}
