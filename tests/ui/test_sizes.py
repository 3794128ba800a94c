"""What a visitor loads: bytes as they are delivered, compressed by brotli -q 11."""

from __future__ import annotations

import base64
import hashlib
import re
import statistics

import brotli
import pytest
from flask import Flask, render_template_string

from flask_cookie_consent import Policy, Service
from tests.site import get, make_app, many_services, policy, site_of


def eight_services() -> Policy:
    """Eight services as sites have them: one necessary, one exempt, six that ask, of four."""
    site = policy()
    more = [
        Service(name, category=category, provider=provider, purpose="Measures", party="third")
        for name, category, provider in (
            ("Pixel", "marketing", "AdCo"),
            ("Retargeting", "marketing", "Other Ads Ltd"),
            ("Map", "functional", "MapCo"),
        )
    ]
    return policy(services=[*site.services[:-1], *more])


POLICIES = {"the tests' policy": policy(), "eight services": eight_services()}

of_each_policy = pytest.mark.parametrize("site", POLICIES.values(), ids=POLICIES)
in_each_language = pytest.mark.parametrize("language", ["en", "fr"])
in_each_placement = pytest.mark.parametrize("placement", ["bar", "card", "center"])

#: What the style of a placement may cost beside that of a bar.
MORE = {"bar": 0, "card": 20, "center": 40}


def compressed(data: bytes) -> int:
    return len(brotli.compress(data, quality=11))


def banner(app: Flask, language: str | None = None) -> bytes:
    """What ``consent_banner()`` adds to a page."""
    with app.test_request_context():
        return render_template_string("{{ consent_banner(lang) }}", lang=language).encode()


#: The part of a served file's name that is of its hash.
HASH = re.compile(rb"(?<=-)[0-9a-f]{8}(?=\.js)")


def compressed_banner(app: Flask, language: str) -> int:
    """The median over names of snapshots and scripts: characters of chance, which every change of a
    text or of the code makes anew, and of which some compress by ten bytes better than others."""
    page = banner(app, language)
    snapshot = site_of(app).renderer.snapshot(language).encode()
    sizes = []
    for n in range(19):
        chance = hashlib.sha256(bytes([n])).digest()
        other = page.replace(snapshot, base64.urlsafe_b64encode(chance[:12]))
        names = (chance[i : i + 4].hex().encode() for i in (12, 16))
        sizes.append(compressed(HASH.sub(lambda _, names=names: next(names), other)))
    return int(statistics.median(sizes))


def core(app: Flask) -> bytes:
    """The script that a page with ``consent_banner()`` loads."""
    [address] = re.findall(r'<script src="([^"]+)" defer', banner(app).decode())
    return get(app, path=address).data


def tag(app: Flask, language: str) -> bytes:
    """All that the script tag alone loads."""
    return get(app, path=f"/consent/banner.js?language={language}").data


# -- Budgets ----------------------------------------------------------------------------------


@of_each_policy
def test_a_returning_visitor_loads_2550_bytes_of_code_at_most(site: Policy) -> None:
    assert compressed(core(make_app(policy_=site))) <= 2550


@of_each_policy
@in_each_placement
@in_each_language
def test_the_script_tag_alone_loads_4200_bytes_at_most_with_a_bar(
    site: Policy, placement: str, language: str
) -> None:
    assert (
        compressed(tag(make_app(policy_=site, placement=placement), language))
        <= 4200 + MORE[placement]
    )


@of_each_policy
@in_each_placement
@in_each_language
def test_the_banner_adds_1450_bytes_to_a_page_at_most_as_a_bar(
    site: Policy, placement: str, language: str
) -> None:
    app = make_app(policy_=site, placement=placement)
    assert compressed_banner(app, language) <= 1450 + MORE[placement]


@of_each_policy
@in_each_placement
@in_each_language
def test_the_banner_adds_3750_bytes_to_a_page_that_is_not_compressed_at_most(
    site: Policy, placement: str, language: str
) -> None:
    assert len(banner(make_app(policy_=site, placement=placement), language)) <= 3750


@of_each_policy
@in_each_placement
@in_each_language
def test_a_first_visit_loads_4000_bytes_at_most(
    site: Policy, placement: str, language: str
) -> None:
    app = make_app(policy_=site, placement=placement)
    assert compressed_banner(app, language) + compressed(core(app)) <= 4000


def test_a_first_visit_makes_one_request() -> None:
    """Scripts that are inert and styles that need scripts off are not loaded."""
    page = banner(make_app()).decode()
    loading = re.sub(r"<noscript>.*?</noscript>|<template.*?</template>", "", page)
    assert len(re.findall(r"""\b(?:src|srcset)=|<link|url\(|@import""", loading)) == 1


def test_what_is_served_is_what_was_measured() -> None:
    app = make_app()
    [address] = re.findall(r'<script src="([^"]+)" defer', banner(app).decode())
    response = get(app, {"Accept-Encoding": "br"}, address)
    assert len(response.data) == compressed(core(app))


# -- What does not grow (H6) ------------------------------------------------------------------


def with_services(count: int, cookies: int = 4) -> Flask:
    return make_app(policy_=policy(services=many_services(count, cookies)))


@in_each_language
def test_a_further_service_adds_its_token_to_the_banner_and_nothing_else(language: str) -> None:
    """H6"""
    sizes = [len(banner(with_services(count), language)) for count in (4, 500)]
    assert sizes[1] - sizes[0] == 3 * 496


def test_further_cookies_add_nothing_to_the_banner() -> None:
    """H6"""
    sizes = [len(banner(with_services(8, cookies))) for cookies in (1, 50)]
    assert sizes[0] == sizes[1]


def test_further_cookies_add_nothing_to_the_script() -> None:
    """H6"""
    sizes = [len(core(with_services(8, cookies))) for cookies in (1, 50)]
    assert sizes[0] == sizes[1]


def test_a_further_service_adds_its_id_and_tokens_to_the_script_and_nothing_else() -> None:
    """H6: an id is what the site's code asks for. Its token stands there for the service and for
    its category; ten characters are quotes, colons and commas."""
    sizes = [len(core(with_services(count))) for count in (100, 500)]
    assert sizes[1] - sizes[0] <= 400 * (len("service-100") + 2 * 3 + 10)


def test_many_third_parties_are_counted_not_listed() -> None:
    """H6, F4: the banner covers no more of the screen however many there are."""

    def third_parties(count: int) -> bytes:
        services = many_services(count, party="third")
        named = [
            Service(s.name, category=s.category, provider=f"P{n}", party="third", purpose="Counts")
            for n, s in enumerate(services)
        ]
        return banner(make_app(policy_=policy(services=named)))

    pages = [third_parties(count) for count in (100, 500)]
    assert len(pages[1]) - len(pages[0]) == 3 * 400


def test_only_one_language_travels() -> None:
    """I1"""
    script = tag(make_app(), "fr").decode()
    assert "Tout accepter" in script
    assert "Accept all" not in script
