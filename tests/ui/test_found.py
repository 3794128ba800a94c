"""What scanners of auditors look for, and filter lists of visitors do not hide (F2, R6)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from tests.site import get, make_app

OPTION = {"privacy_policy_url": "/{language}/privacy"}
LINKS = {
    "en": '<a href="/en/privacy">Privacy policy</a>',
    "fr": '<a href="/fr/privacy">Politique de confidentialité</a>',
}


def page(app: Flask, path: str = "/") -> str:
    return get(app, path=path).text


def first_layer(**options: Any) -> str:
    """The markup of the first layer, as a page has it."""
    found = re.search(r'<section id="fcc".*?</section>', page(make_app(**options)), re.S)
    assert found
    return found[0]


def test_the_first_layer_is_called_consent() -> None:
    """By the class that scanners look for: sites and tools can rely on it."""
    assert first_layer().startswith('<section id="fcc" class="fcc-consent" ')


def test_no_rule_of_a_filter_list_means_our_names() -> None:
    """EasyList Cookie and its like hide whole names that are in general use, and some by the words
    in them; ours begin with our own prefix and have none of those."""
    names = re.findall(r' (?:class|id)="([^"]+)"', first_layer(**OPTION))
    assert names
    for name in " ".join(names).split():
        assert re.fullmatch("fcc(-[a-z]+)?", name)
        assert not re.search("cookie|banner|notice|gdpr|privacy|popup|modal|overlay", name)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Example City uses cookies for these purposes: <ul>"),
        ("fr", "Example City utilise des cookies pour ces finalités\u202f: <ul>"),
        ("de", "verwendet Example City Cookies für folgende Zwecke: <ul>"),
    ],
)
def test_the_first_layer_calls_purposes_by_their_name(language: str, said: str) -> None:
    assert said in first_layer(language=lambda: language)


@pytest.mark.parametrize("language", LINKS)
def test_a_privacy_policy_that_the_site_names_is_linked_to_where_one_chooses(language: str) -> None:
    app = make_app(language=lambda: language, **OPTION)
    assert page(app).count(LINKS[language]) == 1
    assert page(app, f"/consent/preferences?language={language}").count(LINKS[language]) == 1


def test_a_site_that_names_no_privacy_policy_has_no_such_link() -> None:
    app = make_app()
    assert "Privacy policy<" not in page(app) + page(app, "/consent/preferences")
