"""The preferences and the policy page (W1, L1, L2; R13 to R17, R37)."""

from __future__ import annotations

import pytest

from tests.site import make_app

from .layer import in_each_face, with_each_face_and


@pytest.fixture
def site(serve):
    return serve(make_app())


def open_preferences(browser, site) -> None:
    browser.get(site.url)
    browser.click("Cookie settings", "footer")
    browser.until(lambda: browser.dialog)


def test_who_asks_twice_at_once_gets_the_dialog(browser, site):
    """The script that has it is on its way when the second click comes."""
    browser.get(site.url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    browser.js("addEventListener('beforeunload', () => sessionStorage.setItem('left', 1))")
    browser.js("void (cookieConsent.show(), cookieConsent.show())")
    browser.until(lambda: browser.dialog)
    assert browser.js("sessionStorage.getItem('left')") is None


def boxes(browser) -> dict[str, bool]:
    found = browser.find("[name=allow]")
    return {b.get_attribute("value"): b.is_selected() for b in found}


def test_nothing_that_needs_consent_is_ticked_beforehand(browser, site):
    """F3, R13, R18: only what is exempt is on, and can be switched off."""
    open_preferences(browser, site)
    assert boxes(browser) == {"video": False, "matomo": True, "insight": False, "ads": False}
    necessary = browser.one("#fcc-dialog fieldset")
    assert "Always on" in necessary.text
    assert not browser.find("#fcc-dialog fieldset:first-of-type input")


def test_saving_chooses_service_by_service_and_reopening_tells_the_truth(browser, site):
    """B4, R17."""
    open_preferences(browser, site)
    browser.click("Video")
    browser.click("Matomo")
    browser.click("Save my choice")
    browser.until(lambda: not browser.dialog)
    assert [browser.allows(s) for s in ("video", "matomo", "insight", "ads")] == [
        True, False, False, False,
    ]  # fmt: skip
    browser.until(lambda: browser.consent_cookie[2] == "c")
    open_preferences(browser, site)
    assert boxes(browser) == {"video": True, "matomo": False, "insight": False, "ads": False}


def test_a_category_is_switched_as_a_whole(browser, site):
    """The box of a category follows its services, and the services follow it."""
    open_preferences(browser, site)
    whole = browser.one("[data-all]")
    assert browser.js("arguments[0].indeterminate", whole)
    browser.click("Allow all: Statistics")
    assert boxes(browser)["insight"]
    assert whole.is_selected()
    browser.click("Insight")
    assert not whole.is_selected()
    assert browser.js("arguments[0].indeterminate", whole)


def test_a_switch_does_nothing_until_it_is_saved(browser, site):
    """R93, WCAG 3.2.2."""
    open_preferences(browser, site)
    browser.click("Video")
    browser.click("Close")
    browser.until(lambda: not browser.dialog)
    assert browser.consent_cookie is None
    assert browser.banner


def test_withdrawing_takes_no_more_clicks_than_giving(browser, site):
    """W1, R37: one click opens the preferences from any page, one rejects everything."""
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: browser.allows("ads"))
    browser.get(site.url + "/other")
    browser.click("Cookie settings")
    browser.until(lambda: browser.dialog)
    browser.click("Reject all", "#fcc-dialog")
    browser.until(lambda: not browser.dialog)
    assert not any(browser.allows(s) for s in ("video", "matomo", "insight", "ads"))
    assert browser.allows("necessary")


def test_every_cookie_of_a_service_is_shown_where_one_chooses(browser, site):
    """R15: names, purposes, durations, parties, transfers and the provider's own policy."""
    open_preferences(browser, site)
    browser.js("document.querySelectorAll('#fcc-dialog details').forEach((d) => (d.open = true))")
    text = browser.one("#fcc-dialog").text
    for part in (
        "_ad*",
        "Shows advertising",
        "90 days",
        "Third party",
        "US",
        "Privacy policy of AdCo",
    ):
        assert part in text


def test_if_the_dialog_cannot_be_had_the_link_leads_to_the_page(browser, site):
    """B6: the preferences are reachable whatever a blocker does."""
    for blocked in ("*more-*", "*dialog*"):
        browser.cdp("Network.setBlockedURLs", urls=[blocked])
        try:
            browser.get(site.url)
            browser.click("Cookie settings", "footer")
            browser.until(lambda: "/consent/preferences" in browser.driver.current_url, blocked)
        finally:
            browser.cdp("Network.setBlockedURLs", urls=[])


def test_the_policy_page_has_one_table_per_category(browser, site):
    """L1, R54, R56."""
    browser.get(f"{site.url}/consent/policy")
    text = browser.one("main").text
    for part in (
        "What is a cookie?", "Kinds of cookies", "sessionid", "Until you close the browser",
        "13 months", "Anonymised audience measurement", "all names that match this pattern",
        "Third party", "Data controller: Example City", "Cookie settings",
    ):  # fmt: skip
        assert part in text, part
    captions = [c.get_attribute("textContent") for c in browser.find("table caption")]
    assert captions == ["Necessary", "Optional features", "Statistics", "Advertising"]
    assert {th.get_attribute("scope") for th in browser.find("table th")} == {"col", "rowgroup"}


@with_each_face_and(page=["consent/policy", "consent/preferences"])
def test_pages_fit_a_small_screen(browser, site, page):
    """L2: no scrolling sideways at 320 px."""
    browser.window(320, 568)
    browser.get(f"{site.url}/{page}")
    assert browser.js("document.documentElement.scrollWidth") <= 320
    assert browser.js(
        "[...document.querySelectorAll('.fcc-scroll')].every((e) => e.scrollWidth <= e.clientWidth)"
    )


@in_each_face
def test_the_tables_fit_into_a_page_of_the_site(browser, serve):
    """L1: consent_policy() takes the site's own look and leaves it alone."""
    site = serve(
        make_app("<style>body{color:rgb(1,2,3)}</style><main>{{ consent_policy() }}</main>")
    )
    browser.window(320, 568)
    browser.media(prefers_color_scheme="dark")
    browser.get(site.url)
    assert (
        browser.js("getComputedStyle(document.querySelector('#fcc-content td')).color")
        == "rgb(1, 2, 3)"
    )
    assert browser.js("document.documentElement.scrollWidth") <= 320
