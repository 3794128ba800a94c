"""What is withdrawn is gone: by path, in twins, and on a host that had a cookie of its own (W2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flask_cookie_consent import Cookie, Service
from tests.site import choice, extension_of, make_app, policy

from .jar import DOMAIN, names, plant
from .merival import (
    EVERYTHING,
    HOST,
    STAYING,
    VARIANTS,
    accept,
    plant_all,
    portal,
    until_left,
    withdraw,
)
from .signs import confirmed, gated, note
from .world import Server


@pytest.fixture
def site(serve_https: Callable[..., Server]) -> Server:
    return serve_https(portal(), host=HOST)


def test_on_the_page_of_its_path_what_scripts_see_goes_at_once(browser, site):
    accept(browser, site)
    plant_all(browser, site)
    browser.get(f"{site.url}/shop")
    withdraw(browser)
    until_left(browser, {*STAYING, "_ad_shop_top"})
    browser.reload()
    assert names(browser) == set(STAYING)


def test_no_attribute_comes_out_of_an_address(browser, site):
    """Else what deletes a cookie would make one: with the life that the address says."""
    view = site.app.view_functions["index"]
    site.app.add_url_rule("/a;max-age=9000", "odd", lambda: view() + gated("ads", note("ads")))
    accept(browser, site)
    browser.get(f"{site.url}/a;max-age=9000")
    browser.until(lambda: "ads" in browser.ran)
    browser.js("document.cookie = '_ad_1=1;path=/'")
    withdraw(browser)
    browser.until(lambda: browser.find("#fcc-reload"))  # comes last
    assert names(browser) == set()


def test_twins_of_one_name_go_together(browser, site):
    """One name in a ``Cookie`` header may stand for several cookies."""
    accept(browser, site)
    for where in VARIANTS.values():
        plant(browser, site.url, "_ad", **where)
    assert len([c for c in browser.all_cookies if c["name"] == "_ad"]) == 8
    browser.get(f"{site.url}/shop")
    withdraw(browser)
    browser.reload()
    until_left(browser, [])


def test_an_old_refusal_of_one_host_does_not_outweigh_a_new_acceptance(browser, serve_https):
    """From before the site had a domain: the script expires it, whatever becomes of the report."""
    app = portal(cookie_domain=DOMAIN)
    server = serve_https(app, host=f"www.{DOMAIN}")
    refused = choice(extension_of(app).policy, refused=["matomo", "ads", "video"])
    plant(browser, server.url, "consent", refused.encode())
    browser.cdp("Network.setBlockedURLs", urls=["*/consent/choice"])
    try:
        browser.get(server.url)
        browser.until(lambda: browser.js("window.cookieConsent?.given"))
        assert not browser.banner
        browser.js("cookieConsent.accept()")
        [kept] = [c for c in browser.all_cookies if c["name"] == "consent"]
        assert kept["domain"] == f".{DOMAIN}"
        browser.get(server.url)
        browser.until(lambda: browser.js("window.cookieConsent?.given"))
        assert browser.allows("ads")
    finally:
        browser.cdp("Network.setBlockedURLs", urls=[])


def test_before_a_choice_and_after_accepting_nothing_is_removed(browser, site):
    plant_all(browser, site)
    accept(browser, site)
    browser.get(f"{site.url}/shop")
    assert names(browser) == EVERYTHING


def test_a_neighbours_cookie_of_the_same_name_stays(browser, serve_https):
    """On the domain above, where this site's policy says that its own is on its host."""
    host = f"shop.{DOMAIN}"
    cookie = Cookie("_trk", purpose="Counts visits", duration="1 year", domain=host)
    insight = Service("Insight", category="statistics", provider="Us", cookies=[cookie])
    server = serve_https(make_app(policy_=policy(services=[insight])), host=host)
    browser.get(server.url)
    browser.click("Accept all")
    confirmed(browser)
    plant(browser, server.url, "_trk", domain=host)
    plant(browser, server.url, "_trk", domain=DOMAIN)
    browser.click("Cookie settings", "footer")
    browser.click("Reject all", "#fcc-dialog")

    def domains() -> list[str]:
        return [c["domain"] for c in browser.all_cookies if c["name"] == "_trk"]

    browser.until(lambda: f".{host}" not in domains())
    browser.reload()
    assert domains() == [f".{DOMAIN}"]
