"""Global Privacy Control and regimes, as visitors see them (S1; R60 to R62)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flask_cookie_consent import UNITED_KINGDOM, UNITED_STATES, Exemption, Service, by_country
from flask_cookie_consent import country_header as header
from tests.browser.signs import LAST, confirmed, gated, note, round_trip
from tests.browser.test_choice_cookie import Wire
from tests.site import make_app, policy, services

MARKS = gated("ads", note("ads")) + gated("video", note("video")) + LAST
WORLD = by_country({"GB": UNITED_KINGDOM, "US": UNITED_STATES}, header("X-Country"))


@pytest.fixture
def signalling(browser) -> Iterator[object]:
    """A visitor whose browser sends the signal, in the header and to scripts."""
    script = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {value: true})"
    identifier = browser.on_new_page(script)
    browser.cdp("Network.setExtraHTTPHeaders", headers={"Sec-GPC": "1"})
    yield browser
    browser.cdp("Network.setExtraHTTPHeaders", headers={})
    browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=identifier)


def load(browser, url: str) -> None:
    browser.get(url)
    browser.until(lambda: "last" in browser.ran)


def test_accepting_all_does_not_override_the_signal(signalling, serve):
    site = serve(make_app(MARKS))
    load(signalling, site.url)
    signalling.until(lambda: "signal is honoured" in signalling.one("#fcc").text)
    signalling.click("Accept all")
    confirmed(signalling)
    signalling.until(lambda: "video" in signalling.ran)
    round_trip(signalling)
    assert "ads" not in signalling.ran
    load(signalling, site.url)
    assert "ads" not in signalling.ran
    assert not signalling.banner
    signalling.until(lambda: "signal is honoured" in signalling.one("footer").text)


class DoNotTrack:
    """A signal that no script can see."""

    def refuses(self, environ):
        return environ.get("HTTP_DNT") == "1"


@pytest.mark.parametrize("answer", ["Accept all", "the API", "the preferences"])
def test_what_the_server_alone_refuses_stops_with_its_answer(browser, serve, answer):
    """The page releases at once, before the server can say that it heeds a signal."""
    hear = (
        "<script>window.ran = []; addEventListener('consent:change', () => "
        "ran.push(`ads ${cookieConsent.allows('ads')}`))</script>"
    )
    wire = Wire(make_app(MARKS, head=hear, signals=[DoNotTrack()]))
    wire.open.clear()
    site = serve(wire)
    browser.cdp("Network.setExtraHTTPHeaders", headers={"DNT": "1"})
    try:
        load(browser, site.url)
        if answer == "the API":
            browser.js("cookieConsent.accept()")
        else:
            if answer == "the preferences":
                browser.click("Customise")
                browser.until(lambda: browser.dialog)
            browser.click("Accept all", "#fcc-dialog" if answer == "the preferences" else "#fcc")
        browser.until(lambda: {"ads", "video"} <= set(browser.ran))
        wire.open.set()
        browser.until(lambda: browser.ran[-1] == "ads false", "it was not said")
        round_trip(browser)
        assert not browser.allows("ads")
        assert browser.allows("video")
        assert confirmed(browser)["value"].startswith("1ac.")
        assert len(site.requests("/consent/choice")) == 1
        browser.until(lambda: browser.find("#fcc-reload button"), "no offer to reload")
        for _ in range(2):
            load(browser, site.url)
            browser.until(lambda: "video" in browser.ran)
            assert "ads" not in browser.ran
            assert not browser.banner
        assert len(site.requests("/consent/choice")) == 1
    finally:
        browser.cdp("Network.setExtraHTTPHeaders", headers={})


def test_the_button_that_leads_back_says_it_too_and_stays_in_the_window(signalling, serve):
    signalling.window(320, 640)
    load(signalling, serve(make_app(MARKS, reopen="end")).url)
    signalling.until(lambda: signalling.banner)
    signalling.click("Reject all")
    signalling.until(lambda: "signal is honoured" in signalling.one("#fcc-reopen").text)
    box = signalling.box("#fcc-reopen")
    assert box["left"] >= 12
    assert box["right"] == 320 - 12


def test_a_box_that_the_visitor_ticks_overrides_it(signalling, serve):
    site = serve(make_app(MARKS))
    load(signalling, site.url)
    signalling.click("Customise")
    signalling.until(lambda: signalling.dialog)
    assert "Ads stays off unless" in signalling.one("#fcc-dialog").text
    signalling.click("Advertising", "#fcc-dialog")
    signalling.click("Save my choice", "#fcc-dialog")
    signalling.until(lambda: "ads" in signalling.ran)
    assert confirmed(signalling)["value"].startswith("1oc.")
    load(signalling, site.url)
    signalling.until(lambda: "ads" in signalling.ran)


def test_where_only_marketing_would_be_asked_nobody_is(signalling, serve):
    """R61: no click, and no banner."""
    ads = Service("Ads", category="marketing", purpose="Advertising")
    site = serve(make_app(LAST, policy_=policy(services=[services()[0], ads])))
    load(signalling, site.url)
    signalling.until(lambda: "signal is honoured" in signalling.one("footer").text)
    assert not signalling.banner
    assert signalling.consent_cookie is None


def matomo() -> Service:
    """Exempt in the United Kingdom, where visitors are told of it."""
    return Service(
        "Matomo",
        category="statistics",
        purpose="Counts visits",
        exempt=Exemption("Anonymised statistics", regimes=["gb"]),
    )


def regimes_site(serve):
    own = [s for s in services() if s.id != "matomo"]
    marks = gated("matomo", note("matomo")) + MARKS
    return serve(make_app(marks, policy_=policy(services=[*own, matomo()]), regime=WORLD))


@pytest.fixture
def abroad(browser) -> Iterator[object]:
    """A function that moves the visitor to another country."""
    yield lambda country, **more: browser.cdp(
        "Network.setExtraHTTPHeaders", headers={"X-Country": country, **more}
    )
    browser.cdp("Network.setExtraHTTPHeaders", headers={})


def test_in_an_opt_out_regime_everything_runs_until_the_visitor_objects(browser, serve, abroad):
    site = regimes_site(serve)
    abroad("US")
    load(browser, site.url)
    browser.until(lambda: {"matomo", "ads", "video"} <= set(browser.ran))
    assert not browser.banner
    browser.click("Your Privacy Choices", "footer")
    browser.until(lambda: browser.dialog)
    browser.click("Reject all", "#fcc-dialog")
    confirmed(browser)
    load(browser, site.url)
    assert browser.ran == ["last"]
    # Opting in again takes two steps.
    browser.click("Your Privacy Choices", "footer")
    browser.until(lambda: browser.dialog)
    browser.click("Accept all", "#fcc-dialog")
    assert browser.dialog
    assert browser.js("document.activeElement.name") == "confirm"
    browser.press("space")
    browser.click("Accept all", "#fcc-dialog")
    browser.until(lambda: "ads" in browser.ran)


def test_in_an_opt_out_regime_the_signal_is_put_down(signalling, serve, abroad):
    site = regimes_site(serve)
    abroad("US", **{"Sec-GPC": "1"})
    load(signalling, site.url)
    assert confirmed(signalling)["value"].startswith("1gc.")
    assert "ads" not in signalling.ran
    assert "matomo" in signalling.ran
    assert signalling.focused == "body"


def test_where_a_notice_is_enough_visitors_are_told_and_can_object(browser, serve, abroad):
    site = regimes_site(serve)
    abroad("GB")
    load(browser, site.url)
    browser.until(lambda: browser.banner)
    assert "until you object: Matomo" in browser.one("#fcc").text
    assert "matomo" in browser.ran
    browser.click("Reject all")
    confirmed(browser)
    load(browser, site.url)
    assert browser.ran == ["last"]
    assert not browser.banner


def test_a_site_in_one_country_tells_its_visitors_there_too(browser, serve):
    """Also where nothing else is asked."""
    told = make_app(
        gated("matomo", note("matomo")) + LAST,
        policy_=policy(services=[services()[0], matomo()]),
        regime=UNITED_KINGDOM,
    )
    site = serve(told)
    load(browser, site.url)
    browser.until(lambda: browser.banner)
    assert "Matomo" in browser.one("#fcc").text
    browser.until(lambda: "matomo" in browser.ran)
    browser.click("Reject all")
    confirmed(browser)
    load(browser, site.url)
    assert not browser.banner
    assert browser.ran == ["last"]


def test_an_unknown_country_is_asked(browser, serve, abroad):
    site = regimes_site(serve)
    abroad("XX")
    load(browser, site.url)
    browser.until(lambda: browser.banner)
    assert "until you object" not in browser.one("#fcc").text
    assert browser.ran == ["last"]
    browser.click("Accept all")
    browser.until(lambda: {"matomo", "ads", "video"} <= set(browser.ran))
    load(browser, site.url)
    assert not browser.banner
