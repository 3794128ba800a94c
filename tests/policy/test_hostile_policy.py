"""Texts of a policy are texts, whatever they look like: in pages, and in scripts (H4)."""

from __future__ import annotations

import json
import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask, render_template_string

from flask_cookie_consent import Category, Cookie, Duration, Exemption, Policy, Service
from tests.site import get, make_app

PLAIN = "Plain"
HOSTILE = {
    "the end of a script": "</script><script>evil()</script>",
    "the end of a style": "</style><script>evil()</script>",
    "a comment": "<!--<script>",
    "the end of an attribute": "\" onload=evil() x='",
    "line separators": "a\u2028b\u2029c",
    "a template": "{{ 7 * 7 }}{% raw %}{# #}",
    "a format": "{controller} {0} {names} {",
    "entities": "&lt;b&gt; &amp;amp; &#60;",
    "our own placeholders": "__CONFIG__ __NAME__ __LIFE__",
    "an escape": "\\u003c\\\"\\'\\",
    "another direction": "\u202e\u2066abc",
    "letters beyond the first plane": "🍪\U00020000",
}


def policy_of(text: str) -> Policy:
    """A policy whose every text is ``text``."""

    def service(id_: str, category: str, **other: Any) -> Service:
        return Service(
            text,
            id=id_,
            category=category,
            provider=text,
            function=text,
            location=text,
            purpose=text,
            countries=[text],
            cookies=[Cookie(f"{id_}*", purpose=text, duration=Duration.free(text))],
            **other,
        )

    return Policy(
        [
            service("asked", "own", party="third", policy_url="https://a.example/?a=1&b='2"),
            service("exempt", "statistics", exempt=Exemption(text)),
            service("needed", "necessary"),
        ],
        controller=text,
        contact=text,
        version=text,
        categories=[
            Category("necessary", title=text, description=text, necessary=True),
            Category("statistics", title=text, description=text, can_be_exempt=True),
            Category("own", title=text, description=text),
        ],
    )


@cache
def app_of(text: str, language: str = "en") -> Flask:
    app = make_app(policy_=policy_of(text), language=lambda: language)
    view = "{{ consent_banner() }}{{ consent_policy() }}{{ consent_link() }}"
    app.add_url_rule("/page", "page", lambda: render_template_string(view))
    return app


class _Shape(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[Any] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, [name for name, _ in attrs]))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")

    def handle_comment(self, data: str) -> None:
        self.tags.append("comment")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(markup: str) -> _Shape:
    shape = _Shape()
    shape.feed(markup)
    shape.close()
    return shape


PAGES = ("/page", "/consent/preferences", "/consent/dialog", "/consent/policy")

every_text = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
every_page = pytest.mark.parametrize("path", PAGES)


@every_text
@every_page
def test_no_text_of_a_policy_becomes_markup(path: str, text: str) -> None:
    """A page has the same elements and attributes, whatever the texts are."""
    pages = [get(app_of(t), path=path).text for t in (PLAIN, text)]
    shapes = [read(page).tags for page in pages]
    assert shapes[0] == shapes[1]


@every_text
@every_page
def test_every_text_is_shown_as_it_is(path: str, text: str) -> None:
    shown = "".join(read(get(app_of(text), path=path).text).text)
    assert text in shown


def script(text: str, language: str = "en") -> str:
    """The script for the script tag."""
    response = get(app_of(text), path=f"/consent/banner.js?language={language}")
    assert response.status_code == 200
    return response.text


@every_text
def test_no_text_ends_a_script(text: str) -> None:
    """Such a script may stand in a page: nothing in it is an end tag or opens a comment."""
    assert not re.search(r"</script|<!--|<script", script(text), re.IGNORECASE)


@every_text
def test_no_text_ends_a_line_of_a_script(text: str) -> None:
    assert not re.search("[\u2028\u2029]", script(text))


#: A text of JavaScript, or a key without quotes.
_TEXT_OR_KEY = re.compile(r'("(?:[^"\\]|\\.)*")|([a-z_]\w*)(?=:)')


def tree_in(script_: str) -> Any:
    """The first layer that the script for the script tag carries."""
    start = script_.index('[["section"')
    as_json = _TEXT_OR_KEY.sub(lambda found: found[1] or f'"{found[2]}"', script_[start:])
    tree, _ = json.JSONDecoder().raw_decode(as_json)
    return tree


def texts_in(node: Any) -> str:
    if isinstance(node, str):
        return node
    return "".join(map(texts_in, node[2:] if isinstance(node[0], str) else node))


def without_space(text: str) -> str:
    """``text`` without what HTML collapses; spaces that are not to be broken are kept."""
    return re.sub("[ \t\r\n]", "", text)


def first_layer_of(text: str, language: str) -> str:
    page = get(app_of(text, language), path="/").text
    found = re.search(r'<section id="fcc".*?</section>', page, re.DOTALL)
    assert found
    return found[0]


@pytest.mark.parametrize(
    ("text", "language"),
    [(PLAIN, "en"), (PLAIN, "fr"), *((text, "en") for text in HOSTILE.values())],
    ids=["plain", "French, with spaces that are not to be broken", *HOSTILE],
)
def test_the_script_tag_shows_what_a_page_shows(text: str, language: str) -> None:
    """F1, F2: to the letter, since what was shown is proven by its hash."""
    [section, *_] = tree_in(script(text, language))
    page = "".join(read(first_layer_of(text, language)).text)
    assert without_space(texts_in(section)) == without_space(page)


@every_text
def test_a_site_overrides_a_text_by_any_text(text: str) -> None:
    app = make_app(texts={"accept_all": text})
    assert text in read(get(app, path="/").text).text


def test_an_address_of_a_policy_is_escaped() -> None:
    page = get(app_of(PLAIN), path="/consent/policy").text
    assert 'href="https://a.example/?a=1&amp;b=&#39;2"' in page


@every_text
def test_the_policy_as_data_says_every_text_as_it_is(text: str) -> None:
    found = json.loads(get(app_of(text), path="/consent/policy.json").data)
    assert found["controller"] == found["services"][0]["name"] == text
