"""Under strict Content-Security-Policies nothing of ours is reported (H5).

All responses of the site carry the policy, our own pages and files included.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, g

from tests.site import extension_of, make_app

from .signs import confirmed, gated, note

LISTEN = (
    "window.violations = []; addEventListener('securitypolicyviolation', (e) =>"
    " violations.push(`${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile} ${e.sample}`))"
)
TRUSTED_TYPES = "; require-trusted-types-for 'script'"

#: What the gated snippet runs, and the tables of the policy in a page of the site's own.
INLINE = "(window.ran ||= []).push('inline')"
TABLES = "{% if request.path == '/other' %}{{ consent_policy() }}{% endif %}"


def with_nonce(third_party: str) -> tuple[Flask, Callable[[], str]]:
    nonce = 'nonce="{{ g.nonce }}"'
    app = make_app(
        gated(
            "ads",
            f'<script {nonce} src="{third_party}/vendor.js"></script>',
            f"<script {nonce}>{INLINE}</script>",
        )
        + gated("session", note("last", attributes=nonce))
        + TABLES,
        nonce=lambda: g.nonce,
    )
    return (
        app,
        lambda: f"default-src 'self'; script-src 'nonce-{g.nonce}'; style-src 'nonce-{g.nonce}'",
    )


def with_hashes(third_party: str) -> tuple[Flask, Callable[[], str]]:
    last = "(window.ran ||= []).push('last')"
    app = make_app(
        gated(
            "ads",
            f'<script src="{third_party}/vendor.js"></script>',
            f"<script>{INLINE}</script>",
        )
        + gated("session", f"<script>{last}</script>")
        + TABLES,
        integrity=True,
    )
    hashes = extension_of(app).csp_hashes
    scripts = " ".join([*hashes["script-src"], third_party, sha256(INLINE), sha256(last)])
    styles = " ".join(hashes["style-src"])
    return app, lambda: f"default-src 'self'; script-src {scripts}; style-src {styles}"


def with_self_alone(third_party: str) -> tuple[Flask, Callable[[], str]]:
    app = make_app(
        gated("ads", '<script src="/vendor.js"></script><script src="/inline.js"></script>')
        + gated("session", '<script src="/last.js"></script>')
        + TABLES,
        inline=False,
    )
    add_own_scripts(app)
    return app, lambda: "default-src 'self'"


def add_own_scripts(app: Flask) -> None:
    """Adds ``/NAME.js``, which notes its name."""
    app.add_url_rule(
        "/<name>.js",
        "own",
        lambda name: (
            f"(window.ran ||= []).push('{name}')",
            {"Content-Type": "text/javascript"},
        ),
    )


def sha256(code: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"


def guard(app: Flask, policy: Callable[[], str]) -> Flask:
    """``app`` with the Content-Security-Policy on all that it answers."""

    @app.before_request
    def make_nonce() -> None:
        g.nonce = secrets.token_urlsafe(12)

    @app.after_request
    def add_policy(response: Any) -> Any:
        # The icon of the test's pages is a data: address.
        response.headers["Content-Security-Policy"] = f"{policy()}; img-src 'self' data:"
        return response

    return app


@pytest.fixture
def listening(browser):
    """A browser that keeps a list of violations in each page."""
    identifier = browser.on_new_page(LISTEN)
    yield browser
    browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=identifier)


def assert_nothing_reported(browser) -> None:
    assert browser.js("window.violations") == []
    words = (
        "Content Security Policy",
        "Content-Security-Policy",
        "Trusted",
        "Refused",
        "integrity",
    )
    assert [line for line in browser.console if any(word in line for word in words)] == []


FORMS = [with_nonce, with_hashes, with_self_alone]


@pytest.fixture(params=FORMS)
def site(request, serve, third_party):
    app, policy = request.param(third_party.url)
    return serve(guard(app, lambda: policy() + TRUSTED_TYPES))


def test_the_page_the_dialog_and_the_gated_markup_work(listening, site):
    """H5, B2, W2: the banner appears in its style, accepting releases, the dialog opens and saves,
    what was withdrawn is cleared, and a reload is offered."""
    browser = listening
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    assert browser.js("getComputedStyle(document.querySelector('#fcc')).position") == "fixed"
    browser.until(lambda: "last" in browser.ran)
    assert browser.ran == ["last"]
    browser.click("Accept all")
    browser.until(lambda: browser.ran == ["last", "vendor", "inline"])
    assert not browser.banner
    confirmed(browser)
    browser.set_cookie("_ad_1", "hidden", site.url, httpOnly=True)
    browser.js("document.cookie = '_ad_2=seen'")
    browser.click("Cookie settings")
    browser.until(lambda: browser.dialog)
    assert browser.box("#fcc-dialog button")["width"] >= 44
    assert (
        browser.js("getComputedStyle(document.querySelector('#fcc-dialog .fcc-b')).display")
        == "flex"
    )
    browser.click("Advertising", "#fcc-dialog")
    browser.click("Save my choice")
    browser.until(lambda: not browser.dialog)
    assert not browser.allows("ads")
    assert browser.allows("insight")
    browser.until(lambda: browser.find("#fcc-reload button"))
    assert browser.js("getComputedStyle(document.querySelector('#fcc-reload')).position") == "fixed"
    assert not {"_ad_1", "_ad_2"} & set(browser.cookies)
    assert_nothing_reported(browser)


def test_the_first_layer_leads_to_the_dialog_and_back(listening, site):
    """H5, A2: also as the first thing that a visitor does."""
    browser = listening
    browser.get(site.url)
    browser.click("Customise")
    browser.until(lambda: browser.dialog)
    browser.press("escape")
    browser.until(lambda: not browser.dialog)
    browser.until(lambda: browser.focused == "Customise")
    assert_nothing_reported(browser)


def test_our_own_pages_keep_their_style_and_their_forms(listening, site):
    """H5: preferences, policy, and the tables in a page of the site's own."""
    browser = listening
    for path in ("/consent/policy", "/consent/preferences", "/other"):
        browser.get(site.url + path)
        assert (
            browser.js("getComputedStyle(document.querySelector('#fcc-content')).fontSize")
            == "16px"
        )
        if path != "/consent/preferences":
            table = "getComputedStyle(document.querySelector('#fcc-content table')).borderCollapse"
            assert browser.js(table) == "collapse"
        assert_nothing_reported(browser)
    browser.get(f"{site.url}/consent/preferences")
    browser.click("Accept all")
    confirmed(browser)
    browser.until(lambda: browser.js("location.pathname") == "/")
    browser.until(lambda: "inline" in browser.ran)
    assert not browser.banner
    assert_nothing_reported(browser)


@pytest.mark.parametrize("form", FORMS)
def test_a_policy_without_trusted_types_is_kept_as_well(listening, serve, third_party, form):
    """H5."""
    browser = listening
    site = serve(guard(*form(third_party.url)))
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: "inline" in browser.ran)
    browser.click("Cookie settings")
    browser.until(lambda: browser.dialog)
    browser.click("Save my choice")
    browser.until(lambda: not browser.dialog)
    assert_nothing_reported(browser)


@pytest.mark.parametrize("form", [with_nonce, with_self_alone])
def test_without_scripts_the_style_sheet_is_allowed_too(browser, serve, third_party, form):
    """H5, B7: (a policy of hashes alone has no form for style sheets of a file)."""
    app, policy = form(third_party.url)
    site = serve(guard(app, lambda: policy() + TRUSTED_TYPES))
    browser.scripts(False)
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    browser.click("Reject all")
    browser.until(lambda: browser.consent_cookie)
    browser.until(lambda: not browser.banner)


def test_the_script_tag_alone_needs_no_more_than_self(listening, serve):
    """H5: on a page of plain HTML."""
    browser = listening
    app = make_app()
    add_own_scripts(app)
    app.add_url_rule(
        "/static.html",
        "plain",
        lambda: (
            '<!doctype html><title>Plain</title><link rel="icon" href="data:,">'
            '<script src="/consent/banner.js" defer></script><h1>Plain</h1>'
            + gated("ads", '<script src="/vendor.js"></script>')
        ),
    )
    site = serve(guard(app, lambda: "default-src 'self'" + TRUSTED_TYPES))
    browser.get(f"{site.url}/static.html")
    browser.until(lambda: browser.banner)
    assert browser.js("getComputedStyle(document.querySelector('#fcc')).position") == "fixed"
    browser.click("Customise")
    browser.until(lambda: browser.dialog)
    browser.click("Advertising", "#fcc-dialog")
    browser.click("Save my choice")
    browser.until(lambda: "vendor" in browser.ran)
    assert_nothing_reported(browser)


# -- 'strict-dynamic' -------------------------------------------------------------------------

SLIPPED_IN = {
    "src": '<script type="text/plain" data-consent="session" src="/evil.js"></script>',
    "inline": '<script type="text/plain" data-consent="session">ran.push("evil")</script>',
    "template": '<template data-consent="session"><script src="/evil.js"></script></template>',
    "inline in a template": (
        '<template data-consent="session"><script>ran.push("evil")</script></template>'
    ),
    "another nonce": (
        '<template data-consent="session"><script nonce="x">ran.push("evil")</script></template>'
    ),
}


@pytest.mark.parametrize("markup", SLIPPED_IN.values(), ids=SLIPPED_IN)
def test_gated_markup_is_no_way_around_a_policy_with_strict_dynamic(browser, serve, markup):
    """H5: what somebody has slipped into the page has not its nonce."""
    nonce = 'nonce="{{ g.nonce }}"'
    app = make_app(
        f"<script {nonce}>window.ran = []</script>{markup}"
        + gated("session", note("last", attributes=nonce)),
        nonce=lambda: g.nonce,
        strict_dynamic=True,
    )
    app.add_url_rule(
        "/evil.js", view_func=lambda: ("ran.push('evil')", {"Content-Type": "text/javascript"})
    )
    guarded = guard(
        app, lambda: f"script-src 'nonce-{g.nonce}' 'strict-dynamic'; style-src 'nonce-{g.nonce}'"
    )
    browser.get(serve(guarded).url)
    browser.until(lambda: "last" in browser.ran)
    browser.click("Accept all")
    confirmed(browser)
    assert browser.ran == ["last"]
