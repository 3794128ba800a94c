"""``flask consent preview``: what its page says, and that it stays on this machine."""

from __future__ import annotations

import html
import re
import socket
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from benchmarks import sizes as benchmark
from benchmarks.policies import portal
from flask_cookie_consent import (
    FRANCE,
    OPT_IN,
    UNITED_KINGDOM,
    Cookie,
    CookieConsent,
    Regime,
    Service,
    by_country,
    country_header,
)
from flask_cookie_consent.commands.preview.app import Preview
from flask_cookie_consent.commands.preview.options import Options
from flask_cookie_consent.site import Options as SiteOptions
from flask_cookie_consent.site import Site
from flask_cookie_consent.ui.colors import Colors
from tests.cli import run as command
from tests.forms import forms_of
from tests.site import make_app, policy, site_with

DARK = Colors(background="#000", text="#fff", button="#fff", button_text="#000")
BROWN = Colors(background="#fff7e6", text="#222", button="#7a3b00", button_text="#fff", dark=DARK)


def preview_of(site: Site | None = None) -> Client:
    return Client(Preview(site or site_with()))


def page(client: Client, **said: str) -> str:
    return client.get("/", query_string=said).text


def frame_address(text: str) -> str:
    [address] = re.findall(r'<iframe id="frame" src="([^"]+)"', text)
    return html.unescape(address)


def frame(client: Client, **said: str) -> str:
    """What the frame of the page with these controls shows."""
    answer = client.get(frame_address(page(client, **said)))
    assert answer.status_code == 200
    return answer.text


def lines(text: str) -> str:
    [code] = re.findall(r'<pre id="lines".*?<code>(.*?)</code>', text, re.S)
    return html.unescape(code)


def run(code: str, site_policy: Any) -> Site:
    """What the lines make in a module that has a ``policy``."""
    names: dict[str, Any] = {"policy": site_policy}
    exec(code, names)
    made: CookieConsent = names["cookie_consent"]
    return Site(made.policy, made.options, made)


# -- The lines to paste -----------------------------------------------------------------------


def test_lines_name_only_what_differs_from_the_defaults() -> None:
    client = preview_of()
    plain = "from flask_cookie_consent import CookieConsent\n\ncookie_consent = {}\n"
    assert lines(page(client)) == plain.format("CookieConsent(policy)")
    card = plain.format('CookieConsent(\n    policy,\n    placement="card",\n)')
    assert lines(page(client, placement="card", theme="plain", regime="opt-in")) == card


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ({}, {}),
        ({"placement": "card-top-start", "theme": "soft", "reopen": "start"}, {}),
        ({"regime": "gb"}, {"regime": UNITED_KINGDOM}),
        (
            {"background": "#fff7e6", "text": "#222", "button": "#7a3b00", "button_text": "#fff"}
            | {"dark_background": "#000", "dark_text": "#fff", "theme": "compact"}
            | {"dark_button": "#fff", "dark_button_text": "#000"},
            {"colors": BROWN, "theme": "compact"},
        ),
    ],
)
def test_lines_make_what_the_controls_say(said: dict[str, str], made: dict[str, Any]) -> None:
    expected = site_with(**{k: said[k] for k in said if k in ARGUMENTS} | made)
    found = run(lines(page(preview_of(), **said)), policy())
    assert found.look.name == expected.look.name
    assert found.all_regimes == expected.all_regimes
    assert found.renderer.snapshot("en") == expected.renderer.snapshot("en")


ARGUMENTS = ("placement", "theme", "reopen")


@pytest.mark.parametrize(
    "arguments",
    [
        {"placement": "center", "theme": "contrast", "regime": FRANCE},
        {"colors": BROWN, "reopen": "end"},
        {"regime": Regime("ch", mode="opt-out", lifetime=policy().lifetime)},
    ],
)
def test_the_page_begins_with_what_the_site_has(arguments: dict[str, Any]) -> None:
    site = site_with(**arguments)
    found = run(lines(page(preview_of(site))), policy())
    assert found.look.name == site.look.name
    assert found.all_regimes == site.all_regimes


def test_lines_leave_a_sites_regimes_by_country_alone() -> None:
    regimes = by_country({"GB": UNITED_KINGDOM}, country_header())
    client = preview_of(site_with(regime=regimes))
    text = page(client, regime="gb")
    assert "regime" not in lines(text)
    assert "banner.js?language=en" in frame(client, regime="gb")


def test_colours_that_could_not_be_read_are_said_in_place_of_the_frame() -> None:
    text = page(preview_of(), background="#fff", text="#999")
    assert "text #999 on background #fff is 2.84:1, needs 4.5:1" in text
    assert "<iframe" not in text
    assert lines(text) == ""


# -- The frame --------------------------------------------------------------------------------


def test_the_frame_has_the_site_as_the_controls_say() -> None:
    client = preview_of(site_with(texts={"settings": "Privacy"}))
    text = frame(client, placement="center", language="ar")
    assert 'lang="ar" dir="rtl"' in text
    assert site_with(placement="center").assets.first_css in text
    assert "Privacy" in text


def test_a_choice_counts_in_its_own_frame_and_under_a_name_of_its_own() -> None:
    client = preview_of()
    first, second = (frame_address(page(client, scripts="off")) for _ in range(2))
    [form] = forms_of(client.get(first).text)
    assert form.action.startswith(first)
    answer = client.post(form.action, data=dict([*form.hidden, *form.button("accept")]))
    [cookie] = answer.headers.getlist("Set-Cookie")
    state = first.split("/")[2]
    assert cookie.startswith(f"consent-{state}=")
    assert "display:block" not in client.get(f"{first}consent/state.css").text
    assert "display:block" in client.get(f"{second}consent/state.css").text


def test_a_consent_cookie_that_the_site_declares_itself_has_the_frames_name() -> None:
    own = Service(
        "Own",
        category="necessary",
        cookies=[Cookie("__Host-choice", purpose="Keeps the choice", duration="6 months")],
    )
    site = policy(services=[*policy().services[:-1], own], cookie_name="__Host-choice")
    text = frame(preview_of(Site(site, SiteOptions(), None)), show="policy")
    assert re.search(r"<code>choice-[0-9a-f]{6}</code>", text)
    assert "__Host-choice" not in text


def test_without_scripts_the_frame_runs_none_and_shows_what_is_there_without() -> None:
    client = preview_of()
    text = page(client, scripts="off", show="preferences", language="fr")
    assert 'sandbox="allow-same-origin allow-forms"' in text
    shown = client.get(frame_address(text)).text
    assert "<h1" in shown
    assert "Enregistrer" in shown
    assert "sandbox" not in page(client)


@pytest.mark.parametrize(
    ("show", "words"), [("policy", "Measures campaigns"), ("embed", "Here Video would be")]
)
def test_the_frame_shows_the_policy_and_an_embed(show: str, words: str) -> None:
    client = preview_of(Site(portal(), SiteOptions(), None))
    address = frame_address(page(client, show=show))
    if show == "embed":
        assert "consent_embed" not in client.get(address).text
        address = re.sub("embed$", "content", address)
    assert words in client.get(address).text


def test_a_policy_without_optional_services_has_no_embed_to_show() -> None:
    site = policy(services=policy().services[:1])
    assert 'value="embed"' not in page(preview_of(Site(site, SiteOptions(), None)))


# -- The bytes --------------------------------------------------------------------------------


def test_bytes_are_those_of_the_benchmark() -> None:
    """What differs is the frame's site: the figures are of the one that the lines make."""
    text = page(preview_of(Site(portal(), SiteOptions(), None)))
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(\d+)</td><td>(\d+)</td>', text)
    found = [row[1:] for row in rows]
    measured = benchmark.report()
    for size, name in zip(
        found,
        ("first visit in all", "consent_banner\\(\\)", "core script", "script tag", "on demand"),
        strict=True,
    ):
        [benchmarked] = re.findall(rf"^{name}.*?  +(\d+) +(\d+)", measured, re.M)[:1]
        assert size == benchmarked, name


@pytest.mark.parametrize("arguments", [{"inline": False}, {"regime": OPT_IN}, {"regime": None}])
def test_bytes_are_of_the_files_that_pages_load(arguments: dict[str, Any]) -> None:
    if arguments.get("regime", OPT_IN) is None:
        arguments = {"regime": by_country({"GB": UNITED_KINGDOM}, country_header())}
    app = make_app(**arguments)
    client = app.test_client()
    [address] = re.findall(r'<script src="([^"]+)" defer', client.get("/").text)
    loaded = len(client.get(address).data)
    text = page(preview_of(site_with(**arguments)))
    assert f"Script, cached from the first page on</th><td>{loaded}</td>" in text


def test_a_host_of_several_is_shown_under_the_name_of_this_machine() -> None:
    extension = CookieConsent(policy(), host="shop.example.org", url_prefix="/privacy")
    app = Flask("hosts", host_matching=True, static_host="shop.example.org")
    app.register_blueprint(extension)
    with app.app_context():
        client = preview_of(extension.site)
    assert "/privacy/choice" in frame(client)


# -- This machine alone -----------------------------------------------------------------------


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org:5001", "192.168.0.2", ""])
def test_other_hosts_are_refused(host: str) -> None:
    """A page whose name leads here (DNS rebinding) reads nothing."""
    client = preview_of()
    address = frame_address(page(client))
    for path in ("/", "/measure.js", "/static/preview.js", address):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 403
        assert "http://127.0.0.1" in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:5001", "localhost:9000", "[::1]:5001"])
def test_names_of_this_machine_are_served(host: str) -> None:
    assert preview_of().get("/", headers={"Host": host}).status_code == 200


def test_no_page_names_another_origin() -> None:
    client = preview_of()
    for text in (page(client), frame(client), client.get("/static/preview.css").text):
        assert not re.findall(r"""(?:src|href|action)="(?:https?:)?//|url\(|@import""", text)
    policy_ = client.get("/").headers["Content-Security-Policy"]
    assert policy_.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    framed = client.get(frame_address(page(client))).headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in framed
    assert "unsafe" not in policy_ + framed


@pytest.mark.parametrize("path", ["/frame/0/!!/", "/frame/xyz/a/", "/frame/0/a", "/other"])
def test_addresses_that_are_none_are_not_found(path: str) -> None:
    assert preview_of().get(path).status_code == 404


def test_what_the_controls_cannot_say_is_as_the_site_has_it() -> None:
    site = site_with(placement="card")
    said = {"placement": "'", "theme": "<", "regime": "xx", "language": "../..", "size": "0x0"}
    options = Options.of(said, site)
    assert (options.placement, options.theme, options.regime) == ("card", "plain", "opt-in")
    assert "<iframe" in page(preview_of(site), **said)
    assert preview_of(site).get("/frame/0/_-_-/").status_code == 200


# -- The command ------------------------------------------------------------------------------


def app_with_hosts() -> Flask:
    app = Flask("hosts", host_matching=True, static_host="www.example.org")
    for host in ("www.example.org", "shop.example.org"):
        app.register_blueprint(CookieConsent(policy(), host=host))
    return app


@pytest.mark.parametrize(
    ("make", "options"), [(make_app, []), (app_with_hosts, ["--host", "shop.example.org"])]
)
def test_the_command_says_when_the_port_is_taken(
    make: Callable[[], Flask], options: list[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = command(make(), "consent", *options, "preview", "--port", str(port))
    assert result.exit_code == 1
    assert f"port {port} is taken by another program; choose another one" in result.stderr


def test_the_command_has_no_host_to_choose() -> None:
    result = command(make_app(), "consent", "preview", "--host", "0.0.0.0")
    assert result.exit_code == 2
    assert "No such option" in result.stderr


def test_shows_the_texts_in_the_chosen_language_also_lazy_ones() -> None:
    from flask_babel import Babel, lazy_gettext

    film = Service(
        {"en": "Films", "fr": "Vidéos"},
        id="film",
        category="functional",
        purpose=lazy_gettext("Monday"),
    )
    app = Flask("site")
    Babel(app)
    extension = CookieConsent(policy(services=[film]))
    app.register_blueprint(extension)
    with app.app_context():
        client = preview_of(extension.site)
    assert '<h1 class="site-title">Vidéos</h1>' in frame(client, show="embed", language="fr")
    assert '<h1 class="site-title">Films</h1>' in frame(client, show="embed", language="en")
