"""The served files: scripts and style sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.exceptions import NotFound

from ..ui.assets import Asset
from ..ui.messages import nearest
from .context import current_exchange, current_notice
from .installed import current_site
from .requests import base, current_assets, own_language, query_argument

if TYPE_CHECKING:
    from ..site import Site

#: As long as any browser or cache will take: a hashed name never changes its bytes.
FOREVER = "public, max-age=31536000, immutable"

#: The plain address of the script tag changes when the policy does.
SHORT = "public, max-age=600"


def serve_tag() -> Response:
    """The script for the script tag alone, in the visitor's language."""
    site = current_site()
    language = own_language(site)
    wanted = nearest(query_argument("language")) is not None
    site.keep_shown(current_notice(), language, base())
    response = serve_file(current_assets(site).tag(language, wanted=wanted), short_life(site))
    response.vary.add("Accept-Language")
    return response


def short_life(site: Site) -> str:
    """The ``Cache-Control`` of what changes with the policy, and with the visitor's regime: of
    several, no shared cache may keep the one that a visitor got."""
    return SHORT if site.regimes is None else SHORT.replace("public", "private")


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
