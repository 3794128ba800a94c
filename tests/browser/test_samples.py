"""The samples of the documentation, in a browser: they load, and gated ones wait."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string

from flask_cookie_consent import CookieConsent
from tests.docs.example import policy as example
from tests.docs.samples import PAGES, Sample, elsewhere, run, samples

from .signs import round_trip

#: Elements that wait for consent. (The banner's own inert script has no data.)
WAITING = """[...document.querySelectorAll("template[data-consent],script[type='text/plain']")]
    .filter((e) => Object.keys(e.dataset).length && !e.released)"""
#: What they will load.
LATER = f"""{WAITING}.flatMap((e) => [e, ...(e.content ?? e).querySelectorAll("[src]")])
    .map((e) => e.src || e.dataset.src).filter(Boolean)"""

#: Pages whose scripts need more than a stand-in for their vendor: test_howto.py has it.
OTHERWISE = {f"docs/howto/{name}.md" for name in ("embed", "htmx", "tags", "turbo")}


def of(*languages: str) -> list[Any]:
    """The samples of some languages that are no files, as parameters that name their place."""
    return [
        pytest.param(page, number, id=sample.place)
        for page in PAGES
        for number, sample in enumerate(samples(page))
        if sample.language in languages and not (sample.file or sample.hidden)
    ]


@pytest.fixture
def laid_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, third_party: Any
) -> Callable[..., Any]:
    """A function that runs the Python of a page, and gives its names and all samples."""
    monkeypatch.chdir(tmp_path)

    def run_page(page: str) -> tuple[dict[str, Any], list[Sample]]:
        found = elsewhere(page, third_party.url)
        return run(found, tmp_path), found

    return run_page


def site(names: dict[str, Any], found: list[Sample], body: str) -> Flask:
    """A site with the page's policy and ``body``, under what the page's hidden HTML prepares."""
    app = Flask("site")
    app.register_blueprint(CookieConsent(names.get("policy", example)))
    head = "".join(s.code for s in found if s.hidden and s.language == "html")
    page = body
    if "<html" not in body:
        for name in ("consent_banner()", "consent_link()"):
            if name not in body and "banner.js" not in body:
                page = f"{{{{ {name} }}}}{page}"
        page = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sample</title>'
            f'<link rel="icon" href="data:,"></head><body>{head}{page}</body></html>'
        )
    app.add_url_rule("/", "index", lambda: render_template_string(page))
    return app


def visit(browser: Any, third_party: Any, url: str) -> None:
    """Opens a page and accepts. What waits is not asked for before, and is afterwards; the console
    stays empty."""
    browser.get(url)
    if browser.find("script[src*='/consent/']"):
        browser.until(lambda: browser.js("!!window.cookieConsent"), f"{url}: no banner.js")
        round_trip(browser)
        later = {u.removeprefix(third_party.url) for u in browser.js(LATER) if third_party.url in u}
        assert not asked(third_party), f"{url}: asked for before consent"
        if browser.js(f"{WAITING}.length"):
            if browser.banner:
                browser.click("Accept all")
            else:
                browser.js("cookieConsent.accept()")
            browser.until(
                lambda: not browser.js(f"{WAITING}.length") and later <= asked(third_party),
                f"{url}: not all is released",
            )
    assert problems(browser) == []


def asked(third_party: Any) -> set[str]:
    """The addresses that were asked of the third party, without its origin."""
    return {seen.path + (f"?{seen.query}" if seen.query else "") for seen in third_party.log}


def problems(browser: Any) -> list[str]:
    return [message for message in browser.console if "favicon.ico" not in message]


@pytest.mark.parametrize(("page", "number"), of("html", "jinja"))
def test_markup_loads_and_is_released_by_consent(
    browser: Any, serve: Any, third_party: Any, laid_out: Any, page: str, number: int
) -> None:
    names, found = laid_out(page)
    server = serve(site(names, found, found[number].code))
    visit(browser, third_party, server.url)


@pytest.mark.parametrize(
    "page", sorted({page for page in PAGES if any(s.language == "js" for s in samples(page))})
)
def test_scripts_run_one_after_another(browser: Any, serve: Any, laid_out: Any, page: str) -> None:
    names, found = laid_out(page)
    browser.get(serve(site(names, found, "")).url)
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    for sample in found:
        if sample.language == "js" and not sample.file:
            # In the page's own scope, as by a script element: later samples see its names.
            result = browser.cdp("Runtime.evaluate", expression=sample.code)
            assert "exceptionDetails" not in result, (sample.place, result["exceptionDetails"])
    assert problems(browser) == []


SITES = [
    page
    for page in PAGES
    if page not in OTHERWISE
    and any(s.language == "python" and "\napp = " in f"\n{s.code}" for s in samples(page))
]


@pytest.mark.parametrize("page", SITES)
def test_pages_of_a_sample_site_load_and_are_released_by_consent(
    browser: Any, serve: Any, third_party: Any, laid_out: Any, page: str
) -> None:
    names, _ = laid_out(page)
    app = getattr(names["app"], "server", names["app"])
    server = serve(app)
    for rule in app.url_map.iter_rules():
        if rule.arguments or "GET" not in rule.methods or rule.rule.startswith("/consent/"):
            continue
        answer = app.test_client().get(rule.rule)
        assert answer.status_code < 500, rule.rule
        if answer.status_code == 200 and answer.mimetype == "text/html":
            visit(browser, third_party, server.url + rule.rule)
            browser.cdp("Network.clearBrowserCookies")
            third_party.server.log.clear()


@pytest.mark.parametrize(("page", "number"), of("css"))
def test_style_is_understood(browser: Any, laid_out: Any, page: str, number: int) -> None:
    _, found = laid_out(page)
    browser.get("about:blank")
    rules = browser.js(
        "((code) => { const sheet = new CSSStyleSheet(); sheet.replaceSync(code);"
        " return [...sheet.cssRules].map((rule) => rule.style.length) })(arguments[0])",
        found[number].code,
    )
    assert rules
    assert all(rules), "a rule without a declaration that the browser understands"
