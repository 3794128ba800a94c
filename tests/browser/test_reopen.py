"""The button that brings the preferences back (W1, A1 to A3)."""

from __future__ import annotations

import pytest

from flask_cookie_consent import UNITED_STATES
from flask_cookie_consent.ui.look import THEMES
from tests.browser.layer import in_each_face
from tests.browser.test_accessibility import findings
from tests.site import REFUSED, choice, make_app, policy

PAGE = "<main id='main'><h1>Open data</h1><p>Text</p></main>"
BUTTON = "#fcc-reopen a"


@pytest.fixture
def decided(browser, serve):
    """A function that opens the page of an app for a visitor who has chosen."""

    def visit(app=None, **options):
        site = serve(app or make_app(PAGE, **{"reopen": "end"} | options))
        browser.set_cookie("consent", choice(policy(), **REFUSED).encode(), site.url)
        browser.get(site.url)
        browser.until(lambda: browser.one(BUTTON).is_displayed())
        return site

    return visit


@pytest.mark.parametrize("inline", [True, False])
def test_it_waits_for_the_choice_and_leads_back_to_it(browser, serve, inline):
    """W1"""
    browser.get(serve(make_app(PAGE, reopen="end", inline=inline)).url)
    browser.until(lambda: browser.banner)
    assert not browser.one(BUTTON).is_displayed()
    browser.click("Accept all")
    browser.until(lambda: browser.one(BUTTON).is_displayed())
    browser.click("Cookie settings", within="#fcc-reopen")
    browser.until(lambda: browser.dialog)
    browser.click("Reject all", within="#fcc-dialog")
    browser.until(lambda: not browser.dialog)
    assert not browser.allows("ads")


def test_by_keyboard_alone_and_the_focus_comes_back(browser, decided):
    """A2, A3"""
    decided()
    browser.press("tab")
    assert browser.focused == "Cookie settings"
    assert browser.js("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    browser.press("enter")
    browser.until(lambda: browser.dialog)
    browser.press("escape")
    browser.until(lambda: not browser.dialog)
    browser.until(lambda: browser.js("document.activeElement.matches(arguments[0])", BUTTON))


def test_the_script_tag_alone_brings_it(browser, serve):
    app = make_app(PAGE, reopen="end")
    page = '<!doctype html><title>Page</title><script src="/consent/banner.js" defer></script>'
    app.add_url_rule("/static-page", "static_page", lambda: page)
    browser.get(f"{serve(app).url}/static-page")
    browser.until(lambda: browser.banner)
    assert not browser.one(BUTTON).is_displayed()
    browser.click("Reject all")
    browser.until(lambda: browser.one(BUTTON).is_displayed())
    browser.click("Cookie settings", within="#fcc-reopen")
    browser.until(lambda: browser.dialog)


def test_where_nobody_is_asked_it_has_the_regimes_name(browser, serve):
    browser.get(serve(make_app(PAGE, reopen="end", regime=UNITED_STATES)).url)
    browser.until(lambda: browser.find(BUTTON) and browser.one(BUTTON).is_displayed())
    assert len(browser.find("#fcc-reopen")) == 1
    browser.click("Your Privacy Choices", within="#fcc-reopen")
    browser.until(lambda: browser.dialog)


@pytest.mark.parametrize("inline", [True, False])
def test_without_scripts_it_leads_to_the_page(browser, serve, inline):
    """B7"""
    browser.scripts(False)
    site = serve(make_app(PAGE, reopen="end", inline=inline))
    browser.get(site.url)
    assert browser.banner
    assert not browser.one(BUTTON).is_displayed()
    browser.click("Reject all")
    browser.until(lambda: not browser.banner)
    assert browser.one(BUTTON).is_displayed()
    assert browser.one("#fcc-reopen").value_of_css_property("position") == "fixed"
    browser.click("Cookie settings", within="#fcc-reopen")
    browser.until(lambda: "/consent/preferences" in browser.driver.current_url)


def test_without_scripts_it_is_there_in_every_regime(browser, serve):
    browser.scripts(False)
    browser.get(serve(make_app(PAGE, reopen="end", regime=UNITED_STATES)).url)
    assert browser.one(BUTTON).is_displayed()
    assert browser.one("#fcc-reopen").value_of_css_property("position") == "fixed"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_and_it_has_the_banners_colours(browser, decided, theme, scheme):
    """A1, A3"""
    browser.media(prefers_color_scheme=scheme)
    decided(theme=theme)
    assert findings(browser) == []
    colors = "(({color, backgroundColor}) => [color, backgroundColor])(getComputedStyle(%s))"
    browser.js("(document.querySelector('#fcc').hidden = false)")
    banner = browser.js(colors % "document.querySelector('#fcc')")
    browser.js("(document.querySelector('#fcc').hidden = true)")
    assert browser.js(colors % "document.querySelector('#fcc-reopen')") == banner


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize(
    ("language", "corner", "left"),
    [("en", "end", False), ("en", "start", True), ("ar", "end", True), ("ar", "start", False)],
)
def test_it_lies_in_its_corner_within_the_window(browser, decided, width, language, corner, left):
    browser.window(width, 640)
    decided(reopen=corner, language=lambda: language)
    box = browser.box("#fcc-reopen")
    assert box["height"] >= 44
    assert box["left" if left else "right"] == (12 if left else width - 12)
    assert box["bottom"] == 640 - 12


@in_each_face
def test_the_longest_name_stays_within_a_narrow_window(browser, decided):
    browser.window(320, 640)
    decided(texts={"settings": "Cookie settings and choices about all of your data here"})
    box = browser.box("#fcc-reopen")
    assert box["left"] >= 12
    assert box["right"] <= 320 - 12
    assert not browser.js("document.documentElement.scrollWidth > innerWidth")


def test_it_never_lies_on_what_has_the_focus(browser, decided):
    """WCAG 2.2, 2.4.11: a link at the very end, in the same corner."""
    links = "".join(f"<p style='text-align:right'><a href='#{n}'>{n}</a></p>" for n in range(60))
    decided(make_app(PAGE + links, reopen="end"))
    link = browser.find("p a")
    for target in (link[20], link[59], browser.one("footer a")):
        browser.js("arguments[0].focus()", target)
        bottom = browser.js("arguments[0].getBoundingClientRect().bottom", target)
        assert bottom <= browser.box("#fcc-reopen")["top"]


def test_it_is_usable_in_forced_colors_and_not_printed(browser, decided):
    browser.media(forced_colors="active")
    decided()
    style = browser.js("getComputedStyle(document.querySelector('#fcc-reopen')).borderTopStyle")
    assert style == "solid"
    assert browser.one(BUTTON).is_displayed()
    browser.cdp("Emulation.setEmulatedMedia", media="print")
    assert not browser.one(BUTTON).is_displayed()


@in_each_face
def test_a_hostile_reset_does_not_hide_it_or_move_it(browser, decided):
    css = "[hidden]{display:none!important} section,a{position:static;padding:3em;float:left}"
    decided(make_app(PAGE, head=f"<style>{css}</style>", reopen="end"))
    box = browser.box("#fcc-reopen")
    assert box["bottom"] == 800 - 12
    assert box["height"] < 60


@pytest.mark.parametrize("inline", [True, False])
def test_nothing_moves_when_it_comes(browser, serve, inline):
    """Q1"""
    browser.on_new_page(
        "window.shift = 0; new PerformanceObserver((list) => { for (const e of list.getEntries()) "
        "shift += e.value }).observe({type: 'layout-shift', buffered: true})"
    )
    browser.get(serve(make_app(PAGE, reopen="end", inline=inline, placement="card")).url)
    browser.until(lambda: browser.banner)
    browser.js("document.querySelector('#fcc [value=reject]').click()")
    browser.until(lambda: browser.one(BUTTON).is_displayed())
    browser.driver.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))"
    )
    assert browser.js("shift") == 0
