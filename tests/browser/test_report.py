"""The report of all choices, as somebody reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from flask_cookie_consent.records import schema
from flask_cookie_consent.records.log.totals import Kind, add
from flask_cookie_consent.records.report.report import make_report
from tests.browser.test_accessibility import findings
from tests.browser.visitor import Visitor
from tests.browser.world import Server


@pytest.fixture(scope="module")
def report() -> str:
    engine = sa.create_engine("sqlite://")
    schema.metadata.create_all(engine)
    counted: Counter[Kind] = Counter()
    for day in range(20_000, 20_060):
        for language, number in (("de", 60), ("fr", 20)):
            for method, answer in (("accept", "yes"), ("reject", "no"), ("gpc", "some")):
                kind = Kind(day, language * 8, language, "opt-in", method, "", "")
                counted[kind] = counted[kind._replace(category="marketing", answer=answer)] = number
    with engine.begin() as connection:
        connection.execute(sa.insert(schema.log).values(id=1, size=0))
        add(connection, counted)
        return make_report(connection, title="Example City")


@pytest.fixture
def site(serve: Callable[..., Server], report: str) -> Server:
    app = Flask("reader")

    @app.get("/")
    def page() -> Any:
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        return report, {"Content-Security-Policy": policy}

    return serve(app)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_in_the_report(
    browser: Visitor, site: Server, scheme: str, width: int
) -> None:
    browser.window(width, 800)
    browser.media(prefers_color_scheme=scheme)
    browser.get(site.url)
    browser.js("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    assert findings(browser) == []
    assert browser.js("document.documentElement.scrollWidth <= innerWidth")
    assert [line for line in browser.console if "favicon" not in line] == []


@pytest.mark.parametrize("width", [800, 1000, 1200])
def test_all_columns_are_seen_on_a_desktop(browser: Visitor, site: Server, width: int) -> None:
    browser.window(width, 800)
    browser.get(site.url)
    browser.js("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    wider = "[...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth)"
    assert browser.js(f"{wider}.map((e) => e.ariaLabel)") == []


def test_paper_has_the_tables(browser: Visitor, site: Server) -> None:
    browser.get(site.url)
    seen = "[...document.querySelectorAll('details table')].map((t) => t.checkVisibility())"
    assert True not in browser.js(seen)
    browser.cdp("Emulation.setEmulatedMedia", media="print")
    try:
        assert False not in browser.js(seen)
    finally:
        browser.cdp("Emulation.setEmulatedMedia", media="")
