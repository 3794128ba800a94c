"""The pages: preferences, policy, and what stands in for a page that needs consent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request
from werkzeug.exceptions import NotFound

from ..http.origin import safe_path
from .context import consent, current_notice
from .cors import is_embedded
from .files import short_life
from .installed import current_site
from .recording import read_receipt
from .requests import (
    base,
    keep_private,
    nonce_attribute,
    own_language,
    own_path,
    query_argument,
    way_back,
)

_SIZE = re.compile(r"[0-9]{1,18}")

if TYPE_CHECKING:
    from ..site import Site


def serve_dialog() -> Response:
    """The preferences as a document for the script."""
    site = current_site()
    language = own_language(site)
    site.keep_shown(current_notice(), language, base())
    html = current_notice().renderer.dialog(
        language,
        base(external=is_embedded()),
        consent.choice,
        site.assets.page_css,
        signal=consent.signal,
        receipt=has_receipt(site),
    )
    return keep_private(Response(html))


def serve_first_layer() -> Response:
    """The first layer as a document for the script tag, in the language of the page that it is on:
    the script itself comes in the visitor's, since its address knows no page."""
    site = current_site()
    language = own_language(site)
    site.keep_shown(current_notice(), language, base())
    html = current_notice().renderer.tag_document(language, base(external=is_embedded()))
    response = Response(html)
    response.headers["Cache-Control"] = short_life(site)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.vary.add("Accept-Language")
    return response


def serve_preferences() -> Response:
    """The preferences as a page, which works without JavaScript."""
    site = current_site()
    return preferences_page(site, way_back(query_argument("next"), query_argument("page")))


def preferences_page(site: Site, back: str | None, *, confirm: bool = False) -> Response:
    """The preferences' page.

    :param confirm: whether to say that opting in again needs one more step.
    """
    language = own_language(site)
    site.keep_shown(current_notice(), language, base())
    html = current_notice().renderer.preferences(
        language,
        base(),
        consent.choice,
        signal=consent.signal,
        receipt=has_receipt(site),
        **_page(site) | {"next": back or "", "confirm_missing": confirm},
    )
    return keep_private(Response(html, 422 if confirm else 200))


def has_receipt(site: Site) -> bool:
    """Whether this request's visitor can fetch the receipt of their choice."""
    choice = consent.choice
    records = site.records
    return records is not None and records.receipts and choice is not None and bool(choice.id)


def serve_receipt() -> Response:
    """The receipt of the visitor's own choice: whose it is, the cookie says, and nothing else."""
    site = current_site()
    choice = consent.choice
    receipt = None
    if choice is not None and choice.id is not None and has_receipt(site):
        size = query_argument("head")
        receipt = read_receipt(site, choice.id, int(size) if _SIZE.fullmatch(size) else None)
    if receipt is None:
        raise NotFound("there is no receipt: it comes once a choice that grants something is kept")
    response = keep_private(jsonify(receipt))
    response.mimetype = "application/ld+json"
    response.headers["Content-Disposition"] = 'attachment; filename="consent-receipt.json"'
    return response


def serve_policy() -> Response:
    """The policy as a page of its own."""
    site = current_site()
    language = own_language(site)
    response = Response(
        current_notice().renderer.policy_page(
            language,
            base(),
            signal=site.has_signal(request.environ),
            **_page(site),
        )
    )
    response.vary.add("Accept-Language")
    if len(site.vary) > 1:
        response.vary.add("Sec-GPC")
    if site.regimes is not None:
        response.headers["Cache-Control"] = "private"
    return response


def serve_policy_json() -> Response:
    """The policy as data, for programs."""
    site = current_site()
    response = jsonify(site.renderer.view(own_language(site)).data)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.vary.add("Accept-Language")
    return response


def required_response(site: Site, name: str) -> Response:
    """The answer to a request for a page that needs consent to ``name``: a page that says so
    and can give it, or JSON where JSON is asked for. Its status is 403."""
    services = consent.missing(name)
    accepted = request.accept_mimetypes
    if accepted["application/json"] <= accepted["text/html"]:
        back = safe_path(own_path(), request) if request.method == "GET" else None
        html = current_notice().renderer.required_page(
            own_language(site),
            base(),
            services,
            **_page(site) | {"next": back or f"{request.script_root}/"},
        )
        response = Response(html, 403)
    else:
        response = jsonify(
            error="consent_required",
            needs=[s.id for s in services],
            preferences=f"{base()}preferences",
        )
        response.status_code = 403
    return keep_private(response)


def _page(site: Site) -> dict[str, Any]:
    """What every page of ours takes: its style, and the way back."""
    return {
        **site.banner.page_style(nonce_attribute(site)),
        "home": f"{request.script_root}/",
        "next": "",
    }
