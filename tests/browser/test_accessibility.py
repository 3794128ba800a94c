"""Keyboard, screen reader, and every way of looking (A1 to A4)."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
import pytest

from flask_cookie_consent.ui.look import PLACEMENTS, THEMES
from tests.site import make_app

from .layer import in_each_face, with_each_face_and

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGE = (
    "<header><a href='#main'>Skip</a></header><main id='main'><h1>Open data</h1><p>Text</p></main>"
)


@pytest.fixture
def site(serve):
    return serve(make_app(PAGE))


def findings(browser) -> list[str]:
    """What axe finds in the page, a line each."""
    browser.driver.execute_script(AXE)
    result = browser.driver.execute_async_script(
        "const done = arguments[1]; axe.run(document, {runOnly: arguments[0]}).then(done)", TAGS
    )
    return [
        f"{v['id']}: {node['html'][:120]} {node['failureSummary']}"
        for v in result["violations"]
        for node in v["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_in_any_state(browser, site, scheme, width):
    """A1: first layer, preferences with all details open, outcome, pages."""
    browser.window(width, 800)
    browser.media(prefers_color_scheme=scheme)
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    assert findings(browser) == []
    browser.click("Customise")
    browser.until(lambda: browser.dialog)
    browser.js("document.querySelectorAll('#fcc-dialog details').forEach((d) => (d.open = true))")
    assert findings(browser) == []
    browser.click("Save my choice")
    browser.until(lambda: not browser.dialog)
    assert findings(browser) == []
    for page in ("preferences", "policy"):
        browser.get(f"{site.url}/consent/{page}")
        assert findings(browser) == [], page


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_axe_finds_nothing_in_other_placements(browser, serve, placement):
    browser.get(serve(make_app(PAGE, placement=placement)).url)
    browser.until(lambda: browser.banner)
    assert findings(browser) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", THEMES[1:])
def test_both_buttons_look_alike_in_every_theme(browser, serve, theme, scheme):
    """F1; what axe finds in themes is asked in test_axe_states.py."""
    site = serve(make_app(PAGE, theme=theme))
    browser.media(prefers_color_scheme=scheme)
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    looks = browser.js(
        """[...document.querySelectorAll("#fcc button")].map((b) => {
             const s = getComputedStyle(b);
             const { color, backgroundColor, border, borderRadius, font, width, height } = s;
             return [color, backgroundColor, border, borderRadius, font, width, height];
           })"""
    )
    assert looks[0] == looks[1]


@pytest.mark.parametrize("words", ["{}", "h-full {} antialiased"])
@pytest.mark.parametrize(("preferred", "said"), [("light", "dark"), ("dark", "light")])
def test_a_sites_own_switch_counts_more_than_what_the_browser_prefers(
    browser, serve, preferred, said, words
):
    site = serve(make_app(PAGE, scheme_attribute="class"))
    browser.media(prefers_color_scheme=preferred)
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    colour = "getComputedStyle(document.querySelector('#fcc')).backgroundColor"
    before = browser.js(colour)
    browser.js(f"document.documentElement.setAttribute('class', {words.format(said)!r})")
    after = browser.js(colour)
    light, dark = "rgb(255, 255, 255)", "rgb(28, 32, 36)"
    assert (before, after) == ((light, dark) if said == "dark" else (dark, light))


@pytest.mark.parametrize("said", ["light", "dark"])
def test_the_switch_leaves_the_colours_that_a_theme_takes_from_the_page(browser, serve, said):
    head = "<style>:root { --bs-body-bg: #fe0; --bs-body-color: #222 }</style>"
    site = serve(make_app(PAGE, head=head, theme="inherit", scheme_attribute="data-theme"))
    browser.media(prefers_color_scheme="dark")
    browser.get(site.url)
    browser.js(f"document.documentElement.setAttribute('data-theme', {said!r})")
    browser.until(lambda: browser.banner)
    colour = "getComputedStyle(document.querySelector('#fcc')).backgroundColor"
    assert browser.js(colour) == "rgb(255, 238, 0)"


def test_the_banner_is_a_named_region_early_in_the_tab_order(browser, site):
    """A2, R88 to R90: first stop, not a modal, and no trap."""
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    node = ax_nodes(browser)
    assert ("region", "We use cookies.") in node
    assert not browser.find("[aria-modal]")
    stops = []
    for _ in range(6):
        browser.press("tab")
        stops.append(browser.focused)
    assert stops == [
        "Accept all", "Reject all", "Customise", "Cookie policy", "Skip", "Cookie settings",
    ]  # fmt: skip


def ax_nodes(browser) -> set[tuple[str, str]]:
    """Role and name of everything in the accessibility tree."""
    nodes = browser.cdp("Accessibility.getFullAXTree")["nodes"]
    return {
        (n["role"]["value"], n["name"]["value"])
        for n in nodes
        if not n["ignored"] and "name" in n and "role" in n
    }


def test_everything_can_be_done_by_keyboard(browser, site):
    """A2, A3, R91: into the preferences, Escape and back, choose one, save."""
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    browser.press("tab", "tab", "tab")
    assert browser.focused == "Customise"
    browser.press("enter")
    browser.until(lambda: browser.dialog)
    assert browser.focused == "Cookie settings"
    browser.press("escape")
    browser.until(lambda: not browser.dialog)
    assert browser.focused == "Customise"
    assert browser.consent_cookie is None
    browser.press("enter")
    browser.until(lambda: browser.dialog)
    details = browser.one("[data-all] ~ details > summary")
    browser.js("arguments[0].focus()", details)
    browser.press("enter", "tab", "tab", "tab")
    box = browser.one("[value=insight]")
    assert browser.js("document.activeElement == arguments[0]", box)
    browser.press("space")
    assert box.is_selected()
    browser.press("enter")
    browser.until(lambda: not browser.dialog)
    assert browser.allows("insight")
    assert not browser.allows("ads")


def test_the_preferences_are_modal_and_keep_the_focus(browser, site):
    """A2: Tab goes round inside, never to the page behind."""
    browser.get(site.url)
    browser.click("Customise")
    browser.until(lambda: browser.dialog)
    for _ in range(25):
        browser.press("tab")
        assert browser.js(
            "document.activeElement == document.body"
            " || !!document.activeElement.closest('#fcc-dialog')"
        )


@pytest.mark.parametrize("answer", ["Accept all", "Reject all"])
def test_the_outcome_is_announced_and_the_focus_not_lost(browser, site, answer):
    """A4, R93: politely, in a status that was there before."""
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    browser.press("tab", *([] if answer == "Accept all" else ["tab"]), "enter")
    browser.until(lambda: not browser.banner)
    status = browser.one("[role=status]")
    assert status.get_attribute("textContent") == "Your choice has been saved."
    assert browser.js("document.activeElement === arguments[0]", status)
    browser.press("tab")
    assert browser.focused == "Skip"


def test_focus_returns_to_the_link_that_opened_the_preferences(browser, site):
    """A2: also after saving."""
    browser.get(site.url)
    browser.click("Reject all")
    browser.until(lambda: not browser.banner)
    browser.js("document.querySelector('footer a').focus()")
    browser.press("enter")
    browser.until(lambda: browser.dialog)
    browser.click("Save my choice")
    browser.until(lambda: not browser.dialog)
    assert browser.focused == "Cookie settings"


@in_each_face
def test_targets_are_large_enough(browser, site):
    """A3, R85: 44 px for the main buttons, 24 px for everything else."""
    browser.window(360, 640)
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    assert min(b.size["height"] for b in browser.find("#fcc button")) >= 44
    assert min(a.size["height"] for a in browser.find("#fcc a")) >= 24
    browser.click("Customise")
    browser.until(lambda: browser.dialog)
    for target in browser.find("#fcc-dialog label, #fcc-dialog summary, #fcc-dialog button"):
        if target.is_displayed():
            assert target.size["height"] >= 24, target.text


@with_each_face_and(
    css=[
        "* { line-height: 1.5 !important; letter-spacing: .12em !important;"
        " word-spacing: .16em !important }",
        "html { font-size: 62.5% }",
        "html { font-size: 200% }",
    ]
)
def test_text_spacing_and_text_size_cut_nothing_off(browser, serve, css):
    """A3, R87: WCAG 1.4.4 and 1.4.12 at 320 px: buttons stay whole and in view."""
    site = serve(make_app(PAGE, head=f"<style>{css}</style>"))
    browser.window(320, 568)
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    assert browser.js("document.documentElement.scrollWidth") <= 320
    for button in browser.find("#fcc button"):
        assert browser.js(
            "((b, box) => b.scrollWidth <= b.clientWidth && box.bottom <= innerHeight)"
            "(arguments[0], arguments[0].getBoundingClientRect())",
            button,
        )
    assert browser.box("#fcc")["height"] <= 568 / 2 + 1


def test_it_is_usable_in_forced_colors_and_not_printed(browser, site):
    """A3, R94."""
    browser.media(forced_colors="active")
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    borders = browser.js(
        "[...document.querySelectorAll('#fcc button')].map(b => getComputedStyle(b).borderTopStyle)"
    )
    assert borders == ["solid", "solid"]
    browser.cdp("Emulation.setEmulatedMedia", media="print")
    assert not browser.banner


def test_nothing_moves(browser, site):
    """A3: no animation or transition, whatever the visitor prefers."""
    browser.get(site.url)
    browser.click("Customise")
    browser.until(lambda: browser.dialog)
    assert browser.js("document.getAnimations().length") == 0


@with_each_face_and(width=[320, 1280])
def test_right_to_left_mirrors_everything(browser, serve, width):
    """A3, R95: by logical properties; nothing sticks out."""
    site = serve(make_app(PAGE, placement="card"))
    browser.window(width, 800)
    browser.on_new_page(
        "addEventListener('DOMContentLoaded', () => { document.documentElement.dir = 'rtl';"
        " document.getElementById('fcc').dir = 'rtl'; })"
    )
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    box = browser.box("#fcc")
    accept, reject = (b.location["x"] for b in browser.find("#fcc button"))
    assert accept > reject
    assert box["left"] <= 17
    assert box["right"] <= width
