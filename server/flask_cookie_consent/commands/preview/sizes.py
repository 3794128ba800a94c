"""What visitors load, in bytes: as it is, and compressed as a server would send it."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask

from ...web.requests import current_assets
from ...web.templating import consent_banner

if TYPE_CHECKING:
    from ...extension import CookieConsent

try:
    import brotli
except ImportError:  # an extra
    brotli = None

#: How :func:`compressed` does it: brotli at its best, or gzip where brotli is not installed.
METHOD = "gzip" if brotli is None else "brotli"


def compressed(body: bytes) -> int:
    """How many bytes ``body`` has by :data:`METHOD`."""
    return len(gzip.compress(body, 9) if brotli is None else brotli.compress(body, quality=11))


class Delivery(NamedTuple):
    """What visitors of one page load, in its language and under the visitor's regime."""

    banner: bytes
    """What ``consent_banner()`` adds to the page."""
    script: bytes
    """What it loads, once for all pages."""
    tag: bytes
    """What the script tag alone loads, in the place of both."""
    more: bytes
    """What comes when it is needed: preferences, clean-up after a refusal."""


def delivered(extension: CookieConsent, language: str) -> Delivery:
    """What the pages of a site with ``extension`` deliver in ``language``.

    :param extension: one that belongs to no app yet.
    """
    app = Flask("sizes")
    app.register_blueprint(extension)
    with app.test_request_context():
        site = extension.site
        assets = current_assets(site)
        banner = str(consent_banner(language)).encode()
        tag = assets.tag(language, wanted=True)
        script = tag if not site.banner.is_plain else assets.core
        if not site.banner.inline and site.banner.is_plain:
            script = assets.styled
    return Delivery(banner, script.body, tag.body, assets.more.body)


class Size(NamedTuple):
    """One row of the table."""

    what: str
    raw: int
    compressed: int


def table(parts: Delivery) -> list[Size]:
    """The sizes, those of a first visit in front."""
    rows = [
        Size(what, len(body), compressed(body))
        for what, body in (
            ("consent_banner(): markup, style, inline script", parts.banner),
            ("Script, cached from the first page on", parts.script),
            ("Script tag alone, everything in it", parts.tag),
            ("On demand: preferences, clean-up", parts.more),
        )
    ]
    first = rows[:2]
    total = Size("First visit", sum(r.raw for r in first), sum(r.compressed for r in first))
    return [total, *rows]
