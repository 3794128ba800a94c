"""A page of another site carries our script tag (``localhost`` and ``127.0.0.1`` are two sites)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from flask_cookie_consent import ChoiceEvent, choice_made
from tests.browser.jar import DOMAIN
from tests.browser.signs import confirmed, gated, note
from tests.browser.test_script_tag import HTML, TAG
from tests.browser.world import Server
from tests.site import make_app, policy


class Sites:
    """A static site, and the Flask app that knows its origin."""

    def __init__(self, serve: Any, host: str = "127.0.0.1") -> None:
        self.static: Server = serve(Flask("static"), host="localhost")
        app = make_app(embedded_on=[self.static.url])
        self.flask: Server = serve(app, host=host)
        tag = TAG.format(base=self.flask.url, query="")
        html = HTML.format(tag=tag, body=gated("ads", note("ads")))
        self.static.app.add_url_rule("/", "plain", lambda: html)
        self.events: list[ChoiceEvent] = []
        self._receiver = lambda _, event: self.events.append(event)
        choice_made.connect(self._receiver, app)  # as long as this object lives


@pytest.fixture
def sites(serve: Any) -> Sites:
    return Sites(serve)


def test_a_choice_is_kept_on_the_static_site_and_told_to_the_server(browser, sites):
    browser.get(sites.static.url)
    browser.until(lambda: browser.banner)
    browser.click("Reject all")
    browser.until(lambda: sites.events)
    assert sites.events[0].choice.method == "reject"
    assert browser.cookies["consent"]["domain"] == "localhost"
    browser.get(sites.static.url)
    browser.until(lambda: browser.js("window.cookieConsent?.given"))
    assert not browser.banner


def test_the_preferences_open_on_the_static_site(browser, sites):
    browser.get(sites.static.url)
    browser.until(lambda: browser.banner)
    browser.click("Customise")
    browser.until(lambda: browser.js("!!document.querySelector('dialog[open]')"))
    assert browser.js("location.origin") == sites.static.url
    links = browser.js(
        "[...document.querySelectorAll('#fcc-dialog a, #fcc-dialog form')].map("
        "(e) => e.getAttribute('href') || e.getAttribute('action'))"
    )
    assert all(link.startswith(("http", "#")) for link in links)


def test_a_site_that_is_not_listed_gets_no_answer(browser, sites, serve):
    other = serve(sites.static.app, host="localhost")  # another port: another origin
    browser.get(other.url)
    browser.until(lambda: browser.banner)
    browser.click("Reject all")
    browser.until(lambda: sites.flask.requests("/consent/choice", "POST"))
    assert not sites.events


def test_a_choice_that_the_server_has_is_not_told_again(browser, sites):
    browser.get(sites.static.url)
    browser.until(lambda: browser.banner)
    browser.click("Accept all")
    browser.until(lambda: browser.consent_cookie and browser.consent_cookie[2] == "c")
    browser.get(sites.static.url)
    browser.until(lambda: browser.js("window.cookieConsent?.given"))
    assert len(sites.flask.requests("/consent/choice", "POST")) == 1


def test_the_boxes_show_the_choice_that_the_static_site_keeps(browser, sites):
    browser.get(sites.static.url)
    browser.until(lambda: browser.banner)
    browser.js("cookieConsent.save(['video'])")
    browser.js("cookieConsent.show()")
    browser.until(lambda: browser.js("!!document.querySelector('dialog[open]')"))
    ticked = browser.js(
        "[...document.querySelectorAll('[name=allow]:checked')].map((b) => b.value)"
    )
    assert ticked == ["video"]


def choice_kept(browser) -> str:
    """The value of the static site's own cookie."""
    [found] = [c for c in browser.all_cookies if c["domain"] == "localhost"]
    return str(found["value"])


def test_a_choice_that_the_server_did_not_take_is_reported_again(browser, sites):
    browser.cdp("Network.setBlockedURLs", urls=["*/consent/choice"])
    browser.get(sites.static.url)
    browser.click("Accept all")
    browser.until(lambda: browser.js("window.cookieConsent.given"))
    assert choice_kept(browser).startswith("1a0.")
    browser.cdp("Network.setBlockedURLs", urls=[])
    browser.get(sites.static.url)
    browser.until(lambda: choice_kept(browser).startswith("1ac."))
    assert len(sites.events) == 1


def test_the_preferences_say_what_was_chosen_on_the_static_site(browser, sites):
    """By plain http no server of another site keeps a cookie: it knows nothing."""
    browser.get(sites.static.url)
    browser.click("Accept all")
    browser.until(lambda: choice_kept(browser).startswith("1ac."))
    browser.js("cookieConsent.show()")
    browser.until(lambda: browser.dialog)
    assert [b.is_selected() for b in browser.find("#fcc-dialog [name=allow]")] == [True] * 4
    browser.until(lambda: "ads" in browser.ran)
    browser.click("Advertising", "#fcc-dialog")
    browser.click("Save my choice", "#fcc-dialog")
    browser.until(lambda: browser.find("#fcc-reload"))  # a withdrawal: the page can be reloaded
    assert not browser.allows("ads")
    assert browser.allows("video")


def test_by_https_the_server_keeps_a_cookie_of_the_sites_own(browser, serve_https):
    """In a partition; whatever the script asks then carries it."""
    sites = Sites(serve_https, f"consent.{DOMAIN}")
    browser.get(sites.static.url)
    browser.click("Reject all")
    browser.until(lambda: choice_kept(browser).startswith("1rc."))
    browser.js("cookieConsent.show()")
    browser.until(lambda: browser.dialog)
    browser.until(lambda: sites.flask.requests("/consent/clear", "POST"))
    [kept] = [c for c in browser.all_cookies if c["domain"] == sites.flask.url[8:].split(":")[0]]
    assert kept["partitionKey"]["topLevelSite"] == "https://localhost"
    [asked] = sites.flask.requests("/consent/dialog", "GET")
    assert kept["value"] in asked.headers["cookie"]


def test_within_one_domain_the_servers_own_cookie_stays(browser, serve_https):
    """Safari keeps it longer than one that a script wrote; only the server's is ``Lax``."""
    static = serve_https(Flask("static"), host=f"www.{DOMAIN}")
    app = make_app(policy_=policy(cookie_domain=DOMAIN), embedded_on=[static.url])
    flask = serve_https(app, host=f"consent.{DOMAIN}")
    html = HTML.format(tag=TAG.format(base=flask.url, query=""), body="")
    static.app.add_url_rule("/", "plain", lambda: html)
    browser.get(static.url)
    browser.click("Accept all")
    confirmed(browser)
    browser.get(static.url)
    browser.until(lambda: browser.js("window.cookieConsent?.given"))
    [kept] = [c for c in browser.all_cookies if c["name"] == "consent"]
    assert kept["domain"] == f".{DOMAIN}"
    assert kept.get("sameSite") == "Lax"
