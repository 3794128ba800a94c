"""What the blueprint serves: files that caches may keep, pages, and the policy as data (H2)."""

from __future__ import annotations

import gzip
import json
import re
from datetime import date
from typing import Any

import brotli
import pytest
from flask import Flask, Response, request, session
from werkzeug.test import TestResponse

from flask_cookie_consent import UNITED_STATES, by_country, consent, country_header
from flask_cookie_consent.ui import assets
from tests.site import ACCEPTED, REFUSED, get, make_app, policy, site_of, visit


def names(app: Flask) -> dict[str, str]:
    """The addresses of the hashed files that pages of the site and of ours name, by kind."""
    pages = [get(app, path=path).text for path in ("/", "/consent/policy")]
    found = re.findall(r'"(/consent/([a-z]+)-[0-9a-f]+\.(?:js|css))"', "".join(pages))
    return {kind: address for address, kind in found}


INLINE = make_app()
EXTERNAL = make_app(inline=False)
FILES = {
    "the script": (INLINE, names(INLINE)["banner"]),
    "the preferences' script": (INLINE, names(INLINE)["more"]),
    "the script with the style": (EXTERNAL, names(EXTERNAL)["banner"]),
    "the style of pages": (EXTERNAL, names(EXTERNAL)["page"]),
    "the script tag": (INLINE, "/consent/banner.js"),
}
HASHED = {name: file for name, file in FILES.items() if name != "the script tag"}

every_file = pytest.mark.parametrize(("app", "path"), FILES.values(), ids=FILES)
every_hashed_file = pytest.mark.parametrize(("app", "path"), HASHED.values(), ids=HASHED)


def fetch(app: Flask, path: str, encoding: str = "", **headers: str) -> TestResponse:
    more = {"Accept-Encoding": encoding} if encoding else {}
    return get(app, {**more, **headers}, path)


def unpacked(response: TestResponse) -> bytes:
    encoding = response.headers.get("Content-Encoding")
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    plain: bytes = unpack(response.data)
    return plain


# -- Files ------------------------------------------------------------------------------------


@every_file
def test_a_file_has_its_type_and_no_browser_guesses_another(app: Flask, path: str) -> None:
    response = fetch(app, path)
    expected = "text/css" if path.endswith(".css") else "text/javascript"
    assert response.content_type == f"{expected}; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@every_hashed_file
def test_a_hashed_file_may_be_kept_for_ever(app: Flask, path: str) -> None:
    control = fetch(app, path).headers["Cache-Control"]
    assert control == "public, max-age=31536000, immutable"


def test_the_script_tags_file_is_kept_for_a_short_time() -> None:
    assert fetch(INLINE, "/consent/banner.js").headers["Cache-Control"] == "public, max-age=600"


@every_file
@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
def test_a_file_has_a_strong_etag(app: Flask, path: str, encoding: str) -> None:
    assert re.fullmatch(r'"[^"]+"', fetch(app, path, encoding).headers["ETag"])


@every_file
def test_each_encoding_has_its_own_etag(app: Flask, path: str) -> None:
    etags = {fetch(app, path, encoding).headers["ETag"] for encoding in ("", "gzip", "br")}
    assert len(etags) == 3


@every_file
@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
def test_who_has_a_file_already_is_told_so(app: Flask, path: str, encoding: str) -> None:
    first = fetch(app, path, encoding)
    again = fetch(app, path, encoding, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name]


@every_file
def test_who_has_another_encoding_gets_the_file(app: Flask, path: str) -> None:
    etag = fetch(app, path, "br").headers["ETag"]
    assert fetch(app, path, "gzip", **{"If-None-Match": etag}).status_code == 200


@every_file
def test_every_encoding_unpacks_to_the_same_bytes(app: Flask, path: str) -> None:
    plain = fetch(app, path).data
    assert plain
    assert unpacked(fetch(app, path, "br")) == unpacked(fetch(app, path, "gzip")) == plain


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate, br;q=0.1", "br"),
        ("BR", "br"),
        ("*", "br"),
        ("gzip, deflate", "gzip"),
        ("gzip, br;q=0", "gzip"),
        ("br;q=0.0, gzip;q=0.001", "gzip"),
        ("*, br;q=0", "gzip"),
        ("br;q=0, gzip;q=0", None),
        ("*;q=0", None),
        ("identity", None),
        ("deflate, zstd", None),
        ("", None),
        ("broken;;q=x,,", None),
    ],
)
def test_a_file_comes_in_the_best_encoding_that_is_accepted(
    accepted: str, sent: str | None
) -> None:
    response = get(INLINE, {"Accept-Encoding": accepted}, names(INLINE)["banner"])
    assert response.headers.get("Content-Encoding") == sent


@every_file
def test_caches_keep_encodings_apart(app: Flask, path: str) -> None:
    for encoding in ("", "gzip", "br"):
        assert "Accept-Encoding" in fetch(app, path, encoding).vary


def test_without_brotli_gzip_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "brotli", None)
    assert fetch(make_app(), "/consent/banner.js", "br, gzip").headers["Content-Encoding"] == "gzip"


@every_file
def test_a_file_is_the_same_for_every_visitor(app: Flask, path: str) -> None:
    """H2, Q2"""
    stranger, visitor = get(app, path=path), get(app, visit(policy(), **ACCEPTED), path)
    assert (stranger.data, list(stranger.headers)) == (visitor.data, list(visitor.headers))


@every_file
def test_head_says_what_get_says(app: Flask, path: str) -> None:
    head = app.test_client().head(path)
    assert (head.data, head.headers["ETag"]) == (b"", fetch(app, path).headers["ETag"])


@pytest.mark.parametrize("kind", ["banner", "more"])
def test_a_name_of_another_build_gets_the_present_file_which_is_not_kept(kind: str) -> None:
    """During a deployment, pages and servers differ."""
    response = fetch(INLINE, f"/consent/{kind}-0123456789ab.js")
    assert (response.status_code, response.mimetype) == (200, "text/javascript")
    assert response.headers["Cache-Control"] == "no-cache"


def test_the_style_of_another_build_is_answered_too() -> None:
    response = fetch(INLINE, "/consent/page-0123456789ab.css")
    assert (response.mimetype, response.headers["Cache-Control"]) == ("text/css", "no-cache")


@pytest.mark.parametrize("name", ["x", "x.js", "core-0123456789ab.js", "banner", "-", "%00", "é-é"])
def test_what_is_not_there_is_not_found(name: str) -> None:
    response = fetch(INLINE, f"/consent/{name}")
    assert (response.status_code, response.headers.get("Cache-Control")) == (404, None)


def test_another_policy_gives_another_name() -> None:
    """A page and its script never disagree about the policy."""
    assert names(INLINE)["banner"] != names(make_app(policy_=policy(version="2")))["banner"]


# -- Languages --------------------------------------------------------------------------------

LANGUAGES: list[tuple[str, dict[str, str], str]] = [
    ("", {}, "Accept all"),
    ("?language=fr", {}, "Tout accepter"),
    ("?language=fr-CA", {}, "Tout accepter"),
    ("?language=xx", {}, "Accept all"),
    ("", {"Accept-Language": "fr-CH, en;q=0.5"}, "Tout accepter"),
    ("", {"Accept-Language": "xx, fr;q=0.1"}, "Tout accepter"),
    ("?language=en", {"Accept-Language": "fr"}, "Accept all"),
    ("", {"Accept-Language": "xx, fr;q=0"}, "Accept all"),
]


@pytest.mark.parametrize(("query", "headers", "button"), LANGUAGES)
@pytest.mark.parametrize("path", ["/consent/banner.js", "/consent/preferences", "/consent/dialog"])
def test_our_own_addresses_speak_the_visitors_language(
    path: str, query: str, headers: dict[str, str], button: str
) -> None:
    """I1"""
    assert button in get(make_app(), headers, path + query).text


@pytest.mark.parametrize("path", ["banner.js", "policy", "policy.json"])
def test_caches_keep_languages_apart(path: str) -> None:
    """I1"""
    assert "Accept-Language" in fetch(INLINE, f"/consent/{path}").vary


# -- Pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["preferences", "dialog", "state.css"])
def test_what_shows_a_visitors_choice_is_kept_by_no_cache(path: str) -> None:
    """H2"""
    headers = fetch(INLINE, f"/consent/{path}").headers
    assert (headers["Cache-Control"], headers["Vary"]) == ("private, no-store", "Cookie, Sec-GPC")


def test_the_policy_page_is_the_same_for_every_visitor() -> None:
    """H2"""
    pages = [get(INLINE, headers, "/consent/policy") for headers in ({}, visit(policy()))]
    assert pages[0].data == pages[1].data
    assert "Cookie" not in pages[1].vary


# -- The policy as data -----------------------------------------------------------------------


def served(**options: Any) -> Any:
    return json.loads(get(make_app(policy_=policy(**options)), path="/consent/policy.json").data)


def test_the_policy_as_data_has_the_documented_keys() -> None:
    found = served(updated=date(2026, 11, 24))
    assert set(found) == {
        *("format", "controller", "contact", "version", "updated", "language"),
        *("lifetime_seconds", "cookie_name", "cookie_domain", "categories", "services"),
    }
    assert (found["format"], found["updated"], found["lifetime_seconds"]) == (
        *(1, "2026-11-24"),
        182 * 86_400,
    )


def test_a_service_as_data_has_the_documented_keys() -> None:
    assert set(served()["services"][0]) == {
        *("id", "token", "name", "category", "provider", "function", "location", "purpose"),
        *("policy_url", "party", "exempt", "countries", "origins", "cookies"),
    }


def test_a_cookie_as_data_has_the_documented_keys() -> None:
    [cookie] = served()["services"][1]["cookies"]
    assert set(cookie) == {
        *("name", "purpose", "storage", "party", "duration"),
        *("domain", "path", "http_only", "partitioned"),
    }
    assert set(cookie["duration"]) == {"kind", "parts", "text", "seconds", "at_most"}


def test_the_policy_as_data_tells_the_tokens_in_the_cookie() -> None:
    found = {service["id"]: service["token"] for service in served()["services"]}
    assert found == {"session": None, "consent": None, **policy().tokens}


def test_the_policy_as_data_lists_the_consent_cookie() -> None:
    assert served(cookie_name="mine")["services"][-1]["cookies"][0]["name"] == "mine"


def test_the_policy_as_data_is_json_and_nothing_else() -> None:
    headers = fetch(INLINE, "/consent/policy.json").headers
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Content-Type-Options"] == "nosniff"


# -- Beside what an app does with every response -----------------------------------------------


def app_with_a_session() -> Flask:
    """As Flask-Login, CTFd's nonce and many a page history do it."""
    app = make_app()

    @app.before_request
    def touch() -> None:
        session.permanent = True
        session.setdefault("nonce", "n")

    return app


def constant_files(app: Flask) -> list[str]:
    site = site_of(app)
    return ["banner.js", "embed.js", *site.assets.by_name, f"page-{'0' * 8}.css"]


def test_files_that_are_the_same_for_everybody_carry_nobodys_session() -> None:
    app = app_with_a_session()
    for name in constant_files(app):
        for headers in ({}, {"If-None-Match": "*"}):
            response = app.test_client().get(f"/consent/{name}", headers=headers)
            assert response.status_code in (200, 304)
            assert "Set-Cookie" not in response.headers, name
            assert "Cookie" not in response.headers.get("Vary", ""), name
            assert "Accept-Encoding" in response.headers["Vary"]


def test_what_differs_by_visitor_keeps_the_session() -> None:
    client = app_with_a_session().test_client()
    for path in ("/", "/consent/preferences", "/consent/policy"):
        response = client.get(path)
        assert "session=" in response.headers["Set-Cookie"], path
        assert "Cookie" in response.headers["Vary"], path


def test_a_refused_cookie_is_not_expired_by_a_file_that_is_kept_for_ever() -> None:
    app = make_app()
    headers = visit(policy(), **REFUSED)
    headers["Cookie"] += "; _ins=1"
    for name in constant_files(app):
        response = app.test_client(use_cookies=False).get(f"/consent/{name}", headers=headers)
        assert "Set-Cookie" not in response.headers
        assert "private" not in response.headers["Cache-Control"]


def test_what_takes_the_place_of_a_file_is_no_file() -> None:
    """A hook fails, and the page about it reads consent."""
    app = make_app()

    @app.after_request
    def fail(response: Response) -> Response:
        if "more-" in request.path:
            raise RuntimeError
        return response

    @app.errorhandler(500)
    def sorry(error: Exception) -> Response:
        headers = {"Cache-Control": "public, max-age=60"}
        return Response(str(consent.allows("ads")), 500, headers=headers)

    response = get(app, path=f"/consent/{site_of(app).assets.more.name}")
    assert response.status_code == 500
    assert "Cookie" in response.headers["Vary"]
    assert "private" in response.headers["Cache-Control"]


# -- The first layer for the script tag -------------------------------------------------------


def test_the_first_layer_comes_as_a_document_in_one_language() -> None:
    """I1"""
    response = get(make_app(), path="/consent/first-layer?language=fr")
    assert response.headers["Cache-Control"] == "public, max-age=600"
    assert response.headers["Vary"] == "Accept-Language"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert re.search('<section id="fcc"[^>]* hidden="hidden" lang="fr"', response.text)
    assert 'action="/consent/choice"' in response.text


def test_the_first_layer_of_several_regimes_is_kept_by_no_shared_cache() -> None:
    app = make_app(regime=by_country({"US": UNITED_STATES}, country_header("X-Country")))
    response = get(app, path="/consent/first-layer")
    assert response.headers["Cache-Control"] == "private, max-age=600"
