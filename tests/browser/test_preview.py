"""``flask consent preview`` in a browser: controls, frame, figures."""

from __future__ import annotations

import json
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By

from flask_cookie_consent import UNITED_STATES
from flask_cookie_consent.commands.preview.app import Preview
from tests.browser.test_accessibility import findings
from tests.site import site_with


@pytest.fixture
def preview(browser, serve):
    """The preview of the tests' policy, open and measured."""
    server = serve(Preview(site_with()))
    browser.window(1280, 1100)  # in which a phone's window is drawn at its full size
    browser.get(server.url)
    browser.until(lambda: "Contrast" in told(browser))
    return server


def told(browser) -> str:
    return browser.one("#told").text


def choose(browser, name: str, value: str) -> None:
    browser.one(f"label:has([name={name}][value='{value}'])").click()


def frame(browser, expression: str):
    """The value of an expression in the frame's page."""
    script = "const page = arguments[0].contentWindow, document = page.document;"
    return browser.driver.execute_script(
        f"{script} return {expression}", browser.one("iframe#frame")
    )


@contextmanager
def inside(browser):
    browser.driver.switch_to.frame(browser.one("iframe#frame"))
    yield
    browser.driver.switch_to.default_content()


def new_frame(browser, act) -> None:
    """Waits until what ``act`` does has brought another frame, with its page."""
    before = browser.one("#frame").get_attribute("src")
    act()
    browser.until(lambda: browser.one("#frame").get_attribute("src") != before)
    browser.until(lambda: frame(browser, "page.location.host && document.readyState == 'complete'"))


def consent_cookies(browser) -> list[str]:
    return [name for name in browser.cookies if name.startswith("consent")]


def test_a_control_changes_the_frame_the_figures_and_the_lines(browser, preview):
    size = browser.one("#bytes tbody td:nth-child(3)").text
    assert f"First visit {size} B" in told(browser)
    new_frame(browser, lambda: choose(browser, "placement", "center"))
    browser.until(lambda: frame(browser, "document.querySelector('#fcc').clientWidth < 350"))
    browser.until(lambda: "Contrast" in told(browser))
    assert 'placement="center"' in browser.one("#lines").text
    assert browser.one("#bytes tbody td:nth-child(3)").text != size
    assert "placement=center" in browser.driver.current_url
    new_frame(browser, lambda: browser.one("#language [value=ar]").click())
    browser.until(lambda: frame(browser, "document.documentElement.dir") == "rtl")
    browser.until(lambda: frame(browser, "!document.querySelector('#fcc').hidden"))


def test_window_and_scheme_change_in_the_same_frame(browser, preview):
    source = browser.one("#frame").get_attribute("src")
    choose(browser, "size", "1280x800")
    assert browser.until(lambda: frame(browser, "page.innerWidth")) == 1280
    assert frame(browser, "page.innerHeight") == 800
    width = browser.box("#frame")["width"]
    assert width < 1000, "drawn smaller"
    assert f"1280 × 800, drawn at {round(width / 12.8)} %" == browser.one("#caption").text
    ground = "getComputedStyle(document.querySelector('#fcc')).backgroundColor"
    assert frame(browser, ground) == "rgb(255, 255, 255)"
    choose(browser, "scheme", "dark")
    browser.until(lambda: frame(browser, ground) == "rgb(28, 32, 36)")
    browser.until(lambda: browser.find("#contrast tbody tr:first-child i + i[style*='28, 32, 36']"))
    assert browser.one("#frame").get_attribute("src") == source


def test_figures_are_measured_in_the_frame(browser, preview):
    rows = {row.text for row in browser.find("#contrast tr")}
    assert "accept, text 16.38:1 4.5:1" in rows
    assert any(row.startswith("reject, target") for row in rows)
    assert "Refusing is no weaker than accepting." in browser.one("#equal").text
    assert "Real buttons: Accept all, Reject all" in browser.one("#tools").text
    weaker = "document.querySelector('#fcc [value=reject]').style.opacity = 0.5"
    frame(browser, weaker)
    browser.until(lambda: "Refusing is weaker than accepting." in browser.one("#equal").text)
    assert browser.find("#told .bad")


def test_under_opt_out_the_page_says_that_nothing_is_asked(browser, serve):
    browser.get(serve(Preview(site_with(regime=UNITED_STATES))).url)
    browser.until(lambda: "Nothing is asked here" in told(browser))
    assert frame(browser, "document.querySelector('.site-foot').textContent") == (
        "Your Privacy Choices "
    )


def choose_in_frame(browser, button: str) -> None:
    """Chooses, and waits for the server's answer: it sets the frame's cookie once more."""
    with inside(browser):
        browser.click(button)
        browser.until(lambda: not browser.banner)
    posted = "page.performance.getEntriesByType('resource').filter(e => e.initiatorType == 'fetch')"
    browser.until(lambda: frame(browser, f"{posted}.some(e => e.responseEnd)"))
    assert len(consent_cookies(browser)) == 2


def test_a_frame_has_its_own_choice_which_ends_with_it(browser, preview):
    browser.set_cookie("consent", "of-another-port", preview.url)
    choose_in_frame(browser, "Accept all")
    new_frame(browser, lambda: browser.click("Start over"))
    with inside(browser):
        browser.until(lambda: browser.banner)
    assert consent_cookies(browser) == ["consent"]
    choose_in_frame(browser, "Reject all")
    browser.get("about:blank")
    browser.until(lambda: consent_cookies(browser) == ["consent"])


def test_without_scripts_the_frame_asks_by_forms_alone(browser, preview):
    new_frame(browser, lambda: choose(browser, "scripts", "off"))
    browser.until(lambda: "Without JavaScript" in told(browser))
    with inside(browser):
        browser.until(lambda: browser.banner)
        assert browser.one("#fcc").get_attribute("hidden"), "shown by the style in <noscript>"
        browser.click("Reject all")
        browser.until(lambda: not browser.banner)
        browser.click("Cookie settings")
        browser.until(lambda: browser.find("h1#fcc-dialog-heading"))


def test_an_embed_waits_and_its_content_comes(browser, preview):
    new_frame(browser, lambda: choose(browser, "show", "embed"))
    with inside(browser):
        browser.click("Load this one: Video")
        browser.until(lambda: browser.find(".fcc-e > iframe"))
    browser.until(lambda: any(seen.path.endswith("/content") for seen in preview.log))


def test_colours_are_picked_and_those_that_cannot_be_read_are_refused(browser, preview):
    browser.click("Colours")
    browser.until(lambda: browser.one("[data-for=text]").get_attribute("value") == "#1c2024")
    browser.one("#background").send_keys("#fff7e6")
    browser.press("tab")
    browser.until(lambda: browser.find(".fault"))  # none without its text
    browser.one("#text").send_keys("#331a00")
    new_frame(browser, lambda: browser.press("tab"))
    ground = "getComputedStyle(document.querySelector('#fcc')).backgroundColor"
    browser.until(lambda: frame(browser, ground) == "rgb(255, 247, 230)")
    assert 'text="#331a00",' in browser.one("#lines").text
    browser.js(
        """((picker) => {
          picker.value = "#ffe0b0";
          picker.dispatchEvent(new Event("change", { bubbles: true }));
        })(document.querySelector("[data-for=text]"))"""
    )
    browser.until(lambda: browser.find(".fault"))
    assert "text #ffe0b0 on background #fff7e6" in browser.one(".fault").text
    assert not browser.one("#copy").is_enabled()


def test_all_is_done_by_keyboard_and_a_new_frame_takes_no_focus(browser, preview):
    browser.press("tab")
    assert browser.focused == "Open alone"
    browser.press("tab")
    assert browser.focused == "Start over"
    browser.js("document.querySelector('[name=show]').focus()")
    new_frame(browser, lambda: browser.press("arrow_right"))
    browser.until(lambda: frame(browser, "document.querySelector('#fcc-dialog')?.open"))
    browser.until(lambda: browser.js("document.activeElement.value") == "preferences")
    new_frame(browser, lambda: browser.press("arrow_right"))
    assert browser.js("document.activeElement.value") == "policy"


def test_lines_are_copied(browser, preview):
    browser.cdp(
        "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"]
    )
    browser.click("Copy")
    browser.until(lambda: browser.one("#copy").text == "Copied")
    copied = browser.driver.execute_async_script(
        "const done = arguments[0]; navigator.clipboard.readText().then(done)"
    )
    assert copied == browser.js("document.querySelector('#lines').textContent")


def test_without_scripts_of_its_own_the_page_works_by_its_form(browser, serve):
    browser.scripts(False)
    browser.get(serve(Preview(site_with())).url)
    choose(browser, "placement", "card")
    browser.click("Show")
    browser.until(lambda: 'placement="card"' in browser.one("#lines").text)


def test_nothing_is_requested_elsewhere_and_no_policy_is_violated(browser, preview):
    for show in ("preferences", "policy", "embed"):
        new_frame(browser, lambda show=show: choose(browser, "show", show))
    browser.until(lambda: "Contrast" in told(browser))
    messages = [json.loads(e["message"])["message"] for e in browser.driver.get_log("performance")]
    urls = {
        m["params"]["request"]["url"]
        for m in messages
        if m["method"] == "Network.requestWillBeSent"
    }
    origins = {urlsplit(url).netloc for url in urls if not url.startswith(("data:", "about:"))}
    assert origins == {urlsplit(preview.url).netloc}
    assert browser.console == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_the_page_fits(browser, preview, scheme, width):
    """Of the preview's own page; what the frame shows has tests of its own."""
    browser.window(width, 800)
    browser.media(prefers_color_scheme=scheme)
    browser.click("Colours")
    assert [f for f in findings(browser) if "site-" not in f] == []
    assert browser.js("document.documentElement.scrollWidth") <= width
    choose(browser, "size", "free")
    assert browser.js("document.documentElement.scrollWidth") <= width
    assert browser.driver.find_elements(By.CSS_SELECTOR, "#told .good")
