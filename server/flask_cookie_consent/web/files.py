"""The served files: scripts and style sheets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.exceptions import NotFound

from ..choice.codec import Choice, new_id
from ..ui.assets import CSS, Asset
from .context import consent, current_exchange, current_notice
from .installed import current_site
from .recording import keep_choice
from .requests import (
    base,
    choice_event,
    current_assets,
    keep_private,
    own_language,
    set_choice_cookie,
)

if TYPE_CHECKING:
    from ..site import Site

#: As long as any browser or cache will take: a hashed name never changes its bytes.
FOREVER = "public, max-age=31536000, immutable"

#: The plain address of the script tag changes when the policy does.
SHORT = "public, max-age=600"


def serve_tag() -> Response:
    """The script for the script tag alone, in the visitor's language."""
    site = current_site()
    # Of several regimes each visitor gets the script for one: no shared cache may keep it.
    language = own_language(site)
    site.keep_shown(current_notice(), language, base())
    kept = SHORT if site.regimes is None else SHORT.replace("public", "private")
    response = serve_file(current_assets(site).tag(language), kept)
    response.vary.add("Accept-Language")
    return response


def serve_asset(stem: str, build: str, ending: str) -> Response:
    """A file by its hashed name."""
    assets = current_assets(current_site())
    asset = assets.by_name.get(f"{stem}-{build}.{ending}")
    if asset is not None:
        return serve_file(asset, FOREVER)
    # A page from before a deployment, or from a server that is newer already: what is current
    # here serves it too, but may not be kept under that name.
    stand_in = assets.by_stem.get(f"{stem}.{ending}")
    if stand_in is None:
        raise NotFound
    return serve_file(stand_in, "no-cache")


def serve_file(asset: Asset, cache_control: str) -> Response:
    encoding = _best_encoding(asset)
    response = Response(asset.variants[encoding], content_type=asset.media_type)
    response.headers["Cache-Control"] = cache_control
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Vary"] = "Accept-Encoding"
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.set_etag(asset.etag(encoding))
    response.make_conditional(request)
    if not cache_control.startswith("private"):
        current_exchange().constant = response.headers["ETag"]
    return response


def _best_encoding(asset: Asset) -> str:
    accepted = request.accept_encodings
    return next((name for name in asset.variants if name and accepted[name] > 0), "")


def serve_state() -> Response:
    """The stylesheet that shows the first layer where scripts are off: only visitors without
    JavaScript ever ask for it, so even a page from a public cache shows them the right state.

    Should a script take the ``<noscript>`` apart (Turbo does), nothing comes of it: as soon as
    our script has touched ``hidden``, its value is empty.
    """
    site = current_site()
    css = ""
    if consent.unasked:
        css = "#fcc[hidden=hidden]{display:block!important}"
        if site.options.reopen is not None:
            css += "#fcc[hidden=hidden]~:is(#fcc-o,noscript){display:none!important}"
    if not site.banner.inline and (css or site.options.reopen is not None):
        css = site.assets.first_css + css
    response = Response(css, content_type=CSS)
    before = consent.choice
    if (choice := _to_keep(site)) is not None:
        event = choice_event(
            choice,
            language=own_language(site),
            previous_id=before.id if before and before.id != choice.id else None,
        )
        answer, _ = keep_choice(site, current_notice(), event, signal=consent.signal)
        set_choice_cookie(site, response, answer)
    return keep_private(response)


def _to_keep(site: Site) -> Choice | None:
    """What only this request can put down of a visitor without JavaScript: a signal, or a choice
    whose record was pending when its form was sent."""
    rules = current_notice().rules
    kept = consent.choice
    if consent.signal and rules.keeps_signal(kept):
        return rules.honour(kept or Choice(int(time.time()), "gpc", scripted=False))._replace(
            id=new_id()
        )
    if site.store and kept and kept.id and not (kept.confirmed or kept.scripted):
        return kept
    return None
