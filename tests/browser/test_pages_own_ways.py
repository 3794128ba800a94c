"""What pages and visitors do with links, buttons and the API."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, request
from selenium.webdriver import ActionChains, Keys

from flask_cookie_consent import CookieConsent
from tests.site import get, make_app, policy
from tests.web.test_embeds import call

from .signs import confirmed, gated, note
from .test_script_tag import HTML, TAG
from .visitor import Visitor

#: Errors of the page, as a site's error tracker hears them.
TRACKER = (
    "<script>window.errors = []; addEventListener('error', (e) => errors.push(e.message))</script>"
)


def link(browser: Visitor):
    return browser.one("footer a[data-fcc]")


# -- Links ------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [Keys.CONTROL, Keys.SHIFT])
def test_a_link_that_is_clicked_for_another_tab_opens_the_preferences_there(browser, serve, key):
    browser.get(serve(make_app()).url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    before = set(browser.driver.window_handles)
    ActionChains(browser.driver).key_down(key).click(link(browser)).key_up(key).perform()
    [other] = browser.until(lambda: set(browser.driver.window_handles) - before)
    assert not browser.dialog
    here = browser.driver.current_window_handle
    browser.driver.switch_to.window(other)
    browser.until(lambda: "/consent/preferences" in browser.driver.current_url)
    browser.driver.close()
    browser.driver.switch_to.window(here)


def test_a_link_with_a_target_is_followed_there(browser, serve):
    browser.get(serve(make_app()).url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    browser.js("document.querySelector('footer a[data-fcc]').target = '_blank'")
    here = browser.driver.current_window_handle
    before = set(browser.driver.window_handles)
    link(browser).click()
    [other] = browser.until(lambda: set(browser.driver.window_handles) - before)
    assert not browser.dialog
    browser.driver.switch_to.window(other)
    browser.driver.close()
    browser.driver.switch_to.window(here)


@pytest.mark.parametrize("of", ["document", "window", "document.body.firstChild"])
@pytest.mark.parametrize("kind", ["click", "submit"])
def test_events_at_what_is_no_element_throw_nothing(browser, serve, of, kind):
    browser.get(serve(make_app("text" + call(), head=TRACKER)).url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    browser.js(f"{of}.dispatchEvent(new Event('{kind}', {{ bubbles: true }}))")
    assert browser.js("errors") == []


# -- The API as a listener --------------------------------------------------------------------

LISTENING = (
    "<button id=own>Own</button>"
    "<script>addEventListener('load', () =>"
    " own.addEventListener('click', cookieConsent.{}))</script>"
)


@pytest.mark.parametrize("way", ["page", "tag"])
@pytest.mark.parametrize("name", ["accept", "reject", "show"])
def test_the_api_serves_as_a_listener(browser, serve, name, way):
    app = make_app(gated("ads", note("ads")) + LISTENING.format(name), head=TRACKER)
    tag = HTML.format(tag=TRACKER + TAG.format(base="", query=""), body=LISTENING.format(name))
    app.add_url_rule("/plain", view_func=lambda: tag)
    browser.get(serve(app).url + ("/plain" if way == "tag" else "/"))
    browser.until(lambda: browser.banner)
    browser.click("Own")
    if name == "show":
        browser.until(lambda: browser.dialog)
        assert browser.one("#fcc-dialog").get_attribute("lang") == "en"
    else:
        assert confirmed(browser)["value"].startswith("1ac." if name == "accept" else "1rc.")
        assert not browser.banner
        assert browser.allows("ads") == (name == "accept")
    assert browser.js("errors") == []


def test_show_needs_no_link(browser, serve):
    app = Flask("site")
    app.register_blueprint(CookieConsent(policy(), first_layer=False))
    app.add_url_rule(
        "/",
        view_func=lambda: HTML.format(tag=TAG.format(base="", query=""), body=TRACKER),
    )
    browser.get(serve(app).url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    browser.js("document.querySelectorAll('a[data-fcc]').forEach((a) => a.remove())")
    browser.js("void cookieConsent.show()")
    browser.until(lambda: browser.dialog)
    assert browser.js("errors") == []


# -- Safari before 16.4, and before 15.4 ------------------------------------------------------

NO_SHEETS = "window.CSSStyleSheet = function () { throw new TypeError('Illegal constructor') };"
NO_SUBMITTER = "delete SubmitEvent.prototype.submitter;"


@pytest.fixture
def older(browser):
    """A browser that constructs no style sheets and names no submitter."""
    script = browser.on_new_page(NO_SHEETS + NO_SUBMITTER)
    yield browser
    browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=script)


def test_an_older_browser_can_refuse_and_open_the_preferences(older, serve):
    older.get(serve(make_app()).url)
    older.until(lambda: older.js("!!window.cookieConsent"))
    older.click("Cookie settings", "footer")
    older.until(lambda: older.dialog)
    assert older.js("getComputedStyle(document.querySelector('#fcc-dialog')).display") == "flex"
    older.click("Reject all", "#fcc-dialog")
    older.until(lambda: older.consent_cookie)
    assert not older.allows("ads")
    older.get(older.driver.current_url)
    assert not older.banner


def test_an_older_browser_can_answer_the_banner_of_the_script_tag(older, serve):
    app = make_app()
    app.add_url_rule(
        "/plain", view_func=lambda: HTML.format(tag=TAG.format(base="", query=""), body="")
    )
    older.get(serve(app).url + "/plain")
    older.click("Accept all")
    older.until(lambda: older.consent_cookie)
    older.until(lambda: older.js("window.cookieConsent?.allows('ads')"))
    assert not older.banner


def test_an_older_browser_can_load_an_embed(older, serve):
    older.get(serve(make_app(call(content="<p id=film>Film</p>"))).url)
    older.click("Load this one: A film")
    older.until(lambda: older.find("#film"))


# -- In a form of the site's own --------------------------------------------------------------

FORM = (
    '<form id="own" action="/sent" method="post"><input name="mail" value="a@example.org">'
    "{content}<button id='send'>Send</button></form>"
)


@pytest.fixture
def sent() -> list[dict[str, str]]:
    """What the site's own form was sent with."""
    return []


@pytest.fixture
def form_site(browser, serve, sent):
    """Serves a page with a form around embeds, and notes what that form sends."""
    browser.window(1280, 2400)  # the banner covers none

    def start(content: str, **options: Any) -> Any:
        app = make_app(FORM.format(content=content), head=TRACKER, **options)

        @app.post("/sent")
        def note_form() -> str:
            sent.append(dict(request.form))
            return "<p id='thanks'>Thank you</p>"

        return serve(app)

    return start


FILMS = call(content="<p class='film'>Film</p>") + call(
    "ads", content="<p class='ad'>Ad</p>", title="An ad"
)


def send(browser, sent) -> None:
    browser.one("#send").click()
    browser.until(lambda: browser.find("#thanks"))
    assert sent == [{"mail": "a@example.org"}]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_placeholder_leaves_the_form_around_it_as_it_was(browser, form_site, sent, scripts):
    browser.scripts(scripts)
    browser.get(form_site(FILMS).url)
    send(browser, sent)


@pytest.mark.parametrize("first_layer", [True, False])
def test_a_placeholder_in_a_form_loads_its_content(browser, form_site, sent, first_layer):
    browser.get(form_site(FILMS, first_layer=first_layer).url)
    browser.until(lambda: browser.one(".fcc-e button").is_displayed())
    browser.click("Load this one: A film")
    browser.until(lambda: browser.find("p.film"))
    browser.click("Always allow Ads")
    browser.until(lambda: browser.find("p.ad"))
    assert confirmed(browser)["value"].startswith("1ec.")
    assert not browser.allows("video")
    assert browser.js("errors") == []
    send(browser, sent)


def test_enter_in_a_field_sends_the_form_around_a_placeholder(browser, form_site, sent):
    browser.get(form_site(FILMS).url)
    browser.until(lambda: browser.one(".fcc-e button").is_displayed())
    browser.one("[name=mail]").send_keys(Keys.ENTER)
    browser.until(lambda: browser.find("#thanks"))
    assert sent == [{"mail": "a@example.org"}]
    assert browser.consent_cookie is None


def test_without_scripts_a_placeholder_in_a_form_leads_to_the_preferences(browser, form_site, sent):
    browser.scripts(False)
    site = form_site(FILMS)
    browser.get(site.url)
    browser.one(".fcc-l [data-fcc]").click()
    browser.until(lambda: browser.find("#fcc-content [value=video]"))
    assert sent == []


def test_a_placeholder_that_a_script_puts_into_a_form_works(browser, form_site, sent):
    box = (
        '<div class="fcc-e" data-embed="video"><template data-consent="video">'
        "<p class='film'>Film</p></template></div><script src='/consent/embed.js' defer></script>"
    )
    browser.get(form_site(box).url)
    browser.until(lambda: browser.one(".fcc-e button").is_displayed())
    browser.click("Always allow Video")
    browser.until(lambda: browser.find("p.film"))
    assert confirmed(browser)["value"].startswith("1ec.")
    send(browser, sent)


def test_a_banner_in_a_form_throws_nothing(browser, serve):
    """It belongs outside of forms; the API and the preferences work even so."""
    app = make_app(head=TRACKER)
    page = get(make_app(head=TRACKER), path="/").text
    page = page.replace("<body>", "<body><form method=post action=/sent>")
    app.add_url_rule("/form", view_func=lambda: page)
    browser.get(serve(app).url + "/form")
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    browser.js("cookieConsent.accept()")
    assert confirmed(browser)["value"].startswith("1ac.")
    browser.click("Cookie settings", "footer")
    browser.until(lambda: browser.dialog)
    browser.click("Reject all", "#fcc-dialog")
    browser.until(lambda: confirmed(browser)["value"].startswith("1rc."))
    assert browser.js("errors") == []


# -- The dialog above the page ----------------------------------------------------------------


def test_the_page_stays_where_it_is_below_the_dialog(browser, serve):
    browser.window(800, 600)
    browser.get(serve(make_app("<div style='height: 5000px'></div>")).url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    browser.js("void cookieConsent.show()")
    browser.until(lambda: browser.dialog)
    box = browser.box("#fcc-dialog .fcc-body")
    for x, y in ((box["x"] + 50, box["y"] + 50), (5, 5)):
        for _ in range(30):
            browser.cdp(
                "Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=300
            )
        browser.js("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    assert browser.js("scrollY") == 0


def test_the_dialogs_heading_has_the_size_that_its_style_says(browser, serve):
    browser.get(serve(make_app()).url)
    browser.click("Cookie settings", "footer")
    browser.until(lambda: browser.dialog)
    style = "getComputedStyle(document.querySelector('#fcc-dialog h2'))"
    assert browser.js(f"{style}.fontSize") == "20px"
    assert browser.js(f"{style}.lineHeight") == "26px"


# -- Safe areas -------------------------------------------------------------------------------

INSETS = {"top": 47, "bottom": 34, "left": 40, "right": 40}
PARTS = "#fcc button, #fcc a, #fcc .fcc-t"


@pytest.mark.parametrize(
    "placement", ["bar", "bar-top", "card", "card-start", "card-top", "card-top-start"]
)
def test_nothing_of_the_banner_lies_under_a_notch_or_a_home_indicator(browser, serve, placement):
    fit = '<meta name="viewport" content="width=device-width, viewport-fit=cover">'
    browser.window(740, 420, mobile=True)
    browser.cdp("Emulation.setSafeAreaInsetsOverride", insets=INSETS)
    browser.get(serve(make_app(placement=placement, head=fit)).url)
    browser.until(lambda: browser.banner)
    inside = browser.js(
        """[...document.querySelectorAll(arguments[0])].map((e) => {
          const r = e.getBoundingClientRect();
          return [r.top, innerHeight - r.bottom, r.left, innerWidth - r.right];
        })""",
        PARTS,
    )
    browser.cdp("Emulation.setSafeAreaInsetsOverride", insets={})
    near = [min(edge) for edge in zip(*inside, strict=True)]
    need = [INSETS["top"], INSETS["bottom"], INSETS["left"], INSETS["right"]]
    assert [distance >= inset for distance, inset in zip(near, need, strict=True)] == [True] * 4, (
        near
    )


# -- A frame that may have no cookies ---------------------------------------------------------


def test_a_sandboxed_frame_keeps_the_choice_for_the_page(browser, serve):
    """Reading ``document.cookie`` throws there."""
    app = make_app(gated("ads", note("ads")))
    app.add_url_rule(
        "/outer",
        view_func=lambda: (
            "<iframe sandbox='allow-scripts allow-forms' src='/' width=900 height=700></iframe>"
        ),
    )
    browser.get(serve(app).url + "/outer")
    browser.driver.switch_to.frame(0)
    browser.until(lambda: browser.banner)
    browser.click("Accept all")
    browser.until(lambda: browser.ran == ["ads"])
    assert not browser.banner
    assert browser.allows("ads")
    browser.driver.switch_to.default_content()
