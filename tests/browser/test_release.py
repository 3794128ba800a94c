"""How gated markup is released: in order, in place, each script once (B2, B6)."""

from __future__ import annotations

import pytest
from flask import Response

from tests.site import make_app

from .signs import LAST, add, confirmed, gated, inert, note, round_trip


def needs(lib: str, name: str) -> str:
    """Code that only works after the script ``lib``, and notes ``name``."""
    return f"ran.includes('{lib}') ? ran.push('{name}') : ran.push('{name} came too early')"


def in_one_template(url: str) -> str:
    return gated(
        "ads",
        f'<script src="{url}/lib.js?hang"></script>',
        f"<div><p id='place'><b>x</b><script>{needs('lib', 'use')}</script></p></div>",
        f'<script src="{url}/more.js"></script>',
        note("end"),
    )


def in_several_templates(url: str) -> str:
    return (
        gated("ads", f'<script src="{url}/lib.js?hang"></script>')
        + gated("marketing", f"<script>{needs('lib', 'use')}</script>")
        + gated("ads", f'<p><script src="{url}/more.js"></script></p>')
        + gated("ads", note("end"))
    )


def as_inert_scripts(url: str) -> str:
    return (
        inert(f"{url}/lib.js?hang")
        + inert(code=needs("lib", "use"))
        + inert(f"{url}/more.js")
        + inert(code="ran.push('end')")
    )


def in_both_forms(url: str) -> str:
    return (
        inert(f"{url}/lib.js?hang")
        + gated("ads", f"<script>{needs('lib', 'use')}</script>", inert(f"{url}/more.js"))
        + inert(code="setTimeout(() => ran.push('end'), 1000)")
    )


@pytest.mark.parametrize(
    "form", [in_one_template, in_several_templates, as_inert_scripts, in_both_forms]
)
def test_scripts_run_in_the_order_of_the_document(browser, serve, third_party, form):
    """B2: what comes after a slow external script waits for it; each runs exactly once."""
    site = serve(make_app("<script>window.ran = []</script>" + form(third_party.url)))
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: third_party.server.requests("/lib.js"))
    round_trip(browser)
    assert browser.ran == []
    third_party.release()
    browser.until(lambda: "end" in browser.ran)
    assert browser.ran == ["lib", "use", "more", "end"]


def test_an_async_script_is_not_waited_for(browser, serve, third_party):
    """B2: ``async`` keeps its meaning."""
    url = third_party.url
    site = serve(
        make_app(
            gated(
                "ads",
                f'<script async src="{url}/slow.js?hang"></script>',
                f'<script async src="{url}/quick.js"></script>',
                note("inline"),
            )
        )
    )
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: set(browser.ran) == {"inline", "quick"}, timeout=3)
    third_party.release()
    browser.until(lambda: browser.ran[-1] == "slow")


def test_deferred_scripts_run_among_themselves_in_order(browser, serve, third_party):
    """B2: ``defer`` keeps its meaning: it holds no inline script back."""
    url = third_party.url
    site = serve(
        make_app(
            gated(
                "ads",
                f'<script defer src="{url}/first.js?hang"></script>',
                f'<script defer src="{url}/second.js"></script>',
                note("inline"),
            )
        )
    )
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: third_party.server.requests("/second.js"))
    round_trip(browser)
    assert browser.ran == ["inline"]
    third_party.release()
    browser.until(lambda: browser.ran == ["inline", "first", "second"])


def test_modules_and_data_blocks_keep_their_type(browser, serve, third_party):
    """B2: a module runs as a module; what is no JavaScript is left alone."""
    site = serve(
        make_app(
            gated(
                "ads",
                f'<script type="module">import "{third_party.url}/part.js";'
                "ran.push(String(this))</script>",
                '<script type="application/ld+json">{"@type": "Thing"}</script>',
                f'<script nomodule src="{third_party.url}/old.js"></script>',
            )
        )
    )
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: browser.ran == ["part", "undefined"])
    assert browser.js("JSON.parse(document.querySelector('[type*=ld]').text)['@type']") == "Thing"


def test_a_script_finds_itself_where_it_was_written(browser, serve):
    """B2: snippets that build something beside ``document.currentScript`` work."""
    code = "document.currentScript.after(Object.assign(document.createElement('i'), {id: 'made'}))"
    site = serve(
        make_app(gated("ads", f"<ul><li>1</li><li id='two'><script>{code}</script></li></ul>"))
    )
    browser.get(site.url)
    browser.click("Accept all")
    browser.until(lambda: browser.find("#two > script + #made"))
    assert not browser.find("template[data-consent]")


def test_a_nested_template_waits_for_its_own_consent(browser, serve):
    """B4."""
    site = serve(make_app(gated("ads", note("outer"), gated("video", note("inner"))) + LAST))
    browser.get(site.url)
    browser.js("cookieConsent.save(['video'])")
    confirmed(browser)
    assert browser.ran == ["last"]
    browser.js("cookieConsent.save(['ads'])")
    browser.until(lambda: "outer" in browser.ran)
    round_trip(browser)
    assert browser.ran == ["last", "outer"]
    browser.js("cookieConsent.save(['ads', 'video'])")
    browser.until(lambda: browser.ran == ["last", "outer", "inner"])


MARKUP_OF_OTHERS = {
    "vanilla-cookieconsent": '<script type="text/plain" data-category="{c}" src="{src}"></script>',
    "vanilla-cookieconsent, module": '<script type="text/plain" data-category="{c}" '
    'data-type="module" data-src="{src}"></script>',
    "Cookiebot": '<script type="text/plain" data-cookieconsent="{c}, marketing" src="{src}">'
    "</script>",
    "Klaro": '<script type="text/plain" data-type="application/javascript" data-name="{s}" '
    'data-src="{src}"></script>',
}


@pytest.mark.parametrize("tool", MARKUP_OF_OTHERS)
def test_the_markup_of_other_tools_works_as_it_is(browser, serve, third_party, tool):
    """B1, B2: one switches to us by changing one line."""
    src = f"{third_party.url}/x.js"
    markup = MARKUP_OF_OTHERS[tool].format(c="statistics", s="insight", src=src)
    site = serve(make_app(markup + LAST))
    browser.get(site.url)
    browser.until(lambda: "last" in browser.ran)
    browser.js("cookieConsent.save(['ads'])")
    confirmed(browser)
    assert browser.ran == ["last"]
    assert third_party.log == []
    browser.js("cookieConsent.save(['insight', 'ads'])")
    browser.until(lambda: browser.ran == ["last", "x"])


def test_a_negated_or_unknown_name_never_runs(browser, serve):
    """B1: what a policy does not know has no consent."""
    names = ("!ads", "constructor", "__proto__", "unknown", "ads unknown", "", " ")
    scripts = [
        f'<script type="text/plain" data-category="{name}">ran.push("{name}")</script>'
        for name in names
    ]
    site = serve(make_app("".join([*scripts, *(gated(n, note(n)) for n in names), LAST])))
    browser.get(site.url)
    browser.click("Accept all")
    confirmed(browser)
    browser.until(lambda: "last" in browser.ran)
    browser.js("cookieConsent.save(['ads'])")
    add(browser, LAST)
    browser.until(lambda: browser.ran == ["last", "last"])


def test_what_is_added_to_the_page_later_is_gated_and_released(browser, serve, third_party):
    """B1, B2: single-page applications and htmx."""
    site = serve(make_app(LAST))
    src = f"{third_party.url}/added.js"
    later = gated("ads", f'<script src="{src}"></script>', note("after it"))
    later += inert(code="ran.push('inert')") + LAST
    browser.get(site.url)
    browser.until(lambda: browser.ran == ["last"])
    add(browser, later)
    browser.until(lambda: browser.ran == ["last", "last"])
    assert third_party.log == []
    browser.click("Accept all")
    browser.until(lambda: browser.ran[2:] == ["added", "after it", "inert"])
    add(browser, later)
    browser.until(lambda: browser.ran[5:] == ["added", "after it", "inert", "last"])


def test_markup_that_scripts_write_as_text_is_gated_and_released(browser, serve, third_party):
    """B1, B2: ``innerHTML`` and nodes made one by one. (Scripts in ``innerHTML`` never run,
    with a gate or without one: HTML, "already started".)"""
    site = serve(make_app(LAST))
    browser.get(site.url)
    browser.until(lambda: browser.ran == ["last"])
    image = gated("ads", f'<img src="{third_party.url}/image" alt="">')
    browser.js(
        """(() => {
          const [image, src] = arguments;
          document.querySelector("footer").insertAdjacentHTML("beforeend", image);
          const script = document.createElement("script");
          script.type = "text/plain";
          script.dataset.consent = "ads";
          script.src = src;
          document.body.append(script);
        })(...arguments)""",
        image,
        f"{third_party.url}/made.js",
    )
    add(browser, LAST)
    browser.until(lambda: browser.ran == ["last", "last"])
    assert third_party.log == []
    browser.click("Accept all")
    browser.until(lambda: "made" in browser.ran)
    browser.until(lambda: third_party.server.requests("/image"))


def test_a_page_that_swaps_its_body_keeps_one_banner_that_works(browser, serve):
    """B2: what Turbo and htmx's boost do; the scripts of the new body run as well."""
    events = "<script>addEventListener('consent:change', () => (window.ran ||= []).push('change'))"
    site = serve(make_app(gated("ads", note("ads")) + LAST, head=events + "</script>"))
    browser.get(site.url)
    browser.until(lambda: "last" in browser.ran)
    browser.driver.execute_async_script(
        """const done = arguments[0];
        fetch("/other").then((r) => r.text()).then((html) => {
          const body = new DOMParser().parseFromString(html, "text/html").body;
          document.body.replaceWith(body);
          for (const old of body.querySelectorAll("script:not([type])")) {
            const script = document.createElement("script");
            for (const a of old.attributes) script.setAttribute(a.name, a.value);
            script.text = old.text;
            old.replaceWith(script);
          }
          done();
        });"""
    )
    browser.until(lambda: browser.ran == ["last", "last"])
    assert browser.banner
    browser.click("Accept all")
    browser.until(lambda: "ads" in browser.ran)
    confirmed(browser)
    assert not browser.banner
    assert browser.ran == ["last", "last", "change", "ads"]
    browser.click("Cookie settings")
    browser.until(lambda: browser.dialog)
    assert len(browser.find("dialog")) == 1


# -- Snippets as vendors wrote them -----------------------------------------------------------

WAITS = (
    "<script>"
    "document.addEventListener('DOMContentLoaded', () => ran.push('DOMContentLoaded'));"
    "addEventListener('load', () => ran.push('load'));"
    "document.addEventListener('readystatechange', () => ran.push(document.readyState));"
    "</script>"
)


@pytest.mark.parametrize("number", [1, 3])
def test_a_snippet_that_waits_for_the_page_runs_on_every_later_page(browser, serve, number):
    """B2: by the events that it waits for, also behind other tags."""
    page = "<script>window.ran = []</script>" + gated("ads", "<i></i>" * number + WAITS)
    browser.get(serve(make_app(page)).url)
    browser.click("Accept all")
    confirmed(browser)
    browser.reload()
    browser.until(lambda: "load" in browser.ran)
    assert browser.ran == ["DOMContentLoaded", "complete", "load"]


@pytest.mark.parametrize("form", ["template", "inert", "src"])
def test_what_a_snippet_writes_stands_where_it_stands(browser, serve, form):
    """B2: ``document.write`` at the click and on later pages, with scripts that are written."""
    written = "'<i class=new>', 'written</i><script>ran.push(1)<\\/script>'"
    code = f"document.write({written}); ran.push(document.querySelector('.new').textContent)"
    markup = {
        "template": gated("ads", f"<script>{code}</script>"),
        "inert": inert(code=code),
        "src": gated("ads", '<script src="/write.js"></script>'),
    }[form]
    page = f"<script>window.ran = []</script><p id=here><b>before</b>{markup}<b>after</b></p>"
    app = make_app(page)
    app.add_url_rule("/write.js", view_func=lambda: Response(code, mimetype="text/javascript"))
    browser.get(serve(app).url)
    browser.click("Accept all")
    for _ in range(2):
        browser.until(lambda: "written" in browser.ran)
        assert browser.ran == [1, "written"]
        assert browser.one("#here").text == "beforewrittenafter"
        assert browser.find("footer a[data-fcc]")
        confirmed(browser)
        browser.reload()


@pytest.mark.parametrize("form", [gated, inert])
def test_a_copy_of_what_was_released_waits_for_an_answer(browser, serve, form):
    """E1: as Turbo copies pages that it comes back to."""
    markup = gated("ads", note("ads")) if form is gated else inert(code="ran.push('ads')")
    page = f"<script>window.ran = []</script><main>{markup}</main>"
    browser.get(serve(make_app(page)).url)
    browser.click("Accept all")
    browser.until(lambda: browser.ran == ["ads"])
    browser.js("void (window.copy = document.querySelector('main').cloneNode(true))")
    browser.js("cookieConsent.reject()")
    browser.js(
        "[...copy.querySelectorAll('script')].forEach((old) => {"
        " const fresh = document.createElement('script');"
        " [...old.attributes].forEach(({ name, value }) => fresh.setAttribute(name, value));"
        " fresh.append(old.textContent); old.replaceWith(fresh) })"
    )
    browser.js("document.querySelector('main').replaceWith(copy)")
    round_trip(browser)
    assert browser.ran == ["ads"]
    browser.js("cookieConsent.accept()")
    browser.until(lambda: browser.ran == ["ads", "ads"])
