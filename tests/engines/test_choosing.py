"""A choice in each engine: made, kept, changed, and followed by pages that were there before."""

from __future__ import annotations

from typing import Any

import pytest
from flask import request

from flask_cookie_consent import consent
from tests.browser.signs import LAST, confirmed, gated, note
from tests.site import make_app, policy

HEAR = (
    "<script>window.ran = [];"
    "addEventListener('pageshow', (e) => ran.push(e.persisted ? 'restored' : 'shown'));"
    "addEventListener('consent:change', () => ran.push(`ads ${cookieConsent.allows('ads')}`))"
    "</script>"
)
PAGE = gated("ads", note("ads")) + "<p><a href='/other'>On</a></p>" + LAST


@pytest.fixture
def app() -> Any:
    """A site that also says what its server takes as granted."""
    app = make_app(PAGE, head=HEAR)
    app.add_url_rule("/asks", view_func=lambda: " ".join(sorted(consent.granted)) or "nothing")
    return app


def server_says(visitor: Any) -> str:
    """What the server takes as granted."""
    return str(visitor.js("fetch('/asks').then((r) => r.text())"))


@pytest.mark.parametrize(
    ("button", "ran", "granted"),
    [
        ("Accept all", ["ads true", "ads"], "ads insight video"),
        ("Reject all", ["ads false"], "nothing"),
    ],
)
def test_one_click_on_the_first_layer_answers_for_good(visitor, serve, app, button, ran, granted):
    site = serve(app)
    visitor.get(site.url)
    visitor.until(lambda: "last" in visitor.ran)
    assert visitor.banner
    assert visitor.cookies == {}
    before = len(visitor.ran)
    visitor.click(button)
    visitor.until(lambda: not visitor.banner)
    assert confirmed(visitor)["value"].startswith(f"1{button[0].lower()}c.")
    visitor.until(lambda: len(visitor.ran) >= before + len(ran))
    assert visitor.ran[before:] == ran
    assert server_says(visitor) == granted
    for path in ("/", "/other"):
        visitor.get(site.url + path)
        visitor.until(lambda: "last" in visitor.ran)
        assert not visitor.banner
    assert len(site.requests("/consent/choice")) == 1


def test_one_chooses_in_detail_and_the_focus_comes_back(visitor, serve, app):
    site = serve(app)
    visitor.get(site.url)
    visitor.click("Customise")
    visitor.until(lambda: visitor.dialog)
    visitor.press("escape")
    visitor.until(lambda: not visitor.dialog)
    visitor.until(lambda: visitor.focused == "Customise")
    assert visitor.cookies == {}
    visitor.click("Cookie settings", "footer")
    visitor.until(lambda: visitor.dialog)
    visitor.click("Optional features", "#fcc-dialog")
    visitor.click("Save my choice", "#fcc-dialog")
    visitor.until(lambda: not visitor.dialog)
    visitor.until(lambda: visitor.focused == "Cookie settings")
    assert not visitor.banner
    confirmed(visitor)
    assert server_says(visitor) == "video"
    visitor.click("Cookie settings", "footer")
    visitor.until(lambda: visitor.dialog)
    ticked = (
        "[...document.querySelectorAll('#fcc-dialog [name=allow]:checked')].map((e) => e.value)"
    )
    assert visitor.js(ticked) == ["video", "matomo"]


def test_by_keyboard_one_opens_and_answers(visitor, serve, app):
    visitor.get(serve(app).url)
    visitor.until(lambda: "last" in visitor.ran)
    visitor.js("document.querySelector('footer [data-fcc]').focus()")
    visitor.press("enter")
    visitor.until(lambda: visitor.dialog)
    visitor.until(lambda: visitor.js("document.activeElement.closest('#fcc-dialog') != null"))
    visitor.js("document.querySelector('#fcc-dialog [value=video]').focus()")
    visitor.press(" ")
    assert visitor.js("document.activeElement.checked")
    visitor.press("enter")
    visitor.until(lambda: not visitor.dialog)
    confirmed(visitor)
    assert server_says(visitor) == "video"


def test_on_https_the_cookie_is_secure_and_may_have_the_host_prefix(visitor, serve, tls):
    name = "__Host-consent"
    url = serve(make_app(PAGE, head=HEAR, policy_=policy(cookie_name=name)), tls=tls).url
    visitor.get(url)
    visitor.click("Accept all")
    visitor.until(lambda: visitor.cookies.get(name, {"value": ""})["value"].startswith("1ac."))
    assert visitor.cookies[name]["secure"]
    visitor.reload()
    visitor.until(lambda: "last" in visitor.ran)
    assert not visitor.banner


# -- Pages that were there before -------------------------------------------------------------


def test_another_tab_follows(visitor, serve, app):
    site = serve(app)
    visitor.get(site.url)
    visitor.until(lambda: "last" in visitor.ran)
    visitor.open_tab()
    visitor.get(f"{site.url}/other")
    visitor.click("Accept all")
    confirmed(visitor)
    visitor.go_to_tab(0)
    visitor.until(lambda: not visitor.banner)
    visitor.until(lambda: visitor.ran[2:] == ["ads true", "ads"])
    visitor.go_to_tab(1)
    visitor.click("Cookie settings", "footer")
    visitor.click("Reject all", "#fcc-dialog")
    visitor.until(lambda: confirmed(visitor)["value"].startswith("1r"))
    visitor.go_to_tab(0)
    visitor.until(lambda: not visitor.allows("ads"))
    assert visitor.ran[4:] == ["ads false"]
    assert len(site.requests("/consent/choice")) == 2, "only the tab that was clicked reports"


def go_on(visitor: Any) -> None:
    """Follows the link, as visitors do."""
    visitor.js("(window.before = true)")
    visitor.click("On")
    visitor.until(lambda: visitor.path == "/other" and "last" in visitor.ran)


def come_back(visitor: Any) -> None:
    """Presses Back; the page has to come out of the back/forward cache, as it was left."""
    visitor.back()
    visitor.until(lambda: visitor.path == "/" and "last" in visitor.ran)
    assert visitor.js("!!window.before"), "it was loaded again"
    visitor.until(lambda: "restored" in visitor.ran)


def test_a_restored_page_takes_the_choice_made_meanwhile(visitor, serve, app):
    visitor.get(serve(app).url)
    visitor.until(lambda: "last" in visitor.ran)
    assert visitor.banner
    go_on(visitor)
    visitor.click("Accept all")
    confirmed(visitor)
    come_back(visitor)
    visitor.until(lambda: not visitor.banner)
    visitor.until(lambda: visitor.ran[-1] == "ads")
    assert sorted(visitor.ran) == ["ads", "ads true", "last", "restored", "shown"]


def test_a_restored_page_takes_a_withdrawal(visitor, serve, app):
    visitor.get(serve(app).url)
    visitor.click("Accept all")
    confirmed(visitor)
    visitor.until(lambda: "ads" in visitor.ran)
    go_on(visitor)
    visitor.click("Cookie settings", "footer")
    visitor.click("Reject all", "#fcc-dialog")
    visitor.until(lambda: confirmed(visitor)["value"].startswith("1r"))
    come_back(visitor)
    visitor.until(lambda: not visitor.allows("ads"))
    assert "ads false" in visitor.ran
    assert not visitor.banner


# -- Without scripts --------------------------------------------------------------------------


@pytest.fixture
def site_without_scripts(serve, app):
    """A site in whose pages no engine runs scripts, whatever its settings are: a sandbox without
    ``allow-scripts`` is "scripting is disabled" to HTML, ``<noscript>`` included."""

    @app.after_request
    def no_scripts(response: Any) -> Any:
        if "asks" not in request.path:
            response.headers["Content-Security-Policy"] = "sandbox allow-forms allow-same-origin"
        return response

    return serve(app)


@pytest.mark.parametrize(
    ("button", "granted"), [("Accept all", "ads insight video"), ("Reject all", "nothing")]
)
def test_without_scripts_one_click_answers(visitor, site_without_scripts, button, granted):
    address = "/other?page=2&q=a%20b"
    visitor.get(site_without_scripts.url + address)
    assert visitor.ran == []
    assert visitor.banner
    visitor.click(button)
    visitor.until(lambda: visitor.cookies and not visitor.banner)
    assert visitor.path == address
    assert visitor.cookies["consent"]["value"][:3] == f"1{button[0]}c"
    assert server_says(visitor) == granted
    visitor.get(site_without_scripts.url)
    assert not visitor.banner


def test_without_scripts_one_chooses_in_detail_and_withdraws(visitor, site_without_scripts):
    visitor.get(f"{site_without_scripts.url}/other?page=2")
    visitor.click("Customise")
    visitor.until(lambda: visitor.path.startswith("/consent/preferences"))
    visitor.click("Optional features", "#fcc-content")
    visitor.click("Save my choice", "#fcc-content")
    visitor.until(lambda: visitor.path == "/other?page=2")
    assert not visitor.banner
    assert server_says(visitor) == "video"
    visitor.click("Cookie settings", "footer")
    visitor.until(lambda: visitor.path.startswith("/consent/preferences"))
    visitor.click("Reject all", "#fcc-content")
    visitor.until(lambda: visitor.path == "/other?page=2")
    assert server_says(visitor) == "nothing"
