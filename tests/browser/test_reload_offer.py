"""After a withdrawal a reload is offered: what runs already cannot be stopped (W2)."""

from __future__ import annotations

from typing import Any

import pytest

from flask_cookie_consent import Cookie, Service
from tests.browser.merival import withdraw
from tests.browser.signs import confirmed, gated, note, reject_in_another_tab, round_trip
from tests.browser.test_accessibility import PAGE as READING
from tests.browser.test_accessibility import findings
from tests.browser.test_embeds import LOAD
from tests.browser.world import Server
from tests.site import choice, make_app, policy, services
from tests.web.test_embeds import call

#: A page on which each of these services runs something.
PAGE = READING + "".join(gated(name, note(name)) for name in ("insight", "ads", "video"))
OFFER = "#fcc-reload"
STALE = "What is running on this page already stops when you reload it."


@pytest.fixture
def site(serve) -> Server:
    site: Server = serve(make_app(PAGE))
    return site


def accept(browser, site) -> None:
    browser.get(site.url)
    browser.click("Accept all")
    confirmed(browser)
    browser.until(lambda: "video" in browser.ran)


def offered(browser) -> Any:
    """Waits for the offer, and gives it."""
    browser.until(lambda: browser.find(f"{OFFER} button"))
    return browser.one(OFFER)


def assert_not_offered(browser, site, clears: int) -> None:
    """Once the server has answered so often that nothing is left, no offer is there."""
    browser.until(lambda: len(site.requests("/consent/clear")) >= clears)
    round_trip(browser)
    round_trip(browser)
    assert not browser.find(OFFER)


def test_the_button_reloads(browser, site):
    accept(browser, site)
    withdraw(browser, "Advertising")
    offer = offered(browser)
    assert offer.is_displayed()
    assert STALE in offer.text
    assert offer.get_attribute("role") == "status"
    browser.js("(window.old = true)")
    browser.click("Reload the page")
    browser.until(lambda: browser.js("!window.old && document.readyState == 'complete'"))
    assert not browser.find(OFFER)
    assert not browser.banner


def test_it_can_be_closed_and_does_not_come_back_by_itself(browser, site):
    """Nor when everything is accepted afterwards."""
    accept(browser, site)
    withdraw(browser, "Advertising")
    offered(browser)
    browser.click("Close", OFFER)
    assert not browser.find(OFFER)
    before = len(site.requests("/consent/clear"))
    browser.js("cookieConsent.accept()")
    assert_not_offered(browser, site, before + 1)
    withdraw(browser)
    offered(browser)


def test_it_is_made_once(browser, site):
    accept(browser, site)
    withdraw(browser, "Advertising")
    offered(browser)
    withdraw(browser)
    browser.until(lambda: len(site.requests("/consent/clear")) >= 3)
    round_trip(browser)
    assert len(browser.find(OFFER)) == 1


def test_also_where_a_cookie_cannot_be_expired(browser, site):
    """One for our own addresses alone, which nobody sets, and which we do not think of."""
    accept(browser, site)
    browser.set_cookie("_ad_1", "1", site.url, path="/consent", httpOnly=True)
    withdraw(browser, "Advertising")
    offered(browser)
    assert "_ad_1" in browser.cookies
    browser.until(lambda: len(site.requests("/consent/clear")) >= 5)
    round_trip(browser)
    round_trip(browser)
    assert len(site.requests("/consent/clear")) <= 8  # and the server is not asked for ever


def test_a_first_refusal_makes_none(browser, site):
    browser.get(site.url)
    browser.click("Reject all")
    assert_not_offered(browser, site, 1)


# -- Wherever a withdrawal is made --------------------------------------------------------------

WAYS = {
    "cookieConsent.reject()": ["insight", "ads", "video"],
    "cookieConsent.save([])": ["insight", "ads", "video"],
    "cookieConsent.save(['insight', 'ads'])": ["video"],
}


@pytest.mark.parametrize("first_layer", [True, False], ids=["banner", "no banner"])
@pytest.mark.parametrize("way", WAYS)
def test_by_the_api(browser, serve, way, first_layer):
    browser.get(serve(make_app(PAGE, first_layer=first_layer)).url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    browser.js("cookieConsent.accept()")
    browser.until(lambda: "video" in browser.ran)
    assert browser.js("cookieConsent.stale") == []
    browser.js(way)
    assert browser.js("cookieConsent.stale") == WAYS[way]
    offered(browser)
    browser.js("cookieConsent.accept()")
    browser.until(lambda: not browser.find(OFFER), "it is still there, and nothing is stale")


def test_on_the_first_layer_that_asks_about_something_new(browser, serve):
    """ "Reject all" refuses what was granted earlier, too."""
    site = serve(make_app(PAGE))
    granted = choice(policy(), granted=["ads"], refused=["insight"]).encode()
    browser.set_cookie("consent", granted, site.url)
    browser.get(site.url)
    browser.until(lambda: browser.ran == ["ads"])
    browser.click("Reject all", "#fcc")
    offered(browser)


def test_an_objection_to_what_has_run_at_once_is_one(browser, serve):
    browser.get(serve(make_app(gated("matomo", note("matomo")))).url)
    browser.until(lambda: browser.ran == ["matomo"])
    browser.click("Reject all")
    offered(browser)


@pytest.mark.parametrize("gone", ["refused", "deleted"])
def test_in_another_tab(browser, site, gone):
    accept(browser, site)
    browser.js("(sessionStorage._ad = 1)")
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    browser.get(f"{site.url}/other")
    browser.until(lambda: "video" in browser.ran)
    if gone == "refused":
        browser.js("cookieConsent.reject()")
        confirmed(browser)
    else:
        browser.js("(document.cookie = 'consent=; max-age=0; path=/')")
    browser.driver.switch_to.window(first)
    offered(browser)


def test_what_another_tab_keeps_to_itself_goes_there_too(browser, serve):
    """Also where nothing of it runs."""
    ads = Service(
        "Ads",
        category="marketing",
        purpose="Advertising",
        cookies=[Cookie("tab_*", purpose="x", storage="sessionStorage")],
    )
    site = serve(make_app(policy_=policy(services=[services()[0], ads])))
    browser.get(site.url)
    browser.click("Accept all")
    confirmed(browser)
    browser.js("(sessionStorage.tab_1 = sessionStorage.mine = 1)")
    reject_in_another_tab(browser, site)
    browser.until(lambda: browser.js("Object.keys(sessionStorage)") == ["mine"])
    assert_not_offered(browser, site, 2)


def test_on_a_page_that_comes_back(browser, serve):
    link = "<p><a href='/other'>On</a></p>"
    heard = "<script>addEventListener('pageshow', (e) => (window.back = e.persisted))</script>"
    site = serve(make_app(PAGE + link, head=heard))
    accept(browser, site)
    browser.click("On")
    browser.until(lambda: browser.js("location.pathname") == "/other")
    browser.until(lambda: "video" in browser.ran)
    browser.js("cookieConsent.reject()")
    confirmed(browser)
    browser.back()
    browser.until(lambda: browser.js("window.back"), "it did not come out of the cache")
    offered(browser)


def test_nothing_is_offered_where_nothing_of_it_ran(browser, serve):
    site = serve(make_app(READING + gated("video", note("video"))))
    accept(browser, site)
    withdraw(browser, "Advertising")
    assert_not_offered(browser, site, 2)
    withdraw(browser)
    offered(browser)


def test_one_that_was_loaded_alone_was_no_consent(browser, serve):
    site = serve(make_app(call(content=note("film")) + READING))
    browser.get(site.url)
    browser.until(lambda: browser.one(LOAD).is_displayed())
    browser.one(LOAD).click()
    browser.until(lambda: browser.ran == ["film"])
    browser.click("Reject all")
    assert_not_offered(browser, site, 1)


def test_a_site_can_do_without(browser, serve):
    site = serve(make_app(PAGE, offer_reload=False))
    accept(browser, site)
    withdraw(browser, "Advertising")
    assert_not_offered(browser, site, 2)


def test_it_is_in_the_language_of_the_page(browser, serve):
    site = serve(make_app(PAGE, language=lambda: "fr"))
    browser.get(site.url)
    browser.click("Tout accepter")
    confirmed(browser)
    browser.until(lambda: "ads" in browser.ran)
    browser.js("cookieConsent.show()")
    browser.until(lambda: browser.dialog)
    browser.click("Tout refuser", "#fcc-dialog")
    assert "Recharger la page" in offered(browser).text


def test_it_can_be_used_by_keyboard(browser, site):
    """It stands last in the page, and takes no focus by itself."""
    accept(browser, site)
    withdraw(browser, "Advertising")
    offered(browser)
    assert browser.focused == "Cookie settings"
    browser.press("tab")
    assert browser.focused == "Reload the page"
    browser.press("tab")
    assert browser.js("document.activeElement.ariaLabel") == "Close"
    browser.press("enter")
    assert not browser.find(OFFER)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(browser, site, scheme, width):
    browser.window(width, 800)
    browser.media(prefers_color_scheme=scheme)
    accept(browser, site)
    withdraw(browser, "Advertising")
    offer = offered(browser)
    assert findings(browser) == []
    box = browser.box(OFFER)
    assert box["left"] >= 0
    assert box["right"] <= width
    assert min(b.size["height"] for b in offer.find_elements("css selector", "button")) >= 24
