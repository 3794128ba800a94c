"""A choice is taken from the site's own pages only (H3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.site import make_app

HERE = "http://localhost"
EVIL = "https://evil.example"
TRUSTED = "https://www.example.org"


def status(headers: dict[str, str], **options: Any) -> int:
    """What a choice with ``headers`` is answered by a site that trusts one other origin."""
    app = make_app(trusted_origins=[TRUSTED])
    return (
        app.test_client()
        .post("/consent/choice", data={"answer": "accept"}, headers=headers, **options)
        .status_code
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": HERE},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": HERE},
        {"Origin": "HTTP://LOCALHOST"},
        {"Origin": TRUSTED},
        {"Sec-Fetch-Site": "cross-site", "Origin": TRUSTED},
        {"Sec-Fetch-Site": "same-site", "Origin": TRUSTED},
        {},
    ],
    ids=str,
)
def test_a_choice_of_the_sites_own_pages_is_taken(headers: dict[str, str]) -> None:
    """H3. What sends neither header is no browser."""
    assert status(headers) == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": HERE},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Sec-Fetch-Site": "same-origin, cross-site"},
        {"Sec-Fetch-Site": ""},
        {"Sec-Fetch-Site": "something new"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": EVIL},
        {"Origin": "https://localhost"},
        {"Origin": "http://localhost:8080"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://evil.example/http://localhost"},
        {"Origin": f"{HERE} {EVIL}"},
        {"Origin": f"{TRUSTED}.evil.example"},
        {"Origin": "http://www.example.org"},
        {"Referer": f"{HERE}/", "Origin": EVIL},
    ],
    ids=str,
)
def test_a_choice_of_other_pages_is_refused(headers: dict[str, str]) -> None:
    """H3"""
    assert status(headers) == 403


def test_a_refused_choice_changes_nothing() -> None:
    """H3"""
    response = (
        make_app()
        .test_client()
        .post("/consent/choice", data={"answer": "accept"}, headers={"Origin": EVIL})
    )
    assert "Set-Cookie" not in response.headers


def test_the_site_itself_is_told_by_the_host_that_was_asked_for() -> None:
    """H7: several domains, one app"""
    headers = {"Origin": "https://data.example.org"}
    assert status(headers, base_url="https://data.example.org/") == 303
    assert status(headers, base_url="https://other.example.org/") == 403


def test_a_port_belongs_to_the_origin() -> None:
    origin = {"Origin": "http://localhost:5000"}
    assert status(origin, base_url="http://localhost:5000/") == 303


def test_a_site_with_letters_beyond_ascii_in_its_name_knows_itself() -> None:
    """H7: browsers send such names in their ASCII form (RFC 5891)."""
    here = "https://xn--bcher-kva.example"
    assert status({"Origin": here}, base_url=f"{here}/") == 303


def test_no_other_origin_is_trusted_by_default() -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": TRUSTED}
    client = make_app().test_client()
    answer = client.post("/consent/choice", data={"answer": "accept"}, headers=headers)
    assert answer.status_code == 403


def test_other_sites_get_no_answer_that_their_scripts_can_read() -> None:
    """H3: no CORS header, so a browser keeps the answer from them."""
    response = (
        make_app()
        .test_client()
        .post("/consent/choice", data={"answer": "accept"}, headers={"Origin": HERE})
    )
    assert not [name for name, _ in response.headers if name.startswith("Access-Control")]
