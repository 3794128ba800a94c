"""Which hosts share a choice: those of ``cookie_domain``, or with ``__Host-`` exactly one."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from flask_cookie_consent import PolicyError, consent
from flask_cookie_consent.testing import consent_cookie
from tests.site import ACCEPTED, REFUSED, choice, extension_of, make_app, policy, site_of

WWW = "https://www.example.org/"
DATA = "https://data.example.org/"
SHARED: dict[str, Any] = {"cookie_domain": "example.org"}
OWN: dict[str, Any] = {"cookie_name": "__Host-consent"}


def site(options: dict[str, Any], **more: Any) -> Flask:
    app = make_app(policy_=policy(**options), **more)
    app.add_url_rule("/ads", "ads", lambda: f"{consent.given} {consent.allows('ads')}")
    return app


def value(**said: Any) -> str:
    return choice(policy(), **said).encode()


def ads(app: Flask, cookies: str, base_url: str = WWW) -> TestResponse:
    """The answer to a visitor who sends ``cookies``."""
    client = app.test_client(use_cookies=False)
    return client.get("/ads", base_url=base_url, headers={"Cookie": cookies})


def accept(app: Flask, base_url: str = WWW, **options: Any) -> TestResponse:
    client = app.test_client(use_cookies=False)
    return client.post("/consent/choice", data={"answer": "accept"}, base_url=base_url, **options)


def kept(response: TestResponse) -> list[str]:
    """The cookies that a response sets, without those that it expires."""
    return [c for c in response.headers.getlist("Set-Cookie") if "Max-Age=0" not in c]


def expired(response: TestResponse) -> list[str]:
    return [c for c in response.headers.getlist("Set-Cookie") if "Max-Age=0" in c]


# -- One choice for all hosts of a domain -----------------------------------------------------


@pytest.mark.parametrize("domain", ["example.org", ".example.org", "Example.ORG"])
def test_a_choice_made_on_one_host_counts_on_another(domain: str) -> None:
    client = site({"cookie_domain": domain}).test_client()
    client.post("/consent/choice", data={"answer": "accept"}, base_url=WWW)
    assert client.get("/ads", base_url=DATA).text == "True True"
    assert client.get("/ads", base_url="https://other.example/").text == "False False"


def test_without_a_domain_each_host_asks() -> None:
    client = site({}).test_client()
    client.post("/consent/choice", data={"answer": "accept"}, base_url=WWW)
    assert client.get("/ads", base_url=DATA).text == "False False"


def test_the_confirmed_cookie_names_the_domain() -> None:
    [cookie] = kept(accept(site(SHARED)))
    assert "Domain=example.org;" in cookie
    assert "Path=/;" in cookie


@pytest.mark.parametrize("host", ["localhost:5000", "127.0.0.1", "preview.example", "[::1]:8000"])
def test_where_browsers_would_refuse_the_domain_the_host_keeps_its_own(host: str) -> None:
    """A laptop, a preview: else every page there would ask again."""
    response = accept(site(SHARED), f"http://{host}/")
    assert len(kept(response)) == 1
    assert "Domain" not in str(response.headers)


def test_nobody_is_asked_again_when_a_domain_is_introduced() -> None:
    assert ads(site(SHARED), f"consent={value(**ACCEPTED)}").text == "True True"


def test_the_first_choice_after_that_takes_the_place_of_the_old_one() -> None:
    """The old one would go on to count beside it, and the more restrictive one wins."""
    headers = {"Cookie": f"consent={value(**REFUSED)}"}
    response = accept(site(SHARED), headers=headers)
    assert any("Domain" not in c and "Path=/" in c for c in expired(response))
    assert "Domain=example.org" in kept(response)[0]


def test_of_both_the_one_with_the_domain_remains() -> None:
    response = ads(site(SHARED), f"consent={value(**ACCEPTED)}; consent={value(**REFUSED)}")
    assert response.text == "True False"
    assert any("Domain" not in c and "Path=/;" in f"{c};" for c in expired(response))
    assert any("Domain=www.example.org" in c for c in expired(response))
    at_root = [c for c in expired(response) if "Path=/;" in f"{c};"]
    assert not any("Domain=example.org" in c for c in at_root)
    [cookie] = kept(response)
    assert "Domain=example.org" in cookie


def test_the_policy_names_the_domain() -> None:
    shared = policy(**SHARED)
    [cookie] = shared.service("consent").cookies
    assert cookie.domain == "example.org"
    assert shared.to_dict()["cookie_domain"] == "example.org"


@pytest.mark.parametrize(
    "domain", ["", "org", "localhost", "127.0.0.1", "example.org/", "a;b.c", "https://a.example", 1]
)
def test_a_domain_that_cannot_be(domain: Any) -> None:
    with pytest.raises(PolicyError) as raised:
        policy(cookie_domain=domain)
    [fault] = raised.value.faults
    assert (fault.path, fault.field) == ("policy", "cookie_domain")
    assert "example.org" in fault.allowed


# -- A choice that no other host can have made ------------------------------------------------


def test_on_https_the_cookie_has_the_prefix_and_what_browsers_ask_of_it() -> None:
    [cookie] = kept(accept(site(OWN)))
    assert cookie.startswith("__Host-consent=1")
    assert {"Secure", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_on_plain_http_it_has_not() -> None:
    """Browsers would not take it, and a site under development would ask for ever."""
    [cookie] = kept(accept(site(OWN), "http://localhost:5000/"))
    assert cookie.startswith("consent=1")
    assert "Secure" not in cookie


def test_on_https_only_the_cookie_with_the_prefix_counts() -> None:
    """A subdomain can set the other one for the whole domain."""
    app = site(OWN)
    assert ads(app, f"consent={value(**ACCEPTED)}").text == "False False"
    assert ads(app, f"__Host-consent={value(**ACCEPTED)}").text == "True True"
    both = f"__Host-consent={value(**ACCEPTED)}; consent={value(**REFUSED)}"
    assert ads(app, both).text == "True True"
    assert not ads(app, both).headers.getlist("Set-Cookie")


def test_on_plain_http_only_the_other_one_counts() -> None:
    http = "http://localhost/"
    assert ads(site(OWN), f"consent={value(**ACCEPTED)}", http).text == "True True"
    assert ads(site(OWN), f"__Host-consent={value(**ACCEPTED)}", http).text == "False False"


def test_of_two_with_the_prefix_only_another_partitions_can_be_expired() -> None:
    twins = f"__Host-consent={value(**ACCEPTED)}; __Host-consent={value(**REFUSED)}"
    response = ads(site(OWN), twins)
    assert response.text == "True False"
    [gone] = expired(response)
    assert "Partitioned" in gone
    assert len(kept(response)) == 1


@pytest.mark.parametrize("base_url", ["http://localhost/", WWW])
def test_the_gate_knows_both_names(base_url: str) -> None:
    assert accept(site(OWN, undeclared="raise"), base_url).status_code == 303


@pytest.mark.parametrize(
    "name",
    ["__Host-", "__host-consent", "__Secure-consent", "__Http-c", "__Host-Http-c", "__HOST-http-c"],
)
def test_other_prefixes_are_a_fault(name: str) -> None:
    with pytest.raises(PolicyError, match=r"cookie_name: found .* only '__Host-'"):
        policy(cookie_name=name)


def test_the_prefix_and_a_domain_exclude_each_other() -> None:
    with pytest.raises(PolicyError, match=r"cookie_domain: found 'example\.org'; allowed: None"):
        policy(**OWN, **SHARED)


def test_a_test_client_with_consent_has_it_on_either_scheme() -> None:
    found = [consent_cookie(policy(**OWN), ["ads"], https=https) for https in (False, True)]
    assert [cookie["name"] for cookie in found] == ["consent", "__Host-consent"]


# -- What scripts write -----------------------------------------------------------------------


def script(app: Flask, path: str, base_url: str) -> str:
    return app.test_client().get(path, base_url=base_url).text


def scripts(app: Flask, base_url: str) -> list[str]:
    """The page with its inline script, the file that it names, and the one of the script tag."""
    page = script(app, "/", base_url)
    name = page.partition('src="/consent/banner-')[2].partition('"')[0]
    return [
        page,
        script(app, f"/consent/banner-{name}", base_url),
        script(app, "/consent/banner.js", base_url),
    ]


def test_scripts_use_the_name_of_their_scheme() -> None:
    app = site(OWN)
    for text in scripts(app, WWW):
        assert "__Host-consent=" in text
    for text in scripts(app, "http://localhost/"):
        assert "__Host-" not in text
        assert "consent=" in text


def test_the_clean_up_knows_our_own_cookie_by_the_name_of_its_scheme() -> None:
    """Else a pattern of a refused service might fit it."""
    app = site(OWN)
    name = site_of(app).assets.more.name
    assert '["cookie","__Host-consent",' in script(app, f"/consent/{name}", WWW)
    assert '["cookie","consent",' in script(app, f"/consent/{name}", "http://localhost/")


@pytest.mark.parametrize("options", [OWN, SHARED])
def test_both_variants_of_the_code_are_allowed_by_hash(options: dict[str, Any]) -> None:
    found = site_of(site(options))
    hashes = found.csp_hashes["script-src"]
    assert len(hashes) == len(set(hashes))
    for form in found.cookie.forms:
        assert f"'{found.notice.assets[form].core.sha256}'" in hashes


def test_ordinary_names_have_one_variant() -> None:
    assert len(extension_of(make_app()).csp_hashes["script-src"]) == 4


def test_scripts_are_told_the_domain_where_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flask_cookie_consent.ui.assets.bundle", lambda name: "a=b;__ATTRIBUTES__")
    app = site(SHARED)
    assert script(app, "/consent/banner.js", WWW) == "a=b;path=/;domain=example.org"
    assert script(app, "/consent/banner.js", "http://localhost/") == "a=b;path=/"


def test_scripts_expire_one_without_a_domain_only_where_there_is_one() -> None:
    """An old refusal of that host's would count beside a new acceptance. It costs the others
    nothing but an empty text."""
    for text in scripts(site(SHARED), WWW)[1:]:
        assert '"consent=;path=/;max-age=0"' in text
    others = [*scripts(site(SHARED), "http://localhost/"), *scripts(site({}), WWW)]
    for text in others:
        assert "path=/;max-age=0" not in text
        assert "__ALONE__" not in text


# -- Hostile requests -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["", "a b", "evil.example", "example.org.evil.example", "[::1", "é"]
)
def test_no_host_header_brings_the_domain_where_it_does_not_hold(host: str) -> None:
    environ = {"HTTP_HOST": host, "wsgi.url_scheme": "https"}
    cookie = site_of(site(SHARED)).cookie
    [found] = cookie.set(environ, choice(policy(), **ACCEPTED))
    assert "Domain" not in found


@pytest.mark.parametrize("host", ["example.org", "EXAMPLE.org:8443", "a.b.example.org"])
def test_the_domain_holds_on_all_its_hosts_and_ports(host: str) -> None:
    environ = {"HTTP_HOST": host, "wsgi.url_scheme": "https"}
    found = site_of(site(SHARED)).cookie.set(environ, choice(policy(), **ACCEPTED))
    assert "Domain=example.org" in found[-1]
