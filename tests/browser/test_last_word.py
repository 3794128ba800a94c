"""The server's word reaches the page, where the visitor's cookie says something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, request

from flask_cookie_consent import Choice, choice_made

from ..site import ACCEPTED, REFUSED, choice, extension_of, make_app, policy
from .visitor import Visitor
from .world import Server

Serve = Callable[..., Server]

TAG = '<template data-consent="ads"><script>(window.ran ||= []).push("ads")</script></template>'


class Accounts:
    """Choices that visitors have made on other devices, by an account that a header names."""

    def __init__(self) -> None:
        self.choices: dict[str, Choice] = {}
        self.app: Flask | None = None

    def read(self, environ: dict[str, Any]) -> Choice | None:
        assert self.app is not None
        stored = self.choices.get("jane")
        return stored or extension_of(self.app).cookie_choice(environ)


def site_with(accounts: Accounts) -> Flask:
    accounts.app = make_app(TAG, source=accounts)
    return accounts.app


def remember(visitor: Visitor, url: str, **said: Any) -> None:
    visitor.set_cookie("consent", choice(policy(), **said).encode(), url)


def test_what_an_account_refuses_does_not_run_though_an_old_cookie_allows_it(
    browser: Visitor, serve: Serve
) -> None:
    accounts = Accounts()
    site = serve(site_with(accounts))
    remember(browser, site.url, **ACCEPTED)
    browser.get(site.url)
    browser.until(lambda: browser.ran == ["ads"])
    accounts.choices["jane"] = choice(policy(), **REFUSED)
    browser.get(site.url)
    assert not browser.allows("ads")
    browser.get(f"{site.url}/other")
    assert not browser.banner
    assert browser.ran == []


def test_what_an_account_allows_is_not_asked_again(browser: Visitor, serve: Serve) -> None:
    accounts = Accounts()
    accounts.choices["jane"] = choice(policy(), **ACCEPTED)
    browser.get(serve(site_with(accounts)).url)
    browser.until(lambda: browser.ran == ["ads"])
    assert not browser.banner


def test_a_choice_made_here_is_the_accounts_from_then_on(browser: Visitor, serve: Serve) -> None:
    accounts = Accounts()
    app = site_with(accounts)
    site = serve(app)

    def keep(sender: Flask, event: Any) -> None:
        assert request.method == "POST"
        accounts.choices["jane"] = event.choice

    with choice_made.connected_to(keep, app):
        browser.get(site.url)
        browser.click("Accept all")
        browser.until(lambda: accounts.choices)
        browser.get(site.url)
        browser.until(lambda: browser.ran == ["ads"])
        assert not browser.banner


def test_a_signal_that_the_server_alone_sees_stops_what_was_allowed_before(
    browser: Visitor, serve: Serve
) -> None:
    class DoNotTrack:
        def refuses(self, environ: dict[str, Any]) -> bool:
            return environ.get("HTTP_DNT") == "1"

    site = serve(make_app(TAG, signals=[DoNotTrack()]))
    remember(browser, site.url, **ACCEPTED)
    browser.cdp("Network.setExtraHTTPHeaders", headers={"DNT": "1"})
    try:
        browser.get(site.url)
        assert browser.allows("video")
        assert not browser.allows("ads")
        assert browser.ran == []
    finally:
        browser.cdp("Network.setExtraHTTPHeaders", headers={})
