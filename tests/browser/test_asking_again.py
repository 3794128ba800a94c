"""When a visitor is asked again, and about what (W4; decision 4).

Ports share cookies, so that two servers on 127.0.0.1 are one site before and after a deployment.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from flask_cookie_consent import Cookie, Service
from tests.site import choice, make_app, policy, services

from .signs import LAST, confirmed, gated, note, round_trip
from .test_script_tag import HTML, TAG

MAPS = Service(
    "Maps",
    category="functional",
    provider="MapCo",
    party="third",
    cookies=[Cookie("map", purpose="Remembers the place", duration="1 year")],
)
BODY = "".join(gated(name, note(name)) for name in ("insight", "ads", "video", "maps")) + LAST


@pytest.fixture
def old(serve):
    return serve(make_app(BODY))


@pytest.fixture
def new(serve):
    """The same site with one more service, at another place in the list."""
    return serve(make_app(BODY, policy_=policy(services=[MAPS, *services()])))


def visit(browser, site, path: str = "/") -> None:
    browser.get(site.url + path)
    browser.until(lambda: "last" in browser.ran)


def answer(browser, text: str) -> None:
    browser.click(text)
    browser.until(lambda: not browser.banner)
    confirmed(browser)


def asked_about(browser) -> list[str]:
    """The categories that the first layer names."""
    return [li.text for li in browser.find("#fcc li") if li.is_displayed()]


def test_a_new_service_is_asked_about_alone(browser, old, new):
    """W4: what was granted goes on running, and the first layer names the new one's category."""
    visit(browser, old)
    assert len(asked_about(browser)) == 3
    browser.js("cookieConsent.save(['insight', 'video'])")
    confirmed(browser)
    visit(browser, new)
    assert browser.banner
    assert len(asked_about(browser)) == 1
    assert browser.ran == ["insight", "video", "last"]


@pytest.mark.parametrize(("button", "maps"), [("Accept all", True), ("Reject all", False)])
def test_an_earlier_refusal_stands_when_only_something_new_is_accepted(
    browser, old, new, button, maps
):
    """W4: "accept all" answers what was asked, and nothing else."""
    visit(browser, old)
    answer(browser, "Reject all")
    visit(browser, new)
    assert browser.banner
    answer(browser, button)
    assert browser.allows("maps") is maps
    for name in ("insight", "ads", "video", "matomo"):
        assert not browser.allows(name), name
    visit(browser, new)
    assert browser.ran == (["maps", "last"] if maps else ["last"])
    assert not browser.banner


def test_the_preferences_show_the_earlier_answers_when_something_is_new(browser, old, new):
    """W4, R17."""
    visit(browser, old)
    browser.js("cookieConsent.save(['video'])")
    confirmed(browser)
    visit(browser, new)
    browser.click("Customise")
    browser.until(lambda: browser.dialog)
    boxes = {b.get_attribute("value"): b.is_selected() for b in browser.find("[name=allow]")}
    assert boxes == {
        "maps": False, "video": True, "matomo": False, "insight": False, "ads": False,
    }  # fmt: skip


def _same(listed: list[Service]) -> list[Service]:
    return list(reversed(listed))


def _renamed(listed: list[Service]) -> list[Service]:
    return [replace(s, name=f"{s.name} 2", id=s.id, purpose="Said in other words") for s in listed]


def _fewer(listed: list[Service]) -> list[Service]:
    return [s for s in listed if s.id != "ads"]


def _more_that_need_no_consent(listed: list[Service]) -> list[Service]:
    cookies = [Cookie("lang", purpose="Remembers the language", duration="1 year")]
    return [*listed, Service("Language", category="necessary", provider="Us", cookies=cookies)]


@pytest.mark.parametrize("change", [_same, _renamed, _fewer, _more_that_need_no_consent])
def test_nothing_else_asks_again(browser, serve, old, change):
    """W4: reordered, reworded, less, or more that needs no consent."""
    visit(browser, old)
    answer(browser, "Accept all")
    changed = serve(make_app(BODY, policy_=policy(services=change(services()))))
    visit(browser, changed)
    round_trip(browser)
    assert not browser.banner
    assert "insight" in browser.ran


def test_an_old_page_and_a_new_one_never_ask_twice(browser, old, new):
    """W4: the old page, from a cache, leaves alone what it does not know, whatever is chosen."""
    visit(browser, old)
    answer(browser, "Accept all")
    visit(browser, new)
    answer(browser, "Accept all")
    for choose in ("reject", "accept"):
        visit(browser, old)
        assert not browser.banner
        browser.js(f"cookieConsent.{choose}()")
        confirmed(browser)
        visit(browser, new)
        assert not browser.banner
        # Who refuses everything on the old page has refused the new service as well.
        assert browser.allows("maps") is False
    browser.js("cookieConsent.accept()")
    confirmed(browser)
    visit(browser, old)
    browser.js("cookieConsent.save(['video'])")
    confirmed(browser)
    visit(browser, new)
    assert not browser.banner
    assert browser.allows("maps")
    assert not browser.allows("ads")


def test_a_choice_on_an_old_page_is_taken_for_what_that_page_showed(browser, serve, old, new):
    """H3, W4: the page comes from a cache, its choice reaches the newer server."""
    visit(browser, new)
    shown_by_old = _first_layer(browser, old)
    visit(browser, new)
    browser.js("document.querySelector('#fcc form').outerHTML = arguments[0]", shown_by_old)
    browser.scripts(False)
    browser.click("Accept all")
    browser.until(lambda: browser.consent_cookie)
    browser.scripts(True)
    visit(browser, new)
    assert browser.banner
    assert browser.ran == ["insight", "ads", "video", "last"]
    assert len(asked_about(browser)) == 1


def _first_layer(browser, site) -> str:
    visit(browser, site)
    return str(browser.js("document.querySelector('#fcc form').outerHTML"))


# -- What is asked about, and nothing more ----------------------------------------------------


@pytest.mark.parametrize("way", ["page", "tag"])
@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({}, True),
        ({"refused": ["ads"]}, False),
        ({"granted": ["insight", "video"]}, False),
    ],
    ids=["everything", "some", "one"],
)
def test_third_parties_are_named_where_all_of_them_are_asked_about(
    browser, serve, way, said, named
):
    """F3: a visitor who has answered some is asked about the rest, by its category."""
    app = make_app()
    app.add_url_rule(
        "/plain", view_func=lambda: HTML.format(tag=TAG.format(base="", query=""), body="")
    )
    site = serve(app)
    if said:
        browser.set_cookie("consent", choice(policy(), **said).encode(), site.url)
    browser.get(site.url + ("/plain" if way == "tag" else "/"))
    browser.until(lambda: browser.banner and browser.js("!!window.cookieConsent"))
    text = browser.one("#fcc .fcc-t").text
    assert ("Third parties" in text) == named
    assert ("AdCo" in text) == named
    assert ("Advertising" in text) == ("ads" not in said.get("refused", []))


def test_under_a_signal_no_third_party_is_named_that_it_refuses(browser, serve):
    identifier = browser.on_new_page(
        "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
    )
    browser.get(serve(make_app()).url)
    browser.until(lambda: browser.banner and browser.js("!!window.cookieConsent"))
    text = browser.one("#fcc .fcc-t").text
    assert "AdCo" not in text
    assert "Advertising" not in text
    assert "Statistics" in text
    browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=identifier)
