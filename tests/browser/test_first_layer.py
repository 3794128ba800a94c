"""The first layer as a visitor meets it (F1 to F6, Q1, Q2)."""

from __future__ import annotations

import pytest

from tests.site import make_app, policy, services

from .layer import fits, in_each_face, with_each_face_and

LONG_NAME = "Métropole de Villeneuve-d’Ascq"  # 30 characters
PARAGRAPH = f"<p>{'The city publishes its data so that anybody can use them. ' * 4}</p>"
TEXT = f"<main><h1>Open data</h1>{PARAGRAPH * 12}<p><a href='/other'>On</a></p></main>"
LABELS = {"en": ("Accept all", "Reject all"), "fr": ("Tout accepter", "Tout refuser")}


@pytest.fixture
def site(serve):
    return serve(make_app(TEXT))


@in_each_face
def test_accepting_and_refusing_are_equal_buttons_on_the_first_layer(browser, site):
    """F1, R2 to R4: same element, size, weight, colours and contrast."""
    browser.get(site.url)
    looks = browser.js(
        """[...document.querySelectorAll("#fcc button")].map((b) => {
          const s = getComputedStyle(b), r = b.getBoundingClientRect();
          return [b.tagName, r.width, r.height, s.color, s.backgroundColor, s.fontWeight,
                  s.fontSize, s.fontFamily, s.borderTopColor, s.borderTopWidth, s.padding];
        })"""
    )
    assert len(looks) == 2
    assert looks[0] == looks[1]
    assert looks[0][2] >= 44


@pytest.mark.parametrize("answer", ["Accept all", "Reject all"])
def test_one_click_answers_for_good(browser, site, answer):
    """F1, B3: the banner goes, and does not come back on any page."""
    browser.get(site.url)
    browser.click(answer)
    browser.until(lambda: not browser.banner)
    browser.until(lambda: browser.consent_cookie[2] == "c", "the server did not confirm")
    for path in ("/", "/other"):
        browser.get(site.url + path)
        browser.until(lambda: browser.js("!!window.cookieConsent && cookieConsent.given"))
        assert not browser.banner


def test_the_first_layer_says_who_asks_what_for_and_how_to_withdraw(browser, site):
    """F2, R6: controller, purposes, third parties, withdrawal, preferences and policy."""
    browser.get(site.url)
    text = browser.one("#fcc").text
    for part in ("Example City", "Statistics", "Advertising", "Optional features", "Insight Inc."):
        assert part in text
    assert "change your mind at any time under “Cookie settings”" in text
    links = {a.text: a.get_attribute("href") for a in browser.find("#fcc a")}
    assert links["Customise"].endswith("/consent/preferences?language=en")
    assert links["Cookie policy"].endswith("/consent/policy")


def test_scanners_of_auditors_see_a_layer_for_consent_with_the_privacy_policy(browser, serve):
    """R6: they look for a visible element named so, and for the link in what it holds."""
    site = serve(make_app(TEXT, privacy_policy_url="/privacy"))
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    (layer,) = [e for e in browser.find("[class*=consent i]") if e.is_displayed()]
    assert "for these purposes: Optional features" in layer.text
    browser.click("Privacy policy", ".fcc-consent")
    browser.until(lambda: browser.driver.current_url.endswith("/privacy"))


@in_each_face
def test_the_link_to_the_privacy_policy_needs_no_more_of_a_phone(browser, serve):
    """F4."""
    site = serve(make_app(TEXT, privacy_policy_url="/privacy"))
    browser.window(360, 640, mobile=True)
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    fits(browser, 360, 640, 1 / 3)


def test_nothing_but_an_answer_is_an_answer(browser, site):
    """F3, R8: scrolling, Escape, clicking the page, reloading and going on store nothing."""
    browser.get(site.url)
    browser.js("scrollTo(0, 500)")
    browser.press("escape")
    browser.one("main p").click()
    browser.reload()
    browser.get(site.url + "/other")
    browser.until(lambda: browser.banner)
    assert browser.all_cookies == []
    assert browser.js("localStorage.length + sessionStorage.length") == 0
    assert not site.requests("/consent/choice")


@in_each_face
def test_the_page_can_be_used_while_the_banner_is_up(browser, serve):
    """F4, R10: nothing is locked, and the end of the page can be read above the bar."""
    site = serve(make_app(TEXT))
    browser.window(360, 640, mobile=True)
    browser.get(site.url)
    browser.js("scrollTo(0, document.documentElement.scrollHeight)")
    link = browser.box("main a")
    browser.until(lambda: browser.box("footer")["bottom"] <= browser.box("#fcc")["top"])
    assert link["bottom"] <= browser.box("#fcc")["top"]
    browser.click("On", "main")
    browser.until(lambda: browser.driver.current_url.endswith("/other"))


@with_each_face_and(placement=["bar", "card", "center"], language=["en", "fr"])
def test_it_covers_at_most_a_third_of_a_phone(browser, serve, placement, language):
    """F4: with a controller's name of 30 characters; half of a small screen, where text scrolls
    and the buttons stay; R87: nothing is cut off at 320 px."""
    site = serve(
        make_app(
            TEXT,
            policy_=policy(controller=LONG_NAME),
            placement=placement,
            language=lambda: language,
        )
    )
    for width, height, share in ((360, 640, 1 / 3), (320, 568, 1 / 2), (320, 256, 1 / 2)):
        browser.window(width, height, mobile=True)
        browser.get(site.url)
        browser.until(lambda: browser.banner)
        fits(browser, width, height, share)
        assert [b.text for b in browser.find("#fcc button")] == list(LABELS[language])


def test_focus_is_never_hidden_behind_the_banner(browser, serve):
    """F4, R84, WCAG 2.4.11."""
    links = "".join(f"<p><a href='#{n}'>Link {n}</a></p>" for n in range(30))
    site = serve(make_app(f"<main>{links}</main>"))
    browser.window(1280, 720)
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    for _ in range(36):
        browser.press("tab")
        hidden = browser.js(
            """((e, b) => !e.closest("#fcc") && e !== document.body &&
               e.getBoundingClientRect().bottom > b.top + 1)(
               document.activeElement, document.querySelector("#fcc").getBoundingClientRect())"""
        )
        assert not hidden, browser.focused


def test_where_nothing_needs_asking_there_is_no_banner(browser, serve):
    """F6: but the link still leads to what runs, and why."""
    quiet = policy(services=[s for s in services() if s.id in ("session", "matomo")])
    site = serve(make_app(TEXT, policy_=quiet))
    browser.get(site.url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    assert not browser.find("#fcc")
    assert browser.allows("matomo")
    browser.click("Cookie settings")
    browser.until(lambda: browser.dialog)
    browser.click("Details: Statistics", within="#fcc-dialog")
    assert "Anonymised audience measurement" in browser.one("#fcc-dialog").text


def test_it_costs_no_layout_shift_and_is_not_the_largest_paint(browser, site):
    """Q1, R96, R97: on an ordinary page on a phone."""
    browser.window(360, 640, mobile=True)
    browser.on_new_page(
        """window.shift = 0; window.largest = "";
        new PerformanceObserver((l) => { for (const e of l.getEntries()) shift += e.value; })
          .observe({ type: "layout-shift", buffered: true });
        new PerformanceObserver((l) => { for (const e of l.getEntries())
          largest = e.element?.closest("#fcc") ? "banner" : "page"; })
          .observe({ type: "largest-contentful-paint", buffered: true });"""
    )
    browser.get(site.url)
    browser.until(lambda: browser.banner and browser.js("largest"))
    browser.click("Reject all")
    browser.until(lambda: not browser.banner)
    assert browser.js("largest") == "page"
    assert browser.js("shift") == 0


def test_the_banner_is_there_at_first_paint_with_one_request(browser, site):
    """The inline bytes show it, however late the script is."""
    browser.cdp("Network.setBlockedURLs", urls=["*banner-*"])
    try:
        browser.get(site.url)
        assert browser.banner
    finally:
        browser.cdp("Network.setBlockedURLs", urls=[])
    browser.get(site.url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    ours = [seen for seen in site.log if seen.path.startswith("/consent/")]
    assert len(ours) == 1


def test_texts_stay_out_of_search_results_and_crawlers_get_the_same_page(serve, browser):
    """Q2, R100 and DESIGN decision 2."""
    app = make_app(TEXT)
    plain, crawler = (
        app.test_client().get("/", headers={"User-Agent": agent}).data
        for agent in ("Mozilla/5.0", "Googlebot/2.1 (+http://www.google.com/bot.html)")
    )
    assert plain == crawler
    assert b"data-nosnippet" in plain
