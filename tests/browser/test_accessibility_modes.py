"""However one looks and moves: zoom, spacing, contrast, keyboard (A3; R84 to R94).

What a first layer does at 320 px and in print stands in test_accessibility.py.
"""

from __future__ import annotations

import pytest

from flask_cookie_consent.ui.look import PLACEMENTS, THEMES
from tests.browser.layer import in_each_face, with_each_face_and
from tests.browser.merival import withdraw
from tests.browser.signs import confirmed, gated, note, round_trip
from tests.browser.test_accessibility import PAGE
from tests.site import make_app
from tests.web.test_embeds import call

FILM = call("video", "<iframe title='Film'></iframe>", title="A film")
#: Links along both sides and in the middle, as close as lines are.
LINKS = "".join(
    f"<p style='margin:0;text-align:{side}'><a href='#{n}{side}'>{side} {n}</a></p>"
    for n in range(14)
    for side in ("start", "center", "end")
)
#: Whether what has the focus is wholly behind the banner.
HIDDEN = """((e, b) => {
  const r = e.getBoundingClientRect();
  return e != document.body && !e.closest("#fcc") &&
    r.top >= b.top && r.bottom <= b.bottom && r.left >= b.left && r.right <= b.right;
})(document.activeElement, document.querySelector("#fcc").getBoundingClientRect())"""


def open_dialog(browser, url: str) -> None:
    browser.get(url)
    browser.click("Customise")
    browser.until(lambda: browser.dialog)


# -- Focus ------------------------------------------------------------------------------------


@with_each_face_and(placement=PLACEMENTS, size=[(320, 256), (1280, 720)])
def test_what_has_the_focus_is_never_wholly_behind_the_banner(browser, serve, placement, size):
    """WCAG 2.2, 2.4.11 and R84: forwards from the top and back from the end of the page."""
    site = serve(make_app(f"<main>{LINKS}</main>", placement=placement))
    browser.window(*size)
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    browser.js("document.querySelector('#fcc .fcc-b').lastElementChild.focus()")
    stops = []
    for _ in range(43):
        browser.press("tab")
        stops.append(browser.focused)
        assert not browser.js(HIDDEN), stops
    assert stops[0] == "start 0"
    assert stops[-1] == "Cookie settings"
    for _ in range(42):
        browser.press_back()
        stops.append(browser.focused)
        assert not browser.js(HIDDEN), stops
    assert stops[-1] == "start 0"


@pytest.mark.parametrize("placement", ["bar-top", "card-top", "card-top-start"])
def test_a_banner_at_the_top_gives_way_to_the_keyboard_and_loses_no_click(
    browser, serve, placement
):
    """It moves once, and not away from a mouse button that goes down on it."""
    site = serve(make_app(f"<main>{LINKS}</main>", placement=placement))
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    assert browser.box("#fcc")["top"] <= 16
    browser.one("main").click()
    assert browser.box("#fcc")["top"] <= 16
    browser.js("document.querySelector('main a').focus({ focusVisible: true })")
    browser.until(lambda: browser.box("#fcc")["bottom"] >= 800 - 16)
    browser.click("Reject all")
    browser.until(lambda: not browser.banner)


@pytest.mark.parametrize("way", ["Close", "escape"])
def test_focus_returns_to_the_placeholder_that_opened_the_preferences(browser, serve, way):
    """R91."""
    browser.get(serve(make_app(f"<main>{FILM}</main>")).url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    browser.js("document.querySelector('.fcc-e [data-fcc]').focus()")
    browser.press("enter")
    browser.until(lambda: browser.dialog)
    if way == "Close":
        browser.click(way, "#fcc-dialog")
    else:
        browser.press(way)
    browser.until(lambda: not browser.dialog)
    assert browser.js("document.activeElement === document.querySelector('.fcc-e [data-fcc]')")


def test_focus_is_not_lost_when_the_link_that_opened_the_preferences_goes(browser, serve):
    """A4: the first layer goes with its link; the outcome takes the focus."""
    open_dialog(browser, serve(make_app(PAGE)).url)
    browser.click("Save my choice", "#fcc-dialog")
    browser.until(lambda: not browser.banner)
    browser.until(lambda: browser.focused == "Your choice has been saved.")
    browser.press("tab")
    assert browser.focused == "Skip"


# -- Zoom, text size, text spacing ------------------------------------------------------------

#: WCAG 2.2, 1.4.12.
SPACED = """* { line-height: 1.5 !important; letter-spacing: .12em !important;
  word-spacing: .16em !important } p { margin-bottom: 2em !important }"""
#: Text that its box cuts off, and what sticks out sideways.
CUT = """[...document.querySelectorAll(arguments[0])].filter((e) => {
  if (!e.checkVisibility() || e.closest(".fcc-vh")) return false;
  const r = e.getBoundingClientRect(), s = getComputedStyle(e);
  return r.left < -1 || r.right > innerWidth + 1 || e.scrollWidth > e.clientWidth + 1 &&
    s.display != "inline" || /hidden|clip/.test(s.overflowY) && e.scrollHeight > e.clientHeight + 1;
}).map((e) => e.outerHTML.slice(0, 80))"""
#: Controls that cannot be scrolled to where a pointer meets them.
OUT_OF_REACH = """[...document.querySelectorAll(arguments[0])].filter((e) => {
  if (!e.checkVisibility()) return false;
  e.scrollIntoView({ block: "nearest" });
  const r = e.getClientRects()[0];
  const met = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
  return !e.contains(met) && !met?.closest("label")?.contains(e);
}).map((e) => e.outerHTML.slice(0, 80))"""
CONTROLS = ", ".join(f"#fcc-dialog {tag}" for tag in ("button", "a", "summary", "input"))

#: The window and the style sheet of who sees text so large.
LARGE = {
    "400 % zoom": ((320, 256), ""),
    "400 % zoom and text spacing": ((320, 256), SPACED),
    "200 % text": ((640, 400), "html { font-size: 200% }"),
}


@with_each_face_and(how=LARGE, language=["en", "fr", "ar"])
def test_the_preferences_can_be_read_and_used_however_large(browser, serve, how, language):
    """WCAG 2.2, 1.4.4, 1.4.10, 1.4.12: nothing is cut off, and everything can be reached; a window
    of 1280 x 1024 px at 400 % has 320 x 256."""
    size, css = LARGE[how]
    app = make_app(PAGE, head=f"<style>{css}</style>", language=lambda: language)
    site = serve(app)
    browser.window(*size)
    browser.get(site.url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    browser.js("cookieConsent.show()")
    browser.until(lambda: browser.dialog)
    browser.js("document.querySelectorAll('#fcc-dialog details').forEach((d) => (d.open = true))")
    assert browser.js(CUT, "#fcc-dialog, #fcc-dialog *") == []
    assert browser.js(OUT_OF_REACH, CONTROLS) == []


@with_each_face_and(theme=THEMES)
def test_text_spacing_cuts_nothing_off_in_the_first_layer(browser, serve, theme):
    site = serve(make_app(PAGE, head=f"<style>{SPACED}</style>", theme=theme))
    browser.window(320, 568)
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    controls = "#fcc button, #fcc a"
    assert browser.js(CUT, controls) == []
    assert browser.js(OUT_OF_REACH, controls) == []


# -- Targets ----------------------------------------------------------------------------------


@in_each_face
def test_the_main_buttons_are_44_px_high_everywhere(browser, serve):
    """R85; axe holds everything else to 24 px, or as much room around it."""
    site = serve(make_app(f"<main>{FILM}</main>"))
    browser.window(360, 640)
    open_dialog(browser, site.url)
    heights = "[...document.querySelectorAll(arguments[0])].map((b) => b.offsetHeight)"
    assert (
        min(browser.js(heights, "#fcc-dialog .fcc-b button, #fcc-dialog .fcc-x, .fcc-e button"))
        >= 44
    )
    browser.get(f"{site.url}/consent/preferences")
    assert min(browser.js(heights, "#fcc-content .fcc-b button")) >= 44


# -- What a visitor prefers -------------------------------------------------------------------


def offer(browser, site) -> None:
    browser.get(site.url)
    browser.click("Accept all")
    confirmed(browser)
    browser.until(lambda: "ads" in browser.ran)
    withdraw(browser, "Advertising")
    browser.until(lambda: browser.find("#fcc-reload button"))


#: Whether what has the focus has an outline that can be told from what is around it.
OUTLINED = """((s, b) => s.outlineStyle == "solid" && parseFloat(s.outlineWidth) >= 3 &&
  s.outlineColor != b.backgroundColor)(getComputedStyle(document.activeElement),
  getComputedStyle(document.querySelector(arguments[0])))"""


@pytest.mark.parametrize("theme", THEMES)
def test_in_forced_colors_controls_have_edges_and_the_focus_is_seen(browser, serve, theme):
    """R94: backgrounds and shadows go, so that an edge has to say where a control is."""
    browser.media(forced_colors="active")
    browser.get(serve(make_app(f"<main>{FILM}</main>", theme=theme)).url)
    browser.until(lambda: browser.banner)
    for _ in range(3):
        browser.press("tab")
        assert browser.js(OUTLINED, "#fcc"), browser.focused
    assert browser.focused == "Customise"
    browser.press("enter")
    browser.until(lambda: browser.dialog)
    edges = """((canvas) => [...document.querySelectorAll(arguments[0])].map((e) => {
      const s = getComputedStyle(e);
      return s.borderTopStyle == "solid" && s.borderTopColor != canvas;
    }))(getComputedStyle(document.querySelector("#fcc-dialog")).backgroundColor)"""
    for boxes in (
        "#fcc",
        "#fcc button",
        "#fcc-dialog",
        "#fcc-dialog .fcc-b button",
        ".fcc-e button",
    ):
        assert set(browser.js(edges, boxes)) == {True}, boxes
    drawn = "[...document.querySelectorAll('#fcc-dialog [type=checkbox]')].map(appearance)"
    looks = browser.js(f"((appearance) => {drawn})((e) => getComputedStyle(e).appearance)")
    assert set(looks) == {"auto"}  # by the browser, which knows the visitor's colours
    for _ in range(6):
        browser.press("tab")
        assert browser.js(OUTLINED, "#fcc-dialog"), browser.focused


def test_in_forced_colors_the_offer_to_reload_has_an_edge_and_print_leaves_it_out(browser, serve):
    site = serve(make_app(PAGE + gated("ads", note("ads"))))
    browser.media(forced_colors="active")
    offer(browser, site)
    style, colour = browser.js(
        "((s) => [s.borderTopStyle, s.borderTopColor])"
        "(getComputedStyle(document.querySelector('#fcc-reload')))"
    )
    assert style == "solid"
    assert colour == browser.js(
        "getComputedStyle(document.querySelector('#fcc-reload span')).color"
    )
    browser.cdp("Emulation.setEmulatedMedia", media="print")
    assert not browser.one("#fcc-reload").is_displayed()


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_print_leaves_the_banner_out_and_its_room_too(browser, serve, placement):
    browser.get(serve(make_app(PAGE, placement=placement)).url)
    browser.until(lambda: browser.banner)
    browser.cdp("Emulation.setEmulatedMedia", media="print")
    assert not browser.banner
    assert browser.js("getComputedStyle(document.documentElement).paddingBottom") == "0px"


@pytest.mark.parametrize("theme", THEMES)
def test_who_prefers_more_contrast_sees_no_grey(browser, serve, theme):
    """R94: lines and secondary text of the preferences are as strong as the text."""
    browser.media(prefers_contrast="more")
    open_dialog(browser, serve(make_app(PAGE, theme=theme)).url)
    text = browser.js("getComputedStyle(document.querySelector('#fcc-dialog')).color")
    for part, what in (
        ("fieldset + fieldset", "borderTopColor"),
        (".fcc-note", "color"),
        ("summary", "color"),
    ):
        found = browser.js(f"getComputedStyle(document.querySelector('#fcc-dialog {part}')).{what}")
        assert found == text, part


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_nothing_moves_for_who_prefers_so(browser, serve, placement):
    """R94: where the banner gives way to the keyboard it does so at once."""
    browser.media(prefers_reduced_motion="reduce")
    browser.get(serve(make_app(f"<main>{LINKS}</main>", placement=placement)).url)
    browser.until(lambda: browser.banner)
    moving = "document.getAnimations().filter((a) => a.effect.getComputedTiming().progress).length"
    before = browser.box("#fcc")
    browser.js("document.querySelector('#fcc .fcc-b').lastElementChild.focus()")
    browser.press("tab")
    assert browser.js(moving) == 0
    moved = browser.box("#fcc")
    assert (moved != before) is ("top" in placement)
    browser.press_back()
    assert browser.js(moving) == 0
    assert browser.box("#fcc") == moved
    browser.click("Customise")
    browser.until(lambda: browser.dialog)
    assert browser.js(moving) == 0


# -- Time -------------------------------------------------------------------------------------

#: Notes all that waits for a second or more, and lets it happen at once when an hour is to pass.
CLOCK = """const late = [];
for (const name of ["setTimeout", "setInterval"]) {
  const real = window[name];
  window[name] = (act, ms, ...more) => {
    if (ms >= 1000) late.push(act);
    return real(act, ms, ...more);
  };
}
window.passAnHour = () => late.splice(0).forEach((act) => act());"""


def test_nothing_runs_out(browser, serve):
    """WCAG 2.2, 2.2.1 and R93: banner, unsaved preferences and outcome stay as they are."""
    browser.on_new_page(CLOCK)
    open_dialog(browser, serve(make_app(PAGE)).url)
    browser.click("Optional features", "#fcc-dialog")

    def pass_an_hour() -> None:
        browser.js("passAnHour()")
        round_trip(browser)

    pass_an_hour()
    assert browser.dialog
    assert browser.one("#fcc-dialog [value=video]").is_selected()
    browser.press("escape")
    pass_an_hour()
    assert browser.banner
    browser.click("Accept all")
    status = browser.one("#fcc-status")
    browser.until(lambda: status.get_attribute("textContent"))
    pass_an_hour()
    assert status.get_attribute("textContent") == "Your choice has been saved."
