"""Embedded content behind placeholders: what stands in the page, and its files."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import brotli
import pytest
from flask import render_template_string
from jinja2 import DictLoader

from flask_cookie_consent import Service
from flask_cookie_consent.choice.permissions import UnknownName
from tests.site import ACCEPTED, get, make_app, policy, services, site_of, visit

FRAME = '<iframe src="https://video.example/e?a=1&amp;b=2" title="A film"></iframe>'


def call(service: str = "video", content: str = FRAME, **options: Any) -> str:
    """The markup of an embed, as a template writes it."""
    options = {"title": "A film"} | options
    said = "".join(f", {name}={value!r}" for name, value in options.items())
    return f"{{% call consent_embed({service!r}{said}) %}}{content}{{% endcall %}}"


def page(*parts: str, path: str = "/", headers: Any = None, **options: Any) -> str:
    """The page with the embeds ``parts``."""
    return get(make_app("".join(parts), **options), headers, path).text


def render(template: str) -> str:
    """What ``template`` gives, or the error that it raises."""
    with make_app().test_request_context():
        return render_template_string(template)


# -- Markup -----------------------------------------------------------------------------------


def test_the_markup_waits_untouched_in_a_template_before_the_placeholder() -> None:
    markup = f'{FRAME}<script>if (a && b) go("<p>")</script>'
    text = page(call(content=markup))
    assert re.search(
        rf'<template data-consent="video">{re.escape(markup)}</template>\s*<div class="fcc-p"', text
    )
    assert text.count(FRAME) == 1


def test_before_a_choice_nothing_names_the_provider_but_links_and_the_template() -> None:
    text = page(call(link="https://video.example/watch"))
    outside = re.sub(r"<template.*?</template>", "", text, flags=re.S)
    assert re.findall(r"[^ ]*video\.example[^ ]*", outside) == [
        'href="https://video.example/watch"'
    ]


def test_the_placeholder_says_who_what_and_where_to() -> None:
    text = page(call("ads", link="https://ads.example/film"))
    for said in (
        "This content comes from AdCo. If you load it, AdCo can store cookies on your device",
        "<b>A film</b>",
        "<code>_ad*</code> (all names that match this pattern): Shows advertising",
        "Transferred to: United States",
        "Always allow Ads",
        "Privacy policy of AdCo",
        "Open at AdCo",
        "You can change your mind at any time",
    ):
        assert said in text, said


def test_a_service_that_stores_nothing_is_not_said_to_store() -> None:
    site = policy(
        services=[
            *services(),
            Service("Map", category="functional", purpose="Shows a map", party="third"),
        ]
    )
    text = page(call("map"), policy_=site)
    assert "This content comes from Map. If you load it, Map can see your visit." in text
    assert "Map can store" not in text


def test_what_is_said_about_it_is_escaped() -> None:
    text = page(call(title='<b>"x" & y', link="https://video.example/?a=1&b=2"))
    assert "<b>&lt;b&gt;&#34;x&#34; &amp; y</b>" in text
    assert 'aria-label="&lt;b&gt;&#34;x&#34; &amp; y"' in text
    assert 'href="https://video.example/?a=1&amp;b=2"' in text


class _Attributes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {name for name, _ in attrs}


def test_no_attribute_needs_a_permission() -> None:
    parser = _Attributes()
    parser.feed(page(call()))
    assert not {n for n in parser.names if n == "style" or n.startswith("on")}


@pytest.mark.parametrize(
    ("ratio", "box"),
    [
        ("16/9", "16 9"),
        ("4/3", "4 3"),
        ("640x360", "640 360"),
        (" 1 / 1 ", "1 1"),
        ("9:16", "9 16"),
    ],
)
def test_the_ratio_is_that_of_an_empty_drawing(ratio: str, box: str) -> None:
    sizer = f'viewBox="0 0 {box}" aria-hidden="true"></svg>'
    assert sizer in page(call(ratio=ratio))


@pytest.mark.parametrize(
    "ratio", ["", "16", "0/9", "16/0", "1.5/1", "-4/3", "4/3;x", '1"/2', "९/३"]
)
def test_a_ratio_that_is_none_is_an_error_that_says_what_is_allowed(ratio: str) -> None:
    with pytest.raises(ValueError, match=r"consent_embed\('video'\): ratio: .*'16/9'"):
        render(call(ratio=ratio))


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "/film", "//video.example", "", "data:text/html,x", 'https://a"b'],
)
def test_a_link_that_is_no_web_address_is_an_error(link: str) -> None:
    with pytest.raises(ValueError, match=r"consent_embed\('video'\): link: .*http or https"):
        render(call(link=link))


def test_an_embed_without_a_title_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"consent_embed\('video'\): title"):
        render(call(title=" "))


@pytest.mark.parametrize("name", ["youtube", "functional", "__proto__", ""])
def test_an_unknown_service_is_an_error_that_lists_the_ids(name: str) -> None:
    with pytest.raises(UnknownName, match=r"there is no service .* ads, .*insight, .*video"):
        render(call(name))


def test_without_a_call_block_the_error_says_how_it_is_written() -> None:
    with pytest.raises(TypeError, match=r"\{% call consent_embed"):
        render('{{ consent_embed("video", title="A film") }}')


def test_it_works_in_imported_macros() -> None:
    app = make_app('{% from "m.html" import film %}{{ film("Trees") }}')
    embed = call().replace("'A film'", "name")
    macro = f"{{% macro film(name) %}}{embed}{{% endmacro %}}"
    app.jinja_loader = DictLoader({"m.html": macro})
    assert "<b>Trees</b>" in get(app, path="/").text


def test_it_speaks_the_pages_language_or_the_one_asked_for() -> None:
    french = "Toujours autoriser Video"
    assert french in page(call(), language=lambda: "fr")
    assert french in page(call(language="fr"))
    assert french not in page(call())


def test_a_service_that_needs_no_consent_is_not_asked_about() -> None:
    text = page(call("session"))
    assert f'aria-label="A film">\n{FRAME}<svg' in text
    assert "Always allow" not in text


# -- The same for everybody, or not -----------------------------------------------------------


@pytest.mark.parametrize("said", [{}, ACCEPTED])
def test_the_page_is_the_same_for_every_visitor(said: Any) -> None:
    app = make_app(call())
    stranger, visitor = get(app, path="/"), get(app, visit(policy(), **said), path="/")
    assert (visitor.data, list(visitor.headers)) == (stranger.data, list(stranger.headers))
    assert not {"Vary", "Cache-Control"} & set(stranger.headers.keys())


def test_where_the_server_decides_the_page_is_private() -> None:
    app = make_app(call(cached=False))
    allowed = get(app, visit(policy(), **ACCEPTED), path="/")
    assert f'aria-label="A film">\n{FRAME}<svg' in allowed.text
    assert "embed-" not in allowed.text
    waiting = get(app, path="/")
    assert '<template data-consent="video">' in waiting.text
    for response in (allowed, waiting):
        assert response.headers["Vary"] == "Cookie, Sec-GPC"
        assert response.headers["Cache-Control"] == "private"


# -- Files ------------------------------------------------------------------------------------


def test_the_script_is_named_with_nonce_and_hash_like_the_others() -> None:
    app = make_app(call(), nonce=lambda: "n0", integrity=True)
    embed = site_of(app).assets.embed
    text = get(app, path="/").text
    tag = f'<script src="/consent/{embed.name}" defer integrity="{embed.sha256}" nonce="n0">'
    assert tag in text
    assert f'<style nonce="n0">{site_of(app).assets.embed_style.body.decode()}</style>' in text
    response = get(app, path=f"/consent/{embed.name}")
    assert "immutable" in response.headers["Cache-Control"]
    assert response.mimetype == "text/javascript"


def test_what_a_page_carries_is_among_the_hashes() -> None:
    site = site_of(make_app())
    assert f"'{site.assets.embed.sha256}'" in site.csp_hashes["script-src"]
    assert f"'{site.assets.embed_style.sha256}'" in site.csp_hashes["style-src"]


def test_without_inline_code_the_style_is_a_file() -> None:
    app = make_app(call(), inline=False)
    [address] = re.findall(
        r'<link rel="stylesheet" href="(/consent/embed-[^"]+)">', get(app, path="/").text
    )
    assert get(app, path=address).mimetype == "text/css"


def test_other_pages_do_not_load_the_script() -> None:
    assert "embed" not in page("<p>Text</p>")


@pytest.mark.parametrize("name", ["embed-00000000.js", "embed-00000000.css"])
def test_a_file_of_another_build_is_served_but_not_kept(name: str) -> None:
    response = get(make_app(), path=f"/consent/{name}")
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-cache")


def compressed(text: str) -> int:
    return len(brotli.compress(text.encode(), quality=11))


def test_the_script_of_embeds_is_1000_bytes_at_most() -> None:
    assert compressed(site_of(make_app()).assets.embed.body.decode()) <= 1000


def test_the_style_of_embeds_is_900_bytes_at_most() -> None:
    assert compressed(site_of(make_app()).assets.embed_style.body.decode()) <= 900


def test_a_further_embed_costs_a_page_next_to_nothing() -> None:
    """Each brings style and script again; compressed, they are a reference to the first."""
    one, two = (compressed(page(call() * n)) for n in (1, 2))
    assert two - one <= 60
