"""No address that a visitor brings leads from this site to another one (H3)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from .site import make_app

#: The only address of another site on any page of ours.
POLICY_OF_ADS = "https://ads.example/privacy"

NASTY = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "////evil.example/",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/\t/evil.example/",
    "/\n/evil.example/",
    "/\r\nX-Evil: 1",
    "/ /evil.example/",
    " //evil.example/",
    "\x00//evil.example/",
    "http:evil.example",
    "http:/evil.example",
    "http:///evil.example",
    "http://localhost@evil.example/",
    "http://localhost:80@evil.example/",
    "http://localhost.evil.example/",
    "http://evil.example#http://localhost/",
    "http://evil.example?http://localhost/",
    "http://localhost//evil.example/",
    "http://localhost\\@evil.example/",
    "http://[::1/",
    "http://[evil]/",
    "HTTPS://EVIL.EXAMPLE/",
    "javascript:alert(1)",
    "data:text/html,x",
    "//localhost@evil.example",
    "//evil.example\\@localhost/",
    "/.//evil.example/",
    "/..//evil.example/",
    "/%2F/evil.example/",
    "/%5Cevil.example/",
    "evil.example",
    "?//evil.example",
    "#//evil.example",
    "",
    "/" + "x" * 3000,
    "http://ⓔvil.example/",
    "/／evil.example/",
]


def is_here(address: str) -> bool:
    """Whether a browser stays on the site: told by one slash, and none of either kind after it.
    (Tabs and line ends, which browsers leave out, must not be there at all.)"""
    own = address.startswith("/") and address[1:2] not in ("/", "\\")
    return own and address.isascii() and address.isprintable()


def assert_stays_here(response: TestResponse) -> None:
    assert response.status_code == 303
    assert is_here(response.headers["Location"])
    assert "X-Evil" not in response.headers


APP = make_app()


def choose(**data: str) -> TestResponse:
    return APP.test_client().post("/consent/choice", data={"answer": "accept", **data})


@pytest.mark.parametrize("target", NASTY)
def test_no_field_of_a_form_leads_to_another_site(target: str) -> None:
    """H3"""
    assert_stays_here(choose(next=target))


@pytest.mark.parametrize("target", [t for t in NASTY if t.isascii() and t.isprintable()])
def test_no_referer_leads_to_another_site(target: str) -> None:
    """H3"""
    headers = {"Referer": target}
    client = APP.test_client()
    assert_stays_here(client.post("/consent/choice", data={"answer": "reject"}, headers=headers))


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(["/", "\\", ":", "@", "evil.example", "localhost", "http", "\t"])))
def test_nothing_made_of_such_pieces_leads_to_another_site(pieces: list[str]) -> None:
    """H3"""
    assert_stays_here(choose(next="".join(pieces)))


@pytest.mark.parametrize("target", NASTY)
def test_the_preferences_link_to_no_other_site(target: str) -> None:
    """H3, H4: the link back, and the field that a form sends on."""
    page = APP.test_client().get("/consent/preferences", query_string={"next": target}).text
    links = set(re.findall(r'(?:href|action)="([^"]*)"', page)) - {POLICY_OF_ADS}
    fields = set(re.findall(r'name="next" value="([^"]*)"', page))
    for address in links | fields:
        assert is_here(address)
