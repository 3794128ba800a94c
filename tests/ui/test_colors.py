"""A site's own colours: read as browsers read them, and refused where they cannot be read."""

from __future__ import annotations

import colorsys
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_cookie_consent import Colors, consent_banner
from flask_cookie_consent.ui.colors import contrast, parse_color
from flask_cookie_consent.ui.look import THEMES, Look
from tests.site import extension_of, get, make_app, site_of

rgb = st.tuples(*[st.integers(0, 255)] * 3)

BRAND = Colors(
    background="#fff8e6",
    text="#222",
    button="rgb(0, 102, 204)",
    button_text="hsl(0 0% 100%)",
    dark=Colors(background="#123", text="#fff", button="#9cf", button_text="#000"),
)


# -- Reading ----------------------------------------------------------------------------------


@given(rgb)
def test_every_form_of_a_colour_is_the_same_colour(color):
    red, green, blue = color
    hue, lightness, saturation = colorsys.rgb_to_hls(red / 255, green / 255, blue / 255)
    hsl = f"{hue * 360:.6f}", f"{saturation * 100:.6f}%", f"{lightness * 100:.6f}%"
    for text in (
        f"#{red:02x}{green:02x}{blue:02x}",
        f"#{red:02X}{green:02X}{blue:02X}",
        f" RGB({red} {green} {blue}) ",
        f"rgb({red},{green} , {blue})",
        f"rgb({red / 2.55:.6f}% {green / 2.55:.6f}% {blue / 2.55:.6f}%)",
        f"hsl({' '.join(hsl)})",
        f"hsl( {hsl[0]}deg, {hsl[1]}, {hsl[2]} )",
    ):
        assert parse_color(text) == color, text


@given(st.text(alphabet="0123456789abcdef", min_size=3, max_size=3))
def test_three_digits_are_six(digits):
    assert parse_color(f"#{digits}") == parse_color("#" + "".join(d * 2 for d in digits))


@given(st.text() | st.from_regex(r"(#|rgb\(|hsl\()[0-9a-f%, .;{}/-]*\)?", fullmatch=True))
def test_anything_else_is_refused_and_nothing_but_a_colour_gets_into_a_style(text):
    try:
        color = parse_color(text)
    except ValueError:
        return
    assert all(0 <= part <= 255 for part in color)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "red",
        "#ffff",
        "#12345678",
        "#12345g",
        "rgb(0 0 256)",
        "rgb(0 0)",
        "rgb(0 0 0 / 50%)",
        "rgba(0, 0, 0, 1)",
        "hsl(361 0% 0%)",
        "hsl(0 0 0)",
        "rgb(٣ ٣ ٣)",
        "#fff}body{display:none",
    ],
)
def test_what_is_no_opaque_colour_in_srgb_is_refused(text):
    with pytest.raises(ValueError, match="without transparency"):
        parse_color(text)


# -- Contrast ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("front", "back", "ratio"),
    [  # as published with WCAG's techniques and by its checkers
        ("#000", "#fff", 21.0),
        ("#777", "#fff", 4.48),
        ("#767676", "#fff", 4.54),
        ("#949494", "#fff", 3.03),
        ("#00f", "#fff", 8.59),
        ("#f00", "#fff", 4.0),
        ("#fff", "#fff", 1.0),
    ],
)
def test_published_contrast_ratios(front, back, ratio):
    assert round(contrast(parse_color(front), parse_color(back)), 2) == ratio


@given(rgb, rgb)
def test_contrast_is_the_same_both_ways_and_between_1_and_21(one, other):
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21


# -- Refusing ---------------------------------------------------------------------------------


def faults(colors, theme="plain"):
    with pytest.raises(ValueError, match="these colours cannot be used") as error:
        make_app(colors=colors, theme=theme)
    return str(error.value).splitlines()[1:]


def test_all_that_cannot_be_read_is_said_at_once_with_its_figures():
    assert faults(Colors(background="#fff", text="#777", button="#eee", button_text="#aaa")) == [
        "in the light and the dark: text #777 on background #fff is 4.47:1, needs 4.5:1 "
        "(WCAG 2.2, 1.4.3)",
        "in the light and the dark: button text #aaa on button #eee is 2:1, needs 4.5:1 "
        "(WCAG 2.2, 1.4.3)",
        "in the light and the dark: button #eee on background #fff is 1.16:1, needs 3:1 "
        "(WCAG 2.2, 1.4.11)",
    ]


def test_what_holds_in_the_light_only_is_said_of_the_dark():
    assert faults(Colors(button="#06c", button_text="#fff")) == [
        "in the dark: button #06c on theme's background #1c2024 is 2.94:1, needs 3:1 "
        "(WCAG 2.2, 1.4.11)"
    ]
    bright = Colors(button="#9cf", button_text="#000")
    make_app(colors=Colors(button="#06c", button_text="#fff", dark=bright))


def test_the_theme_contrast_asks_for_more():
    make_app(colors=Colors(background="#fff", text="#595959", dark=BRAND.dark), theme="contrast")
    [said] = faults(Colors(background="#fff", text="#666", dark=BRAND.dark), "contrast")
    assert "text #666 on background #fff is 5.74:1, needs 7:1 (WCAG 2.2, 1.4.6)" in said


def test_of_the_theme_inherit_only_the_page_knows_the_background():
    make_app(theme="inherit", colors=Colors(button="#888", button_text="#000"))


def test_what_is_no_colour_or_stands_alone_is_said_with_all_else():
    dark = Colors(background="rgb(0 0 0 / 50%)", text="#fff", dark=Colors())
    said = faults(Colors(background="red", button_text="#fff", dark=dark))
    assert [line.partition(";")[0] for line in said] == [
        "colors.background: found 'red'",
        "colors.text: found nothing",
        "colors.button: found nothing",
        "colors.dark.background: found 'rgb(0 0 0 / 50%)'",
        "colors.dark.dark: found Colors(...)",
    ]


# -- What travels -----------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
def test_a_site_without_colours_sends_none(theme):
    look, bare = Look("bar", theme, None, Colors()), Look("bar", theme)
    assert (look.first_css, look.page_css, look.embed_css) == (
        bare.first_css,
        bare.page_css,
        bare.embed_css,
    )


def test_only_what_is_set_travels_in_its_shortest_form():
    ours = Colors(button="rgb(136 136 136)", button_text="#000000")
    for sheet in ("first_css", "page_css", "embed_css"):
        own, bare = (getattr(Look("bar", "plain", None, c), sheet) for c in (ours, None))
        assert own == f"{bare}body{{--fcc-button:#888;--fcc-button-text:#000}}"


def test_the_first_layer_carries_both_schemes():
    css = Look("card", "soft", None, BRAND).first_css.removeprefix(Look("card", "soft").first_css)
    assert css == (
        "body{--fcc-background:#fff8e6;--fcc-text:#222;--fcc-button:#06c;--fcc-button-text:#fff}"
        "@media(prefers-color-scheme:dark){body{--fcc-background:#123;--fcc-text:#fff;"
        "--fcc-button:#9cf;--fcc-button-text:#000}}"
    )


def test_a_sites_own_switch_counts_for_its_colours():
    css = Look("card", "soft", "data-theme", BRAND).first_css
    assert ":where(:root:not([data-theme~=light])) :is(body){--fcc-background:#123;" in css
    assert ":where(:root[data-theme~=dark]) :is(body){--fcc-background:#123;" in css


@given(rgb, rgb)
def test_secondary_text_can_be_read_wherever_text_can(text, background):
    colors = Colors(
        background="rgb({} {} {})".format(*background), text="rgb({} {} {})".format(*text)
    )
    try:
        css = Look("bar", "inherit", None, colors).page_css
    except ValueError:
        assert contrast(text, background) < 4.5
        return
    muted = re.findall(r"--fcc-muted:(#\w+)", css)[-1]
    assert contrast(parse_color(muted), background) >= 4.5
    surface = re.findall(r"--fcc-surface:(#\w+)", css)[-1]
    assert parse_color(surface) == background


@pytest.mark.parametrize("path", ["/", "/consent/policy", "/consent/dialog", "/consent/banner.js"])
def test_colours_are_wherever_a_visitor_sees_us(path):
    assert "--fcc-button:#06c" in get(make_app(colors=BRAND), path=path).text


def test_a_strict_page_allows_the_style_with_the_colours():
    app = make_app(colors=BRAND)
    hashes = extension_of(app).csp_hashes["style-src"]
    assert hashes != extension_of(make_app()).csp_hashes["style-src"]
    with app.test_request_context():
        assert site_of(app).assets.first_css in consent_banner("en")


def test_what_was_shown_is_proven_with_its_colours():
    names = {site_of(make_app(colors=c)).renderer.snapshot("en") for c in (None, BRAND)}
    assert len(names) == 2
