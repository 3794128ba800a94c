"""The first layer in every language that is shipped (F1, F4, I1)."""

from __future__ import annotations

import pytest

from flask_cookie_consent.ui.messages import Texts, languages
from tests.site import make_app, policy

from .layer import fits

#: The page's own text does not widen the window.
OWN = "<style>body { overflow-wrap: anywhere }</style>"
TEXT = "<main><h1>Open data</h1><p>Text.</p></main>"
LONG_NAME = "Department of Coastal Affairs."  # 30 characters


@pytest.mark.parametrize("language", languages())
def test_it_leaves_two_thirds_of_a_phone_and_refusing_is_as_easy_as_accepting(
    browser, serve, language
):
    """F1, F4: with a controller's name of 30 characters; and in a text twice as large. With the
    wide face: it is the worst."""
    texts = Texts(language)
    for placement in ("bar", "card"):
        app = make_app(
            TEXT,
            head=OWN,
            policy_=policy(controller=LONG_NAME),
            placement=placement,
            language=lambda: language,
        )
        site = serve(app)
        browser.window(360, 640, mobile=True)
        browser.get(site.url)
        browser.until(lambda: browser.banner)
        for width, height, share in ((360, 640, 1 / 3), (320, 568, 1 / 2)):
            browser.window(width, height, mobile=True)
            browser.until(lambda width=width: browser.js("innerWidth") == width)
            fits(browser, width, height, share)
        labels = browser.js("[...document.querySelectorAll('#fcc button')].map((b) => b.innerText)")
        assert labels == [texts("accept_all"), texts("reject_all")]
        browser.js("(document.documentElement.style.fontSize = '200%')")
        fits(browser, width, height, share)
        direction = browser.js("getComputedStyle(document.querySelector('#fcc')).direction")
        assert direction == texts.direction
