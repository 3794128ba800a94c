"""The preferences and the policy page (W1, L1, L2; R13 to R17, R37)."""

from __future__ import annotations

import pytest

from flask_cookie_consent import Category, Cookie, Policy, Service
from tests.site import make_app, policy, services

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


def test_the_dialog_leads_to_the_privacy_policy_that_the_site_names(browser, serve):
    open_preferences(browser, serve(make_app(privacy_policy_url="/privacy")))
    browser.click("Privacy policy", "#fcc-dialog")
    browser.until(lambda: browser.driver.current_url.endswith("/privacy"))


def test_nothing_that_needs_consent_is_ticked_beforehand(browser, site):
    """F3, R13, R18: only what is exempt is on, and can be switched off."""
    open_preferences(browser, site)
    assert boxes(browser) == {"video": False, "matomo": True, "insight": False, "ads": False}
    assert "Always on" in browser.one("#fcc-dialog .fcc-necessary").text
    assert not browser.find("#fcc-dialog .fcc-necessary input")


def test_saving_chooses_service_by_service_and_reopening_tells_the_truth(browser, site):
    """B4, R17."""
    open_preferences(browser, site)
    browser.click("Optional features")
    browser.click("Details: Statistics")
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
    browser.click("Statistics")
    assert boxes(browser)["insight"]
    assert whole.is_selected()
    assert not browser.js("arguments[0].indeterminate", whole)
    browser.click("Details: Statistics")
    browser.click("Insight")
    assert not whole.is_selected()
    assert browser.js("arguments[0].indeterminate", whole)
    browser.click("Matomo")
    assert not browser.js("arguments[0].indeterminate", whole)
    browser.click("Matomo")
    browser.click("Insight")
    assert whole.is_selected()
    browser.click("Statistics")
    assert not any(boxes(browser).values())


def test_a_switch_does_nothing_until_it_is_saved(browser, site):
    """R93, WCAG 3.2.2."""
    open_preferences(browser, site)
    browser.click("Optional features")
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
        "3 months",
        "Third party",
        "Transferred to: United States",
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


# -- What is seen first -----------------------------------------------------------------------


def four_categories() -> Policy:
    """Four categories to choose from, one with several services; services in all states."""
    support = Category("support", title="Support", description="Lets you write to us anywhere.")
    chat = Service(
        "Chat",
        category="support",
        provider="ChatCo",
        party="third",
        cookies=[Cookie("chat", purpose="Finds your conversation again", duration="182 days")],
    )
    standard = [Category(c) for c in ("functional", "marketing")]
    statistics = Category("statistics", can_be_exempt=True)
    necessary = Category("necessary", necessary=True)
    return policy(
        services=[*services(), chat], categories=[necessary, *standard, statistics, support]
    )


#: The boxes of categories with their titles, and the buttons.
CHOICES = ":is(#fcc-dialog, #fcc-content) :is(fieldset > input, fieldset > label, .fcc-b button)"
#: Those that are not wholly in the window, or are covered.
UNSEEN = f"""[...document.querySelectorAll({CHOICES!r})]
  .filter((el) => {{
    const r = el.getBoundingClientRect();
    const at = (x, y) => document.elementFromPoint(x, y);
    return !(r.top >= 0 && r.left >= 0 && r.bottom <= innerHeight && r.right <= innerWidth &&
      [at(r.left + 3, r.top + 3), at(r.left + 3, r.bottom - 7)].every((e) => e == el));
  }}).map((el) => el.value || el.textContent)"""


@with_each_face_and(where=["dialog", "page"], scripts=[True, False], theme=["plain", "contrast"])
def test_all_that_can_be_chosen_is_seen_on_a_phone_at_once(browser, serve, where, scripts, theme):
    """R13, R87: four categories and three buttons, without scrolling."""
    site = serve(make_app(policy_=four_categories(), theme=theme))
    browser.window(360, 640)
    if where == "dialog":
        browser.get(site.url)
        browser.until(lambda: browser.js("!!window.cookieConsent"))
        browser.js("void cookieConsent.show()")
        browser.until(lambda: browser.dialog)
    else:
        browser.scripts(scripts)
        browser.get(f"{site.url}/consent/preferences")
    assert browser.js(UNSEEN) == []
    assert browser.js("document.querySelectorAll(arguments[0]).length", CHOICES) == 4 + 4 + 3
    assert browser.js("document.documentElement.scrollWidth") <= 360


def test_what_is_necessary_comes_last_as_one_line(browser, site):
    open_preferences(browser, site)
    line = browser.one("#fcc-dialog .fcc-necessary > summary")
    assert line.text.split() == ["Necessary", "(2)", "Always", "on"]
    assert line.size["height"] < 60
    assert "sessionid" not in browser.one("#fcc-dialog").text
    assert line.location["y"] > browser.find("#fcc-dialog fieldset")[-1].location["y"]
    line.click()
    text = browser.one("#fcc-dialog .fcc-necessary").text
    for part in ("Session", "sessionid", "Keeps you signed in", "2 weeks", "Cookie consent"):
        assert part in text, part


def test_by_keyboard_each_choice_is_followed_by_its_details_and_all_by_the_buttons(browser, site):
    """A2, WCAG 2.4.3."""
    open_preferences(browser, site)
    stops = []
    for _ in range(12):
        browser.press("tab")
        stops.append(browser.js("document.activeElement.value") or browser.focused)
    assert stops == [
        "×", "video", "Details: Optional features", "matomo insight", "Details: Statistics",
        "ads", "Details: Advertising", "Necessary (2) Always on", "Cookie policy",
        "save", "accept", "reject",
    ]  # fmt: skip


def test_what_has_the_focus_on_the_page_is_not_behind_its_buttons(browser, serve):
    """WCAG 2.4.11: they stay at the edge of the window."""
    site = serve(make_app(policy_=four_categories()))
    browser.window(360, 640)
    browser.get(f"{site.url}/consent/preferences")
    browser.js("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    for _ in range(22):
        browser.press("tab")
        assert browser.js(
            "((e, r) => e.closest('.fcc-b, .fcc-back') || e == document.body || r.bottom <= "
            "document.querySelector('.fcc-b').getBoundingClientRect().top && r.top >= 0)"
            "(document.activeElement, document.activeElement.getBoundingClientRect())"
        ), browser.js("document.activeElement.outerHTML")


def test_a_service_without_a_purpose_of_its_own_shows_those_of_its_cookies(browser, serve):
    cookies = [
        Cookie("a", purpose="Counts visits", duration="1 day"),
        Cookie("b", purpose="Draws maps", duration="1 day"),
    ]
    maps = Service("Maps", category="functional", provider="MapCo", cookies=cookies)
    film = Service("Film", category="functional", provider="FilmCo", purpose="Plays films")
    open_preferences(browser, serve(make_app(policy_=policy(services=[maps, film]))))
    browser.click("Details: Optional features")
    shown = [e.text for e in browser.find("#fcc-dialog fieldset .fcc-about p")]
    assert shown == ["Counts visits · Draws maps", "Plays films"]
