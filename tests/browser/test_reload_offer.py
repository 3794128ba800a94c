"""After a withdrawal a reload is offered: what runs already cannot be stopped (W2)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.site import make_app

from .merival import withdraw
from .signs import confirmed, round_trip
from .test_accessibility import PAGE, findings
from .world import Server

OFFER = "#fcc-r"
STALE = "What is running on this page already stops when you reload it."


@pytest.fixture
def site(serve) -> Server:
    site: Server = serve(make_app(PAGE))
    return site


def accept(browser, site) -> None:
    browser.get(site.url)
    browser.click("Accept all")
    confirmed(browser)


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
    withdraw(browser, "Ads")
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
    withdraw(browser, "Ads")
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
    withdraw(browser, "Ads")
    offered(browser)
    withdraw(browser)
    browser.until(lambda: len(site.requests("/consent/clear")) >= 3)
    round_trip(browser)
    assert len(browser.find(OFFER)) == 1


def test_also_where_a_cookie_cannot_be_expired(browser, site):
    """One for our own addresses alone, which nobody sets, and which we do not think of."""
    accept(browser, site)
    browser.set_cookie("_ad_1", "1", site.url, path="/consent", httpOnly=True)
    withdraw(browser, "Ads")
    offered(browser)
    assert "_ad_1" in browser.cookies
    assert 5 <= len(site.requests("/consent/clear")) <= 8  # and the server is not asked for ever


def test_a_first_refusal_makes_none(browser, site):
    browser.get(site.url)
    browser.click("Reject all")
    assert_not_offered(browser, site, 1)


def test_a_site_can_do_without(browser, serve):
    site = serve(make_app(PAGE, offer_reload=False))
    accept(browser, site)
    withdraw(browser, "Ads")
    assert_not_offered(browser, site, 2)


def test_it_is_in_the_language_of_the_page(browser, serve):
    site = serve(make_app(PAGE, language=lambda: "fr"))
    browser.get(site.url)
    browser.click("Tout accepter")
    confirmed(browser)
    browser.js("cookieConsent.show()")
    browser.until(lambda: browser.dialog)
    browser.click("Tout refuser", "#fcc-d")
    assert "Recharger la page" in offered(browser).text


def test_it_can_be_used_by_keyboard(browser, site):
    """It stands last in the page, and takes no focus by itself."""
    accept(browser, site)
    withdraw(browser, "Ads")
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
    withdraw(browser, "Ads")
    offer = offered(browser)
    assert findings(browser) == []
    box = browser.box(OFFER)
    assert box["left"] >= 0
    assert box["right"] <= width
    assert min(b.size["height"] for b in offer.find_elements("css selector", "button")) >= 24
