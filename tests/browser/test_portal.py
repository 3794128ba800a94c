"""The demo portal in a browser: nothing happens before a choice, and then what was chosen."""

from __future__ import annotations

import pytest

from examples.portal import create_app
from examples.portal.policy import portal_policy
from examples.portal.third_party import create_third_party
from tests.browser.signs import round_trip
from tests.browser.test_accessibility import findings

PAGES = ("/en/", "/en/data/air-quality", "/en/live")


@pytest.fixture
def third(serve):
    """The third parties, under another name and so on another site."""
    return serve(create_third_party(), host="localhost")


@pytest.fixture
def portal(serve, third):
    return serve(create_app(third.url))


def visited(third) -> list[str]:
    """What browsers have asked the third parties for."""
    ours = ("/ledger.json", "/favicon.ico")
    return [seen.path for seen in third.log if seen.path not in ours]


def go(browser, portal, *paths: str) -> None:
    """Opens pages, each until whatever may be released has been: a necessary template that is
    added last is released last."""
    for path in paths:
        browser.get(portal.url + path)
        browser.until(lambda: browser.js("!!window.cookieConsent"))
        browser.driver.execute_script(
            """const last = document.createElement("template");
            last.dataset.consent = "session";
            last.content.append(document.createElement("s"));
            document.body.append(last);"""
        )
        browser.until(lambda: browser.find("body > s"))
        round_trip(browser)


def test_before_a_choice_nothing_reaches_a_third_party(browser, portal, third):
    go(browser, portal, *PAGES)
    assert browser.banner
    assert visited(third) == []
    policy = portal_policy(third.url)
    allowed = [c for id in ("audience", "session", "language") for c in policy.service(id).cookies]
    assert browser.cookies, "the exempt statistics should run"
    for name in browser.cookies:
        assert any(cookie.matches(name) for cookie in allowed), name
    assert len(portal.requests("/visits", "POST")) == len(PAGES)
    assert browser.one("[data-fact=third]").text == "0"
    assert browser.console == []


def test_after_accepting_they_come(browser, portal, third):
    go(browser, portal, "/en/data/air-quality")
    browser.click("Accept all")
    expected = {
        "/tallymark/count.js",
        "/tallymark/pixel.gif",
        "/lanternfish/tag.js",
        "/lanternfish/pixel.gif",
        "/cartolane/map",
        "/cartolane/map.css",
    }
    browser.until(lambda: expected <= set(visited(third)), "not all third parties were asked")
    browser.until(lambda: "_tm_visit" in browser.cookies)
    browser.until(lambda: {"tm_visitor", "cl_view"} <= set(browser.cookies))
    browser.until(lambda: browser.box(".fcc-e iframe")["height"] > 100)
    go(browser, portal, "/en/live")
    browser.until(lambda: int(browser.one("[data-fact=third]").text) >= len(expected))
    browser.until(lambda: "tm_visitor" in browser.one("[data-table=received]").text)
    assert browser.one("[data-fact=choice]").text == "Accepted all"
    assert browser.console == []


def test_after_refusing_nothing_comes_and_the_exempt_statistics_stop(browser, portal, third):
    go(browser, portal, "/en/")
    assert "_pk_id.1.abcd" in browser.cookies
    browser.click("Reject all")
    browser.until(lambda: not browser.banner)
    browser.until(lambda: set(browser.cookies) == {"consent"})
    views = len(portal.requests("/visits"))
    go(browser, portal, *PAGES)
    assert visited(third) == []
    assert len(portal.requests("/visits")) == views
    assert set(browser.cookies) == {"consent"}
    assert browser.one("[data-fact=choice]").text == "Rejected all"
    assert browser.console == []


def test_one_service_alone(browser, portal, third):
    """The way from the placeholder of the map to the map."""
    go(browser, portal, "/en/data/street-trees")
    browser.js("document.querySelector('.fcc-e').scrollIntoView()")  # out from under the bar
    browser.click("Always allow Cartolane maps")
    browser.until(lambda: "/cartolane/map" in visited(third))
    go(browser, portal, *PAGES)
    assert {path.split("/")[1] for path in visited(third)} == {"cartolane"}
    assert browser.js("cookieConsent.allows('cartolane')")


def test_a_tag_that_nobody_gated_runs_only_after_consent(browser, portal, third):
    def outcome() -> str:
        go(browser, portal, "/en/trials")
        unknown = "Without JavaScript no script runs at all."
        browser.until(lambda: browser.one("[data-outcome]").text != unknown)
        return browser.one("[data-outcome]").text

    assert outcome() == "blocked by the browser"
    assert visited(third) == []
    browser.js("cookieConsent.accept()")
    browser.until(lambda: browser.allows("tallymark"))
    assert outcome() == "ran"
    assert "/tallymark/forgotten.js" in visited(third)
    browser.js("cookieConsent.reject()")
    browser.until(lambda: not browser.allows("tallymark"))
    assert outcome() == "blocked by the browser"


def test_planted_cookies_vanish_after_a_withdrawal(browser, portal):
    go(browser, portal, "/en/trials")
    browser.js("cookieConsent.accept()")
    browser.until(lambda: browser.allows("tallymark"))
    browser.click("Plant cookies")
    browser.until(lambda: browser.find("[data-trial=carried]"))
    planted = {"_tm_part_site", "_tm_part_hidden", "_tm_part_section"}
    assert planted <= {cell.text for cell in browser.find("[data-trial=carried] tbody th")}
    browser.js("cookieConsent.reject()")
    browser.until(lambda: not browser.allows("tallymark"))
    for _ in range(2):
        go(browser, portal, "/en/trials")
    assert not browser.find("[data-trial=carried]")
    assert not {*planted, "_tm_visit", "_lf_click"} & set(browser.cookies)
    assert {"consent", "forgotten"} <= set(browser.cookies)


def test_the_live_page_follows_by_itself(browser, portal, third):
    go(browser, portal, "/en/live")
    assert browser.one("[data-empty=requests]").is_displayed()
    browser.click("Accept all")
    browser.until(lambda: browser.one("[data-fact=choice]").text == "Accepted all")
    browser.until(lambda: "/tallymark/pixel.gif" in browser.one("[data-table=requests]").text)
    assert not browser.one("[data-empty=requests]").is_displayed()
    browser.until(lambda: "_tm_visit" in browser.one("[data-table=cookies]").text)
    browser.click("Start over: forget every cookie and count")
    browser.until(lambda: browser.one("[data-fact=choice]").text == "None yet")
    assert browser.banner


def test_the_live_page_without_javascript(browser, portal):
    browser.scripts(False)
    browser.get(portal.url + "/en/live")
    assert "Nothing: not one request" in browser.one("main").text
    assert browser.banner
    browser.click("Reject all")
    browser.until(lambda: browser.one("[data-fact=choice]").text == "Rejected all")
    assert "consent" in browser.one("[data-table=cookies]").text


def test_the_session_is_hidden_from_scripts(browser, portal):
    go(browser, portal, "/en/account")
    browser.one("#name").send_keys("ada")
    browser.one("#password").send_keys("merival")
    browser.click("Sign in", within="main")
    browser.until(lambda: "signed in as ada" in browser.one("main").text)
    go(browser, portal, "/en/live")
    rows = [row.text for row in browser.find("[data-table=cookies] tbody tr")]
    assert "sessionid Session No" in rows
    assert "_pk_id.1.abcd Visit statistics Yes" in rows


def test_choosing_a_language(browser, portal):
    go(browser, portal, "/en/data/street-trees")
    assert "django_language" not in browser.cookies
    browser.one("button[lang=fr]").click()
    browser.until(lambda: browser.js("document.documentElement.lang") == "fr")
    assert browser.js("location.pathname") == "/fr/data/street-trees"
    assert browser.cookies["django_language"]["value"] == "fr"
    assert browser.one("#fcc").text.startswith("Nous utilisons des cookies")
    browser.click("Politique de cookies", within="#fcc")
    browser.until(lambda: browser.js("location.pathname") == "/fr/cookies")


@pytest.mark.parametrize(("scheme", "width"), [("dark", 320), ("light", 1280)])
def test_every_page_is_accessible_and_fits(browser, portal, scheme, width):
    browser.window(width, 800)
    browser.media(prefers_color_scheme=scheme)
    for path in (
        *PAGES,
        "/en/account",
        "/en/trials",
        "/fr/trials",
        "/en/imprint",
        "/en/cookies",
        "/fr/data/library-loans",
    ):
        go(browser, portal, path)
        assert findings(browser) == [], path
        assert browser.js("document.documentElement.scrollWidth <= innerWidth"), path
