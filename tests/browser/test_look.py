"""``flask consent look``: what a site's owner reads of the banner in a real page."""

from __future__ import annotations

import json
import re
import sys

from flask import Flask

from tests.cli import run
from tests.site import make_app

PAGE = "<main>Text</main>"
#: What a careless style sheet does.
CARELESS = (
    "<style>#fcc#fcc { color: #888 } #fcc#fcc [value=reject] { background: none; color: #000 }"
    "@media (prefers-color-scheme: dark) { #fcc#fcc { color: #eee } }</style>"
)


def look(app, *arguments):
    return run(app, "consent", "look", *arguments)


def test_a_site_that_is_well_passes_with_its_figures():
    result = look(make_app(PAGE))
    assert result.exit_code == 0, result.output
    lines = (re.split(" {2,}", line.strip()) for line in result.output.splitlines())
    rows = {name: cells for name, *cells in lines}
    assert rows["text, text"] == ["4.5:1", "6.28", "6.28", "7.89", "7.89"]  # of the preferences
    assert rows["checkbox, focus"] == ["3:1", "16.38", "16.38", "14.73", "14.73"]
    assert result.output.count("refusing and accepting: alike in 21 properties") == 2
    assert "Nothing is too faint, too small or unequal." in result.output


def test_what_is_wrong_is_said_once_with_where_it_is_and_ends_with_status_1(serve):
    site = serve(make_app(PAGE, head=CARELESS))
    result = look(make_app(), site.url)
    assert result.exit_code == 1
    said = result.output.splitlines()
    fault = "layer: heading, text: #888888 on #ffffff is 3.54:1, needs 4.5:1"
    assert f"light 360, light 1280: {fault}" in said
    assert any("refusing is weaker than accepting, backgroundColor" in line for line in said)
    assert any(line.split()[:3] == ["heading,", "text", "4.5:1"] for line in said)
    assert "3.54 !" in result.output


def test_programs_read_all_figures(serve):
    result = look(make_app(PAGE, head=CARELESS), "--json", "--path", "other")
    report = json.loads(result.output)
    assert result.exit_code == 1
    assert report["url"].endswith("/other")
    assert list(report["views"]) == ["light 360", "light 1280", "dark 360", "dark 1280"]
    view = report["views"]["dark 360"]
    assert (view["scheme"], view["width"], view["height"]) == ("dark", 360, 640)
    assert view["layer"]["covered"] <= 1 / 3
    assert view["dialog"]["compared"]
    assert set(report["views"]) == {v for views in report["faults"].values() for v in views}


def test_a_site_without_a_first_layer_has_its_preferences_measured():
    result = look(make_app(PAGE, first_layer=False))
    assert result.exit_code == 0, result.output
    assert "First layer: not to be seen" in result.output
    assert "checkbox, target" in result.output


def test_a_page_without_a_banner_is_said(serve, monkeypatch):
    monkeypatch.setattr(
        "flask_cookie_consent.commands.measure.measure.__kwdefaults__", {"timeout": 2}
    )
    site = serve(Flask("empty"))
    result = look(make_app(), f"{site.url}/")
    assert result.exit_code == 1
    assert "no script of the banner ran within 2 seconds; the page needs" in result.output


def test_a_page_that_does_not_open_is_said(serve):
    site = serve(make_app())
    site.close()
    result = look(make_app(), site.url)
    assert result.exit_code == 1
    assert f"Error: {site.url} (light 360):" in result.output
    assert "net::ERR_CONNECTION_REFUSED" in result.output


def test_what_is_no_address_is_said():
    result = look(make_app(), "www.example.org")
    assert result.exit_code == 2
    assert "write 'https://www.example.org/', or --path" in result.output


def test_a_missing_selenium_is_said_with_what_to_do(monkeypatch):
    for name in [n for n in sys.modules if n.partition(".")[0] == "selenium"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "selenium", None)
    result = look(make_app(), "http://127.0.0.1/")
    assert result.exit_code == 1
    assert "pip install 'flask-cookie-consent[look]'" in result.output


def test_a_browser_that_does_not_start_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(
        "flask_cookie_consent.commands.measure.find_browser", lambda: str(tmp_path / "x")
    )
    result = look(make_app(), "http://127.0.0.1/")
    assert result.exit_code == 1
    assert "no Chromium with a matching chromedriver could be started" in result.output
