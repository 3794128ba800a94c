"""Figures of the banner as it stands in a page (``static/measure.js``)."""

from __future__ import annotations

import pytest

from flask_cookie_consent.ui.bundles import bundle
from flask_cookie_consent.ui.look import PLACEMENTS, THEMES
from tests.site import make_app

from .layer import with_each_face_and

MEASURE = bundle("measure.js") + "; return fccMeasure(...arguments)"
SETTINGS = "document.querySelector('[data-fcc]').click()"


@pytest.fixture
def measured(browser, serve):
    """A function that gives the figures of a page whose own style sheet is ``css``."""

    def measure(css: str = "", **options):
        site = serve(make_app("<main>Text</main>", head=f"<style>{css}</style>", **options))
        browser.get(site.url)
        browser.until(lambda: browser.banner)
        browser.press("tab")  # a window has no focus until something happens in it
        return browser.driver.execute_script(MEASURE)

    return measure


def part(surface, name, kind="text"):
    [found] = [c for c in surface["contrasts"] if (c["part"], c["kind"]) == (name, kind)]
    return found


def weaker(surface):
    return {row["property"] for row in surface["compared"] if row["weaker"]}


@with_each_face_and(theme=THEMES, scheme=["light", "dark"])
def test_no_theme_has_a_fault(browser, measured, theme, scheme):
    """F1, A3"""
    browser.media(prefers_color_scheme=scheme)
    first = measured(theme=theme)
    browser.js(SETTINGS)
    browser.until(lambda: browser.dialog)
    second = browser.driver.execute_script(MEASURE)
    assert first["scheme"] == scheme
    assert first["faults"] == second["faults"] == []
    assert {c["kind"] for c in first["layer"]["contrasts"]} == {"text", "control", "focus"}
    parts = {c["part"] for c in second["dialog"]["contrasts"]}
    assert {"heading", "text", "muted", "save", "accept", "reject", "checkbox"} <= parts


@with_each_face_and(placement=PLACEMENTS)
def test_refusing_is_as_easy_as_accepting_in_every_placement(browser, measured, placement):
    """F1, R2 to R5, on a phone and on a desktop; themes take turns, each has its own test."""
    first = PLACEMENTS.index(placement)
    for n, size in enumerate(((360, 640), (1280, 720))):
        theme = THEMES[(first + 2 * n) % len(THEMES)]
        browser.window(*size)
        figures = measured(placement=placement, theme=theme)
        assert figures["layer"]["compared"], theme
        assert figures["faults"] == [], theme


def test_the_figures_of_the_plain_theme(measured):
    layer = measured()["layer"]
    heading = part(layer, "heading")
    assert (heading["foreground"], heading["background"]) == ("#1c2024", "#ffffff")
    assert (heading["ratio"], heading["required"]) == (16.38, 4.5)
    assert part(layer, "accept")["background"] == "#1c2024"
    assert part(layer, "accept", "control")["ratio"] == 16.38
    assert layer["signs"] == {
        "fixed": True,
        "above": True,
        "buttons": ["Accept all", "Reject all"],
        "wording": True,
    }
    assert 0 < layer["covered"] < 1 / 3


@pytest.mark.parametrize(
    ("color", "found"),
    [
        ("oklch(62.8% 0.2577 29.23)", "#ff0000"),
        ("color-mix(in srgb, #fff 50%, #000)", "#808080"),
        ("rgb(255 255 255 / 50%)", "#ffffff"),
        ("rgb(0 0 0 / 50%)", "#7f7f7f"),  # over the white page
        ("hsl(210 100% 20%)", "#003366"),
    ],
)
def test_a_background_of_any_syntax_is_measured_as_it_is_seen(measured, color, found):
    layer = measured(f"#fcc#fcc {{ background: {color} }}")["layer"]
    assert part(layer, "heading")["background"] == found


def test_text_is_as_faint_as_what_it_stands_in(measured):
    layer = measured("#fcc#fcc .fcc-t { color: #000; opacity: .5 }")["layer"]
    assert part(layer, "text")["foreground"] == "#808080"
    assert not part(layer, "text")["passes"]  # 3.94:1


@pytest.mark.parametrize(
    ("css", "properties"),
    [
        ("background: #fff; color: #777", {"color", "backgroundColor", "prominence", "contrast"}),
        ("padding: 0; min-height: 30px; height: 30px", {"height", "padding"}),
        ("font-size: 12px", {"fontSize"}),
        ("font-weight: 400", {"fontWeight"}),
        ("opacity: .6", {"opacity"}),
        ("text-decoration: underline", {"textDecorationLine"}),
        ("pointer-events: none", {"reachable"}),
        ("border: 3px solid red", {"border"}),
        ("display: none", {"there"}),
    ],
)
def test_whatever_makes_refusing_weaker_is_said(measured, css, properties):
    """F1"""
    assert measured()["faults"] == []
    found = measured(f"#fcc#fcc [value=reject] {{ {css} }}")
    assert properties <= weaker(found["layer"])
    said = " ".join(found["faults"])
    assert all(f"refusing is weaker than accepting, {name}:" in said for name in properties)


def test_a_stronger_refusal_is_no_fault(measured):
    assert measured("#fcc#fcc [value=accept] { font-size: 12px }")["faults"] == []


@pytest.mark.parametrize(
    ("css", "fault"),
    [
        ("#fcc#fcc { color: #777 }", "layer: heading, text: #777777 on #ffffff is 4.47:1"),
        (
            "#fcc#fcc a:focus { outline: none !important }",
            "layer: policy, focus: #ffffff on #ffffff is 1:1",
        ),
        ("#fcc#fcc a { min-height: 0; height: 18px }", " × 18 px, needs 24"),
        (
            "#fcc#fcc button { background: #eee; color: #000; border: 0 }",
            "layer: reject, control: #eeeeee on #ffffff is 1.16:1, needs 3:1",
        ),
    ],
)
def test_what_is_under_its_floor_is_said_with_its_figure(measured, css, fault):
    assert fault in " ".join(measured(css)["faults"])


def test_what_lies_on_a_picture_has_no_figure(measured):
    css = "#fcc#fcc { background: linear-gradient(#fff, #000) }"
    layer = measured(css)["layer"]
    assert part(layer, "heading")["ratio"] is None
    assert part(layer, "accept")["ratio"] == 16.38


def test_measuring_leaves_the_page_as_it_was(browser, measured):
    measured()
    browser.js("document.querySelector('footer a').focus()")
    before = browser.js("document.documentElement.outerHTML")
    browser.driver.execute_script(MEASURE)
    assert browser.focused == "Cookie settings"
    assert browser.js("document.documentElement.outerHTML") == before


def test_measuring_leaves_the_focus_alone_where_it_is_told_to(browser, measured):
    measured()
    browser.js("addEventListener('focusin', () => (window.moved = true))")
    found = browser.driver.execute_script(MEASURE, {"focus": False})
    assert {c["kind"] for c in found["layer"]["contrasts"]} == {"text", "control"}
    assert not browser.js("window.moved")


def test_what_is_not_there_is_not_measured(browser, measured):
    measured()
    browser.click("Reject all")
    browser.until(lambda: not browser.banner)
    found = browser.driver.execute_script(MEASURE)
    assert found["layer"] is found["dialog"] is None
