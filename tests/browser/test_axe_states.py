"""axe-core finds nothing in any state, theme, scheme and direction (A1; R94, R95).

Each state is looked at in each theme, and in each pair of scheme and direction; ``make axe``
crosses them all.
"""

from __future__ import annotations

import os
from itertools import product
from typing import Any, NamedTuple

import pytest

from flask_cookie_consent import UNITED_STATES, requires_consent
from flask_cookie_consent.ui.look import THEMES
from tests.browser.signs import confirmed
from tests.browser.test_accessibility import findings
from tests.site import make_app
from tests.web.test_embeds import call

FILM = call("video", "<iframe srcdoc='<p lang=en>Film' title='Film'></iframe>", title="A film")
OPEN = "document.querySelectorAll('details').forEach((d) => (d.open = true))"
#: As a right-to-left site writes it into its pages.
MIRROR = (
    "addEventListener('DOMContentLoaded', () => {"
    " document.documentElement.dir = 'rtl'; document.documentElement.lang = 'ar' })"
)


class Style(NamedTuple):
    """What a page looks like."""

    theme: str
    direction: str
    scheme: str


EVERY = [Style(*style) for style in product(THEMES, ("ltr", "rtl"), ("light", "dark"))]
#: Every theme, and every pair of direction and scheme.
PAIRS = (("ltr", "light"), ("rtl", "dark"), ("ltr", "dark"), ("rtl", "light"), ("ltr", "dark"))
FEW = [Style(theme, *pair) for theme, pair in zip(THEMES, PAIRS, strict=True)]
in_each_style = pytest.mark.parametrize(
    "style", EVERY if os.environ.get("EVERY_STYLE") else FEW, ids="-".join
)


class Look:
    """A visitor of one site, who lets axe look at every state.

    :ivar seen: the states that were looked at.
    """

    def __init__(self, browser: Any, site: Any, style: Style) -> None:
        self.browser = browser
        self.site = site
        self.style = style
        self.seen: list[str] = []
        browser.media(prefers_color_scheme=style.scheme)

    def go(self, path: str = "/") -> None:
        self.browser.get(self.site.url + path)
        if not path.startswith("/consent/") and path != "/video":
            self.browser.until(lambda: self.browser.js("!!window.cookieConsent"))

    def check(self, state: str) -> None:
        assert findings(self.browser) == [], state
        self.seen.append(state)

    def open(self) -> None:
        self.browser.js("cookieConsent.show()")
        self.browser.until(lambda: self.browser.dialog)

    def answer(self, value: str) -> None:
        """In the dialog."""
        self.browser.one(f"#fcc-dialog [name=answer][value={value}]").click()
        self.browser.until(lambda: not self.browser.dialog)
        confirmed(self.browser)


@pytest.fixture
def look(browser, serve):
    """A function that gives a :class:`Look` at a site of this style."""

    def start(style: Style, **options: Any) -> Look:
        body = f"<main><h1>Open data</h1>{FILM}</main>"
        language = "en" if style.direction == "ltr" else "ar"
        app = make_app(body, theme=style.theme, language=lambda: language, **options)
        app.add_url_rule("/video", view_func=requires_consent("video")(lambda: "The film"))
        if style.direction == "rtl":
            browser.on_new_page(MIRROR)
        return Look(browser, serve(app), style)

    return start


@in_each_style
def test_in_what_a_visitor_goes_through(browser, look, style):
    at = look(style)
    at.go()
    browser.until(lambda: browser.banner and browser.one(".fcc-e [type=button]").is_displayed())
    assert (
        browser.js("getComputedStyle(document.querySelector('#fcc')).direction") == style.direction
    )
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
    browser.until(lambda: browser.find("#fcc-reload button"))
    at.check("offer to reload")
    assert len(at.seen) == 7


@in_each_style
def test_in_pages(browser, look, style):
    at = look(style)
    for path in ("/consent/preferences", "/consent/policy", "/video"):
        at.go(path + ("" if style.direction == "ltr" or path == "/video" else "?language=ar"))
        assert browser.js("document.documentElement.dir") == style.direction
        at.check(path)
        browser.js(OPEN)
        browser.window(320, 800)
        at.check(f"{path}, narrow, details open")
        browser.window(1280, 800)
    assert len(at.seen) == 6


@in_each_style
def test_where_one_has_opted_out(browser, look, style):
    """The box that opting in again takes, in the dialog and in the page without scripts."""
    at = look(style, regime=UNITED_STATES)
    at.go()
    at.check("nobody is asked")
    at.open()
    at.answer("reject")
    at.open()
    assert browser.find("#fcc-dialog [name=confirm]")
    at.check("preferences that ask twice")
    assert len(at.seen) == 2


@in_each_style
def test_in_a_page_of_the_sites_own_with_the_policy(browser, serve, style):
    language = "en" if style.direction == "ltr" else "ar"
    body = "<main><h1>Cookies</h1>{{ consent_policy() }}</main>"
    # axe takes a canvas that no rule colours for a white one.
    head = "<style>html{color-scheme:light dark;color:CanvasText;background:Canvas}</style>"
    app = make_app(body, head=head, theme=style.theme, language=lambda: language)
    if style.direction == "rtl":
        browser.on_new_page(MIRROR)
    at = Look(browser, serve(app), style)
    at.go()
    browser.click("Reject all" if style.direction == "ltr" else browser.find("#fcc button")[1].text)
    browser.until(lambda: not browser.banner)
    for width in (1280, 320):
        browser.window(width, 800)
        at.check(f"policy in a page of the site, {width} px")
    assert len(at.seen) == 2
