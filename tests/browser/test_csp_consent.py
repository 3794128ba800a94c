"""A tag that a template forgot to gate is stopped by the browser, before consent and after it."""

from __future__ import annotations

from flask import Flask, Response

from flask_cookie_consent import Service
from tests.site import make_app, policy, services

from .signs import LAST, confirmed, round_trip


def forgetful(third_party: str) -> Flask:
    """A site whose page reads consent, and has an ungated tag of a third party."""
    own = [s for s in services() if s.id != "ads"]
    ads = Service(
        "Ads", category="marketing", provider="AdCo", party="third", purpose="Advertising",
        origins=[third_party],
    )  # fmt: skip
    app = make_app(
        f'<script src="{third_party}/ungated.js"></script>{{{{ consent.given and "" }}}}{LAST}',
        policy_=policy(services=[*own, ads]),
    )

    @app.after_request
    def restrict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = "script-src 'self' 'unsafe-inline'"
        return response

    return app


def test_an_ungated_tag_runs_only_after_consent(browser, serve, third_party):
    site = serve(forgetful(third_party.url))

    def visit() -> list[str]:
        browser.get(site.url)
        browser.until(lambda: "last" in browser.ran)
        round_trip(browser)
        return browser.ran

    assert visit() == ["last"]
    assert third_party.log == []
    browser.click("Accept all")
    confirmed(browser)
    assert visit() == ["ungated", "last"]
    assert [seen.path for seen in third_party.log] == ["/ungated.js"]
    browser.js("cookieConsent.reject()")
    browser.until(lambda: not browser.allows("ads"))
    confirmed(browser)
    assert visit() == ["last"]
    assert len(third_party.log) == 1
