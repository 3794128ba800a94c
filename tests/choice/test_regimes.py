"""Legal regimes (R18, R65; exemptions and the United States)."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string
from mmdb_writer import MMDBWriter
from netaddr import IPSet
from werkzeug.test import create_environ
from werkzeug.wrappers import Request

from flask_cookie_consent import (
    FRANCE,
    NO_RULES,
    OPT_IN,
    UNITED_KINGDOM,
    UNITED_STATES,
    Cookie,
    Exemption,
    Policy,
    Regime,
    Regimes,
    Service,
    by_country,
    consent,
    country_header,
    maxmind,
)
from tests.site import app_with, get, make_app, policy, services, site_of, visit

GPC = {"Sec-GPC": "1"}
WORLD = by_country({"GB": UNITED_KINGDOM, "US": UNITED_STATES, "FR": FRANCE}, country_header())


def measured() -> Policy:
    """The tests' policy, whose own statistics are exempt in France and the United Kingdom."""
    exempt = Exemption("Anonymised audience measurement", regimes=["fr", "gb"])
    own = Service(
        "Matomo",
        category="statistics",
        provider="Example City",
        exempt=exempt,
        cookies=[Cookie("_pk_id*", purpose="Counts visits", duration="13 months")],
    )
    return policy(services=[own if s.id == "matomo" else s for s in services()])


def site(regime: Regime | Regimes = WORLD, **options: Any) -> Flask:
    """An app whose ``/page`` says what runs and what is asked."""
    return app_with(
        lambda: {"runs": sorted(consent), "asked": [s.id for s in consent.unasked]},
        policy_=measured(),
        regime=regime,
        **options,
    )


def place(country: str) -> dict[str, str]:
    return {"CF-IPCountry": country}


@pytest.mark.parametrize(
    ("country", "asked", "runs"),
    [
        ("DE", {"matomo", "insight", "ads", "video"}, set()),
        ("XX", {"matomo", "insight", "ads", "video"}, set()),
        ("", {"matomo", "insight", "ads", "video"}, set()),
        ("FR", {"insight", "ads", "video"}, {"matomo"}),
        ("GB", {"matomo", "insight", "ads", "video"}, {"matomo"}),
        ("US", set(), {"matomo", "insight", "ads", "video"}),
    ],
)
def test_who_is_asked_and_what_runs_before(country: str, asked: set[str], runs: set[str]) -> None:
    """R18: in the United Kingdom statistics run, and visitors are told and can object."""
    answer = get(site(), place(country)).get_json()
    assert set(answer["asked"]) == asked
    assert set(answer["runs"]) - {"session", "consent"} == runs


def test_what_a_notice_tells_about_is_answered_by_adding_it() -> None:
    """R18: the first layer does not come again for it."""
    app = site(UNITED_KINGDOM)
    client = app.test_client()
    form = {"answer": "add", "allow": "matomo"}
    client.post("/consent/choice", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert client.get("/page").get_json()["asked"] == ["insight", "ads", "video"]


def test_an_objection_counts_wherever_it_was_made() -> None:
    for country in ("GB", "US", "DE"):
        headers = visit(measured(), refused=["matomo", "ads"]) | place(country)
        assert not {"matomo", "ads"} & set(get(site(), headers).get_json()["runs"])


def test_no_rules_at_all_let_everything_run() -> None:
    answer = get(site(NO_RULES)).get_json()
    assert (len(answer["runs"]), answer["asked"]) == (6, [])


# -- Pages stay the same for everybody ---------------------------------------------------------


def test_a_public_page_is_the_same_in_every_country() -> None:
    """R74"""
    app = site()
    pages = {get(app, place(c), "/").data for c in ("DE", "US", "GB", "XX")}
    assert len(pages) == 1
    assert b"banner.js?language=en" in pages.pop()


def test_each_visitor_gets_the_script_of_their_regime_and_no_shared_cache_keeps_it() -> None:
    app = site()
    scripts = {c: get(app, place(c), "/consent/banner.js") for c in ("DE", "US", "GB")}
    assert len({s.data for s in scripts.values()}) == 3
    assert {s.headers["Cache-Control"] for s in scripts.values()} == {"private, max-age=600"}
    assert "Without your consent, until you object: Matomo." in scripts["GB"].text
    assert "Accept all" not in scripts["US"].text


def test_one_regime_for_all_keeps_its_script_public() -> None:
    response = get(site(UNITED_STATES), path="/consent/banner.js")
    assert response.headers["Cache-Control"] == "public, max-age=600"


def test_without_javascript_the_style_sheet_knows_the_regime() -> None:
    app = site()
    shown = {c: get(app, place(c), "/consent/state.css").data != b"" for c in ("DE", "US", "GB")}
    assert shown == {"DE": True, "US": False, "GB": True}


def test_the_link_has_the_words_and_the_icon_that_california_wants() -> None:
    def link(regime: Regime | Regimes) -> str:
        app = site(regime)
        with app.test_request_context():
            return render_template_string("{{ consent_link() }}")

    american, world, european = link(UNITED_STATES), link(WORLD), link(OPT_IN)
    assert "Your Privacy Choices" in american
    assert "Cookie settings" not in american
    assert re.findall(r">([A-Z][^<]+)<", world) == ["Cookie settings", "Your Privacy Choices "]
    assert american.count("<svg") == world.count("<svg") == 1
    assert "<svg" not in european


# -- Opting out --------------------------------------------------------------------------------


def test_opting_in_again_takes_a_second_step() -> None:
    """11 CCR 7028(a): without JavaScript too."""
    app = site(UNITED_STATES)
    client = app.test_client()
    assert "opted out" not in client.get("/consent/preferences").text
    client.post("/consent/choice", data={"answer": "reject"})
    assert 'name="confirm"' in client.get("/consent/preferences").text
    for body in ({"answer": "accept"}, {"answer": "save", "allow": ["ads"]}):
        refused = client.post("/consent/choice", data=body)
        assert refused.status_code == 422
        assert 'role="alert"' in refused.text
        assert "ads" not in client.get("/page").get_json()["runs"]
        confirmed = client.post("/consent/choice", data=body | {"confirm": "yes"})
        assert confirmed.status_code == 303
        assert "ads" in client.get("/page").get_json()["runs"]
        client.post("/consent/choice", data={"answer": "reject"})


def test_saving_without_a_sale_needs_no_second_step() -> None:
    client = site(UNITED_STATES).test_client()
    client.post("/consent/choice", data={"answer": "reject"})
    body = {"answer": "save", "allow": ["video", "insight"]}
    assert client.post("/consent/choice", data=body).status_code == 303


def test_an_opt_out_holds_for_more_than_twelve_months() -> None:
    """11 CCR 7028(c): nobody is asked again for a year; elsewhere the choice ends as ever."""
    old = visit(measured(), refused=["ads"], time_=int(time.time()) - 380 * 24 * 3600)
    assert "ads" not in get(site(), old | place("US")).get_json()["runs"]
    assert "ads" in get(site(), old | place("DE")).get_json()["asked"]


def test_the_signal_opts_out_and_is_put_down_for_visitors_without_scripts() -> None:
    """S1: its absence later is no opt-in."""
    client = site(UNITED_STATES).test_client()
    assert "ads" not in client.get("/page", headers=GPC).get_json()["runs"]
    client.get("/consent/state.css", headers=GPC)
    assert client.get_cookie("consent").value.startswith("1Gc.")
    assert "ads" not in client.get("/page").get_json()["runs"]
    assert "insight" in client.get("/page").get_json()["runs"]
    again = client.get("/consent/state.css", headers=GPC)
    assert "Set-Cookie" not in again.headers


def test_where_visitors_are_asked_the_signal_stores_nothing() -> None:
    """R22"""
    response = get(make_app(), GPC, "/consent/state.css")
    assert "Set-Cookie" not in response.headers


# -- Which regime ------------------------------------------------------------------------------


def at(country: str, **headers: str) -> Request:
    return Request(create_environ(headers={"CF-IPCountry": country, **headers}))


def test_a_part_of_a_country_counts_before_the_country() -> None:
    """R65"""
    regimes = by_country(
        {"US-CA": UNITED_STATES, "US": NO_RULES},
        country_header(region="CF-Region-Code"),
    )
    found = [
        regimes.of(at("us", **{"CF-Region-Code": part}).environ).id for part in ("CA", "NY", "")
    ]
    assert found == ["us", "none", "none"]


@pytest.mark.parametrize("code", ["EU", "UK", "us", "USA", ""])
def test_what_is_no_country_is_an_error(code: str) -> None:
    """R65: "EU" is not a region."""
    with pytest.raises(ValueError, match="allowed: "):
        by_country({code: UNITED_STATES}, country_header())


@pytest.mark.parametrize("country", ["XX", "T1", "", "nonsense", "<svg>"])
def test_an_unknown_place_is_asked(country: str) -> None:
    assert by_country({}, country_header(), otherwise=NO_RULES).of(at(country).environ) == OPT_IN


def test_a_function_that_fails_or_answers_nonsense_means_that_visitors_are_asked() -> None:
    def fails(request: Request) -> Regime:
        raise RuntimeError("down")

    for choose in (fails, lambda request: None, lambda request: FRANCE):
        assert Regimes(choose, [UNITED_STATES]).of(at("US").environ) == OPT_IN


def test_a_local_database_knows_addresses(tmp_path: Path) -> None:
    writer = MMDBWriter(6, "Test", ipv4_compatible=True)
    for net, code, part in (("192.0.2.0/25", "US", "CA"), ("192.0.2.128/25", "GB", None)):
        parts = [{"iso_code": part}] if part else []
        writer.insert_network(IPSet([net]), {"country": {"iso_code": code}, "subdivisions": parts})
    file = tmp_path / "places.mmdb"
    writer.to_db_file(str(file))
    locate = maxmind(str(file))
    addresses = ("192.0.2.1", "192.0.2.200", "198.51.100.1", "not an address", None)
    found = [locate(Request({"REMOTE_ADDR": a} if a else {})) for a in addresses]
    assert found == ["US-CA", "GB", None, None, None]
    with pytest.raises(OSError, match="missing"):
        maxmind(str(tmp_path / "missing.mmdb"))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Regime("Not a code"),
        lambda: Regime("x", mode="maybe"),  # type: ignore[arg-type]
        lambda: Regime("x", lifetime=timedelta(days=401)),
    ],
)
def test_a_regime_that_cannot_be_is_an_error(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"found .*; allowed: "):
        wrong()


def test_the_snapshot_says_under_which_regime_something_was_shown() -> None:
    app = site()
    notices = site_of(app).notices
    assert len({notice.renderer.snapshot("en") for notice in notices}) == len(notices)
