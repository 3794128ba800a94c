"""Pages that are wider than a phone's window: what is fixed lies in a window as wide as the page,
at the smallest zoom, of which the visitor sees a part."""

from __future__ import annotations

from typing import Any

import pytest
from flask import render_template_string

from flask_cookie_consent.ui.look import PLACEMENTS
from tests.site import make_app

from .signs import LAST, gated, note
from .visitor import Visitor
from .world import Server

WIDTH, HEIGHT = 360, 740

PAGE = (
    '<!doctype html><html lang="{{ lang }}" dir="{{ dir }}"><head><meta charset="utf-8">'
    "<title>Tables</title><style>body{margin:0}</style>"
    '<meta name="viewport" content="width=device-width, initial-scale=1"></head><body>'
    '{{ consent_banner(lang) }}<main style="height:2000px"><div style="width:{{ width }}px">A table'
    "</div></main>{{ consent_link() }}" + gated("ads", note("ads")) + LAST + "</body></html>"
)


def wide(serve: Any, width: int, direction: str, **options: Any) -> Server:
    app = make_app(**options)
    language = {"ltr": "en", "rtl": "ar"}[direction]
    app.view_functions["index"] = lambda: render_template_string(
        PAGE, lang=language, dir=direction, width=width
    )
    return serve(app)  # type: ignore[no-any-return]


def outside(browser: Visitor, selector: str) -> list[Any]:
    """The elements of which the visitor does not see the whole, and where they are."""
    return list(
        browser.js(
            """((view) => [...document.querySelectorAll(arguments[0])].map((el) => {
              const { left, right, top, bottom } = el.getBoundingClientRect();
              const [x, y] = [view.offsetLeft, view.offsetTop];
              const whole = left >= x - 0.5 && right <= x + view.width + 0.5 &&
                top >= y - 0.5 && bottom <= y + view.height + 0.5;
              return whole || [el.textContent.slice(0, 20), left, right, top, bottom, x, y];
            }).filter((found) => found !== true))(visualViewport)""",
            selector,
        )
    )


def phone(browser: Visitor, url: str) -> None:
    browser.window(WIDTH, HEIGHT, mobile=True)
    browser.get(url)
    browser.until(lambda: "last" in browser.ran)
    browser.until(lambda: browser.js("visualViewport.width") == WIDTH)


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [360, 367, 423, 700])
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_both_answers_are_in_the_window(browser, serve, placement, width, direction):
    phone(browser, wide(serve, width, direction, placement=placement).url)
    browser.until(lambda: browser.banner)
    assert outside(browser, "#fcc, #fcc button, #fcc a") == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [360, 423, 700])
@pytest.mark.parametrize("corner", ["end", "start"])
def test_the_way_back_and_the_offer_to_reload_are(browser, serve, corner, width, direction):
    phone(browser, wide(serve, width, direction, reopen=corner).url)
    browser.js("cookieConsent.accept()")
    browser.until(lambda: "ads" in browser.ran)
    assert len(browser.find("#fcc-reopen")) == 1
    assert outside(browser, "#fcc-reopen, #fcc-reopen a") == []
    browser.js("cookieConsent.reject()")
    browser.until(lambda: browser.find("#fcc-reload button"))
    assert outside(browser, "#fcc-reload, #fcc-reload button") == []
