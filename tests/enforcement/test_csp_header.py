"""The Content-Security-Policy follows consent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, Response
from flask_talisman import Talisman
from hypothesis import given
from hypothesis import strategies as st

from flask_cookie_consent import Policy, Service, consent
from flask_cookie_consent.enforcement.csp import ConsentedSources
from tests.site import app_with, get, make_app, policy, services, visit

INSIGHT, ADS = "https://insight.example", "https://cdn.ads.example"


def with_origins() -> Policy:
    """The tests' policy with origins for two services."""
    origins = {"insight": [INSIGHT], "ads": [ADS, "https://*.ads.example"]}
    own = [
        Service(
            s.name,
            category=s.category,
            provider=s.provider,
            party=s.party,
            exempt=s.exempt,
            cookies=s.cookies,
            origins=origins.get(s.id, ()),
        )
        for s in services()
    ]
    return policy(services=own)


SITE = with_origins()


def extended(header: str, *allowed: str) -> str:
    """A header for a visitor who allows these services."""
    headers = [("Content-Security-Policy", header)]
    [(_, value)] = ConsentedSources(SITE).extend(headers, lambda id: id in allowed)
    return value


def sources(header: str) -> dict[str, list[str]]:
    """The directives of one policy."""
    parts = [part.split() for part in header.split(";") if part.strip()]
    return {name.lower(): values for name, *values in reversed(parts)}


def test_a_visitor_who_allows_nothing_gets_the_header_as_the_site_wrote_it() -> None:
    header = "default-src  'self';script-src 'self' ; "
    assert extended(header) == header


def test_what_is_allowed_is_added_and_nothing_else() -> None:
    found = sources(extended("default-src 'self'; script-src 'self' 'nonce-x'", "insight"))
    assert found["script-src"] == ["'self'", "'nonce-x'", INSIGHT]
    assert found["default-src"] == ["'self'"]
    for name in ("style-src", "img-src", "font-src", "media-src", "connect-src", "frame-src"):
        assert found[name] == ["'self'", INSIGHT]
    assert not any(ADS in values for values in found.values())


def test_a_directive_that_is_not_restricted_stays_so() -> None:
    assert sources(extended("script-src 'self'; object-src 'none'", "ads")) == {
        "script-src": ["'self'", ADS, "https://*.ads.example"],
        "object-src": ["'none'"],
    }


def test_none_gives_way() -> None:
    assert sources(extended("frame-src 'NONE'", "insight"))["frame-src"] == [INSIGHT]


def test_frames_fall_back_on_child_src_first() -> None:
    found = sources(extended("default-src 'none'; child-src https://a.example", "insight"))
    assert found["frame-src"] == ["https://a.example", INSIGHT]
    assert found["child-src"] == ["https://a.example"]


def test_refined_directives_gain_too() -> None:
    found = sources(extended("script-src 'self'; SCRIPT-SRC-ELEM 'self'", "insight"))
    assert INSIGHT in found["script-src"]
    assert INSIGHT in found["script-src-elem"]


def test_every_policy_of_a_header_and_every_header_gains() -> None:
    both = extended("script-src 'self', script-src https:", "insight")
    assert both.count(INSIGHT) == 2
    headers = [
        ("Content-Security-Policy", "script-src 'self'"),
        ("content-security-policy-report-only", "script-src 'self'"),
        ("X-Other", "script-src 'self'"),
    ]
    found = ConsentedSources(SITE).extend(headers, lambda id: True)
    assert [INSIGHT in value for _, value in found] == [True, True, False]


def test_what_browsers_cannot_read_stays_as_it_is() -> None:
    header = "script-src\xa0'self'; default-src 'none'"
    assert extended(header, "insight") == header


def test_no_source_is_there_twice() -> None:
    header = f"script-src 'self' {INSIGHT}"
    assert extended(header, "insight").count(INSIGHT) == 1


@given(st.text(max_size=200), st.sampled_from([(), ("insight",), ("insight", "ads")]))
def test_any_header_keeps_its_sources_and_gains_only_allowed_ones(
    header: str, allowed: tuple[str, ...]
) -> None:
    found = extended(header, *allowed)
    if "ads" not in allowed:
        assert found.count(ADS) == header.count(ADS)
    for before, after in zip(header.split(","), found.split(","), strict=True):
        for name, values in sources(before).items():
            assert set(values) - {"'none'"} <= set(sources(after)[name]) | {
                v for v in values if v.lower() == "'none'"
            }


# -- In an app --------------------------------------------------------------------------------


def site(view: Callable[[], Any] = lambda: str(consent.given), **options: Any) -> Flask:
    app = app_with(view, policy_=SITE, **options)

    @app.after_request
    def own(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = "script-src 'self'"
        return response

    return app


def csp(app: Flask, path: str = "/page", **said: Any) -> str:
    headers = visit(SITE, **said) if said else {}
    return str(get(app, headers, path).headers["Content-Security-Policy"])


def test_a_page_that_reads_consent_follows_it() -> None:
    assert csp(site()) == "script-src 'self'"
    assert csp(site(), granted=["insight"]) == f"script-src 'self' {INSIGHT}"
    assert csp(site(), refused=["insight"]) == "script-src 'self'"


def test_a_page_that_reads_nothing_stays_the_same_for_everybody() -> None:
    app = site()
    assert csp(app, "/", granted=["insight"]) == "script-src 'self'"
    assert "Vary" not in get(app, visit(SITE, granted=["insight"]), "/").headers


def test_a_site_can_have_it_everywhere_or_nowhere() -> None:
    always = site(csp="always")
    assert INSIGHT in csp(always, "/", granted=["insight"])
    assert get(always, path="/").headers["Cache-Control"] == "private"
    files = [get(always, path=f"/consent/{name}") for name in ("banner.js", "policy.json")]
    assert all("Cookie" not in file.headers["Vary"] for file in files)
    assert INSIGHT not in csp(site(csp="off"), granted=["insight"])
    with pytest.raises(ValueError, match="allowed: 'read', 'always', 'off'"):
        make_app(csp="sometimes")


def test_it_works_with_talisman() -> None:
    """H7"""
    app = app_with(lambda: str(consent.given), policy_=SITE)
    directives = {"default-src": "'self'", "script-src": "'self'"}
    Talisman(
        app,
        force_https=False,
        content_security_policy=directives,
        content_security_policy_nonce_in=["script-src"],
    )
    found = sources(csp(app, granted=["ads"]))
    assert found["script-src"][0] == "'self'"
    assert found["script-src"][-2:] == [ADS, "https://*.ads.example"]
    assert found["img-src"] == ["'self'", ADS, "https://*.ads.example"]
    assert ADS not in csp(app, refused=["ads"])
