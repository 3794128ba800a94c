"""Embedded content waits behind a placeholder until a visitor wants it (B1, B4, B7, A1 to A3)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from tests.browser.layer import in_each_face
from tests.browser.signs import (
    LAST,
    asked_for,
    confirmed,
    reject_in_another_tab,
    round_trip,
)
from tests.browser.test_accessibility import findings
from tests.site import choice, get, make_app, policy, site_of
from tests.web.test_embeds import call

LOAD = ".fcc-e > template + .fcc-p button[value]"
ALLOW = ".fcc-e > template + .fcc-p button:not([value])"
with_each_button = pytest.mark.parametrize("button", [LOAD, ALLOW], ids=["load", "allow"])

SHIFTS = (
    "window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((e) =>"
    " (window.shift += e.value))).observe({type: 'layout-shift', buffered: true})"
)


def film(third_party: Any, name: str, service: str = "video", **options: Any) -> str:
    """An embed of the third party's page ``/name``."""
    frame = f'<iframe src="{third_party.url}/{name}" title="{name}"></iframe>'
    return call(service, frame, **{"title": f"Film {name}"} | options)


def body(*parts: str) -> str:
    """A page with embeds, 640 pixels wide where there is room."""
    style = "<style>main{max-width:640px;margin:auto}</style>"
    return f"<main><h1>Films</h1>{style}{''.join(parts)}<p id='after'>After</p></main>{LAST}"


def seen(third_party: Any) -> set[str]:
    """What the third party was asked for."""
    return {s.path for s in third_party.log}


def loaded(browser: Any) -> list[str]:
    """The titles of the frames in the page."""
    return [f.get_attribute("title") for f in browser.find("iframe")]


def ready(browser: Any) -> None:
    """Waits until the placeholders can be used."""
    browser.until(lambda: browser.one(LOAD).is_displayed())
    browser.until(lambda: "last" in browser.ran)


@pytest.fixture
def site(serve: Any, third_party: Any) -> Any:
    films = [film(third_party, n, link=f"{third_party.url}/watch-{n}") for n in ("one", "two")]
    return serve(make_app(body(*films, film(third_party, "other", "ads"))))


# -- By a visitor's wish ----------------------------------------------------------------------


def test_before_a_choice_the_provider_hears_nothing(browser, site, third_party):
    browser.get(site.url)
    ready(browser)
    browser.js("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    round_trip(browser)
    assert third_party.log == []
    assert not [url for url in asked_for(browser) if url.startswith(third_party.url)]
    assert loaded(browser) == []


def test_one_is_loaded_alone_and_consent_stays_as_it_was(browser, site, third_party):
    browser.get(site.url)
    ready(browser)
    browser.find(LOAD)[1].click()
    browser.until(lambda: "/two" in seen(third_party))
    assert loaded(browser) == ["two"]
    assert browser.consent_cookie is None
    assert browser.banner
    assert not browser.allows("video")
    assert len(browser.find(".fcc-e > template")) == 2
    assert not browser.find(".fcc-e")[1].find_element("css selector", ".fcc-p").is_displayed()
    browser.js("dispatchEvent(new Event('pageshow'))")
    round_trip(browser)
    assert seen(third_party) == {"/two"}
    browser.reload()
    ready(browser)
    assert loaded(browser) == []


def test_a_service_is_allowed_for_good_and_the_banner_asks_for_the_rest(browser, site, third_party):
    browser.get(site.url)
    ready(browser)
    browser.find(ALLOW)[0].click()
    browser.until(lambda: seen(third_party) == {"/one", "/two"})
    assert loaded(browser) == ["one", "two"]
    assert confirmed(browser)["value"].startswith("1ec.")
    assert browser.banner
    form = [s for s in site.requests("/consent/choice") if s.method == "POST"]
    assert len(form) == 1
    browser.reload()
    browser.until(lambda: loaded(browser) == ["one", "two"])
    assert browser.allows("video")
    assert not browser.allows("ads")
    assert browser.banner


def test_a_placeholder_tells_the_server_what_the_page_showed(browser, serve, third_party):
    from flask_cookie_consent import choice_made

    events: list[Any] = []
    app = make_app(film(third_party, "one", language="fr"))

    def note(sender: Any, event: Any) -> None:
        events.append(event)

    with choice_made.connected_to(note, app):
        browser.get(serve(app).url)
        browser.until(lambda: browser.one(LOAD).is_displayed())
        browser.one(ALLOW).click()
        browser.until(lambda: events)
    assert events[0].language == "fr"
    assert events[0].snapshot == site_of(app).renderer.snapshot("fr")
    assert events[0].choice.method == "embed"


def test_under_global_privacy_control_the_answer_says_that_it_knew(browser, serve, third_party):
    identifier = browser.on_new_page(
        "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
    )
    browser.get(serve(make_app(film(third_party, "ad", "ads"))).url)
    browser.until(lambda: browser.one(LOAD).is_displayed())
    browser.one(ALLOW).click()
    browser.until(lambda: loaded(browser) == ["ad"])
    assert confirmed(browser)["value"].startswith("1oc.")
    browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=identifier)


def test_what_is_allowed_already_needs_no_placeholder(browser, site, third_party):
    browser.set_cookie("consent", choice(policy(), granted=["video"]).encode(), site.url)
    browser.get(site.url)
    browser.until(lambda: loaded(browser) == ["one", "two"])
    assert [f.is_displayed() for f in browser.find(".fcc-p")] == [False, False, True]


def test_a_site_may_have_embeds_and_no_banner(browser, serve, third_party):
    site = serve(make_app(body(film(third_party, "one")), first_layer=False))
    browser.get(site.url)
    ready(browser)
    assert not browser.banner
    browser.one(ALLOW).click()
    browser.until(lambda: loaded(browser) == ["one"])
    confirmed(browser)
    browser.click("Cookie settings", "footer")
    browser.until(lambda: browser.dialog)
    assert browser.one("#fcc-dialog [value=video]").is_selected()
    assert not browser.one("#fcc-dialog [value=ads]").is_selected()


def test_scripts_in_it_run_in_order_and_once(browser, serve, third_party):
    scripts = f'<script src="{third_party.url}/lib.js"></script><script>ran.push("use")</script>'
    browser.get(serve(make_app(body(call(content=scripts)))).url)
    ready(browser)
    browser.one(LOAD).click()
    browser.until(lambda: browser.ran == ["last", "lib", "use"])


# -- Looks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", ["16/9", "4/3"])
@with_each_button
def test_nothing_moves_and_the_ratio_is_kept(browser, serve, third_party, ratio, button):
    """Not when the script shows the button, nor when the frame takes the place; also counted is
    what follows a click, which the measure of the Web Vitals leaves out."""
    identifier = browser.on_new_page(SHIFTS)
    browser.get(serve(make_app(body(film(third_party, "one", ratio=ratio)), first_layer=False)).url)
    ready(browser)
    before = browser.box(".fcc-e")
    width, height = map(int, ratio.split("/"))
    assert before["height"] == pytest.approx(640 * height / width, abs=1)
    after = browser.box("#after")
    browser.one(button).click()
    browser.until(lambda: loaded(browser) == ["one"])
    round_trip(browser)
    assert browser.box(".fcc-e") == before
    frame = browser.box("iframe")
    assert (frame["width"], frame["height"]) == (before["width"], before["height"])
    assert browser.box("#after") == after
    assert browser.js("window.shift") == 0
    browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=identifier)


#: Says so to the server once what has come of a page has been painted.
PAINTED = """(function look() {
  if (!document.querySelector(".fcc-p")) return requestAnimationFrame(look);
  requestAnimationFrame(() => requestAnimationFrame(() => fetch("painted")));
})();"""


def in_two(page: str, behind: str) -> Any:
    """A site whose page stops behind some words of it until what came has been painted."""
    painted = threading.Event()
    end = page.index(behind) + len(behind)

    def serve(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        if environ["PATH_INFO"] == "/painted":
            painted.set()
            return
        yield page[:end].encode()
        assert painted.wait(30), "what came first was not painted"
        yield page[end:].encode()

    return serve


@pytest.mark.parametrize("behind", ["</details>", 'class="fcc-l">', "</p>\n</div>"])
def test_a_page_that_comes_in_parts_moves_nothing(browser, serve, third_party, behind):
    """As over a slow line, or from a server that streams."""
    app = make_app(body(film(third_party, "one")), first_layer=False)
    parts = DispatcherMiddleware(app, {"/parts": in_two(get(app, path="/").text, behind)})
    scripts = [browser.on_new_page(script) for script in (SHIFTS, PAINTED)]
    browser.get(serve(parts).url + "/parts/")
    ready(browser)
    round_trip(browser)
    assert browser.js("window.shift") == 0
    for identifier in scripts:
        browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=identifier)


@in_each_face
def test_at_320_pixels_nothing_is_cut_off_and_the_frame_keeps_its_ratio(
    browser, serve, third_party
):
    browser.window(320, 700)
    title = "A very long title of a film about the city and what became of it"
    link = f"{third_party.url}/watch"
    browser.get(serve(make_app(body(film(third_party, "one", title=title, link=link)))).url)
    ready(browser)
    browser.js("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    assert browser.js("document.documentElement.scrollWidth") <= 320
    placeholder = browser.box(".fcc-p")
    assert browser.box(".fcc-e")["height"] == placeholder["height"]
    assert browser.box(".fcc-l")["bottom"] <= placeholder["bottom"]
    browser.one(LOAD).click()
    browser.until(lambda: loaded(browser) == ["one"])
    frame = browser.box("iframe")
    assert frame["height"] == pytest.approx(frame["width"] * 9 / 16, abs=1)


@in_each_face
def test_both_buttons_weigh_the_same_and_are_large_enough(browser, site):
    for width in (360, 1280):
        browser.window(width, 800)
        browser.get(site.url)
        ready(browser)
        load, allow = browser.one(LOAD), browser.one(ALLOW)
        assert load.size["height"] >= 44
        assert load.size == allow.size
        looks = ("background-color", "color", "font-weight", "border-top-color")
        assert [load.value_of_css_property(p) for p in looks] == [
            allow.value_of_css_property(p) for p in looks
        ]


# -- Keyboard and screen reader ---------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing(browser, site, scheme, width):
    browser.window(width, 800)
    browser.media(prefers_color_scheme=scheme)
    browser.get(site.url)
    ready(browser)
    browser.js("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    assert findings(browser) == []


@with_each_button
def test_by_keyboard_the_focus_stays_where_the_content_comes(browser, serve, third_party, button):
    link = '<a href="#">Inside</a>'
    site = serve(make_app(body(call(content=link, title="Trees"), "<a href='#'>After it</a>")))
    browser.get(site.url)
    ready(browser)
    browser.js("document.querySelector('.fcc-e summary').focus()")
    browser.press("tab", *(["tab"] if button == ALLOW else []))
    assert browser.js("document.activeElement.matches(arguments[0])", button)
    assert browser.js("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    browser.press("enter")
    browser.until(lambda: browser.find(".fcc-e > a"))
    assert browser.js("document.activeElement.ariaLabel") == "Trees"
    assert browser.js("document.activeElement.getAttribute('role')") == "group"
    browser.press("tab")
    assert browser.focused == "Inside"
    browser.press("tab")
    assert browser.focused == "After it"


# -- Withdrawal -------------------------------------------------------------------------------


def allow_the_videos(browser: Any, site: Any) -> None:
    browser.get(site.url)
    ready(browser)
    browser.click("Always allow Video")
    browser.until(lambda: loaded(browser) == ["one", "two"])
    confirmed(browser)


def frames_gone(browser: Any) -> None:
    browser.until(lambda: loaded(browser) == [])
    browser.until(lambda: all(b.is_displayed() for b in browser.find(LOAD)))
    assert len(browser.find(LOAD)) == 3


def test_a_withdrawal_takes_the_frames_out_and_the_placeholders_are_back(browser, site):
    allow_the_videos(browser, site)
    browser.js("cookieConsent.reject()")
    frames_gone(browser)
    browser.js("cookieConsent.accept()")
    browser.until(lambda: loaded(browser) == ["one", "two", "other"])


def test_a_withdrawal_in_another_tab_takes_the_frames_out(browser, site):
    allow_the_videos(browser, site)
    reject_in_another_tab(browser, site)
    frames_gone(browser)


def test_what_was_loaded_once_stays_when_another_service_is_refused(browser, site):
    browser.get(site.url)
    ready(browser)
    browser.one(LOAD).click()
    browser.until(lambda: loaded(browser) == ["one"])
    browser.js("cookieConsent.reject()")
    confirmed(browser)
    round_trip(browser)
    assert loaded(browser) == ["one"]
