"""The choice on its way from the click to the server's cookie (H1, W3, P1, P3)."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import Any

import pytest
from werkzeug.wsgi import ClosingIterator

from flask_cookie_consent import choice_made
from flask_cookie_consent.testing import consent_cookie
from tests.site import ACCEPTED, REFUSED, choice, make_app, policy

from .signs import LAST, asked_for, confirmed, gated, note, round_trip

LIFE = 182 * 86400


class Wire:
    """A WSGI app between visitors and the site that can hold or refuse their choices. What it
    held, it answers in the order in which it came."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.down = False
        #: The paths of those that it has refused, and answered.
        self.refused: list[str] = []
        self.open = threading.Event()
        self.open.set()
        self._before = threading.Event()
        self._before.set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] != "POST":
            return self.app(environ, start_response)
        before, answered = self._before, threading.Event()
        self._before = answered
        self.open.wait(20)
        before.wait(20)
        if self.down:
            environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            start_response("500 Internal Server Error", [("Content-Type", "text/plain")])
            note = partial(self.refused.append, environ["PATH_INFO"])
            return ClosingIterator([b"down"], [note, answered.set])
        return ClosingIterator(self.app(environ, start_response), answered.set)


def on_the_next_page(browser, site, path: str = "/other") -> None:
    """Goes on, and waits until the page has sent what it wants to send at its start."""
    browser.get(site.url + path)
    browser.until(lambda: "last" in browser.ran)
    round_trip(browser)


@pytest.mark.parametrize("answer", ["Accept all", "Reject all"])
def test_the_choice_holds_at_once_and_the_server_confirms_it(browser, serve, answer):
    """H1, W3, P1: written by the click; then set by the server, for six months, and without an
    id where nothing was granted."""
    wire = Wire(make_app(gated("ads", note("ads")) + LAST))
    wire.open.clear()
    site = serve(wire)
    browser.get(site.url)
    browser.click(answer)
    browser.until(lambda: not browser.banner)
    assert browser.consent_cookie[:3] == f"1{answer[0].lower()}0"
    assert browser.allows("ads") is (answer == "Accept all")
    if answer == "Accept all":
        browser.until(lambda: "ads" in browser.ran)
    assert browser.cookies["consent"]["path"] == "/"
    wire.open.set()
    cookie = confirmed(browser)
    assert cookie["path"] == "/"
    assert cookie["sameSite"] == "Lax"
    assert cookie["domain"] == "127.0.0.1"
    assert not cookie["httpOnly"]
    assert abs(cookie["expires"] - time.time() - LIFE) < 60
    assert len(cookie["name"] + cookie["value"]) <= 80
    if answer == "Reject all":
        assert cookie["value"].count(".") == 3
    assert len(site.requests("/consent/choice", "POST")) == 1


def test_a_report_says_what_the_visitor_saw_and_replaced(browser, serve):
    """P1, decision 13: method, language, snapshot, time; the id comes from the browser."""
    events: list[Any] = []

    def note_event(sender: Any, event: Any) -> None:
        events.append(event)

    app = make_app(LAST)
    with choice_made.connected_to(note_event, app):
        site = serve(app)
        browser.get(site.url)
        shown = browser.js("document.querySelector('#fcc [name=snapshot]').value")
        browser.click("Accept all")
        confirmed(browser)
        browser.click("Cookie settings")
        browser.until(lambda: browser.dialog)
        browser.click("Advertising", "#fcc-dialog")
        browser.click("Save my choice")
        browser.until(lambda: len(events) == 2)
    first, second = events
    assert [first.choice.method, second.choice.method] == ["accept", "save"]
    assert {first.snapshot, second.snapshot} == {shown}
    assert {first.language, second.language} == {"en"}
    assert first.granted == {"insight", "ads", "video"}
    assert second.granted == {"insight", "video"}
    assert second.refused == {"ads"}
    assert len({first.choice.id, second.choice.id}) == 2
    assert abs(first.choice.time - time.time()) < 60


def test_a_choice_is_reported_at_most_five_more_times(browser, serve):
    """P3, decision 3: the visitor's choice holds, and a dead server is not asked for ever."""
    wire = Wire(make_app(LAST))
    wire.down = True
    site = serve(wire)
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: len(site.requests("/consent/choice")) == 1)
    for reports in range(1, 6):
        on_the_next_page(browser, site)
        browser.until(lambda n=reports: len(site.requests("/consent/choice")) == n + 1)
        assert browser.consent_cookie[2] == str(reports)
        assert browser.allows("ads")
        assert not browser.banner
    for _ in range(2):
        on_the_next_page(browser, site)
    assert len(site.requests("/consent/choice")) == 6
    assert browser.consent_cookie[2] == "5"


def test_a_later_page_view_gets_the_choice_confirmed(browser, serve):
    """P3: the same choice, with its own id and time."""
    events: list[Any] = []
    app = make_app(LAST)
    wire = Wire(app)
    wire.down = True
    site = serve(wire)
    browser.get(site.url)
    browser.click("Reject all")
    browser.until(lambda: site.requests("/consent/choice"))
    written = browser.consent_cookie
    on_the_next_page(browser, site)
    browser.until(lambda: wire.refused.count("/consent/choice") == 2)
    wire.down = False

    def note_event(sender: Any, event: Any) -> None:
        events.append(event)

    with choice_made.connected_to(note_event, app):
        on_the_next_page(browser, site)
        cookie = confirmed(browser)
    assert cookie["value"].split(".")[1:4] == written.split(".")[1:4]
    assert [e.choice.id for e in events] == [written.split(".")[4]]
    on_the_next_page(browser, site)
    assert len(site.requests("/consent/choice")) == 3


def test_of_two_quick_choices_the_later_one_wins(browser, serve):
    """H1: also when the answer to the first comes after the second was made; and nobody hears
    of anything but the two."""
    head = (
        "<script>window.ran = []; addEventListener('consent:change',"
        " () => ran.push(cookieConsent.allows('ads')))</script>"
    )
    wire = Wire(make_app(head=head))
    wire.open.clear()
    site = serve(wire)
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: site.requests("/consent/choice"))
    browser.js("cookieConsent.reject()")
    assert browser.consent_cookie.startswith("1r0.")
    wire.open.set()
    browser.until(lambda: confirmed(browser)["value"].startswith("1rc."))
    round_trip(browser)
    assert confirmed(browser)["value"].startswith("1rc.")
    assert not browser.allows("ads")
    assert browser.ran == [True, False]


def test_an_older_answer_that_comes_last_does_not_outweigh_the_newest(browser, serve):
    """Nor what the server said to the newest, which refuses what no script knows of."""

    class Quiet:
        def refuses(self, environ: dict[str, Any]) -> bool:
            return True

    app = make_app(signals=[Quiet()])
    first = threading.Event()

    def late(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/consent/choice" and len(site.requests("/consent/choice")) == 1:
            first.wait(20)
        return app(environ, start_response)

    site = serve(late)
    browser.get(site.url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    browser.js("cookieConsent.reject()")
    browser.until(lambda: site.requests("/consent/choice"))
    browser.js("cookieConsent.accept()")
    browser.until(lambda: confirmed(browser)["value"].startswith("1ac."))
    first.set()
    browser.until(lambda: len(site.requests("/consent/choice")) == 3, "it is not asked again")
    browser.until(lambda: browser.js("!cookieConsent.allows('ads')"), "the server's word is lost")
    browser.until(lambda: confirmed(browser)["value"].startswith("1ac."))
    assert browser.allows("video")


def test_the_later_choice_wins_even_if_the_visitor_leaves_at_once(browser, serve):
    """H1: the answer to the first choice must not undo the second, whose page is gone."""
    wire = Wire(make_app(gated("ads", note("ads")) + LAST))
    wire.open.clear()
    site = serve(wire)
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: site.requests("/consent/choice"))
    browser.js("cookieConsent.reject()")
    browser.get("about:blank")
    wire.open.set()
    on_the_next_page(browser, site)
    confirmed(browser)
    on_the_next_page(browser, site)
    assert browser.consent_cookie.startswith("1rc.")
    assert browser.ran == ["last"]


@pytest.mark.parametrize(("age", "asks"), [(LIFE - 3600, False), (LIFE + 3600, True)])
@pytest.mark.parametrize("answers", [ACCEPTED, REFUSED])
def test_a_choice_of_either_kind_lives_six_months(browser, serve, answers, age, asks):
    """W3: a refusal is kept as long as an acceptance, then the banner asks again."""
    site = serve(make_app(gated("ads", note("ads")) + LAST))
    old = choice(policy(), **answers, time_=int(time.time()) - age)
    browser.set_cookie("consent", old.encode(), site.url)
    on_the_next_page(browser, site)
    browser.until(lambda: browser.banner is asks)
    granted = answers is ACCEPTED and not asks
    assert browser.allows("ads") is granted
    assert browser.ran == (["ads", "last"] if granted else ["last"])


def test_nothing_renews_a_choice_silently(browser, serve):
    """W3: life counts from the choice; a late confirmation gets what remains of it."""
    made = int(time.time()) - 100 * 86400
    site = serve(make_app(LAST))
    old = choice(policy(), **ACCEPTED, time_=made, state="2")
    browser.set_cookie("consent", old.encode(), site.url)
    on_the_next_page(browser, site)
    cookie = confirmed(browser)
    assert abs(cookie["expires"] - made - LIFE) < 60
    before = len(site.requests("/consent/choice"))
    on_the_next_page(browser, site)
    assert browser.cookies["consent"] == cookie
    assert len(site.requests("/consent/choice")) == before == 1


def test_a_first_visit_without_a_choice_sends_nothing(browser, serve):
    """B1."""
    site = serve(make_app(LAST))
    asked_for(browser)
    on_the_next_page(browser, site, "/")
    paths = [s.path for s in site.log]
    assert paths[0] == "/"
    assert paths[1].startswith("/consent/banner-")
    assert paths[2:] == ["/consent/policy.json"], "nothing but the test's own round trip"


def test_a_browser_can_be_put_into_any_state_by_the_test_kit(browser, serve):
    """The cookie of ``flask_cookie_consent.testing`` is what Selenium takes as it is."""
    site = serve(make_app())
    browser.get(site.url)
    browser.driver.add_cookie(consent_cookie(policy(), ["ads"]))
    browser.reload()
    browser.until(lambda: browser.js("!!window.cookieConsent && cookieConsent.given"))
    assert browser.allows("ads")
    assert not browser.allows("insight")
    assert not browser.banner
