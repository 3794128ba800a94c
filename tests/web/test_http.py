"""`POST choice`: what is taken, what is refused, and the cookie that confirms it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.http import parse_cookie
from werkzeug.test import TestResponse

from flask_cookie_consent import Choice, choice_made
from flask_cookie_consent.choice.codec import decode, split_tokens
from tests.forms import forms_of
from tests.site import ACCEPTED, REFUSED, choice, make_app, many_services, policy

NOW = 1_800_000_000
LIFE = int(policy().lifetime.total_seconds())
ID = "mid3k2x1q8z0w4t7c1v5n2"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's clock stands still."""
    monkeypatch.setattr(time, "time", lambda: float(NOW))


def post(data: Any, app: Flask | None = None, **options: Any) -> TestResponse:
    client = (app or make_app()).test_client(use_cookies=False)
    return client.post("/consent/choice", data=data, **options)


def post_json(data: Any, app: Flask | None = None, **options: Any) -> TestResponse:
    return post(json.dumps(data), app, content_type="application/json", **options)


def cookie_of(response: TestResponse) -> Choice:
    """The choice in the one cookie that a response sets."""
    assert response.status_code < 400, response.text
    [header] = response.headers.getlist("Set-Cookie")
    found = decode(parse_cookie(header)["consent"])
    assert found is not None
    return found


def attributes(response: TestResponse) -> set[str]:
    [header] = response.headers.getlist("Set-Cookie")
    return set(header.split("; ")[1:])


def ids(run: str) -> set[str]:
    names = {token: name for name, token in policy().tokens.items()}
    return {names.get(token, token) for token in split_tokens(run)}


# -- The confirming cookie (H1) ---------------------------------------------------------------


def test_a_script_is_answered_by_the_cookie_alone() -> None:
    response = post({"choice": choice(policy(), **ACCEPTED, state="0").encode()})
    assert (response.status_code, response.data) == (204, b"")


def test_the_cookie_confirms_what_the_browser_chose() -> None:
    """H1"""
    made = choice(policy(), **ACCEPTED, letter="a", state="2", time_=NOW - 5)
    assert cookie_of(post({"choice": made.encode()})) == made._replace(confirmed=True, reports=0)


def test_the_cookie_is_for_the_whole_site_and_this_site_only() -> None:
    """H1"""
    assert attributes(post({"answer": "accept"})) >= {"Path=/", "SameSite=Lax"}
    assert not any(a.startswith("Domain") for a in attributes(post({"answer": "accept"})))


def test_scripts_can_read_the_cookie() -> None:
    assert "HttpOnly" not in attributes(post({"answer": "accept"}))


@pytest.mark.parametrize(("scheme", "secure"), [("https", True), ("http", False)])
def test_the_cookie_is_secure_on_https(scheme: str, secure: bool) -> None:
    """H1"""
    response = post({"answer": "accept"}, base_url=f"{scheme}://localhost/")
    assert ("Secure" in attributes(response)) == secure


@pytest.mark.parametrize("age", [0, 60, 86_400, LIFE - 1])
def test_the_cookie_lives_for_what_remains_of_the_choices_life(age: int) -> None:
    """H1, W3"""
    made = choice(policy(), **ACCEPTED, time_=NOW - age)
    assert f"Max-Age={LIFE - age}" in attributes(post({"choice": made.encode()}))


def test_the_cookie_has_the_name_that_the_policy_says() -> None:
    response = post({"answer": "accept"}, make_app(policy_=policy(cookie_name="choice")))
    assert response.headers["Set-Cookie"].startswith("choice=1Ac.")


@pytest.mark.parametrize(("ahead", "taken"), [(0, 0), (60, 0), (86_400, 0), (-60, -60)])
def test_the_earlier_of_both_clocks_counts(ahead: int, taken: int) -> None:
    """D3"""
    made = choice(policy(), **ACCEPTED, time_=NOW + ahead)
    assert cookie_of(post({"choice": made.encode()})).time == NOW + taken


@pytest.mark.parametrize("time_", [0, NOW - LIFE, NOW + 86_401, 36**8 - 1])
def test_a_clock_that_is_plainly_wrong_does_not_count(time_: int) -> None:
    """D3: no choice is lost to it."""
    made = choice(policy(), **ACCEPTED, time_=time_)
    assert cookie_of(post({"choice": made.encode()})).time == NOW


@pytest.mark.parametrize("data", [{"answer": "reject"}, {"answer": "save"}])
def test_a_refusal_keeps_no_id(data: dict[str, str]) -> None:
    """P1"""
    assert cookie_of(post(data)).id is None


def test_a_refusal_that_a_script_reports_keeps_no_id() -> None:
    """P1"""
    made = choice(policy(), **REFUSED, state="0", id_=ID)
    assert cookie_of(post({"choice": made.encode()})).id is None


def test_the_answer_is_kept_by_no_cache() -> None:
    assert post({"answer": "accept"}).headers["Cache-Control"] == "private, no-store"


# -- Programs ---------------------------------------------------------------------------------


def test_a_program_may_send_json() -> None:
    response = post_json({"answer": "save", "allow": ["ads"]})
    assert (response.status_code, ids(cookie_of(response).granted)) == (204, {"ads"})


def test_json_may_carry_a_cookie_value() -> None:
    made = choice(policy(), **REFUSED, time_=NOW)
    assert cookie_of(post_json({"choice": made.encode()})).refused == made.refused


def test_unknown_fields_are_ignored() -> None:
    assert post_json({"answer": "reject", "new": {"of": "later"}}).status_code == 204


# -- What is refused (H3) ---------------------------------------------------------------------

REFUSALS: dict[str, tuple[Any, str, int]] = {
    "an empty form": ("", "application/x-www-form-urlencoded", 400),
    "a form without an answer": ("asked=abc", "application/x-www-form-urlencoded", 400),
    "a form that is not UTF-8": (b"answer=\xff", "application/x-www-form-urlencoded", 400),
    "no JSON": ("{", "application/json", 400),
    "an empty body as JSON": ("", "application/json", 400),
    "JSON nested without end": ("[" * 3000, "application/json", 400),
    "a JSON list": ("[]", "application/json", 400),
    "a number for a text": ('{"answer": 1}', "application/json", 400),
    "a list for a text": ('{"choice": ["x"]}', "application/json", 400),
    "a text for a list": ('{"answer": "save", "allow": "ads"}', "application/json", 400),
    "a list of numbers": ('{"answer": "save", "allow": [1]}', "application/json", 400),
    "plain text": ("answer=accept", "text/plain", 415),
    "a form with files": ("x", "multipart/form-data; boundary=x", 415),
    "no type": ("answer=accept", "", 415),
    "an unknown answer": ("answer=maybe", "application/x-www-form-urlencoded", 422),
    "no cookie value": ("choice=yes", "application/x-www-form-urlencoded", 422),
    "broken tokens": ("answer=accept&asked=ab", "application/x-www-form-urlencoded", 422),
    "an unknown service": ("answer=save&allow=x", "application/x-www-form-urlencoded", 422),
    "a necessary service": ("answer=save&allow=session", "application/x-www-form-urlencoded", 422),
    "a category": ("answer=save&allow=marketing", "application/x-www-form-urlencoded", 422),
}


@pytest.mark.parametrize(("body", "kind", "status"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_a_choice_is_refused(body: Any, kind: str, status: int) -> None:
    """H3"""
    response = post(body, content_type=kind)
    assert response.status_code == status
    assert "Set-Cookie" not in response.headers


def test_an_unknown_service_is_named_and_so_are_the_known_ones() -> None:
    """H3"""
    page = post({"answer": "save", "allow": "typo"}).text
    for name in ("typo", "ads", "insight", "matomo", "video"):
        assert name in page


@pytest.mark.parametrize("language", ["en", "fr"])
def test_tokens_that_the_present_page_cannot_have_shown_are_refused(language: str) -> None:
    """H3"""
    app = make_app()
    [form] = forms_of(app.test_client().get(f"/consent/preferences?language={language}").text)
    made = Choice(NOW, "save", granted="zz1")
    response = post({**dict(form.hidden), "choice": made.encode()}, app)
    assert response.status_code == 422
    assert "zz1" in response.text


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_a_choice_is_made_by_post_only(method: str) -> None:
    response = make_app().test_client().open("/consent/choice", method=method)
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


def test_a_body_of_4_kb_is_read() -> None:
    """H3"""
    body = "answer=accept&x=".ljust(4096, "x")
    assert post(body, content_type="application/x-www-form-urlencoded").status_code == 303


def test_a_longer_body_is_not() -> None:
    """H3"""
    body = "answer=accept&x=".ljust(4097, "x")
    assert post(body, content_type="application/x-www-form-urlencoded").status_code == 413


def test_a_longer_body_is_not_read_where_its_length_is_not_told() -> None:
    """H3"""
    body = "answer=accept&x=".ljust(4097, "x")
    environ = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    kind = "application/x-www-form-urlencoded"
    assert post(body, content_type=kind, environ_overrides=environ).status_code == 413


def test_the_longest_form_of_a_big_policy_is_read() -> None:
    """H3: max(4 kB, what the policy needs)"""
    app = make_app(policy_=policy(services=many_services(500)))
    [form] = forms_of(app.test_client().get("/consent/preferences").text)
    fields = MultiDict([*form.hidden, *form.boxes, *form.button("save")])
    assert len(split_tokens(cookie_of(post(fields, app)).granted)) == 500


# -- Old pages --------------------------------------------------------------------------------


def test_a_choice_from_an_old_page_is_kept() -> None:
    """H3, decision 13"""
    made = Choice(NOW, "accept", granted=f"zz1{policy().tokens['ads']}")
    data = {"choice": made.encode(), "snapshot": "of-an-older-page"}
    assert cookie_of(post(data)).granted == made.granted


def test_a_form_of_an_old_page_is_taken_for_what_it_showed() -> None:
    """H3: nothing that it did not show is granted."""
    data = {"answer": "accept", "asked": "zz1", "snapshot": "of-an-older-page"}
    found = cookie_of(post(data))
    assert (found.granted, found.refused) == ("zz1", "")


def test_a_failing_receiver_of_the_signal_costs_nobody_the_choice() -> None:
    """P3"""
    app = make_app()

    def fail(sender: object, event: object) -> None:
        raise RuntimeError("no room")

    with choice_made.connected_to(fail, app):
        response = app.test_client().post("/consent/choice", data={"answer": "reject"})
    assert response.status_code == 303
    assert "consent=1R" in response.headers["Set-Cookie"]
