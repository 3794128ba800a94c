"""What waits for consent in each engine: vendors' snippets, embedded content; and what goes when
consent is withdrawn."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Response

from flask_cookie_consent import Cookie, Service
from tests.browser.signs import LAST, confirmed, gated, note, round_trip
from tests.site import make_app, policy, services
from tests.web.test_embeds import call


def snippet(url: str) -> str:
    """A vendor's snippet, as it is mostly written: a script from afar, and what needs it."""
    needs = "ran.includes('lib') ? ran.push('use') : ran.push('use came too early')"
    return (
        "<script>window.ran = []</script>"
        + gated("ads", f'<script src="{url}/lib.js?hang"></script><script>{needs}</script>')
        + gated("insight", f'<script src="{url}/insight.js"></script>', note("insight"))
        + LAST
    )


def test_a_snippet_runs_in_order_and_once(visitor, serve, third_party):
    visitor.get(serve(make_app(snippet(third_party.url))).url)
    visitor.until(lambda: visitor.ran == ["last"])
    round_trip(visitor)
    assert third_party.log == []
    visitor.click("Accept all")
    visitor.until(lambda: third_party.server.requests("/lib.js"))
    round_trip(visitor)
    assert "use" not in " ".join(visitor.ran)
    third_party.release()
    visitor.until(lambda: {"use", "insight"} <= set(visitor.ran))
    confirmed(visitor)
    round_trip(visitor)
    assert sorted(visitor.ran) == sorted(["last", "lib", "use", "insight", "insight"])
    assert visitor.ran.index("lib") < visitor.ran.index("use")


def test_what_is_refused_never_runs(visitor, serve, third_party):
    site = serve(make_app(snippet(third_party.url)))
    visitor.get(site.url)
    visitor.click("Reject all")
    confirmed(visitor)
    for path in ("/", "/other"):
        visitor.get(site.url + path)
        visitor.until(lambda: "last" in visitor.ran)
        round_trip(visitor)
        assert visitor.ran == ["last"]
    assert third_party.log == []


# -- Embedded content -------------------------------------------------------------------------


@pytest.fixture
def films(serve: Any, third_party: Any) -> Any:
    """A site with two films of one service."""
    frames = {
        n: f'<iframe src="{third_party.url}/{n}" title="{n}"></iframe>' for n in ("one", "two")
    }
    parts = [f"<div id={n}>{call(content=f, title=f'Film {n}')}</div>" for n, f in frames.items()]
    return serve(make_app("".join(parts) + LAST))


def loaded(visitor: Any) -> list[str]:
    """The titles of the frames in the page."""
    return list(visitor.js("[...document.querySelectorAll('iframe')].map((f) => f.title)"))


def asked(third_party: Any) -> set[str]:
    """What the provider was asked for."""
    return {seen.path for seen in third_party.log}


def test_an_embed_is_loaded_once_and_consent_stays_as_it_was(visitor, films, third_party):
    visitor.get(films.url)
    visitor.until(lambda: "last" in visitor.ran)
    round_trip(visitor)
    assert loaded(visitor) == []
    assert third_party.log == []
    visitor.click("Load this one: Film two", "#two")
    visitor.until(lambda: "/two" in asked(third_party))
    assert loaded(visitor) == ["two"]
    assert visitor.banner
    assert "consent" not in visitor.cookies
    visitor.reload()
    visitor.until(lambda: "last" in visitor.ran)
    round_trip(visitor)
    assert loaded(visitor) == []
    assert asked(third_party) == {"/two"}


def test_an_embed_is_allowed_for_good(visitor, films, third_party):
    visitor.get(films.url)
    visitor.until(lambda: "last" in visitor.ran)
    visitor.click("Always allow Video", "#one")
    visitor.until(lambda: loaded(visitor) == ["one", "two"])
    assert confirmed(visitor)["value"].startswith("1ec.")
    visitor.until(lambda: asked(third_party) == {"/one", "/two"})
    visitor.reload()
    visitor.until(lambda: loaded(visitor) == ["one", "two"])
    assert visitor.allows("video")
    assert not visitor.allows("ads")


# -- Withdrawal -------------------------------------------------------------------------------

STORES = ("localStorage", "sessionStorage", "IndexedDB", "CacheStorage")

FILL = """(async () => {
  document.cookie = "_ad_seen=1";
  for (const name of ["s_1", "other"]) {
    localStorage[name] = sessionStorage[name] = 1;
    await new Promise((go) => {
      const opening = indexedDB.open(name);
      opening.onsuccess = () => (opening.result.close(), go());
    });
    await caches.open(name);
  }
})()"""

LOOK = """(async () => ({
  localStorage: Object.keys(localStorage).sort(),
  sessionStorage: Object.keys(sessionStorage).sort(),
  IndexedDB: (await indexedDB.databases()).map((d) => d.name).sort(),
  CacheStorage: (await caches.keys()).sort() }))()"""


def test_what_is_withdrawn_is_gone(visitor, serve):
    """Cookies, those that no script sees among them, and other storage; all else stays."""
    keeps = [Cookie("s_*", purpose="Shows advertising", storage=kind) for kind in STORES]
    replay = Service("Replay", category="marketing", provider="AdCo", cookies=keeps)
    app = make_app(gated("ads", note("ads")) + LAST, policy_=policy(services=[*services(), replay]))

    @app.get("/plant")
    def plant() -> Response:
        response = Response("planted")
        for name in ("_ad_hidden", "sessionid"):
            response.set_cookie(name, "1", httponly=True)
        return response

    visitor.get(serve(app).url)
    visitor.click("Accept all")
    confirmed(visitor)
    visitor.until(lambda: "ads" in visitor.ran)
    visitor.js(FILL)
    assert visitor.js("fetch('/plant').then((r) => r.ok)")
    assert set(visitor.cookies) == {"consent", "_ad_seen", "_ad_hidden", "sessionid"}
    assert visitor.cookies["_ad_hidden"]["httpOnly"]
    assert visitor.js(LOOK) == {kind: ["other", "s_1"] for kind in STORES}
    visitor.click("Cookie settings", "footer")
    visitor.click("Advertising", "#fcc-dialog")
    visitor.click("Save my choice", "#fcc-dialog")
    visitor.until(lambda: set(visitor.cookies) == {"consent", "sessionid"})
    visitor.until(lambda: visitor.js(LOOK) == {kind: ["other"] for kind in STORES})
    visitor.until(lambda: visitor.sees("#fcc-reload"), "no reload was offered")
