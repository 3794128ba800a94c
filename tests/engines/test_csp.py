"""Each form of a strict Content-Security-Policy in each engine: everything works, and nothing of
ours is reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, request

from tests.browser.signs import confirmed, gated
from tests.browser.test_csp import FORMS, TRUSTED_TYPES, add_own_scripts, guard
from tests.site import make_app


class Reported(list[str]):
    """What browsers reported to a site: which directive kept what out."""

    def listen(self, app: Flask, policy: Callable[[], str]) -> Flask:
        """``app`` under ``policy``, with Trusted Types, which tells us of violations."""
        app.add_url_rule("/reports", "reports", self._take, methods=["POST"])
        return guard(app, lambda: f"{policy()}{TRUSTED_TYPES}; report-uri /reports")

    def _take(self) -> str:
        report = json.loads(request.get_data())["csp-report"]
        self.append(f"{report['violated-directive'].split()[0]} {report['blocked-uri']}")
        return ""

    def assert_nothing(self, visitor: Any) -> None:
        """Breaks the policy, and asserts that nothing was reported but that."""
        ours = "img-src http://elsewhere.invalid"
        visitor.js("void (new Image().src = 'http://elsewhere.invalid/image')")
        visitor.until(lambda: any(r.startswith(ours) for r in self), "the browser reports nothing")
        assert [r for r in self if not r.startswith(ours)] == []


def position(visitor: Any, selector: str) -> str:
    """``fixed`` once our style sheet holds."""
    script = "getComputedStyle(document.querySelector(arguments[0])).position"
    return str(visitor.js(script, selector))


@pytest.mark.parametrize("form", FORMS)
def test_everything_works_and_nothing_is_reported(visitor, serve, third_party, form):
    reported = Reported()
    site = serve(reported.listen(*form(third_party.url)))
    visitor.get(site.url)
    visitor.until(lambda: visitor.ran == ["last"])
    assert visitor.banner
    assert position(visitor, "#fcc") == "fixed"
    visitor.click("Accept all")
    visitor.until(lambda: visitor.ran == ["last", "vendor", "inline"])
    confirmed(visitor)
    visitor.js("(document.cookie = '_ad_1=1')")
    visitor.click("Cookie settings", "footer")
    visitor.until(lambda: visitor.dialog)
    assert (
        visitor.js("getComputedStyle(document.querySelector('#fcc-dialog .fcc-b')).display")
        == "flex"
    )
    visitor.click("Advertising", "#fcc-dialog")
    visitor.click("Save my choice", "#fcc-dialog")
    visitor.until(lambda: not visitor.dialog)
    assert not visitor.allows("ads")
    visitor.until(lambda: visitor.sees("#fcc-reload"))
    assert position(visitor, "#fcc-reload") == "fixed"
    visitor.until(lambda: "_ad_1" not in visitor.cookies)
    reported.assert_nothing(visitor)


def test_the_script_tag_alone_needs_no_more_than_self(visitor, serve):
    app = make_app()
    add_own_scripts(app)
    page = (
        '<!doctype html><title>Plain</title><link rel="icon" href="data:,">'
        '<script src="/consent/banner.js" defer></script><h1>Plain</h1>'
        + gated("ads", '<script src="/vendor.js"></script>')
    )
    app.add_url_rule("/plain", "plain", lambda: page)
    reported = Reported()
    site = serve(reported.listen(app, lambda: "default-src 'self'"))
    visitor.get(f"{site.url}/plain")
    visitor.until(lambda: visitor.banner)
    assert position(visitor, "#fcc") == "fixed"
    visitor.click("Customise")
    visitor.until(lambda: visitor.dialog)
    visitor.click("Advertising", "#fcc-dialog")
    visitor.click("Save my choice", "#fcc-dialog")
    visitor.until(lambda: visitor.ran == ["vendor"])
    confirmed(visitor)
    reported.assert_nothing(visitor)
