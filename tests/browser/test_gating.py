"""What runs before a choice, after accepting and after refusing (B1, B3, B4, B6)."""

from __future__ import annotations

import pytest

from flask_cookie_consent import Cookie, Service
from tests.site import make_app, policy, services

from .signs import LAST, asked_for, confirmed, gated, inert, note, round_trip

OPTIONAL = ("insight", "ads", "video", "statistics", "marketing", "functional")

STORES = (
    "<script>document.cookie = 'own=1'; localStorage.own = sessionStorage.own = 1;"
    "window.ran.push('stores')</script>"
)


def every_kind(url: str) -> str:
    """Gated markup of every kind and for everything optional, and a mark at the end."""
    parts = []
    for name in OPTIONAL:
        parts += [
            gated(
                name,
                f'<script src="{url}/{name}.js"></script>',
                note(f"inline {name}"),
                f'<iframe src="{url}/{name}-frame"></iframe>',
                f'<img src="{url}/{name}-image" srcset="{url}/{name}-set 2x" alt="">',
                f'<link rel="stylesheet" href="{url}/{name}-style">',
                f'<video poster="{url}/{name}-poster"></video>',
                f'<style>@import url("{url}/{name}-import");</style>',
            ),
            inert(f"{url}/{name}-script.js", consent=name),
            inert(code=f"ran.push('plain {name}')", consent=name),
        ]
    return "".join([*parts, gated("ads", STORES), LAST])


def nothing_optional_happened(browser, third_party) -> None:
    round_trip(browser)
    assert browser.ran == ["last"]
    assert third_party.log == []
    assert not [url for url in asked_for(browser) if url.startswith(third_party.url)]
    assert set(browser.cookies) <= {"consent"}
    assert browser.js("localStorage.length + sessionStorage.length") == 0


def test_before_a_choice_nothing_optional_happens(browser, serve, third_party):
    """B1, F3: neither on arrival nor by scrolling, Escape, reloading or going on."""
    site = serve(make_app(every_kind(third_party.url) + '<p style="height: 3000px">'))
    browser.get(site.url)
    browser.until(lambda: "last" in browser.ran)
    browser.js("scrollTo(0, 2000)")
    browser.press("escape")
    nothing_optional_happened(browser, third_party)
    assert browser.banner
    for go in (browser.reload, lambda: browser.get(f"{site.url}/other")):
        go()
        browser.until(lambda: "last" in browser.ran)
        nothing_optional_happened(browser, third_party)
        assert browser.banner
        assert browser.consent_cookie is None


def test_after_refusing_nothing_optional_happens_and_nobody_asks_again(browser, serve, third_party):
    """B3: as before a choice, without the banner, on every page."""
    site = serve(make_app(every_kind(third_party.url)))
    browser.get(site.url)
    browser.click("Reject all")
    browser.until(lambda: not browser.banner)
    confirmed(browser)
    nothing_optional_happened(browser, third_party)
    for path in ("/", "/other"):
        browser.get(site.url + path)
        browser.until(lambda: "last" in browser.ran)
        nothing_optional_happened(browser, third_party)
        assert not browser.banner


def test_after_accepting_everything_runs_once_without_a_reload(browser, serve, third_party):
    """B2."""
    site = serve(make_app(every_kind(third_party.url)))
    browser.get(site.url)
    browser.until(lambda: "last" in browser.ran)
    browser.js("(window.stayed = true)")
    browser.click("Accept all")
    browser.until(lambda: browser.ran[-1] == "stores")
    confirmed(browser)
    browser.js("dispatchEvent(new Event('pageshow'))")
    round_trip(browser)
    assert browser.js("window.stayed")
    own = [x for n in OPTIONAL for x in (n, f"inline {n}", f"{n}-script", f"plain {n}")]
    assert browser.ran == ["last", *own, "stores"]
    kinds = (".js", "-script.js", "-frame", "-image", "-style", "-poster", "-import")
    expected = {f"/{name}{kind}" for name in OPTIONAL for kind in kinds}
    browser.until(lambda: expected <= {seen.path for seen in third_party.log})
    paths = [seen.path for seen in third_party.log]
    assert len(paths) == len(set(paths)), "something was asked for twice"


def test_a_withdrawal_holds_on_the_next_page(browser, serve, third_party):
    """W1, B3."""
    site = serve(make_app(every_kind(third_party.url)))
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: "stores" in browser.ran)
    browser.js("cookieConsent.reject()")
    confirmed(browser)
    before = len(third_party.log)
    browser.get(f"{site.url}/other")
    browser.until(lambda: "last" in browser.ran)
    round_trip(browser)
    assert browser.ran == ["last"]
    assert len(third_party.log) == before


def test_one_service_of_a_category_runs_alone(browser, serve):
    """B4: neither its category nor the other service of it is released."""
    maps = Service(
        "Maps",
        category="functional",
        provider="MapCo",
        party="third",
        cookies=[Cookie("map", purpose="Remembers the place", duration="1 year")],
    )
    names = ("video", "maps", "functional", "video maps", "ads")
    body = "".join(gated(name, note(name)) for name in names) + LAST
    site = serve(make_app(body, policy_=policy(services=[*services(), maps])))
    browser.get(site.url)
    browser.click("Customise")
    browser.until(lambda: browser.dialog)
    browser.click("Details: Optional features", "#fcc-dialog")
    browser.click("Maps", "#fcc-dialog")
    browser.click("Save my choice")
    browser.until(lambda: "maps" in browser.ran)
    browser.get(site.url)
    browser.until(lambda: "last" in browser.ran)
    assert browser.ran == ["maps", "last"]
    browser.js("cookieConsent.save(['maps', 'video'])")
    browser.until(lambda: len(browser.ran) == 5)
    assert browser.ran == ["maps", "last", "video", "functional", "video maps"]


@pytest.mark.parametrize("form", ["one template", "templates", "scripts"])
def test_a_script_that_fails_stops_nobody(browser, serve, third_party, form):
    """B6: one is missing, one throws, inline ones throw or are no JavaScript at all."""
    sources = ("missing.js?gone", "throwing.js?throw", "sound.js")
    inline = ["throw new Error('thrown by the page')", "this is (no script", "ran.push('inline')"]
    attributes = 'type="text/plain" data-consent="ads"' if form == "scripts" else ""
    markup = [f"<script {attributes} src='{third_party.url}/{s}'></script>" for s in sources]
    markup += [f"<script {attributes}>{code}</script>" for code in inline]
    if form == "templates":
        markup = [gated("ads", part) for part in markup]
    elif form == "one template":
        markup = [gated("ads", *markup)]
    site = serve(make_app("".join(markup)))
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: browser.ran == ["throwing", "sound", "inline"])
    assert not browser.banner


def test_a_script_that_hangs_holds_the_others_back_for_seconds_only(browser, serve, third_party):
    """B6."""
    stuck = f'<script src="{third_party.url}/stuck.js?hang"></script>'
    site = serve(make_app(gated("ads", stuck, note("next")) + inert(f"{third_party.url}/on.js")))
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: browser.ran == ["next", "on"], timeout=8)


@pytest.mark.parametrize("failure", ["blocked", "gone", "broken"])
def test_without_our_script_everything_stays_gated_and_plain_forms_work(
    browser, serve, third_party, failure
):
    """B6: the bundle is blocked, missing or damaged; the page and its forms work."""
    app = make_app(every_kind(third_party.url).replace(LAST, note("last")))

    @app.after_request
    def damage(response):
        if "/banner-" in _path() and failure == "gone":
            response.status_code = 404
            response.set_data(b"")
        elif "/banner-" in _path() and failure == "broken":
            response.direct_passthrough = False
            response.headers.pop("Content-Encoding", None)
            response.set_data(b"((ASK) => { const")
        return response

    site = serve(app)
    if failure == "blocked":
        browser.cdp("Network.setBlockedURLs", urls=["*/consent/banner-*"])
    try:
        browser.get(site.url + "/other?page=2")
        assert browser.banner
        assert not browser.js("!!window.cookieConsent")
        browser.click("Customise")
        browser.until(lambda: "/consent/preferences" in browser.driver.current_url)
        browser.click("Advertising")
        browser.click("Save my choice")
        browser.until(lambda: browser.driver.current_url == f"{site.url}/other?page=2")
        assert not browser.banner
        assert browser.consent_cookie.startswith("1Sc.")
        assert browser.ran == ["last"]
        assert third_party.log == []
    finally:
        browser.cdp("Network.setBlockedURLs", urls=[])


def test_the_first_layer_alone_answers_too_without_our_script(browser, serve):
    """B6, F1."""
    browser.cdp("Network.setBlockedURLs", urls=["*/consent/banner-*"])
    try:
        site = serve(make_app(note("last")))
        browser.get(site.url)
        browser.click("Accept all")
        browser.until(lambda: len(site.requests("/")) == 2, "the form did not lead back")
        browser.until(lambda: "last" in browser.ran)
        assert not browser.banner
        assert browser.driver.current_url == f"{site.url}/"
        assert browser.consent_cookie.startswith("1Ac.")
    finally:
        browser.cdp("Network.setBlockedURLs", urls=[])


def _path() -> str:
    from flask import request

    return request.path
