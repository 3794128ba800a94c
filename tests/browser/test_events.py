"""What a page's own scripts hear and may ask (B2, W5)."""

from __future__ import annotations

from tests.site import make_app

from .signs import LAST, add, confirmed, gated, note, round_trip

HEAR = (
    "<script>window.ran = []; addEventListener('consent:change', (e) => ran.push("
    "`change: ads ${e.detail.allows('ads')}, ${e.detail == cookieConsent}`))</script>"
)


def test_the_event_comes_before_anything_is_released_and_once_per_change(browser, serve):
    """B2: a listener can prepare what released scripts read; nobody is called twice."""
    site = serve(make_app(gated("ads", note("ads")) + LAST, head=HEAR))
    browser.get(site.url)
    browser.until(lambda: browser.ran == ["last"])
    browser.click("Accept all")
    confirmed(browser)
    browser.js("dispatchEvent(new Event('pageshow'))")
    browser.js("document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))")
    add(browser, LAST)
    browser.until(lambda: browser.ran[-1] == "last" and len(browser.ran) > 2)
    assert browser.ran == ["last", "change: ads true, true", "ads", "last"]
    browser.js("cookieConsent.reject()")
    confirmed(browser)
    round_trip(browser)
    assert browser.ran[4:] == ["change: ads false, true"]


def test_on_a_page_after_the_choice_the_event_comes_once_and_first(browser, serve):
    """B2."""
    site = serve(make_app(gated("session", note("free")) + gated("ads", note("ads")), head=HEAR))
    browser.get(site.url)
    browser.click("Accept all")
    confirmed(browser)
    browser.get(f"{site.url}/other")
    browser.until(lambda: "ads" in browser.ran)
    round_trip(browser)
    assert browser.ran == ["change: ads true, true", "free", "ads"]


def test_a_listener_that_throws_stops_nobody(browser, serve):
    """B6."""
    throw = "<script>addEventListener('consent:change', () => { throw new Error() })</script>"
    site = serve(make_app(gated("ads", note("ads")), head=throw + HEAR))
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: "ads" in browser.ran)
    assert browser.ran == ["change: ads true, true", "ads"]
    confirmed(browser)


def test_the_api_answers_and_chooses_as_the_buttons_do(browser, serve):
    site = serve(make_app())
    browser.get(site.url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    browser.js("(window.heard = [])")
    browser.js(
        "addEventListener('consent:change', "
        "({ detail: c }) => heard.push([c.given, c.allows('marketing')]))"
    )
    names = ("session", "necessary", "matomo", "insight", "statistics", "ads", "x", "toString")

    def allowed() -> list[str]:
        return [name for name in names if browser.allows(name)]

    assert not browser.js("cookieConsent.given")
    assert allowed() == ["session", "necessary", "matomo"]
    browser.js("cookieConsent.accept()")
    assert allowed() == ["session", "necessary", "matomo", "insight", "statistics", "ads"]
    assert browser.js("cookieConsent.given")
    browser.js("cookieConsent.save(['insight', 'unknown'])")
    assert allowed() == ["session", "necessary", "insight", "statistics"]
    browser.js("cookieConsent.reject()")
    assert allowed() == ["session", "necessary"]
    assert browser.js("heard") == [[True, True], [True, False], [True, False]]
    assert not browser.banner
    browser.js("cookieConsent.show()")
    browser.until(lambda: browser.dialog)
