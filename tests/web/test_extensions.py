"""Beside what Flask sites already run (H7)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, flash, render_template_string, request, session
from flask_babel import Babel, force_locale
from flask_caching import Cache
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from flask_cookie_consent import CookieConsent, consent
from tests.site import ACCEPTED, REFUSED, get, make_app, policy, visit


def choose(app: Flask, **options: Any) -> TestResponse:
    return app.test_client().post("/consent/choice", data={"answer": "accept"}, **options)


# -- Flask-WTF's CSRFProtect ------------------------------------------------------------------


def protected(*, before: bool) -> Flask:
    """An app whose forms are protected, set up before or after our blueprint."""
    app = Flask("site")
    app.secret_key = "tests"
    if before:
        CSRFProtect(app)
    app.register_blueprint(CookieConsent(policy()))
    if not before:
        CSRFProtect(app)
    app.add_url_rule("/form", "form", lambda: "sent", methods=["POST"])
    app.add_url_rule("/token", "token", generate_csrf)
    return app


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_choice_needs_no_csrf_token(before: bool) -> None:
    """Cached pages have none; where a request comes from is looked at instead."""
    assert choose(protected(before=before)).status_code == 303


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_choice_in_a_script_needs_no_csrf_token(before: bool) -> None:
    client = protected(before=before).test_client()
    assert client.post("/consent/choice", json={"answer": "reject"}).status_code == 204


def test_a_choice_of_another_site_is_refused_all_the_same() -> None:
    """H3"""
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert choose(protected(before=True), headers=headers).status_code == 403


def test_the_sites_own_forms_stay_protected() -> None:
    client = protected(before=True).test_client()
    client.post("/consent/choice", data={"answer": "accept"})
    assert client.post("/form").status_code == 400
    token = client.get("/token").text
    assert client.post("/form", data={"csrf_token": token}).text == "sent"


# -- Flask-Caching ----------------------------------------------------------------------------


class Counted:
    """An app with a cached page that depends on consent, kept apart by ``consent.cache_key()``."""

    def __init__(self) -> None:
        self.runs = 0
        self.app = make_app()
        cache = Cache(self.app, config={"CACHE_TYPE": "SimpleCache"})

        @self.app.get("/page")
        @cache.cached(make_cache_key=lambda *a, **k: f"{request.full_path}{consent.cache_key()}")
        def page() -> str:
            self.runs += 1
            return f"ads: {consent.allows('ads')}"

        @self.app.get("/still")
        @cache.cached()
        def still() -> str:
            self.runs += 1
            return render_template_string("{{ consent_banner() }}")

    def get(self, path: str = "/page", **said: Any) -> TestResponse:
        return get(self.app, visit(policy(), **said) if said else {}, path)


@pytest.mark.parametrize("order", [(ACCEPTED, REFUSED), (REFUSED, ACCEPTED), ({}, ACCEPTED)])
def test_a_cached_view_shows_no_visitor_what_is_for_another(order: tuple[Any, Any]) -> None:
    site = Counted()
    pages = [site.get(**said).text for said in (*order, *order)]
    assert pages == [f"ads: {said is ACCEPTED}" for said in (*order, *order)]


def test_visitors_who_allow_the_same_share_a_cached_view() -> None:
    site = Counted()
    for letter in "asA":
        site.get(**ACCEPTED, letter=letter)
    assert site.runs == 1


def test_a_hit_of_the_cache_is_marked_as_the_view_was() -> None:
    """H2: a hit skips the view, but not the key."""
    site = Counted()
    headers = [site.get(**ACCEPTED).headers for _ in range(2)]
    assert site.runs == 1
    assert [(h["Vary"], h["Cache-Control"]) for h in headers] == [
        ("Cookie, Sec-GPC", "private")
    ] * 2


def test_a_cached_page_with_the_banner_is_one_for_all_visitors() -> None:
    """D2"""
    site = Counted()
    pages = [site.get("/still", **said).data for said in ({}, ACCEPTED, REFUSED)]
    assert (len(set(pages)), site.runs) == (1, 1)


# -- Flask-Babel ------------------------------------------------------------------------------


def in_languages(**options: Any) -> Flask:
    """An app whose pages are in the language of ``?lang=``."""
    app = make_app(**options)
    Babel(app, locale_selector=lambda: request.args.get("lang") or None)
    return app


@pytest.mark.parametrize(
    ("lang", "button"),
    [
        ("fr", "Tout accepter"),
        ("fr_CA", "Tout accepter"),
        ("en", "Accept all"),
        ("en_GB", "Accept all"),
        ("eo", "Accept all"),
        ("", "Accept all"),
    ],
)
def test_the_banner_speaks_the_language_of_the_page(lang: str, button: str) -> None:
    """I1"""
    assert button in get(in_languages(), path=f"/?lang={lang}").text


def test_the_language_of_the_page_is_not_the_browsers() -> None:
    """I1: it would bake one visitor's language into a page that a cache keeps."""
    page = get(in_languages(), {"Accept-Language": "fr"}, "/")
    assert "Accept all" in page.text
    assert "Vary" not in page.headers


def test_the_sites_own_function_comes_before_the_locale() -> None:
    """I1"""
    assert "Tout accepter" in get(in_languages(language=lambda: "fr"), path="/?lang=en").text


def test_where_the_sites_own_function_knows_nothing_the_locale_counts() -> None:
    """I1"""
    assert "Tout accepter" in get(in_languages(language=lambda: None), path="/?lang=fr").text


def test_an_argument_comes_before_everything() -> None:
    """I1"""
    app = in_languages(language=lambda: "en")
    view = "{{ consent_banner('fr') }}{{ consent_link(language='fr') }}"
    app.add_url_rule("/page", "page", lambda: render_template_string(view))
    page = get(app, path="/page?lang=en").text
    assert "Tout accepter" in page
    assert "language=fr" in page


def test_a_locale_that_is_forced_for_a_part_of_a_page_counts_there() -> None:
    """I1"""
    app = in_languages()

    def view() -> str:
        with force_locale("fr"):
            return render_template_string("{{ consent_banner() }}")

    app.add_url_rule("/page", "page", view)
    assert "Tout accepter" in get(app).text


# -- The session ------------------------------------------------------------------------------


def with_session() -> Flask:
    app = make_app()

    def sign_in() -> str:
        session["user"] = "ada"
        flash("Welcome")
        return "in"

    app.add_url_rule("/in", "sign_in", sign_in)
    app.add_url_rule("/who", "who", lambda: f"{session.get('user')} {consent.allows('ads')}")
    app.add_url_rule("/user", "user", lambda: str(session.get("user")))
    return app


def test_a_choice_signs_nobody_out() -> None:
    client = with_session().test_client()
    client.get("/in")
    client.post("/consent/choice", data={"answer": "reject"})
    client.post("/consent/choice", data={"answer": "accept"})
    assert client.get("/who").text == "ada True"


def test_signing_in_changes_no_choice() -> None:
    client = with_session().test_client()
    client.post("/consent/choice", data={"answer": "accept"})
    client.get("/in")
    assert client.get("/who").text == "ada True"


def test_a_choice_touches_no_session() -> None:
    client = with_session().test_client()
    client.get("/in")
    response = client.post("/consent/choice", data={"answer": "accept"})
    assert [c.partition("=")[0] for c in response.headers.getlist("Set-Cookie")] == ["consent"]


def test_a_page_that_reads_session_and_consent_varies_by_cookie_once() -> None:
    """H2"""
    assert get(with_session(), path="/who").headers.getlist("Vary") == ["Cookie, Sec-GPC"]


def test_a_page_that_reads_the_session_alone_is_as_flask_makes_it() -> None:
    """H2"""
    headers = get(with_session(), path="/user").headers
    assert headers["Vary"] == "Cookie"
    assert "Cache-Control" not in headers
