"""The harness itself: a test that is glad to see nothing must have been able to see something."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, make_response

from .visitor import Visitor
from .world import Server, ThirdParty

Serve = Callable[..., Server]


def _site(head: str = "") -> Flask:
    app = Flask("harness")

    @app.get("/")
    def index() -> Response:
        answer = make_response(
            f'<!doctype html><title>Site</title><link rel="icon" href="data:,">{head}<p>Text</p>'
        )
        answer.set_cookie("open", "1")
        answer.set_cookie("closed", "1", httponly=True)
        return answer

    return app


def test_cookies_that_no_script_sees_are_seen(browser: Visitor, serve: Serve) -> None:
    browser.get(serve(_site()).url)
    assert browser.js("document.cookie") == "open=1"
    assert browser.cookies["closed"]["httpOnly"]


def test_requests_and_cookies_of_a_third_party_are_seen(
    browser: Visitor, serve: Serve, third_party: ThirdParty
) -> None:
    site = serve(_site(f'<script src="{third_party.url}/tracker.js?id=1"></script>'))
    browser.get(site.url)
    assert browser.ran == ["tracker"]
    assert [(seen.path, seen.query) for seen in third_party.log] == [("/tracker.js", "id=1")]
    assert browser.cookies["third"]["value"] == "tracker"
    assert [seen.method for seen in site.requests("/")] == ["GET"]


def test_a_third_party_hangs_until_it_is_released_and_fails_when_told_to(
    browser: Visitor, serve: Serve, third_party: ThirdParty
) -> None:
    browser.get(serve(_site()).url)
    for path in ("slow.js?hang", "missing.js?gone", "broken.js?throw", "fast.js"):
        browser.driver.execute_script(
            "document.head.append(Object.assign(document.createElement('script'),"
            " {src: arguments[0]}))",
            f"{third_party.url}/{path}",
        )
    browser.until(lambda: {"broken", "fast"} <= set(browser.ran))
    browser.until(lambda: third_party.server.requests("/slow.js"))
    assert "slow" not in browser.ran
    third_party.release()
    browser.until(lambda: "slow" in browser.ran)
    assert "missing" not in browser.ran
    assert any("thrown by a third party" in message for message in browser.console)


def test_nothing_is_left_from_one_visitor_to_the_next(
    browser: Visitor, newcomer: Callable[[], Visitor], serve: Serve
) -> None:
    site = serve(_site("<script>window.hasScripts = true</script>"))
    browser.get(site.url)
    browser.driver.execute_script("localStorage.mess = sessionStorage.mess = 1")
    browser.on_new_page("window.mess = true")
    browser.media(prefers_color_scheme="dark")
    browser.window(320, 640)
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.cdp("Network.emulateNetworkConditions", **offline)
    browser.cdp("Emulation.setCPUThrottlingRate", rate=4)
    browser.scripts(False)
    assert "open" in browser.cookies
    browser.driver.switch_to.new_window("tab")

    next_one = newcomer()
    assert next_one.all_cookies == []
    assert len(next_one.driver.window_handles) == 1
    next_one.get(site.url)
    assert next_one.js("[localStorage.mess, sessionStorage.mess, window.mess]") == [None] * 3
    assert next_one.js("window.hasScripts")
    assert next_one.js("[innerWidth, innerHeight]") == [1280, 800]
    assert not next_one.js("matchMedia('(prefers-color-scheme: dark)').matches")
