"""Embeds without JavaScript, on pages of plain HTML, and on strict pages (B7, H5)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import g

from tests.browser.signs import confirmed, round_trip
from tests.browser.test_csp import TRUSTED_TYPES, assert_nothing_reported, guard, listening
from tests.browser.test_embeds import ALLOW, LOAD, body, film, loaded, site
from tests.site import extension_of, make_app

__all__ = ["listening", "site"]  # fixtures


# -- Without JavaScript -----------------------------------------------------------------------


def allow_in_the_preferences(browser: Any, back: str) -> None:
    """Allows the video by the placeholder's link and without scripts, and comes back."""
    browser.one(".fcc-l [data-fcc]").click()
    browser.until(lambda: browser.find("#fcc-content [value=video]"))
    browser.click("Optional features")
    browser.click("Save my choice")
    browser.until(lambda: browser.driver.current_url == back)


@pytest.mark.parametrize("allowed", [False, True], ids=["waiting", "allowed"])
def test_without_scripts_a_placeholder_offers_nothing_that_it_cannot_do(
    browser, site, third_party, allowed
):
    """On a page that is the same for everybody, what is allowed cannot come without scripts."""
    browser.scripts(False)
    page = f"{site.url}/other?page=2"
    browser.get(page)
    if allowed:
        allow_in_the_preferences(browser, page)
        assert browser.consent_cookie.startswith("1Sc.")
    assert not [b for b in browser.find(".fcc-e button") if b.is_displayed()]
    assert [a.text for a in browser.find(".fcc-l a")][:2] == ["Open at VideoCo", "Cookie settings"]
    assert third_party.log == []


def test_without_scripts_a_page_that_no_cache_keeps_shows_what_is_allowed(
    browser, serve, third_party
):
    browser.scripts(False)
    site = serve(make_app(body(film(third_party, "one", cached=False))))
    browser.get(site.url)
    assert third_party.log == []
    allow_in_the_preferences(browser, f"{site.url}/")
    browser.until(lambda: loaded(browser) == ["one"])
    frame = browser.box("iframe")
    assert frame["height"] == pytest.approx(360, abs=1)


@pytest.mark.parametrize("missing", ["banner", "embed"])
def test_without_one_of_our_scripts_the_link_still_works(browser, site, third_party, missing):
    """A button that can do nothing is not shown."""
    browser.cdp("Network.setBlockedURLs", urls=[f"*/consent/{missing}-*"])
    try:
        browser.get(site.url)
        assert browser.js("document.readyState") == "complete"
        assert not [b for b in browser.find(".fcc-e button") if b.is_displayed()]
        browser.one(".fcc-l [data-fcc]").click()
        browser.until(lambda: browser.find("form [value=video]"))
    finally:
        browser.cdp("Network.setBlockedURLs", urls=[])


# -- Pages of plain HTML ----------------------------------------------------------------------


def plain(third_party: Any, attributes: str = "") -> str:
    return (
        '<!doctype html><html lang="fr"><title>Plain</title><link rel="icon" href="data:,">'
        '<script src="/consent/banner.js" defer></script>'
        '<script src="/consent/embed.js" defer></script><h1>Plain</h1>'
        f'<div class="fcc-e" data-embed="video" {attributes}><template data-consent="video">'
        f'<iframe src="{third_party.url}/plain" title="plain"></iframe></template></div>'
    )


def test_plain_markup_gets_its_placeholder_from_the_server(listening, serve, third_party):
    browser = listening
    link = f"{third_party.url}/watch"
    html = plain(third_party, f'data-title="Un &lt;film&gt;" data-link="{link}" data-ratio="4/3"')
    app = make_app()
    app.add_url_rule("/static.html", "plain", lambda: html)
    policy_ = f"default-src 'self'; frame-src {third_party.url}"
    site = serve(guard(app, lambda: policy_ + TRUSTED_TYPES))
    browser.get(f"{site.url}/static.html")
    browser.until(lambda: browser.one(LOAD).is_displayed())
    assert "Toujours autoriser Video" in browser.one(ALLOW).text
    assert browser.one(".fcc-p b").text == "Un <film>"
    assert browser.one(".fcc-l a").get_attribute("href") == link
    assert browser.one(".fcc-e").get_attribute("aria-label") == "Un <film>"
    assert third_party.log == []
    browser.one(LOAD).click()
    browser.until(lambda: loaded(browser) == ["plain"])
    frame = browser.box("iframe")
    assert frame["height"] == pytest.approx(frame["width"] * 3 / 4, abs=1)
    assert browser.consent_cookie is None
    browser.reload()
    browser.until(lambda: browser.one(LOAD).is_displayed())
    browser.one(ALLOW).click()
    browser.until(lambda: loaded(browser) == ["plain"])
    confirmed(browser)
    browser.reload()
    browser.until(lambda: browser.find("iframe"))
    browser.until(lambda: browser.find(".fcc-z"), "no sizer for what was allowed already")
    assert_nothing_reported(browser)


def test_plain_markup_with_a_wrong_link_stays_closed(browser, serve, third_party):
    app = make_app()
    html = plain(third_party, 'data-link="javascript:alert(1)"')
    app.add_url_rule("/static.html", "plain", lambda: html)
    site = serve(app)
    browser.get(f"{site.url}/static.html")
    browser.until(lambda: site.requests("/consent/embed/video"))
    round_trip(browser)
    assert not browser.find(".fcc-p")
    assert browser.find(".fcc-e > template")
    assert third_party.log == []


# -- Strict pages -----------------------------------------------------------------------------


def strict(kind: str, third_party: Any) -> Any:
    """A site with embeds under a Content-Security-Policy of one kind."""
    part = film(third_party, "one") + film(third_party, "two")
    frames = f"; frame-src {third_party.url}"
    if kind == "nonce":
        app = make_app(part, nonce=lambda: g.nonce)
        return guard(
            app,
            lambda: (
                f"default-src 'self'; script-src 'nonce-{g.nonce}'; style-src 'nonce-{g.nonce}'"
                + frames
                + TRUSTED_TYPES
            ),
        )
    if kind == "hashes":
        app = make_app(part, integrity=True)
        hashes = extension_of(app).csp_hashes
        scripts, styles = (" ".join(hashes[d]) for d in ("script-src", "style-src"))
        said = f"default-src 'self'; script-src {scripts}; style-src {styles}"
        return guard(app, lambda: said + frames + TRUSTED_TYPES)
    app = make_app(part, inline=False)
    return guard(app, lambda: "default-src 'self'" + frames + TRUSTED_TYPES)


@pytest.mark.parametrize("kind", ["nonce", "hashes", "self"])
def test_no_violation_under_a_strict_policy(listening, serve, third_party, kind):
    browser = listening
    browser.window(1280, 2400)  # the banner covers none
    browser.get(serve(strict(kind, third_party)).url)
    browser.until(lambda: browser.one(LOAD).is_displayed())
    assert browser.js("getComputedStyle(document.querySelector('.fcc-e')).display") == "grid"
    browser.one(LOAD).click()
    browser.until(lambda: loaded(browser) == ["one"])
    assert browser.js("getComputedStyle(document.querySelector('iframe')).position") == "absolute"
    browser.one(ALLOW).click()
    browser.until(lambda: loaded(browser) == ["one", "two"])
    confirmed(browser)
    assert_nothing_reported(browser)
