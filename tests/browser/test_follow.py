"""Pages that were there before the newest choice (W5): other tabs, pages from the
back/forward cache, pages from the HTTP cache, prerendered pages."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import request

from tests.site import ACCEPTED, choice, make_app, policy

from .signs import LAST, confirmed, gated, note, round_trip

HEAR = (
    "<script>window.ran = [];"
    "addEventListener('pageshow', (e) => ran.push(e.persisted ? 'restored' : 'shown'));"
    "addEventListener('consent:change', () => ran.push(`ads ${cookieConsent.allows('ads')}`))"
    "</script>"
)
PAGE = gated("ads", note("ads")) + "<p><a href='/other'>On</a></p>" + LAST


def go_on(browser) -> None:
    """Follows the link, as visitors do, and waits for the next page."""
    browser.js("(window.before = true)")
    browser.click("On")
    browser.until(lambda: browser.js("location.pathname == '/other' && !window.before"))
    browser.until(lambda: "last" in browser.ran)


def come_back(browser) -> None:
    """Presses Back; the page must come out of the back/forward cache, as it was left."""
    browser.back()
    browser.until(lambda: browser.js("location.pathname == '/' && window.before"))
    browser.until(lambda: "restored" in browser.ran, "it was not restored, but loaded again")


# -- Other tabs -------------------------------------------------------------------------------


def test_other_tabs_follow(browser, serve):
    """W5: without a reload; what was granted runs there, a withdrawal is heard."""
    site = serve(make_app(PAGE, head=HEAR))
    browser.get(site.url)
    first = browser.driver.current_window_handle
    browser.until(lambda: "last" in browser.ran)
    browser.driver.switch_to.new_window("tab")
    second = browser.driver.current_window_handle
    browser.get(f"{site.url}/other")
    browser.click("Accept all")
    confirmed(browser)
    browser.driver.switch_to.window(first)
    browser.until(lambda: not browser.banner)
    browser.until(lambda: browser.ran[2:] == ["ads true", "ads"])
    browser.driver.switch_to.window(second)
    browser.js("cookieConsent.reject()")
    confirmed(browser)
    browser.driver.switch_to.window(first)
    browser.until(lambda: not browser.allows("ads"))
    assert browser.ran[4:] == ["ads false"]
    assert len(site.requests("/consent/choice")) == 2, "only the tab that was clicked reports"


# -- The Back button --------------------------------------------------------------------------


def test_a_restored_page_takes_the_choice_made_meanwhile(browser, serve):
    """W5: its banner goes, and what was granted runs, once."""
    site = serve(make_app(PAGE, head=HEAR))
    browser.get(site.url)
    browser.until(lambda: "last" in browser.ran)
    assert browser.banner
    go_on(browser)
    browser.click("Accept all")
    confirmed(browser)
    come_back(browser)
    browser.until(lambda: not browser.banner)
    browser.until(lambda: browser.ran[-1] == "ads")
    assert sorted(browser.ran) == ["ads", "ads true", "last", "restored", "shown"]


def test_a_restored_page_takes_a_withdrawal(browser, serve):
    """W5."""
    site = serve(make_app(PAGE, head=HEAR))
    browser.get(site.url)
    browser.click("Accept all")
    confirmed(browser)
    browser.until(lambda: "ads" in browser.ran)
    go_on(browser)
    browser.js("cookieConsent.reject()")
    confirmed(browser)
    come_back(browser)
    browser.until(lambda: not browser.allows("ads"))
    assert "ads false" in browser.ran
    assert not browser.banner


def test_a_page_is_restorable_after_every_use_of_the_banner(browser, serve):
    """W5: neither a choice, its report nor the dialog keeps the page out of the cache."""
    site = serve(make_app(PAGE, head=HEAR))
    browser.get(site.url)
    browser.click("Customise")
    browser.until(lambda: browser.dialog)
    browser.click("Save my choice")
    confirmed(browser)
    browser.click("Cookie settings")
    browser.until(lambda: browser.dialog)
    browser.press("escape")
    browser.until(lambda: not browser.dialog)
    go_on(browser)
    come_back(browser)
    round_trip(browser)
    assert not browser.banner
    browser.click("Cookie settings")
    browser.until(lambda: browser.dialog)


@pytest.mark.parametrize("cache", ["no-store", "public, max-age=600"])
def test_the_back_button_does_not_bring_the_banner_back(browser, serve, cache):
    """W5, B7: a page that is loaded again, also one that the HTTP cache keeps for everybody."""
    app = make_app(PAGE, head="<script>addEventListener('unload', () => {})</script>")

    @app.after_request
    def keep(response: Any) -> Any:
        if request.path == "/":
            response.headers["Cache-Control"] = cache
            response.headers["Permissions-Policy"] = "unload=(self)"
        return response

    site = serve(app)
    browser.get(site.url)
    assert browser.banner
    go_on(browser)
    browser.click("Reject all")
    confirmed(browser)
    browser.back()
    browser.until(lambda: browser.js("location.pathname == '/' && !window.before"))
    browser.until(lambda: "last" in browser.ran)
    assert not browser.banner
    assert len(site.requests("/")) == (2 if cache == "no-store" else 1)


# -- Prerendering -----------------------------------------------------------------------------

PRERENDER = (
    "{% if request.path == '/' %}"
    '<script type="speculationrules">'
    '{"prerender": [{"urls": ["/other"], "eagerness": "immediate"}]}</script>'
    "{% endif %}"
)
# Comes after the deferred script: once the server has seen it, the page is all there.
LOADED = (
    "<script>addEventListener('load', () => fetch('/loaded?' + document.prerendering))</script>"
)


class Down:
    """A site whose server takes no choices while ``yes``."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.yes = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] == "POST" and self.yes.is_set():
            start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
            return [b"down"]
        return self.app(environ, start_response)


def prerendered(browser, site) -> None:
    """Waits until the next page lies ready."""
    browser.until(
        lambda: [s for s in site.requests("/loaded") if s.query == "true"],
        "nothing was prerendered",
    )


def test_nothing_runs_and_nothing_is_sent_while_prerendering(browser, serve, third_party):
    """W5, B1: the page may never be seen."""
    gate = gated("ads", f'<script src="{third_party.url}/ads.js"></script>')
    app = make_app(gate + "<p><a href='/other'>On</a></p>" + LAST + LOADED + PRERENDER)
    down = Down(app)
    down.yes.set()
    site = serve(down)
    waiting = choice(policy(), **ACCEPTED, state="0").encode()
    browser.set_cookie("consent", waiting, site.url)
    browser.get(site.url)
    prerendered(browser, site)
    browser.until(lambda: len(third_party.log) == 1)
    round_trip(browser)
    pages = [s for s in site.requests("/other") if "prerender" in s.headers["sec-purpose"]]
    assert len(pages) == len(site.requests("/other")) == 1
    assert len(third_party.log) == 1
    assert len(site.requests("/consent/choice")) == 1
    assert browser.consent_cookie[2] == "1"
    browser.click("On")
    browser.until(lambda: browser.js("location.pathname") == "/other")
    assert browser.js("performance.getEntriesByType('navigation')[0].activationStart > 0")
    browser.until(lambda: "ads" in browser.ran)
    browser.until(lambda: len(site.requests("/consent/choice")) == 2)
    assert len(site.requests("/other")) == 1


def test_a_prerendered_page_takes_the_choice_made_meanwhile(browser, serve):
    """W5: it was prepared for somebody who had not chosen."""
    site = serve(make_app(PAGE + LOADED + PRERENDER))
    browser.get(site.url)
    prerendered(browser, site)
    browser.click("Reject all")
    confirmed(browser)
    browser.click("On")
    browser.until(lambda: browser.js("location.pathname") == "/other")
    assert browser.js("performance.getEntriesByType('navigation')[0].activationStart > 0")
    browser.until(lambda: "last" in browser.ran)
    assert not browser.banner
    assert browser.js("cookieConsent.given")
    assert browser.ran == ["last"]
