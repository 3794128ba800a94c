"""No address that a visitor brings leads from this site to another one (H3)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from flask_cookie_consent import requires_consent
from tests.site import make_app

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
    # Backslashes are slashes; tabs and line ends are nothing; spaces at the ends go.
    "/\\/evil.example",
    "\\/evil.example",
    "/\\\\evil.example",
    "\t//evil.example",
    "/\t\\evil.example",
    "/\n\\evil.example",
    "/\r/evil.example",
    "//\tevil.example",
    "\x1f//evil.example",
    "\x0b//evil.example",
    "\x7f//evil.example",
    "\xa0//evil.example",
    "\u2028//evil.example",
    "\ufeff//evil.example",
    "//evil.example ",
    # Schemes, with and without slashes.
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https:\\\\evil.example",
    "https:\\evil.example",
    "ht\ntps://evil.example",
    "\x01https://evil.example",
    "://evil.example",
    ":evil.example",
    "ftp://localhost/",
    "blob:http://localhost/x",
    "view-source:http://localhost/",
    "mailto:evil@evil.example",
    "intent://evil.example#Intent;end",
    "JaVaScRiPt:evil()",
    "java\tscript:evil()",
    " javascript:evil()",
    "\x00javascript:evil()",
    "javascript://localhost/%0aevil()",
    "javascript:evil()//http://localhost/",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:evil",
    "file:///etc/passwd",
    # Userinfo, and our own name as part of another.
    "http://localhost:x@evil.example/",
    "http://localhost%40evil.example/",
    "http://localhost%2Fx@evil.example/",
    "http://@evil.example/",
    "http://evil.example@localhost@evil.example/",
    "//localhost.evil.example/",
    "http://localhost.evil.example",
    "http://localhost-evil.example/",
    "http://evil-localhost/",
    "http://localhost:8080/",
    "http://localhost.:80/",
    "http://localhost%00.evil.example/",
    "http://localhost\x00.evil.example/",
    "http://localhost;evil.example/",
    "http://localhost&@evil.example/",
    "http://localhost#@evil.example/",
    "http://localhost?@evil.example/",
    "http://localhost/\\evil.example",
    "http://localhost/\t/evil.example",
    "http://localhost///evil.example/",
    "http://LOCALHOST//evil.example/",
    # Encoded, full-width and other look-alikes.
    "%2f%2fevil.example",
    "/%2f%2fevil.example",
    "%5c%5cevil.example",
    "/%09/evil.example",
    "/%0d%0aX-Evil:%201",
    "/x%0d%0aX-Evil: 1",
    "/x\r\nX-Evil: 1\r\n\r\n<script>",
    "/x\nX-Evil: 1",
    "／／evil.example",
    "//evil。example",
    "/\u2215/evil.example",
    "//1249763844/",
    "//[::ffff:1.2.3.4]/",
    "//0x7f.1/",
    "http://①.evil.example/",
    # Dots, and what stands before a path.
    "../../evil.example",
    ".//evil.example",
    ";//evil.example",
    "/;@evil.example",
    "@evil.example",
    "/@evil.example",
    "/.\\evil.example",
    "/%2e%2e//evil.example",
    "*://evil.example",
    "<//evil.example",
    "///",
    "//",
    "\\",
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


def referer(target: str) -> dict[str, str]:
    """The header as a server passes it on, and not as a client of the tests would refuse it."""
    return {"HTTP_REFERER": target.encode("utf-8").decode("latin-1")}


@pytest.mark.parametrize("target", NASTY)
def test_no_referer_leads_to_another_site(target: str) -> None:
    """H3"""
    client = APP.test_client()
    overrides = referer(target)
    data = {"answer": "reject"}
    assert_stays_here(client.post("/consent/choice", data=data, environ_overrides=overrides))


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(["/", "\\", ":", "@", "evil.example", "localhost", "http", "\t"])))
def test_nothing_made_of_such_pieces_leads_to_another_site(pieces: list[str]) -> None:
    """H3"""
    assert_stays_here(choose(next="".join(pieces)))


@pytest.mark.parametrize("target", NASTY)
def test_the_preferences_link_to_no_other_site(target: str) -> None:
    """H3, H4: the link back, and the field that a form sends on."""
    client = APP.test_client()
    assert_links_here(client.get("/consent/preferences", query_string={"next": target}).text)
    raw = {"QUERY_STRING": f"next={target}".encode().decode("latin-1")}
    assert_links_here(client.get("/consent/preferences", environ_overrides=raw).text)


@pytest.mark.parametrize("target", NASTY)
def test_the_preferences_link_to_no_referer_elsewhere(target: str) -> None:
    """H3, H4"""
    client = APP.test_client()
    page = client.get("/consent/preferences", environ_overrides=referer(target)).text
    assert_links_here(page)


@pytest.mark.parametrize("target", NASTY)
def test_a_page_that_needs_consent_links_to_no_other_site(target: str) -> None:
    """H3, H4: it leads back to itself, whatever its address says."""
    app = make_app()

    @app.get("/<path:rest>")
    @requires_consent("ads")
    def gated(rest: str) -> str:
        return "shown"

    raw = target.encode("utf-8").decode("latin-1")
    for path, query in ((f"/{raw}", ""), (raw, ""), ("/x", raw)):
        overrides = {"PATH_INFO": path, "QUERY_STRING": query}
        response = app.test_client().get("/x", environ_overrides=overrides)
        assert response.status_code in (200, 308, 400, 403, 404)
        assert_links_here(response.text)
        # A redirect to a tidy path is Flask's own, and names the host.
        assert response.headers.get("Location", "http://localhost/")[:17] == "http://localhost/"


def assert_links_here(page: str) -> None:
    """No link of ours, and no field that a form sends on, leads to another site."""
    page = page.replace('href="http://localhost/', 'href="/')
    links = set(re.findall(r'(?:href|action)="([^"]*)"', page)) - {POLICY_OF_ADS, "data:,"}
    fields = set(re.findall(r'name="next" value="([^"]*)"', page))
    for address in links | fields:
        assert is_here(address)
