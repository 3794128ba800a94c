"""``<script src="/consent/banner.js" defer></script>`` alone, on pages of plain HTML.

F1, H2, I1; the budget of one request.
"""

from __future__ import annotations

import re

import pytest
from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from flask_cookie_consent import choice_made
from tests.site import make_app, policy, site_of

from .signs import asked_for, confirmed, gated, note

TAG = '<script src="{base}/consent/banner.js{query}" defer></script>'
HTML = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Plain</title>'
    '<link rel="icon" href="data:,">{tag}<body><h1>Plain</h1>{body}'
)


def plain_site(tag: str = TAG, *, base: str = "", query: str = "", body: str = "") -> Flask:
    """A site whose page ``/plain`` no template made."""
    app = make_app()
    html = HTML.format(tag=tag.format(base=base, query=query), body=body)
    app.add_url_rule("/plain", view_func=lambda: html)
    return app


def without_space(text: str) -> str:
    return " ".join(text.split())


def test_it_is_the_same_banner_as_the_one_in_a_template(browser, serve):
    """F1, F2: the same words, buttons, boxes and looks."""
    looks = """[...document.querySelectorAll("#fcc, #fcc *")].map((e) => {
      const s = getComputedStyle(e), r = e.getBoundingClientRect();
      return [e.tagName, r.x, r.y, r.width, r.height, s.color, s.backgroundColor, s.font];
    })"""
    site = serve(plain_site())
    browser.get(f"{site.url}/")
    browser.until(lambda: browser.banner)
    text = without_space(browser.one("#fcc").text)
    expected = browser.js(looks)
    browser.get(f"{site.url}/plain")
    browser.until(lambda: browser.banner)
    assert without_space(browser.one("#fcc").text) == text
    assert browser.js(looks) == expected
    assert browser.js("document.body.firstElementChild.id") == "fcc", "early in the tab order"


def test_a_first_visit_costs_one_request(browser, serve):
    """H2: and a second one none, nor a choice more than its report."""
    site = serve(plain_site())
    asked_for(browser)
    browser.get(f"{site.url}/plain")
    browser.until(lambda: browser.banner)
    assert [s.path for s in site.log] == ["/plain", "/consent/banner.js"]
    browser.click("Accept all")
    confirmed(browser)
    browser.get(f"{site.url}/plain?again")
    browser.until(lambda: browser.js("window.cookieConsent?.given"))
    assert not browser.banner
    urls = [u.removeprefix(site.url) for u in asked_for(browser) if u.startswith(site.url)]
    assert urls == [
        "/plain", "/consent/banner.js", "/consent/choice", "/plain?again", "/consent/banner.js",
    ]  # fmt: skip
    assert len(site.requests("/consent/banner.js")) == 1, "the second came from the cache"


@pytest.mark.parametrize(
    ("accept_language", "query", "words"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.8", "", ("Tout accepter", "Tout refuser")),
        ("en-GB,en;q=0.9,fr;q=0.8", "", ("Accept all", "Reject all")),
        ("tlh", "", ("Accept all", "Reject all")),
        ("en-GB,en", "?language=fr", ("Tout accepter", "Tout refuser")),
    ],
)
def test_it_speaks_the_visitors_language(browser, serve, accept_language, query, words):
    """I1: that of the browser, where neither the tag nor the page says which."""
    site = serve(in_language("", query=query))
    browser.cdp("Network.setExtraHTTPHeaders", headers={"Accept-Language": accept_language})
    try:
        browser.get(f"{site.url}/plain")
        browser.until(lambda: browser.banner)
        assert [b.text for b in browser.find("#fcc button")] == list(words)
        language = "fr" if words[0].startswith("Tout") else "en"
        assert browser.one("#fcc").get_attribute("lang") == language
        browser.one("#fcc [data-fcc]:not(form)").click()
        browser.until(lambda: browser.dialog)
        assert browser.one("#fcc-dialog").get_attribute("lang") == language
    finally:
        browser.cdp("Network.setExtraHTTPHeaders", headers={})


def test_it_works_under_a_prefix(browser, serve):
    """Mounts: every address is derived from where the script came from."""
    inner = plain_site(base="/portal", body=gated("ads", note("ads")))
    outer = Flask("outer")
    site = serve(DispatcherMiddleware(outer.wsgi_app, {"/portal": inner.wsgi_app}))
    browser.get(f"{site.url}/portal/plain")
    browser.until(lambda: browser.banner)
    browser.click("Customise")
    browser.until(lambda: browser.dialog)
    browser.click("Advertising", "#fcc-dialog")
    browser.click("Save my choice")
    browser.until(lambda: browser.ran == ["ads"])
    confirmed(browser)
    browser.until(lambda: site.requests("/portal/consent/clear"))
    paths = {re.sub("more-.*", "more", s.path) for s in site.log}
    own = ("banner.js", "more", "dialog", "choice", "clear")
    assert paths == {"/portal/plain", *(f"/portal/consent/{name}" for name in own)}
    links = [a.get_attribute("href") for a in browser.find("#fcc a")]
    assert links
    assert all(link.startswith(f"{site.url}/portal/consent/") for link in links)


def test_a_page_of_a_template_works_under_a_prefix_too(browser, serve):
    inner = make_app(gated("ads", note("ads")))
    site = serve(DispatcherMiddleware(Flask("outer").wsgi_app, {"/portal": inner.wsgi_app}))
    browser.get(f"{site.url}/portal/")
    browser.click("Cookie settings")
    browser.until(lambda: browser.dialog)
    browser.click("Accept all", "#fcc-dialog")
    browser.until(lambda: browser.ran == ["ads"])
    assert confirmed(browser)["path"] == "/"
    assert {s.path.partition("/consent/")[0] for s in site.log} == {"/portal", "/portal/"}


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="/consent/banner.js"></script>',
        '<script src="/consent/banner.js" async></script>',
        '<script src="consent/banner.js" defer></script>',
    ],
)
def test_the_tag_may_be_written_in_other_ways(browser, serve, tag):
    """In the head without ``defer``; ``async``; by a relative address."""
    site = serve(plain_site(tag, body=gated("ads", note("ads"))))
    browser.get(f"{site.url}/plain")
    browser.until(lambda: browser.banner)
    browser.click("Accept all")
    browser.until(lambda: browser.ran == ["ads"])
    assert confirmed(browser)["value"].startswith("1ac.")
    assert len(browser.find("#fcc")) == 1


def test_both_the_tag_and_the_template_make_one_banner(browser, serve):
    """A site on its way from one to the other."""
    app = make_app(head=TAG.format(base="", query=""))
    site = serve(app)
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    browser.click("Accept all")
    confirmed(browser)
    assert not browser.banner
    assert len(browser.find("#fcc")) == 1
    assert len(site.requests("/consent/choice")) == 1


def test_a_link_of_the_page_opens_the_preferences(browser, serve):
    """W1: the same attribute as ``consent_link()`` writes."""
    link = '<a href="/consent/preferences" data-fcc>My cookies</a>'
    site = serve(plain_site(body=link))
    browser.get(f"{site.url}/plain")
    browser.click("Reject all")
    confirmed(browser)
    browser.click("My cookies")
    browser.until(lambda: browser.dialog)
    assert browser.js("location.pathname") == "/plain"
    browser.press("escape")
    browser.until(lambda: not browser.dialog)
    assert browser.focused == "My cookies"


# -- The language of the page -----------------------------------------------------------------

EMBED = (
    '<div class="fcc-e" data-embed="video"><template data-consent="video"></template></div>'
    '<script src="/consent/embed.js" defer></script>'
)


def in_language(attributes: str, *, query: str = "", body: str = EMBED) -> Flask:
    """A site of plain HTML whose page says its language by ``attributes``."""
    app = make_app()
    html = HTML.replace('<html lang="en">', f"<html{attributes}>").replace(
        "<body>", "<body lang=fr>" if "body" in attributes else "<body>"
    )
    page = html.format(tag=TAG.format(base="", query=query), body=body)
    app.add_url_rule("/plain", view_func=lambda: page)
    return app


def shown_language(browser) -> str:
    browser.until(lambda: browser.banner)
    return str(browser.one("#fcc").get_attribute("lang"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (" lang=de", "de"),
        (" lang=de-AT", "de"),
        (" lang=de data-body", "fr"),
        (" lang=en-GB", "en"),
        (" lang=tlh", "en"),
        (' lang=""', "en"),
        ("", "en"),
    ],
)
def test_banner_and_embeds_speak_the_language_of_the_page(browser, serve, said, expected):
    """I1: the browser's where the page's is none of ours."""
    browser.get(serve(in_language(said)).url + "/plain")
    assert shown_language(browser) == expected
    browser.until(lambda: browser.one(".fcc-p").is_displayed())
    assert browser.one(".fcc-p").get_attribute("lang") == expected


def test_what_was_shown_in_the_pages_language_is_what_is_recorded(browser, serve):
    app = in_language(" lang=de")
    events = []

    def keep(sender, event):
        events.append(event)

    with choice_made.connected_to(keep, app):
        browser.get(serve(app).url + "/plain")
        browser.click("Alle akzeptieren")
        browser.until(lambda: events)
    assert events[0].language == "de"
    assert events[0].snapshot == site_of(app).renderer.snapshot("de")


def test_the_language_that_the_scripts_address_says_counts_more(browser, serve):
    browser.get(serve(in_language(" lang=de", query="?language=fr")).url + "/plain")
    assert shown_language(browser) == "fr"


@pytest.mark.parametrize("missing", ["more-*", "first-layer*"])
def test_where_the_pages_language_cannot_be_had_the_banner_comes_in_the_browsers(
    browser, serve, missing
):
    site = serve(in_language(" lang=de"))
    browser.cdp("Network.setBlockedURLs", urls=[f"*/consent/{missing}"])
    try:
        browser.get(site.url + "/plain")
        assert shown_language(browser) == "en"
    finally:
        browser.cdp("Network.setBlockedURLs", urls=[])


def test_a_page_in_the_browsers_language_costs_one_request_still(browser, serve):
    """H2"""
    asked_for(browser)
    browser.get(serve(in_language(" lang=en-GB", body="")).url + "/plain")
    browser.until(lambda: browser.banner)
    assert len([url for url in asked_for(browser) if "/consent/" in url]) == 1


@pytest.mark.parametrize("way", ["link", "api"])
def test_the_preferences_speak_the_language_of_the_page(browser, serve, way):
    link = "<a href='/consent/preferences' data-fcc>Wahl</a>"
    app = make_app(policy_=policy(), first_layer=False)
    html = HTML.replace('lang="en"', 'lang="de"')
    page = html.format(tag=TAG.format(base="", query=""), body=link if way == "link" else "")
    app.add_url_rule("/plain", view_func=lambda: page)
    browser.get(serve(app).url + "/plain")
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    browser.click("Wahl") if way == "link" else browser.js("void cookieConsent.show()")
    browser.until(lambda: browser.dialog)
    assert browser.one("#fcc-dialog").get_attribute("lang") == "de"
