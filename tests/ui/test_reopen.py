"""The button that brings the preferences back: what travels, and where."""

from __future__ import annotations

import re

import pytest

from flask_cookie_consent import UNITED_STATES, by_country, country_header
from flask_cookie_consent.ui.look import THEMES, Look
from tests.site import ACCEPTED, extension_of, get, make_app, policy, site_of, visit

BUTTON = re.compile(r'<section id="fcc-reopen".*?data-fcc>(.*?)</a></section>', re.DOTALL)


def test_a_site_without_it_carries_nothing_of_it():
    for options in ({}, {"inline": False}, {"first_layer": False}):
        for path in ("/", "/consent/banner.js", "/consent/state.css"):
            text = get(make_app(**options), path=path).text
            assert not re.search(r'(?<!\()"#?fcc-reopen|#fcc-reopen[^"]', text)


@pytest.mark.parametrize("theme", THEMES)
def test_it_travels_with_the_banner_alone(theme):
    own, bare = Look("bar", theme, reopen="end"), Look("bar", theme)
    assert own.first_css.startswith(bare.first_css)
    assert (own.page_css, own.embed_css) == (bare.page_css, bare.embed_css)


def test_a_corner_that_there_is_not_is_a_fault_at_start_up():
    with pytest.raises(ValueError, match="reopen: found 'left'; allowed: 'end', 'start', None"):
        make_app(reopen="left")


@pytest.mark.parametrize("options", [{}, {"inline": False}, {"first_layer": False}])
def test_every_page_has_it_the_same_for_every_visitor(options):
    """H2"""
    app = make_app(reopen="end", **options)
    page = get(app, path="/")
    assert BUTTON.findall(page.text) == ["Cookie settings"]
    assert (
        '<a href="/consent/preferences?language=en" referrerpolicy="same-origin" data-fcc>'
        in page.text
    )
    assert page.data == get(app, visit(policy(), **ACCEPTED), "/").data
    assert "Vary" not in page.headers


def test_it_is_hidden_until_its_style_is_there():
    """Nothing moves when the script brings the style."""
    page = get(make_app(reopen="end"), path="/").text
    assert re.search('<section id="fcc-reopen"[^>]* hidden="hidden"', page)


@pytest.mark.parametrize(("corner", "other"), [("end", "start"), ("start", "end")])
def test_it_lies_in_the_corner_that_is_asked_for(corner, other):
    css = Look("bar", "plain", reopen=corner).first_css
    assert f"inset-inline-{corner}:" in css
    assert f"inset-inline-{other}:" not in css


def test_it_is_called_what_the_regime_calls_it_and_what_the_site_does():
    script = get(make_app(reopen="end", regime=UNITED_STATES), path="/consent/banner.js").text
    assert '"Your Privacy Choices"' in script
    page = get(make_app(reopen="end", texts={"settings": "Privacy"}), path="/").text
    assert BUTTON.findall(page) == ["Privacy"]


def test_where_regimes_differ_the_script_brings_each_visitors_and_the_page_only_without_scripts():
    regimes = by_country({"US": UNITED_STATES}, country_header("X-Country"))
    app = make_app(reopen="end", regime=regimes)
    page = get(app, path="/").text
    assert re.search(rf"<noscript>{BUTTON.pattern}</noscript>", page)
    assert len(BUTTON.findall(page)) == 1
    for country, label in (("US", "Your Privacy Choices"), ("DE", "Cookie settings")):
        script = get(app, {"X-Country": country}, "/consent/banner.js").text
        assert f'"data-fcc":""}},"{label}"]]' in script


def test_a_strict_page_allows_its_style():
    app = make_app(reopen="end")
    css = site_of(app).assets.first_css
    assert f"<style>{css}</style>" in get(app, path="/").text
    assert extension_of(app).csp_hashes != extension_of(make_app()).csp_hashes


@pytest.mark.parametrize("chosen", [False, True])
@pytest.mark.parametrize("inline", [False, True])
def test_without_scripts_it_is_shown_when_the_first_layer_is_not(inline, chosen):
    app = make_app(reopen="end", inline=inline)
    css = get(app, visit(policy(), **ACCEPTED) if chosen else {}, "/consent/state.css").text
    assert ("~:is(#fcc-reopen,noscript){display:none!important}" in css) is not chosen
    assert ("#fcc-reopen{display:flex!important" in css or "#fcc-reopen a" in css) is not inline
