"""On https the consent cookie is ``Secure``, whoever writes it (H1)."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.site import make_app, policy

from .signs import confirmed


@pytest.fixture
def reports() -> threading.Event:
    """Choices are answered only once this is set."""
    return threading.Event()


@pytest.fixture
def policy_options() -> dict[str, Any]:
    """What a test's policy has beside the usual."""
    return {}


@pytest.fixture
def secure_url(serve, tls, reports: threading.Event, policy_options: dict[str, Any]) -> str:
    """The address of a site with https."""
    site = make_app(policy_=policy(**policy_options))

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["REQUEST_METHOD"] == "POST":
            reports.wait(20)
        return site(environ, start_response)

    return serve(app, tls=tls).url


def test_the_consent_cookie_is_secure_on_https(browser, secure_url, reports):
    """H1: written by the script at the click, and set by the server after it."""
    browser.cdp("Security.setIgnoreCertificateErrors", ignore=True)
    try:
        browser.get(secure_url)
        browser.click("Accept all")
        browser.until(lambda: browser.consent_cookie)
        written = browser.cookies["consent"]
        assert written["value"].startswith("1a0.")
        assert written["secure"]
        reports.set()
        kept = confirmed(browser)
        assert kept["secure"]
        assert (kept["path"], kept["sameSite"]) == ("/", "Lax")
    finally:
        browser.cdp("Security.setIgnoreCertificateErrors", ignore=False)


@pytest.mark.parametrize("policy_options", [{"cookie_name": "__Host-consent"}])
def test_a_cookie_with_the_host_prefix_is_kept_on_https(browser, secure_url, reports):
    """A browser takes it only with what it asks of one; the script and the server both do."""
    browser.cdp("Security.setIgnoreCertificateErrors", ignore=True)
    try:
        browser.get(secure_url)
        browser.click("Accept all")
        browser.until(lambda: "__Host-consent" in browser.cookies)
        reports.set()
        browser.until(lambda: browser.cookies["__Host-consent"]["value"].startswith("1ac."))
        browser.get(secure_url)
        assert "consent" not in browser.cookies
        browser.until(lambda: browser.js("window.cookieConsent?.given"))
        assert browser.js("document.getElementById('fcc').hidden")
    finally:
        browser.cdp("Security.setIgnoreCertificateErrors", ignore=False)
