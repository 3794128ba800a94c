"""Pages of sites that bring style sheets of their own."""

from __future__ import annotations

import gzip
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from flask import Flask, Response, render_template_string, request

from flask_cookie_consent import CookieConsent
from tests.site import policy
from tests.web.test_embeds import call

FOLDER = Path(__file__).parent / "frameworks"

#: Controls and texts with the classes that the frameworks know them by.
CONTENT = """
<nav class="navbar navbar-expand"><ul class="nav">
 <li class="nav-item"><a class="nav-link" href="/other">Data</a></li>
 <li class="nav-item"><a class="nav-link" href="/other">Maps</a></li></ul></nav>
<main class="container content">
<h1 class="title">Open data</h1><h2 class="subtitle">For everybody</h2><h3>By mail</h3>
<p>The city publishes its data so that anybody can use them. <a href="/other">More</a></p>
<p><b>Free</b> of charge, under <code>CC0</code>.</p>
<form class="box"><fieldset><legend>News</legend>
<label class="label" for="mail">Address</label><input class="input form-control" id="mail">
<label class="checkbox"><input type="checkbox" class="form-check-input"> Once a week</label>
</fieldset><button class="button is-primary btn btn-primary" type="button">Send</button></form>
<table class="table"><thead><tr><th>Set</th><th>Rows</th></tr></thead>
<tbody><tr><td>Trees</td><td>12</td></tr><tr><td>Wells</td><td>7</td></tr></tbody></table>
<ul><li>One</li><li>Two</li></ul>
<details><summary>Terms</summary><p>None.</p></details>
<section class="section"><p>A section.</p></section>
<dialog><p>A dialog</p><button class="button btn btn-secondary">Close</button></dialog>
</main>
"""
EMBED = call(link="https://video.example/watch")

#: The embed has the same room whatever the page around it does.
BODIES = {
    "page": CONTENT,
    "policy": "<main class='container content'>{{ consent_policy() }}</main>",
    "embed": "<article class='container content'><div style='position:absolute;inset:0 auto auto 0;"
    f"width:320px;max-width:none;margin:0;padding:0;border:0'>{EMBED}</div></article>",
}


def _preflight() -> str:
    """Tailwind's reset as its compiler writes it: what ``--theme()`` falls back to, in a layer."""
    css = (FOLDER / "preflight.css").read_text("utf-8")
    css = re.sub(r"--theme\(\s*--[\w-]+,\s*([^()]*?)\s*\)", r"\1", css)
    return f"@layer base {{ {css} }}"


def _packed(name: str) -> str:
    return gzip.decompress((FOLDER / f"{name}.css.gz").read_bytes()).decode()


def style_sheet(name: str) -> str:
    """The style sheet of a framework, or what stands in for one (``"none"``: nothing)."""
    if name == "none":
        return ""
    if name == "bootstrap":
        bootstrap = files("flask_bootstrap") / "static/bootstrap5/css/bootstrap.min.css"
        return bootstrap.read_text("utf-8")
    if name == "tailwind":
        return _preflight()
    if name == "hostile":
        return (FOLDER / "hostile.css").read_text("utf-8")
    return _packed({"bulma": "bulma.min", "pico": "pico.min"}[name])


FRAMEWORKS = ("bootstrap", "bulma", "pico", "tailwind", "hostile")


def host_app(framework: str, **options: Any) -> Flask:
    """A site with the style sheet of ``framework``: ``/page``, ``/policy`` and ``/embed`` have
    what :data:`BODIES` says, with the banner unless ``?bare`` is asked for; ``?root`` sets the
    size of the root's text, in pixels.

    :param options: for :class:`CookieConsent`.
    """
    app = Flask("host")
    app.secret_key = "tests"
    app.register_blueprint(CookieConsent(policy(), **options))
    css = style_sheet(framework)

    @app.get("/style.css")
    def style() -> Response:
        return Response(css, mimetype="text/css")

    @app.get("/<name>")
    def page(name: str) -> str:
        return render_template_string(
            '<!doctype html><html lang="en" class="h-100"><head><meta charset="utf-8">'
            "<title>Site</title>"
            '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
            '<link rel="stylesheet" href="/style.css">'
            "{% if root %}<style>html { font-size: {{ root }}px }</style>{% endif %}</head>"
            '<body id="shop" class="h-100"><div id="wrap" class="h-100">'
            "{% if not bare %}{{ consent_banner() }}{% endif %}"
            f"{BODIES[name]}<footer>{{{{ consent_link() }}}}</footer></div></body></html>",
            bare="bare" in request.args,
            root=request.args.get("root", type=float),
        )

    return app
