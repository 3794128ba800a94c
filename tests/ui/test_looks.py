"""Placements and themes: what travels, and what is refused."""

from __future__ import annotations

import re

import pytest

from flask_cookie_consent.ui.look import PLACEMENTS, THEMES, Look
from tests.site import get, make_app

from .test_sizes import compressed, compressed_banner, core


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_first_visit_costs_4000_bytes_at_most_however_it_looks(
    placement: str, theme: str
) -> None:
    app = make_app(placement=placement, theme=theme)
    assert compressed_banner(app, "en") + compressed(core(app)) <= 4000


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"placement": "left"}, "placement: found 'left'; allowed: 'bar', 'bar-top'"),
        ({"theme": "dark"}, "theme: found 'dark'; allowed: 'plain', 'soft'"),
        ({"scheme": "black"}, "scheme: found 'black'; allowed: 'auto', 'light', 'dark'"),
        ({"scheme_attribute": "a]{}"}, "scheme_attribute: found"),
    ],
)
def test_a_look_that_there_is_not_is_a_fault_at_start_up(
    options: dict[str, str], said: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        make_app(**options)


def test_only_the_theme_that_is_chosen_travels() -> None:
    looks = {theme: Look("bar", theme).first_css for theme in THEMES}
    for theme, css in looks.items():
        others = [other for other in THEMES if other not in (theme, "plain")]
        assert not any(looks[other].removeprefix(looks["plain"]) in css for other in others)


@pytest.mark.parametrize("theme", THEMES)
def test_a_sites_own_switch_is_in_every_rule_for_the_dark(theme: str) -> None:
    look = Look("card", theme, "data-bs-theme")
    for css in (look.first_css, look.page_css, look.embed_css):
        dark = css.count("prefers-color-scheme")
        assert dark
        assert css.count(":root:not([data-bs-theme~=light])") == dark
        assert css.count(":root[data-bs-theme~=dark]") == dark


@pytest.mark.parametrize("theme", THEMES)
def test_a_site_of_one_scheme_does_not_follow_the_visitors_preference(theme: str) -> None:
    auto, light, dark = (Look("card", theme, scheme=s) for s in ("auto", "light", "dark"))
    for sheet in ("first_css", "page_css", "embed_css"):
        both, one, other = (getattr(look, sheet) for look in (auto, light, dark))
        assert "prefers-color-scheme" in both
        assert "prefers-color-scheme" not in one + other
        assert len(one) < len(other) < len(both)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_our_pages_are_of_the_sites_scheme(scheme: str) -> None:
    page = get(make_app(scheme=scheme), path="/consent/preferences").text
    assert f'<meta name="color-scheme" content="{scheme}">' in page


def test_a_switch_and_one_scheme_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="leave one of the two out"):
        make_app(scheme="light", scheme_attribute="class")


def test_what_looks_different_has_another_name() -> None:
    names = {Look(placement, theme).name for placement in PLACEMENTS for theme in THEMES}
    assert len(names) == len(PLACEMENTS) * len(THEMES)


def test_the_script_tag_brings_the_theme_too() -> None:
    script = get(make_app(theme="soft"), path="/consent/banner.js?language=en").text
    assert "99px" in script
