"""One page of text for every subject, with its files compressed as a web server has them."""

from __future__ import annotations

import mimetypes
from functools import cache

import brotli
from flask import Flask, Response, abort, render_template_string

from flask_cookie_consent import CookieConsent

from ..policies import portal
from .subjects import SUBJECTS

_PARAGRAPHS = """<p>Since 2012 the city measures nitrogen dioxide, ozone and particulate matter at
fourteen stations, every hour of the year. The values are published here as they come in, without
any correction, and once more after they were checked, which takes about three months. Both series
can be downloaded, and nobody needs to ask before using them.</p>
<p>Eleven of the stations stand where people live, three beside main roads. Each was put up where
it is after a year of trial measurements at several places, and none has been moved since. What the
instruments do not see is estimated from the traffic, the weather and the neighbours' values.</p>
<p>The limits are those of the European Union. Where a value lies above one of them, the page of
the station says since when and what the city does about it. A message is sent to everybody who has
asked for one, at most once a day and only while the value stays where it is.</p>
<p>Questions about the data are answered by the department for the environment, in writing or by
telephone on working days. Schools may visit a station; they are asked to write a month before.</p>
"""

_PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Open data</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>body{{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:40em;padding:1em}}</style>
HEAD</head><body>BEGIN
<h1>Air quality in the city</h1>
{_PARAGRAPHS}END</body></html>"""


def make_app() -> Flask:
    """An app with the page of each subject, by number (``/0/``), its files below it."""
    app = Flask("peers")
    app.register_blueprint(CookieConsent(portal()))

    @app.get("/<int:number>/")
    def page(number: int) -> Response:
        return _compressed(_page(number), "text/html", 5)

    @app.get("/<int:number>/<path:path>")
    def file(number: int, path: str) -> Response:
        body = SUBJECTS[number].body(path)
        if body is None:
            abort(404)
        type_ = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return _compressed(body, type_, 11)

    @app.post("/choice")
    def choice() -> tuple[str, int]:
        return "", 204

    return app


@cache
def _page(number: int) -> bytes:
    subject = SUBJECTS[number]
    text = _PAGE.replace("HEAD", _rooted(number, subject.head))
    text = text.replace("BEGIN", _rooted(number, subject.begin))
    text = text.replace("END", _rooted(number, subject.end))
    return render_template_string(text).encode()


def _rooted(number: int, markup: str) -> str:
    return markup.replace("ROOT", f"/{number}")


def _compressed(body: bytes, mimetype: str, quality: int) -> Response:
    response = Response(_brotli(body, quality), mimetype=mimetype)
    response.headers["Content-Encoding"] = "br"
    return response


@cache
def _brotli(body: bytes, quality: int) -> bytes:
    return bytes(brotli.compress(body, quality=quality))
