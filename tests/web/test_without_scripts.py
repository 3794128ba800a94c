"""A visitor without JavaScript: every form works, and leads back to where it was (B7)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client, TestResponse

from flask_cookie_consent import consent
from tests.forms import Field, Form, forms_of
from tests.site import ACCEPTED, REFUSED, choice, get, make_app, policy, services, visit

PREFERENCES = "/consent/preferences"


def site() -> Flask:
    """An app whose page ``/allowed`` lists what may run."""
    app = make_app()
    app.add_url_rule("/allowed", "allowed", lambda: " ".join(consent))
    return app


def visitor(app: Flask | None = None, **said: Any) -> Client:
    """A browser that keeps cookies, of a visitor who has ``said`` something or nothing yet."""
    client = (app or site()).test_client()
    if said:
        client.set_cookie("consent", choice(policy(), **said).encode())
    return client


def form_at(client: Client, path: str) -> Form:
    [form] = forms_of(client.get(path).text)
    return form


def press(
    client: Client, form: Form, button: str, boxes: list[Field] | None = None, **options: Any
) -> TestResponse:
    """Sends ``form`` by its ``button``, with its boxes as they are or as in ``boxes``."""
    checked = form.checked if boxes is None else boxes
    data = MultiDict([*form.hidden, *checked, *form.button(button)])
    return client.post(form.action, data=data, **options)


def allowed(client: Client) -> set[str]:
    """The optional services that may run for this visitor from now on."""
    return {*client.get("/allowed").text.split()} - {"session", "consent"}


ALL = {"matomo", "insight", "ads", "video"}


# -- The first layer --------------------------------------------------------------------------


@pytest.mark.parametrize(("button", "result"), [("accept", ALL), ("reject", set())])
def test_the_first_layers_buttons_work(button: str, result: set[str]) -> None:
    """F1, B7"""
    client = visitor()
    press(client, form_at(client, "/"), button)
    assert allowed(client) == result


def test_accepting_on_the_first_layer_leaves_an_earlier_refusal() -> None:
    """W4: only what is new was asked."""
    client = visitor(granted=["insight"], refused=["ads", "matomo"])
    press(client, form_at(client, "/"), "accept")
    assert allowed(client) == {"insight", "video"}


def test_the_first_layer_is_hidden_until_something_shows_it() -> None:
    """D2"""
    assert '<section id="fcc" hidden' in get(make_app(), path="/").text


STATE = "/consent/state.css"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({}, True),
        (ACCEPTED, False),
        (REFUSED, False),
        ({"granted": ["insight"]}, True),
        ({**ACCEPTED, "time_": 0}, True),
    ],
    ids=["no choice", "accepted", "refused", "something new", "expired"],
)
def test_the_first_layer_is_shown_to_who_has_not_chosen(said: Any, shown: bool) -> None:
    """B7, F3, W3"""
    headers = visit(policy(), **said) if said else {}
    css = get(make_app(), headers, path=STATE)
    assert css.mimetype == "text/css"
    assert ("#fcc[hidden=hidden]{display:block" in css.text) == shown


def test_what_shows_the_first_layer_is_kept_by_no_cache() -> None:
    """B7, decision 2"""
    headers = get(make_app(), path=STATE).headers
    assert headers["Cache-Control"] == "private, no-store"


def test_what_shows_the_first_layer_is_asked_for_only_where_scripts_are_off() -> None:
    """D2"""
    page = get(make_app(), path="/").text
    assert f'<noscript><link rel="stylesheet" href="{STATE}"></noscript>' in page
    assert page.count(STATE) == 1


def test_where_nothing_needs_asking_there_is_no_first_layer() -> None:
    """F6"""
    app = make_app(policy_=policy(services=services()[:2]))
    page = get(app, path="/").text
    assert 'id="fcc"' not in page
    assert PREFERENCES in page


# -- The preferences --------------------------------------------------------------------------


def test_nothing_that_needs_consent_is_checked_before_a_choice() -> None:
    """F3. The exempt service is: it runs until the visitor objects."""
    form = form_at(visitor(), PREFERENCES)
    assert form.checked == [("allow", "matomo")]


def test_every_optional_service_has_a_box() -> None:
    form = form_at(visitor(), PREFERENCES)
    assert {value for _, value in form.boxes} == {
        "video",
        "matomo insight",
        "matomo",
        "insight",
        "ads",
    }


@pytest.mark.parametrize("said", [ACCEPTED, REFUSED, {"granted": ["ads"]}])
def test_the_boxes_show_what_is_allowed(said: Any) -> None:
    client = visitor(**said)
    checked = [id for _, value in form_at(client, PREFERENCES).checked for id in value.split()]
    assert sorted(checked) == sorted(allowed(client)), "each is on by one box"


@pytest.mark.parametrize("said", [{}, ACCEPTED, REFUSED], ids=["stranger", "accepted", "refused"])
@pytest.mark.parametrize(("button", "result"), [("accept", ALL), ("reject", set())])
def test_the_preferences_buttons_are_about_everything(
    said: Any, button: str, result: set[str]
) -> None:
    """W1"""
    client = visitor(**said)
    press(client, form_at(client, PREFERENCES), button)
    assert allowed(client) == result


@pytest.mark.parametrize("wanted", [set(), {"ads"}, {"matomo", "video"}, ALL])
def test_saving_allows_exactly_the_checked_boxes(wanted: set[str]) -> None:
    """B4"""
    client = visitor(granted=["insight"], refused=["matomo"])
    boxes = [("allow", name) for name in sorted(wanted)]
    press(client, form_at(client, PREFERENCES), "save", boxes)
    assert allowed(client) == wanted


@pytest.mark.parametrize(
    "said", [ACCEPTED, REFUSED, {"granted": ["ads"], "refused": ["matomo", "insight"]}]
)
def test_saving_without_a_change_changes_nothing(said: Any) -> None:
    client = visitor(**said)
    before = allowed(client)
    press(client, form_at(client, PREFERENCES), "save")
    assert allowed(client) == before


def test_the_box_of_a_category_allows_all_that_it_showed() -> None:
    """B4. Both a category's box and one of its services' may be ticked: that is no more."""
    client = visitor(refused=["matomo", "insight", "ads", "video"])
    form = form_at(client, PREFERENCES)
    press(client, form, "save", [("allow", "matomo insight"), ("allow", "insight")])
    assert allowed(client) == {"matomo", "insight"}


def test_who_unticks_a_category_that_was_on_leaves_nothing_of_it_on() -> None:
    """W1: its services' boxes, which lie behind a disclosure, do not hold on to it."""
    client = visitor(**ACCEPTED)
    form = form_at(client, PREFERENCES)
    ticked = [box for box in form.checked if box != ("allow", "matomo insight")]
    press(client, form, "save", ticked)
    assert allowed(client) == {"video", "ads"}


def test_a_choice_without_scripts_is_told_from_one_with() -> None:
    client = visitor()
    press(client, form_at(client, "/"), "reject")
    cookie = client.get_cookie("consent")
    assert cookie is not None
    assert cookie.value.startswith("1Rc.")


# -- Back to the page (H3) --------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/other", "/other?page=2&q=%C3%A9", "/?a=//b"])
def test_a_choice_leads_back_to_its_page(page: str) -> None:
    """B7"""
    client = visitor()
    referer = {"Referer": f"http://localhost{page}"}
    response = press(client, form_at(client, "/"), "accept", headers=referer)
    assert (response.status_code, response.location) == (303, page)


def test_a_choice_leads_back_on_a_site_with_letters_beyond_ascii_in_its_name() -> None:
    """H7: browsers send such names in their ASCII form (RFC 5891)."""
    here = "https://xn--bcher-kva.example"
    options: Any = {"base_url": f"{here}/", "headers": {"Referer": f"{here}/other"}}
    response = make_app().test_client().post("/consent/choice", data={"answer": "save"}, **options)
    assert response.location == "/other"


def test_a_choice_without_a_referer_leads_to_the_start_page() -> None:
    """As under `Referrer-Policy: no-referrer`."""
    client = visitor()
    assert press(client, form_at(client, "/"), "accept").location == "/"


def test_saved_preferences_lead_back_to_the_page_that_they_were_opened_from() -> None:
    """B7"""
    client = visitor()
    referer = {"Referer": "http://localhost/other?page=2"}
    [form] = forms_of(client.get(PREFERENCES, headers=referer).text)
    after = {"Referer": f"http://localhost{PREFERENCES}"}
    assert press(client, form, "save", headers=after).location == "/other?page=2"


def test_saved_preferences_never_lead_back_to_the_preferences() -> None:
    client = visitor()
    after = {"Referer": f"http://localhost{PREFERENCES}"}
    assert press(client, form_at(client, PREFERENCES), "save", headers=after).location == "/"
