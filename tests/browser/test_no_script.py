"""Everything without JavaScript (B7, F1, W1)."""

from __future__ import annotations

from typing import Any
from urllib.request import Request, urlopen

import minify_html
import pytest
from flask import request

from flask_cookie_consent import choice_made, consent, requires_consent
from tests.site import ACCEPTED, REFUSED, choice, make_app, policy, visit
from tests.web.test_embeds import call

from .signs import gated

PAGE = "<main><h1>Open data</h1><p>{{ request.full_path }}</p></main>"


@pytest.fixture
def visitor(browser):
    """A browser with JavaScript switched off."""
    browser.scripts(False)
    return browser


@pytest.fixture
def app():
    app = make_app(PAGE)
    app.add_url_rule("/asks", view_func=lambda: " ".join(sorted(consent.granted)) or "nothing")
    return app


def granted(browser, site) -> str:
    """What the server takes as granted, as a page of the site says it."""
    browser.get(f"{site.url}/asks")
    return str(browser.one("body").text)


def test_the_same_cached_bytes_show_the_banner_only_to_who_has_not_chosen(visitor, serve, app):
    """B7, H2: the page comes from a public cache; only a style sheet looks at the visitor."""

    @app.after_request
    def keep(response: Any) -> Any:
        if request.path == "/":
            response.headers["Cache-Control"] = "public, max-age=600"
        return response

    site = serve(app)
    bodies = set()
    for headers in ({}, visit(policy(), **ACCEPTED), visit(policy(), **REFUSED)):
        with urlopen(Request(f"{site.url}/", headers=headers)) as answer:
            bodies.add(answer.read())
            assert "Cookie" not in answer.headers.get("Vary", "")
    assert len(bodies) == 1
    before = len(site.requests("/"))
    visitor.get(site.url)
    assert visitor.banner
    visitor.set_cookie("consent", choice(policy(), **REFUSED).encode(), site.url)
    visitor.get(f"{site.url}/")
    assert len(site.requests("/")) == before + 1, "the page should have come from the cache"
    assert not visitor.banner


@pytest.mark.parametrize(
    ("button", "expected"), [("Accept all", "ads insight video"), ("Reject all", "nothing")]
)
def test_one_click_answers_and_leads_back_to_the_same_page(visitor, serve, app, button, expected):
    """B7, F1: query and all."""
    site = serve(app)
    address = f"{site.url}/other?page=2&q=a%20b"
    visitor.get(address)
    visitor.click(button)
    visitor.until(lambda: visitor.consent_cookie)
    visitor.until(lambda: not visitor.banner)
    assert visitor.driver.current_url == address
    assert visitor.consent_cookie[:3] == f"1{button[0]}c"
    assert granted(visitor, site) == expected
    visitor.get(site.url)
    assert not visitor.banner


def test_one_can_choose_in_detail(visitor, serve, app):
    """B7, B4, F3: nothing is ticked beforehand but what is exempt; one comes back."""
    site = serve(app)
    visitor.get(f"{site.url}/other?page=2")
    visitor.click("Customise")
    visitor.until(lambda: visitor.find("#fcc-content [name=allow]"))
    ticked = [b.get_attribute("value") for b in visitor.find("[name=allow]") if b.is_selected()]
    assert ticked == ["matomo"]
    visitor.click("Optional features")
    visitor.click("Save my choice")
    visitor.until(lambda: visitor.driver.current_url == f"{site.url}/other?page=2")
    assert not visitor.banner
    assert granted(visitor, site) == "video"
    visitor.get(site.url)
    visitor.click("Cookie settings")
    visitor.until(lambda: visitor.find("#fcc-content [name=allow]"))
    ticked = [b.get_attribute("value") for b in visitor.find("[name=allow]") if b.is_selected()]
    assert ticked == ["video", "matomo"]


def test_a_category_is_one_box_or_a_box_for_each_service_never_both(visitor, serve, app):
    """B4, B7: what is submitted can be seen. Where a category is on as a whole its services have no
    boxes; once it is off they have, unticked, and any of them can be chosen."""
    site = serve(app)
    visitor.set_cookie("consent", choice(policy(), **ACCEPTED).encode(), site.url)
    preferences = f"{site.url}/consent/preferences"

    def of_services() -> dict[str, bool]:
        boxes = visitor.find("fieldset details [name=allow]")
        return {b.get_attribute("value"): b.is_selected() for b in boxes if b.is_displayed()}

    visitor.get(preferences)
    visitor.click("Details: Statistics")
    assert of_services() == {}
    visitor.click("Statistics")
    assert of_services() == {"matomo": False, "insight": False}
    visitor.click("Save my choice")
    visitor.until(lambda: visitor.driver.current_url == f"{site.url}/")
    assert granted(visitor, site) == "ads video"
    visitor.get(preferences)
    visitor.click("Details: Statistics")
    visitor.click("Insight")
    visitor.click("Save my choice")
    visitor.until(lambda: visitor.driver.current_url == f"{site.url}/")
    assert granted(visitor, site) == "ads insight video"
    visitor.get(preferences)
    visitor.click("Details: Statistics")
    assert of_services() == {"matomo": False, "insight": True}
    visitor.click("Statistics")
    visitor.click("Save my choice")
    visitor.until(lambda: visitor.driver.current_url == f"{site.url}/")
    visitor.get(preferences)
    assert visitor.one("[data-all]").is_selected()


def test_withdrawing_is_a_link_and_a_button_away(visitor, serve, app):
    """W1: from every page."""
    site = serve(app)
    visitor.set_cookie("consent", choice(policy(), **ACCEPTED).encode(), site.url)
    assert granted(visitor, site) == "ads insight video"
    visitor.get(f"{site.url}/other")
    visitor.click("Cookie settings")
    visitor.until(lambda: visitor.find("#fcc-content [name=allow]"))
    visitor.click("Reject all")
    visitor.until(lambda: visitor.driver.current_url == f"{site.url}/other")
    assert granted(visitor, site) == "nothing"


@pytest.mark.parametrize("way", ["first layer", "preferences"])
def test_a_site_that_sends_no_referrer_still_takes_choices(visitor, serve, app, way):
    """B7, H3: the form says ``Origin: null``, and no ``Referer``; one comes back all the same."""

    @app.after_request
    def no_referrer(response: Any) -> Any:
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    site = serve(app)
    visitor.get(f"{site.url}/other")
    if way == "preferences":
        visitor.click("Customise")
        visitor.until(lambda: visitor.find("#fcc-content [name=allow]"))
    visitor.click("Reject all")
    visitor.until(lambda: visitor.driver.current_url == f"{site.url}/other")
    assert not visitor.banner
    assert visitor.consent_cookie.startswith("1Rc.")
    sent = site.requests("/consent/choice")[0].headers
    assert sent["origin"] == "null"
    assert "referer" not in sent


@pytest.mark.parametrize("hides", ["no-referrer", "origin", "strict-origin"])
@pytest.mark.parametrize("link", ["footer", ".fcc-e", "#fcc-reopen"])
def test_links_to_the_preferences_say_where_they_stand(visitor, serve, link, hides):
    """B7, H3: query and all, whatever the site says to others."""
    app = make_app(call(), reopen="end")

    @app.after_request
    def hide(response: Any) -> Any:
        response.headers["Referrer-Policy"] = hides
        return response

    site = serve(app)
    visitor.set_cookie("consent", choice(policy(), **REFUSED).encode(), site.url)
    visitor.get(f"{site.url}/other?page=2")
    visitor.one(f"{link} [data-fcc]").click()
    visitor.until(lambda: visitor.find("#fcc-content [name=allow]"))
    visitor.click("Save my choice")
    visitor.until(lambda: visitor.driver.current_url == f"{site.url}/other?page=2")


def test_the_preferences_lead_back_to_where_a_link_says(visitor, serve, app):
    """B7, H3: ``next`` is the site's own way of saying it, and never leads elsewhere."""
    site = serve(app)
    for next_, back in (
        ("/other?x=1", "/other?x=1"), ("//evil.example/", "/"), ("https://evil.example/", "/"),
    ):  # fmt: skip
        visitor.get(f"{site.url}/consent/preferences?next={next_}")
        visitor.click("Save my choice")
        visitor.until(lambda to=back: visitor.driver.current_url == f"{site.url}{to}")


def test_a_page_that_needs_consent_can_be_opened_with_one_button(visitor, serve, app):
    """B4, B7: it asks for what it needs, and goes on."""

    @app.get("/video")
    @requires_consent("video")
    def video() -> str:
        return "<h1>The film</h1>"

    site = serve(app)
    visitor.get(f"{site.url}/video?t=5")
    assert "Video" in visitor.one("main").text
    visitor.one("main form button").click()
    visitor.until(lambda: visitor.one("h1").text == "The film")
    assert visitor.driver.current_url == f"{site.url}/video?t=5"
    assert granted(visitor, site) == "video"


def test_the_record_says_that_a_plain_form_made_the_choice(visitor, serve, app):
    """P1."""
    events: list[Any] = []

    def note_event(sender: Any, event: Any) -> None:
        events.append(event)

    with choice_made.connected_to(note_event, app):
        site = serve(app)
        visitor.get(f"{site.url}/other")
        visitor.click("Accept all")
        visitor.until(lambda: events)
    (event,) = events
    assert event.choice.method == "accept"
    assert not event.choice.scripted
    assert event.page == "/other"
    assert event.snapshot
    assert event.choice.id


def test_nothing_gated_loads(visitor, serve, third_party):
    """B1: not even after accepting, since nothing could run it."""
    markup = gated("ads", f'<img src="{third_party.url}/pixel" alt="">')
    inert = f'<script type="text/plain" data-consent="ads" src="{third_party.url}/x.js"></script>'
    site = serve(make_app(markup + inert))
    visitor.get(site.url)
    visitor.click("Accept all")
    visitor.until(lambda: visitor.consent_cookie)
    visitor.get(f"{site.url}/other")
    assert third_party.log == []


def test_the_page_works_whoever_has_not_chosen(visitor, serve, app):
    """F4: the banner covers no more than it must, and links work beneath it."""
    site = serve(app)
    visitor.window(360, 640)
    visitor.get(site.url)
    assert visitor.banner
    assert visitor.box("#fcc")["height"] <= 640 / 3
    visitor.click("Cookie policy")
    visitor.until(lambda: visitor.driver.current_url.startswith(f"{site.url}/consent/policy"))
    assert not visitor.find("#fcc")


# -- Pages that something minifies ------------------------------------------------------------


@pytest.fixture
def minified(serve):
    """Serves a site whose pages go through minify-html, with what that takes for granted."""

    def start(**options: Any) -> Any:
        app = make_app(PAGE + call(content="<p class='film'>Film</p>"), **options)

        @app.after_request
        def shrink(response: Any) -> Any:
            if response.mimetype == "text/html":
                response.set_data(minify_html.minify(response.get_data(as_text=True)))
            return response

        return serve(app)

    return start


@pytest.mark.parametrize("options", [{}, {"inline": False}, {"reopen": "end"}], ids=str)
def test_without_scripts_a_minified_page_asks_and_takes_the_answer(visitor, minified, options):
    """B7: a minifier writes a boolean attribute by its name alone."""
    site = minified(**options)
    visitor.get(f"{site.url}/other?page=2")
    assert visitor.banner
    if "reopen" in options:
        assert not visitor.one("#fcc-reopen").is_displayed()
    visitor.click("Reject all")
    visitor.until(lambda: visitor.driver.current_url == f"{site.url}/other?page=2")
    visitor.until(lambda: not visitor.banner)
    assert visitor.consent_cookie.startswith("1Rc.")


@pytest.mark.parametrize("options", [{}, {"inline": False}, {"reopen": "end"}], ids=str)
def test_with_scripts_a_minified_page_works_as_any_other(browser, minified, options):
    browser.window(1280, 2400)
    site = minified(**options)
    browser.get(site.url)
    browser.until(lambda: browser.banner and browser.one(".fcc-p button").is_displayed())
    browser.click("Always allow Video")
    browser.until(lambda: browser.find("p.film"))
    browser.click("Reject all", "#fcc")
    browser.until(lambda: not browser.banner)
    browser.click("Cookie settings", "footer")
    browser.until(lambda: browser.dialog)
    browser.get(f"{site.url}/other")
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    assert not browser.banner
    assert browser.console == []
