"""What visitors write into a page, past a sanitiser that lets names and ``data-*`` through, takes
nothing of ours over: no choice, no script, no request to anybody else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from flask import Flask, redirect, request

from flask_cookie_consent.ui.bundles import static_folder
from tests.site import make_app
from tests.web.test_embeds import call

from .signs import LAST, confirmed, gated, note, round_trip
from .visitor import Visitor
from .world import Server

#: Every word of our scripts that could be the name of something they read, and our ids.
WORDS = {
    word
    for name in ("core", "more", "tag", "embed", "inline")
    for word in re.findall(r"[A-Za-z]\w{2,}", (static_folder() / f"{name}.js").read_text())
}
IDS = (
    "fcc",
    "fcc-status",
    "fcc-dialog",
    "fcc-more",
    "fcc-reopen",
    "fcc-reload",
    "fcc-heading",
    "fcc-dialog-heading",
)
NAMES = sorted(WORDS | {*IDS, "fccEmbed"})
#: What stands for our scripts or their addresses, or is missing in some browsers.
ALIKE = ("cookieConsent", "fccEmbed", "cookieStore", "currentScript", "caches", "cookie", "body")


def each(tag: str, names: Iterable[str] = NAMES, inside: str | None = "") -> str:
    """An element for each name. (``None`` inside: it has no end.)"""
    end = "" if inside is None else f"{inside}</{tag}>"
    return "".join(f'<{tag} id="{name}" name="{name}">{end}' for name in names)


MARKUP = {
    "pictures": each("img", inside=None),
    "forms with fields": each("form") + each("form", (*ALIKE, *IDS), each("input", inside=None)),
    "links, two of each": each("a") * 2,
    "frames": each("iframe", (*ALIKE, *IDS, "querySelector", "prerendering", "activeElement")),
    "objects": each("object"),
    "plugins": each("embed", inside=None),
}
SINK = "<img src=x onerror=\"(window.ran ||= []).push('evil')\">"


class Evil:
    """A server that answers everything as whoever lures our scripts there would wish."""

    def __init__(self) -> None:
        self.server: Any = None

    @property
    def asked(self) -> list[str]:
        """The paths it was asked for, but those of pictures that the markup shows by itself."""
        return [s.path for s in self.server.log if not s.path.startswith("/picture")]

    @property
    def url(self) -> str:
        return str(self.server.url)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        origin = environ.get("HTTP_ORIGIN", "*")
        kind = "text/javascript" if environ["PATH_INFO"].endswith(".js") else "text/html"
        headers = [
            ("Content-Type", kind),
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
        ]
        start_response("200 OK", headers)
        if environ["PATH_INFO"] == "/picture":
            return [b""]
        if kind == "text/javascript":
            return [b"(window.ran ||= []).push('evil')"]
        body = (
            f"<dialog>{SINK}</dialog><script type=text/css></script>"
            f"<div onclick=\"ran.push('evil')\" style='position:fixed;inset:0'><form>{SINK}</form>"
            f"<p>{SINK}</p></div>"
        )
        return [body.encode()]


@pytest.fixture
def evil(serve: Callable[..., Server]) -> Evil:
    app = Evil()
    app.server = serve(app)
    return app


#: What a test sees and does, where names of the page hide what WebDriver uses.
HANDS = """window.hands = {
  one: (selector) => Document.prototype.querySelector.call(document, selector),
  sees: (selector) => !!hands.one(selector)?.checkVisibility({ checkVisibilityCSS: true }),
  click(text, within) {
    const all = [...(hands.one(within)?.querySelectorAll("button,a,label") || [])];
    const found = all.find((el) => el.textContent.trim() == text && el.checkVisibility());
    found?.click();
    return !!found;
  },
}"""


@pytest.fixture
def visitor(browser: Visitor) -> Iterator[Visitor]:
    identifier = browser.on_new_page(HANDS)
    yield browser
    browser.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=identifier)


def sees(visitor: Visitor, selector: str) -> bool:
    return bool(visitor.js("hands.sees(arguments[0])", selector))


def click(visitor: Visitor, text: str, within: str) -> None:
    script = "hands.click(arguments[0], arguments[1])"
    visitor.until(lambda: visitor.js(script, text, within), f"no {text!r} in {within}")


def load(visitor: Visitor, url: str) -> None:
    """Opens a page, and waits until what needs no consent has run."""
    visitor.get(url)
    visitor.until(lambda: "last" in visitor.ran)


BODY = (
    f"<main><h1>Films</h1>{call(content='<i id=film></i>')}</main>{gated('ads', note('ads'))}{LAST}"
)


def foreign(where: str, markup: str, *, tag: bool = False, **options: Any) -> Flask:
    """A site with an embed and gated markup, and somebody's markup before or after all of ours."""
    app = make_app(BODY, **options)
    page = app.view_functions["index"]

    def index() -> str:
        html = str(page())
        if tag:
            start, end = html.index("<style"), html.index("<main>")
            html = html[:start] + '<script src="/consent/banner.js" defer></script>' + html[end:]
        place = "<body>" if where == "before" else "<footer>"
        return html.replace(place, f"{place}{markup}", 1)

    app.view_functions["index"] = index
    return app


# -- Names ------------------------------------------------------------------------------------

FORMS = [("before", False), ("after", False), ("before", True)]


@pytest.mark.parametrize(("where", "tag"), FORMS, ids=["before", "after", "before the script tag"])
@pytest.mark.parametrize("markup", MARKUP.values(), ids=MARKUP)
def test_whatever_elements_are_called_everything_works(visitor, serve, markup, where, tag):
    """Each word of our scripts is the name and the id of an element of the page."""
    url = serve(foreign(where, f"<div hidden>{markup}</div>", tag=tag)).url
    load(visitor, url)
    visitor.until(lambda: sees(visitor, "section#fcc"), "no first layer")
    visitor.until(lambda: sees(visitor, ".fcc-e [type=button]"), "the embed cannot be loaded")
    assert visitor.ran == ["last"]
    click(visitor, "Accept all", "section#fcc")
    confirmed(visitor)
    visitor.until(lambda: "ads" in visitor.ran)
    visitor.until(lambda: visitor.js("!!hands.one('#film')"), "the embed was not released")
    click(visitor, "Cookie settings", "footer")
    visitor.until(lambda: sees(visitor, "dialog"), "no preferences")
    click(visitor, "Advertising", "dialog")
    click(visitor, "Save my choice", "dialog")
    visitor.until(lambda: sees(visitor, "div#fcc-reload"), "no offer to reload")
    confirmed(visitor)
    assert not visitor.allows("ads")
    load(visitor, url)
    assert "ads" not in visitor.ran
    visitor.js("window.cookieConsent.reject()")
    visitor.until(lambda: confirmed(visitor)["value"].startswith("1rc."))


@pytest.mark.parametrize("where", ["before", "after"])
def test_elements_of_ours_are_known_by_more_than_their_id(visitor, serve, where):
    """A page that has used these ids before keeps a first layer, and a way to withdraw."""
    markup = "".join(f"<div id='{name}'><form></form></div>" for name in (*IDS, "cookieConsent"))
    load(visitor, serve(foreign(where, markup)).url)
    click(visitor, "Reject all", "section#fcc")
    assert confirmed(visitor)["value"].startswith("1rc.")
    visitor.until(lambda: not sees(visitor, "section#fcc"))
    click(visitor, "Cookie settings", "footer")
    visitor.until(lambda: sees(visitor, "dialog"))
    click(visitor, "Accept all", "dialog")
    visitor.until(lambda: "ads" in visitor.ran)


def test_a_dialog_that_is_there_already_does_not_stand_for_the_preferences(visitor, serve):
    markup = "<dialog id='fcc-dialog' open>Hello</dialog><p id='fcc-status'></p>"
    load(visitor, serve(foreign("after", markup)).url)
    click(visitor, "Customise", "section#fcc")
    visitor.until(lambda: sees(visitor, "dialog:modal [name=allow]"))


# -- Addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("way", ["click", "api", "without the second script"])
def test_a_link_that_says_it_leads_to_the_preferences_opens_ours(visitor, serve, evil, where, way):
    link = f"<a data-fcc href='{evil.url}/preferences?language=fr'>Photos</a>"
    load(visitor, serve(foreign(where, link)).url)
    if way == "without the second script":
        visitor.cdp("Network.setBlockedURLs", urls=["*/consent/more-*"])
    try:
        if way == "api":
            visitor.js("void cookieConsent.show()")
        else:
            click(visitor, "Photos", "body")
        visitor.until(lambda: sees(visitor, "form [name=allow][type=checkbox]"))
    finally:
        visitor.cdp("Network.setBlockedURLs", urls=[])
    assert "evil" not in visitor.ran
    assert evil.asked == []


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("address", ["javascript:ran.push('evil')", "data:text/html,x", "//x:y/"])
def test_nor_does_any_other_kind_of_address(visitor, serve, where, address):
    link = f'<a data-fcc href="{address}">Photos</a>'
    site = serve(foreign(where, link))
    load(visitor, site.url)
    click(visitor, "Photos", "body")
    visitor.until(lambda: sees(visitor, "dialog [name=allow]"))
    assert visitor.ran == ["last"]


def around(app: Flask, evil: Evil) -> Any:
    """The site with a page that leads anywhere, and with what somebody has put up there."""

    @app.get("/go")
    def go() -> Any:
        return redirect(request.args["to"])

    @app.get("/uploads/<int:number>")
    def upload(number: int) -> Any:
        html = b"".join(evil({"PATH_INFO": "/"}, lambda *_: None))
        return html, {"Content-Disposition": "attachment", "Content-Security-Policy": "sandbox"}

    return app


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize(
    "name",
    [
        "../../go?to={evil}/x&amp;",
        "../../uploads/1?",
        "..%2f..%2fuploads%2f1?",
        "video/../../../uploads/1?",
        "video?#",
        "\\..\\..\\uploads\\1?",
        "//{evil}/",
        "",
    ],
)
def test_an_embed_is_one_of_the_servers_services(visitor, serve, evil, where, name):
    box = f'<div class="fcc-e" data-embed="{name.format(evil=evil.url)}"></div>'
    site = serve(around(foreign(where, box), evil))
    load(visitor, site.url)
    visitor.until(lambda: sees(visitor, ".fcc-e [type=button]"))
    round_trip(visitor)
    known = ("/consent/", "/favicon")
    assert [s.path for s in site.log if s.path != "/" and not s.path.startswith(known)] == []
    assert evil.asked == []
    assert visitor.js("hands.one('.fcc-e[data-embed], .fcc-e:empty').attributes.length") <= 2


@pytest.mark.parametrize("form", ["markup", "tag"])
@pytest.mark.parametrize("element", ["img", "iframe"])
def test_another_servers_file_does_not_pass_for_our_script(visitor, serve, evil, form, element):
    """It would be asked for the rest of our script, and told every choice."""
    named = f"<{element} name='currentScript' src='{evil.url}/picture'></{element}>"
    site = serve(foreign("before", named, tag=form == "tag"))
    load(visitor, site.url)
    click(visitor, "Customise", "section#fcc")
    visitor.until(lambda: sees(visitor, "dialog"))
    click(visitor, "Accept all", "dialog")
    confirmed(visitor)
    visitor.js("cookieConsent.reject()")
    visitor.until(lambda: confirmed(visitor)["value"].startswith("1rc."))
    visitor.until(lambda: site.requests("/consent/clear"))
    assert evil.asked == []
    assert "evil" not in visitor.ran


@pytest.mark.parametrize("path", ["/consent/dialog", "/consent/embed/video"])
def test_what_a_redirect_leads_to_is_not_taken_over(visitor, serve, evil, path):
    """As of a site that sends our own addresses somewhere else."""
    box = (
        '<div class="fcc-e" data-embed="video"><template data-consent="video"></template></div>'
        '<script src="/consent/embed.js" defer></script>'
    )
    app = foreign("after", box)

    def elsewhere(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == path:
            start_response("302 Found", [("Location", f"{evil.url}/x")])
            return [b""]
        return app(environ, start_response)

    load(visitor, serve(elsewhere).url)
    if path == "/consent/dialog":
        click(visitor, "Customise", "section#fcc")
        visitor.until(lambda: visitor.js("location.pathname") == "/consent/preferences")
    else:
        visitor.until(lambda: evil.asked)
        round_trip(visitor)
        assert not visitor.js("!!hands.one('.fcc-e:not([role])>.fcc-p,.fcc-e>p')")
    assert "evil" not in visitor.ran


# -- Consent that nobody gave -----------------------------------------------------------------


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize(
    "markup",
    [
        "<div id='fcc'><form action='/other'><button value='accept'>Play</button></form></div>",
        "<div id='fcc'><p><form action='/other'><button value='accept'>Play</button></form></div>",
        "<form id='fcc' action='/other'><button value='accept'>Play</button></form>",
        "<a data-fcc='accept' data-consent='ads' href='/other?answer=accept'>Play</a>",
    ],
)
def test_a_button_of_somebody_else_is_no_answer(visitor, serve, where, markup):
    site = serve(foreign(where, markup))
    load(visitor, site.url)
    click(visitor, "Play", "body")
    if "<a" not in markup:
        visitor.until(lambda: visitor.js("location.pathname") == "/other")
        visitor.until(lambda: "last" in visitor.ran)
    round_trip(visitor)
    assert visitor.consent_cookie is None
    assert "ads" not in visitor.ran
    assert not site.requests("/consent/choice")
