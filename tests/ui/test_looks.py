"""Placements and themes: what travels, and what is refused."""

from __future__ import annotations

import re

import brotli
import pytest

from flask_cookie_consent import consent_banner
from flask_cookie_consent.ui.look import PLACEMENTS, THEMES, Look
from tests.site import get, make_app, site_of


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_first_visit_costs_3600_bytes_at_most_however_it_looks(
    placement: str, theme: str
) -> None:
    app = make_app(placement=placement, theme=theme)
    with app.test_request_context():
        page = consent_banner("en").encode()
    parts = (page, site_of(app).assets.core.body)
    assert sum(len(brotli.compress(part, quality=11)) for part in parts) <= 3600


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"placement": "left"}, "placement: found 'left'; allowed: 'bar', 'bar-top'"),
        ({"theme": "dark"}, "theme: found 'dark'; allowed: 'plain', 'soft'"),
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
        assert css.count(":root:not([data-bs-theme=light])") == dark
        assert css.count(":root[data-bs-theme=dark]") == dark


def test_what_looks_different_has_another_name() -> None:
    names = {Look(placement, theme).name for placement in PLACEMENTS for theme in THEMES}
    assert len(names) == len(PLACEMENTS) * len(THEMES)


def test_the_script_tag_brings_the_theme_too() -> None:
    script = get(make_app(theme="soft"), path="/consent/banner.js?language=en").text
    assert "99px" in script
