"""`@requires_consent`: a view that runs only with consent, and what answers instead."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from flask_cookie_consent import UnknownName, requires_consent
from tests.forms import forms_of
from tests.site import ACCEPTED, REFUSED, get, make_app, policy, visit

HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
JSON = {"Accept": "application/json"}


def app_for(name: str = "ads", **options: Any) -> Flask:
    """An app whose page ``/page`` needs consent to ``name``."""
    app = make_app()

    @app.route("/page", methods=["GET", "POST"])
    @requires_consent(name, **options)
    def page() -> str:
        return "the page"

    return app


def test_a_visitor_who_allows_it_gets_the_page() -> None:
    assert get(app_for(), visit(policy(), **ACCEPTED)).text == "the page"


@pytest.mark.parametrize("said", [{}, REFUSED], ids=["no choice", "refused"])
def test_a_visitor_who_does_not_gets_a_refusal(said: Any) -> None:
    headers = visit(policy(), **said) if said else {}
    assert get(app_for(), headers).status_code == 403


def test_a_category_can_be_required() -> None:
    assert get(app_for("marketing"), visit(policy(), granted=["ads"])).text == "the page"


def test_a_necessary_service_is_always_there() -> None:
    assert get(app_for("session")).text == "the page"


def test_arguments_of_the_view_are_passed_on() -> None:
    app = make_app()
    view = requires_consent("session")(lambda number: str(number + 1))
    app.add_url_rule("/n/<int:number>", "n", view)
    assert get(app, path="/n/4").text == "5"


def test_a_decorated_view_keeps_its_name() -> None:
    assert app_for().view_functions["page"].__name__ == "page"


def test_an_unknown_name_is_an_error_that_lists_the_known_ones() -> None:
    app = app_for("typo")
    app.testing = True
    with pytest.raises(UnknownName, match="insight"):
        get(app)


@pytest.mark.parametrize("said", [{}, ACCEPTED], ids=["refused", "allowed"])
def test_the_answer_is_for_one_visitor_only(said: Any) -> None:
    """H2"""
    headers = get(app_for(), visit(policy(), **said)).headers
    assert headers["Vary"] == "Cookie, Sec-GPC"
    assert "private" in headers["Cache-Control"]


# -- The page that answers instead ------------------------------------------------------------


@pytest.mark.parametrize(
    "accept", [HTML, {"Accept": "*/*"}, {}, {"Accept": "image/png"}], ids=lambda a: a.get("Accept")
)
def test_a_page_answers_unless_json_is_asked_for(accept: dict[str, str]) -> None:
    assert get(app_for(), accept).mimetype == "text/html"


def test_the_page_names_what_it_needs() -> None:
    page = get(app_for("functional"), HTML).text
    assert "Video" in page
    assert "Insight" not in page


def through_the_form(app: Flask, path: str) -> Any:
    """What a visitor gets who sends the page's form and is brought back."""
    client = app.test_client()
    [form] = forms_of(client.get(path, headers=HTML).text)
    data = MultiDict([*form.hidden, *form.button("add")])
    return client.post(form.action, data=data, follow_redirects=True)


def test_its_form_allows_what_is_needed_and_leads_to_the_page() -> None:
    """B7"""
    response = through_the_form(app_for(), "/page?sort=up")
    assert response.text == "the page"
    assert response.request.full_path == "/page?sort=up"


def test_its_form_allows_every_service_of_a_category_that_asks() -> None:
    assert through_the_form(app_for("statistics"), "/page").text == "the page"


def test_its_form_lifts_an_objection_to_an_exempt_service() -> None:
    app = app_for("matomo")
    client = app.test_client()
    client.post("/consent/choice", data={"answer": "reject"})
    [form] = forms_of(client.get("/page", headers=HTML).text)
    data = MultiDict([*form.hidden, *form.button("add")])
    assert client.post(form.action, data=data, follow_redirects=True).text == "the page"


@pytest.mark.parametrize("path", ["/données", "/a%3Fb", "/a%20b", "/a%23b", "/50%25", "/a;b"])
def test_its_form_leads_back_to_any_address(path: str) -> None:
    app = make_app()
    view = requires_consent("ads")(lambda rest: f"reached {rest}")
    app.add_url_rule("/<path:rest>", "any", view)
    assert through_the_form(app, path).text == f"reached {unquote(path)[1:]}"


def test_its_form_does_not_repeat_a_post() -> None:
    """What was sent is lost, but nothing is sent twice."""
    page = app_for().test_client().post("/page", headers=HTML).text
    [form] = forms_of(page)
    assert dict(form.hidden)["next"] == "/"


def test_it_leads_to_the_preferences_too() -> None:
    assert 'href="/consent/preferences' in get(app_for(), HTML).text


def test_its_address_is_shown_as_text_only() -> None:
    """H4"""
    page = get(app_for(), HTML, '/page?"><script>alert(1)</script>').text
    assert "<script>alert" not in page


# -- Other answers ----------------------------------------------------------------------------


def test_json_says_what_is_needed_and_where_to_choose() -> None:
    response = get(app_for("statistics"), JSON)
    assert response.status_code == 403
    assert response.json == {
        "error": "consent_required",
        "needs": ["insight"],
        "preferences": "/consent/preferences",
    }


def test_a_function_of_the_site_may_answer_instead() -> None:
    app = app_for(otherwise=lambda: ("without adverts", 200))
    assert get(app).text == "without adverts"


def test_the_answer_of_a_function_of_the_site_is_private_too() -> None:
    """H2"""
    headers = get(app_for(otherwise=lambda: "without adverts")).headers
    assert (headers["Vary"], headers["Cache-Control"]) == ("Cookie, Sec-GPC", "private")


def test_an_async_view_works() -> None:
    """H7"""
    app = make_app()

    @app.get("/page")
    @requires_consent("ads")
    async def page() -> str:
        return "the async page"

    assert get(app, visit(policy(), **ACCEPTED)).text == "the async page"
    assert get(app).status_code == 403


def test_an_async_function_of_the_site_may_answer_instead() -> None:
    """H7"""

    async def otherwise() -> str:
        return "without adverts"

    assert get(app_for(otherwise=otherwise)).text == "without adverts"
