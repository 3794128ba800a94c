"""The samples of the how-to pages do in a browser what the pages say."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from flask import Response

from tests.docs.samples import run as run_samples
from tests.docs.samples import samples
from tests.site import make_app

from .signs import confirmed, round_trip

#: The vendors of the samples, for whom the third party of these tests stands.
VENDORS = (
    "https://insight.example",
    "https://www.googletagmanager.com",
    "https://matomo.example.org",
    "https://matomo.example",
    "https://plausible.io",
    "https://www.youtube-nocookie.com",
    "https://www.openstreetmap.org",
    "https://tile.openstreetmap.org",
    "https://unpkg.com",
)


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, third_party: Any
) -> Callable[[str], dict[str, Any]]:
    """A function that runs the samples of a page in a folder of their own."""
    monkeypatch.chdir(tmp_path)

    def run_page(page: str) -> dict[str, Any]:
        found = samples(f"docs/{page}.md")
        for vendor in VENDORS:
            found = [replace(s, code=s.code.replace(vendor, third_party.url)) for s in found]
        return run_samples(found, tmp_path)

    return run_page


def paths(third_party: Any) -> list[str]:
    return [seen.path for seen in third_party.log]


def test_start_the_tag_waits_for_the_click_and_a_refusal_clears(browser, serve, third_party, run):
    site = serve(run("start")["app"])
    browser.get(site.url)
    assert browser.banner
    round_trip(browser)
    assert third_party.log == []
    browser.click("Accept all")
    browser.until(lambda: browser.ran == ["tag"])
    confirmed(browser)
    browser.js("(document.cookie = '_ins=1')")
    browser.click("Cookie settings")
    browser.until(lambda: browser.dialog)
    browser.click("Reject all", within="#fcc-dialog")
    browser.until(lambda: "_ins" not in browser.cookies)
    browser.get(site.url)
    round_trip(browser)
    assert paths(third_party) == ["/tag.js"]


# -- Tags ---------------------------------------------------------------------------------------


def said_to_google(browser: Any) -> list[list[Any]]:
    return list(browser.js("dataLayer.map((entry) => Array.from(entry).slice(0, 3))"))


def test_google_hears_default_then_update_then_the_tag(browser, serve, third_party, run):
    """S2, B2"""
    site = serve(run("howto/tags")["app"])
    browser.get(f"{site.url}/google")
    round_trip(browser)
    assert [entry[:2] for entry in said_to_google(browser)] == [["consent", "default"]]
    assert third_party.log == []
    browser.click("Accept all")
    browser.until(lambda: "js" in browser.ran)
    said = said_to_google(browser)
    kinds = ["consent default", "consent update", "js", "config"]
    assert [" ".join(entry[:2]) if entry[0] == "consent" else entry[0] for entry in said] == kinds
    default, update = said[0][2], said[1][2]
    assert {*default.values()} == {"denied", "granted"}
    assert [name for name, value in default.items() if value == "granted"] == ["security_storage"]
    assert {*update} == {*default} - {"security_storage"}
    storage = {name: value for name, value in update.items() if "functional" not in name}
    assert storage["ad_user_data"] == storage["analytics_storage"] == "granted"
    browser.js("cookieConsent.save(['google-analytics'])")
    update = said_to_google(browser)[-1][2]
    assert (update["analytics_storage"], update["ad_storage"]) == ("granted", "denied")
    browser.get(f"{site.url}/google")
    browser.until(lambda: "js" in browser.ran)
    assert [entry[0] for entry in said_to_google(browser)] == ["consent", "consent", "js", "config"]


def test_matomo_waits_where_it_is_asked_about_and_runs_where_it_is_exempt(
    browser, serve, third_party, run
):
    module = run("howto/tags")
    asking, french = serve(module["app"]), serve(module["french"], host="localhost")
    browser.get(f"{asking.url}/matomo")
    round_trip(browser)
    assert third_party.log == []
    browser.click("Accept all")
    browser.until(lambda: browser.ran == ["matomo"])
    browser.get(f"{french.url}/matomo")
    browser.until(lambda: browser.ran == ["matomo"])
    browser.click("Reject all")
    confirmed(browser)
    browser.get(f"{french.url}/matomo")
    round_trip(browser)
    assert paths(third_party) == ["/matomo.js"] * 2


def test_plausible_waits(browser, serve, third_party, run):
    site = serve(run("howto/tags")["app"])
    browser.get(f"{site.url}/plausible")
    round_trip(browser)
    assert third_party.log == []
    browser.click("Accept all")
    browser.until(lambda: browser.ran == ["script"])
    assert browser.js("document.querySelector('[data-domain]').dataset.domain") == "example.org"


# -- Embeds -------------------------------------------------------------------------------------


def test_embeds_load_one_or_all_of_a_provider_and_scripts_in_order(
    browser, serve, third_party, run
):
    site = serve(run("howto/embed")["app"])
    browser.get(f"{site.url}/visit-us")
    round_trip(browser)
    assert third_party.log == []
    assert not browser.banner
    assert len(browser.find(".fcc-p")) == 3
    # Leaflet itself is a vendor's: what stands for it notes the order of calls.
    browser.js(
        "(window.L = {map: () => ({setView: () => ran.push('map')}),"
        " tileLayer: () => ({addTo: () => ran.push('tiles')})})"
    )
    browser.click("Always allow OpenStreetMap")
    browser.until(lambda: "tiles" in browser.ran)
    assert browser.ran == ["leaflet", "map", "tiles"]
    asked = paths(third_party)
    assert "/export/embed.html" in asked
    assert "/leaflet@1.9.4/dist/leaflet.css" in asked
    assert not [path for path in asked if path.startswith("/embed/")]
    browser.click("Load this one: A film about our town")
    browser.until(lambda: "/embed/aqz-KE-bpKQ" in paths(third_party))
    assert not browser.allows("youtube")


# -- Single-page applications -------------------------------------------------------------------


def test_spa_the_bundle_waits_and_views_are_counted_only_with_consent(
    browser, serve, third_party, run
):
    site = serve(run("howto/spa")["app"])
    browser.get(f"{site.url}/some/route")
    browser.until(lambda: browser.find("#app h1"))
    browser.until(lambda: browser.banner)
    visit = "import('/app.js').then((app) => app.pageView(arguments[0]))"
    browser.js(visit, "/one")
    assert third_party.log == []
    browser.click("Accept all")
    browser.until(lambda: browser.ran == ["tag"])
    browser.js(visit, "/two")
    assert browser.js("insight") == [["view", "/two"]]
    browser.click("Cookie settings")
    browser.until(lambda: browser.dialog)
    browser.click("Reject all", within="#fcc-dialog")
    confirmed(browser)
    browser.js(visit, "/three")
    assert browser.js("insight") == [["view", "/two"]]


def test_spa_who_subscribed_is_told_until_they_end_it(browser, serve, run):
    site = serve(run("howto/spa")["app"])
    browser.get(site.url)
    browser.until(lambda: browser.find("#app h1"))
    browser.js(
        "import('/consent.js').then(({ allows, subscribe }) => { window.heard = [];"
        " window.end = subscribe(() => heard.push(allows('insight'))) })"
    )
    browser.js("cookieConsent.accept()")
    browser.js("cookieConsent.reject()")
    browser.js("end()")
    browser.js("cookieConsent.accept()")
    assert browser.js("heard") == [True, False]


GATED = '<template data-consent="insight"><script>ran.push("ran")</script></template>'


@pytest.mark.parametrize(
    ("how", "ran"),
    [
        ("box.innerHTML = html", []),
        ("box.insertAdjacentHTML('beforeend', html)", []),
        ("box.append(document.createRange().createContextualFragment(html))", ["ran"]),
    ],
)
def test_spa_scripts_run_by_the_ways_that_browsers_run_scripts(browser, serve, run, how, ran):
    """The page says which; a mark by a frame shows that the markup was released at all."""
    site = serve(run("howto/spa")["app"])
    browser.get(site.url)
    browser.until(lambda: browser.find("#app h1"))
    browser.js("cookieConsent.accept()")
    browser.js(
        "((html) => { window.ran = []; const box = document.createElement('div');"
        f"document.body.append(box); {how} }})(arguments[0])",
        GATED.replace("</template>", "<iframe id='mark'></iframe></template>"),
    )
    browser.until(lambda: browser.find("#mark"))
    round_trip(browser)
    assert [name for name in browser.ran if name == "ran"] == ran


def test_spa_a_template_made_element_by_element_is_not_inert(browser, serve, run):
    site = serve(run("howto/spa")["app"])
    browser.get(site.url)
    browser.until(lambda: browser.find("#app h1"))
    browser.js(
        "(() => { const template = document.createElement('template');"
        "template.dataset.consent = 'insight'; const script = document.createElement('script');"
        "script.textContent = 'window.ran = [1]'; template.append(script);"
        "document.body.append(template) })()"
    )
    assert not browser.allows("insight")
    assert browser.js("ran") == [1]


# -- htmx ---------------------------------------------------------------------------------------


def htmx(version: int) -> str:
    script = files("django_htmx") / f"static/django_htmx/htmx-{version}.min.js"
    return script.read_text("utf-8")


@pytest.fixture(params=[2, 4])
def shop(request, tmp_path, browser, serve, run) -> Any:
    """The shop of the sample, with htmx 2 or 4."""
    static = tmp_path / "static"
    static.mkdir()
    (static / "htmx.js").write_text(htmx(request.param), "utf-8")
    site = serve(run("howto/htmx")["app"])
    browser.get(site.url)
    browser.until(lambda: "need statistics" in browser.one("body").text)
    return site


def test_htmx_a_swapped_fragment_waits_and_then_runs_once(browser, third_party, shop):
    browser.click("Offer")
    browser.until(lambda: browser.find("#offer p"))
    round_trip(browser)
    assert third_party.log == []
    browser.click("Change your mind")
    browser.until(lambda: browser.dialog)
    browser.click("Accept all", within="#fcc-dialog")
    browser.until(lambda: browser.ran == ["tag"])
    confirmed(browser)
    browser.click("Offer")
    browser.until(lambda: browser.ran == ["tag", "tag"])
    assert len(shop.requests("/consent/choice")) == 1
    assert shop.requests("/consent/preferences") == []


def test_htmx_a_fragment_that_needs_consent_comes_after_the_choice_and_goes_again(browser, shop):
    browser.click("Accept all")
    browser.until(lambda: "bought a lamp" in browser.one("body").text)
    browser.js("cookieConsent.reject()")
    browser.until(lambda: "need statistics" in browser.one("body").text)
    assert len(shop.requests("/recommended")) == 3


def test_htmx_a_boosted_link_brings_a_banner_that_works(browser, third_party, shop):
    browser.click("Home")
    browser.until(lambda: len(shop.requests("/")) == 2)
    browser.until(lambda: len(shop.requests("/recommended")) == 2)
    assert shop.requests("/")[1].headers["hx-boosted"] == "true"
    assert len(browser.find("#fcc")) == 1
    browser.click("Accept all")
    browser.until(lambda: "bought a lamp" in browser.one("body").text)
    assert not browser.banner
    browser.click("Home")
    browser.until(lambda: len(shop.requests("/")) == 3)
    browser.until(lambda: len(shop.requests("/recommended")) == 4)
    assert not browser.banner


def test_htmx_going_back_after_a_withdrawal_runs_nothing(browser, third_party, shop):
    browser.click("Accept all")
    confirmed(browser)
    browser.click("Offer")
    browser.until(lambda: browser.ran == ["tag"])
    browser.click("Home")
    browser.until(lambda: not browser.find("#offer p"))
    browser.js("cookieConsent.reject()")
    confirmed(browser)
    asked = len(shop.requests("/"))
    browser.js("(window.ran = [])")
    browser.back()
    browser.until(lambda: len(shop.requests("/")) == asked + 1)
    browser.until(lambda: "need statistics" in browser.one("body").text)
    round_trip(browser)
    assert browser.ran == []


def test_htmx_does_not_send_a_placeholder_that_our_script_answers(browser, serve):
    app = make_app(
        "<div hx-boost='true'>{% call consent_embed('video', title='Film') %}<i id='film'></i>"
        "{% endcall %}</div>",
        head="<script src='/htmx.js'></script>",
    )
    app.add_url_rule("/htmx.js", view_func=lambda: Response(htmx(2), mimetype="text/javascript"))
    site = serve(app)
    browser.get(site.url)
    browser.until(lambda: browser.js("!!window.htmx && document.readyState == 'complete'"))
    browser.click("Always allow Video")
    confirmed(browser)
    browser.until(lambda: browser.find("#film"))
    round_trip(browser)
    assert len(site.requests("/consent/choice")) == 1


# -- Dash ---------------------------------------------------------------------------------------


def test_dash_the_page_asks_and_the_tag_waits(browser, serve, third_party, run):
    site = serve(run("howto/dash")["app"].server)
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    browser.click("Cookie settings")
    browser.until(lambda: browser.dialog)
    assert third_party.log == []
    browser.click("Accept all", within="#fcc-dialog")
    browser.until(lambda: browser.ran == ["tag"])


# -- Content-Security-Policy --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["app", "with_nonce"])
def test_csp_nothing_is_reported_and_the_tag_runs(browser, serve, third_party, run, name):
    """H5"""
    browser.on_new_page(
        "window.violations = []; addEventListener('securitypolicyviolation',"
        " (e) => violations.push(`${e.effectiveDirective} ${e.blockedURI}`))"
    )
    site = serve(run("howto/csp")[name])
    browser.get(site.url)
    assert browser.banner
    browser.click("Customise")
    browser.until(lambda: browser.dialog)
    browser.click("Accept all", within="#fcc-dialog")
    browser.until(lambda: browser.ran == ["tag"])
    if name == "with_nonce":
        browser.until(lambda: browser.js("window.insight") == ["start"])
    confirmed(browser)
    assert browser.js("violations") == []


# -- Moving from another tool -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tool", "ran"),
    [
        ("vanilla", ["matomo", "inline"]),
        ("klaro", ["matomo", "inline"]),
        ("tarteaucitron", ["matomo"]),
        ("osano", ["matomo"]),
    ],
)
def test_moving_the_markup_waits_and_runs_in_order(browser, serve, third_party, run, tool, ran):
    site = serve(run("howto/moving")["app"])
    browser.get(f"{site.url}/{tool}")
    round_trip(browser)
    assert browser.banner
    assert third_party.log == []
    browser.click("Accept all")
    browser.until(lambda: browser.ran == ran)
    confirmed(browser)
    assert paths(third_party).count("/matomo.js") == 1
    if tool == "tarteaucitron":
        browser.until(lambda: "/embed/aqz-KE-bpKQ" in paths(third_party))


def test_moving_script_for_the_refusal_of_vanilla_never_runs(browser, serve, run):
    site = serve(run("howto/moving")["app"])
    browser.get(f"{site.url}/vanilla")
    browser.js(
        "(() => { const script = document.createElement('script'); script.type = 'text/plain';"
        "script.dataset.category = '!analytics'; script.textContent = 'ran.push(1)';"
        "window.ran = []; document.body.append(script) })()"
    )
    browser.js("cookieConsent.accept()")
    browser.until(lambda: browser.ran)
    browser.js("cookieConsent.reject()")
    confirmed(browser)
    assert 1 not in browser.ran


def test_moving_old_choices_do_not_count(browser, serve, third_party, run):
    site = serve(run("howto/moving")["app"])
    old = {
        "cc_cookie": "%7B%22categories%22%3A%5B%22analytics%22%5D%7D",
        "klaro": "%7B%22matomo%22%3Atrue%7D",
        "tarteaucitron": "!matomo=true",
        "cookieconsent_status": "allow",
    }
    for name, value in old.items():
        browser.set_cookie(name, value, site.url)
    browser.get(f"{site.url}/klaro")
    assert browser.banner
    assert not {*browser.cookies} & {*old}
    round_trip(browser)
    assert third_party.log == []


# -- Testing one's own site ---------------------------------------------------------------------


def test_tests_the_look_at_requests_finds_a_tag_that_was_not_gated(
    browser, serve, third_party, run
):
    look = run("howto/tests")["test_nothing_is_asked_of_others_before_a_choice"]
    for gate in (True, False):
        app = run("start")["app"]
        tag = f'<img src="{third_party.url}/pixel">'
        html = f'<template data-consent="insight">{tag}</template>' if gate else tag
        app.view_functions["index"] = lambda html=html: html
        site = serve(app)
        browser.driver.get_log("performance")
        if gate:
            look(browser.driver, site.url)
        else:
            with pytest.raises(AssertionError, match="/pixel"):
                look(browser.driver, site.url)


# -- Turbo ------------------------------------------------------------------------------------


@pytest.fixture
def turbo(tmp_path, browser, serve, run) -> Any:
    """The shop of the sample, with Turbo 8."""
    static = tmp_path / "static"
    static.mkdir()
    packed = Path(__file__).parent / "frameworks/turbo.es2017-umd.js.gz"
    (static / "turbo.js").write_bytes(gzip.decompress(packed.read_bytes()))
    site = serve(run("howto/turbo")["app"])
    browser.get(site.url)
    browser.until(lambda: browser.banner)
    return site


def test_turbo_a_visit_brings_a_banner_that_works(browser, third_party, turbo):
    browser.click("Second")
    browser.until(lambda: "/second" in browser.driver.current_url and browser.banner)
    assert len(browser.find("#fcc")) == 1
    browser.click("Accept all")
    browser.until(lambda: browser.ran == ["tag"])
    assert len(turbo.requests("/consent/choice")) == 1
    browser.click("Home")
    browser.until(lambda: browser.ran == ["tag", "tag"])
    assert not browser.banner


def test_turbo_going_back_after_a_withdrawal_runs_nothing(browser, third_party, turbo):
    browser.click("Accept all")
    browser.until(lambda: browser.ran == ["tag"])
    confirmed(browser)
    browser.click("Second")
    browser.until(lambda: browser.ran == ["tag", "tag"])
    browser.js("cookieConsent.reject()")
    confirmed(browser)
    browser.back()
    browser.until(lambda: "/second" not in browser.driver.current_url)
    browser.until(lambda: not browser.find("[data-turbo-preview]"))
    round_trip(browser)
    assert browser.ran == ["tag", "tag"]
    assert not browser.allows("insight")
