"""What a placeholder answers, placeholders for pages of plain HTML, and sites without a banner."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask, render_template_string

from flask_cookie_consent import Category, Cookie, Policy, Service
from flask_cookie_consent.choice.codec import decode
from tests.site import choice, get, make_app, policy, run, visit
from tests.web.test_embeds import call, page

# -- What its answer means --------------------------------------------------------------------


def answer(app: Flask, data: Any, **said: Any) -> Any:
    """The choice in the cookie that answers a form which a visitor with ``said`` sends."""
    headers = visit(policy(), **said) if said else {}
    client = app.test_client(use_cookies=False)
    response = client.post("/consent/choice", data=data, headers=headers)
    assert response.status_code == 303
    return decode(re.findall(r"consent=([^;]+)", response.headers["Set-Cookie"])[0])


#: The answer of a placeholder, as pages of before sent it by a form, and programs may.
EMBED = {"answer": "embed", "allow": "video"}


def tokens(*ids: str) -> str:
    return run(policy(), ids)


def test_it_grants_the_service_and_leaves_open_what_has_no_answer() -> None:
    found = answer(make_app(), EMBED)
    assert (found.granted, found.refused) == (tokens("video"), "")
    assert (found.method, found.scripted) == ("embed", False)


def test_it_keeps_other_answers() -> None:
    found = answer(make_app(), EMBED, granted=["insight"], refused=["video", "ads"])
    assert (found.granted, found.refused) == (tokens("insight", "video"), tokens("ads"))


def test_it_lifts_an_objection() -> None:
    data = EMBED | {"allow": "matomo"}
    found = answer(make_app(), data, refused=["matomo", "ads"])
    assert (found.granted, found.refused) == ("", tokens("ads"))


def test_a_page_that_needs_consent_leaves_open_what_has_no_answer_too() -> None:
    found = answer(make_app(), {"answer": "add", "allow": ["video"]})
    assert (found.granted, found.refused) == (tokens("video"), "")
    assert found.method == "save"


def test_an_older_states_answers_are_kept() -> None:
    old = choice(policy(), granted=["ads"])._replace(granted="zzz", refused="yyy")
    app = make_app()
    headers = {"Cookie": f"consent={old.encode()}"}
    client = app.test_client(use_cookies=False)
    response = client.post("/consent/choice", data=EMBED, headers=headers)
    found = decode(re.findall(r"consent=([^;]+)", response.headers["Set-Cookie"])[0])
    assert found is not None
    assert (found.granted, found.refused) == ("zzz" + tokens("video"), "yyy")


@pytest.mark.parametrize("kind", ["add", "embed"])
@pytest.mark.parametrize("allow", [[], ["nothing"], ["session"]])
def test_an_answer_that_adds_nothing_known_is_refused(kind: str, allow: list[str]) -> None:
    response = (
        make_app().test_client().post("/consent/choice", data={"answer": kind, "allow": allow})
    )
    assert response.status_code == 422
    assert "Set-Cookie" not in response.headers


# -- Pages of plain HTML ----------------------------------------------------------------------


def fetch(query: str = "", service: str = "video", **options: Any) -> Any:
    return get(make_app(**options), path=f"/consent/embed/{service}?{query}")


def test_the_placeholder_comes_as_a_document_that_any_cache_may_keep() -> None:
    response = fetch("language=fr&title=Un+film&link=https://video.example/w%3Fa%3D1&ratio=4/3")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=600"
    assert response.headers["Vary"] == "Accept-Language"
    text = response.text
    assert "Toujours autoriser Video" in text
    assert "<b>Un film</b>" in text
    assert 'href="https://video.example/w?a=1"' in text
    assert 'viewBox="0 0 4 3"' in text


def test_nobody_is_led_to_a_page_in_somebody_elses_words() -> None:
    """Opened as a page it is a file to save, and what it says is escaped."""
    response = fetch("title=%3Cscript%3Ealert(1)%3C/script%3E")
    assert response.headers["Content-Disposition"] == "attachment"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>alert" not in response.text


def test_without_a_title_it_names_the_service() -> None:
    assert "<b>Video</b>" in fetch().text


@pytest.mark.parametrize(
    "query",
    [
        "link=javascript:alert(1)",
        "link=JaVaScript%3Aalert(1)",
        "link=%2F%2Fevil.example",
        "link=data:text/html,x",
        "ratio=wide",
        "title=" + "a" * 301,
        "link=https://a.example/" + "a" * 2000,
    ],
)
def test_what_is_wrong_in_the_address_is_refused(query: str) -> None:
    response = fetch(query)
    assert response.status_code == 400
    assert "fcc-p" not in response.text


@pytest.mark.parametrize("service", ["nothing", "functional", "..%2fpolicy", "%FF"])
def test_an_unknown_service_has_no_placeholder(service: str) -> None:
    assert fetch(service=service).status_code == 404


def test_the_plain_script_has_a_short_life() -> None:
    response = get(make_app(), path="/consent/embed.js")
    assert response.headers["Cache-Control"] == "public, max-age=600"
    assert response.get_etag()[0]


def test_a_page_of_a_listed_origin_gets_addresses_in_full() -> None:
    app = make_app(embedded_on=["https://static.example"])
    headers = {"Origin": "https://static.example"}
    response = get(app, headers, "/consent/embed/video")
    assert 'href="http://localhost/consent/preferences?language=en"' in response.text
    assert response.headers["Access-Control-Allow-Origin"] == "https://static.example"
    script = get(app, headers, "/consent/embed.js")
    assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


# -- No first layer ---------------------------------------------------------------------------


def test_without_a_first_layer_the_banner_is_the_script_alone() -> None:
    app = make_app(call(), first_layer=False)
    text = get(app, path="/").text
    assert 'id="fcc"' not in text
    assert "state.css" not in text
    assert re.search(r'<script src="/consent/banner-[0-9a-f]+\.js" defer>', text)
    assert "We use cookies" not in get(app, path="/consent/banner.js").text
    assert get(app, path="/consent/preferences").status_code == 200


def test_without_a_first_layer_consent_is_needed_all_the_same() -> None:
    app = make_app(first_layer=False)
    with app.test_request_context():
        assert render_template_string("{{ consent.allows('video') }}") == "False"


def test_a_custom_policys_own_necessary_category_is_what_one_load_waits_for() -> None:
    site = Policy(
        controller="Example City",
        categories=[
            Category("needed", title="Needed", description="Always", necessary=True),
            Category("extras", title="Extras", description="Films"),
        ],
        services=[
            Service(
                "Video",
                category="extras",
                cookies=[Cookie("vid", purpose="Plays", duration="session")],
            )
        ],
    )
    assert '<button type="button" class="fcc-w" value="needed">' in page(call(), policy_=site)
