"""Where the first layer stands, whatever the page does, and what room the page's end has."""

from __future__ import annotations

import pytest

from tests.site import make_app

from .test_script_tag import HTML, TAG

PLACEMENTS = ["bar", "bar-top", "card", "card-top", "center"]

#: Pages whose layout is a window high, as frameworks teach it.
FITTING = {
    "grid": "body{margin:0;min-height:100vh;display:grid;grid-template-rows:1fr auto}",
    "h-100": "html{height:100%}body{margin:0;height:100%;display:flex;flex-direction:column}"
    "main{flex:1 0 auto}footer{flex-shrink:0}",
}
SIZING = {"border-box": "*{box-sizing:border-box}", "content-box": ""}

BUTTONS = "#fcc button[value=accept], #fcc button[value=reject]"


def in_window(browser) -> bool:
    return bool(
        browser.js(
            "[...document.querySelectorAll(arguments[0])].every((b) => {"
            " const { x, y, width, height } = b.getBoundingClientRect();"
            " return b.contains(document.elementFromPoint(x + width / 2, y + height / 2)) })",
            BUTTONS,
        )
    )


def scroll_to_end(browser) -> None:
    browser.js("scrollTo(0, document.documentElement.scrollHeight)")


# -- Above everything -------------------------------------------------------------------------


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("rule", ["filter: blur(0)", "transform: scale(1)", "will-change: filter"])
def test_no_filter_or_transform_of_the_page_moves_the_banner(browser, serve, placement, rule):
    page = f"<style>body {{ {rule} }}</style><div style='height: 300vh'></div>"
    browser.get(serve(make_app(page, placement=placement)).url)
    browser.until(lambda: browser.banner)
    for _ in range(2):
        assert in_window(browser)
        scroll_to_end(browser)


@pytest.mark.parametrize("way", ["page", "tag"])
def test_a_chat_icon_covers_neither_answer(browser, serve, way):
    icon = (
        "<button id=chat style='position:fixed;z-index:2147483647;right:0;bottom:0;width:50vw;"
        "height:20vh'>Chat</button>"
    )
    app = make_app(icon)
    tag = HTML.format(tag=TAG.format(base="", query=""), body=icon)
    app.add_url_rule("/plain", view_func=lambda: tag)
    browser.get(serve(app).url + ("/plain" if way == "tag" else "/"))
    browser.until(lambda: browser.banner)
    assert in_window(browser)


def test_a_filter_on_the_page_moves_neither_the_button_nor_the_offer(browser, serve):
    page = "<style>body { filter: blur(0) }</style><div style='height: 300vh'></div>"
    browser.get(serve(make_app(page, reopen="end")).url)
    browser.click("Accept all")
    browser.until(lambda: browser.consent_cookie)
    box = browser.box("#fcc-reopen")
    assert box["top"] >= 0
    assert box["bottom"] <= browser.js("innerHeight")
    assert box["right"] >= browser.js("document.documentElement.clientWidth") - 13


# -- The room at the page's end ---------------------------------------------------------------


@pytest.mark.parametrize("placement", ["bar", "card", "center"])
@pytest.mark.parametrize("sizing", SIZING)
@pytest.mark.parametrize("layout", FITTING)
def test_a_page_as_high_as_the_window_ends_above_the_banner(
    browser, serve, layout, sizing, placement
):
    style = f"<style>{SIZING[sizing]}{FITTING[layout]}</style>"
    browser.get(serve(make_app("<main>Data</main>", head=style, placement=placement)).url)
    browser.until(lambda: browser.banner)
    scroll_to_end(browser)
    top = browser.box("#fcc")["top"]
    assert browser.box("footer a")["bottom"] <= top + 1
    more = browser.js("document.documentElement.scrollHeight - innerHeight")
    if sizing == "border-box":
        assert more == 0  # no scrollbar that was not there
    else:
        assert more <= browser.js("innerHeight") - top + 1


def test_a_long_page_gains_the_height_of_the_bar(browser, serve):
    browser.get(serve(make_app("<div style='height: 300vh'></div>")).url)
    browser.until(lambda: browser.banner)
    long = browser.js("document.documentElement.scrollHeight")
    height = browser.box("#fcc")["height"]
    browser.click("Accept all")
    browser.until(lambda: not browser.banner)
    browser.until(
        lambda: (
            browser.js("document.documentElement.scrollHeight")
            == pytest.approx(long - height, abs=1)
        )
    )


@pytest.mark.parametrize("way", ["page", "tag"])
def test_nothing_is_left_of_a_banner_that_a_blocker_hides(browser, serve, way):
    page = "<div style='height: 300vh'></div>"
    blocked = "<style>#fcc { display: none !important }</style>"
    app = make_app(page, head=blocked)
    tag = HTML.format(tag=blocked + TAG.format(base="", query=""), body=page)
    app.add_url_rule("/plain", view_func=lambda: tag)
    browser.get(serve(app).url + ("/plain" if way == "tag" else "/"))
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    style = "getComputedStyle(document.{})"
    assert browser.js(style.format("body") + ".borderBottomWidth") == "0px"
    assert browser.js(style.format("documentElement") + ".scrollPaddingBottom") in ("0px", "auto")


def test_a_page_with_autofocus_opens_where_it_would_without_a_banner(browser, serve):
    page = "<div style='height: 130vh; padding-top: 52vh'><input autofocus></div>"
    browser.get(serve(make_app(page)).url)
    browser.until(lambda: browser.banner)
    assert browser.js("document.activeElement.tagName") == "INPUT"
    assert browser.js("scrollY") == 0


# -- What the site lays over its page ---------------------------------------------------------

#: The dialog of Bootstrap, as far as it counts here: its last button is at the window's end.
MODAL = (
    '<button id=open onclick="modal.hidden = false; modal.focus()">Open</button>'
    "<div id=modal hidden tabindex=-1 role=dialog {aria} style='position:fixed;inset:0;"
    "z-index:1055;overflow:auto;background:#fff'><form style='height:96vh;display:flex;"
    "flex-direction:column;justify-content:space-between'><input>"
    "<button type=button id=save>Save</button></form>"
    "<button id=close onclick=\"modal.hidden = true; document.querySelector('#open').focus()\">"
    "Close</button></div>"
)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_dialog_of_the_site_can_be_used_before_any_answer(browser, serve, placement):
    app = make_app(MODAL.format(aria="aria-modal=true"), placement=placement)
    browser.get(serve(app).url)
    browser.until(lambda: browser.banner)
    browser.js("document.querySelector('#open').click()")
    browser.until(lambda: not browser.banner)
    browser.one("#save").click()
    assert browser.consent_cookie is None
    browser.one("#close").click()
    browser.until(lambda: browser.banner)


def test_a_native_dialog_that_opens_by_itself_lies_above_the_banner(browser, serve):
    page = (
        "<dialog id=own style='height:96vh'><form method=dialog style='height:100%;display:flex;"
        "align-items:end'><button>OK</button></form></dialog>"
        "<script>own.showModal()</script>"
    )
    browser.get(serve(make_app(page)).url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    assert not browser.banner
    browser.click("OK")
    browser.until(lambda: browser.banner)
