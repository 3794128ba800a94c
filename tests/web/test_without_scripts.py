"""A visitor without JavaScript: every form works, and leads back to where it was (B7)."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import unquote

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
    assert re.search('<section id="fcc"[^>]* hidden', get(make_app(), path="/").text)


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


def test_a_choice_on_a_page_that_says_nothing_of_itself_leads_to_the_start_page() -> None:
    client = visitor()
    assert press(client, form_at(client, "/"), "accept").location == "/"


def sends(policy_: str, page: str) -> dict[str, str]:
    """The ``Referer`` that a browser sends from ``page`` under a ``Referrer-Policy``."""
    if policy_ == "no-referrer":
        return {}
    return {"Referer": "http://localhost/" if "origin" in policy_ else f"http://localhost{page}"}


def with_pages(**options: Any) -> Flask:
    """A site with pages that have any address, and a form that is answered at one of its own."""
    app = make_app(**options)

    @app.get("/news/<path:name>")
    @app.post("/contact")
    def page(name: str = "") -> Any:
        return app.view_functions["index"]()

    return app


@pytest.mark.parametrize("policy_", ["no-referrer", "origin", "strict-origin"])
@pytest.mark.parametrize("page", ["/other", "/news/4%202%26b/%C3%A9%2F", "/news/a+b;c"])
@pytest.mark.parametrize("way", ["banner", "preferences", "twice"])
def test_a_choice_leads_back_where_the_site_hides_its_addresses(
    policy_: str, page: str, way: str
) -> None:
    """B7, H3"""
    client = visitor(with_pages())
    headers = sends(policy_, page)
    form = form_at(client, page)
    if way != "banner":
        [link] = re.findall(r'<a href="([^"]+)" data-fcc>Customise', client.get(page).text)
        [form] = forms_of(client.get(html.unescape(link), headers=headers).text)
    if way == "twice":
        form.hidden = [field for field in form.hidden if field[0] != "next"]
        form.hidden.append(("page", page))
    response = press(client, form, "accept", headers=headers)
    assert unquote(response.location) == unquote(page)


@pytest.mark.parametrize("prefix", ["", "/shop"])
def test_under_a_prefix_a_choice_leads_back_too(prefix: str) -> None:
    client = visitor(with_pages())
    mount: Any = {"base_url": f"http://localhost{prefix}/"}
    [form] = forms_of(client.get("/news/1", **mount).text)
    data = MultiDict([*form.hidden, *form.button("accept")])
    assert client.post("/consent/choice", data=data, **mount).location == f"{prefix}/news/1"


def test_the_referer_counts_more_than_the_page_that_a_fragment_was_made_for() -> None:
    client = visitor()
    form = form_at(client, "/other")
    referer = {"Referer": "http://localhost/?page=2"}
    assert press(client, form, "accept", headers=referer).location == "/?page=2"


def test_no_page_carries_what_a_cache_may_leave_out_of_its_key() -> None:
    """H2: the query of one visitor would reach another."""
    app = with_pages()
    pages = {get(app, path=f"/news/1{query}").text for query in ("", "?token=secret", "?a=b")}
    assert len(pages) == 1


@pytest.mark.parametrize("page", ["/", "/news/" + "a" * 500])
def test_a_page_says_its_address_only_where_that_is_of_use_and_short(page: str) -> None:
    assert 'name="page"' not in get(with_pages(), path=page).text


@pytest.mark.parametrize(
    "said", ["//evil.example/", "https://evil.example/", "/\\evil", "javascript:x"]
)
def test_what_a_page_says_of_itself_leads_nowhere_else(said: str) -> None:
    response = visitor().post("/consent/choice", data={"answer": "save", "page": said})
    assert response.location == "/"
    back = visitor().get(f"{PREFERENCES}?page={said}").text
    assert "evil" not in back
    assert 'name="next"' not in back


@pytest.mark.parametrize("way", ["banner", "preferences", "next"])
def test_nobody_is_led_to_an_address_that_takes_forms_alone(way: str) -> None:
    """Of the answer to a form that was sent with POST."""
    client = visitor(with_pages())
    [form] = forms_of(client.post("/contact").text)
    referer = {"Referer": "http://localhost/contact"}
    if way == "preferences":
        [form] = forms_of(client.get(PREFERENCES, headers=referer).text)
    elif way == "next":
        form.hidden.append(("next", "/contact"))
    assert press(client, form, "accept", headers=referer).location == "/"


def test_an_address_of_another_server_on_this_host_is_led_back_to() -> None:
    client = visitor()
    referer = {"Referer": "http://localhost/static.html"}
    response = press(client, form_at(client, "/"), "accept", headers=referer)
    assert response.location == "/static.html"


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
