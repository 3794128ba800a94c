"""The samples of the how-to pages do on the server what the pages say."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, make_response, render_template_string

from flask_cookie_consent.testing import consent_cookie
from tests.cli import run as command
from tests.docs.samples import TOP, samples
from tests.docs.samples import run as run_samples
from tests.site import make_app

DOCS = TOP / "docs"
PAGES = ["start", *(f"howto/{file.stem}" for file in sorted((DOCS / "howto").glob("*.md")))]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, Any]]:
    """A function that runs the samples of a page in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    return lambda page: run_samples(samples(f"docs/{page}.md"), tmp_path)


def visitor(app: Flask, policy: Any, allow: Any = None) -> Any:
    client = app.test_client()
    if allow is not None:
        cookie = consent_cookie(policy, allow)
        client.set_cookie(cookie["name"], cookie["value"])
    return client


def test_the_index_lists_every_page() -> None:
    index = (DOCS / "howto/index.md").read_text("utf-8")
    assert [p for p in PAGES if p != "howto/index" and f"{Path(p).name}.md)" not in index] == []


def test_start_a_view_goes_by_the_choice(run: Any) -> None:
    module = run("start")
    app, policy = module["app"], module["policy"]
    assert visitor(app, policy).get("/report").text == "Without your visits"
    assert visitor(app, policy, ["statistics"]).get("/report").text == "With your visits"
    assert "/consent/policy" in visitor(app, policy).get("/").text
    assert visitor(app, policy).get("/consent/policy").status_code == 200


def test_caching_public_pages_stay_public_and_others_do_not(run: Any) -> None:
    module = run("howto/caching")
    app, policy = module["app"], module["policy"]
    pages = [visitor(app, policy, allow).get("/") for allow in (None, "nothing", "everything")]
    assert len({page.data for page in pages}) == 1
    assert {page.headers["Cache-Control"] for page in pages} == {"public, max-age=300"}
    assert "Vary" not in pages[0].headers
    report = visitor(app, policy).get("/report")
    assert report.headers["Cache-Control"] == "private"
    assert report.headers["Vary"] == "Cookie"


def test_caching_a_hit_shows_no_visitor_what_is_for_another(run: Any) -> None:
    module = run("howto/caching")
    app, policy = module["app"], module["policy"]
    answers = [
        visitor(app, policy, allow).get("/figures").text
        for allow in ("everything", "nothing", None, "everything")
    ]
    assert answers == ["Counted", "Not counted", "Not counted", "Counted"]


def test_languages_banner_and_wording_follow_the_path(run: Any) -> None:
    module = run("howto/languages")
    for name in ("app", "plain"):
        client = module[name].test_client()
        assert "Tout refuser" in client.get("/fr/").text
        assert "Alle ablehnen" in client.get("/de_AT/").text
    assert "Alle ablehnen" in module["plain"].test_client().get("/de-AT/").text
    assert "Reject all" in module["plain"].test_client().get("/xx/").text
    worded = module["worded"].test_client()
    assert ">Vie privée</a>" in worded.get("/fr/").text
    assert ">Privacy</a>" in worded.get("/de/").text


def test_subdomains_share_a_choice_and_a_withdrawal(run: Any) -> None:
    module = run("howto/subdomains")
    www, shop = module["www"].test_client(), module["shop"].test_client()
    hosts = "https://www.example.org", "https://shop.example.org"
    for answer, counted in (("accept", "yes"), ("reject", "no")):
        reply = www.post("/consent/choice", data={"answer": answer}, base_url=hosts[0])
        cookie = next(c for c in reply.headers.getlist("Set-Cookie") if c.startswith("consent=1"))
        assert "Domain=example.org" in cookie
        value = cookie.partition("=")[2].partition(";")[0]
        shop.set_cookie("consent", value, domain="example.org", origin_only=False)
        assert shop.get("/counted", base_url=hosts[1]).text == counted


def test_records_a_choice_is_listed_and_sealed(run: Any, tmp_path: Path) -> None:
    app = run("howto/records")["app"]
    app.test_client().post("/consent/choice", data={"answer": "accept"})
    shown = ["consent", "records", "list", "--since", "2026-03-01"]
    # On a busy machine the record comes after the answer: making the tables takes its time.
    end = time.monotonic() + 30
    while "accept" not in command(app, *shown).output:
        assert time.monotonic() < end, "the choice was not kept"
    [sealing] = [s.code for s in samples("docs/howto/records.md") if s.language == "sh"]
    for line in [*sealing.splitlines(), "flask consent records status"]:
        result = command(app, *line.split()[1:])
        assert result.exit_code == 0, result.output
    assert (tmp_path / "instance" / "consent-records.pem").exists()


def test_moving_the_old_cookie_goes_and_its_consent_does_not_count(run: Any) -> None:
    app = run("howto/moving")["app"]
    client = app.test_client()
    client.set_cookie("cc_cookie", "%7B%22categories%22%3A%5B%22analytics%22%5D%7D")
    client.set_cookie("theirs", "1")
    page = client.get("/flask-consent")
    assert "<p>Counted" not in page.text
    assert [c.partition("=")[0] for c in page.headers.getlist("Set-Cookie")] == ["cc_cookie"]
    assert client.get_cookie("cc_cookie") is None
    assert client.get("/figures").status_code == 403


def test_moving_a_view_goes_by_the_new_choice(run: Any) -> None:
    module = run("howto/moving")
    client = visitor(module["app"], module["policy"], ["analytics"])
    assert "<p>Counted" in client.get("/flask-consent").text
    assert client.get("/figures").text == "1 granted"


def test_dash_a_callback_goes_by_the_choice(run: Any) -> None:
    module = run("howto/dash")
    server, policy = module["app"].server, module["policy"]
    assert visitor(server, policy).get("/callback").text == "Nobody counts"
    counted = visitor(server, policy, ["insight"]).get("/callback")
    assert counted.text == "Your visits are counted"
    assert counted.headers["Vary"] == "Cookie"


# -- The test file of "Test your own site" ------------------------------------------------------


@pytest.mark.parametrize(
    ("site", "failing"),
    [
        ("good", []),
        ("sets a cookie", ["test_no_page_sets_a_cookie_that_was_not_allowed"]),
        ("no link", ["test_pages_ask_and_lead_to_the_preferences"]),
        ("reads consent", ["test_public_pages_stay_public"]),
    ],
)
def test_tests_find_what_is_wrong(run: Any, tmp_path: Path, site: str, failing: list[str]) -> None:
    module = run("howto/tests")
    app, client = own_site(site)
    found = []
    for name in sorted(name for name in module if name.startswith("test_")):
        test = module[name]
        arguments = {"app": app, "consent_client": client}
        wanted = test.__code__.co_varnames[: test.__code__.co_argcount]
        if "driver" in wanted:
            continue  # tests/browser/test_howto.py
        try:
            for allow in (None, "nothing", ["statistics"], "everything"):
                values = arguments | {"allow": allow}
                test(**{name: values[name] for name in wanted})
        except AssertionError:
            found.append(name)
    assert found == failing


def own_site(what: str) -> tuple[Flask, Callable[..., Any]]:
    """A site with one thing wrong, and what stands for the fixture ``consent_client``."""
    app = make_app()
    policy = app.extensions["cookie_consent"].policy
    if what == "sets a cookie":

        @app.get("/shop")
        def shop() -> Any:
            response = make_response("shop")
            response.set_cookie("unknown", "1")
            return response

    body = "{{ consent_banner() }}<footer>{{ consent_link() }}</footer>"
    if what == "no link":
        body = "{{ consent_banner() }}<footer></footer>"
    if what == "reads consent":
        body += "{{ consent.given }}"
    app.view_functions["index"] = lambda: render_template_string(body)
    return app, lambda allow=None: visitor(app, policy, allow)
