"""axe-core finds nothing in any state, theme, scheme and direction (CHECKLIST A1; LAW R94, R95)."""

from __future__ import annotations

from typing import Any

import pytest

from flask_cookie_consent import UNITED_STATES, requires_consent
from flask_cookie_consent.assets import THEMES
from tests.site import make_app
from tests.test_embeds import call

from .signs import confirmed
from .test_accessibility import findings

FILM = call("video", "<iframe srcdoc='<p lang=en>Film' title='Film'></iframe>", title="A film")
OPEN = "document.querySelectorAll('details').forEach((d) => (d.open = true))"
#: As a right-to-left site writes it into its pages.
MIRROR = (
    "addEventListener('DOMContentLoaded', () => {"
    " document.documentElement.dir = 'rtl'; document.documentElement.lang = 'ar' })"
)


class Look:
    """A visitor of one site, who lets axe look at every state in both colour schemes.

    :ivar seen: the states that were looked at, each with its scheme.
    """

    def __init__(self, browser: Any, site: Any) -> None:
        self.browser = browser
        self.site = site
        self.seen: list[tuple[str, str]] = []

    def go(self, path: str = "/") -> None:
        self.browser.get(self.site.url + path)
        if not path.startswith("/consent/") and path != "/video":
            self.browser.until(lambda: self.browser.js("!!window.cookieConsent"))

    def check(self, state: str) -> None:
        for scheme in ("light", "dark"):
            self.browser.media(prefers_color_scheme=scheme)
            assert findings(self.browser) == [], (state, scheme)
            self.seen.append((state, scheme))

    def open(self) -> None:
        self.browser.js("cookieConsent.show()")
        self.browser.until(lambda: self.browser.dialog)

    def answer(self, value: str) -> None:
        """In the dialog."""
        self.browser.one(f"#fcc-d [name=answer][value={value}]").click()
        self.browser.until(lambda: not self.browser.dialog)
        confirmed(self.browser)


@pytest.fixture
def look(browser, serve):
    """A function that gives a :class:`Look` at a site of this theme and direction."""

    def start(theme: str, direction: str, **options: Any) -> Look:
        body = f"<main><h1>Open data</h1>{FILM}</main>"
        language = "en" if direction == "ltr" else "ar"
        app = make_app(body, theme=theme, language=lambda: language, **options)
        app.add_url_rule("/video", view_func=requires_consent("video")(lambda: "The film"))
        if direction == "rtl":
            browser.on_new_page(MIRROR)
        return Look(browser, serve(app))

    return start


with_each_theme = pytest.mark.parametrize("theme", THEMES)
in_each_direction = pytest.mark.parametrize("direction", ["ltr", "rtl"])


@in_each_direction
@with_each_theme
def test_in_what_a_visitor_goes_through(browser, look, theme, direction):
    at = look(theme, direction)
    at.go()
    browser.until(lambda: browser.banner and browser.one(".fcc-e [type=button]").is_displayed())
    assert browser.js("getComputedStyle(document.querySelector('#fcc')).direction") == direction
    at.check("first layer, placeholder")
    browser.js(OPEN)
    at.check("placeholder with its details")
    at.open()
    at.check("preferences, a category partly on")
    browser.js(OPEN)
    at.check("preferences with all details")
    at.answer("accept")
    browser.until(lambda: browser.find("iframe"))
    at.check("outcome, embed shown")
    at.open()
    at.check("preferences with the date of the choice")
    at.answer("reject")
    browser.until(lambda: browser.find("#fcc-r button"))
    at.check("offer to reload")
    assert len(at.seen) == 7 * 2


@in_each_direction
@with_each_theme
def test_in_pages(browser, look, theme, direction):
    at = look(theme, direction)
    for path in ("/consent/preferences", "/consent/policy", "/video"):
        at.go(path + ("" if direction == "ltr" or path == "/video" else "?language=ar"))
        assert browser.js("document.documentElement.dir") == direction
        at.check(path)
        browser.js(OPEN)
        browser.window(320, 800)
        at.check(f"{path}, narrow, details open")
        browser.window(1280, 800)
    assert len(at.seen) == 6 * 2


@in_each_direction
@with_each_theme
def test_where_one_has_opted_out(browser, look, theme, direction):
    """The box that opting in again takes, in the dialog and in the page without scripts."""
    at = look(theme, direction, regime=UNITED_STATES)
    at.go()
    at.check("nobody is asked")
    at.open()
    at.answer("reject")
    at.open()
    assert browser.find("#fcc-d [name=confirm]")
    at.check("preferences that ask twice")
    assert len(at.seen) == 2 * 2


@in_each_direction
@with_each_theme
def test_in_a_page_of_the_sites_own_with_the_policy(browser, serve, theme, direction):
    language = "en" if direction == "ltr" else "ar"
    body = "<main><h1>Cookies</h1>{{ consent_policy() }}</main>"
    # axe takes a canvas that no rule colours for a white one.
    head = "<style>html{color-scheme:light dark;color:CanvasText;background:Canvas}</style>"
    app = make_app(body, head=head, theme=theme, language=lambda: language)
    if direction == "rtl":
        browser.on_new_page(MIRROR)
    at = Look(browser, serve(app))
    at.go()
    browser.click("Reject all" if direction == "ltr" else browser.find("#fcc button")[1].text)
    browser.until(lambda: not browser.banner)
    for width in (1280, 320):
        browser.window(width, 800)
        at.check(f"policy in a page of the site, {width} px")
    assert len(at.seen) == 2 * 2
