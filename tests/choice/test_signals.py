"""Global Privacy Control and its like (S1; R59 to R63, R68)."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
from flask import Flask

from flask_cookie_consent import Service, consent
from tests.site import ACCEPTED, REFUSED, app_with, get, make_app, policy, site_of, visit

GPC = {"Sec-GPC": "1"}


def names(**options: Any) -> Flask:
    """An app whose ``/page`` says what runs, and whether a signal counted."""
    return app_with(lambda: {"runs": sorted(consent), "signal": consent.signal}, **options)


def runs(headers: dict[str, str], **options: Any) -> set[str]:
    return set(get(names(**options), headers).get_json()["runs"])


@pytest.mark.parametrize(
    ("value", "counts"),
    [
        ("1", True),
        ("0", False),
        ("true", False),
        ("11", False),
        ('"1"', False),
        ("", False),
        ("0, 1", True),
        ("1,1", True),
        ("0,0", False),
    ],
)
def test_exactly_1_counts_and_any_1_of_several(value: str, counts: bool) -> None:
    """R59"""
    assert get(names(), {"Sec-GPC": value}).get_json()["signal"] is counts


def test_the_signal_refuses_marketing_that_was_accepted_without_it() -> None:
    """S1: an earlier "accept all" did not speak of it."""
    assert "ads" in runs(visit(policy(), **ACCEPTED))
    found = runs(visit(policy(), **ACCEPTED) | GPC)
    assert "ads" not in found
    assert {"insight", "video"} <= found


def test_its_absence_later_is_no_consent() -> None:
    app = make_app()
    client = app.test_client()
    asked = site_of(app).rules.asked_tokens
    client.post("/consent/choice", data={"answer": "accept", "asked": asked}, headers=GPC)
    assert _answers(client) == (["insight", "video"], ["ads"])


def _answers(client: Any) -> tuple[list[str], list[str]]:
    """What the visitor's cookie grants and refuses, less the tests' exempt service."""
    site = site_of(client.application)
    header = f"consent={client.get_cookie('consent').value}"
    choice = site.cookie.read({"HTTP_COOKIE": header, "wsgi.url_scheme": "http"})
    assert choice is not None
    ids = site.rules.ids
    return sorted(ids(choice.granted)), sorted(ids(choice.refused) - {"matomo"})


def test_nobody_is_asked_about_what_the_signal_answers() -> None:
    """R61: with no click, and no banner needed."""
    only_ads = [Service("Ads", category="marketing", purpose="Advertising")]
    app = app_with(lambda: str(len(consent.unasked)), policy_=policy(services=only_ads))
    assert (get(app).text, get(app, GPC).text) == ("1", "0")
    assert b"display" in get(app, path="/consent/state.css").data
    assert get(app, GPC, "/consent/state.css").data == b""


def test_a_choice_about_the_service_itself_overrides_the_signal() -> None:
    """R61: in the preferences, which say that the signal counts."""
    app = names()
    client = app.test_client()
    page = client.get("/consent/preferences", headers=GPC).text
    assert "Global Privacy Control" in page
    assert "Ads stays off" in page
    client.post("/consent/choice", data={"answer": "save", "allow": ["ads"]}, headers=GPC)
    assert client.get_cookie("consent").value.startswith("1Oc.")
    assert "ads" in client.get("/page", headers=GPC).get_json()["runs"]
    client.post("/consent/choice", data={"answer": "accept"}, headers=GPC)
    assert "ads" not in client.get("/page", headers=GPC).get_json()["runs"]


def test_saving_without_marketing_is_an_ordinary_choice() -> None:
    client = names().test_client()
    client.post("/consent/choice", data={"answer": "save", "allow": ["video"]}, headers=GPC)
    assert client.get_cookie("consent").value.startswith("1Sc.")


def test_the_boxes_show_what_counts() -> None:
    """R62"""
    headers = visit(policy(), **ACCEPTED) | GPC
    page = get(make_app(), headers, "/consent/preferences").text
    assert re.search(r'value="video"[^>]* checked', page)
    assert not re.search(r'value="ads"[^>]* checked', page)


def test_the_policy_page_says_that_the_signal_is_honoured() -> None:
    """R62"""
    said = "opt-out signal is honoured"
    with_it = get(make_app(), GPC, "/consent/policy")
    assert said in with_it.text
    assert "Sec-GPC" in with_it.headers["Vary"]
    assert said not in get(make_app(), path="/consent/policy").text


def test_cookies_of_marketing_are_expired_and_dropped_under_the_signal() -> None:
    """B3, R34"""
    headers = visit(policy(), **ACCEPTED) | GPC
    headers["Cookie"] += "; _ad_1=x; _ins=y"
    response = get(app_with(lambda: ("", {"Set-Cookie": "_ad_2=1"})), headers)
    cookies = response.headers.getlist("Set-Cookie")
    assert [c for c in cookies if c.startswith("_ad_1=; Max-Age=0")]
    assert not [c for c in cookies if c.startswith(("_ad_2", "_ins"))]


def test_a_page_that_reads_nothing_is_the_same_with_the_signal() -> None:
    """R74"""
    app = make_app()
    responses = [get(app, headers, "/") for headers in ({}, GPC)]
    assert responses[0].data == responses[1].data
    assert all("Vary" not in r.headers for r in responses)


def test_without_a_sale_no_response_varies_by_the_signal() -> None:
    quiet = policy(services=[s for s in policy().services if s.category != "marketing"][:-1])
    response = get(app_with(lambda: str(consent.given), policy_=quiet))
    assert response.headers["Vary"] == "Cookie"


def test_the_site_says_that_it_heeds_the_signal() -> None:
    """R63"""
    app = make_app(policy_=policy(updated=date(2026, 5, 4)))
    response = get(app, path="/.well-known/gpc.json")
    assert response.mimetype == "application/json"
    assert json.loads(response.data) == {"gpc": True, "lastUpdate": "2026-05-04"}
    assert get(make_app(), path="/.well-known/gpc.json").get_json() == {"gpc": True}
    assert get(make_app(signals=()), path="/.well-known/gpc.json").status_code == 404


def test_a_site_can_bring_a_signal_of_its_own_or_heed_none() -> None:
    """R68"""

    class Service_:
        def refuses(self, environ: dict[str, Any]) -> bool:
            return environ.get("HTTP_X_NO") == "please"

    accepted = visit(policy(), **ACCEPTED)
    assert "ads" not in runs(accepted | {"X-No": "please"}, signals=[Service_()])
    assert "ads" in runs(accepted | GPC, signals=[Service_()])
    assert "ads" in runs(accepted | GPC, signals=())


def test_a_refusal_needs_no_signal() -> None:
    assert runs(visit(policy(), **REFUSED)) == runs(visit(policy(), **REFUSED) | GPC)
